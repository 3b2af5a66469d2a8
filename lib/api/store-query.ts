/**
 * Push-down (B3): what a query asks of a store that can look for rows by itself, and what such a store answers.
 *
 * A store does as much of a query as it can do *exactly as the map would*, and says what is left: a condition that the map then tests on each row,
 * an order that the map then makes. What a store leaves costs time, what it does differently costs answers: in doubt, leave it.
 */
import type { Attribute, Predicate } from '../../grammar/ast.ts';
import type { Direction } from './predicate.ts';
import type { IndexAdvice } from './query.ts';

/** What rows are looked for, and in which order. */
export interface StoreQuery {
  /**
   * What a row must satisfy, in SQL's three-valued logic: wanted are the rows for which it is true. Values are literals, never parameters; NOT
   * stands only where nothing else can say it (above `instance-of`, and above comparisons with `[any]`); AND and OR never stand right in their like.
   */
  readonly where: Predicate;
  /** Most significant first. Null is last ascending, first descending; texts go by code point, NaN is the greatest number. Ties: as `ties` says. */
  readonly orderBy: readonly StoreOrder[];
  /** Whether a page of the rows is wanted, by this store or by the map: then they come by key where `orderBy` is empty. */
  readonly paged?: boolean;
  /** Most rows wanted; undefined: all of them. */
  readonly limit: number | undefined;
  /** Rows of the order to leave out first. */
  readonly offset: number;
}

export interface StoreOrder {
  readonly attribute: Attribute;
  readonly direction: Direction;
}

/** How a store will answer a query. Nothing but small questions (does a column hold an infinity?) has been asked of the database yet. */
export interface StoreAnswer<K, V> {
  /** What the database will be asked, for people: values as placeholders. */
  readonly statement: string;
  /** What of `where` the store leaves to the map, all of it if it likes: rows come that satisfy the rest. Undefined: they are the matches. */
  readonly residual: Predicate | undefined;
  /** Why something is left: a sentence each, for `explain`. */
  readonly unsupported: readonly string[];
  /** Whether rows come in the order that was asked for. */
  readonly ordered: boolean;
  /**
   * What rows go by, ascending, that are equal in the order: the parts of the key. Default `__key`, in whose order such rows should come; entries of
   * memory that are put between them do. Empty: rows that are equal come as they come, and pages over memory and store may overlap.
   */
  readonly ties?: readonly Attribute[];
  /** Whether `limit` and `offset` are seen to. Only together with the whole condition and the order. */
  readonly limited: boolean;
  /** What would make the database quicker. */
  readonly advice: readonly IndexAdvice[];
  /** The rows, some at a time. Keys and values as `load` gives them, made for this call. No key comes twice. */
  entries(signal?: AbortSignal): AsyncIterable<readonly (readonly [K, V])[]>;
  /** The same rows, their keys only. */
  keys(signal?: AbortSignal): AsyncIterable<readonly K[]>;
  /** How many rows there are, whatever `limit` and `offset` say. */
  count(signal?: AbortSignal): Promise<number>;
  /** How many rows the database thinks there are, without looking. */
  estimate(): Promise<number>;
}
