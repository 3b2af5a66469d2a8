/** Value sets for tests of columns: made of plain intervals, judged by comparison alone. */
import * as fc from 'fast-check';
import { family } from '../../lib/data/compare.ts';
import { compareText } from '../../lib/data/text-order.ts';
import type { BigintInterval, TextInterval, ValueSet } from '../../lib/data/value-set.ts';

export interface SetParts {
  /** Sorted, disjoint, closed. They also are the bigints of the set. */
  readonly numbers?: readonly (readonly [number, number])[];
  readonly dates?: readonly (readonly [number, number])[];
  /** Closed at the lower end, open at the upper, but for points. */
  readonly texts?: readonly (readonly [string, string])[];
  readonly textTest?: (text: string) => boolean;
  readonly nulls?: boolean;
  readonly nan?: boolean;
  readonly false?: boolean;
  readonly true?: boolean;
  readonly others?: boolean;
}

export function setOf(parts: SetParts): ValueSet {
  const { numbers = [], dates = [], texts = [], textTest } = parts;
  const textIntervals: TextInterval[] = texts.map(([low, high]) => ({ low, lowOpen: false, high, highOpen: low !== high }));
  const wholeTexts: TextInterval = { low: undefined, lowOpen: true, high: undefined, highOpen: true };
  const set: ValueSet = {
    has: (value) => has(set, textTest, value),
    nulls: parts.nulls ?? false,
    numbers: Float64Array.from(numbers.flat()),
    nan: parts.nan ?? false,
    bigints: numbers.flatMap(bigintsOf),
    dates: Float64Array.from(dates.flat()),
    texts: textTest === undefined ? textIntervals : [wholeTexts],
    textsExact: textTest === undefined,
    false: parts.false ?? false,
    true: parts.true ?? false,
    others: parts.others ?? false,
  };
  return set;
}

/** Everything but null. */
export const NOT_NULL: ValueSet = {
  ...setOf({ numbers: [[-Infinity, Infinity]], dates: [[-Infinity, Infinity]], nan: true, false: true, true: true, others: true }),
  texts: [{ low: undefined, lowOpen: true, high: undefined, highOpen: true }],
  has: (value) => family(value) !== 'null',
};

export const NULLS: ValueSet = setOf({ nulls: true });

/** `= value` for numbers and texts. */
export function equalTo(...values: readonly (number | string)[]): ValueSet {
  const numbers = values.filter((value) => typeof value === 'number').toSorted((a, b) => a - b);
  const texts = values.filter((value) => typeof value === 'string').toSorted(compareText);
  return setOf({ numbers: numbers.map((value) => [value, value]), texts: texts.map((value) => [value, value]) });
}

function bigintsOf([low, high]: readonly [number, number]): BigintInterval[] {
  if (low === Infinity || high === -Infinity) return [];
  const from = low === -Infinity ? undefined : BigInt(Math.ceil(low));
  const to = high === Infinity ? undefined : BigInt(Math.floor(high));
  return from !== undefined && to !== undefined && from > to ? [] : [{ low: from, high: to }];
}

function has(set: ValueSet, textTest: ((text: string) => boolean) | undefined, value: unknown): boolean {
  if (family(value) === 'null') return set.nulls;
  if (typeof value === 'boolean') return value ? set.true : set.false;
  if (typeof value === 'number') return Number.isNaN(value) ? set.nan : inNumbers(set.numbers, value);
  if (typeof value === 'bigint') return inNumbers(set.numbers, value);
  if (typeof value === 'string') return textTest === undefined ? set.texts.some((interval) => inTexts(interval, value)) : textTest(value);
  if (value instanceof Date && !Number.isNaN(value.getTime())) return inNumbers(set.dates, value.getTime());
  return set.others;
}

function inNumbers(intervals: Float64Array, value: number | bigint): boolean {
  for (let i = 0; i < intervals.length; i += 2) if (value >= intervals[i]! && value <= intervals[i + 1]!) return true;
  return false;
}

function inTexts({ low, high, highOpen }: TextInterval, value: string): boolean {
  const above = low === undefined || compareText(low, value) <= 0;
  return above && (high === undefined || compareText(value, high) < (highOpen ? 0 : 1));
}

/** Sets of all shapes over the values that `evilValue` draws from. */
export function arbitrarySet(number: fc.Arbitrary<number>, date: fc.Arbitrary<number>, text: fc.Arbitrary<string>): fc.Arbitrary<ValueSet> {
  const numbers = fc.oneof(intervalsOf(number), pointsOf(number), fc.constant([[-Infinity, Infinity] as const]));
  const dates = fc.oneof(fc.constant([]), intervalsOf(date), pointsOf(date), fc.constant([[-Infinity, Infinity] as const]));
  const texts = fc.uniqueArray(text, { maxLength: 6 }).map((bounds) => pairs(bounds.toSorted(compareText)));
  const textPoints = fc
    .uniqueArray(text, { maxLength: 20 })
    .map((values) => values.toSorted(compareText).map((value) => [value, value] as const));
  return fc
    .record(
      {
        numbers,
        dates,
        texts: fc.oneof(texts, textPoints),
        textTest: fc.constant((value: string) => value.includes('1')),
        nulls: fc.boolean(),
        nan: fc.boolean(),
        false: fc.boolean(),
        true: fc.boolean(),
        others: fc.boolean(),
      },
      { requiredKeys: [] },
    )
    .map(setOf);
}

function intervalsOf(bound: fc.Arbitrary<number>): fc.Arbitrary<(readonly [number, number])[]> {
  return fc.uniqueArray(bound, { maxLength: 6, comparator: (a, b) => a === b }).map((bounds) => pairs(bounds.toSorted((a, b) => a - b)));
}

function pointsOf(value: fc.Arbitrary<number>): fc.Arbitrary<(readonly [number, number])[]> {
  const values = fc.uniqueArray(value, { maxLength: 24, comparator: (a, b) => a === b });
  return values.map((chosen) => chosen.toSorted((a, b) => a - b).map((point) => [point, point] as const));
}

function pairs<T>(bounds: readonly T[]): (readonly [T, T])[] {
  return bounds.flatMap((low, i) => (i % 2 === 0 && i + 1 < bounds.length ? [[low, bounds[i + 1]!] as const] : []));
}
