/** `evict` and `evictAll` (M11): memory only, the store is not called. Locked entries stay. */
import { each } from './each.ts';
import type { KeyAddress, KeyOperation, MapHome, MemberOperation } from './home.ts';
import { addressAt, slotOf, tellGone } from './memory.ts';
import { eachInTurn, isQuiet } from './turn.ts';

/** Answers whether there was an entry. */
export const evict: KeyOperation<undefined, boolean> = {
  name: 'evict',
  changes: true,
  ifLocked: false,
  needsLoaded: true,
  run(home: MapHome, at: KeyAddress): boolean {
    const slot = slotOf(home, at);
    if (slot >= 0) giveUp(home, slot);
    return slot >= 0;
  },
};

function giveUp(home: MapHome, slot: number): void {
  tellGone(home, 'evicted', slot);
  home.records.remove(slot);
}

export const evictAll: MemberOperation<undefined, void> = {
  name: 'evictAll',
  run(home: MapHome): void | Promise<void> {
    const { records, locks, events, clock } = home;
    if (events.active) records.expireDue(clock.now());
    if (!events.active && isQuiet(home)) return records.clear();
    const isWanted = (slot: number): boolean => records.isLive(slot) && !locks.isLocked(records.storedKeyAt(slot));
    if (home.store !== undefined) {
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
  },
};
