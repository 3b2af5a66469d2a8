/** Collects matches in the order they come: counts of them, or rows with an offset and a limit. */
import { QueryResultSizeError } from '../errors.ts';
import type { Collector } from './collector.ts';
import type { Emit } from './emit.ts';
import type { Work } from './work.ts';

export class Counter implements Collector<number> {
  readonly isFull = false;
  #count = 0;

  expect(): void {}

  take(_slots: Int32Array, from: number, to: number): void {
    this.#count += to - from;
  }

  settle(): void {}

  canGoOn(): boolean {
    return true;
  }

  // oxlint-disable-next-line require-yield
  *finish(): Work<number> {
    return this.#count;
  }
}

/** Rows as they come, from number `offset` on, `limit` at most. More than `sizeMax` is an error. */
export class Gatherer<R> implements Collector<R[]> {
  readonly #emit: Emit<R>;
  readonly #sizeMax: number;
  #skip: number;
  #room: number;
  #rows: R[] = [];
  #count = 0;

  constructor(emit: Emit<R>, offset: number, limit: number, sizeMax: number) {
    this.#emit = emit;
    this.#skip = offset;
    this.#room = limit;
    this.#sizeMax = sizeMax;
  }

  get isFull(): boolean {
    return this.#room === 0;
  }

  expect(rows: number): void {
    // Growing a large array copies it again and again, each time to memory never touched before.
    const length = Math.min(Math.ceil(rows), this.#room, this.#sizeMax, PREALLOCATED_ROWS_MAX);
    if (length >= PREALLOCATED_ROWS_MIN) this.#rows = roomForRows(length);
  }

  take(slots: Int32Array, from: number, to: number): void {
    const skipped = Math.min(this.#skip, to - from);
    this.#skip -= skipped;
    const begin = from + skipped;
    const end = Math.min(to, begin + this.#room);
    if (begin === end) return;
    this.#room -= end - begin;
    if (this.#count + end - begin > this.#sizeMax) throw resultTooLarge(this.#sizeMax);
    this.#emit(slots, begin, end, this.#rows, this.#count);
    this.#count += end - begin;
  }

  settle(): void {}

  canGoOn(): boolean {
    return true;
  }

  /** Rows gathered since the last `takeRows`. */
  get size(): number {
    return this.#count;
  }

  /** The rows gathered since the last call. */
  takeRows(): R[] {
    const rows = this.#rows;
    rows.length = this.#count;
    this.#rows = [];
    this.#count = 0;
    return rows;
  }

  // oxlint-disable-next-line require-yield
  *finish(): Work<R[]> {
    return this.takeRows();
  }
}

/** Below, growing is cheap; above, an array of holes would become a hash table. */
const PREALLOCATED_ROWS_MIN = 4096;
const PREALLOCATED_ROWS_MAX = 1 << 24;

/** An array of holes. Setting the length of an empty one would make it a hash table. */
export function roomForRows<R>(length: number): R[] {
  // oxlint-disable-next-line unicorn/no-new-array
  return new Array<R>(length);
}

export function resultTooLarge(limit: number): QueryResultSizeError {
  return new QueryResultSizeError(
    `the query has more results than resultSizeLimit allows (${limit}): narrow its condition, page with limit and offset, or raise resultSizeLimit`,
    { details: { limit } },
  );
}
