/** `removeAll(predicate)` (M8): removes the matching entries that are in memory, from the store too. */
import { conditionTest } from '../query/condition-test.ts';
import type { Condition } from '../query/condition.ts';
import type { QueryRequest } from '../query/request.ts';
import type { KeyAddress, MapHome, MemberOperation } from './home.ts';
import { dropAll, slotOf, userKey } from './memory.ts';

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
    const at = keys.map(addressOf);
    const { store, turns } = home;
    if (store?.deletes !== true) return dropAll(home, stillMatching(home, condition, at));
    return turns.takeAll(
      at.map((address) => address.key),
      async () => {
        const matching = stillMatching(home, condition, at);
        if (matching.length > 0) await store.deleteAll(matching.map(userKey));
        dropAll(home, matching);
      },
    );
  },
};

/** An entry may have changed while its turn was waited for. */
function stillMatching(home: MapHome, condition: Condition, at: readonly KeyAddress[]): KeyAddress[] {
  const matches = conditionTest(condition);
  return at.filter((address) => {
    const slot = slotOf(home, address);
    return slot >= 0 && matches(userKey(address), home.records.storedAt(slot));
  });
}
