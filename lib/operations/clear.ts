/**
 * `clear` (M12, M58): removes all entries but locked ones; the store deletes the keys that are in memory, and only those. With write-behind also those
 * whose value has yet to be stored: to whoever reads the map they are there.
 */
import { goOn } from './answer.ts';
import { expireDue } from './expire-due.ts';
import type { KeyAddress, MapHome, MemberOperation } from './home.ts';
import { allDone } from './sum-share.ts';
import { addressAt } from './memory.ts';
import { deleteAndDropAll } from './through.ts';
import { isQuiet } from './turn.ts';

export const clear: MemberOperation<undefined, void> = {
  name: 'clear',
  share: { changes: true, run: (home: MapHome) => clear.run(home, undefined), merge: allDone },
  run: (home: MapHome): void | Promise<void> => goOn(expireDue(home), () => clearPresent(home)),
};

function clearPresent(home: MapHome): void | Promise<void> {
  const { records, counters, store, clock, events } = home;
  if (store?.deletes === true || !isQuiet(home)) return clearOneByOne(home);
  const { size } = records;
  const now = clock.now();
  counters.removes += size;
  counters.lastUpdateTime = now;
  clearOwned(home);
  if (events.active) events.tell('cleared', undefined, undefined, undefined, now, size);
}

/** All entries of memory that this member owns. */
export function clearOwned({ records, share }: MapHome): void {
  if (share === undefined) records.clear();
  else for (const partition of records.partitions()) if (share.owns(partition)) records.clearPartition(partition);
}

/** Slot by slot, then what waits for the store. What others put meanwhile goes too, or stays: it may as well have come before, or after. */
async function clearOneByOne(home: MapHome): Promise<void> {
  const { records, locks, events, clock, behind } = home;
  const unlocked = (at: KeyAddress): KeyAddress | undefined => (locks.isLocked(at.key) ? undefined : at);
  let count = 0;
  let isDone = false;
  try {
    await deleteAndDropAll(home, {
      count: records.top,
      addressOf: (slot) => (records.isLive(slot) ? unlocked(addressAt(home, slot)) : undefined),
      gone: () => void count++,
    });
    const pending = behind?.pendingStores() ?? [];
    const addressOf = (position: number): KeyAddress | undefined => unlocked(pending[position]!);
    await deleteAndDropAll(home, { count: pending.length, addressOf, pendingToo: true });
    isDone = true;
  } finally {
    // After an error those before it are gone still.
    if (events.active && (isDone || count > 0)) events.tell('cleared', undefined, undefined, undefined, clock.now(), count);
  }
}
