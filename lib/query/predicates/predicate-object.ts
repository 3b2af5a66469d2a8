/** Predicates as values: a frozen AST with its bound parameters, and how several of them become one. */
import type { Predicate as PredicateNode } from '../../../grammar/ast.ts';
import { and, constant, not, or } from '../../../grammar/nodes.ts';
import { print } from '../../../grammar/print.ts';
import type { Predicate } from '../../api/predicate.ts';
import { PredicateParametersError } from '../../errors.ts';
import { renumber } from './renumber.ts';

/** What SQL text, criteria and `Predicates.*` have in common. Immutable. */
abstract class Combinable<V> implements Predicate<V> {
  abstract readonly ast: PredicateNode;
  abstract readonly parameters: readonly unknown[];

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

/** A predicate with its AST. */
export class PredicateObject<V = unknown> extends Combinable<V> {
  readonly ast: PredicateNode;
  readonly parameters: readonly unknown[];

  constructor(ast: PredicateNode, parameters: readonly unknown[] = []) {
    super();
    this.ast = ast;
    this.parameters = Object.freeze([...parameters]);
    Object.freeze(this);
  }
}

type Conjunction = 'and' | 'or';

/**
 * An AND or OR whose AST is made when it is asked for: a chain `a.or(b).or(c)…` of thousands then costs their number, not its square.
 * Terms of the same kind become terms of the whole; parameters are counted on.
 */
class JoinedPredicate<V> extends Combinable<V> {
  readonly #kind: Conjunction;
  /** Until the whole is made of them. */
  #parts: readonly Predicate<V>[];
  #whole: PredicateObject<V> | undefined;

  constructor(kind: Conjunction, parts: readonly Predicate<V>[]) {
    super();
    this.#kind = kind;
    this.#parts = parts;
    Object.freeze(this);
  }

  get ast(): PredicateNode {
    return this.#made().ast;
  }

  get parameters(): readonly unknown[] {
    return this.#made().parameters;
  }

  #made(): PredicateObject<V> {
    if (this.#whole !== undefined) return this.#whole;
    const terms: PredicateNode[] = [];
    const parameters: unknown[] = [];
    const due = this.#parts.toReversed();
    for (let next = due.pop(); next !== undefined; next = due.pop()) {
      if (next instanceof JoinedPredicate && next.#kind === this.#kind && next.#whole === undefined) {
        for (const part of next.#parts.toReversed()) due.push(part);
        continue;
      }
      const { ast, parameters: own } = next;
      const term = own.length === 0 ? ast : renumber(ast, parameters.length);
      if (term.kind === this.#kind) for (const inner of term.terms) terms.push(inner);
      else terms.push(term);
      for (const value of own) parameters.push(value);
    }
    this.#whole = new PredicateObject(this.#kind === 'and' ? and(terms) : or(terms), parameters);
    this.#parts = [];
    return this.#whole;
  }
}

/**
 * All of the predicates (`and`: true when there are none), or one of them (`or`: false when there are none).
 * Throws PredicateParametersError when something is no predicate.
 */
export function joined<V>(kind: Conjunction, predicates: readonly Predicate<V>[]): Predicate<V> {
  for (const predicate of predicates) if (!isPredicate(predicate)) throw noPredicate(predicate);
  return predicates.length === 1 ? predicates[0]! : new JoinedPredicate(kind, [...predicates]);
}

/** Whether a value is a predicate, of this copy of the library or another. */
export function isPredicate(value: unknown): value is Predicate {
  return typeof value === 'object' && value !== null && 'ast' in value && 'parameters' in value;
}

function noPredicate(value: unknown): PredicateParametersError {
  return new PredicateParametersError(`only predicates can be combined, and this is none: ${described(value)}`);
}

function described(value: unknown): string {
  if (typeof value === 'string') return `'${value}' (wrap SQL text: new SqlPredicate('…'))`;
  if (typeof value === 'object' && value !== null && 'kind' in value && (value.kind === 'paging' || value.kind === 'partition')) {
    return `a ${value.kind} predicate (combine first, then ask for the ${value.kind === 'paging' ? 'page' : 'partition'})`;
  }
  return value === null ? 'null' : typeof value;
}
