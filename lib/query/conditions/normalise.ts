/**
 * From an AST and its parameters to a Condition, the form that is planned and run.
 *
 * NOT goes down to the leaves (De Morgan's laws hold in three-valued logic), where it picks the other one of a leaf's two sets: true or false.
 * From there on everything is two-valued. On the way back each AND and OR is flattened, its constants are folded, conditions on the same attribute
 * become one by intersecting or uniting their sets, and what says the same twice goes.
 *
 * Works with a stack of its own: neither 8,000 terms nor 3,000 nested levels cost more than their number, or any depth of calls.
 */
import { MIRRORED, NEGATED } from '../../../grammar/comparison.ts';
import type { Comparison, Predicate } from '../../../grammar/ast.ts';
import { hasAny } from '../../data/attribute.ts';
import { AttributeTerm } from './attribute-term.ts';
import { type Leaf, scalarOf } from '../sets/bind.ts';
import type { Condition, ConstantCondition } from './condition.ts';
import { EntryTerm, attributesTerm, elementsTerm, instanceTerm } from './entry-term.ts';
import { type AttributeLeaf, foldComparison, leafSet } from '../sets/leaf-sets.ts';
import { intersect, isEmpty, isEverything, union } from '../sets/value-sets.ts';

const TRUE: ConstantCondition = Object.freeze({ kind: 'constant', value: true });
const FALSE: ConstantCondition = Object.freeze({ kind: 'constant', value: false });

/** An AND or OR whose terms are being collected. */
interface Group {
  readonly kind: 'all' | 'any';
  readonly terms: Condition[];
  readonly parent: Group | undefined;
}
interface Task {
  readonly node: Predicate;
  readonly negated: boolean;
  readonly group: Group;
}

/**
 * What the predicate means, for entries of which it is *true*. `parameters` by their index.
 * Throws PredicateParametersError for missing ones, PredicateSyntaxError for a REGEX pattern that is none. About 1 us for two comparisons.
 */
export function normalise(ast: Predicate, parameters: readonly unknown[] = []): Condition {
  const root: Group = { kind: 'all', terms: [], parent: undefined };
  const work: (Task | Group)[] = [{ node: ast, negated: false, group: root }];
  for (let next = work.pop(); next !== undefined; next = work.pop()) {
    if ('terms' in next) {
      next.parent?.terms.push(combine(next));
      continue;
    }
    let { node, negated, group } = next;
    for (; node.kind === 'not'; node = node.term) negated = !negated;
    if (node.kind !== 'and' && node.kind !== 'or') {
      group.terms.push(leafCondition(node, negated, parameters));
      continue;
    }
    const kind = (node.kind === 'and') !== negated ? 'all' : 'any';
    if (kind !== group.kind) {
      group = { kind, terms: [], parent: group };
      work.push(group); // Comes up again when all its terms are done.
    }
    for (let i = node.terms.length - 1; i >= 0; i--) work.push({ node: node.terms[i]!, negated, group });
  }
  return combine(root);
}

function leafCondition(leaf: Leaf, negated: boolean, parameters: readonly unknown[]): Condition {
  switch (leaf.kind) {
    case 'constant':
      return leaf.value !== negated ? TRUE : FALSE;
    case 'instance-of':
      return instanceTerm(leaf, negated);
    case 'comparison':
      return comparisonCondition(leaf, negated, parameters);
    default:
      return attributeCondition(leaf, negated, parameters);
  }
}

function comparisonCondition(leaf: Comparison, negated: boolean, parameters: readonly unknown[]): Condition {
  const { operator, left, right } = leaf;
  if (left.kind === 'attribute') {
    if (right.kind === 'attribute') return attributesTerm(leaf, left, right, negated);
    return attributeCondition({ kind: 'comparison', operator, left, right }, negated, parameters);
  }
  if (right.kind === 'attribute') {
    return attributeCondition({ kind: 'comparison', operator: MIRRORED[operator], left: right, right: left }, negated, parameters);
  }
  const isTrue = foldComparison(negated ? NEGATED[operator] : operator, scalarOf(left, parameters), scalarOf(right, parameters));
  return isTrue ? TRUE : FALSE;
}

function attributeCondition(leaf: AttributeLeaf, negated: boolean, parameters: readonly unknown[]): Condition {
  const attribute = leaf.kind === 'comparison' ? leaf.left : leaf.attribute;
  if (hasAny(attribute)) return elementsTerm(leaf, attribute, negated, parameters);
  return withoutExtremes(new AttributeTerm(attribute, leafSet(leaf, negated, parameters), { leaf, negated, parameters }));
}

function withoutExtremes(term: AttributeTerm): AttributeTerm | ConstantCondition {
  if (isEmpty(term.set)) return FALSE;
  return isEverything(term.set) ? TRUE : term;
}

/** One condition from the terms of an AND or OR. Keeps their order; merged conditions stand where the first of them stood. */
function combine({ kind, terms }: Group): Condition {
  const absorbing = kind === 'any'; // TRUE decides an OR, FALSE an AND.
  const merged: Condition[] = [];
  for (const each of grouped(kind, terms)) {
    const term = Array.isArray(each) ? merge(kind, each) : each;
    if (term.kind !== 'constant') merged.push(term);
    else if (term.value === absorbing) return term;
  }
  const [only] = merged;
  if (only === undefined) return absorbing ? FALSE : TRUE;
  return merged.length === 1 ? only : { kind, terms: merged };
}

/** The terms, those about one attribute together; what needs the entry and says the same twice is left out once. */
function grouped(kind: Group['kind'], terms: readonly Condition[]): (Condition | AttributeTerm[])[] {
  const result: (Condition | AttributeTerm[])[] = [];
  const byAttribute = new Map<string, AttributeTerm[]>();
  const known = new Set<unknown>();
  for (const term of flattened(kind, terms)) {
    if (term instanceof AttributeTerm) {
      const { text } = term.attribute;
      const same = byAttribute.get(text);
      if (same !== undefined) {
        same.push(term);
        continue;
      }
      const group = [term];
      byAttribute.set(text, group);
      result.push(group);
    } else if (!(term instanceof EntryTerm)) {
      result.push(term);
    } else if (!known.has(term.identity)) {
      known.add(term.identity);
      result.push(term);
    }
  }
  return result;
}

/** Terms of the same kind, which folding can leave behind, opened. */
function flattened(kind: Group['kind'], terms: readonly Condition[]): readonly Condition[] {
  if (!terms.some((term) => term.kind === kind)) return terms;
  return terms.flatMap((term): readonly Condition[] => (term.kind === kind ? term.terms : [term]));
}

/** One condition for all that an AND or OR says about one attribute. */
function merge(kind: Group['kind'], terms: readonly AttributeTerm[]): AttributeTerm | ConstantCondition {
  const [first] = terms;
  if (first === undefined) throw new RangeError('nothing to merge');
  if (terms.length === 1) return first;
  const word = kind === 'all' ? 'AND' : 'OR';
  const sets = terms.map((term) => term.set);
  const parts = terms.flatMap(({ source }) => ('parts' in source && source.word === word ? source.parts : [source]));
  return withoutExtremes(new AttributeTerm(first.attribute, kind === 'all' ? intersect(sets) : union(sets), { word, parts }));
}
