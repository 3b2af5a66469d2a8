/**
 * The chevrotain parser of predicates.
 *
 *     predicate  = or
 *     or         = and ("OR" and)*
 *     and        = not ("AND" not)*
 *     not        = "NOT"* ("(" or ")" | condition)
 *     condition  = attribute [test]                           -- alone: a boolean attribute
 *                | value comparator operand                   -- TRUE and FALSE may also stand alone
 *     test       = comparator operand
 *                | ["NOT"] "BETWEEN" (value "AND" value | "(" value "," value ")")
 *                | ["NOT"] "IN" "(" value ("," value)* ")"
 *                | ["NOT"] ("LIKE" | "ILIKE") pattern ["ESCAPE" text]
 *                | ["NOT"] "REGEX" pattern
 *                | "IS" ["NOT"] ("NULL" | "TRUE" | "FALSE" | "DISTINCT" "FROM" value)
 *     comparator = "=" | "==" | "!=" | "<>" | "<" | "<=" | ">" | ">="
 *     operand    = attribute | value
 *     value      = number | text | "TRUE" | "FALSE" | "NULL" | parameter
 *     pattern    = text | parameter
 *     parameter  = "?" | ":name"
 *     attribute  = (name | `name`) step* | "this" step* | "__key" step*
 *     step       = "." (word | `name`) | "[" digits "]" | "[any]"
 *     text       = 'text' | "text"                            -- a doubled quote stands for itself, a backslash for itself
 *
 * The upper half, down to `not`, has no rules: parentheses and NOT may be nested tens of thousands deep, and a recursive descent would
 * run out of stack. The rule `predicate` reads the words in a flat loop and leaves precedence to a `ConditionStack`.
 */
import { EmbeddedActionsParser, EOF, tokenMatcher, type IRecognitionException, type IToken, type TokenType } from 'chevrotain';
import type { Attribute, ComparisonOperator, Operand, PathStep, Predicate, Value } from './ast.ts';
import { ConditionStack } from './condition-stack.ts';
import { attribute, literal } from './nodes.ts';
import { Parameters } from './parameters.ts';
import { parserMessages } from './parser-messages.ts';
import { Refusal } from './refusal.ts';
import * as t from './tokens.ts';
import { elementOf, nameOf, numberOf, textOf } from './words.ts';

const { AND, OR, NOT, IN, LIKE, ILIKE, REGEX, BETWEEN, IS, NULL, TRUE, FALSE, ESCAPE, DISTINCT, FROM } = t.KEYWORDS;

const MIRRORED: Readonly<Record<string, ComparisonOperator>> = { '=': '=', '!=': '!=', '<': '>', '<=': '>=', '>': '<', '>=': '<=' };

/** What follows the left side of a comparison. */
interface Compared {
  readonly word: IToken;
  readonly right: Operand;
}

/** One instance serves all: it keeps nothing between two texts but its tables. */
export class SqlParser extends EmbeddedActionsParser {
  readonly predicate: () => Predicate | undefined;
  readonly attribute: () => Attribute;
  readonly #condition: () => Predicate;
  readonly #value: () => Value;
  readonly #list: () => Value[];
  readonly #pattern: () => Value;
  readonly #step: () => PathStep;
  readonly #compared: () => Compared;
  #parameters = new Parameters();
  #stack = new ConditionStack();

  constructor() {
    super(t.TOKENS, { maxLookahead: 2, recoveryEnabled: false, errorMessageProvider: parserMessages });
    this.#step = this.#stepRule();
    this.attribute = this.#attributeRule();
    this.#value = this.#valueRule();
    this.#list = this.#listRule();
    this.#pattern = this.#patternRule();
    this.#compared = this.#comparedRule();
    this.#condition = this.#conditionRule();
    this.predicate = this.#predicateRule();
    this.performSelfAnalysis();
  }

  /** Takes the words of another text; forgets the former one. */
  begin(tokens: IToken[]): void {
    this.input = tokens;
    this.#parameters = new Parameters();
    this.#stack = new ConditionStack();
  }

  get parameters(): Parameters {
    return this.#parameters;
  }

  /** Why the parser stopped before the end, if it did. */
  get stop(): IRecognitionException | undefined {
    return this.errors[0];
  }

  /** What may come where the flat loop stopped. */
  get expected(): readonly string[] {
    return this.#stack.expected;
  }

  #predicateRule(): () => Predicate | undefined {
    return this.RULE('predicate', () => {
      const wants = (): boolean => this.#stack.wantsOperand;
      const has = (): boolean => !this.#stack.wantsOperand;
      this.MANY(() =>
        this.OR1([
          { GATE: wants, ALT: () => this.#noted(this.CONSUME(t.LeftParen), (word) => this.#stack.open(word)) },
          { GATE: wants, ALT: () => this.#noted(this.CONSUME(NOT), (word) => this.#stack.negate(word)) },
          { GATE: () => has() && this.#stack.isOpen, ALT: () => this.#noted(this.CONSUME(t.RightParen), () => this.#stack.close()) },
          { GATE: has, ALT: () => this.#noted(this.CONSUME(AND), () => this.#stack.and()) },
          { GATE: has, ALT: () => this.#noted(this.CONSUME(OR), () => this.#stack.or()) },
          {
            GATE: wants,
            ALT: () => {
              const condition = this.SUBRULE(this.#condition);
              this.ACTION(() => this.#stack.operand(condition));
            },
          },
        ]),
      );
      return this.ACTION(() => (tokenMatcher(this.LA(1), EOF) ? this.#stack.finish() : undefined));
    });
  }

  #noted(word: IToken, note: (word: IToken) => void): void {
    this.ACTION(() => note(word));
  }

  #conditionRule(): () => Predicate {
    return this.RULE('condition', () =>
      this.OR1([
        {
          ALT: () => {
            const left = this.SUBRULE(this.attribute);
            return this.OPTION1({ DEF: () => this.#test(left) }) ?? this.ACTION(() => Object.freeze({ kind: 'truth', attribute: left }));
          },
        },
        { ALT: () => this.#comparisonOfValue() },
      ]),
    );
  }

  #comparisonOfValue(): Predicate {
    const first = this.LA(1);
    const left = this.SUBRULE(this.#value);
    const compared = this.OPTION2(() => this.SUBRULE1(this.#compared));
    return this.ACTION((): Predicate => {
      if (compared !== undefined) return comparison(left, compared);
      if (left.kind === 'literal' && typeof left.value === 'boolean') return Object.freeze({ kind: 'constant', value: left.value });
      throw new Refusal(this.LA(1), 'expected a comparison', ['=', '!=', '<', '<=', '>', '>='], first);
    });
  }

  #test(left: Attribute): Predicate {
    return this.OR2([
      {
        ALT: () => {
          const compared = this.SUBRULE2(this.#compared);
          return this.ACTION(() => comparison(left, compared));
        },
      },
      { ALT: () => this.#isTest(left) },
      { ALT: () => this.#wordTest(left) },
    ]);
  }

  #comparedRule(): () => Compared {
    return this.RULE('compared', () => {
      const word = this.CONSUME(t.Comparator);
      const right = this.OR({
        DEF: [{ ALT: () => this.SUBRULE(this.attribute) }, { ALT: () => this.SUBRULE(this.#value) }],
        ERR_MSG: 'a value or an attribute',
      });
      return { word, right };
    });
  }

  #isTest(left: Attribute): Predicate {
    this.CONSUME(IS);
    const negated = this.OPTION3(() => this.CONSUME2(NOT)) !== undefined;
    return this.OR4({
      DEF: [
        { ALT: () => (this.CONSUME(NULL), Object.freeze<Predicate>({ kind: 'is-null', attribute: left, negated })) },
        { ALT: () => (this.CONSUME(TRUE), Object.freeze<Predicate>({ kind: 'is-truth', attribute: left, value: true, negated })) },
        { ALT: () => (this.CONSUME(FALSE), Object.freeze<Predicate>({ kind: 'is-truth', attribute: left, value: false, negated })) },
        {
          ALT: () => {
            this.CONSUME(DISTINCT);
            this.CONSUME(FROM, { ERR_MSG: 'FROM after DISTINCT' });
            const value = this.SUBRULE3(this.#value);
            return Object.freeze<Predicate>({ kind: 'is-distinct', attribute: left, value, negated });
          },
        },
      ],
      ERR_MSG: 'NULL, TRUE, FALSE or DISTINCT FROM after IS',
    });
  }

  #wordTest(left: Attribute): Predicate {
    const negated = this.OPTION4(() => this.CONSUME3(NOT)) !== undefined;
    return this.OR5({
      DEF: [
        { ALT: () => this.#between(left, negated) },
        {
          ALT: () => {
            this.CONSUME(IN);
            const values = this.SUBRULE(this.#list);
            return Object.freeze<Predicate>({ kind: 'in', attribute: left, values, negated });
          },
        },
        { ALT: () => this.#like(left, negated) },
        {
          ALT: () => {
            this.CONSUME(REGEX);
            const pattern = this.SUBRULE2(this.#pattern);
            return Object.freeze<Predicate>({ kind: 'regex', attribute: left, pattern, negated });
          },
        },
      ],
      ERR_MSG: 'BETWEEN, IN, LIKE, ILIKE or REGEX after NOT',
    });
  }

  #between(left: Attribute, negated: boolean): Predicate {
    this.CONSUME(BETWEEN);
    const bounds = this.OR6({
      DEF: [
        {
          ALT: () => {
            this.CONSUME2(t.LeftParen);
            const first = this.SUBRULE4(this.#value);
            this.CONSUME2(t.Comma, { ERR_MSG: "',' between the bounds of BETWEEN" });
            const second = this.SUBRULE5(this.#value);
            this.CONSUME2(t.RightParen, { ERR_MSG: "')' after the bounds of BETWEEN" });
            return [first, second] as const;
          },
        },
        {
          ALT: () => {
            const first = this.SUBRULE6(this.#value);
            this.CONSUME2(AND, { ERR_MSG: 'AND between the bounds of BETWEEN' });
            return [first, this.SUBRULE7(this.#value)] as const;
          },
        },
      ],
      ERR_MSG: 'a value after BETWEEN',
    });
    return this.ACTION(() => Object.freeze<Predicate>({ kind: 'between', attribute: left, low: bounds[0], high: bounds[1], negated }));
  }

  #like(left: Attribute, negated: boolean): Predicate {
    const word = this.OR7([{ ALT: () => this.CONSUME(LIKE) }, { ALT: () => this.CONSUME(ILIKE) }]);
    const pattern = this.SUBRULE(this.#pattern);
    const escape = this.OPTION5(() => {
      this.CONSUME(ESCAPE);
      const character = this.CONSUME(t.Text, { ERR_MSG: 'a character in quotes after ESCAPE' });
      return this.ACTION(() => escapeOf(character));
    });
    return this.ACTION(() => {
      const insensitive = tokenMatcher(word, ILIKE);
      return Object.freeze<Predicate>({ kind: 'like', attribute: left, pattern, escape: escape ?? '\\', insensitive, negated });
    });
  }

  #listRule(): () => Value[] {
    return this.RULE('list', () => {
      const values: Value[] = [];
      this.CONSUME(t.LeftParen, { ERR_MSG: "'(' after IN" });
      this.AT_LEAST_ONE_SEP({ SEP: t.Comma, DEF: () => values.push(this.SUBRULE(this.#value)), ERR_MSG: 'a value in the list of IN' });
      this.CONSUME(t.RightParen, { ERR_MSG: "',' or ')' in the list of IN" });
      return Object.freeze(values) as Value[];
    });
  }

  #valueRule(): () => Value {
    const alternatives = [
      this.#literal(t.Numeric, numberOf),
      this.#literal(t.Text, textOf),
      this.#literal(TRUE, () => true),
      this.#literal(FALSE, () => false),
      this.#literal(NULL, () => null),
      { ALT: () => this.#parameter(this.CONSUME(t.Positional)) },
      { ALT: () => this.#parameter(this.CONSUME(t.Named)) },
    ];
    return this.RULE('value', () => this.OR({ DEF: alternatives, ERR_MSG: 'a value' }));
  }

  #literal(word: TokenType, valueOf: (image: string) => string | number | bigint | boolean | null): { ALT: () => Value } {
    return {
      ALT: () => {
        const token = this.CONSUME(word);
        return this.ACTION(() => literal(valueOf(token.image)));
      },
    };
  }

  #parameter(word: IToken): Value {
    return this.ACTION(() => this.#parameters.take(word));
  }

  #patternRule(): () => Value {
    const alternatives = [
      this.#literal(t.Text, textOf),
      { ALT: () => this.#parameter(this.CONSUME(t.Positional)) },
      { ALT: () => this.#parameter(this.CONSUME(t.Named)) },
    ];
    return this.RULE('pattern', () => this.OR({ DEF: alternatives, ERR_MSG: 'a pattern in quotes' }));
  }

  #attributeRule(): () => Attribute {
    return this.RULE('attribute', () => {
      const first = this.OR({
        DEF: [{ ALT: () => this.CONSUME(t.Name) }, { ALT: () => this.CONSUME(t.QuotedName) }],
        ERR_MSG: 'an attribute',
      });
      const steps: PathStep[] = [];
      this.MANY(() => steps.push(this.SUBRULE(this.#step)));
      return this.ACTION(() => {
        if (first.image === '__key') return attribute('key', steps);
        if (first.image !== 'this') steps.unshift({ kind: 'name', name: nameOf(first.image) });
        return attribute('value', steps);
      });
    });
  }

  #stepRule(): () => PathStep {
    return this.RULE('step', () =>
      this.OR([
        {
          ALT: (): PathStep => {
            this.CONSUME(t.Dot);
            const name = this.OR2({
              DEF: [{ ALT: () => this.CONSUME(t.Word) }, { ALT: () => this.CONSUME(t.QuotedName) }],
              ERR_MSG: "a name after '.'",
            });
            return this.ACTION(() => ({ kind: 'name', name: nameOf(name.image) }));
          },
        },
        {
          ALT: (): PathStep => {
            this.CONSUME(t.LeftBracket);
            const index = this.OR3({
              DEF: [{ ALT: () => this.CONSUME(t.Numeric) }, { ALT: () => this.CONSUME(t.Name) }],
              ERR_MSG: "a number or 'any' between brackets",
            });
            this.CONSUME(t.RightBracket, { ERR_MSG: "']'" });
            return this.ACTION(() => elementOf(index));
          },
        },
      ]),
    );
  }
}

function comparison(left: Operand, { word, right }: Compared): Predicate {
  const operator = word.image === '==' ? '=' : word.image === '<>' ? '!=' : (word.image as ComparisonOperator);
  if (isNull(left) || isNull(right)) {
    const other = isNull(left) ? right : left;
    const spelt = other.kind === 'attribute' ? other.text : '…';
    const instead = operator === '!=' ? `${spelt} IS NOT NULL` : `${spelt} IS NULL`;
    throw new Refusal(word, `nothing is ${operator} NULL: write ${instead}`, ['IS NULL', 'IS NOT NULL']);
  }
  if (left.kind !== 'attribute' && right.kind === 'attribute') {
    return Object.freeze({ kind: 'comparison', operator: MIRRORED[operator]!, left: right, right: left });
  }
  return Object.freeze({ kind: 'comparison', operator, left, right });
}

function isNull(operand: Operand): boolean {
  return operand.kind === 'literal' && operand.value === null;
}

function escapeOf(word: IToken): string {
  const text = textOf(word.image);
  if (text !== '' && (text.codePointAt(0)! > 0xffff ? 2 : 1) !== text.length) {
    throw new Refusal(word, 'ESCAPE takes one character, or none', ["'\\'", "'!'", "''"]);
  }
  return text;
}
