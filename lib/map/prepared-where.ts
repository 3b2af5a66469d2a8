/** What users pass as a predicate, made ready once and remembered: text by its text, predicate objects by identity. */
import type { Condition } from '../query/condition.ts';
import { normalise } from '../query/normalise.ts';
import { toPredicate, type WherePredicate } from '../query/where.ts';

/** Most texts remembered by one map; the oldest goes first. */
const TEXTS_MAX = 1000;

export interface PreparedWhere {
  readonly condition: Condition;
  /** What was asked for besides the condition: a page, or one partition. */
  readonly predicate: WherePredicate;
}

export class PreparedWheres {
  readonly #byText = new Map<string, PreparedWhere>();
  readonly #byPredicate = new WeakMap<object, PreparedWhere>();

  /** Throws PredicateSyntaxError, PredicateParametersError. Cost for a text seen before, without parameters: one look-up. */
  of(where: unknown, parameters: readonly unknown[]): PreparedWhere {
    if (parameters.length > 0 || typeof where === 'function') return prepare(where, parameters);
    if (typeof where === 'string') return this.#byText.get(where) ?? this.#rememberText(where);
    if (typeof where !== 'object' || where === null) return where === undefined ? EVERYTHING : prepare(where, parameters);
    const known = this.#byPredicate.get(where);
    if (known !== undefined) return known;
    const prepared = prepare(where, parameters);
    this.#byPredicate.set(where, prepared);
    return prepared;
  }

  #rememberText(text: string): PreparedWhere {
    const prepared = prepare(text, []);
    if (this.#byText.size >= TEXTS_MAX) this.#byText.delete(this.#byText.keys().next().value!);
    this.#byText.set(text, prepared);
    return prepared;
  }
}

function prepare(where: unknown, parameters: readonly unknown[]): PreparedWhere {
  const predicate = toPredicate(where, parameters);
  return { condition: normalise(predicate.ast, predicate.parameters), predicate };
}

const EVERYTHING: PreparedWhere = prepare(undefined, []);
