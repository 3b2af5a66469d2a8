/** From a predicate with parameters to the scalars it means. */
import type { Predicate, Scalar, Value } from '../../../grammar/ast.ts';
import { PredicateParametersError } from '../../errors.ts';

/** A predicate that is no AND, OR or NOT. */
export type Leaf = Exclude<Predicate, { readonly kind: 'and' | 'or' | 'not' }>;

/** The scalar that stands for a value; `parameters` by index. Throws PredicateParametersError when it is missing or no scalar. */
export function scalarOf(value: Value, parameters: readonly unknown[]): Scalar {
  if (value.kind === 'literal') return value.value;
  const given = parameters[value.index];
  if (isScalar(given)) return given;
  const name = value.name === undefined ? `number ${value.index + 1}` : `:${value.name}`;
  const problem = given === undefined ? 'has no value' : 'must be a string, number, bigint, boolean, Date or null';
  throw new PredicateParametersError(`parameter ${name} ${problem}`, { details: { index: value.index, name: value.name } });
}

/** Whether a value can be compared with. */
export function isScalar(value: unknown): value is Scalar {
  switch (typeof value) {
    case 'string':
    case 'number':
    case 'bigint':
    case 'boolean':
      return true;
    default:
      return value === null || value instanceof Date;
  }
}

/** The values that a leaf compares with, in the order of its text. */
export function valuesOf(leaf: Leaf): readonly Value[] {
  switch (leaf.kind) {
    case 'comparison':
      return [leaf.left, leaf.right].filter((operand) => operand.kind !== 'attribute');
    case 'between':
      return [leaf.low, leaf.high];
    case 'in':
      return leaf.values;
    case 'like':
    case 'regex':
      return [leaf.pattern];
    case 'is-distinct':
      return [leaf.value];
    default:
      return [];
  }
}

/** The leaf with literals instead of parameters. */
export function bindLeaf(leaf: Leaf, parameters: readonly unknown[]): Leaf {
  const bind = (value: Value): Value => (value.kind === 'parameter' ? { kind: 'literal', value: scalarOf(value, parameters) } : value);
  switch (leaf.kind) {
    case 'comparison': {
      const { left, right } = leaf;
      return { ...leaf, left: left.kind === 'attribute' ? left : bind(left), right: right.kind === 'attribute' ? right : bind(right) };
    }
    case 'between':
      return { ...leaf, low: bind(leaf.low), high: bind(leaf.high) };
    case 'in':
      return { ...leaf, values: leaf.values.map(bind) };
    case 'like':
    case 'regex':
      return { ...leaf, pattern: bind(leaf.pattern) };
    case 'is-distinct':
      return { ...leaf, value: bind(leaf.value) };
    default:
      return leaf;
  }
}

/** NOT of a leaf, worked into it where SQL has a form for that: `a NOT IN (1)` rather than `NOT a IN (1)`. */
export function negatedLeaf(leaf: Leaf): Predicate {
  return 'negated' in leaf ? { ...leaf, negated: !leaf.negated } : { kind: 'not', term: leaf };
}
