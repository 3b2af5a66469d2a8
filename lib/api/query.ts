/** Queries as users write them: where a predicate is taken, the fluent query, aggregations, explanations. Type-level checks live in `grammar/checked.ts`. */
import type { Checked, ParametersOf } from '../../grammar/checked.ts';
import type { AttributeAt, EntryPath } from '../../grammar/paths.ts';
import type { EntryObject } from './criteria.ts';
import type { Direction, PagingPredicate, PartitionPredicate, Predicate } from './predicate.ts';

export type { Direction } from './predicate.ts';

/**
 * Wherever a predicate is taken: SQL text (checked when it is a literal), a predicate, a page or a partition of one, or a criteria
 * function. For a literal the type is the checker's verdict alone, so that the compiler repeats its sentence and nothing else.
 */
export type Where<V, S extends string = string, K = unknown> = string extends S
  ? string | WhereObject<V, K> | PagingPredicate<V, K> | PartitionPredicate<V, K>
  : Checked<S, V, K>;

/** A condition for a query, which has an order and a limit of its own. */
export type WhereCondition<V, S extends string = string, K = unknown> = string extends S ? string | WhereObject<V, K> : Checked<S, V, K>;

type WhereObject<V, K> = Predicate<V> | ((entry: EntryObject<V, K>) => Predicate<V>);

/** Rows of chosen attributes, keyed by path. An attribute that a value lacks is undefined. */
export type Selection<V, K, P extends string> = { readonly [Q in P]: AttributeAt<V, K, Q> };

/** An aggregation over matching entries; made by `Aggregators.*`. `R` is its result. */
export interface Aggregator<V, R> {
  readonly kind: 'count' | 'distinct' | 'sum' | 'avg' | 'min' | 'max' | 'groupBy';
  /** Attribute path; undefined for `count` of entries. */
  readonly path: string | undefined;
  /** For `groupBy`: what is computed in each group. */
  readonly inner: Aggregator<V, unknown> | undefined;
  /** Only for the compiler. Never present at run time. */
  readonly _result?: (value: V) => R;
}

/**
 * Where the entries of a query come from (B3).
 *
 * - `memory` (default): those that are in memory; the database is not asked.
 * - `store`: the rows of the database, with what write-behind has not written yet laid over them.
 * - `both`: for the keys in memory (and those whose write or delete is pending) memory decides, also that an entry does not match; of other keys the
 *   rows of the database. No key comes twice.
 *
 * Rows of the database are not kept in memory, and nothing is counted as a hit. Writes that happen while the query runs may or may not be seen; each
 * entry is judged, and given, in one version. Needs a store with the method `find`, which KnexMapStore has.
 */
export type QuerySource = 'memory' | 'store' | 'both';

export interface QueryOptions {
  /** Default `memory`. */
  readonly source?: QuerySource;
}

export interface ExplainOptions {
  /** Also runs the query and counts. Default false. */
  readonly analyze?: boolean;
}

/** What `explain` says. `toString()` is the text form shown in the docs. */
export interface Explanation {
  readonly predicate: string;
  readonly plan: PlanNode;
  readonly estimatedRows: number;
  readonly actualRows: number | undefined;
  /** Entries for which some comparison was between different types, so unknown. With `analyze` only. */
  readonly mismatchedRows: number | undefined;
  readonly elapsedMs: number | undefined;
  readonly advice: readonly IndexAdvice[];
  toString(): string;
}

export interface PlanNode {
  /** What is done, e.g. `index range age_sorted`, `column scan`, `entry scan`, `intersect`, `top 50 by salary`. */
  readonly operation: string;
  readonly detail: string;
  readonly estimatedRows: number;
  readonly actualRows: number | undefined;
  readonly children: readonly PlanNode[];
}

export interface IndexAdvice {
  readonly attributes: readonly string[];
  readonly type: 'SORTED' | 'HASH' | 'BITMAP';
  readonly reason: string;
}

/** A query being put together; each call returns a new one. Nothing runs before `toArray`, `first`, `count`, `keys`, `entries`, `explain` or iteration. */
export interface Query<K, V, R = V> extends AsyncIterable<R> {
  /** Adds a condition (AND). */
  where<const S extends string = string>(predicate: WhereCondition<V, S, K>, ...parameters: ParametersOf<S, V, K>): Query<K, V, R>;
  /**
   * Sorts; called again, sorts ties by a further attribute. Null last ascending, first descending. Ties that are left go by key with the sources
   * `store` and `both`; in memory in an order that stays the same while the entries live.
   */
  orderBy<const P extends EntryPath<V, K>>(path: P, direction?: Direction): Query<K, V, R>;
  limit(count: number): Query<K, V, R>;
  offset(count: number): Query<K, V, R>;
  /** Only these attributes, as plain objects keyed by path. */
  select<const P extends EntryPath<V, K>>(...paths: readonly P[]): Query<K, V, Selection<V, K, P>>;
  toArray(options?: { readonly signal?: AbortSignal }): Promise<R[]>;
  first(): Promise<R | undefined>;
  count(): Promise<number>;
  keys(): Promise<K[]>;
  entries(): Promise<[K, V][]>;
  explain(options?: ExplainOptions): Promise<Explanation>;
}
