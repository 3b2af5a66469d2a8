/** Visits the nodes of a predicate. */
import type { Operand, Predicate } from './ast.ts';

export type Node = Predicate | Operand;

/** Calls `visit` for every node in the order of the text, parents first. Works with a stack of its own: depth costs no calls. */
export function walk(root: Node, visit: (node: Node) => void): void {
  const waiting: Node[] = [root];
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    visit(node);
    const children = childrenOf(node);
    for (let i = children.length - 1; i >= 0; i--) waiting.push(children[i]!);
  }
}

const NONE: readonly Node[] = Object.freeze([]);

/** The nodes right below, in the order of the text. */
export function childrenOf(node: Node): readonly Node[] {
  switch (node.kind) {
    case 'and':
    case 'or':
      return node.terms;
    case 'not':
      return [node.term];
    case 'comparison':
      return [node.left, node.right];
    case 'between':
      return [node.attribute, node.low, node.high];
    case 'in':
      return [node.attribute, ...node.values];
    case 'like':
    case 'regex':
      return [node.attribute, node.pattern];
    case 'is-distinct':
      return [node.attribute, node.value];
    case 'is-null':
    case 'is-truth':
    case 'truth':
      return [node.attribute];
    case 'attribute':
    case 'literal':
    case 'parameter':
    case 'constant':
    case 'instance-of':
      return NONE;
  }
}
