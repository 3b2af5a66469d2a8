/** Dates, plain objects and arrays as keys: the frozen copy that is kept, and the text that decides equality. */
import { types } from 'node:util';
import { frozenDate } from './frozen-date.ts';
import { dataKeys, isPlainArray, isPlainDate, isPlainObject, refuseOddArray } from './plain.ts';
import { Refusal, kindOf, within } from './refusal.ts';

/** Levels of nesting a key may have. */
export const KEY_DEPTH_MAX = 32;

/** Objects a key may consist of, counted per reference: a small cycle-free object can refer to its parts 2^32 times. */
export const KEY_PARTS_MAX = 10_000;

/** Parts that may still be copied. */
interface Budget {
  parts: number;
}

/** A deeply frozen copy with properties in sorted order. Throws Refusal for what has no value to compare by. */
export function frozenKeyCopy(key: object): object {
  return objectPart(key, 0, { parts: KEY_PARTS_MAX });
}

/** Injective on frozen key copies: texts are equal exactly when the keys are. */
export function canonicalText(part: unknown): string {
  if (typeof part === 'string') return JSON.stringify(part);
  if (typeof part === 'bigint') return `${part}n`;
  if (typeof part !== 'object' || part === null) return String(part);
  if (part instanceof Date) return `@${part.getTime()}`;
  if (Array.isArray(part)) return `[${part.map(canonicalText).join(',')}]`;
  return `{${Object.entries(part)
    .map(([name, value]) => `${JSON.stringify(name)}:${canonicalText(value)}`)
    .join(',')}}`;
}

function anyPart(part: unknown, depth: number, budget: Budget): unknown {
  switch (typeof part) {
    case 'string':
    case 'bigint':
    case 'boolean':
      return part;
    case 'number':
      return part === 0 ? 0 : part;
    case 'object':
      return part === null ? null : objectPart(part, depth, budget);
    default:
      throw new Refusal(`${kindOf(part)} can't be part of a key`);
  }
}

function objectPart(part: object, depth: number, budget: Budget): object {
  if (depth === KEY_DEPTH_MAX) throw new Refusal(`a key can't have more than ${KEY_DEPTH_MAX} levels (or is this a cycle?)`);
  if (--budget.parts < 0) throw new Refusal(`a key can't have more than ${KEY_PARTS_MAX} parts`);
  if (!types.isProxy(part)) {
    if (isPlainObject(part)) return record(part, depth, budget);
    if (isPlainArray(part)) return list(part, depth, budget);
    if (isPlainDate(part)) return date(part);
  }
  throw new Refusal(`${kindOf(part)} can't be ${depth === 0 ? 'a key' : 'part of a key'}`);
}

function date(part: Date): Date {
  if (Number.isNaN(part.getTime())) throw new Refusal("an invalid Date can't be a key");
  return frozenDate(part);
}

function list(part: readonly unknown[], depth: number, budget: Budget): object {
  refuseOddArray(part);
  const copy: unknown[] = [];
  for (let i = 0; i < part.length; i++) {
    try {
      copy.push(anyPart(part[i], depth + 1, budget));
    } catch (error) {
      throw within(i, error);
    }
  }
  return Object.freeze(copy);
}

function record(part: Record<string, unknown>, depth: number, budget: Budget): object {
  const copy: Record<string, unknown> = {};
  for (const name of dataKeys(part).toSorted(byCodeUnit)) {
    try {
      const value = anyPart(part[name], depth + 1, budget);
      // Assigning to `__proto__` would set the prototype.
      if (name === '__proto__') Object.defineProperty(copy, name, { value, enumerable: true });
      else copy[name] = value;
    } catch (error) {
      throw within(name, error);
    }
  }
  return Object.freeze(copy);
}

function byCodeUnit(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
