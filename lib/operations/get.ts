/** `get` (M1): the value in memory, else the one in the database. */
import type { KeyAddress, KeyOperation, MapHome } from './home.ts';
import { canLoad, loadOnce } from './load.ts';
import { handOut } from './memory.ts';
import { handedWire } from './wire.ts';

export const get: KeyOperation<undefined, unknown> = {
  name: 'get',
  changes: false,
  answer: handedWire,
  run(home: MapHome, at: KeyAddress): unknown {
    const { records, counters } = home;
    const now = home.clock.now();
    const slot = records.find(at.partition, at.key, at.hash, now);
    counters.gets++;
    counters.lastAccessTime = now;
    if (slot >= 0) {
      counters.hits++;
      records.touch(slot, now);
      return records.valueAt(slot);
    }
    return canLoad(home) ? loadOnce(home, at).then((stored) => handOut(home, stored)) : undefined;
  },
};
