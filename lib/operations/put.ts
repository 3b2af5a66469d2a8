/** `put` and `tryPut` (M2, M10): the store first, then memory; answers with the old value. */
import type { KeyAddress, KeyOperation, MapHome, NewValue } from './home.ts';
import { handOut, keep, storedOf } from './memory.ts';
import { storeAndKeep, valueBefore } from './through.ts';

export const put: KeyOperation<NewValue, unknown> = {
  name: 'put',
  changes: true,
  run(home: MapHome, at: KeyAddress, value: NewValue): unknown {
    if (home.store !== undefined) return putThrough(home, at, value);
    const before = handOut(home, storedOf(home, at));
    keep(home, at, value.stored, value.expiry);
    return before;
  },
};

async function putThrough(home: MapHome, at: KeyAddress, value: NewValue): Promise<unknown> {
  const before = await valueBefore(home, at);
  await storeAndKeep(home, at, value);
  return before;
}
