/** Merging sorted runs pair by pair, in steps short enough to pause between any two (Knuth, TAOCP 3, 5.2.4). */
import type { Work } from '../execute/work.ts';

const MERGED_PER_STEP = 4096;

/** All items of the sorted runs in order; of equal ones, those of earlier runs first. Cost: n log r comparisons for r runs. */
export function* mergeRuns<T>(sorted: readonly (readonly T[])[], compare: (a: T, b: T) => number): Work<readonly T[]> {
  let runs = sorted;
  while (runs.length > 1) {
    const merged: (readonly T[])[] = [];
    for (let i = 0; i < runs.length; i += 2) {
      const right = runs[i + 1];
      merged.push(right === undefined ? runs[i]! : yield* merge(runs[i]!, right, compare));
    }
    runs = merged;
  }
  return runs[0] ?? [];
}

function* merge<T>(left: readonly T[], right: readonly T[], compare: (a: T, b: T) => number): Work<T[]> {
  const merged: T[] = [];
  const length = left.length + right.length;
  let l = 0;
  let r = 0;
  while (merged.length < length) {
    const fromRight = l === left.length || (r < right.length && compare(right[r]!, left[l]!) < 0);
    merged.push(fromRight ? right[r++]! : left[l++]!);
    if (merged.length % MERGED_PER_STEP === 0) yield;
  }
  yield;
  return merged;
}
