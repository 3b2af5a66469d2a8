/** `putIfAbsent` (M3): an existing entry, in memory or in the database, stays as it is and is the answer. */
import type { KeyAddress, KeyOperation, MapHome, NewValue } from './home.ts';
import { canLoad, loadAndKeep } from './load.ts';
import { handOut, slotOf } from './memory.ts';
import { storeAndKeep } from './through.ts';
import { newValueWire, handedWire } from './wire.ts';

export const putIfAbsent: KeyOperation<NewValue, unknown> = {
  name: 'putIfAbsent',
  changes: true,
  once: 'short',
  stores: true,
  args: newValueWire,
  answer: handedWire,
  run(home: MapHome, at: KeyAddress, value: NewValue): unknown {
    const now = home.clock.now();
    const slot = slotOf(home, at, now);
    if (slot < 0) return canLoad(home) ? loadElsePut(home, at, value) : storeAndKeep(home, at, value);
    home.records.touch(slot, now);
    return home.records.valueAt(slot);
  },
};

async function loadElsePut(home: MapHome, at: KeyAddress, value: NewValue): Promise<unknown> {
  const loaded = await loadAndKeep(home, at);
  return loaded === undefined ? storeAndKeep(home, at, value) : handOut(home, loaded);
}
