/** `setTtl` (M13): another time to live for an entry that is in memory, counted from now; neither an update nor an access. The store is not called. */
import type { KeyAddress, KeyOperation, MapHome } from './home.ts';
import { slotOf } from './memory.ts';

/** Milliseconds, 0 for ever. Answers whether there was an entry. */
export const setTtl: KeyOperation<number, boolean> = {
  name: 'setTtl',
  changes: true,
  once: 'short',
  needsLoaded: true,
  run(home: MapHome, at: KeyAddress, ttlMs: number): boolean {
    const now = home.clock.now();
    const slot = slotOf(home, at, now);
    if (slot >= 0) home.records.setTtl(slot, ttlMs, now);
    return slot >= 0;
  },
};
