/**
 * Posting lists: for each code of a dictionary the slots that have it, in no order.
 *
 * All lists live in a slab: runs of 1, 2, 4, 8 … slots cut out of chunks, with a free list for each size. A list that outgrows its run moves to one
 * twice as long. Each slot remembers its position in its list, so that it is removed in O(1) by moving the last slot of the list into its place. A run
 * longer than a chunk gets a chunk of its own, so growing never copies more than the one list that grows.
 *
 * Cost: about 10 bytes per slot and 13 per code. Reference: J. Bonwick, "The Slab Allocator" (1994), for size classes with free lists.
 */
import type { SlotList } from './index-contract.ts';
import { PagedNumbers } from './paged-numbers.ts';

const CHUNK_SHIFT = 16;
const CHUNK_SLOTS = 1 << CHUNK_SHIFT;
const CHUNK_MASK = CHUNK_SLOTS - 1;
/** Below this length a loop beats the engine's block copy. */
const COPY_FROM = 32;
const NO_CHUNK = new Int32Array(0);

export class Postings {
  readonly #positions = new PagedNumbers((rows) => new Int32Array(rows));
  /** Chunks, and for each size the free runs. An address is the chunk's number times the chunk's slots, plus the place in it. */
  #chunks: Int32Array[] = [];
  #freeRuns: number[][] = [];
  #freeChunks: number[] = [];
  /** Address where the next run may be cut, and the end of its chunk. */
  #next = 0;
  #end = 0;
  readonly #starts = new PagedNumbers((codes) => new Float64Array(codes));
  readonly #lengths = new PagedNumbers((codes) => new Int32Array(codes));
  /** One more than the size class of each code's run, which has room for `1 << class` slots; 0 without a run. */
  readonly #classes = new PagedNumbers((codes) => new Uint8Array(codes));

  get bytes(): number {
    const chunks = this.#chunks.reduce((total, chunk) => total + chunk.byteLength, 0);
    return chunks + this.#positions.bytes + this.#starts.bytes + this.#lengths.bytes + this.#classes.bytes;
  }

  length(code: number): number {
    return this.#lengths.get(code);
  }

  /** The slot must not be in any list. Codes are small integers, reused by the caller. */
  add(code: number, slot: number): void {
    const length = this.#lengths.get(code);
    const size = this.#classes.get(code) - 1;
    let start: number;
    if (size < 0) start = this.#setRun(code, 0);
    else if (length === 1 << size) start = this.#extend(code, length, size);
    else start = this.#starts.get(code);
    this.#chunkOf(start)[(start & CHUNK_MASK) + length] = slot;
    this.#positions.set(slot, length);
    this.#lengths.set(code, length + 1);
  }

  /** The slot must be in the list. */
  remove(code: number, slot: number): void {
    const start = this.#starts.get(code);
    const chunk = this.#chunkOf(start);
    const first = start & CHUNK_MASK;
    const last = this.#lengths.get(code) - 1;
    const position = this.#positions.get(slot);
    const moved = chunk[first + last]!;
    chunk[first + position] = moved;
    this.#positions.set(moved, position);
    this.#lengths.set(code, last);
    if (last === 0) {
      this.#release(start, this.#classes.get(code) - 1);
      this.#classes.set(code, 0);
    }
  }

  collect(code: number, out: SlotList): void {
    const length = this.length(code);
    if (length === 0) return;
    out.reserve(length);
    const start = this.#starts.get(code);
    const chunk = this.#chunkOf(start);
    const first = start & CHUNK_MASK;
    if (length < COPY_FROM) for (let i = 0; i < length; i++) out.data[out.length + i] = chunk[first + i]!;
    else out.data.set(chunk.subarray(first, first + length), out.length);
    out.length += length;
  }

  clear(): void {
    this.#positions.clear();
    this.#chunks = [];
    this.#freeRuns = [];
    this.#freeChunks = [];
    this.#next = 0;
    this.#end = 0;
    this.#starts.clear();
    this.#lengths.clear();
    this.#classes.clear();
  }

  #chunkOf(address: number): Int32Array {
    return this.#chunks[Math.floor(address / CHUNK_SLOTS)]!;
  }

  #setRun(code: number, size: number): number {
    const start = this.#allocate(size);
    this.#starts.set(code, start);
    this.#classes.set(code, size + 1);
    return start;
  }

  /** Moves the list to a run twice as long and returns its address. */
  #extend(code: number, length: number, size: number): number {
    const from = this.#starts.get(code);
    const to = this.#setRun(code, size + 1);
    const source = this.#chunkOf(from);
    const target = this.#chunkOf(to);
    const first = from & CHUNK_MASK;
    const second = to & CHUNK_MASK;
    if (length < COPY_FROM) for (let i = 0; i < length; i++) target[second + i] = source[first + i]!;
    else target.set(source.subarray(first, first + length), second);
    this.#release(from, size);
    return to;
  }

  #allocate(size: number): number {
    if (size > CHUNK_SHIFT) return this.#newChunk(1 << size);
    const free = this.#freeRuns[size]?.pop();
    if (free !== undefined) return free;
    const slots = 1 << size;
    if (this.#next + slots > this.#end) {
      this.#keepRest();
      this.#next = this.#newChunk(CHUNK_SLOTS);
      this.#end = this.#next + CHUNK_SLOTS;
    }
    const start = this.#next;
    this.#next += slots;
    return start;
  }

  #newChunk(slots: number): number {
    const number = this.#freeChunks.pop() ?? this.#chunks.length;
    this.#chunks[number] = new Int32Array(slots);
    return number * CHUNK_SLOTS;
  }

  /** Cuts what is left of the chunk into free runs. */
  #keepRest(): void {
    for (let size = CHUNK_SHIFT - 1; size >= 0 && this.#next < this.#end; size--) {
      if (this.#next + (1 << size) > this.#end) continue;
      this.#release(this.#next, size);
      this.#next += 1 << size;
    }
  }

  #release(start: number, size: number): void {
    if (size <= CHUNK_SHIFT) (this.#freeRuns[size] ??= []).push(start);
    else {
      const number = Math.floor(start / CHUNK_SLOTS);
      this.#chunks[number] = NO_CHUNK;
      this.#freeChunks.push(number);
    }
  }
}
