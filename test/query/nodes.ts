/** Short hands for AST nodes in tests. */
import type {
  Attribute,
  Between,
  ComparisonOperator,
  Comparison,
  In,
  InstanceOf,
  IsDistinct,
  IsNull,
  IsTruth,
  Like,
  Literal,
  Operand,
  Parameter,
  Predicate,
  Regex,
  Scalar,
  Truth,
} from '../../grammar/ast.ts';
import type { ValueComparison } from '../../lib/query/sets/leaf-sets.ts';

/** From a path such as `address.city`, `limbs[0].name`, `tags[any]`, `this` or `__key.id`. */
export function attribute(text: string): Attribute {
  const root = /^__key\b/.test(text) ? 'key' : 'value';
  const path = text.replace(/^(?:__key|this)\b\.?/, '');
  const steps = [...path.matchAll(/\[any\]|\[(\d+)\]|([^.[\]]+)/g)].map(([step, index, name]): Attribute['steps'][number] => {
    if (name !== undefined) return { kind: 'name', name };
    return step === '[any]' ? { kind: 'any' } : { kind: 'element', index: Number(index) };
  });
  return { kind: 'attribute', root, steps, text };
}

export const literal = (value: Scalar): Literal => ({ kind: 'literal', value });
export const parameter = (index: number, name?: string): Parameter => ({ kind: 'parameter', index, name });

type Given = Scalar | Parameter;
const isParameter = (value: Given): value is Parameter => typeof value === 'object' && value !== null && 'kind' in value;
const valueOf = (value: Given): Literal | Parameter => (isParameter(value) ? value : literal(value));

export const and = (...terms: Predicate[]): Predicate => ({ kind: 'and', terms });
export const or = (...terms: Predicate[]): Predicate => ({ kind: 'or', terms });
export const not = (term: Predicate): Predicate => ({ kind: 'not', term });
export const constant = (value: boolean): Predicate => ({ kind: 'constant', value });
export const truth = (path: string): Truth => ({ kind: 'truth', attribute: attribute(path) });

export const instanceOf = (type: InstanceOf['type']): InstanceOf => ({ kind: 'instance-of', type });
export const relate = (left: Operand, operator: ComparisonOperator, right: Operand): Comparison => ({
  kind: 'comparison',
  operator,
  left,
  right,
});

export function compare(path: string, operator: ComparisonOperator, value: Given): ValueComparison {
  return { kind: 'comparison', operator, left: attribute(path), right: valueOf(value) };
}
export function between(path: string, low: Given, high: Given, negated = false): Between {
  return { kind: 'between', attribute: attribute(path), low: valueOf(low), high: valueOf(high), negated };
}
export function isIn(path: string, values: readonly Given[], negated = false): In {
  return { kind: 'in', attribute: attribute(path), values: values.map(valueOf), negated };
}
export function like(path: string, pattern: Given, { negated = false, insensitive = false, escape = '\\' } = {}): Like {
  return { kind: 'like', attribute: attribute(path), pattern: valueOf(pattern), escape, insensitive, negated };
}
export function regex(path: string, pattern: Given, negated = false): Regex {
  return { kind: 'regex', attribute: attribute(path), pattern: valueOf(pattern), negated };
}
export function isNull(path: string, negated = false): IsNull {
  return { kind: 'is-null', attribute: attribute(path), negated };
}
export function isDistinct(path: string, value: Given, negated = false): IsDistinct {
  return { kind: 'is-distinct', attribute: attribute(path), value: valueOf(value), negated };
}
export function isTruth(path: string, value: boolean, negated = false): IsTruth {
  return { kind: 'is-truth', attribute: attribute(path), value, negated };
}
