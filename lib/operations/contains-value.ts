/** `containsValue` (M6): a scan of memory in slices; the store is not asked, and no entry is touched. */
import { deepEqual } from '../data/deep-equal.ts';
import { expireDue } from './expire-due.ts';
import type { MapHome, MemberOperation } from './home.ts';

/** Entries looked at between two looks at the clock. */
const LOOKS = 1024;

export const containsValue: MemberOperation<unknown, boolean> = {
  name: 'containsValue',
  async run(home: MapHome, wanted: unknown): Promise<boolean> {
    const { records, slices } = home;
    await expireDue(home);
    let began = slices.now();
    for (let slot = 0; slot < records.top; slot++) {
      if (records.isLive(slot) && deepEqual(records.storedAt(slot), wanted)) return true;
      if (slot % LOOKS === LOOKS - 1 && slices.now() - began >= slices.sliceMs) {
        await slices.pause();
        await expireDue(home);
        began = slices.now();
      }
    }
    return false;
  },
};
