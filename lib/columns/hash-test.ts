/** A condition compiled against hashes: the rows that may pass, and for whole families exactly those that do. */
import type { NumberIntervals, ValueSet } from '../data/value-set.ts';
import { BLOCK_MASK, BLOCK_SHIFT, type ColumnTest } from './column.ts';
import type { ColumnMemory } from './column-memory.ts';
import type { ColumnValue } from './column-value.ts';
import { integerMembership, type Membership } from './membership.ts';
import { bigintPoints, datePoints, numberPoints, textPoints } from './points.ts';
import { scanEach, scanRanges, scannedRows } from './range-scan.ts';
import type { RowBlocks } from './row-blocks.ts';
import { SCAN_COSTS } from './scan-cost.ts';
import { append, within, type Spans } from './spans.ts';
import { BOOLEANS, DATES, FAMILIES, NO_FAMILY, NUMBERS, OTHERS, TEXTS, familyEnd, familyStart, hashValue } from './value-hash.ts';

/** What a test has to know of `HashRows`. */
export interface HashedRows {
  readonly memory: ColumnMemory;
  readonly generation: number;
  readonly blocks: RowBlocks<Uint32Array>;
  /** Rows by family; those with null are the rows of NO_FAMILY. */
  readonly counts: readonly number[];
}

/** Up to so many ranges are scanned one by one; more are looked up row by row. */
const RANGES_MAX = 16;

export class HashTest implements ColumnTest {
  readonly generation: number;
  readonly exact: boolean;
  readonly costNs: number;
  readonly test: (slot: number) => boolean;
  readonly #rows: HashedRows;
  readonly #spans: Spans;
  readonly #membership: Membership;

  constructor(rows: HashedRows, set: ValueSet) {
    this.#rows = rows;
    this.generation = rows.generation;
    const candidates = candidatesOf(set);
    this.exact = candidates.exact;
    this.#spans = candidates.spans;
    const { rangeI32, combine } = SCAN_COSTS[rows.memory.kernels.name];
    const parts = Math.max(1, this.#spans.length / 2);
    this.#membership = this.#scansRanges
      ? { has: (hash) => within(this.#spans, hash), costNs: parts * (rangeI32 + combine) }
      : integerMembership(this.#spans);
    this.costNs = this.#membership.costNs;
    const { views } = rows.blocks;
    const { has } = this.#membership;
    this.test = (slot) => has(views[slot >>> BLOCK_SHIFT]?.[slot & BLOCK_MASK] ?? 0);
  }

  /** Known while whole families pass. */
  get count(): number | undefined {
    let count = 0;
    for (let family = NO_FAMILY; family < FAMILIES; family++) {
      const rows = this.#rows.counts[family]!;
      if (rows === 0) continue;
      const covered = coverage(this.#spans, familyStart(family), familyEnd(family));
      if (covered === undefined) return undefined;
      if (covered) count += rows;
    }
    return count;
  }

  select(block: number, rows: number, out: number): void {
    const { memory, blocks } = this.#rows;
    const { kernels } = memory;
    const scanned = scannedRows(memory, blocks, block, rows, out);
    if (scanned === 0) return;
    if (this.#scansRanges) {
      scanRanges(
        memory,
        (column, count, low, high, to) => kernels.rangeI32(column, count, low, high - low, to),
        blocks.address(block),
        scanned,
        this.#spans,
        out,
      );
    } else scanEach(blocks.views[block]!, this.#membership.has, memory.u32(out, scanned / 32));
  }

  get #scansRanges(): boolean {
    return this.#spans.length <= 2 * RANGES_MAX;
  }
}

/** Hashes of the values that may be in a set, and whether they all certainly are. */
interface Candidates {
  readonly spans: Spans;
  readonly exact: boolean;
}

/** Family by family, in the order of the hashes: all of it, some values, or nothing. */
function candidatesOf(set: ValueSet): Candidates {
  const spans: number[] = [];
  let exact = true;
  const take = (family: number, isWhole: boolean, values: readonly ColumnValue[] | undefined): void => {
    if (isWhole || values === undefined) append(spans, familyStart(family), familyEnd(family));
    else for (const hash of Uint32Array.from(values, hashValue).toSorted()) append(spans, hash, hash);
    if (!isWhole && values?.length !== 0 && family !== BOOLEANS) exact = false;
  };
  take(NO_FAMILY, set.nulls, []);
  take(
    BOOLEANS,
    set.false && set.true,
    [false, true].filter((value) => (value ? set.true : set.false)),
  );
  const wholeBigints = set.bigints.some(({ low, high }) => low === undefined && high === undefined);
  take(NUMBERS, isWholeLine(set.numbers) && set.nan && wholeBigints, numbersOf(set));
  take(DATES, isWholeLine(set.dates), datePoints(set.dates));
  const wholeTexts = set.textsExact && set.texts.some(({ low, high }) => low === undefined && high === undefined);
  take(TEXTS, wholeTexts, textPoints(set.texts));
  take(OTHERS, set.others, []);
  return { spans, exact };
}

function numbersOf(set: ValueSet): ColumnValue[] | undefined {
  const numbers = numberPoints(set.numbers);
  const bigints = bigintPoints(set.bigints);
  if (numbers === undefined || bigints === undefined) return undefined;
  return [...numbers, ...bigints, ...(set.nan ? [NaN] : [])];
}

function isWholeLine(intervals: NumberIntervals): boolean {
  return intervals.length === 2 && intervals[0] === -Infinity && intervals[1] === Infinity;
}

/** true: all of the range is in the spans; false: nothing of it; undefined: a part. */
function coverage(spans: Spans, low: number, high: number): boolean | undefined {
  for (let i = 0; i < spans.length; i += 2) {
    if (spans[i]! <= low && spans[i + 1]! >= high) return true;
    if (spans[i]! <= high && spans[i + 1]! >= low) return undefined;
  }
  return false;
}
