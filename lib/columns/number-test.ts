/** A condition compiled against numbers or times: exact, and patched where rows have something else. */
import { nextDown, nextUp } from '../data/double.ts';
import type { ValueSet } from '../data/value-set.ts';
import { BLOCK_MASK, BLOCK_SHIFT, type ColumnTest } from './column.ts';
import type { ColumnMemory } from './column-memory.ts';
import { passes, type ColumnValue } from './column-value.ts';
import type { LiveRows } from './live-rows.ts';
import { doubleMembership, integerMembership, type Membership } from './membership.ts';
import { scanEach, scanRanges, scannedRows, type RangeKernel } from './range-scan.ts';
import type { RowBlocks } from './row-blocks.ts';
import { ODD_NS, SCAN_COSTS } from './scan-cost.ts';
import { gaps, integerSpans, within } from './spans.ts';

export type NumberArray = Int32Array | Float64Array;

/** What a test has to know of `NumberRows`. */
export interface NumberedRows {
  readonly memory: ColumnMemory;
  readonly kind: 'int32' | 'float64';
  readonly family: 'numbers' | 'dates';
  readonly blocks: RowBlocks<NumberArray>;
  readonly generation: number;
  readonly present: number;
  readonly nulls: LiveRows | undefined;
  readonly nans: LiveRows | undefined;
  readonly odd: readonly (ReadonlyMap<number, ColumnValue> | undefined)[];
  readonly oddCount: number;
  isBlank(number: number): boolean;
}

/** Up to so many ranges are scanned one by one; more are looked up row by row. */
const RANGES_MAX = 8;
/** All integers that int32 rows can have: -2^31 is their blank. */
const INT32_MIN = -0x7fff_ffff;
const INT32_MAX = 0x7fff_ffff;

/** Scan the ranges, or scan the gaps between them and turn the result round (`!= x` has one gap), or look at each row. */
type Way = 'ranges' | 'gaps' | 'rows';

export class NumberTest implements ColumnTest {
  readonly generation: number;
  readonly exact = true;
  readonly costNs: number;
  readonly test: (slot: number) => boolean;
  readonly #rows: NumberedRows;
  readonly #set: ValueSet;
  readonly #ranges: readonly number[];
  readonly #scanned: readonly number[];
  readonly #way: Way;
  readonly #membership: Membership;
  readonly #everything: boolean;

  constructor(rows: NumberedRows, set: ValueSet) {
    this.#rows = rows;
    this.#set = set;
    this.generation = rows.generation;
    const intervals = rows.family === 'dates' ? set.dates : set.numbers;
    const isInt32 = rows.kind === 'int32';
    this.#ranges = isInt32 ? integerSpans(intervals, INT32_MIN, INT32_MAX) : [...intervals];
    const between = isInt32 ? gaps(this.#ranges, INT32_MIN, INT32_MAX) : gapsOfDoubles(this.#ranges);
    this.#everything = between.length === 0;
    this.#scanned = between.length < this.#ranges.length ? between : this.#ranges;
    const many = this.#scanned.length > 2 * RANGES_MAX;
    if (many) this.#membership = isInt32 ? integerMembership(this.#ranges) : doubleMembership(this.#ranges);
    else this.#membership = { has: (value) => within(this.#ranges, value), costNs: 0 };
    this.#way = many ? 'rows' : this.#scanned === between ? 'gaps' : 'ranges';
    this.costNs = this.#cost();
    this.test = this.#rowTest();
  }

  /** Known when all numbers pass, or none: then the exceptions are counted. Costs a step per odd value. */
  get count(): number | undefined {
    const { nulls, nans, odd, oddCount, present } = this.#rows;
    if (!this.#everything && this.#ranges.length > 0) return undefined;
    const nullCount = nulls?.count ?? 0;
    const nanCount = nans?.count ?? 0;
    let count = this.#everything ? present - nullCount - nanCount - oddCount : 0;
    if (this.#set.nulls) count += nullCount;
    if (this.#set.nan) count += nanCount;
    for (const values of odd) for (const value of values?.values() ?? []) if (passes(this.#set, value)) count++;
    return count;
  }

  select(block: number, rows: number, out: number): void {
    const { memory, blocks } = this.#rows;
    const { kernels } = memory;
    const scanned = scannedRows(memory, blocks, block, rows, out);
    if (scanned === 0) return;
    const bytes = scanned / 8;
    if (this.#way === 'rows') scanEach(blocks.views[block]!, this.#membership.has, memory.u32(out, bytes / 4));
    else scanRanges(memory, this.#kernel(), blocks.address(block), scanned, this.#scanned, out);
    if (this.#way === 'gaps') kernels.not(out, out, bytes);
    // Blank rows are in no range, so they have a 1 here after scanning the gaps, and a 0 otherwise.
    const had = this.#way === 'gaps';
    this.#patch(this.#rows.nulls, block, bytes, had, this.#set.nulls, out);
    this.#patch(this.#rows.nans, block, bytes, had, this.#set.nan, out);
    this.#patchOdd(block, scanned, out);
  }

  #kernel(): RangeKernel {
    const { kernels } = this.#rows.memory;
    if (this.#rows.kind === 'float64') return (column, rows, low, high, out) => kernels.rangeF64(column, rows, low, high, out);
    return (column, rows, low, high, out) => kernels.rangeI32(column, rows, low, high - low, out);
  }

  #patch(exceptions: LiveRows | undefined, block: number, bytes: number, had: boolean, wanted: boolean, out: number): void {
    if (exceptions === undefined || had === wanted) return;
    const { kernels } = this.#rows.memory;
    const length = Math.min(bytes, exceptions.rows(block) / 8);
    if (length === 0) return;
    if (wanted) kernels.or(out, out, exceptions.address(block), length);
    else kernels.andNot(out, out, exceptions.address(block), length);
  }

  #patchOdd(block: number, rows: number, out: number): void {
    const odd = this.#rows.odd[block];
    if (odd === undefined || odd.size === 0) return;
    const words = this.#rows.memory.u32(out, rows / 32);
    for (const [slot, value] of odd) {
      const row = slot & BLOCK_MASK;
      if (row >= rows) continue;
      const bit = 1 << (row & 31);
      if (passes(this.#set, value)) words[row >>> 5]! |= bit;
      else words[row >>> 5]! &= ~bit;
    }
  }

  #cost(): number {
    const { kernels } = this.#rows.memory;
    const costs = SCAN_COSTS[kernels.name];
    const oddShare = this.#rows.oddCount / Math.max(1, this.#rows.present);
    const parts = this.#scanned.length / 2;
    if (this.#way === 'rows') return this.#membership.costNs;
    const range = this.#rows.kind === 'int32' ? costs.rangeI32 : costs.rangeF64;
    return parts * range + (Math.max(0, parts - 1) + 2) * costs.combine + oddShare * ODD_NS;
  }

  narrow(slots: Int32Array, from: number, to: number): number {
    const { test } = this;
    const { views } = this.#rows.blocks;
    const [low = 0, high = 0] = this.#ranges;
    const single = this.#ranges.length === 2;
    let end = from;
    for (let i = from; i < to; i++) {
      const slot = slots[i]!;
      slots[end] = slot;
      const number = views[slot >>> BLOCK_SHIFT]![slot & BLOCK_MASK]!;
      // What is in the only range passes; all else is looked at again, as it may be an exception.
      if ((single && number >= low && number <= high) || test(slot)) end++;
    }
    return end;
  }

  #rowTest(): (slot: number) => boolean {
    const rows = this.#rows;
    const { views } = rows.blocks;
    if (this.#ranges.length === 2) {
      const [low = 0, high = 0] = this.#ranges;
      return (slot) => {
        const number = views[slot >>> BLOCK_SHIFT]?.[slot & BLOCK_MASK];
        if (number === undefined) return false;
        return (number >= low && number <= high) || (rows.isBlank(number) && this.#isException(slot));
      };
    }
    const { has } = this.#membership;
    return (slot) => {
      const number = views[slot >>> BLOCK_SHIFT]?.[slot & BLOCK_MASK];
      if (number === undefined) return false;
      return rows.isBlank(number) ? this.#isException(slot) : has(number);
    };
  }

  /** Whether the row passes for what it has instead of a number. */
  #isException(slot: number): boolean {
    const { nulls, nans, odd } = this.#rows;
    if (nulls?.has(slot) === true) return this.#set.nulls;
    if (nans?.has(slot) === true) return this.#set.nan;
    const value = odd[slot >>> BLOCK_SHIFT]?.get(slot);
    return value !== undefined && passes(this.#set, value);
  }
}

/** The doubles, NaN aside, that are in no interval. */
function gapsOfDoubles(intervals: ArrayLike<number>): number[] {
  const between: number[] = [];
  let low = -Infinity;
  for (let i = 0; i < intervals.length; i += 2) {
    const high = nextDown(intervals[i]!);
    if (intervals[i] !== -Infinity && low <= high) between.push(low, high);
    if (intervals[i + 1] === Infinity) return between;
    low = nextUp(intervals[i + 1]!);
  }
  between.push(low, Infinity);
  return between;
}
