/** The single values that a set consists of, if it does: what equality and IN come down to. */
import type { BigintInterval, NumberIntervals, TextInterval, ValueSet } from '../data/value-set.ts';
import { OTHER, numberOrBigint, type ColumnValue } from './column-value.ts';

/**
 * All values of a set, in column form; undefined when it has an interval, texts that only a test can tell, or more than `most` values.
 * A value may come twice. Cost: one step per value.
 */
export function pointsOf(set: ValueSet, most: number): readonly ColumnValue[] | undefined {
  const points: ColumnValue[] = [];
  if (set.nulls) points.push(null);
  if (set.nan) points.push(NaN);
  if (set.false) points.push(false);
  if (set.true) points.push(true);
  if (set.others) points.push(OTHER);
  const { numbers, dates, texts, bigints } = set;
  if (!set.textsExact && texts.length > 0) return undefined;
  if ((numbers.length + dates.length) / 2 + texts.length + bigints.length + points.length > most) return undefined;
  for (const found of [numberPoints(numbers), datePoints(dates), textPoints(texts), bigintPoints(bigints)]) {
    if (found === undefined) return undefined;
    for (const point of found) points.push(point);
  }
  return points;
}

export function numberPoints(intervals: NumberIntervals): number[] | undefined {
  const points: number[] = [];
  for (let i = 0; i < intervals.length; i += 2) {
    if (intervals[i] !== intervals[i + 1]) return undefined;
    points.push(intervals[i]! + 0);
  }
  return points;
}

export function datePoints(intervals: NumberIntervals): Date[] | undefined {
  const times = numberPoints(intervals);
  // Fractions of a millisecond and times beyond the range are no dates; `Date` would round the former.
  return times?.flatMap((time) => (new Date(time).getTime() === time ? [new Date(time)] : []));
}

export function textPoints(intervals: readonly TextInterval[]): string[] | undefined {
  const points: string[] = [];
  for (const { low, lowOpen, high, highOpen } of intervals) {
    if (low === undefined || low !== high || lowOpen || highOpen) return undefined;
    points.push(low);
  }
  return points;
}

export function bigintPoints(intervals: readonly BigintInterval[]): (number | bigint)[] | undefined {
  const points: (number | bigint)[] = [];
  for (const { low, high } of intervals) {
    if (low === undefined || low !== high) return undefined;
    points.push(numberOrBigint(low));
  }
  return points;
}
