/** Scans for more than one range: the union of several, and rows that only JavaScript can judge. */
import type { ColumnMemory } from './column-memory.ts';
import { BLOCK_ROWS } from './column.ts';
import type { RowArray, RowBlocks } from './row-blocks.ts';

/** A range kernel over closed bounds, whatever it takes them as. */
export type RangeKernel = (column: number, rows: number, low: number, high: number, out: number) => void;

const scratchBitmaps = new WeakMap<ColumnMemory, number>();

/** Scans round up to whole units of this many rows. */
const UNIT_ROWS = 256;

/**
 * Rows of a block that both the caller wants and the column has, in whole units. Rows that the column never had are none of an entry: their bits,
 * undefined by contract, are written as 0.
 */
export function scannedRows(memory: ColumnMemory, blocks: RowBlocks<RowArray>, block: number, rows: number, out: number): number {
  const wanted = Math.ceil(rows / UNIT_ROWS) * UNIT_ROWS;
  const had = blocks.rows(block);
  if (had >= wanted) return wanted;
  memory.kernels.fill(out + had / 8, (wanted - had) / 8, 0);
  return had;
}

/** The rows in at least one of the ranges, `[low0, high0, …]`. */
export function scanRanges(
  memory: ColumnMemory,
  range: RangeKernel,
  column: number,
  rows: number,
  ranges: ArrayLike<number>,
  out: number,
): void {
  const { kernels } = memory;
  const bytes = rows / 8;
  if (ranges.length === 0) return kernels.fill(out, bytes, 0);
  range(column, rows, ranges[0]!, ranges[1]!, out);
  if (ranges.length === 2) return;
  const scratch = scratchBitmap(memory);
  for (let i = 2; i < ranges.length; i += 2) {
    range(column, rows, ranges[i]!, ranges[i + 1]!, scratch);
    kernels.or(out, out, scratch, bytes);
  }
}

/** The rows whose number passes a test. */
export function scanEach(view: RowArray, contains: (value: number) => boolean, words: Uint32Array): void {
  for (let word = 0, row = 0; word < words.length; word++) {
    let bits = 0;
    for (let i = 0; i < 32; i++, row++) if (contains(view[row]!)) bits |= 1 << i;
    words[word] = bits;
  }
}

/** A bitmap of one block for what one call needs in between; one per memory, since calls don't interleave. */
function scratchBitmap(memory: ColumnMemory): number {
  let address = scratchBitmaps.get(memory);
  if (address === undefined) {
    address = memory.allocate(BLOCK_ROWS / 8);
    scratchBitmaps.set(memory, address);
  }
  return address;
}
