/** The entries of one run of slots: keys, values and statistics, each in an array of its own, by row. */
import type { StoredKey } from '../data/key.ts';
import type { RecordStatistics } from './records.ts';

/** Rows of a block. Small enough that a new one is no pause, and that its reference arrays are no large objects for the garbage collector. */
export const RECORD_BLOCK_SHIFT = 13;
export const RECORD_BLOCK_ROWS: number = 1 << RECORD_BLOCK_SHIFT;
export const RECORD_BLOCK_MASK: number = RECORD_BLOCK_ROWS - 1;

/** Columns that only entries with a time to live need. Times in milliseconds. */
interface TtlColumns {
  /** As asked for; 0 for ever. */
  readonly ttlMs: Float64Array;
  /** When it is over; Infinity if never. */
  readonly deadline: Float64Array;
}

// The statistics of a row are 32 bytes side by side, as doubles and as 32-bit integers: a hit changes two of them and an update three, so that one
// visit of memory is enough.
const DOUBLES = 4;
const CREATION_TIME = 0;
const LAST_ACCESS_TIME = 1;
const LAST_UPDATE_TIME = 2;
const INTEGERS = 8;
const VERSION = 6;
const HITS = 7;

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
  /** Epoch milliseconds, 0 for never; and the same memory as integers. */
  readonly #times: Float64Array;
  readonly #counts: Uint32Array;
  /** Made when first needed. */
  #lastStoredTime: Float64Array | undefined;
  #ttl: TtlColumns | undefined;
  #maxIdleMs: Float64Array | undefined;
  #cost: Uint32Array | undefined;

  /** A block with as many rows, and the contents of `before`, a smaller one. */
  constructor(rows: number, before?: RecordBlock) {
    this.rows = rows;
    this.keys = references<StoredKey>(rows, before?.keys);
    this.stored = references<unknown>(rows, before?.stored);
    this.partition = grown(new Uint16Array(rows), before?.partition);
    this.unshared = grown(new Uint8Array(rows), before?.unshared);
    this.#times = new Float64Array(DOUBLES * rows);
    this.#counts = new Uint32Array(this.#times.buffer);
    if (before === undefined) return;
    this.#times.set(before.#times);
    if (before.#lastStoredTime !== undefined) this.#lastStoredTime = grown(new Float64Array(rows), before.#lastStoredTime);
    if (before.#ttl !== undefined) this.#ttl = ttlColumns(rows, before.#ttl);
    if (before.#maxIdleMs !== undefined) this.#maxIdleMs = grown(new Float64Array(rows), before.#maxIdleMs);
    if (before.#cost !== undefined) this.#cost = grown(new Uint32Array(rows), before.#cost);
  }

  /** Bytes held, keys and values themselves excluded. */
  get bytes(): number {
    const ttl = this.#ttl === undefined ? 0 : 16;
    return this.rows * (16 + 35 + ttl + bytesOf(this.#lastStoredTime) + bytesOf(this.#maxIdleMs) + bytesOf(this.#cost));
  }

  /** The row has a new entry. */
  created(row: number, now: number): void {
    this.#times[DOUBLES * row + CREATION_TIME] = now;
    this.#times[DOUBLES * row + LAST_UPDATE_TIME] = now;
  }

  updated(row: number, now: number): void {
    this.#counts[INTEGERS * row + VERSION]!++;
    this.#times[DOUBLES * row + LAST_UPDATE_TIME] = now;
  }

  touched(row: number, now: number): void {
    this.#counts[INTEGERS * row + HITS]!++;
    this.#times[DOUBLES * row + LAST_ACCESS_TIME] = now;
  }

  savedToDatabase(row: number, now: number): void {
    this.#lastStoredTime ??= new Float64Array(this.rows);
    this.#lastStoredTime[row] = now;
  }

  statistics(row: number): RecordStatistics {
    return {
      creationTime: this.#times[DOUBLES * row + CREATION_TIME]!,
      lastAccessTime: this.#times[DOUBLES * row + LAST_ACCESS_TIME]!,
      lastUpdateTime: this.#times[DOUBLES * row + LAST_UPDATE_TIME]!,
      lastStoredTime: this.#lastStoredTime?.[row] ?? 0,
      hits: this.#counts[INTEGERS * row + HITS]!,
      version: this.#counts[INTEGERS * row + VERSION]!,
      ttlMs: this.#ttl?.ttlMs[row] ?? 0,
      maxIdleMs: this.maxIdleMs(row),
      deadline: this.#ttl?.deadline[row] ?? Infinity,
    };
  }

  /** Makes the row's statistics these. */
  restore(row: number, statistics: RecordStatistics): void {
    const { creationTime, lastAccessTime, lastUpdateTime, lastStoredTime, hits, version } = statistics;
    const first = DOUBLES * row;
    this.#times[first + CREATION_TIME] = creationTime;
    this.#times[first + LAST_ACCESS_TIME] = lastAccessTime;
    this.#times[first + LAST_UPDATE_TIME] = lastUpdateTime;
    this.#counts[INTEGERS * row + VERSION] = version;
    this.#counts[INTEGERS * row + HITS] = hits;
    if (lastStoredTime !== 0 || this.#lastStoredTime !== undefined) this.savedToDatabase(row, lastStoredTime);
    this.setExpiry(row, statistics.ttlMs, statistics.maxIdleMs, statistics.deadline);
  }

  maxIdleMs(row: number): number {
    return this.#maxIdleMs?.[row] ?? 0;
  }

  /** Idle time counts from the last access or update. */
  setExpiry(row: number, ttlMs: number, maxIdleMs: number, deadline: number): void {
    if (ttlMs !== 0 || this.#ttl !== undefined) {
      const ttl = (this.#ttl ??= ttlColumns(this.rows, undefined));
      ttl.ttlMs[row] = ttlMs;
      ttl.deadline[row] = deadline;
    }
    if (maxIdleMs !== 0 || this.#maxIdleMs !== undefined) (this.#maxIdleMs ??= new Float64Array(this.rows))[row] = maxIdleMs;
  }

  /** When the row expires; Infinity if never. */
  expirationTime(row: number): number {
    const deadline = this.#ttl === undefined ? Infinity : this.#ttl.deadline[row]!;
    const maxIdleMs = this.#maxIdleMs === undefined ? 0 : this.#maxIdleMs[row]!;
    if (maxIdleMs === 0) return deadline;
    const first = DOUBLES * row;
    return Math.min(deadline, Math.max(this.#times[first + LAST_ACCESS_TIME]!, this.#times[first + LAST_UPDATE_TIME]!) + maxIdleMs);
  }

  /** Bytes of the row's key and value, as they were when it was set; 0 before. */
  cost(row: number): number {
    return this.#cost === undefined ? 0 : this.#cost[row]!;
  }

  setCost(row: number, bytes: number): void {
    (this.#cost ??= new Uint32Array(this.rows))[row] = bytes;
  }

  /** Forgets an entry, so that its row can be used again. */
  clearRow(row: number): void {
    this.keys[row] = undefined;
    this.stored[row] = undefined;
    this.unshared[row] = 0;
    this.#times.fill(0, DOUBLES * row, DOUBLES * (row + 1));
    if (this.#lastStoredTime !== undefined) this.#lastStoredTime[row] = 0;
    if (this.#maxIdleMs !== undefined) this.#maxIdleMs[row] = 0;
    if (this.#cost !== undefined) this.#cost[row] = 0;
    if (this.#ttl === undefined) return;
    this.#ttl.ttlMs[row] = 0;
    this.#ttl.deadline[row] = Infinity;
  }

  /** A number that is kept in a clear row, for the list of free ones; 0 clears it again. */
  link(row: number): number {
    return this.#counts[INTEGERS * row + VERSION]!;
  }

  setLink(row: number, link: number): void {
    this.#counts[INTEGERS * row + VERSION] = link;
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

function ttlColumns(rows: number, before: TtlColumns | undefined): TtlColumns {
  return {
    ttlMs: grown(new Float64Array(rows), before?.ttlMs),
    deadline: grown(new Float64Array(rows).fill(Infinity), before?.deadline),
  };
}

function bytesOf(column: Uint32Array | Float64Array | undefined): number {
  return column?.BYTES_PER_ELEMENT ?? 0;
}
