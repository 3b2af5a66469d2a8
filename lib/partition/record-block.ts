/** The entries of one run of slots: keys, values and statistics, each in an array of its own, by row. */
import type { StoredKey } from '../data/key.ts';

/** Rows of a block. Small enough that a new one is no pause, and that its reference arrays are no large objects for the garbage collector. */
export const RECORD_BLOCK_SHIFT = 13;
export const RECORD_BLOCK_ROWS: number = 1 << RECORD_BLOCK_SHIFT;
export const RECORD_BLOCK_MASK: number = RECORD_BLOCK_ROWS - 1;

/** Columns that only entries with an expiry need. Times in milliseconds. */
export interface ExpiryColumns {
  /** Time to live and longest idle time as asked for; 0 for ever. */
  readonly ttlMs: Float64Array;
  readonly maxIdleMs: Float64Array;
  /** When the time to live is over; Infinity if never. */
  readonly deadline: Float64Array;
  /** No row of the block expires before this. */
  next: number;
}

/**
 * Where the statistics of a row are: 32 bytes side by side, as doubles and as 32-bit integers. A hit changes two of them and an update three, so
 * one visit of memory is enough.
 */
export const STATISTICS_DOUBLES = 4;
export const STATISTICS_INTEGERS = 8;
/** Places among the doubles: epoch milliseconds, 0 for never. */
export const CREATION_TIME = 0;
export const LAST_ACCESS_TIME = 1;
export const LAST_UPDATE_TIME = 2;
/** Places among the integers. */
export const VERSION = 6;
export const HITS = 7;

/** 35 bytes and two references per row, the columns made when first needed not counted. */
export class RecordBlock {
  readonly rows: number;
  /** `undefined`: the row is free. */
  readonly keys: (StoredKey | undefined)[];
  /** Values as their form keeps them. */
  readonly stored: unknown[];
  readonly partition: Uint16Array;
  /** 1: the value must go through its form to be read. */
  readonly unshared: Uint8Array;
  /** The statistics, and the same memory as integers. The version of a free row is the next free slot + 1. */
  readonly times: Float64Array;
  readonly counts: Uint32Array;
  /** Made when first needed. */
  lastStoredTime: Float64Array | undefined;
  expiry: ExpiryColumns | undefined;

  /** A block with as many rows, and the contents of `before`, a smaller one. */
  constructor(rows: number, before?: RecordBlock) {
    this.rows = rows;
    this.keys = references<StoredKey>(rows, before?.keys);
    this.stored = references<unknown>(rows, before?.stored);
    this.partition = grown(new Uint16Array(rows), before?.partition);
    this.unshared = grown(new Uint8Array(rows), before?.unshared);
    this.times = grown(new Float64Array(STATISTICS_DOUBLES * rows), before?.times);
    this.counts = new Uint32Array(this.times.buffer);
    this.lastStoredTime = before?.lastStoredTime && grown(new Float64Array(rows), before.lastStoredTime);
    this.expiry = before?.expiry && expiryColumns(rows, before.expiry);
  }

  /** Bytes held, keys and values themselves excluded. */
  get bytes(): number {
    return this.rows * (16 + 35 + (this.lastStoredTime === undefined ? 0 : 8) + (this.expiry === undefined ? 0 : 24));
  }

  /** The expiry columns, made if need be. */
  expiring(): ExpiryColumns {
    return (this.expiry ??= expiryColumns(this.rows, undefined));
  }

  /** The column of times stored, made if need be. */
  storing(): Float64Array {
    return (this.lastStoredTime ??= new Float64Array(this.rows));
  }

  /** When the row expires; Infinity if never. */
  expirationTime(row: number): number {
    if (this.expiry === undefined) return Infinity;
    const deadline = this.expiry.deadline[row]!;
    const maxIdleMs = this.expiry.maxIdleMs[row]!;
    if (maxIdleMs === 0) return deadline;
    return Math.min(deadline, this.#lastUse(row) + maxIdleMs);
  }

  /** Forgets an entry, so that its row can be used again. */
  clearRow(row: number): void {
    this.keys[row] = undefined;
    this.stored[row] = undefined;
    this.unshared[row] = 0;
    this.times.fill(0, STATISTICS_DOUBLES * row, STATISTICS_DOUBLES * (row + 1));
    if (this.lastStoredTime !== undefined) this.lastStoredTime[row] = 0;
    if (this.expiry === undefined) return;
    this.expiry.ttlMs[row] = 0;
    this.expiry.maxIdleMs[row] = 0;
    this.expiry.deadline[row] = Infinity;
  }

  #lastUse(row: number): number {
    const first = STATISTICS_DOUBLES * row;
    return Math.max(this.times[first + LAST_ACCESS_TIME]!, this.times[first + LAST_UPDATE_TIME]!);
  }
}

function references<T>(rows: number, before: readonly (T | undefined)[] = []): (T | undefined)[] {
  // Filled, so that reading a row that was never written is an ordinary read.
  const array = Array.from<T | undefined>({ length: rows });
  for (let i = 0; i < before.length; i++) array[i] = before[i];
  return array;
}

function grown<A extends Uint8Array | Uint16Array | Uint32Array | Float64Array>(array: A, before: A | undefined): A {
  if (before !== undefined) array.set(before);
  return array;
}

function expiryColumns(rows: number, before: ExpiryColumns | undefined): ExpiryColumns {
  return {
    ttlMs: grown(new Float64Array(rows), before?.ttlMs),
    maxIdleMs: grown(new Float64Array(rows), before?.maxIdleMs),
    deadline: grown(new Float64Array(rows).fill(Infinity), before?.deadline),
    next: before?.next ?? Infinity,
  };
}
