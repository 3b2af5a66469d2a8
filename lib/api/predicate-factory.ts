/** The types of `Predicates`: every comparison as a function of a path, and how predicates are combined, paged and bound to a partition. */
import type { InstanceOf } from '../../grammar/ast.ts';
import type { CheckedPath } from '../../grammar/checked-path.ts';
import type { Widened } from '../../grammar/checked-values.ts';
import type { Checked, ParametersOf } from '../../grammar/checked.ts';
import type { CriteriaAt, EntryObject, NullableOperand, Operand } from './criteria.ts';
import type { PagingPredicate, PartitionPredicate, Predicate } from './predicate.ts';

/** Values with an order a query may ask for. */
type Ordered = string | number | bigint | Date;

/** Predicates over values `V` and keys `K`. Paths are attribute paths (`address.city`), or `this`, `__key`, `__key.name`. */
export interface PredicateFactory<V, K> extends EntryObject<V, K> {
  /** With null: the same as `isNull`. */
  equal<const P extends string>(path: CheckedPath<P, V, K>, value: NullableOperand<CriteriaAt<V, K, P>>): Predicate<V>;
  /** With null: the same as `isNotNull`. */
  notEqual<const P extends string>(path: CheckedPath<P, V, K>, value: NullableOperand<CriteriaAt<V, K, P>>): Predicate<V>;
  isNull<const P extends string>(path: CheckedPath<P, V, K>): Predicate<V>;
  isNotNull<const P extends string>(path: CheckedPath<P, V, K>): Predicate<V>;
  lessThan<const P extends string>(path: CheckedPath<P, V, K, Ordered>, value: OrderOperand<V, K, P>): Predicate<V>;
  lessEqual<const P extends string>(path: CheckedPath<P, V, K, Ordered>, value: OrderOperand<V, K, P>): Predicate<V>;
  greaterThan<const P extends string>(path: CheckedPath<P, V, K, Ordered>, value: OrderOperand<V, K, P>): Predicate<V>;
  greaterEqual<const P extends string>(path: CheckedPath<P, V, K, Ordered>, value: OrderOperand<V, K, P>): Predicate<V>;
  /** Both bounds belong to the range. */
  between<const P extends string>(
    path: CheckedPath<P, V, K, Ordered>,
    low: OrderOperand<V, K, P>,
    high: OrderOperand<V, K, P>,
  ): Predicate<V>;
  in<const P extends string>(path: CheckedPath<P, V, K>, ...values: NullableOperand<CriteriaAt<V, K, P>>[]): Predicate<V>;
  /** `%` is any run of characters, `_` one; `escape` (one character, `''` for none) makes them themselves. Default backslash. */
  like<const P extends string>(path: CheckedPath<P, V, K, string>, pattern: string, escape?: string): Predicate<V>;
  ilike<const P extends string>(path: CheckedPath<P, V, K, string>, pattern: string, escape?: string): Predicate<V>;
  /** The whole text matches an RE2 regular expression. */
  regex<const P extends string>(path: CheckedPath<P, V, K, string>, pattern: string): Predicate<V>;

  /** True when there are none. */
  and(...predicates: readonly Predicate<V>[]): Predicate<V>;
  /** False when there are none. */
  or(...predicates: readonly Predicate<V>[]): Predicate<V>;
  not(predicate: Predicate<V>): Predicate<V>;
  /** SQL text, checked when it is a literal. Errors: ERR_PREDICATE_SYNTAX, ERR_PREDICATE_PARAMETERS. */
  sql<const S extends string>(text: Checked<S, V, K>, ...parameters: ParametersOf<S, V, K>): Predicate<V>;
  alwaysTrue(): Predicate<V>;
  alwaysFalse(): Predicate<V>;
  /** The value is an instance of a class, or of a type named as `typeof` names it. */
  instanceOf(type: InstanceOf['type']): Predicate<V>;
  /** Pages of `pageSize` entries of all that match, or of all. Errors: ERR_PREDICATE_PARAMETERS. */
  paging(predicate: Predicate<V> | PartitionPredicate<V, K>, pageSize: number): PagingPredicate<V, K>;
  paging(pageSize: number): PagingPredicate<V, K>;
  /** Only entries of the partition that `partitionKey` (a key, or what of a key decides) belongs to. */
  partition(partitionKey: unknown, predicate?: Predicate<V> | PagingPredicate<V, K>): PartitionPredicate<V, K>;
}

type OrderOperand<V, K, P extends string> = Operand<Widened<CriteriaAt<V, K, P>>>;
