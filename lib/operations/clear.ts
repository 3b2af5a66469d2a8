/** `clear` (M12, M58): removes all entries; the store deletes the keys that are in memory, and only those. */
import type { KeyAddress, MapHome, MemberOperation } from './home.ts';
import { addressAt } from './memory.ts';
import { deleteAndDropAll } from './through.ts';

/** Entries whose addresses are held at a time. */
const BATCH = 5000;

export const clear: MemberOperation<undefined, void> = {
  name: 'clear',
  run(home: MapHome): void | Promise<void> {
    const { records, counters, store, clock } = home;
    const now = clock.now();
    records.expireDue(now);
    if (store?.deletes === true) return clearThrough(home);
    counters.removes += records.size;
    counters.lastUpdateTime = now;
    records.clear();
  },
};

/** Goes over the slots once, a batch at a time. What others put meanwhile goes too, or stays: they may as well have come before or after. */
async function clearThrough(home: MapHome): Promise<void> {
  const { records } = home;
  const { top } = records;
  for (let slot = 0; slot < top;) {
    const at: KeyAddress[] = [];
    for (; slot < top && at.length < BATCH; slot++) if (records.isLive(slot)) at.push(addressAt(home, slot));
    await deleteAndDropAll(home, at);
  }
}
