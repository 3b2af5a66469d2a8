/** How long to wait before what a store failed at is tried again. */
import type { Clock } from '../base/clock.ts';
import { backOff } from '../base/pause.ts';

const FIRST_MS = 20;
const LONGEST_MS = 5000;

/** Milliseconds to wait after this many failures in a row, the latest included: random, below 20 ms × 2 for each, 5 s at most. */
export function backOffMs(failures: number, clock: Clock): number {
  return backOff(clock, failures, FIRST_MS, LONGEST_MS);
}
