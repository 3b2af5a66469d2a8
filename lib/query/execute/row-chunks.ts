/**
 * A growing array of rows that never grows.
 *
 * An array that grows copies itself again and again, each time to memory never touched before; and a loop that now stores into an array of one kind
 * (empty, of holes, of objects), now into one of another, is compiled for none. So rows are only ever written to arrays that have their length from the
 * start: to one, when the number of rows is known beforehand, else to several that are joined at the end.
 */
import type { Emit } from './emit.ts';

/** Rows of a chunk when nothing is known; each is as large as all before it together, up to the maximum. */
const CHUNK_ROWS_MIN = 64;
const CHUNK_ROWS_MAX = 16_384;
/** A longer array of holes would become a hash table. */
const ROOM_MAX = 1 << 24;

export class RowChunks<R> {
  readonly #full: R[][] = [];
  #chunk: R[] = [];
  /** Rows written to `#chunk`. */
  #filled = 0;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** So many rows will come, if nothing changes. */
  expect(rows: number): void {
    if (this.#size === 0 && rows > 0 && rows <= ROOM_MAX) this.#chunk = roomForRows(rows);
  }

  append(emit: Emit<R>, slots: Int32Array, from: number, to: number): void {
    const rows = to - from;
    if (this.#filled + rows > this.#chunk.length) {
      this.#close();
      // A first batch is often the only one.
      const more = this.#size === 0 ? 0 : Math.max(CHUNK_ROWS_MIN, Math.min(this.#size, CHUNK_ROWS_MAX));
      this.#chunk = roomForRows(Math.max(rows, more));
    }
    emit.write(slots, from, to, this.#chunk, this.#filled);
    this.#filled += rows;
    this.#size += rows;
  }

  /** All rows as one array; none are left. */
  takeAll(): R[] {
    this.#close();
    const [first = [], ...others] = this.#full.splice(0);
    this.#size = 0;
    return others.length === 0 ? first : first.concat(...others);
  }

  #close(): void {
    if (this.#filled > 0) {
      this.#chunk.length = this.#filled;
      this.#full.push(this.#chunk);
    }
    this.#chunk = [];
    this.#filled = 0;
  }
}

/** An array of holes to be filled. All arrays of rows come from here, so that they are of one kind. */
export function roomForRows<R>(length: number): R[] {
  // Setting the length of an empty array would make it a hash table.
  // oxlint-disable-next-line unicorn/no-new-array
  return new Array<R>(length);
}
