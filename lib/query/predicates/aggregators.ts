/** `Aggregators.*`: what to compute over the entries that match (M40). Plain descriptions; members do the computing. */
import type { Aggregator } from '../../api/query.ts';
import type { AggregatorFactory } from '../../api/aggregator-factory.ts';
import { attributeOf } from './parsed.ts';

type Kind = Aggregator<unknown, unknown>['kind'];

/** Aggregations over values of any type; `of` gives the same, checked for values of a known type. */
export const Aggregators: AggregatorFactory<unknown, unknown> & { of<V, K = unknown>(): AggregatorFactory<V, K> } = Object.freeze({
  of: typed,
  count: (path?: string) => described('count', path),
  distinct: (path: string) => described('distinct', path),
  sum: (path: string) => described('sum', path),
  avg: (path: string) => described('avg', path),
  min: (path: string) => described('min', path),
  max: (path: string) => described('max', path),
  groupBy: (path: string, inner: Aggregator<unknown, unknown> = described('count')) => described('groupBy', path, inner),
});

function typed<V, K>(): AggregatorFactory<V, K>;
function typed(): AggregatorFactory<unknown, unknown> {
  return Aggregators;
}

/** A description holds no result, so it is one of any result the factory promises: that is what `never` says. */
function described(kind: Kind, path?: string, inner?: Aggregator<unknown, unknown>): Aggregator<unknown, never> {
  return Object.freeze({ kind, path: path === undefined ? undefined : attributeOf(path).text, inner });
}
