/**
 * From an AST to its canonical SQL: one text for one tree, with no more parentheses, quotes and words than it takes.
 *
 * `parse(print(ast))` is `ast` again for every tree that `nodes.ts` can make, but for what has no text and is printed for people only: `instance-of`,
 * comparisons with NULL, invalid Dates, halves of surrogate pairs, parameters that are not numbered in the order of the text.
 */
import type { Like, Operand, Predicate } from './ast.ts';
import { writeLiteral } from './literals.ts';
import { enquote } from './quoted.ts';

type Group = Extract<Predicate, { readonly kind: 'and' | 'or' }>;
type Leaf = Exclude<Predicate, { readonly kind: 'and' | 'or' | 'not' }>;

/** Writes a predicate as SQL, in time linear to the text. */
export function print(predicate: Predicate): string {
  const printer = new Printer();
  printer.print(predicate);
  return printer.text;
}

/** How tightly a node holds together; one that stands where a tighter one is due needs parentheses. */
const TIGHTNESS = { or: 1, and: 2, not: 3, leaf: 4 } as const;

function tightness({ kind }: Predicate): number {
  return kind === 'or' || kind === 'and' || kind === 'not' ? TIGHTNESS[kind] : TIGHTNESS.leaf;
}

class Printer {
  text = '';
  /** What is still to be printed, the next thing last: a stack of its own, so that depth costs no calls. */
  readonly #waiting: (string | Predicate)[] = [];
  /** Positional parameters so far. */
  #positions = 0;

  print(root: Predicate): void {
    this.#waiting.push(root);
    for (let next = this.#waiting.pop(); next !== undefined; next = this.#waiting.pop()) {
      if (typeof next === 'string') this.text += next;
      else if (next.kind === 'and' || next.kind === 'or') this.#group(next);
      else if (next.kind === 'not') {
        this.text += 'NOT ';
        this.#within(TIGHTNESS.not, next.term);
      } else this.text += this.#leaf(next);
    }
  }

  /** A group in a group of its own kind keeps its parentheses: it is another tree than the flat one. */
  #group({ kind, terms }: Group): void {
    if (terms.length === 0) this.text += kind === 'and' ? 'TRUE' : 'FALSE';
    for (let i = terms.length - 1; i >= 0; i--) {
      this.#within(terms.length === 1 ? 0 : TIGHTNESS[kind] + 1, terms[i]!);
      if (i > 0) this.#waiting.push(kind === 'and' ? ' AND ' : ' OR ');
    }
  }

  #within(least: number, node: Predicate): void {
    if (tightness(node) >= least) this.#waiting.push(node);
    else this.#waiting.push(')', node, '(');
  }

  #leaf(leaf: Leaf): string {
    switch (leaf.kind) {
      case 'constant':
        return leaf.value ? 'TRUE' : 'FALSE';
      case 'instance-of':
        return `INSTANCE OF ${typeof leaf.type === 'string' ? leaf.type : leaf.type.name}`;
      case 'comparison':
        return `${this.#operand(leaf.left)} ${leaf.operator} ${this.#operand(leaf.right)}`;
      default:
        return leaf.attribute.text + this.#test(leaf);
    }
  }

  /** What follows the attribute. */
  #test(leaf: Exclude<Leaf, { readonly kind: 'constant' | 'instance-of' | 'comparison' }>): string {
    if (leaf.kind === 'truth') return '';
    const not = leaf.negated ? ' NOT' : '';
    switch (leaf.kind) {
      case 'between':
        return `${not} BETWEEN ${this.#operand(leaf.low)} AND ${this.#operand(leaf.high)}`;
      case 'in':
        return `${not} IN (${leaf.values.map((value) => this.#operand(value)).join(', ')})`;
      case 'like':
        return `${not} ${leaf.insensitive ? 'ILIKE' : 'LIKE'} ${this.#operand(leaf.pattern)}${escapeOf(leaf)}`;
      case 'regex':
        return `${not} REGEX ${this.#operand(leaf.pattern)}`;
      case 'is-null':
        return ` IS${not} NULL`;
      case 'is-distinct':
        return ` IS${not} DISTINCT FROM ${this.#operand(leaf.value)}`;
      case 'is-truth':
        return ` IS${not} ${leaf.value ? 'TRUE' : 'FALSE'}`;
    }
  }

  #operand(operand: Operand): string {
    if (operand.kind === 'attribute') return operand.text;
    if (operand.kind === 'literal') return writeLiteral(operand.value);
    if (operand.name !== undefined) return `:${operand.name}`;
    // One out of turn gets its number, so that two trees never share a text.
    return operand.index === this.#positions++ ? '?' : `?${operand.index + 1}`;
  }
}

function escapeOf({ escape }: Like): string {
  return escape === '\\' ? '' : ` ESCAPE ${enquote(escape, "'")}`;
}
