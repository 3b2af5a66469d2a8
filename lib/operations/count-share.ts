/** Counts and aggregations over several members: each gives what it has come to, to be gone on with. */
import { userFromWire, userToWire } from '../data/codec.ts';
import { type AnyAggregator, mergeAggregates } from '../query/execute/aggregate.ts';
import { type Asked, askedFromWire, askedToWire } from './asked-wire.ts';
import type { ArrivedAt, MapHome, MemberShare, PartitionTest } from './home.ts';
import { sumOf } from './sum-share.ts';

export const countShare: MemberShare<Asked, number, number> = {
  partition: ({ request }) => request?.partition,
  toWire: askedToWire,
  fromWire: askedFromWire,
  run(home: MapHome, { condition, request }: Asked, only: PartitionTest | undefined): number | Promise<number> {
    home.counters.queries++;
    return home.queries.count(condition, { partitions: only, signal: request?.signal });
  },
  merge: sumOf,
};

interface Aggregated extends Asked {
  readonly aggregator: AnyAggregator;
}

export const aggregateShare: MemberShare<Aggregated, unknown, unknown> = {
  partition: ({ request }) => request?.partition,
  toWire: ({ aggregator, ...asked }) => [describe(aggregator), askedToWire(asked)],
  fromWire(wire: unknown, at: ArrivedAt): Aggregated {
    const [aggregator, asked] = wire as readonly [AnyAggregator, unknown];
    return { aggregator, ...askedFromWire(asked, at) };
  },
  part: { to: userToWire, from: userFromWire },
  run(home: MapHome, { aggregator, condition, request }: Aggregated, only: PartitionTest | undefined): unknown {
    home.counters.queries++;
    return home.queries.aggregateState(aggregator, condition, { partitions: only, signal: request?.signal });
  },
  merge: (parts: readonly unknown[], { aggregator }: Aggregated) => mergeAggregates(aggregator, parts),
};

/** The plain description, whatever else the object has. */
function describe({ kind, path, inner }: AnyAggregator): unknown {
  return { kind, path, inner: inner && describe(inner) };
}
