/** `putIfAbsent` (M3): an existing entry, in memory or in the database, stays as it is and is the answer. */
import type { KeyAddress, KeyOperation, MapHome, NewValue } from './home.ts';
import { handOut, storedOf } from './memory.ts';
import { canLoad, loadAndKeep, storeAndKeep } from './through.ts';

export const putIfAbsent: KeyOperation<NewValue, unknown> = {
  name: 'putIfAbsent',
  changes: true,
  run(home: MapHome, at: KeyAddress, value: NewValue): unknown {
    const present = storedOf(home, at);
    if (present !== undefined) return handOut(home, present);
    return canLoad(home) ? loadElsePut(home, at, value) : storeAndKeep(home, at, value);
  },
};

async function loadElsePut(home: MapHome, at: KeyAddress, value: NewValue): Promise<unknown> {
  const loaded = await loadAndKeep(home, at);
  return loaded === undefined ? storeAndKeep(home, at, value) : handOut(home, loaded);
}
