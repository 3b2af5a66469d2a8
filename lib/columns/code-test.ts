/** A condition compiled against codes. Always exact, and counted without a scan. */
import { BLOCK_MASK, BLOCK_SHIFT, type ColumnTest } from './column.ts';
import type { ColumnMemory } from './column-memory.ts';
import { scanRanges, scannedRows, type RangeKernel } from './range-scan.ts';
import type { RowBlocks } from './row-blocks.ts';
import { SCAN_COSTS } from './scan-cost.ts';
import { gaps, type Spans } from './spans.ts';

export type CodeArray = Uint8Array | Uint16Array;

/** What a test has to know of `CodeRows`. */
export interface CodedRows {
  readonly memory: ColumnMemory;
  readonly blocks: RowBlocks<CodeArray>;
  readonly generation: number;
  /** Two bytes per row instead of one. */
  readonly wide: boolean;
  /** Codes in use are below this number. */
  readonly size: number;
  /** Rows by code; shorter than `size` when the codes beyond have none. */
  readonly counts: Int32Array;
  /** Grows with every change of a row. */
  readonly changes: number;
  /** Address of the look-up table of this test; its bytes are there until another test of this column needs a table. */
  table(owner: CodeTest): number;
}

/**
 * Three ways to scan for a set of codes, the cheapest is taken: the union of its spans, the complement of the union of the gaps between them
 * (`!= x` has one gap), or a table of all codes.
 */
type Way = 'spans' | 'gaps' | 'table';

export class CodeTest implements ColumnTest {
  readonly generation: number;
  readonly exact = true;
  readonly costNs: number;
  readonly test: (slot: number) => boolean;
  readonly #rows: CodedRows;
  readonly #spans: Spans;
  readonly #gaps: Spans;
  readonly #way: Way;
  readonly #range: RangeKernel;
  #passing: Uint8Array | undefined;
  #count = 0;
  /** State of the rows that `#count` is of. */
  #countedAt = -1;

  constructor(rows: CodedRows, spans: Spans) {
    this.#rows = rows;
    this.#spans = spans;
    this.#gaps = gaps(spans, 0, rows.size - 1);
    this.generation = rows.generation;
    const { kernels } = rows.memory;
    const costs = SCAN_COSTS[kernels.name];
    const range = rows.wide ? costs.rangeU16 : costs.rangeU8;
    const ways: readonly (readonly [Way, number])[] = [
      ['spans', unionCost(spans, range, costs.combine)],
      ['gaps', unionCost(this.#gaps, range, costs.combine) + costs.combine],
      ['table', rows.wide ? costs.tableU16 : costs.tableU8],
    ];
    [this.#way, this.costNs] = ways.reduce((best, way) => (way[1] < best[1] ? way : best));
    this.#range = rows.wide
      ? (column, count, low, high, out) => kernels.rangeU16(column, count, low, high - low, out)
      : (column, count, low, high, out) => kernels.rangeU8(column, count, low, high - low, out);
    this.test = this.#rowTest();
  }

  /** Rows that pass, now. The sum is kept until a row changes; it costs at most a walk over the codes, which are 65,536 at most. */
  get count(): number {
    const { counts, changes } = this.#rows;
    if (this.#countedAt === changes) return this.#count;
    let count = 0;
    for (let i = 0; i < this.#spans.length; i += 2) {
      const end = Math.min(this.#spans[i + 1]!, counts.length - 1);
      for (let code = this.#spans[i]!; code <= end; code++) count += counts[code]!;
    }
    this.#countedAt = changes;
    return (this.#count = count);
  }

  /** 1 by code for the codes that pass. */
  get passing(): Uint8Array {
    if (this.#passing !== undefined) return this.#passing;
    const passing = new Uint8Array(this.#rows.size);
    for (let i = 0; i < this.#spans.length; i += 2) passing.fill(1, this.#spans[i], this.#spans[i + 1]! + 1);
    return (this.#passing = passing);
  }

  select(block: number, rows: number, out: number): void {
    const { memory, blocks, wide } = this.#rows;
    const { kernels } = memory;
    const scanned = scannedRows(memory, blocks, block, rows, out);
    if (scanned === 0) return;
    const column = blocks.address(block);
    if (this.#way === 'spans') scanRanges(memory, this.#range, column, scanned, this.#spans, out);
    else if (this.#way === 'gaps') {
      scanRanges(memory, this.#range, column, scanned, this.#gaps, out);
      kernels.not(out, out, scanned / 8);
    } else if (wide) kernels.tableU16(column, scanned, this.#rows.table(this), out);
    else kernels.tableU8(column, scanned, this.#rows.table(this), out);
  }

  narrow(slots: Int32Array, from: number, to: number): number {
    const { views } = this.#rows.blocks;
    const { passing } = this;
    let end = from;
    for (let i = from; i < to; i++) {
      const slot = slots[i]!;
      slots[end] = slot;
      end += passing[views[slot >>> BLOCK_SHIFT]?.[slot & BLOCK_MASK] ?? 0]!;
    }
    return end;
  }

  #rowTest(): (slot: number) => boolean {
    const { blocks } = this.#rows;
    if (this.#spans.length <= 2) {
      const [low = 1, high = 0] = this.#spans;
      return (slot) => {
        const code = codeAt(blocks, slot);
        return code >= low && code <= high;
      };
    }
    if (this.#gaps.length === 2) {
      const [low = 1, high = 0] = this.#gaps;
      return (slot) => {
        const code = codeAt(blocks, slot);
        return code < low || code > high;
      };
    }
    const { passing } = this;
    return (slot) => passing[codeAt(blocks, slot)] === 1;
  }
}

function codeAt({ views }: RowBlocks<CodeArray>, slot: number): number {
  return views[slot >>> BLOCK_SHIFT]?.[slot & BLOCK_MASK] ?? 0;
}

function unionCost(ranges: Spans, range: number, combine: number): number {
  const parts = ranges.length / 2;
  return parts === 0 ? combine : parts * range + (parts - 1) * combine;
}
