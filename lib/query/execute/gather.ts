/** Collects matches in the order they come: counts of them, or rows with an offset and a limit. */
import { QueryResultSizeError } from '../../errors.ts';
import type { Collector } from './collector.ts';
import type { Emit } from './emit.ts';
import { RowChunks } from './row-chunks.ts';
import type { Work } from './work.ts';

export class Counter implements Collector<number> {
  readonly isFull = false;
  readonly wantsSize = false;
  readonly rowsPerStep: number = 65_536;
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
  readonly #rows = new RowChunks<R>();
  #skip: number;
  #room: number;
  #total = 0;

  constructor(emit: Emit<R>, offset: number, limit: number, sizeMax: number) {
    this.#emit = emit;
    this.#skip = offset;
    this.#room = limit;
    this.#sizeMax = sizeMax;
  }

  get isFull(): boolean {
    return this.#room === 0;
  }

  get wantsSize(): boolean {
    return this.#room === Infinity;
  }

  get rowsPerStep(): number {
    return this.#emit.rowsPerStep;
  }

  expect(rows: number): void {
    if (rows - this.#skip > this.#sizeMax) throw resultTooLarge(this.#sizeMax);
    this.#rows.expect(rows - this.#skip);
  }

  take(slots: Int32Array, from: number, to: number): void {
    const skipped = Math.min(this.#skip, to - from);
    this.#skip -= skipped;
    const begin = from + skipped;
    const end = Math.min(to, begin + this.#room);
    if (begin === end) return;
    this.#room -= end - begin;
    this.#total += end - begin;
    if (this.#total > this.#sizeMax) throw resultTooLarge(this.#sizeMax);
    this.#rows.append(this.#emit, slots, begin, end);
  }

  settle(): void {}

  canGoOn(): boolean {
    return true;
  }

  /** Rows gathered since the last `takeRows`. */
  get size(): number {
    return this.#rows.size;
  }

  /** The rows gathered since the last call. */
  takeRows(): R[] {
    return this.#rows.takeAll();
  }

  // oxlint-disable-next-line require-yield
  *finish(): Work<R[]> {
    return this.takeRows();
  }
}

export function resultTooLarge(limit: number): QueryResultSizeError {
  return new QueryResultSizeError(
    `the query has more results than resultSizeLimit allows (${limit}): narrow its condition, page with limit and offset, or raise resultSizeLimit`,
    { details: { limit } },
  );
}
