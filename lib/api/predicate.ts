/** A predicate as users hold it: immutable, combinable, made from text, by the criteria builder, or by `Predicates`. */
import type { Predicate as PredicateNode } from '../../grammar/ast.ts';

/**
 * A condition over entries whose value is a `V`.
 *
 * Everything that is a predicate has an AST and its bound parameters; SQL text, criteria and `Predicates.*` differ in nothing else.
 */
export interface Predicate<V = unknown> {
  readonly ast: PredicateNode;
  /** Values of the AST's bind parameters, by their index. */
  readonly parameters: readonly unknown[];
  and(other: Predicate<V>): Predicate<V>;
  or(other: Predicate<V>): Predicate<V>;
  not(): Predicate<V>;
  /** Canonical SQL text. */
  toString(): string;
  /** Only for the compiler: a predicate over `V` is not one over some other type. Never present at run time. */
  readonly _over?: (value: V) => void;
}
