/** The criteria builder's types, by path: `e.get('address.city').equal('Rome')`. */
import type { CheckedPath } from '../../grammar/checked-path.ts';
import type { Family, OrderedFamily, Widened } from '../../grammar/checked-values.ts';
import type { AttributeAt } from '../../grammar/paths.ts';
import type { Predicate } from './predicate.ts';

/** What an attribute of type `A` may be compared with: a date also with ISO 8601 text and epoch milliseconds. */
export type Operand<A> = unknown extends A
  ? string | number | bigint | boolean | Date
  : NonNullable<A> | (Extract<A, Date> extends never ? never : string | number) | (Extract<A, bigint> extends never ? never : number);

/** As `Operand`, and null where the attribute may be null or absent. */
export type NullableOperand<A> = unknown extends A
  ? Operand<A> | null
  : Operand<A> | (Extract<A, null | undefined> extends never ? never : null);

/** Comparisons every attribute has. */
export interface Equality<V, A> {
  /** With null: the same as `isNull`. */
  equal(value: NullableOperand<A>): Predicate<V>;
  /** With null: the same as `isNotNull`. */
  notEqual(value: NullableOperand<A>): Predicate<V>;
  in(...values: NullableOperand<A>[]): Predicate<V>;
  isNull(): Predicate<V>;
  isNotNull(): Predicate<V>;
}
/** Comparisons of attributes with an order. */
export interface Order<V, A> {
  lessThan(value: Operand<A>): Predicate<V>;
  lessEqual(value: Operand<A>): Predicate<V>;
  greaterThan(value: Operand<A>): Predicate<V>;
  greaterEqual(value: Operand<A>): Predicate<V>;
  /** Both bounds belong to the range. */
  between(low: Operand<A>, high: Operand<A>): Predicate<V>;
}
/** Comparisons of text attributes. */
export interface TextPatterns<V> {
  /** `%` is any run of characters, `_` one; `escape` (one character, `''` for none) makes them themselves. Default backslash. */
  like(pattern: string, escape?: string): Predicate<V>;
  /** As `like`, whatever the case. */
  ilike(pattern: string, escape?: string): Predicate<V>;
  /** The whole text matches an RE2 regular expression. */
  regex(pattern: string): Predicate<V>;
}

/** The comparisons that suit an attribute of type `A`. */
export type AttributeCriteria<V, A> = Equality<V, A> &
  (Extract<Family<A>, OrderedFamily> extends never ? unknown : Order<V, Widened<A>>) &
  ('text' extends Family<A> ? TextPatterns<V> : unknown);

/** Type of the attribute at a path; `unknown` when the path is not known to the compiler, or reported wrong already. */
export type CriteriaAt<V, K, P extends string> = string extends P
  ? unknown
  : unknown extends V
    ? unknown
    : AttributeAt<V, K, P> extends infer A
      ? A extends { readonly missing: true }
        ? unknown
        : A
      : never;

/** The entry's key: comparable itself, and by its attributes. */
export type KeyCriteria<V, K> = AttributeCriteria<V, K> & {
  get<const P extends string>(path: CheckedPath<P, K>): AttributeCriteria<V, CriteriaAt<K, unknown, P>>;
};

/** Where a criteria expression begins. Paths are checked by the compiler and offered by editors. */
export interface EntryObject<V, K = unknown> {
  get<const P extends string>(path: CheckedPath<P, V, K>): AttributeCriteria<V, CriteriaAt<V, K, P>>;
  key(): KeyCriteria<V, K>;
  /** A boolean attribute is true. */
  is<const P extends string>(path: CheckedPath<P, V, K, boolean>): Predicate<V>;
  /** A boolean attribute is false: null is neither. */
  isNot<const P extends string>(path: CheckedPath<P, V, K, boolean>): Predicate<V>;
}
