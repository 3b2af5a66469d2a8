/** The criteria builder's types, by path: `e.get('address.city').equal('Rome')`. */
import type { PathOf, ValueAt } from '../../grammar/paths.ts';
import type { Predicate } from './predicate.ts';

type Operand<A> = NonNullable<A> extends Date ? NonNullable<A> | string : NonNullable<A>;

/** Comparisons every attribute has. */
export interface Equality<V, A> {
  equal(value: Operand<A> | Extract<A, null>): Predicate<V>;
  notEqual(value: Operand<A> | Extract<A, null>): Predicate<V>;
  in(...values: Operand<A>[]): Predicate<V>;
  isNull(): Predicate<V>;
  isNotNull(): Predicate<V>;
}
/** Comparisons of attributes with an order. */
export interface Order<V, A> {
  lessThan(value: Operand<A>): Predicate<V>;
  lessEqual(value: Operand<A>): Predicate<V>;
  greaterThan(value: Operand<A>): Predicate<V>;
  greaterEqual(value: Operand<A>): Predicate<V>;
  between(low: Operand<A>, high: Operand<A>): Predicate<V>;
}
/** Comparisons of text attributes. */
export interface TextPatterns<V> {
  like(pattern: string, escape?: string): Predicate<V>;
  ilike(pattern: string): Predicate<V>;
  regex(pattern: string): Predicate<V>;
}

export type AttributeCriteria<V, A> = Equality<V, A> &
  (NonNullable<A> extends boolean ? unknown : Order<V, A>) &
  (NonNullable<A> extends string ? TextPatterns<V> : unknown);

export type BooleanPath<V> = { [P in PathOf<V>]: NonNullable<ValueAt<V, P>> extends boolean ? P : never }[PathOf<V>];

/** Where a criteria expression begins. */
export interface EntryObject<V> {
  get<const P extends PathOf<V>>(path: P): AttributeCriteria<V, ValueAt<V, P>>;
  /** The entry's key. */
  key(): AttributeCriteria<V, unknown>;
  is<const P extends BooleanPath<V>>(path: P): Predicate<V>;
  isNot<const P extends BooleanPath<V>>(path: P): Predicate<V>;
}
