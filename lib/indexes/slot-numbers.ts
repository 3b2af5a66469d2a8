/** One small number per slot, in blocks, so that growing never copies more than a small first block. */

const BLOCK_SHIFT = 16;
const BLOCK_ROWS = 1 << BLOCK_SHIFT;
const BLOCK_MASK = BLOCK_ROWS - 1;
const FIRST_ROWS = 1024;

/** Numbers that fit the array type; 0 where nothing was set. */
export class SlotNumbers<A extends Int32Array | Uint8Array> {
  readonly #newArray: (rows: number) => A;
  readonly #blocks: A[] = [];

  constructor(newArray: (rows: number) => A) {
    this.#newArray = newArray;
  }

  get bytes(): number {
    return this.#blocks.reduce((total, block) => total + block.byteLength, 0);
  }

  /** Of a slot below or at one that was set. */
  get(slot: number): number {
    return this.#blocks[slot >>> BLOCK_SHIFT]![slot & BLOCK_MASK]!;
  }

  set(slot: number, value: number): void {
    const block = this.#blocks[slot >>> BLOCK_SHIFT];
    const row = slot & BLOCK_MASK;
    if (block !== undefined && row < block.length) block[row] = value;
    else this.#room(slot)[row] = value;
  }

  /** Visits the numbers that are not 0, by slot. */
  walk(visit: (slot: number, value: number) => void): void {
    for (const [number, block] of this.#blocks.entries()) {
      for (let row = 0; row < block.length; row++) if (block[row] !== 0) visit(number * BLOCK_ROWS + row, block[row]!);
    }
  }

  clear(): void {
    this.#blocks.length = 0;
  }

  #room(slot: number): A {
    const number = slot >>> BLOCK_SHIFT;
    while (this.#blocks.length < number) this.#grow(this.#blocks.length, FIRST_ROWS);
    // Block 0 grows by doubling, so that a small map stays small.
    let rows = number > 0 ? BLOCK_ROWS : FIRST_ROWS;
    while (rows <= (slot & BLOCK_MASK)) rows *= 2;
    return this.#grow(number, rows);
  }

  #grow(number: number, rows: number): A {
    const block = this.#newArray(rows);
    const before = this.#blocks[number];
    if (before !== undefined) block.set(before);
    this.#blocks[number] = block;
    return block;
  }
}
