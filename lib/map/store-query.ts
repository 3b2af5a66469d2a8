/** From what a query has been asked to what its map's store is asked: one predicate, parameters bound, NOT worked into the leaves. */
import type { Attribute, Comparison, Predicate } from '../../grammar/ast.ts';
import { and, comparison, constant, literal, not, or } from '../../grammar/nodes.ts';
import { hasAny } from '../data/attribute.ts';
import { type Leaf, bindLeaf, negatedLeaf, scalarOf } from '../query/sets/bind.ts';
import { NEGATED, foldComparison } from '../query/sets/leaf-sets.ts';

/** An AND or OR whose terms are being collected. */
interface Group {
  readonly kind: 'and' | 'or';
  readonly terms: Predicate[];
  readonly parent: Group | undefined;
}
interface Task {
  readonly node: Predicate;
  readonly negated: boolean;
  readonly group: Group;
}

/** `StoreQuery.where`. Errors: PredicateParametersError. With a stack of its own, as `normalise`, whose rules about NOT these are. */
export function storeWhere(ast: Predicate, parameters: readonly unknown[]): Predicate {
  const root: Group = { kind: 'and', terms: [], parent: undefined };
  const work: (Task | Group)[] = [{ node: ast, negated: false, group: root }];
  for (let next = work.pop(); next !== undefined; next = work.pop()) {
    if ('terms' in next) {
      next.parent?.terms.push(grouped(next));
      continue;
    }
    let { node, negated, group } = next;
    for (; node.kind === 'not'; node = node.term) negated = !negated;
    if (node.kind !== 'and' && node.kind !== 'or') {
      group.terms.push(boundLeaf(node, negated, parameters));
      continue;
    }
    const kind = (node.kind === 'and') !== negated ? 'and' : 'or';
    if (kind !== group.kind) {
      group = { kind, terms: [], parent: group };
      work.push(group); // comes up again when its terms are there
    }
    for (const term of node.terms.toReversed()) work.push({ node: term, negated, group });
  }
  return grouped(root);
}

function grouped({ kind, terms }: Group): Predicate {
  const deciding = kind === 'or'; // TRUE decides an OR, FALSE an AND
  const left = terms.filter((term) => term.kind !== 'constant' || term.value === deciding);
  if (left.some((term) => term.kind === 'constant')) return constant(deciding);
  return kind === 'and' ? and(left) : or(left);
}

function boundLeaf(leaf: Leaf, negated: boolean, parameters: readonly unknown[]): Predicate {
  if (leaf.kind === 'comparison') return boundComparison(leaf, negated, parameters);
  const bound = bindLeaf(leaf, parameters);
  if (!negated) return bound;
  if (bound.kind === 'constant') return constant(!bound.value);
  if (bound.kind === 'truth' && !hasAny(bound.attribute)) return comparison(bound.attribute, '=', literal(false));
  return negatedLeaf(bound);
}

function boundComparison(leaf: Comparison, negated: boolean, parameters: readonly unknown[]): Predicate {
  const { left, right } = leaf;
  const operator = negated ? NEGATED[leaf.operator] : leaf.operator;
  if (left.kind !== 'attribute' && right.kind !== 'attribute') {
    return constant(foldComparison(operator, scalarOf(left, parameters), scalarOf(right, parameters)));
  }
  const isOfLists = [left, right].some((operand): operand is Attribute => operand.kind === 'attribute' && hasAny(operand));
  const bound = bindLeaf(leaf, parameters);
  // NOT negates the whole test of a list, not the comparison of each element.
  return isOfLists && negated
    ? not(bound)
    : { ...bound, ...(bound.kind === 'comparison' && { operator: isOfLists ? leaf.operator : operator }) };
}
