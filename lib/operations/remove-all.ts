/** `removeAll(predicate)` (M8): removes the matching entries that are in memory, from the store too. */
import { conditionTest } from '../query/conditions/condition-test.ts';
import type { Condition } from '../query/conditions/condition.ts';
import type { QueryRequest } from '../query/source/request.ts';
import type { KeyAddress, MapHome, MemberOperation } from './home.ts';
import { userKey } from './memory.ts';
import { deleteAndDropAll } from './through.ts';

export interface RemoveAllArguments {
  readonly condition: Condition;
  readonly request: QueryRequest | undefined;
  /** Where a key lives. */
  readonly addressOf: (key: unknown) => KeyAddress;
}

export const removeAll: MemberOperation<RemoveAllArguments, void> = {
  name: 'removeAll',
  async run(home: MapHome, { condition, request, addressOf }): Promise<void> {
    const keys = await home.queries.keys(condition, request);
    const matches = conditionTest(condition);
    await deleteAndDropAll(home, {
      count: keys.length,
      addressOf: (position) => addressOf(keys[position]),
      // An entry may have changed since: it must match still.
      isWanted: (slot, at) => matches(userKey(at), home.records.storedAt(slot)),
    });
  },
};
