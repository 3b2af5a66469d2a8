/** `getEntryView` (M14, M63): an entry's statistics. Not a hit, and the store is not asked. */
import type { RecordView } from '../partition/record-store.ts';
import type { KeyAddress, KeyOperation, MapHome } from './home.ts';
import { slotOf } from './memory.ts';

export interface EntryStatistics extends RecordView {
  readonly value: unknown;
}

export const entryView: KeyOperation<undefined, EntryStatistics | undefined> = {
  name: 'getEntryView',
  changes: false,
  needsLoaded: true,
  run(home: MapHome, at: KeyAddress): EntryStatistics | undefined {
    const slot = slotOf(home, at);
    return slot < 0 ? undefined : { ...home.records.view(slot), value: home.records.valueAt(slot) };
  },
};
