/** Codes of integers of a small range: the distance from a base. No dictionary, no look-up, and codes have the order of the values. */
import type { ValueSet } from '../data/value-set.ts';
import { FIRST_CODE, nullSpan, type Coding } from './coding.ts';
import type { ColumnValue } from './column-value.ts';
import { append, integerSpans, type Spans } from './spans.ts';

/** Beyond this, differences of integers are not exact. */
const MAGNITUDE_MAX = 2 ** 52;
/** Room below the range, if there is enough. */
const ROOM_MIN = 128;

/** How many values rows of this width can tell apart, null aside. */
export function capacity(limit: number): number {
  return limit - FIRST_CODE + 1;
}

/** Whether a value can be coded by its distance from others. */
export function isCodableInteger(value: ColumnValue): value is number {
  return typeof value === 'number' && Number.isInteger(value) && Math.abs(value) < MAGNITUDE_MAX;
}

/** Immutable: when a value lies outside, a new coding with another base takes over. */
export class IntegerCoding implements Coding {
  readonly version = 0;
  readonly limit: number;
  /** What it was made for: a coding that follows has room for it too, so that values that swing to and fro don't bring a new one each time. */
  readonly low: number;
  readonly high: number;
  /** The value of FIRST_CODE. */
  readonly #first: number;

  /** With room on both sides of the range, so that a series that drifts one way needs a new coding only after a fraction of its length. */
  constructor(low: number, high: number, limit: number) {
    const span = high - low + 1;
    const room = capacity(limit) - span;
    this.limit = limit;
    this.low = low;
    this.high = high;
    this.#first = span > 0 ? low - Math.min(room >>> 1, Math.max(ROOM_MIN, span >>> 1)) : 0;
  }

  /** A coding of no value at all. */
  static empty(): IntegerCoding {
    return new IntegerCoding(Infinity, -Infinity, FIRST_CODE - 1);
  }

  get size(): number {
    return this.limit + 1;
  }

  get bytes(): number {
    return 0;
  }

  codeOf(value: ColumnValue): number {
    if (typeof value !== 'number') return -1;
    const code = value - this.#first + FIRST_CODE;
    // Not for fractions, even those too small to show in the difference, for NaN, or for what is too far away.
    return (code | 0) === code && code >= FIRST_CODE && code <= this.limit && this.valueOf(code) === value ? code : -1;
  }

  admit(): number {
    return -1;
  }

  release(): void {}

  valueOf(code: number): number {
    return code - FIRST_CODE + this.#first;
  }

  spans(set: ValueSet): Spans {
    const spans = nullSpan(set.nulls);
    const values = integerSpans(set.numbers, this.#first, this.valueOf(this.limit));
    for (let i = 0; i < values.length; i += 2) append(spans, this.codeOf(values[i]!), this.codeOf(values[i + 1]!));
    return spans;
  }

  ranks(): undefined {
    return undefined;
  }
}
