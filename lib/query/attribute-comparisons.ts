/** The comparisons of one attribute, each a predicate: what `e.get('age')` returns. Types are those of `api/criteria.ts`. */
import type { Attribute, ComparisonOperator, Literal, Predicate as PredicateNode } from '../../grammar/ast.ts';
import { literal } from '../../grammar/nodes.ts';
import type { Equality, Order, TextPatterns } from '../api/criteria.ts';
import type { Predicate } from '../api/predicate.ts';
import { PredicateParametersError } from '../errors.ts';
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
    return made({ kind: 'between', attribute: this.#attribute, low: this.#literal(low), high: this.#literal(high), negated: false });
  }

  in(...values: readonly unknown[]): Predicate {
    if (values.length === 0) return made({ kind: 'constant', value: false });
    const literals = Object.freeze(values.map((value) => this.#literal(value)));
    return made({ kind: 'in', attribute: this.#attribute, values: literals, negated: false });
  }

  isNull(): Predicate {
    return made({ kind: 'is-null', attribute: this.#attribute, negated: false });
  }

  isNotNull(): Predicate {
    return made({ kind: 'is-null', attribute: this.#attribute, negated: true });
  }

  isTrue(): Predicate {
    return made({ kind: 'truth', attribute: this.#attribute });
  }

  like(pattern: string, escape = '\\'): Predicate {
    return this.#like(pattern, escape, false);
  }

  ilike(pattern: string, escape = '\\'): Predicate {
    return this.#like(pattern, escape, true);
  }

  regex(pattern: string): Predicate {
    return made({ kind: 'regex', attribute: this.#attribute, pattern: this.#pattern(pattern), negated: false });
  }

  #compare(operator: ComparisonOperator, value: unknown): Predicate {
    return made({ kind: 'comparison', operator, left: this.#attribute, right: this.#literal(value) });
  }

  #like(pattern: string, escape: string, insensitive: boolean): Predicate {
    if (Array.from(escape).length > 1) {
      throw new PredicateParametersError(`the escape of LIKE is one character or '', not '${escape}'`, { details: { escape } });
    }
    return made({ kind: 'like', attribute: this.#attribute, pattern: this.#pattern(pattern), escape, insensitive, negated: false });
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

function made(node: PredicateNode): Predicate {
  return new PredicateObject(Object.freeze(node));
}
