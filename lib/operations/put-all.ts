/** `putAll`, `setAll` (M8): all keys in one call of the store, then memory, in slices. */
import { each } from './each.ts';
import type { KeyAddress, KeysOperation, MapHome, NewValue } from './home.ts';
import { keep } from './memory.ts';
import { storeAndKeepAll } from './through.ts';

export const putAll: KeysOperation<readonly NewValue[], void> = {
  name: 'putAll',
  changes: true,
  run(home: MapHome, at: readonly KeyAddress[], values: readonly NewValue[]): void | Promise<void> {
    if (at.length > 0 && home.store?.stores === true) return storeAndKeepAll(home, at, values);
    return each(home, at.length, (position) => keep(home, at[position]!, values[position]!));
  },
};
