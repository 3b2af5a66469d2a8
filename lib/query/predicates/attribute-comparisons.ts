/** The comparisons of one attribute, each a predicate: what `e.get('age')` returns. Types are those of `api/criteria.ts`. */
import type { Attribute, ComparisonOperator, Literal } from '../../../grammar/ast.ts';
import { between, comparison, constant, inList, isNull, like, literal, regex, truth } from '../../../grammar/nodes.ts';
import type { Equality, Order, TextPatterns } from '../../api/criteria.ts';
import type { Predicate } from '../../api/predicate.ts';
import { PredicateParametersError } from '../../errors.ts';
import { attributeOf } from './parsed.ts';
import { PredicateObject } from './predicate-object.ts';
import { kindOf, scalarFor } from './scalar-for.ts';

/** All comparisons of one attribute; which of them suit its type is the compiler's business. */
export class AttributeComparisons implements Equality<unknown, unknown>, Order<unknown, unknown>, TextPatterns<unknown> {
  readonly #attribute: Attribute;

  /** `path` as in SQL text. Throws PredicateSyntaxError when it is none. */
  constructor(path: string) {
    this.#attribute = attributeOf(path);
    Object.freeze(this);
  }

  /** An attribute of this one: `key().get('id')` is `get('__key.id')`. */
  get(path: string): AttributeComparisons {
    return new AttributeComparisons(path.startsWith('[') ? `${this.#attribute.text}${path}` : `${this.#attribute.text}.${path}`);
  }

  equal(value: unknown): Predicate {
    return isNone(value) ? this.isNull() : this.#compare('=', value);
  }

  notEqual(value: unknown): Predicate {
    return isNone(value) ? this.isNotNull() : this.#compare('!=', value);
  }

  lessThan(value: unknown): Predicate {
    return this.#compare('<', value);
  }

  lessEqual(value: unknown): Predicate {
    return this.#compare('<=', value);
  }

  greaterThan(value: unknown): Predicate {
    return this.#compare('>', value);
  }

  greaterEqual(value: unknown): Predicate {
    return this.#compare('>=', value);
  }

  between(low: unknown, high: unknown): Predicate {
    return new PredicateObject(between(this.#attribute, this.#literal(low), this.#literal(high)));
  }

  in(...values: readonly unknown[]): Predicate {
    // SQL has no empty list to write; a value is in none, and null is no exception.
    if (values.length === 0) return new PredicateObject(constant(false));
    return new PredicateObject(
      inList(
        this.#attribute,
        values.map((value) => this.#literal(value)),
      ),
    );
  }

  isNull(): Predicate {
    return new PredicateObject(isNull(this.#attribute));
  }

  isNotNull(): Predicate {
    return new PredicateObject(isNull(this.#attribute, true));
  }

  isTrue(): Predicate {
    return new PredicateObject(truth(this.#attribute));
  }

  like(pattern: string, escape = '\\'): Predicate {
    return this.#like(pattern, escape, false);
  }

  ilike(pattern: string, escape = '\\'): Predicate {
    return this.#like(pattern, escape, true);
  }

  regex(pattern: string): Predicate {
    return new PredicateObject(regex(this.#attribute, this.#pattern(pattern)));
  }

  #compare(operator: ComparisonOperator, value: unknown): Predicate {
    return new PredicateObject(comparison(this.#attribute, operator, this.#literal(value)));
  }

  #like(pattern: string, escape: string, insensitive: boolean): Predicate {
    if (Array.from(escape).length > 1) {
      throw new PredicateParametersError(`the escape of LIKE is one character or '', not '${escape}'`, { details: { escape } });
    }
    return new PredicateObject(like(this.#attribute, this.#pattern(pattern), { escape, insensitive }));
  }

  #pattern(pattern: unknown): Literal {
    if (typeof pattern === 'string') return literal(pattern);
    throw new PredicateParametersError(`the pattern for '${this.#attribute.text}' must be text, not ${kindOf(pattern)}`);
  }

  #literal(value: unknown): Literal {
    return literal(scalarFor(value, `'${this.#attribute.text}' is compared with`));
  }
}

function isNone(value: unknown): value is null | undefined {
  return value === null || value === undefined;
}
