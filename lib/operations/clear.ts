/** `clear` (M12, M58): removes all entries; the store deletes the keys that were in memory, and only those. */
import type { KeyAddress, MapHome, MemberOperation } from './home.ts';
import { addressAt, dropAll, userKey } from './memory.ts';

export const clear: MemberOperation<undefined, void> = {
  name: 'clear',
  run(home: MapHome): void | Promise<void> {
    const { records, store, turns } = home;
    if (store?.deletes !== true) return records.clear();
    const at: KeyAddress[] = [];
    for (let slot = 0; slot < records.top; slot++) if (records.isLive(slot)) at.push(addressAt(home, slot));
    if (at.length === 0) return undefined;
    const keys = at.map((address) => address.key);
    return turns.takeAll(keys, () => store.deleteAll(at.map(userKey)).then(() => dropAll(home, at)));
  },
};
