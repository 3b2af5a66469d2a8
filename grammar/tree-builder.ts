/**
 * Builds the AST while the parser reads.
 *
 * AND, OR, NOT and parentheses are read as a flat run of words and put into a tree here, with a chain of open groups instead of recursion (the
 * idea of Dijkstra's shunting-yard algorithm, with lists of terms where that has binary operators). So depth costs no calls, and time stays
 * linear. Each group holds the terms of its OR that are complete, the terms of the AND it is in, and how many NOTs await the next term:
 *
 *     a OR NOT b AND (…      group 0: ors [a], ands [NOT b]      group 1, open: ors [], ands []
 *
 * Every method takes any token, also one that is none: chevrotain calls them all while it records the grammar.
 */
import type { IToken } from 'chevrotain';
import type { Attribute, ComparisonOperator, Literal, Operand, Parameter, Predicate } from './ast.ts';
import { attributeOf, beyondLists } from './attribute-path.ts';
import { readNumber, readTyped } from './literals.ts';
import { and, comparison, literal, not, or, parameter } from './nodes.ts';
import { type Finding, shorten } from './problems.ts';
import { unquote } from './quoted.ts';

/** Most parentheses and NOTs that may be open at one place. */
export const DEPTH_MAX = 100_000;

interface Group {
  /** Its parenthesis; undefined for the whole predicate. */
  readonly opening: IToken | undefined;
  readonly outer: Group | undefined;
  readonly ors: Predicate[];
  ands: Predicate[];
  nots: number;
}

const OPERATORS: ReadonlyMap<string, ComparisonOperator> = new Map([
  ['=', '='],
  ['==', '='],
  ['!=', '!='],
  ['<>', '!='],
  ['<', '<'],
  ['<=', '<='],
  ['>', '>'],
  ['>=', '>='],
]);

const NULL: Literal = literal(null);
const TRUE: Literal = literal(true);
const FALSE: Literal = literal(false);

export class TreeBuilder {
  /** What is wrong with words that stand in the right place. */
  readonly findings: Finding[] = [];
  /** Names of the parameters by index; undefined for a `?`. */
  readonly parameters: (string | undefined)[] = [];
  /** Parentheses and NOTs that are open. */
  depth = 0;
  #group: Group = openGroup(undefined, undefined);
  #named: Map<string, Parameter> | undefined;

  // ---- groups

  not(token: IToken): void {
    this.#deepen(token);
    this.#group.nots++;
  }

  open(token: IToken): void {
    this.#deepen(token);
    this.#group = openGroup(this.#group, token);
  }

  term(term: Predicate): void {
    const group = this.#group;
    let whole = term;
    for (; group.nots > 0; group.nots--, this.depth--) whole = not(whole);
    group.ands.push(whole);
  }

  or(_token: IToken): void {
    this.#group.ors.push(and(this.#group.ands));
    this.#group.ands = [];
  }

  close(token: IToken): void {
    const closed = this.#group;
    if (closed.outer === undefined) {
      this.#find(token, "one ')' too many");
      return;
    }
    this.#group = closed.outer;
    this.depth--;
    this.term(predicateOf(closed));
  }

  /** The whole predicate. To be asked for once, at the end. */
  finish(): Predicate {
    const { opening } = this.#group;
    if (opening !== undefined) this.#find(opening, "'(' is never closed", ["')'"]);
    return predicateOf(this.#group);
  }

  #deepen(token: IToken): void {
    this.depth++;
    if (this.depth === DEPTH_MAX + 1) this.#find(token, `more than ${DEPTH_MAX} parentheses and NOTs are open here`);
  }

  // ---- operands

  attribute(token: IToken): Attribute {
    const attribute = attributeOf(token.image);
    const odd = beyondLists(attribute);
    if (odd !== undefined) this.#find(token, odd);
    return attribute;
  }

  null(): Literal {
    return NULL;
  }

  truth(value: boolean): Literal {
    return value ? TRUE : FALSE;
  }

  text(token: IToken): Literal {
    return literal(unquote(token.image));
  }

  number(token: IToken): Literal {
    const value = readNumber(token.image);
    if (value === undefined) this.#find(token, `${shorten(token.image)} is beyond what a number can hold`);
    return literal(value ?? 0);
  }

  typed(token: IToken): Literal {
    const result = readTyped(token.image);
    if (result.wrong === undefined) return literal(result.value);
    this.#find(token, result.wrong);
    return NULL;
  }

  /** A `?`. */
  position(token: IToken): Parameter {
    return this.#parameter(token, undefined);
  }

  /** A `:name`, which may stand in several places and is one parameter. */
  name(token: IToken): Parameter {
    const name = token.image.slice(1);
    this.#named ??= new Map();
    let known = this.#named.get(name);
    if (known === undefined) {
      known = this.#parameter(token, name);
      this.#named.set(name, known);
    }
    return known;
  }

  #parameter(token: IToken, name: string | undefined): Parameter {
    const index = this.parameters.push(name) - 1;
    if ((this.parameters[0] === undefined) !== (name === undefined)) this.#find(token, "'?' and ':name' can't be mixed");
    return parameter(index, name);
  }

  // ---- tests

  comparison(left: Operand, token: IToken, right: Operand): Predicate {
    const operator = OPERATORS.get(token.image) ?? '=';
    if (left === NULL || right === NULL) {
      const instead = operator === '=' ? 'write IS NULL: ' : operator === '!=' ? 'write IS NOT NULL: ' : '';
      this.#find(token, `${instead}a comparison with NULL is never true`);
    }
    return comparison(left, operator, right);
  }

  /** The character of `ESCAPE 'c'`; none at all is one too. */
  escape(token: IToken): string {
    const escape = unquote(token.image);
    const [first = ''] = escape;
    if (escape.length > first.length) this.#find(token, 'ESCAPE takes one character');
    return first;
  }

  #find({ startOffset, image }: IToken, message: string, expected: readonly string[] = []): void {
    this.findings.push({ offset: startOffset, length: image.length, message, expected });
  }
}

function openGroup(outer: Group | undefined, opening: IToken | undefined): Group {
  return { opening, outer, ors: [], ands: [], nots: 0 };
}

function predicateOf({ ors, ands }: Group): Predicate {
  const last = and(ands);
  if (ors.length === 0) return last;
  ors.push(last);
  return or(ors);
}
