/** A condition compiled against hashes: the rows that may pass, and for whole families exactly those that do. */
import type { NumberIntervals, ValueSet } from '../data/value-set.ts';
import { BLOCK_MASK, BLOCK_SHIFT, type ColumnTest } from './column.ts';
import type { ColumnMemory } from './column-memory.ts';
import { OTHER, type ColumnValue } from './column-value.ts';
import { bigintPoints, datePoints, numberPoints, textPoints } from './points.ts';
import { scanEach, scanRanges, scannedRows } from './range-scan.ts';
import type { RowBlocks } from './row-blocks.ts';
import { PROBE_NS, SCAN_COSTS } from './scan-cost.ts';
import { append, within, type Spans } from './spans.ts';
import { DATES, FAMILIES, NO_FAMILY, NUMBERS, TEXTS, familyEnd, familyStart, hashValue } from './value-hash.ts';

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

/** What a set selects of one family: hashes, and whether their rows certainly pass. */
interface Pick {
  readonly low: number;
  readonly high: number;
  readonly exact: boolean;
}

export class HashTest implements ColumnTest {
  readonly generation: number;
  readonly exact: boolean;
  readonly costNs: number;
  readonly test: (slot: number) => boolean;
  readonly #rows: HashedRows;
  readonly #spans: Spans;
  readonly #contains: (hash: number) => boolean;

  constructor(rows: HashedRows, set: ValueSet) {
    this.#rows = rows;
    this.generation = rows.generation;
    const picks = picksOf(set);
    this.exact = picks.every((pick) => pick.exact);
    this.#spans = spansOf(picks);
    this.#contains = containment(this.#spans);
    this.costNs = this.#scansRanges
      ? (this.#spans.length / 2) * (SCAN_COSTS[rows.memory.kernels.name].rangeI32 + SCAN_COSTS[rows.memory.kernels.name].combine)
      : PROBE_NS;
    const { views } = rows.blocks;
    const contains = this.#contains;
    this.test = (slot) => contains(views[slot >>> BLOCK_SHIFT]?.[slot & BLOCK_MASK] ?? 0);
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
    } else scanEach(blocks.views[block]!, this.#contains, memory.u32(out, scanned / 32));
  }

  get #scansRanges(): boolean {
    return this.#spans.length <= 2 * RANGES_MAX;
  }
}

/** Family by family: nothing, certain values, or everything. */
function picksOf(set: ValueSet): Pick[] {
  const picks: Pick[] = [];
  if (set.nulls) picks.push(certain(null));
  if (set.false) picks.push(certain(false));
  if (set.true) picks.push(certain(true));
  if (set.others) picks.push(certain(OTHER));
  const wholeNumbers = isWhole(set.numbers) && set.nan && set.bigints.some(({ low, high }) => low === undefined && high === undefined);
  const someNumbers = set.numbers.length > 0 || set.nan || set.bigints.length > 0;
  if (someNumbers) pickFamily(picks, NUMBERS, wholeNumbers, numbersOf(set));
  if (set.dates.length > 0) pickFamily(picks, DATES, isWhole(set.dates), datePoints(set.dates));
  const wholeTexts = set.textsExact && set.texts.some(({ low, high }) => low === undefined && high === undefined);
  if (set.texts.length > 0) pickFamily(picks, TEXTS, wholeTexts, textPoints(set.texts));
  return picks;
}

function pickFamily(picks: Pick[], family: number, whole: boolean, points: readonly ColumnValue[] | undefined): void {
  if (whole || points === undefined) picks.push({ low: familyStart(family), high: familyEnd(family), exact: whole });
  else for (const point of points) picks.push({ ...certain(point), exact: false });
}

/** A value that is told from all others by its hash. */
function certain(value: ColumnValue): Pick {
  const hash = hashValue(value);
  return { low: hash, high: hash, exact: true };
}

function numbersOf(set: ValueSet): ColumnValue[] | undefined {
  const numbers = numberPoints(set.numbers);
  const bigints = bigintPoints(set.bigints);
  if (numbers === undefined || bigints === undefined) return undefined;
  return [...numbers, ...bigints, ...(set.nan ? [NaN] : [])];
}

function isWhole(intervals: NumberIntervals): boolean {
  return intervals.length === 2 && intervals[0] === -Infinity && intervals[1] === Infinity;
}

function spansOf(picks: readonly Pick[]): Spans {
  const spans: number[] = [];
  for (const { low, high } of picks.toSorted((a, b) => a.low - b.low)) append(spans, low, high);
  return spans;
}

/** true: all of the range is in the spans; false: nothing of it; undefined: a part. */
function coverage(spans: Spans, low: number, high: number): boolean | undefined {
  for (let i = 0; i < spans.length; i += 2) {
    if (spans[i]! <= low && spans[i + 1]! >= high) return true;
    if (spans[i]! <= high && spans[i + 1]! >= low) return undefined;
  }
  return false;
}

function containment(spans: Spans): (hash: number) => boolean {
  if (spans.length <= 2 * RANGES_MAX || spans.some((bound, i) => bound !== spans[i ^ 1])) return (hash) => within(spans, hash);
  const hashes = new Set(spans);
  return (hash) => hashes.has(hash);
}
