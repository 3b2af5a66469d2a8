/** `put` and `tryPut` (M2, M10): the store first, then memory; answers with the old value. */
import type { KeyAddress, KeyOperation, MapHome, NewValue } from './home.ts';
import { valueBefore } from './load.ts';
import { slotOf, write } from './memory.ts';
import { storeAndKeep } from './through.ts';
import { newValueWire, handedWire } from './wire.ts';

export const put: KeyOperation<NewValue, unknown> = {
  name: 'put',
  changes: true,
  once: 'short',
  stores: true,
  args: newValueWire,
  answer: handedWire,
  run(home: MapHome, at: KeyAddress, value: NewValue): unknown {
    if (home.store !== undefined) return putThrough(home, at, value);
    const now = home.clock.now();
    const slot = slotOf(home, at, now);
    const before = slot < 0 ? undefined : home.records.valueAt(slot);
    write(home, at, slot, value, now);
    return before;
  },
};

async function putThrough(home: MapHome, at: KeyAddress, value: NewValue): Promise<unknown> {
  const before = await valueBefore(home, at);
  await storeAndKeep(home, at, value);
  return before;
}
