/** `addIndex` (M18, M41): at any time, also on existing data, built in slices. */
import type { IndexDefinition } from '../indexes/index-contract.ts';
import type { MapHome, MemberOperation } from './home.ts';
import { allDone } from './sum-share.ts';

export const addIndex: MemberOperation<IndexDefinition, void> = {
  name: 'addIndex',
  share: {
    over: () => 'members',
    toWire: (definition: IndexDefinition) => definition,
    fromWire: (wire: unknown) => wire as IndexDefinition,
    run: (home: MapHome, definition: IndexDefinition) => addIndex.run(home, definition),
    merge: allDone,
  },
  run: (home: MapHome, definition: IndexDefinition): Promise<void> => home.attributes.addIndex(definition, home.records, home.slices),
};
