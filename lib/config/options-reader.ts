/** Reads what a user wrote and collects everything that is wrong with it, to be reported at once. */
import { ConfigError } from '../errors.ts';
import { closest } from '../../grammar/closest.ts';

export interface ConfigProblem {
  /** Where, e.g. `maps.employees.resultSizeLimit`. */
  readonly path: string;
  readonly message: string;
}

export type Fields = Readonly<Record<string, unknown>>;

/** Reads the fields of an options object, noting each problem under its path. Every reader returns the fallback after a problem. */
export class OptionsReader {
  readonly problems: ConfigProblem[];
  readonly #path: string;
  readonly #fields: Fields;

  /** `names` are all the names that may appear. */
  constructor(options: unknown, path: string, names: readonly string[], problems: ConfigProblem[] = []) {
    this.problems = problems;
    this.#path = path;
    this.#fields = isPlain(options) ? options : {};
    if (options !== undefined && !isPlain(options)) this.note('', `must be an object, not ${describe(options)}`);
    for (const name of Object.keys(this.#fields)) {
      if (names.includes(name)) continue;
      const near = closest(name, names);
      this.note(name, `there is no such option${near === undefined ? `; there are ${names.join(', ')}` : `; did you mean '${near}'?`}`);
    }
  }

  /** The value as it is, `undefined` when left out. */
  raw(name: string): unknown {
    return Object.hasOwn(this.#fields, name) ? this.#fields[name] : undefined;
  }

  /** Where a field of these options is. */
  at(name: string): string {
    return this.#path === '' ? name : name === '' ? this.#path : `${this.#path}.${name}`;
  }

  note(name: string, message: string): void {
    this.problems.push({ path: this.at(name), message });
  }

  number(name: string, fallback: number, low: number, high: number, kind: 'whole' | 'any' = 'any'): number {
    const value = this.raw(name);
    if (value === undefined) return fallback;
    if (typeof value === 'number' && value >= low && value <= high && (kind === 'any' || Number.isInteger(value))) return value;
    const range = high === Infinity ? `from ${low}` : `from ${low} to ${high}`;
    this.note(name, `must be a ${kind === 'whole' ? 'whole ' : ''}number ${range}, not ${describe(value)}`);
    return fallback;
  }

  text(name: string, fallback: string): string {
    const value = this.raw(name);
    if (value === undefined) return fallback;
    if (typeof value === 'string' && value !== '') return value;
    this.note(name, `must be a text that is not empty, not ${describe(value)}`);
    return fallback;
  }

  flag(name: string, fallback: boolean): boolean {
    const value = this.raw(name);
    if (value === undefined || typeof value === 'boolean') return value ?? fallback;
    this.note(name, `must be true or false, not ${describe(value)}`);
    return fallback;
  }

  oneOf<const T extends string>(name: string, fallback: T, allowed: readonly T[]): T {
    const value = this.raw(name);
    if (value === undefined) return fallback;
    const found = allowed.find((candidate) => candidate === value);
    if (found !== undefined) return found;
    const near = typeof value === 'string' ? closest(value, allowed) : undefined;
    this.note(name, `must be one of ${allowed.join(', ')}, not ${describe(value)}${near === undefined ? '' : `; did you mean '${near}'?`}`);
    return fallback;
  }

  /** The fields of an options object whose names are the user's. */
  fields(name: string): Fields {
    const value = this.raw(name);
    if (value === undefined || isPlain(value)) return value ?? {};
    this.note(name, `must be an object, not ${describe(value)}`);
    return {};
  }

  /** The reader of an options object within this one. */
  group(name: string, names: readonly string[]): OptionsReader {
    return new OptionsReader(this.raw(name), this.at(name), names, this.problems);
  }

  list(name: string): readonly unknown[] {
    const value = this.raw(name);
    if (value === undefined || Array.isArray(value)) return value ?? [];
    this.note(name, `must be a list, not ${describe(value)}`);
    return [];
  }

  /** A function, or `undefined`. The caller knows its signature. */
  function<F>(name: string): F | undefined {
    const value = this.raw(name);
    if (value === undefined || typeof value === 'function') return value as F | undefined;
    this.note(name, `must be a function, not ${describe(value)}`);
    return undefined;
  }
}

/** Throws one error for all problems. */
export function refuse(problems: readonly ConfigProblem[]): void {
  if (problems.length === 0) return;
  const lines = problems.map(({ path, message }) => `  ${path === '' ? 'options' : path}: ${message}`);
  throw new ConfigError(`the configuration can't be used:\n${lines.join('\n')}`, { details: { problems } });
}

/** An object literal, or what a parser makes of one: no list, Map, promise or instance of a class. */
function isPlain(value: unknown): value is Fields {
  if (!isObject(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

export function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A value for people. */
export function describe(value: unknown): string {
  if (typeof value === 'string') return `'${value.length > 40 ? `${value.slice(0, 40)}…` : value}'`;
  if (typeof value === 'function') return 'a function';
  if (Array.isArray(value)) return 'a list';
  if (typeof value !== 'object' || value === null) return typeof value === 'bigint' ? `${value}n` : String(value);
  return isPlain(value) ? 'an object' : `a ${nameOfClass(value)}`;
}

function nameOfClass(value: object): string {
  return Object.prototype.toString.call(value).slice('[object '.length, -1);
}
