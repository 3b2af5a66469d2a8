/**
 * AST to canonical SQL: keywords in capitals, one space, parentheses only where the tree needs them. `parse(print(ast))` gives the tree back.
 *
 * Exceptions, which mean the same but are spelt by another literal: a Date becomes ISO text, NaN and the infinities quoted text, a small bigint a
 * number. `instance-of` has no text in the language; what is printed for it is for reading only.
 *
 * Nothing here calls itself: trees may be tens of thousands deep.
 */
import type { Operand, Predicate, Scalar } from './ast.ts';

/** Canonical text. Cost: linear. */
export function print(predicate: Predicate): string {
  const parts: string[] = [];
  const due: (Predicate | string)[] = [predicate];
  while (due.length > 0) {
    const next = due.pop()!;
    if (typeof next === 'string') parts.push(next);
    else if (next.kind === 'and' || next.kind === 'or') pushChain(due, next.kind, next.terms);
    else if (next.kind === 'not') due.push(...bracketed(next.term, isChain(next.term)), 'NOT ');
    else parts.push(printLeaf(next));
  }
  return parts.join('');
}

/** A scalar as a literal of the language. */
export function printScalar(value: Scalar): string {
  if (value === null) return 'NULL';
  switch (typeof value) {
    case 'string':
      return quoted(value);
    case 'boolean':
      return value ? 'TRUE' : 'FALSE';
    case 'bigint':
      return String(value);
    case 'number':
      return printNumber(value);
    default:
      return Number.isNaN(value.getTime()) ? quoted('Invalid Date') : quoted(value.toISOString());
  }
}

/** Terms in reverse, for what is pushed last comes first. */
function pushChain(due: (Predicate | string)[], kind: 'and' | 'or', terms: readonly Predicate[]): void {
  const joint = kind === 'and' ? ' AND ' : ' OR ';
  for (let i = terms.length - 1; i >= 0; i--) {
    const term = terms[i]!;
    due.push(...bracketed(term, kind === 'and' ? isChain(term) : term.kind === 'or'));
    if (i > 0) due.push(joint);
  }
}

function bracketed(term: Predicate, brackets: boolean): (Predicate | string)[] {
  return brackets ? [')', term, '('] : [term];
}

function isChain(term: Predicate): boolean {
  return term.kind === 'and' || term.kind === 'or';
}

type Leaf = Exclude<Predicate, { readonly kind: 'and' | 'or' | 'not' }>;

function printLeaf(leaf: Leaf): string {
  switch (leaf.kind) {
    case 'constant':
      return leaf.value ? 'TRUE' : 'FALSE';
    case 'truth':
      return leaf.attribute.text;
    case 'comparison':
      return `${printOperand(leaf.left)} ${leaf.operator} ${printOperand(leaf.right)}`;
    case 'between':
      return `${leaf.attribute.text} ${not(leaf)}BETWEEN ${printOperand(leaf.low)} AND ${printOperand(leaf.high)}`;
    case 'in':
      return `${leaf.attribute.text} ${not(leaf)}IN (${leaf.values.map(printOperand).join(', ')})`;
    case 'like': {
      const escape = leaf.escape === '\\' ? '' : ` ESCAPE ${quoted(leaf.escape)}`;
      return `${leaf.attribute.text} ${not(leaf)}${leaf.insensitive ? 'ILIKE' : 'LIKE'} ${printOperand(leaf.pattern)}${escape}`;
    }
    case 'regex':
      return `${leaf.attribute.text} ${not(leaf)}REGEX ${printOperand(leaf.pattern)}`;
    case 'is-null':
      return `${leaf.attribute.text} IS ${not(leaf)}NULL`;
    case 'is-distinct':
      return `${leaf.attribute.text} IS ${not(leaf)}DISTINCT FROM ${printOperand(leaf.value)}`;
    case 'is-truth':
      return `${leaf.attribute.text} IS ${not(leaf)}${leaf.value ? 'TRUE' : 'FALSE'}`;
    case 'instance-of':
      return `INSTANCE OF ${typeof leaf.type === 'string' ? leaf.type : leaf.type.name}`;
  }
}

function not({ negated }: { readonly negated: boolean }): string {
  return negated ? 'NOT ' : '';
}

function printOperand(operand: Operand): string {
  if (operand.kind === 'attribute') return operand.text;
  if (operand.kind === 'literal') return printScalar(operand.value);
  return operand.name === undefined ? '?' : `:${operand.name}`;
}

/** An integer beyond the safe ones is written with an exponent: its digits alone would be read as a bigint. */
function printNumber(value: number): string {
  if (!Number.isFinite(value)) return quoted(String(value));
  if (Object.is(value, -0)) return '0';
  return Number.isInteger(value) && !Number.isSafeInteger(value) ? value.toExponential() : String(value);
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
