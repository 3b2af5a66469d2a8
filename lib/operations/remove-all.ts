/** `removeAll(predicate)` (M8): removes the matching entries that are in memory, from the store too. */
import { conditionTest } from '../query/conditions/condition-test.ts';
import type { Condition } from '../query/conditions/condition.ts';
import type { QueryRequest } from '../query/source/request.ts';
import { askedFromWire, askedToWire } from './asked-wire.ts';
import type { ArrivedAt, KeyAddress, MapHome, MemberOperation, PartitionTest } from './home.ts';
import { userKey } from './memory.ts';
import { allDone } from './sum-share.ts';
import { deleteAndDropAll } from './through.ts';

export interface RemoveAllArguments {
  readonly condition: Condition;
  readonly request: QueryRequest | undefined;
  /** Where a key lives. */
  readonly addressOf: (key: unknown) => KeyAddress;
}

export const removeAll: MemberOperation<RemoveAllArguments, void> = {
  name: 'removeAll',
  share: {
    changes: true,
    partition: ({ request }: RemoveAllArguments) => request?.partition,
    toWire: askedToWire,
    fromWire: (wire: unknown, at: ArrivedAt): RemoveAllArguments => ({
      ...askedFromWire(wire, at),
      addressOf: (key) => at.addresses.of(key),
    }),
    run: (home: MapHome, args: RemoveAllArguments, only: PartitionTest | undefined) =>
      removeAll.run(home, { ...args, request: { signal: args.request?.signal, partitions: only } }),
    merge: allDone,
  },
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
