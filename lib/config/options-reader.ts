/** Reads what a user wrote and collects everything that is wrong with it, to be reported at once. */
import { ConfigError } from '../errors.ts';
import { closest } from '../../grammar/closest.ts';
import type { Option, OptionTable } from './option-table.ts';

export interface ConfigProblem {
  /** Where, e.g. `maps.employees.resultSizeLimit`. */
  readonly path: string;
  readonly message: string;
}

export type Fields = Readonly<Record<string, unknown>>;

type NamesOf<T extends OptionTable, K extends Option['kind']> = { [N in keyof T]: T[N]['kind'] extends K ? N : never }[keyof T] & string;
type ChoiceOf<O> = O extends { readonly of: readonly (infer C extends string)[] } ? C : never;
type TableOf<O> = O extends { readonly options: infer T extends OptionTable } ? T : never;

/** A bound that depends on another option. */
export interface Bounds {
  readonly max?: number;
  readonly whole?: boolean;
}

/**
 * Reads the fields of an options object by their table, noting each problem under its path. What is left out or wrong is read as its default.
 */
export class OptionsReader<T extends OptionTable> {
  readonly problems: ConfigProblem[];
  readonly #path: string;
  readonly #table: T;
  readonly #fields: Fields;

  /** `names`: those of the table that may appear here. Default all. */
  constructor(options: unknown, path: string, table: T, problems: ConfigProblem[] = [], names: readonly string[] = Object.keys(table)) {
    this.problems = problems;
    this.#path = path;
    this.#table = table;
    this.#fields = isPlain(options) ? options : {};
    if (options !== undefined && !isPlain(options)) this.note('', `must be an object, not ${describe(options)}`);
    for (const name of Object.keys(this.#fields)) {
      if (names.includes(name)) continue;
      const near = closest(name, names);
      this.note(name, `there is no such option${near === undefined ? `; there are ${names.join(', ')}` : `; did you mean '${near}'?`}`);
    }
  }

  /** The value as it is, `undefined` when left out. */
  raw(name: keyof T & string): unknown {
    return Object.hasOwn(this.#fields, name) ? this.#fields[name] : undefined;
  }

  /** Where a field of these options is. */
  at(name: string): string {
    return this.#path === '' ? name : name === '' ? this.#path : `${this.#path}.${name}`;
  }

  note(name: string, message: string): void {
    this.problems.push({ path: this.at(name), message });
  }

  number(name: NamesOf<T, 'number'>, bounds: Bounds = {}): number {
    const {
      min,
      max,
      whole = false,
      orInfinity = false,
      fallback,
    } = { ...this.#table[name]!, ...bounds } as Option & { readonly kind: 'number' };
    const value = this.raw(name);
    if (value === undefined) return fallback as number;
    const isInRange = typeof value === 'number' && ((value >= min && value <= max) || (orInfinity && value === Infinity));
    if (isInRange && (!whole || Number.isInteger(value))) return value;
    this.note(
      name,
      `must be a ${whole ? 'whole ' : ''}number from ${min} to ${max}${orInfinity ? ', or Infinity' : ''}, not ${describe(value)}`,
    );
    return fallback as number;
  }

  /** `undefined` only where the table has no default. */
  text<N extends NamesOf<T, 'text'>>(name: N): T[N] extends { readonly fallback: string } ? string : string | undefined;
  text(name: NamesOf<T, 'text'>): string | undefined {
    const value = this.raw(name);
    const fallback = this.#table[name]!.fallback as string | undefined;
    if (value === undefined) return fallback;
    if (typeof value === 'string' && value !== '') return value;
    this.note(name, `must be a text that is not empty, not ${describe(value)}`);
    return fallback;
  }

  texts(name: NamesOf<T, 'texts'>): readonly string[] {
    return Object.freeze(
      this.#list(name).filter((value, position): value is string => {
        if (typeof value === 'string' && value !== '') return true;
        this.note(`${name}[${position}]`, `must be a text that is not empty, not ${describe(value)}`);
        return false;
      }),
    );
  }

  flag(name: NamesOf<T, 'flag'>): boolean {
    const value = this.raw(name);
    const fallback = this.#table[name]!.fallback as boolean;
    if (value === undefined || typeof value === 'boolean') return value ?? fallback;
    this.note(name, `must be true or false, not ${describe(value)}`);
    return fallback;
  }

  oneOf<N extends NamesOf<T, 'choice'>>(name: N): ChoiceOf<T[N]> {
    const { of, fallback } = this.#table[name] as Option & { readonly kind: 'choice' };
    const value = this.raw(name);
    const found = value === undefined ? fallback : of.find((candidate) => candidate === value);
    if (found !== undefined) return found as ChoiceOf<T[N]>;
    const near = typeof value === 'string' ? closest(value, of) : undefined;
    this.note(name, `must be one of ${of.join(', ')}, not ${describe(value)}${near === undefined ? '' : `; did you mean '${near}'?`}`);
    return (fallback ?? of[0]) as ChoiceOf<T[N]>;
  }

  /** The fields of an options object whose names are the user's. */
  fields(name: NamesOf<T, 'named' | 'properties'>): Fields {
    const value = this.raw(name);
    if (value === undefined || isPlain(value)) return value ?? {};
    this.note(name, `must be an object, not ${describe(value)}`);
    return {};
  }

  /** The reader of an options object within this one. */
  group<N extends NamesOf<T, 'group'>>(name: N): OptionsReader<TableOf<T[N]>> {
    return new OptionsReader(
      this.raw(name),
      this.at(name),
      (this.#table[name] as unknown as { options: TableOf<T[N]> }).options,
      this.problems,
    );
  }

  list(name: NamesOf<T, 'list'>): readonly unknown[] {
    return this.#list(name);
  }

  #list(name: keyof T & string): readonly unknown[] {
    const value = this.raw(name);
    if (value === undefined || Array.isArray(value)) return value ?? [];
    this.note(name, `must be a list, not ${describe(value)}`);
    return [];
  }

  /** A function, or `undefined`. The caller knows its signature. */
  function<F>(name: NamesOf<T, 'part'>): F | undefined {
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
