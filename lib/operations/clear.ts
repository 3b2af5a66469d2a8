/** `clear` (M12, M58): removes all entries but locked ones; the store deletes the keys that are in memory, and only those. */
import type { MapHome, MemberOperation } from './home.ts';
import { addressAt } from './memory.ts';
import { deleteAndDropAll } from './through.ts';
import { isQuiet } from './turn.ts';

export const clear: MemberOperation<undefined, void> = {
  name: 'clear',
  run(home: MapHome): void | Promise<void> {
    const { records, counters, store, clock, events } = home;
    const now = clock.now();
    records.expireDue(now);
    if (store?.deletes === true || !isQuiet(home)) return clearOneByOne(home);
    const { size } = records;
    counters.removes += size;
    counters.lastUpdateTime = now;
    records.clear();
    if (events.active) events.tell('cleared', undefined, undefined, undefined, now, size);
  },
};

/** Slot by slot. What others put meanwhile goes too, or stays: it may as well have come before, or after. */
async function clearOneByOne(home: MapHome): Promise<void> {
  const { records, locks, events, clock } = home;
  let count = 0;
  let isDone = false;
  try {
    await deleteAndDropAll(home, {
      count: records.top,
      addressOf: (slot) => (records.isLive(slot) && !locks.isLocked(records.storedKeyAt(slot)) ? addressAt(home, slot) : undefined),
      gone: () => void count++,
    });
    isDone = true;
  } finally {
    // After an error those before it are gone still.
    if (events.active && (isDone || count > 0)) events.tell('cleared', undefined, undefined, undefined, clock.now(), count);
  }
}
