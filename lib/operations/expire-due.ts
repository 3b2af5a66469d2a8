/** What looks at all entries must not see those that have expired: they go first, however many they are, without keeping the event loop from turning. */
import type { Slices } from '../indexes/attribute-set.ts';
import type { Records } from '../partition/record-store.ts';
import type { MapHome } from './home.ts';

/** Entries between two looks at the clock: well below a millisecond, indexes included. */
const STEPS = 64;

/** Removes what has expired by now; at once when that takes less than a slice, and one comparison when it is nothing. */
export function expireDue({ records, slices }: MapHome): void | Promise<void> {
  if (!expireForASlice(records, slices)) return expireOn(records, slices);
}

/** Removes what has expired by now for as long as a slice; whether that was all. */
export function expireForASlice(records: Records, slices: Slices): boolean {
  const began = slices.now();
  while (!records.expireDue(began, STEPS)) if (slices.now() - began >= slices.sliceMs) return false;
  return true;
}

async function expireOn(records: Records, slices: Slices): Promise<void> {
  do await slices.pause();
  while (!expireForASlice(records, slices));
}
