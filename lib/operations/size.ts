/** `size` (M6): entries in memory; the store is not asked. */
import { expireDue } from './expire-due.ts';
import { goOn } from './answer.ts';
import type { MapHome, MemberOperation } from './home.ts';

export const size: MemberOperation<undefined, number> = {
  name: 'size',
  run: (home: MapHome): number | Promise<number> => goOn(expireDue(home), () => home.records.size),
};
