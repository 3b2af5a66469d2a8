/** `clear` (M12, M58): removes all entries; the store deletes the keys that are in memory, and only those. */
import type { MapHome, MemberOperation } from './home.ts';
import { addressAt } from './memory.ts';
import { deleteAndDropAll } from './through.ts';

export const clear: MemberOperation<undefined, void> = {
  name: 'clear',
  run(home: MapHome): void | Promise<void> {
    const { records, counters, store, clock } = home;
    const now = clock.now();
    records.expireDue(now);
    if (store?.deletes === true) {
      // Slot by slot. What others put meanwhile goes too, or stays: it may as well have come before, or after.
      return deleteAndDropAll(home, {
        count: records.top,
        addressOf: (slot) => (records.isLive(slot) ? addressAt(home, slot) : undefined),
      });
    }
    counters.removes += records.size;
    counters.lastUpdateTime = now;
    records.clear();
  },
};
