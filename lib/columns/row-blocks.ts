/** Rows in blocks: one growable array of numbers (or bits) by slot, in the column memory. */
import { BLOCK_MASK, BLOCK_ROWS, BLOCK_SHIFT } from './column.ts';
import type { ColumnMemory } from './column-memory.ts';

/** Rows that block 0 begins with: small maps stay small. It doubles up to BLOCK_ROWS; later blocks are whole at once. */
const FIRST_ROWS = 1024;

export type RowArray = Uint8Array | Uint16Array | Uint32Array | Int32Array | Float64Array;

/** What a row is made of. */
export interface RowFormat<A extends RowArray> {
  readonly bytesPerRow: number;
  /** Elements per row: 1, or 1/32 for bits. */
  readonly perRow: number;
  view(memory: ColumnMemory, address: number, length: number): A;
}

export const U8: RowFormat<Uint8Array> = { bytesPerRow: 1, perRow: 1, view: (memory, address, length) => memory.u8(address, length) };
export const U16: RowFormat<Uint16Array> = { bytesPerRow: 2, perRow: 1, view: (memory, address, length) => memory.u16(address, length) };
export const U32: RowFormat<Uint32Array> = { bytesPerRow: 4, perRow: 1, view: (memory, address, length) => memory.u32(address, length) };
export const I32: RowFormat<Int32Array> = { bytesPerRow: 4, perRow: 1, view: (memory, address, length) => memory.i32(address, length) };
export const F64: RowFormat<Float64Array> = { bytesPerRow: 8, perRow: 1, view: (memory, address, length) => memory.f64(address, length) };
/** One bit per row, 32 rows a word, least significant first. */
export const BITS: RowFormat<Uint32Array> = {
  bytesPerRow: 1 / 8,
  perRow: 1 / 32,
  view: (memory, address, length) => memory.u32(address, length),
};

export class RowBlocks<A extends RowArray> {
  /**
   * One array per block; undefined where no row was needed yet. Hot loops read `views[slot >>> BLOCK_SHIFT]![slot & BLOCK_MASK]`: the list
   * stays the same object when a view is replaced by a longer one, so closures may keep it.
   */
  readonly views: (A | undefined)[] = [];
  readonly #memory: ColumnMemory;
  readonly #format: RowFormat<A>;
  /** What rows begin with: 0 as memory comes, or this. */
  readonly #blank: number;
  readonly #addresses: number[] = [];
  readonly #rows: number[] = [];

  constructor(memory: ColumnMemory, format: RowFormat<A>, blank = 0) {
    this.#memory = memory;
    this.#format = format;
    this.#blank = blank;
  }

  /** Bytes held. */
  get bytes(): number {
    return this.#rows.reduce((sum, rows) => sum + rows * this.#format.bytesPerRow, 0);
  }

  /** Address of a block; 0 when it has no rows. Changes when block 0 grows. */
  address(block: number): number {
    return this.#addresses[block] ?? 0;
  }

  /** Rows of a block that have memory. */
  rows(block: number): number {
    return this.#rows[block] ?? 0;
  }

  /** Makes sure that the slot has a row; gives its block's array. O(1) amortised; copies block 0 when it grows. */
  grow(slot: number): A {
    const block = slot >>> BLOCK_SHIFT;
    while (this.views.length <= block) {
      this.views.push(undefined);
      this.#addresses.push(0);
      this.#rows.push(0);
    }
    const rows = block === 0 ? roundUp(slot & BLOCK_MASK) : BLOCK_ROWS;
    const before = this.views[block];
    if (before !== undefined && this.rows(block) >= rows) return before;
    const { bytesPerRow, perRow } = this.#format;
    const address = this.#memory.allocate(rows * bytesPerRow);
    const view = this.#format.view(this.#memory, address, rows * perRow);
    if (this.#blank !== 0) view.fill(this.#blank);
    if (before !== undefined) {
      view.set(before);
      this.#memory.free(this.address(block), this.rows(block) * bytesPerRow);
    }
    this.views[block] = view;
    this.#addresses[block] = address;
    this.#rows[block] = rows;
    return view;
  }

  free(): void {
    for (const [block, rows] of this.#rows.entries()) {
      if (rows > 0) this.#memory.free(this.address(block), rows * this.#format.bytesPerRow);
    }
    this.views.length = this.#addresses.length = this.#rows.length = 0;
  }
}

/** Rows of block 0 that hold row `last`. */
function roundUp(last: number): number {
  return Math.max(FIRST_ROWS, 2 ** (32 - Math.clz32(last)));
}
