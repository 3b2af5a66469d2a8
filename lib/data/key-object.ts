/**
 * Dates, plain objects and arrays as keys: the frozen copy that is kept, and the canonical text that decides equality, made in one walk.
 *
 * The text must be different for different keys, cheap to make, and need not be read by anybody. Texts are written as netstrings (`"5:hello`: no
 * escaping), numbers as JavaScript prints them, bigints with an `n`, dates as `@` and epoch milliseconds, all closed by a comma; objects are `{`, names
 * in sorted order each with its value, `}`.
 *
 * Reference: D. J. Bernstein, Netstrings (1997).
 */
import { types } from 'node:util';
import { frozenDate } from './frozen-date.ts';
import { dataKeys, isPlainArray, isPlainDate, isPlainObject, refuseOddArray } from './plain.ts';
import { Refusal, kindOf, within } from './refusal.ts';

/** Levels of nesting a key may have. */
export const KEY_DEPTH_MAX = 32;

/** Objects a key may consist of, counted once per reference: a few that refer to each other can make 2^32. */
export const KEY_PARTS_MAX = 10_000;

/** A key as a walk leaves it. */
export interface CanonicalKey {
  readonly canonical: string;
  /** Deeply frozen, properties in sorted order. */
  readonly key: object;
}

interface Walk {
  text: string;
  partsLeft: number;
}

/** Throws Refusal for what has no value to compare by. */
export function canonicalKey(key: object): CanonicalKey {
  const walk: Walk = { text: '', partsLeft: KEY_PARTS_MAX };
  const copy = objectPart(key, 0, walk);
  return { canonical: walk.text, key: copy };
}

function anyPart(part: unknown, depth: number, walk: Walk): unknown {
  switch (typeof part) {
    case 'string':
      walk.text += textPart(part);
      return part;
    case 'number':
      walk.text += `${part},`; // -0 prints as 0
      return part === 0 ? 0 : part;
    case 'bigint':
      walk.text += `${part}n,`;
      return part;
    case 'boolean':
      walk.text += part ? 'true,' : 'false,';
      return part;
    case 'object':
      if (part !== null) return objectPart(part, depth, walk);
      walk.text += 'null,';
      return null;
    default:
      throw new Refusal(`${kindOf(part)} can't be part of a key`);
  }
}

function objectPart(part: object, depth: number, walk: Walk): object {
  if (depth === KEY_DEPTH_MAX) throw new Refusal(`a key can't have more than ${KEY_DEPTH_MAX} levels (or is this a cycle?)`);
  if (--walk.partsLeft < 0) throw new Refusal(`a key can't have more than ${KEY_PARTS_MAX} parts`);
  if (!types.isProxy(part)) {
    if (isPlainObject(part)) return recordPart(part, depth, walk);
    if (isPlainArray(part)) return arrayPart(part, depth, walk);
    if (isPlainDate(part)) return datePart(part, walk);
  }
  throw new Refusal(`${kindOf(part)} can't be ${depth === 0 ? 'a key' : 'part of a key'}`);
}

function datePart(part: Date, walk: Walk): Date {
  const copy = frozenDate(part);
  if (Number.isNaN(copy.getTime())) throw new Refusal("an invalid Date can't be a key");
  walk.text += `@${copy.getTime()},`;
  return copy;
}

function arrayPart(part: readonly unknown[], depth: number, walk: Walk): object {
  refuseOddArray(part);
  const copy: unknown[] = [];
  walk.text += '[';
  try {
    for (const element of part) copy.push(anyPart(element, depth + 1, walk));
  } catch (error) {
    throw within(copy.length, error);
  }
  walk.text += ']';
  return Object.freeze(copy);
}

function recordPart(part: Record<string, unknown>, depth: number, walk: Walk): object {
  const copy: Record<string, unknown> = {};
  const names = sorted(dataKeys(part));
  let name = '';
  walk.text += '{';
  try {
    for (name of names) {
      walk.text += textPart(name);
      const value = anyPart(part[name], depth + 1, walk);
      // Assigning to `__proto__` would set the prototype.
      if (name === '__proto__') Object.defineProperty(copy, name, { value, enumerable: true });
      else copy[name] = value;
    }
  } catch (error) {
    throw within(name, error);
  }
  walk.text += '}';
  return Object.freeze(copy);
}

/** By code unit; most keys have few properties, which often stand in order already. */
function sorted(names: readonly string[]): readonly string[] {
  for (let i = 1; i < names.length; i++) {
    if (names[i - 1]! > names[i]!) return names.toSorted((a, b) => (a < b ? -1 : 1));
  }
  return names;
}

function textPart(text: string): string {
  return `"${text.length}:${text},`;
}
