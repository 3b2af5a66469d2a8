/** Counts and aggregations over several members: each gives what it has come to, to be gone on with. */
import { userFromWire, userToWire } from '../data/codec.ts';
import { type AnyAggregator, mergeAggregates } from '../query/execute/aggregate.ts';
import { type Asked, askedFromWire, askedToWire } from './asked-wire.ts';
import { goOn } from './answer.ts';
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

/** What a member has come to, and of which aggregation: its values travel one by one, however many there are. */
interface AggregatePart {
  readonly aggregator: AnyAggregator;
  readonly state: unknown;
}

export const aggregateShare: MemberShare<Aggregated, unknown, AggregatePart> = {
  partition: ({ request }) => request?.partition,
  toWire: ({ aggregator, ...asked }) => [describe(aggregator), askedToWire(asked)],
  fromWire(wire: unknown, at: ArrivedAt): Aggregated {
    const [aggregator, asked] = wire as readonly [AnyAggregator, unknown];
    return { aggregator, ...askedFromWire(asked, at) };
  },
  part: {
    to: ({ aggregator, state }) => [describe(aggregator), stateWith(aggregator, state, valueToWire)],
    from(wire) {
      const [aggregator, state] = wire as readonly [AnyAggregator, unknown];
      return { aggregator, state: stateWith(aggregator, state, valueFromWire) };
    },
  },
  run(
    home: MapHome,
    { aggregator, condition, request }: Aggregated,
    only: PartitionTest | undefined,
  ): AggregatePart | Promise<AggregatePart> {
    home.counters.queries++;
    const state = home.queries.aggregateState(aggregator, condition, { partitions: only, signal: request?.signal });
    return goOn(state, (known) => ({ aggregator, state: known }));
  },
  merge: (parts: readonly AggregatePart[], { aggregator }: Aggregated) =>
    mergeAggregates(
      aggregator,
      parts.map(({ state }) => state),
    ),
};

/** The plain description, whatever else the object has. */
function describe({ kind, path, inner }: AnyAggregator): unknown {
  return { kind, path, inner: inner && describe(inner) };
}

/** The state with each of the users' values in it converted. */
function stateWith({ kind, inner }: AnyAggregator, state: unknown, convert: (value: unknown) => unknown): unknown {
  switch (kind) {
    case 'min':
    case 'max':
      return convert(state);
    case 'distinct':
      return (state as readonly unknown[]).map(convert);
    case 'groupBy':
      return (state as readonly (readonly [unknown, unknown])[]).map(([value, of]) => [convert(value), stateWith(inner!, of, convert)]);
    default:
      return state; // numbers
  }
}

/** Nearly all are primitives, and travel as they are. */
const valueToWire = (value: unknown): unknown => (typeof value === 'object' && value !== null ? { value: userToWire(value) } : value);

const valueFromWire = (wire: unknown): unknown =>
  typeof wire === 'object' && wire !== null ? userFromWire((wire as { readonly value: unknown }).value) : wire;
