/** `evict` and `evictAll` (M11): memory only, the store is not called. */
import type { KeyAddress, KeyOperation, MapHome, MemberOperation } from './home.ts';
import { slotOf } from './memory.ts';

/** Answers whether there was an entry. */
export const evict: KeyOperation<undefined, boolean> = {
  name: 'evict',
  changes: true,
  needsLoaded: true,
  run(home: MapHome, at: KeyAddress): boolean {
    const slot = slotOf(home, at);
    if (slot >= 0) home.records.remove(slot);
    return slot >= 0;
  },
};

export const evictAll: MemberOperation<undefined, void> = {
  name: 'evictAll',
  run: (home: MapHome): void => home.records.clear(),
};
