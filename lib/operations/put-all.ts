/** `putAll`, `setAll` (M8): all keys in one call of the store, then memory. */
import type { KeyAddress, KeysOperation, MapHome, NewValue } from './home.ts';
import { keep } from './memory.ts';
import { storeAllThenKeep } from './through.ts';

export const putAll: KeysOperation<readonly NewValue[], void> = {
  name: 'putAll',
  changes: true,
  run(home: MapHome, at: readonly KeyAddress[], values: readonly NewValue[]): void | Promise<void> {
    if (home.store?.stores === true) return storeAllThenKeep(home, at, values);
    for (const [position, address] of at.entries()) keep(home, address, values[position]!.stored, values[position]!.expiry);
  },
};
