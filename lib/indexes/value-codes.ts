/**
 * A dictionary: values to small integers, codes of vanished values used again.
 *
 * A value is what `data/compare` calls equal: -0 is 0, NaN is NaN, 5n is 5, dates by their time, all values of no family are one. `wordOf` makes it a
 * primitive that a Map compares the same way. Words are spread over 64 Maps, because a single Map of a million entries stops the event loop for 50-90
 * milliseconds each time it grows.
 */
import { hashBigint, hashDouble, hashInteger } from '../data/hash.ts';
import { safeDouble } from './key-encoding.ts';

/** What stands for a value in a Map. A date is the bigint of its time: bigints of that size are never words otherwise, but doubles. */
export type Word = number | string | bigint | boolean | null | symbol;

/** The word of every value of no family: objects, lists, invalid dates. */
export const OTHERS: unique symbol = Symbol('others');

const SHARDS = 64;

export function wordOf(value: unknown): Word {
  switch (typeof value) {
    case 'number':
    case 'string':
    case 'boolean':
      return value;
    case 'bigint':
      return safeDouble(value) ?? value;
    case 'object':
      if (value === null) return null;
      if (!(value instanceof Date)) return OTHERS;
      return Number.isNaN(value.getTime()) ? OTHERS : dateWord(value.getTime());
    default:
      return null;
  }
}

/** `timeMs` is an integer. */
export function dateWord(timeMs: number): Word {
  return BigInt(timeMs);
}

export function isDateWord(word: bigint): boolean {
  return safeDouble(word) !== undefined;
}

export class ValueCodes {
  readonly #shards: Map<Word, number>[] = Array.from({ length: SHARDS }, () => new Map<Word, number>());
  readonly #free: number[] = [];
  #codes = 0;
  #size = 0;

  /** Distinct values. */
  get size(): number {
    return this.#size;
  }

  /** Estimated; what the words refer to not included. */
  get bytes(): number {
    return SHARDS * 200 + this.#size * 45;
  }

  find(word: Word): number | undefined {
    return this.#shards[shardOf(word)]!.get(word);
  }

  /** The word's code, a new one if it has none. */
  assign(word: Word): number {
    const shard = this.#shards[shardOf(word)]!;
    const known = shard.get(word);
    if (known !== undefined) return known;
    const code = this.#free.pop() ?? this.#codes++;
    shard.set(word, code);
    this.#size++;
    return code;
  }

  /** Forgets a word that has a code. */
  drop(word: Word, code: number): void {
    this.#shards[shardOf(word)]!.delete(word);
    this.#free.push(code);
    this.#size--;
  }

  /** Gives all words new codes from 0 up, and tells which was which. */
  renumber(visit: (before: number, after: number) => void): void {
    this.#codes = 0;
    this.#free.length = 0;
    for (const shard of this.#shards) {
      for (const [word, before] of shard) {
        shard.set(word, this.#codes);
        visit(before, this.#codes++);
      }
    }
  }

  clear(): void {
    for (const shard of this.#shards) shard.clear();
    this.#free.length = 0;
    this.#codes = 0;
    this.#size = 0;
  }
}

/** Any function of the word will do; of a text this one looks at a few characters only. */
function shardOf(word: Word): number {
  if (typeof word === 'number') return ((word | 0) === word ? hashInteger(word) : hashDouble(word)) % SHARDS;
  if (typeof word === 'bigint') return hashBigint(word) % SHARDS;
  if (typeof word !== 'string' || word.length === 0) return 0;
  const last = word.length - 1;
  const before = last === 0 ? 0 : last - 1;
  const mixed = Math.imul(word.charCodeAt(last), 31) + Math.imul(word.charCodeAt(last >> 1), 7) + Math.imul(word.charCodeAt(before), 3);
  return (mixed + last) & (SHARDS - 1);
}
