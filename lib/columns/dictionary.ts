/**
 * Codes of any values, given in the order of their coming.
 *
 * A condition is answered per distinct value, once: `spans` remembers for each set which codes passed, and when codes were given away since, it
 * asks only those again. So a cached plan over a dictionary that keeps changing costs as much as the changes.
 *
 * A code that no row holds keeps its value (a value that comes and goes must not make plans stale each time) until a new value needs a code:
 * the dictionary never holds more than were present at one time. Long texts are let go at once.
 */
import { compareValues } from '../data/compare.ts';
import type { ValueSet } from '../data/value-set.ts';
import { ABSENT_CODE, FIRST_CODE, NULL_CODE, type Coding } from './coding.ts';
import { OTHER, passes, type ColumnValue } from './column-value.ts';
import { pointsOf } from './points.ts';
import { append, tableSpans, type Spans } from './spans.ts';

/** Texts longer than this are not kept for a possible return. */
const KEPT_TEXT_LENGTH = 256;
/** Sorting more values than this would hold up the event loop for milliseconds. */
const RANKED_CODES_MAX = 16_384;
/** Bytes of one value in a Map and a list, texts aside: they belong to the entries. */
const BYTES_PER_VALUE = 56;

/** Which codes passed, as of a place in the log. */
interface Verdict {
  table: Uint8Array;
  logged: number;
}

export class Dictionary implements Coding {
  version = 0;
  limit: number;
  /** By value; dates by time in a map of their own, since a Date is not its time. */
  readonly #codes = new Map<ColumnValue, number>();
  readonly #dateCodes = new Map<number, number>();
  readonly #values: ColumnValue[] = [null, null];
  /** Codes that were released, and whether a code is among them. Some may be in use again. */
  readonly #vacant: number[] = [];
  readonly #isVacant: boolean[] = [false, false];
  /** Codes in the order in which they were given away. */
  #log: number[] = [];
  #verdicts = new WeakMap<ValueSet, Verdict>();
  #ranks: { readonly version: number; readonly byCode: Float64Array } | undefined;

  constructor(limit: number) {
    this.limit = limit;
  }

  get size(): number {
    return this.#values.length;
  }

  get bytes(): number {
    return (this.#codes.size + this.#dateCodes.size) * BYTES_PER_VALUE + this.#log.length * 4;
  }

  codeOf(value: ColumnValue): number {
    return (value instanceof Date ? this.#dateCodes.get(value.getTime()) : this.#codes.get(value)) ?? -1;
  }

  admit(value: ColumnValue, counts: Int32Array): number {
    const code = this.#vacantCode(counts) ?? this.#values.length;
    if (code > this.limit) return -1;
    if (value instanceof Date) {
      this.#dateCodes.set(value.getTime(), code);
      this.#values[code] = new Date(value.getTime());
    } else {
      this.#codes.set(value, code);
      this.#values[code] = value;
    }
    this.#isVacant[code] = false;
    this.#note(code);
    return code;
  }

  release(code: number): void {
    const value = this.#values[code]!;
    if (typeof value === 'string' && value.length > KEPT_TEXT_LENGTH) this.#forget(code);
    if (this.#isVacant[code]) return;
    this.#isVacant[code] = true;
    this.#vacant.push(code);
  }

  valueOf(code: number): ColumnValue {
    return this.#values[code]!;
  }

  spans(set: ValueSet): Spans {
    const points = pointsOf(set, this.size);
    return points === undefined ? tableSpans(this.#verdict(set), this.size) : this.#pointSpans(points);
  }

  ranks(): Float64Array | null {
    if (this.size > RANKED_CODES_MAX) return null;
    if (this.#ranks?.version !== this.version) this.#ranks = { version: this.version, byCode: this.#sort() };
    return this.#ranks.byCode;
  }

  #vacantCode(counts: Int32Array): number | undefined {
    for (;;) {
      const code = this.#vacant.pop();
      if (code === undefined) return undefined;
      this.#isVacant[code] = false;
      if (counts[code] !== 0) continue;
      this.#forget(code);
      return code;
    }
  }

  #forget(code: number): void {
    const value = this.#values[code]!;
    if (value instanceof Date) this.#dateCodes.delete(value.getTime());
    else this.#codes.delete(value);
    this.#values[code] = null;
  }

  #note(code: number): void {
    this.version++;
    this.#log.push(code);
    if (this.#log.length <= 1024 + 2 * this.size) return;
    this.#log = [];
    this.#verdicts = new WeakMap();
  }

  /** 1 by code for the values in the set. */
  #verdict(set: ValueSet): Uint8Array {
    let verdict = this.#verdicts.get(set);
    if (verdict === undefined) {
      verdict = { table: new Uint8Array(this.size), logged: this.#log.length };
      for (let code = 0; code < this.size; code++) verdict.table[code] = this.#judge(set, code);
      this.#verdicts.set(set, verdict);
      return verdict.table;
    }
    if (verdict.table.length < this.size) {
      const longer = new Uint8Array(Math.max(this.size, Math.min(this.limit + 1, 2 * verdict.table.length)));
      longer.set(verdict.table);
      verdict.table = longer;
    }
    for (; verdict.logged < this.#log.length; verdict.logged++) {
      const code = this.#log[verdict.logged]!;
      verdict.table[code] = this.#judge(set, code);
    }
    return verdict.table;
  }

  #judge(set: ValueSet, code: number): 0 | 1 {
    return (code < FIRST_CODE ? set.nulls : passes(set, this.#values[code]!)) ? 1 : 0;
  }

  #pointSpans(points: readonly ColumnValue[]): Spans {
    const codes: number[] = [];
    for (const point of points) {
      if (point === null) codes.push(ABSENT_CODE, NULL_CODE);
      else codes.push(this.codeOf(point));
    }
    const spans: number[] = [];
    for (const code of codes.filter((candidate) => candidate >= 0).toSorted((a, b) => a - b)) append(spans, code, code);
    return spans;
  }

  /** Equal values (a number and a bigint can be) get equal ranks. */
  #sort(): Float64Array {
    const comparable = this.#values.map((value) => (value === OTHER ? {} : value));
    const order = Array.from({ length: this.size - FIRST_CODE }, (_, index) => index + FIRST_CODE);
    order.sort((a, b) => compareValues(comparable[a], comparable[b]));
    const ranks = new Float64Array(this.size);
    ranks[ABSENT_CODE] = ranks[NULL_CODE] = Infinity;
    for (const [place, code] of order.entries()) {
      const before = place === 0 ? undefined : order[place - 1]!;
      const ties = before !== undefined && compareValues(comparable[before], comparable[code]) === 0;
      ranks[code] = ties ? ranks[before]! : place;
    }
    return ranks;
  }
}
