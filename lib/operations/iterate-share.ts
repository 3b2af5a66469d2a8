/**
 * Rows one by one from several members. A partition is the unit: its rows are given all together, and once, by whoever is its primary then. So an
 * iteration may go on for as long as it likes while partitions move: what is left of it is asked for elsewhere.
 *
 * A member finds the keys at once, and keeps them by partition; the rows are those of the entries as they are when it is their turn.
 */
import { attributeReader } from '../data/attribute.ts';
import { hashKey, toKey } from '../data/key.ts';
import { conditionTest } from '../query/conditions/condition-test.ts';
import { handOut } from '../query/execute/stream.ts';
import type { Wanted } from '../query/query-engine.ts';
import { type FoundPart, type Sought, findShare } from './find-share.ts';
import type { MapHome, MemberShare, MergingAt, PartitionRows, PartitionTest } from './home.ts';
import { slotOf } from './memory.ts';
import { rowForUser } from './rows-wire.ts';

const { partition, toWire, fromWire, part, run } = findShare as Required<typeof findShare>;

export const iterateShare: MemberShare<Sought, AsyncIterable<unknown>, FoundPart> = {
  partition,
  toWire,
  fromWire,
  part,
  run,
  async *merge(parts: readonly FoundPart[], args: Sought, at: MergingAt): AsyncGenerator<unknown, void, undefined> {
    yield* handOut(await findShare.merge(parts, args, at), at.slices);
  },
  rows: {
    areFor: ({ request }) => request?.orderBy === undefined || request.orderBy.length === 0,
    open: openRows,
    from: rowsOf,
  },
};

async function openRows(home: MapHome, { condition, wanted, request }: Sought, only: PartitionTest): Promise<PartitionRows<FoundPart>> {
  home.counters.queries++;
  const found = await home.queries.placedKeys(condition, { partitions: only, signal: request?.signal });
  const byPartition = new Map<number, unknown[]>();
  for (const placed of found) {
    const keys = byPartition.get(placed.partition);
    if (keys === undefined) byPartition.set(placed.partition, [placed.key]);
    else keys.push(placed.key);
  }
  const matches = conditionTest(condition);
  const row = kept(home, wanted);
  return {
    counts: new Map([...byPartition].map(([number, keys]) => [number, keys.length] as const).sort(([a], [b]) => a - b)),
    take(partitions: readonly number[]): FoundPart {
      const rows: unknown[] = [];
      for (const number of partitions) {
        for (const key of byPartition.get(number) ?? []) {
          const stored = toKey(key);
          const slot = slotOf(home, { key: stored, hash: hashKey(stored), partition: number });
          if (slot >= 0 && matches(key, home.records.storedAt(slot))) rows.push(row(slot, key));
        }
        byPartition.delete(number);
      }
      return { wanted, rows, by: undefined };
    },
  };
}

/** A row as `QueryEngine.kept` gives it. */
function kept({ records }: MapHome, wanted: Wanted): (slot: number, key: unknown) => unknown {
  switch (wanted) {
    case 'keys':
      return (_slot, key) => key;
    case 'values':
      return (slot) => records.storedFormAt(slot);
    case 'entries':
      return (slot, key) => [key, records.storedFormAt(slot)];
    default: {
      const readers = wanted.map((attribute) => ({ path: attribute.text, read: attributeReader(attribute) }));
      return (slot, key) => {
        const value = records.valueAt(slot);
        return Object.fromEntries(readers.map(({ path, read }) => [path, read(key, value)]));
      };
    }
  }
}

async function* rowsOf(
  parts: AsyncGenerator<FoundPart, void, undefined>,
  { wanted, request = {} }: Sought,
  { form }: MergingAt,
): AsyncGenerator<unknown, void, undefined> {
  const { offset = 0, limit = Infinity } = request;
  let seen = 0;
  if (limit === 0) return;
  for await (const { rows } of parts) {
    for (let i = 0; i < rows.length; i++) {
      if (seen++ < offset) continue;
      yield rowForUser(rows.at(i), wanted, form);
      if (seen === offset + limit) return;
    }
  }
}
