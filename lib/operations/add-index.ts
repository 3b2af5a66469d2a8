/** `addIndex` (M18, M41): at any time, also on existing data, built in slices. */
import type { IndexDefinition } from '../indexes/index-contract.ts';
import type { MapHome, MemberOperation } from './home.ts';

export const addIndex: MemberOperation<IndexDefinition, void> = {
  name: 'addIndex',
  run: (home: MapHome, definition: IndexDefinition): Promise<void> => home.attributes.addIndex(definition, home.records, home.slices),
};
