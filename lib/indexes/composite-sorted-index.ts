/**
 * The SORTED index of several attributes: tuples in order, as texts (`key-encoding`).
 *
 * All tuples that begin with the same values lie together, so it answers conditions that name values for the first attributes and anything for the
 * next: `dept = 'D7' AND age >= 50` on (dept, age). Such a condition is a list of intervals of texts.
 *
 * Wide bigints (`safeDouble`) lie among the numbers here. While there are any, an interval of numbers may hold bigints that the condition
 * does not want, and the answer is one of candidates.
 */
import {
  safeDouble,
  firstValue,
  bigintElement,
  BEYOND,
  dateElement,
  numberElement,
  numberStart,
  TAG,
  textElement,
  tuple,
} from './key-encoding.ts';
import type { BuildableIndex, BulkLoad } from './buildable-index.ts';
import type { TextInterval, ValueSet } from '../data/value-set.ts';
import type { IndexDefinition, IndexEstimate, OrderedIndex, SlotList } from './index-contract.ts';
import { EVERYTHING, type KeyRange, type Visit } from './ordered-blocks.ts';
import { OrderedSlots } from './ordered-slots.ts';
import { pointTuples } from './point-words.ts';
import { TextBlocks } from './text-blocks.ts';
import { TextSorter } from './text-sort.ts';

/** A condition of more intervals is estimated from every n-th of them. */
const COUNTED_RANGES = 256;
/** More intervals than this are not worth an index. */
const RANGES_MAX = 1 << 16;

/** `low` to before `high`. */
interface Interval {
  readonly low: string;
  readonly high: string;
}

/** The sets that were asked for last, and what came of them. */
interface Asked {
  readonly sets: readonly ValueSet[];
  readonly withBigints: boolean;
  readonly ranges: readonly KeyRange<string>[] | undefined;
}

export class CompositeSortedIndex implements OrderedIndex, BuildableIndex {
  readonly definition: IndexDefinition;
  readonly #tuples = new OrderedSlots(new TextBlocks());
  #wideBigints = 0;
  #version = 0;
  #last: Asked = { sets: [], withBigints: false, ranges: undefined };

  constructor(definition: IndexDefinition) {
    this.definition = definition;
  }

  get size(): number {
    return this.#tuples.size;
  }

  /** Tuples are counted as if each was shared by a few entries. */
  get bytes(): number {
    return this.#tuples.bytes + this.#tuples.size * 12;
  }

  get version(): number {
    return this.#version;
  }

  add(slot: number, values: readonly unknown[]): void {
    this.#version++;
    this.#wideBigints += wideBigints(values);
    this.#tuples.add(tuple(values), slot);
  }

  remove(slot: number, values: readonly unknown[]): void {
    this.#version++;
    if (this.#tuples.remove(tuple(values), slot)) this.#wideBigints -= wideBigints(values);
  }

  /** An answer for one set per leading attribute, all but the last of them lists of values. */
  estimate(sets: readonly ValueSet[]): IndexEstimate | undefined {
    const ranges = this.#ranges(sets);
    if (ranges === undefined) return undefined;
    const step = Math.ceil(ranges.length / COUNTED_RANGES);
    let count = 0;
    let looked = 0;
    for (let i = 0; i < ranges.length; i += step, looked++) count += this.#tuples.count(ranges[i]!);
    const exact = this.#wideBigints === 0 && sets.at(-1)!.textsExact;
    return step <= 1 ? { count, exact, counted: true } : { count: Math.round((count / looked) * ranges.length), exact, counted: false };
  }

  collect(sets: readonly ValueSet[], out: SlotList): void {
    for (const range of this.#ranges(sets) ?? []) this.#tuples.collect(range, out);
  }

  /** In the order of the tuples. */
  walk(descending: boolean, visit: Visit): boolean {
    return this.#tuples.walk(EVERYTHING, descending, visit);
  }

  walkWithin(set: ValueSet, descending: boolean, visit: Visit): boolean {
    const ranges = this.#ranges([set]) ?? [EVERYTHING];
    const sure = this.#wideBigints === 0 && set.textsExact && ranges[0] !== EVERYTHING;
    const test = sure ? undefined : (key: string): boolean => set.has(firstValue(key));
    return (descending ? ranges.toReversed() : ranges).every((range) => this.#tuples.walk(range, descending, visit, test));
  }

  clear(): void {
    this.#tuples.clear();
    this.#wideBigints = 0;
    this.#version++;
  }

  bulk(): BulkLoad {
    const sorter = new TextSorter();
    return {
      take: (slot, values) => {
        this.#wideBigints += wideBigints(values);
        sorter.take(tuple(values), slot);
      },
      finish: () => this.#load(sorter),
    };
  }

  *#load(sorter: TextSorter): Generator<void> {
    yield* this.#tuples.load(yield* sorter.finish());
    this.#version++;
  }

  /** Remembered, because `collect` asks right after `estimate`, and plans ask again and again. */
  #ranges(sets: readonly ValueSet[]): readonly KeyRange<string>[] | undefined {
    const withBigints = this.#wideBigints > 0;
    const last = this.#last;
    const isSame = last.withBigints === withBigints && last.sets.length === sets.length && sets.every((set, at) => set === last.sets[at]);
    if (isSame) return last.ranges;
    const ranges = sets.length <= this.definition.attributes.length ? rangesOf(sets, withBigints) : undefined;
    this.#last = { sets: [...sets], withBigints, ranges };
    return ranges;
  }
}

/** Ascending and disjoint. */
function rangesOf(sets: readonly ValueSet[], withBigints: boolean): readonly KeyRange<string>[] | undefined {
  const last = sets.at(-1);
  if (last === undefined) return undefined;
  const beginnings = pointTuples(sets.slice(0, -1));
  if (beginnings === undefined) return undefined;
  const intervals = elementIntervals(last, withBigints);
  if (intervals.length * beginnings.length > RANGES_MAX) return undefined;
  return beginnings
    .toSorted((a, b) => (a < b ? -1 : 1))
    .flatMap((beginning) =>
      intervals.map(({ low, high }) => ({ low: beginning + low, lowOpen: false, high: beginning + high, highOpen: true })),
    );
}

function wideBigints(values: readonly unknown[]): number {
  let count = 0;
  for (const value of values) if (typeof value === 'bigint' && safeDouble(value) === undefined) count++;
  return count;
}

/** The elements of the values of a set, and all tuples that go on from them, as intervals of texts in order. */
function elementIntervals(set: ValueSet, withBigints: boolean): readonly Interval[] {
  const intervals: Interval[] = [];
  const family = (tag: string): number => intervals.push({ low: tag, high: tag + BEYOND });
  if (set.false) family(TAG.false);
  if (set.true) family(TAG.true);
  intervals.push(...numericIntervals(set, withBigints));
  if (set.nan) family(TAG.nan);
  for (let i = 0; i + 1 < set.dates.length; i += 2) {
    intervals.push({ low: dateElement(set.dates[i]!), high: dateElement(set.dates[i + 1]!) + BEYOND });
  }
  for (const interval of set.texts) intervals.push(textIntervals(interval));
  if (set.others) family(TAG.other);
  if (set.nulls) family(TAG.null);
  return intervals;
}

function textIntervals({ low, lowOpen, high, highOpen }: TextInterval): Interval {
  return {
    low: low === undefined ? TAG.text : textElement(low) + (lowOpen ? BEYOND : ''),
    high: high === undefined ? TAG.other : textElement(high) + (highOpen ? '' : BEYOND),
  };
}

function numericIntervals(set: ValueSet, withBigints: boolean): readonly Interval[] {
  const intervals: Interval[] = [];
  for (let i = 0; i + 1 < set.numbers.length; i += 2) {
    intervals.push({ low: numberStart(set.numbers[i]!), high: numberElement(set.numbers[i + 1]!) + BEYOND });
  }
  if (!withBigints) return intervals;
  for (const { low, high } of set.bigints) {
    intervals.push({
      low: low === undefined ? TAG.number : bigintElement(low),
      high: high === undefined ? TAG.nan : bigintElement(high) + BEYOND,
    });
  }
  return united(intervals);
}

/** The same texts in intervals that are in order and disjoint. */
function united(intervals: readonly Interval[]): readonly Interval[] {
  const result: Interval[] = [];
  for (const next of intervals.toSorted((a, b) => (a.low < b.low ? -1 : a.low > b.low ? 1 : 0))) {
    const before = result.at(-1);
    if (before === undefined || before.high < next.low) result.push(next);
    else if (before.high < next.high) result[result.length - 1] = { low: before.low, high: next.high };
  }
  return result;
}
