/** From what a query has been asked to what its map's store is asked: one predicate, parameters bound, NOT worked into the leaves. */
import { NEGATED } from '../../grammar/comparison.ts';
import type { Attribute, Comparison, Predicate, Value } from '../../grammar/ast.ts';
import { and, comparison, constant, inList, literal, not, or } from '../../grammar/nodes.ts';
import { hasAny } from '../data/attribute.ts';
import { type Leaf, bindLeaf, negatedLeaf, scalarOf } from '../query/sets/bind.ts';
import { foldComparison } from '../query/sets/leaf-sets.ts';

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
  return kind === 'and' ? and(listed(left, true)) : or(listed(left, false));
}

/** `a = 1 OR a = 2` as `a IN (1, 2)`, and `a != 1 AND a != 2` (`negated`) as NOT IN: thousands of them become one term. */
function listed(terms: readonly Predicate[], negated: boolean): readonly Predicate[] {
  const lists = new Map<string, Value[]>();
  const merged: (Predicate | { readonly attribute: Attribute; readonly values: Value[] })[] = [];
  for (const term of terms) {
    const point = pointsOf(term, negated);
    const known = point && lists.get(point.attribute.text);
    if (point === undefined) merged.push(term);
    else if (known !== undefined) for (const value of point.values) known.push(value);
    else {
      const values = [...point.values];
      lists.set(point.attribute.text, values);
      merged.push({ attribute: point.attribute, values });
    }
  }
  return merged.map((term) => {
    if ('kind' in term) return term;
    const [only] = term.values;
    return term.values.length === 1
      ? comparison(term.attribute, negated ? '!=' : '=', only!)
      : inList(term.attribute, term.values, negated);
  });
}

/** The values that a term says its attribute is one of, or, `negated`, is none of. */
function pointsOf(term: Predicate, negated: boolean): { readonly attribute: Attribute; readonly values: readonly Value[] } | undefined {
  if (term.kind === 'in' && term.negated === negated && term.values.length > 0 && !hasAny(term.attribute)) return term;
  if (term.kind !== 'comparison' || term.operator !== (negated ? '!=' : '=')) return undefined;
  const { left, right } = term;
  if (left.kind === 'attribute' && right.kind !== 'attribute') return hasAny(left) ? undefined : { attribute: left, values: [right] };
  return right.kind === 'attribute' && left.kind !== 'attribute' && !hasAny(right) ? { attribute: right, values: [left] } : undefined;
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
