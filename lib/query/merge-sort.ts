/** Sorting of any things by a comparison, in steps short enough to pause between any two: runs sorted by the engine, then merged pair by pair. */
import type { Work } from './work.ts';

const RUN_LENGTH = 2048;
const MERGED_PER_STEP = 4096;

/** Sorts in place or into a new array; returns the sorted one. Stable. Cost: n log n comparisons. */
export function* mergeSort<T>(items: T[], compare: (a: T, b: T) => number): Work<T[]> {
  if (items.length <= RUN_LENGTH) return items.sort(compare);
  let runs: T[][] = [];
  for (let from = 0; from < items.length; from += RUN_LENGTH) {
    runs.push(items.slice(from, from + RUN_LENGTH).sort(compare));
    yield;
  }
  while (runs.length > 1) {
    const merged: T[][] = [];
    for (let i = 0; i < runs.length; i += 2) {
      const right = runs[i + 1];
      merged.push(right === undefined ? runs[i]! : yield* merge(runs[i]!, right, compare));
    }
    runs = merged;
  }
  return runs[0]!;
}

function* merge<T>(left: readonly T[], right: readonly T[], compare: (a: T, b: T) => number): Work<T[]> {
  const merged: T[] = [];
  let l = 0;
  let r = 0;
  while (l < left.length && r < right.length) {
    merged.push(compare(left[l]!, right[r]!) <= 0 ? left[l++]! : right[r++]!);
    if (merged.length % MERGED_PER_STEP === 0) yield;
  }
  while (l < left.length) merged.push(left[l++]!);
  while (r < right.length) merged.push(right[r++]!);
  return merged;
}
