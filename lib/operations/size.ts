/** `size` (M6): entries in memory; the store is not asked. */
import type { MapHome, MemberOperation } from './home.ts';

export const size: MemberOperation<undefined, number> = {
  name: 'size',
  run(home: MapHome): number {
    home.records.expireDue(home.clock.now());
    return home.records.size;
  },
};
