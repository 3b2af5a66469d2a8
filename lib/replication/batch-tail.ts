/** The batches that a replica may have to be sent (again): the last ones of a partition, without gaps. */
import type { AnswersOnWire } from './messages.ts';

export interface Batch {
  readonly seq: number;
  readonly change: unknown;
  readonly answers: AnswersOnWire | undefined;
}

/** Who is further behind than this gets a snapshot. */
const BATCHES_MAX = 4096;

export class BatchTail {
  #batches: Batch[] = [];
  /** Batches at the front that are gone, until there are enough of them to move the rest. */
  #gone = 0;
  #last: number;

  /** Empty; the next batch has the number after `last`. */
  constructor(last: number) {
    this.#last = last;
  }

  /** Whether all batches after `seq` are here. */
  reaches(seq: number): boolean {
    return seq >= this.#last - (this.#batches.length - this.#gone);
  }

  push(batch: Batch): void {
    this.#batches.push(batch);
    this.#last = batch.seq;
    if (this.#batches.length - this.#gone > BATCHES_MAX) this.forget(batch.seq - BATCHES_MAX);
  }

  /** The batch, which must be here. */
  get(seq: number): Batch {
    return this.#batches[this.#batches.length - 1 - (this.#last - seq)]!;
  }

  /** Gives up batches up to `seq`. */
  forget(seq: number): void {
    const keep = Math.max(0, this.#last - seq);
    const gone = this.#batches.length - keep;
    if (gone <= this.#gone) return;
    if (keep === 0) {
      this.#batches = [];
      this.#gone = 0;
      return;
    }
    this.#batches.fill(NOTHING, this.#gone, gone);
    this.#gone = gone;
    if (gone <= this.#batches.length / 2) return;
    this.#batches.splice(0, gone);
    this.#gone = 0;
  }

  /** Starts anew after `last`. */
  reset(last: number): void {
    this.#batches = [];
    this.#gone = 0;
    this.#last = last;
  }
}

const NOTHING: Batch = Object.freeze({ seq: -1, change: undefined, answers: undefined });
