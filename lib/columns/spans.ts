/** Closed intervals of integers, as conditions on codes and on 32-bit integers come down to. */
import type { NumberIntervals } from '../data/value-set.ts';

/** `[low0, high0, low1, high1, …]`, ascending, with a gap between any two. */
export type Spans = readonly number[];

/** The integers of the intervals that lie within `low` and `high`. */
export function integerSpans(intervals: NumberIntervals, low: number, high: number): Spans {
  const spans: number[] = [];
  for (let i = 0; i < intervals.length; i += 2) {
    append(spans, Math.max(low, Math.ceil(intervals[i]!)), Math.min(high, Math.floor(intervals[i + 1]!)));
  }
  return spans;
}

/** The indexes below `size` at which the table is not 0. */
export function tableSpans(table: Uint8Array, size: number): Spans {
  const spans: number[] = [];
  for (let index = 0; index < size; index++) {
    if (table[index] === 0) continue;
    const low = index;
    while (index + 1 < size && table[index + 1] !== 0) index++;
    spans.push(low, index);
  }
  return spans;
}

/** The integers from `low` to `high` that are in no span. */
export function gaps(spans: Spans, low: number, high: number): Spans {
  const between: number[] = [];
  let next = low;
  for (let i = 0; i < spans.length; i += 2) {
    append(between, next, spans[i]! - 1);
    next = spans[i + 1]! + 1;
  }
  append(between, next, high);
  return between;
}

/** Adds a span that begins at or after the last one's end; nothing when it is empty. */
export function append(spans: number[], low: number, high: number): void {
  if (low > high) return;
  const last = spans.length - 1;
  if (last > 0 && spans[last]! >= low - 1) spans[last] = Math.max(spans[last]!, high);
  else spans.push(low, high);
}

/** Whether the value is in a span; binary search. Good for any closed, ascending, disjoint intervals. */
export function within(spans: ArrayLike<number>, value: number): boolean {
  let from = 0;
  let to = spans.length >>> 1;
  while (from < to) {
    const middle = (from + to) >>> 1;
    if (spans[2 * middle + 1]! < value) from = middle + 1;
    else to = middle;
  }
  return 2 * from < spans.length && spans[2 * from]! <= value;
}
