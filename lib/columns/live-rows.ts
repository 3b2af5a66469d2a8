/** Which slots hold an entry: a bitmap, one bit per slot, block by block in the column memory. */

export interface LiveRows {
  has(slot: number): boolean;
  set(slot: number): void;
  clear(slot: number): void;
  /** Address of the bitmap of one block (BLOCK_ROWS bits). May change when block 0 grows: ask again after every pause. */
  address(block: number): number;
  /** Rows of the block that are allocated (a multiple of 256). */
  rows(block: number): number;
}
