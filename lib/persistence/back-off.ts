/** How long to wait before what failed is tried again: exponential back-off with full jitter, so that many who failed together do not come back together. */
import type { Clock } from '../base/clock.ts';

const FIRST_MS = 20;
const LONGEST_MS = 5000;

/** Milliseconds to wait after this many failures in a row, the latest included: random, below 20 ms × 2 for each, 5 s at most. */
export function backOffMs(failures: number, clock: Clock): number {
  return clock.random() * Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(failures, 30));
}
