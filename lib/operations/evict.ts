/** `evict` and `evictAll` (M11): memory only, the store is not called. */
import type { KeyAddress, KeyOperation, MapHome, MemberOperation } from './home.ts';
import { drop } from './memory.ts';

export const evict: KeyOperation<undefined, boolean> = {
  name: 'evict',
  changes: true,
  run: (home: MapHome, at: KeyAddress): boolean => drop(home, at),
};

export const evictAll: MemberOperation<undefined, void> = {
  name: 'evictAll',
  run: (home: MapHome): void => home.records.clear(),
};
