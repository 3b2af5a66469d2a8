/** What users pass as a predicate, made ready once and remembered: text by its text, predicate objects by identity. */
import type { Condition } from '../query/conditions/condition.ts';
import { normalise } from '../query/conditions/normalise.ts';
import { joined, PredicateObject } from '../query/predicates/predicate-object.ts';
import { RecentlyUsed } from '../query/predicates/recently-used.ts';
import { toPredicate, type WherePredicate } from '../query/predicates/where.ts';

/** Most texts remembered by one map. */
const TEXTS_MAX = 1000;

export interface PreparedWhere {
  readonly condition: Condition;
  /** What was asked for besides the condition: a page, or one partition. */
  readonly predicate: WherePredicate;
}

export class PreparedWheres {
  readonly #byText = new RecentlyUsed<string, PreparedWhere>(TEXTS_MAX);
  readonly #byPredicate = new WeakMap<object, PreparedWhere>();

  /** Throws PredicateSyntaxError, PredicateParametersError. Cost for a text seen before, without parameters: one look-up. */
  of(where: unknown, parameters: readonly unknown[]): PreparedWhere {
    if (parameters.length > 0 || typeof where === 'function') return prepare(where, parameters);
    if (typeof where === 'string') return this.#byText.get(where) ?? this.#byText.set(where, prepare(where, parameters));
    if (where === undefined) return EVERYTHING;
    if (typeof where !== 'object' || where === null) return prepare(where, parameters);
    const known = this.#byPredicate.get(where);
    if (known !== undefined) return known;
    const prepared = prepare(where, parameters);
    this.#byPredicate.set(where, prepared);
    return prepared;
  }
}

function prepare(where: unknown, parameters: readonly unknown[]): PreparedWhere {
  const predicate = toPredicate(where, parameters);
  return { condition: normalise(predicate.ast, predicate.parameters), predicate };
}

/** All of them together, as several `where` of one query. */
export function together(wheres: readonly PreparedWhere[]): Condition {
  if (wheres.length === 0) return EVERYTHING.condition;
  if (wheres.length === 1) return wheres[0]!.condition;
  const { ast, parameters } = conjunction(wheres);
  return normalise(ast, parameters);
}

/** The same as one predicate. */
export function conjunction(wheres: readonly PreparedWhere[]): Pick<WherePredicate, 'ast' | 'parameters'> {
  if (wheres.length === 0) return EVERYTHING.predicate;
  return joined(
    'and',
    wheres.map(({ predicate }) => new PredicateObject(predicate.ast, predicate.parameters)),
  );
}

const EVERYTHING: PreparedWhere = prepare(undefined, []);
