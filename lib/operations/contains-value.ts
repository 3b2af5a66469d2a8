/** `containsValue` (M6): a scan of memory in slices; the store is not asked, and no entry is touched. */
import { userFromWire, userToWire } from '../data/codec.ts';
import { deepEqual } from '../data/deep-equal.ts';
import { expireDue } from './expire-due.ts';
import type { MapHome, MemberOperation, PartitionTest } from './home.ts';

/** Entries looked at between two looks at the clock. */
const LOOKS = 1024;

export const containsValue: MemberOperation<unknown, boolean> = {
  name: 'containsValue',
  share: {
    toWire: userToWire,
    fromWire: userFromWire,
    run: hasValue,
    merge: (parts: readonly boolean[]) => parts.includes(true),
  },
  run: (home: MapHome, wanted: unknown) => hasValue(home, wanted, undefined),
};

async function hasValue(home: MapHome, wanted: unknown, only: PartitionTest | undefined): Promise<boolean> {
  const { records, slices } = home;
  await expireDue(home);
  let began = slices.now();
  for (let slot = 0; slot < records.top; slot++) {
    const isAsked = records.isLive(slot) && (only === undefined || only(records.partitionAt(slot)));
    if (isAsked && deepEqual(records.storedAt(slot), wanted)) return true;
    if (slot % LOOKS === LOOKS - 1 && slices.now() - began >= slices.sliceMs) {
      await slices.pause();
      await expireDue(home);
      began = slices.now();
    }
  }
  return false;
}
