/** `evict` and `evictAll` (M11): memory only, the store is not called. Entries that are locked, or that the store does not have yet, stay. */
import { goOn } from './answer.ts';
import { clearOwned } from './clear.ts';
import { each } from './each.ts';
import { expireDue } from './expire-due.ts';
import type { KeyAddress, KeyOperation, MapHome, MemberOperation } from './home.ts';
import { allDone } from './sum-share.ts';
import { addressAt, isPendingAt, isPinned, noteGone, slotOf } from './memory.ts';
import { eachInTurn, isQuiet } from './turn.ts';

/** Answers whether an entry went. Whoever holds the lock may. */
export const evict: KeyOperation<undefined, boolean> = {
  name: 'evict',
  changes: true,
  once: 'short',
  ifLocked: false,
  needsLoaded: true,
  run(home: MapHome, at: KeyAddress): boolean {
    const slot = slotOf(home, at);
    if (slot < 0 || isPendingAt(home, slot)) return false;
    giveUp(home, slot);
    return true;
  },
};

function giveUp(home: MapHome, slot: number): void {
  noteGone(home, 'evicted', slot);
  home.records.remove(slot);
}

export const evictAll: MemberOperation<undefined, void> = {
  name: 'evictAll',
  share: { changes: true, run: (home: MapHome) => evictAll.run(home, undefined), merge: allDone },
  run: (home: MapHome): void | Promise<void> => goOn(expireDue(home), () => evictPresent(home)),
};

function evictPresent(home: MapHome): void | Promise<void> {
  const { records, events, counters, store, behind } = home;
  if (!events.active && behind === undefined && isQuiet(home)) {
    counters.evictions += records.size;
    return clearOwned(home);
  }
  const isWanted = (slot: number): boolean => records.isLive(slot) && !isPinned(home, slot);
  if (store !== undefined) {
    // No need for turns: memory without the entry is as good as with it.
    return each(home, records.top, (slot) => {
      if (isWanted(slot)) giveUp(home, slot);
    });
  }
  return eachInTurn(
    home,
    records.top,
    (slot) => (isWanted(slot) ? addressAt(home, slot) : undefined),
    (at) => evict.run(home, at, undefined),
  );
}
