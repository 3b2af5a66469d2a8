/** Predicates as values: a frozen AST with its bound parameters, and how two of them become one. */
import type { Predicate as PredicateNode } from '../../grammar/ast.ts';
import { and, constant, not, or } from '../../grammar/nodes.ts';
import { print } from '../../grammar/print.ts';
import type { Predicate } from '../api/predicate.ts';
import { PredicateParametersError } from '../errors.ts';
import { renumber } from './renumber.ts';

/** What SQL text, criteria and `Predicates.*` have in common; immutable. */
export class PredicateObject<V = unknown> implements Predicate<V> {
  readonly ast: PredicateNode;
  readonly parameters: readonly unknown[];

  constructor(ast: PredicateNode, parameters: readonly unknown[] = []) {
    this.ast = ast;
    this.parameters = Object.freeze([...parameters]);
    Object.freeze(this);
  }

  and<W extends V>(other: Predicate<W>): Predicate<W> {
    return joined<W>('and', [this, other]);
  }

  or<W extends V>(other: Predicate<W>): Predicate<W> {
    return joined<W>('or', [this, other]);
  }

  not(): Predicate<V> {
    const { ast } = this;
    if (ast.kind === 'not') return new PredicateObject(ast.term, this.parameters);
    if (ast.kind === 'constant') return new PredicateObject(constant(!ast.value));
    return new PredicateObject(not(ast), this.parameters);
  }

  toString(): string {
    return print(this.ast);
  }
}

/**
 * All of the predicates (`and`: true when there are none), or one of them (`or`: false when there are none). Terms of the same kind become
 * terms of the whole; parameters are counted on, and lose their names: two texts may mean different things by one name.
 * Throws PredicateParametersError when something is no predicate. Cost: the number of terms, and of nodes where there are parameters.
 */
export function joined<V>(kind: 'and' | 'or', predicates: readonly Predicate<V>[]): Predicate<V> {
  if (predicates.length === 1) return predicateOf(predicates[0]!);
  const terms: PredicateNode[] = [];
  const parameters: unknown[] = [];
  for (const predicate of predicates) {
    const { ast, parameters: own } = predicateOf(predicate);
    const term = own.length === 0 ? ast : renumber(ast, parameters.length);
    if (term.kind === kind) for (const inner of term.terms) terms.push(inner);
    else terms.push(term);
    for (const value of own) parameters.push(value);
  }
  return new PredicateObject<V>(kind === 'and' ? and(terms) : or(terms), parameters);
}

/** Whether a value is a predicate, of this copy of the library or another. */
export function isPredicate(value: unknown): value is Predicate {
  return typeof value === 'object' && value !== null && 'ast' in value && 'parameters' in value;
}

function predicateOf<V>(value: Predicate<V>): Predicate<V> {
  if (isPredicate(value)) return value;
  throw new PredicateParametersError(`only predicates can be combined, and this is none: ${described(value)}`);
}

function described(value: unknown): string {
  if (typeof value === 'string') return `'${value}' (wrap SQL text: new SqlPredicate('…'))`;
  if (typeof value === 'object' && value !== null && 'kind' in value && (value.kind === 'paging' || value.kind === 'partition')) {
    return `a ${value.kind} predicate (combine first, then ask for the ${value.kind === 'paging' ? 'page' : 'partition'})`;
  }
  return value === null ? 'null' : typeof value;
}
