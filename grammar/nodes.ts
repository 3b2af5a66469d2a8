/** Constructors of AST nodes. All freeze what they make; lists are frozen in place, so hand over a list nobody else has. */
import type { And, Attribute, Literal, Not, Or, Parameter, PathStep, Predicate, Scalar } from './ast.ts';
import { isPlainName, isPlainStep } from './tokens.ts';

export function and(terms: readonly Predicate[]): And {
  return Object.freeze({ kind: 'and', terms: Object.freeze(terms) });
}

export function or(terms: readonly Predicate[]): Or {
  return Object.freeze({ kind: 'or', terms: Object.freeze(terms) });
}

export function not(term: Predicate): Not {
  return Object.freeze({ kind: 'not', term });
}

export function literal(value: Scalar): Literal {
  return Object.freeze({ kind: 'literal', value });
}

export function parameter(index: number, name?: string): Parameter {
  return Object.freeze({ kind: 'parameter', index, name });
}

/** The attribute at these steps; its text is the canonical spelling. No steps: the whole value (`this`) or key (`__key`). */
export function attribute(root: Attribute['root'], steps: readonly PathStep[]): Attribute {
  return Object.freeze({ kind: 'attribute', root, steps: Object.freeze(steps), text: spell(root, steps) });
}

function spell(root: Attribute['root'], steps: readonly PathStep[]): string {
  const [first] = steps;
  if (root === 'value' && first?.kind === 'name') return `${spellFirst(first.name)}${spellRest(steps.slice(1))}`;
  return `${root === 'key' ? '__key' : 'this'}${spellRest(steps)}`;
}

function spellFirst(name: string): string {
  return isPlainName(name) && name !== 'this' && name !== '__key' ? name : quoted(name);
}

function spellRest(steps: readonly PathStep[]): string {
  return steps.map(spellStep).join('');
}

function spellStep(step: PathStep): string {
  if (step.kind === 'element') return `[${step.index}]`;
  if (step.kind === 'any') return '[any]';
  return `.${isPlainStep(step.name) ? step.name : quoted(step.name)}`;
}

function quoted(name: string): string {
  return `\`${name.replaceAll('`', '``')}\``;
}
