/** Slots: which are taken, which may be used again, and the blocks their entries are in. */
import type { StoredKey } from '../data/key.ts';
import type { KeySource } from './key-table.ts';
import { RECORD_BLOCK_MASK, RECORD_BLOCK_ROWS, RECORD_BLOCK_SHIFT, RecordBlock } from './record-block.ts';

/** The first block begins this small, so that a thousand nearly empty maps are no burden. */
const FIRST_ROWS = 64;

export class RecordSlots implements KeySource {
  /** Slot s is row `s & RECORD_BLOCK_MASK` of block `s >>> RECORD_BLOCK_SHIFT`. The array stays, its blocks may be replaced by an allocation. */
  readonly blocks: RecordBlock[] = [];
  #top = 0;
  /** Head of the list of free slots, + 1; each links to the next. */
  #free = 0;

  /** Slots in use are below it. */
  get top(): number {
    return this.#top;
  }

  get bytes(): number {
    return this.blocks.reduce((sum, block) => sum + block.bytes, 0);
  }

  blockOf(slot: number): RecordBlock {
    return this.blocks[slot >>> RECORD_BLOCK_SHIFT]!;
  }

  storedKeyAt(slot: number): StoredKey {
    return this.blocks[slot >>> RECORD_BLOCK_SHIFT]!.keys[slot & RECORD_BLOCK_MASK]!;
  }

  isTaken(slot: number): boolean {
    return slot < this.#top && this.storedKeyAt(slot) !== undefined;
  }

  /** The slot the next entry gets, its row there and clear: nothing is taken until `take`. May make a block. */
  next(): number {
    if (this.#free !== 0) return this.#free - 1;
    const block = this.blocks.at(-1);
    const row = this.#top & RECORD_BLOCK_MASK;
    if (block === undefined || (row === 0 && this.#top === this.blocks.length * RECORD_BLOCK_ROWS)) {
      this.blocks.push(new RecordBlock(block === undefined ? FIRST_ROWS : RECORD_BLOCK_ROWS));
    } else if (row === block.rows) {
      this.blocks[this.blocks.length - 1] = new RecordBlock(2 * block.rows, block);
    }
    return this.#top;
  }

  /** Takes the slot that `next` gave. */
  take(slot: number): RecordBlock {
    const block = this.blockOf(slot);
    if (slot === this.#top) {
      this.#top++;
    } else {
      this.#free = block.link(slot & RECORD_BLOCK_MASK);
      block.setLink(slot & RECORD_BLOCK_MASK, 0);
    }
    return block;
  }

  release(slot: number): void {
    const block = this.blockOf(slot);
    block.clearRow(slot & RECORD_BLOCK_MASK);
    block.setLink(slot & RECORD_BLOCK_MASK, this.#free);
    this.#free = slot + 1;
  }

  /** All slots are free, the blocks gone. */
  clear(): void {
    this.blocks.length = 0;
    this.#top = 0;
    this.#free = 0;
  }
}
