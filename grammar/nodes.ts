/** Makes nodes of a predicate: frozen all through, and in the one form that a text has too. Lists are frozen, not copied. */
import type {
  And,
  Attribute,
  Between,
  Comparison,
  ComparisonOperator,
  Constant,
  In,
  InstanceOf,
  IsDistinct,
  IsNull,
  IsTruth,
  Like,
  Literal,
  Not,
  Operand,
  Or,
  Parameter,
  Predicate,
  Regex,
  Scalar,
  Truth,
  Value,
} from './ast.ts';

const TRUE: Constant = Object.freeze({ kind: 'constant', value: true });
const FALSE: Constant = Object.freeze({ kind: 'constant', value: false });

/** How to look for a pattern. `escape` is one character, `''` for none; backslash when left out. */
export interface LikeOptions {
  readonly escape?: string;
  readonly insensitive?: boolean;
  readonly negated?: boolean;
}

/** A Date is copied: the caller's may change. */
export function literal(value: Scalar): Literal {
  return Object.freeze({ kind: 'literal', value: value instanceof Date ? new Date(value) : value });
}

export function parameter(index: number, name?: string): Parameter {
  return Object.freeze({ kind: 'parameter', index, name });
}

/** All of `terms`: TRUE when there are none, the term itself when there is one. */
export function and(terms: readonly Predicate[]): And | Predicate {
  if (terms.length < 2) return terms[0] ?? TRUE;
  return Object.freeze({ kind: 'and', terms: Object.freeze(terms) });
}

/** At least one of `terms`: FALSE when there are none, the term itself when there is one. */
export function or(terms: readonly Predicate[]): Or | Predicate {
  if (terms.length < 2) return terms[0] ?? FALSE;
  return Object.freeze({ kind: 'or', terms: Object.freeze(terms) });
}

export function not(term: Predicate): Not {
  return Object.freeze({ kind: 'not', term });
}

export function comparison(left: Operand, operator: ComparisonOperator, right: Operand): Comparison {
  return Object.freeze({ kind: 'comparison', operator, left, right });
}

export function between(attribute: Attribute, low: Value, high: Value, negated: boolean = false): Between {
  return Object.freeze({ kind: 'between', attribute, low, high, negated });
}

export function inList(attribute: Attribute, values: readonly Value[], negated: boolean = false): In {
  return Object.freeze({ kind: 'in', attribute, values: Object.freeze(values), negated });
}

export function like(attribute: Attribute, pattern: Value, options: LikeOptions = {}): Like {
  const { escape = '\\', insensitive = false, negated = false } = options;
  return Object.freeze({ kind: 'like', attribute, pattern, escape, insensitive, negated });
}

export function regex(attribute: Attribute, pattern: Value, negated: boolean = false): Regex {
  return Object.freeze({ kind: 'regex', attribute, pattern, negated });
}

export function isNull(attribute: Attribute, negated: boolean = false): IsNull {
  return Object.freeze({ kind: 'is-null', attribute, negated });
}

export function isDistinct(attribute: Attribute, value: Value, negated: boolean = false): IsDistinct {
  return Object.freeze({ kind: 'is-distinct', attribute, value, negated });
}

export function isTruth(attribute: Attribute, value: boolean, negated: boolean = false): IsTruth {
  return Object.freeze({ kind: 'is-truth', attribute, value, negated });
}

export function truth(attribute: Attribute): Truth {
  return Object.freeze({ kind: 'truth', attribute });
}

export function constant(value: boolean): Constant {
  return value ? TRUE : FALSE;
}

export function instanceOf(type: InstanceOf['type']): InstanceOf {
  return Object.freeze({ kind: 'instance-of', type });
}
