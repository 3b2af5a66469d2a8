/** `new SqlPredicate("active AND age < 30")`: SQL text as a predicate (M28). */
import { parsed } from './parsed.ts';
import { PredicateObject } from './predicate-object.ts';
import { bound } from './where.ts';

export class SqlPredicate<V = unknown> extends PredicateObject<V> {
  /**
   * `parameters`: one value per `?`, or one object for `:name`. The compiler does not check this text: where the type of the values is
   * known, give the text to the map itself, or to `Predicates.of<V>().sql`.
   * Throws PredicateSyntaxError, PredicateParametersError. Cost: a text seen before is not parsed again.
   */
  constructor(text: string, ...parameters: readonly unknown[]) {
    const sql = parsed(text);
    super(sql.ast, bound(sql.parameters, parameters));
  }
}
