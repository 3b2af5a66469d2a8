/** `set` (M2): as `put`, without looking at the old value. */
import type { KeyAddress, KeyOperation, MapHome, NewValue } from './home.ts';
import { storeAndKeep } from './through.ts';
import { newValueWire } from './wire.ts';

export const set: KeyOperation<NewValue, void> = {
  name: 'set',
  changes: true,
  once: 'short',
  stores: true,
  args: newValueWire,
  run(home: MapHome, at: KeyAddress, value: NewValue): void | Promise<void> {
    return storeAndKeep(home, at, value);
  },
};
