/** The same predicate with its parameters counted from another number, for when two predicates become one. */
import type { And, Not, Operand, Or, Predicate, Value } from '../../../grammar/ast.ts';
import { and, between, comparison, inList, isDistinct, like, not, or, parameter, regex } from '../../../grammar/nodes.ts';
import type { Leaf } from '../sets/bind.ts';

type Group = And | Or | Not;

/** A group of which the first terms are renumbered. */
interface Unfinished {
  readonly group: Group;
  readonly terms: Predicate[];
}

/**
 * `root` with `offset` parameters before its own, which lose their names: two texts may mean different things by one name.
 * Works with a stack of its own, for predicates may be nested deeper than calls may be. Cost: the number of nodes.
 */
export function renumber(root: Predicate, offset: number): Predicate {
  const open: Unfinished[] = [];
  let node = root;
  for (;;) {
    if (isGroup(node)) {
      open.push({ group: node, terms: [] });
    } else {
      const whole = close(open, renumberLeaf(node, offset));
      if (whole !== undefined) return whole;
    }
    const { group, terms } = open.at(-1)!;
    node = termsOf(group)[terms.length]!;
  }
}

/** Adds a finished term, finishing every group it completes; the whole predicate once none is open. */
function close(open: Unfinished[], term: Predicate): Predicate | undefined {
  let done = term;
  for (let last = open.at(-1); last !== undefined; last = open.at(-1)) {
    last.terms.push(done);
    if (last.terms.length < termsOf(last.group).length) return undefined;
    done = rebuild(last);
    open.pop();
  }
  return done;
}

function isGroup(node: Predicate): node is Group {
  return node.kind === 'not' || ((node.kind === 'and' || node.kind === 'or') && node.terms.length > 0);
}

function termsOf(group: Group): readonly Predicate[] {
  return group.kind === 'not' ? [group.term] : group.terms;
}

function rebuild({ group, terms }: Unfinished): Predicate {
  if (group.kind === 'not') return not(terms[0]!);
  return group.kind === 'and' ? and(terms) : or(terms);
}

function renumberLeaf(leaf: Leaf | And | Or, offset: number): Predicate {
  const value = (old: Value): Value => (old.kind === 'parameter' ? parameter(old.index + offset) : old);
  const operand = (old: Operand): Operand => (old.kind === 'attribute' ? old : value(old));
  switch (leaf.kind) {
    case 'comparison':
      return comparison(operand(leaf.left), leaf.operator, operand(leaf.right));
    case 'between':
      return between(leaf.attribute, value(leaf.low), value(leaf.high), leaf.negated);
    case 'in':
      return inList(leaf.attribute, leaf.values.map(value), leaf.negated);
    case 'like':
      return like(leaf.attribute, value(leaf.pattern), leaf);
    case 'regex':
      return regex(leaf.attribute, value(leaf.pattern), leaf.negated);
    case 'is-distinct':
      return isDistinct(leaf.attribute, value(leaf.value), leaf.negated);
    default:
      return leaf;
  }
}
