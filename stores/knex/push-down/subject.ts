/** What a condition is about, as SQL sees it: one attribute of the rows, whatever its type. */
import type { ComparisonOperator, Scalar } from '../../../grammar/ast.ts';
import type { Direction } from '../../../lib/api/predicate.ts';
import { FALSE, type Bindings, type Fragment } from './fragments.ts';
import type { LikePieces } from './like-pieces.ts';

export type Constant = Exclude<Scalar, null>;

/**
 * Each method gives the rows for which the map would call a comparison *true*. What the attribute's values can't be compared with gives no rows,
 * also for `!=`. All may throw NotPushed.
 */
export interface Subject {
  readonly isNull: Fragment;
  readonly isNotNull: Fragment;
  compare(operator: ComparisonOperator, constant: Constant): Fragment;
  /**
   * Equal to one of several, or `negated` comparable with all of them and equal to none: one parameter instead of many. Undefined, or left out: each
   * must be compared by itself.
   */
  among?(constants: readonly Constant[], negated: boolean): Fragment | undefined;
  like(pattern: LikePieces, insensitive: boolean, negated: boolean): Fragment;
  /** For comparing two attributes: their values as SQL. Only those of one kind are compared. */
  readonly comparable?: { readonly kind: 'integer' | 'float' | 'text' | 'boolean'; readonly sql: string };
  /** Its part of ORDER BY; undefined when the database's order is another than the map's. `last`: nothing but the key comes after it. */
  order?(direction: Direction, last: boolean): OrderPart | undefined;
}

export interface OrderPart {
  readonly terms: readonly string[];
  /** Rows that the database would put elsewhere than the map: where there are any, the order is made by the map. */
  readonly misplaced?: Fragment;
}

/** `NULLS LAST` ascending and `NULLS FIRST` descending are PostgreSQL's own, and are not written: indexes are made so. */
export function ordered(sql: string, direction: Direction): string {
  return `${sql} ${direction === 'asc' ? 'ASC' : 'DESC'}`;
}

/** An attribute that no row has. */
export const ABSENT: Subject = { isNull: 'TRUE', isNotNull: FALSE, compare: () => FALSE, like: () => FALSE, order: () => ({ terms: [] }) };

/** What is there but compares with nothing: lists, bytes, whole objects. `isNull` is a column's, or FALSE. */
export function incomparable(isNull: Fragment, isNotNull: Fragment): Subject {
  return { isNull, isNotNull, compare: () => FALSE, like: () => FALSE };
}

/** `among` by one list of texts; `isNotNull` is what remains of a negated one without any. */
export function inTexts(
  sql: string,
  texts: readonly string[],
  type: string,
  negated: boolean,
  isNotNull: Fragment,
  bindings: Bindings,
): Fragment {
  if (texts.length === 0) return negated ? isNotNull : FALSE;
  return `${sql} ${negated ? '<> ALL' : '= ANY'}(${bindings.bind(texts, `${type}[]`)})`;
}

/** `!=` in SQL. */
export function sqlOperator(operator: ComparisonOperator): string {
  return operator === '!=' ? '<>' : operator;
}
