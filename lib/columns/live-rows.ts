/** Which slots hold an entry: a bitmap, one bit per slot, block by block in the column memory. */
import { BLOCK_MASK, BLOCK_SHIFT } from './column.ts';
import type { ColumnMemory } from './column-memory.ts';
import { BITS, RowBlocks } from './row-blocks.ts';

export interface LiveRows {
  /** Live slots. */
  readonly count: number;
  /** Bytes held. */
  readonly bytes: number;
  has(slot: number): boolean;
  set(slot: number): void;
  clear(slot: number): void;
  /** Address of the bitmap of one block (BLOCK_ROWS bits). May change when block 0 grows: ask again after every pause. */
  address(block: number): number;
  /** Rows of the block that are allocated (a multiple of 256). */
  rows(block: number): number;
  /** Gives the memory back; no slot is live then. */
  free(): void;
}

/** Also good for any other set of slots. */
export function createLiveRows(memory: ColumnMemory): LiveRows {
  return new SlotBitmap(memory);
}

/** A set of slots as bits, with its size. */
class SlotBitmap implements LiveRows {
  count = 0;
  readonly #blocks: RowBlocks<Uint32Array>;

  constructor(memory: ColumnMemory) {
    this.#blocks = new RowBlocks(memory, BITS);
  }

  get bytes(): number {
    return this.#blocks.bytes;
  }

  has(slot: number): boolean {
    const words = this.#blocks.views[slot >>> BLOCK_SHIFT];
    return words !== undefined && ((words[(slot & BLOCK_MASK) >>> 5] ?? 0) & (1 << (slot & 31))) !== 0;
  }

  set(slot: number): void {
    let words = this.#blocks.views[slot >>> BLOCK_SHIFT];
    const word = (slot & BLOCK_MASK) >>> 5;
    if (words === undefined || word >= words.length) words = this.#blocks.grow(slot);
    const bits = words[word]!;
    const bit = 1 << (slot & 31);
    if ((bits & bit) !== 0) return;
    words[word] = bits | bit;
    this.count++;
  }

  clear(slot: number): void {
    if (!this.has(slot)) return;
    this.#blocks.views[slot >>> BLOCK_SHIFT]![(slot & BLOCK_MASK) >>> 5]! &= ~(1 << (slot & 31));
    this.count--;
  }

  address(block: number): number {
    return this.#blocks.address(block);
  }

  rows(block: number): number {
    return this.#blocks.rows(block);
  }

  free(): void {
    this.#blocks.free();
    this.count = 0;
  }
}
