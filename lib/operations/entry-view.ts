/** `getEntryView` (M14, M63): an entry's statistics. Not a hit, and the store is not asked. */
import type { RecordView } from '../partition/record-store.ts';
import type { KeyAddress, KeyOperation, MapHome } from './home.ts';
import { slotOf } from './memory.ts';
import { userWire, type Wire } from './wire.ts';

export interface EntryStatistics extends RecordView {
  readonly value: unknown;
}

const statisticsWire: Wire<EntryStatistics | undefined> = {
  to: (statistics, form) => statistics && { ...statistics, value: userWire.to(statistics.value, form) },
  from(wire, form) {
    const statistics = wire as EntryStatistics | undefined;
    return statistics && { ...statistics, value: userWire.from(statistics.value, form) };
  },
};

export const entryView: KeyOperation<undefined, EntryStatistics | undefined> = {
  name: 'getEntryView',
  changes: false,
  needsLoaded: true,
  answer: statisticsWire,
  run(home: MapHome, at: KeyAddress): EntryStatistics | undefined {
    const slot = slotOf(home, at);
    return slot < 0 ? undefined : { ...home.records.view(slot), value: home.records.valueAt(slot) };
  },
};
