/** A predicate as users hold it: immutable, combinable, made from text, by the criteria builder, or by `Predicates`. */
import type { Predicate as PredicateNode } from '../../grammar/ast.ts';
import type { EntryPath } from '../../grammar/paths.ts';

/**
 * A condition over entries whose value is a `V`.
 *
 * Everything that is a predicate has an AST and its bound parameters; SQL text, criteria and `Predicates.*` differ in nothing else.
 */
export interface Predicate<V = unknown> {
  readonly ast: PredicateNode;
  /** Values of the AST's bind parameters, by their index. */
  readonly parameters: readonly unknown[];
  /** Over the narrower type of the two: `new SqlPredicate('active')` is over any values, its AND with a predicate of employees is not. */
  and<W extends V>(other: Predicate<W>): Predicate<W>;
  or<W extends V>(other: Predicate<W>): Predicate<W>;
  not(): Predicate<V>;
  /** Canonical SQL text. */
  toString(): string;
  /** Only for the compiler: a predicate over `V` is not one over some other type. Never present at run time. */
  readonly _over?: (value: V) => void;
}

export type Direction = 'asc' | 'desc';

/** One attribute to sort by. Null last ascending, first descending. */
export interface Ordering {
  readonly path: string;
  readonly direction: Direction;
}

/**
 * One page of the entries that match, in a stable order (M40). Made by `Predicates.paging`; each call returns a new one. Not a condition:
 * it can't be combined, only be given to a map as it is, or narrowed to one partition.
 */
export interface PagingPredicate<V = unknown, K = unknown> {
  readonly kind: 'paging';
  /** What must match; undefined for all entries. */
  readonly predicate: Predicate<V> | PartitionPredicate<V, K> | undefined;
  /** Entries on a page, 1 or more. */
  readonly pageSize: number;
  /** The page to return, from 0. */
  readonly pageNumber: number;
  /** Empty: a stable order of the map's own. */
  readonly order: readonly Ordering[];
  page(pageNumber: number): PagingPredicate<V, K>;
  nextPage(): PagingPredicate<V, K>;
  /** The first page stays the first. */
  previousPage(): PagingPredicate<V, K>;
  /** Sorts; called again, sorts ties by a further attribute. */
  orderBy<const P extends EntryPath<V, K>>(path: P, direction?: Direction): PagingPredicate<V, K>;
  readonly _over?: (value: V, key: K) => void;
}

/** The matching entries of one partition: the one `partitionKey` would be in. Made by `Predicates.partition`. */
export interface PartitionPredicate<V = unknown, K = unknown> {
  readonly kind: 'partition';
  readonly partitionKey: unknown;
  /** What must match; undefined for all entries of the partition. */
  readonly predicate: Predicate<V> | PagingPredicate<V, K> | undefined;
  readonly _over?: (value: V, key: K) => void;
}
