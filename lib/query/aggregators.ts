/** `Aggregators.*`: what to compute over the entries that match (M40). Plain descriptions; members do the computing. */
import type { Aggregator } from '../api/query.ts';
import type { AggregatorFactory } from '../api/aggregator-factory.ts';
import { attributeOf } from './parsed.ts';

type Kind = Aggregator<unknown, unknown>['kind'];

function described(kind: Kind, path?: string, inner?: Aggregator<unknown, unknown>): Aggregator<unknown, unknown> {
  return Object.freeze({ kind, path: path === undefined ? undefined : attributeOf(path).text, inner });
}

const FACTORY = Object.freeze({
  count: (path?: string) => described('count', path),
  distinct: (path: string) => described('distinct', path),
  sum: (path: string) => described('sum', path),
  avg: (path: string) => described('avg', path),
  min: (path: string) => described('min', path),
  max: (path: string) => described('max', path),
  groupBy: (path: string, inner: Aggregator<unknown, unknown> = described('count')) => described('groupBy', path, inner),
});

/** Aggregations over values of any type; `of` gives the same, checked for values of a known type. */
export const Aggregators: AggregatorFactory<unknown, unknown> & { of<V, K = unknown>(): AggregatorFactory<V, K> } = Object.freeze({
  ...(FACTORY as unknown as AggregatorFactory<unknown, unknown>),
  of: <V, K>() => FACTORY as unknown as AggregatorFactory<V, K>,
});
