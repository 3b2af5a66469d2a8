/** Why something can't be kept, and where in it: how the walks over keys and values report what they don't take. */
import { types } from 'node:util';

/** Thrown from deep inside a walk; each level on the way out adds its step, so that a walk without faults pays nothing for paths. */
export class Refusal extends Error {
  /** From the top down. */
  readonly steps: (string | number)[] = [];

  /** The steps as one writes them: `address.geo[0]`; '' for the top. */
  get path(): string {
    return this.steps.map(stepText).join('').replace(/^\./, '');
  }

  /** `path: message`. */
  override toString(): string {
    return this.steps.length === 0 ? this.message : `${this.path}: ${this.message}`;
  }
}

/** The error, told one step more of the way; to be thrown on. */
export function within(step: string | number, error: unknown): unknown {
  if (error instanceof Refusal) error.steps.unshift(step);
  return error;
}

/** What a value is, in words that fit a message: `a function`, `a Promise`, `an instance of Money`. Runs nothing of the value's. */
export function kindOf(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (typeof value !== 'object') return withArticle(typeof value);
  if (types.isProxy(value)) return 'a Proxy';
  const type = classOf(value);
  if (type === undefined) return 'an object of an unknown class';
  return (globalThis as Record<string, unknown>)[type.name] === type
    ? withArticle(type.name)
    : `an instance of ${type.name || 'a nameless class'}`;
}

function classOf(value: object): { readonly name: string } | undefined {
  const prototype: object | null = Object.getPrototypeOf(value);
  const constructor: unknown = prototype === null ? undefined : Object.getOwnPropertyDescriptor(prototype, 'constructor')?.value;
  if (typeof constructor !== 'function' || types.isProxy(constructor)) return undefined;
  const name: unknown = Object.getOwnPropertyDescriptor(constructor, 'name')?.value;
  return typeof name === 'string' ? constructor : undefined;
}

function withArticle(noun: string): string {
  return `${/^[aeiou]/i.test(noun) ? 'an' : 'a'} ${noun}`;
}

function stepText(step: string | number): string {
  if (typeof step === 'number') return `[${step}]`;
  return /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(step) ? `.${step}` : `[${JSON.stringify(step)}]`;
}
