/** The types of `Aggregators`. An attribute that is null or missing counts for none of them but `count()`. */
import type { CheckedPath } from '../../grammar/checked-path.ts';
import type { CriteriaAt } from './criteria.ts';
import type { Aggregator } from './query.ts';

type Ordered = string | number | bigint | boolean | Date;

/** Values at a path, null aside. */
type Values<V, K, P extends string> = NonNullable<CriteriaAt<V, K, P>>;

export interface AggregatorFactory<V, K> {
  /** How many entries; with a path, how many whose attribute is not null. */
  count<const P extends string = string>(path?: CheckedPath<P, V, K>): Aggregator<V, number>;
  /** The different values. */
  distinct<const P extends string>(path: CheckedPath<P, V, K>): Aggregator<V, Set<Values<V, K, P>>>;
  /** Undefined of nothing; a bigint when all values are. */
  sum<const P extends string>(path: CheckedPath<P, V, K, number | bigint>): Aggregator<V, SumOf<Values<V, K, P>> | undefined>;
  /** Undefined of nothing. */
  avg<const P extends string>(path: CheckedPath<P, V, K, number | bigint>): Aggregator<V, number | undefined>;
  /** Undefined of nothing. */
  min<const P extends string>(path: CheckedPath<P, V, K, Ordered>): Aggregator<V, Values<V, K, P> | undefined>;
  max<const P extends string>(path: CheckedPath<P, V, K, Ordered>): Aggregator<V, Values<V, K, P> | undefined>;
  /** `inner` (default `count()`) of each group of entries with the same value; null for those without one. */
  groupBy<const P extends string>(path: CheckedPath<P, V, K>): Aggregator<V, Map<Values<V, K, P> | null, number>>;
  groupBy<const P extends string, R>(path: CheckedPath<P, V, K>, inner: Aggregator<V, R>): Aggregator<V, Map<Values<V, K, P> | null, R>>;
}

/** Values that are bigints and nothing else sum up to a bigint. */
type SumOf<A> = unknown extends A
  ? number
  : [A] extends [bigint]
    ? bigint
    : [Extract<A, bigint>] extends [never]
      ? number
      : number | bigint;
