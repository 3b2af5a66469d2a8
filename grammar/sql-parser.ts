/**
 * The grammar of predicates, in chevrotain's terms.
 *
 *     predicate  := condition ( (AND | OR) condition )*
 *     condition  := ( NOT | '(' )* test ')'*                          -- a tree-builder balances the parentheses and minds what binds tighter
 *     test       := attribute [ attributeTest ]                       -- alone: a boolean attribute
 *                 | (TRUE | FALSE) [ comparison ]                     -- alone: a constant
 *                 | otherValue comparison
 *     attributeTest := comparison
 *                 | [NOT] BETWEEN ( value AND value | '(' value ',' value ')' )
 *                 | [NOT] IN '(' value ( ',' value )* ')'
 *                 | [NOT] ( LIKE | ILIKE ) pattern [ ESCAPE text ]
 *                 | [NOT] REGEX pattern
 *                 | IS [NOT] ( NULL | TRUE | FALSE | DISTINCT FROM value )
 *     comparison := ( = | == | != | <> | < | <= | > | >= ) operand    -- but not with NULL
 *     operand    := attribute | value
 *     value      := TRUE | FALSE | otherValue
 *     otherValue := number | text | TYPE 'text' | NULL | parameter
 *     pattern    := text | NULL | parameter
 *     parameter  := '?' | ':' name                                    -- all of one kind
 *     attribute  := ( name | `name` | this | __key ) ( . name | . `name` | [n] | [any] )*
 *     number     := [ + | - ] ( digits [ . digits? ] | . digits ) [ e [ + | - ] digits ]
 *     text       := '…' | "…"                                         -- the quote doubled stands for itself, a backslash is a backslash
 *     TYPE       := NUMERIC | BIGINT | TIMESTAMP                      -- for values that have no text of their own
 *
 * This is the grammar of the contract made flat: NOT binds tighter than AND and AND tighter than OR, parentheses nest, but no rule calls itself,
 * so that a text of any depth is read without recursion. One word of look-ahead is enough everywhere. Keywords are good in any case.
 */
import type { EmbeddedActionsParser, IOrAlt, IParserConfig, IToken } from 'chevrotain';
import type { Attribute, Operand, Predicate, Value } from './ast.ts';
import type { Chevrotain } from './chevrotain.ts';
import { between, constant, inList, isDistinct, isNull, isTruth, like, regex, truth } from './nodes.ts';
import type { Tokens } from './tokens.ts';
import { TreeBuilder } from './tree-builder.ts';

export interface SqlParser extends EmbeddedActionsParser {
  /** Where the predicate that is read becomes a tree. To be set anew for each. */
  tree: TreeBuilder;
  /** First word of the test that is or was last read; undefined when the next one is yet to begin. */
  readonly testFrom: IToken | undefined;
  /** Reads `input`. */
  predicate(): void;
}

/**
 * Makes the parser; analysing the grammar takes some 9 ms. While that is done, each rule is called once with nothing real to read.
 * Choices that are made often are kept in fields, since arrays and functions made anew each time would cost as much as the parsing.
 */
export function createSqlParser({ EmbeddedActionsParser: Base }: Chevrotain, words: Tokens, config: IParserConfig): SqlParser {
  class Parser extends Base implements SqlParser {
    tree: TreeBuilder = new TreeBuilder();
    testFrom: IToken | undefined;
    /** What the test at hand is about. Tests don't nest. */
    #subject!: Attribute;
    #negated = false;

    // ---- logic

    predicate = this.RULE('predicate', () => {
      this.SUBRULE(this.condition);
      this.MANY(() => {
        this.OR(this.#conjunctions);
        this.SUBRULE2(this.condition);
      });
    });
    #conjunctions = [{ ALT: () => void this.CONSUME(words.And) }, { ALT: () => this.tree.or(this.CONSUME(words.Or)) }];

    condition = this.RULE('condition', () => {
      this.testFrom = undefined;
      this.MANY(() => this.OR(this.#prefixes));
      this.tree.term(this.SUBRULE(this.test));
      this.MANY2(() => this.tree.close(this.CONSUME(words.Close)));
    });
    #prefixes = [{ ALT: () => this.tree.not(this.CONSUME(words.Not)) }, { ALT: () => this.tree.open(this.CONSUME(words.Open)) }];

    test = this.RULE('test', () => {
      this.testFrom = this.LA(1);
      return this.OR(this.#tests);
    });
    #tests: IOrAlt<Predicate>[] = [
      {
        ALT: () => {
          this.#subject = this.SUBRULE(this.attribute);
          return this.OPTION(() => this.SUBRULE(this.attributeTest)) ?? truth(this.#subject);
        },
      },
      {
        ALT: () => {
          const value = this.SUBRULE(this.truthValue);
          return this.OPTION2(() => this.SUBRULE(this.comparison, { ARGS: [value] })) ?? constant(value === this.tree.truth(true));
        },
      },
      {
        ALT: () => {
          const value = this.SUBRULE(this.otherValue);
          return this.SUBRULE2(this.comparison, { ARGS: [value] });
        },
      },
    ];

    // ---- tests of an attribute

    attributeTest = this.RULE('attributeTest', () => this.OR(this.#attributeTests));
    #attributeTests: IOrAlt<Predicate>[] = [
      { ALT: () => this.SUBRULE(this.comparison, { ARGS: [this.#subject] }) },
      {
        ALT: () => {
          this.CONSUME(words.Is);
          this.#negated = this.OPTION(() => this.CONSUME(words.Not)) !== undefined;
          return this.OR2(this.#identities);
        },
      },
      {
        ALT: () => {
          this.#negated = this.OPTION2(() => this.CONSUME2(words.Not)) !== undefined;
          return this.OR3(this.#searches);
        },
      },
    ];
    #identities: IOrAlt<Predicate>[] = [
      { ALT: () => (this.CONSUME(words.Null), isNull(this.#subject, this.#negated)) },
      { ALT: () => (this.CONSUME(words.True), isTruth(this.#subject, true, this.#negated)) },
      { ALT: () => (this.CONSUME(words.False), isTruth(this.#subject, false, this.#negated)) },
      {
        ALT: () => {
          this.CONSUME(words.Distinct);
          this.CONSUME(words.From);
          return isDistinct(this.#subject, this.SUBRULE(this.value), this.#negated);
        },
      },
    ];
    #searches: IOrAlt<Predicate>[] = [
      { ALT: () => (this.CONSUME(words.Between), this.OR4(this.#bounds)) },
      { ALT: () => (this.CONSUME(words.In), this.SUBRULE(this.list)) },
      { ALT: () => (this.CONSUME(words.Like), this.SUBRULE(this.likePattern, { ARGS: [false] })) },
      { ALT: () => (this.CONSUME(words.Ilike), this.SUBRULE2(this.likePattern, { ARGS: [true] })) },
      { ALT: () => (this.CONSUME(words.Regex), regex(this.#subject, this.SUBRULE(this.pattern), this.#negated)) },
    ];
    #bounds: IOrAlt<Predicate>[] = [
      {
        ALT: () => {
          this.CONSUME(words.Open);
          const low = this.SUBRULE2(this.value);
          this.CONSUME(words.Comma);
          const high = this.SUBRULE3(this.value);
          this.CONSUME(words.Close);
          return between(this.#subject, low, high, this.#negated);
        },
      },
      {
        ALT: () => {
          const low = this.SUBRULE4(this.value);
          this.CONSUME(words.And);
          return between(this.#subject, low, this.SUBRULE5(this.value), this.#negated);
        },
      },
    ];

    list = this.RULE('list', () => {
      const values: Value[] = [];
      this.CONSUME(words.Open);
      this.AT_LEAST_ONE_SEP({ SEP: words.Comma, DEF: () => values.push(this.SUBRULE(this.value)) });
      this.CONSUME(words.Close);
      return inList(this.#subject, values, this.#negated);
    });

    likePattern = this.RULE('likePattern', (insensitive: boolean) => {
      const pattern = this.SUBRULE(this.pattern);
      const escape = this.OPTION(() => (this.CONSUME(words.Escape), this.tree.escape(this.CONSUME(words.Text))));
      return like(this.#subject, pattern, { escape: escape ?? '\\', insensitive, negated: this.#negated });
    });

    comparison = this.RULE('comparison', (left: Operand) => {
      const operator = this.CONSUME(words.Comparison);
      return this.tree.comparison(left, operator, this.SUBRULE(this.operand));
    });

    // ---- operands

    operand = this.RULE('operand', () => this.OR(this.#operands));
    #operands: IOrAlt<Operand>[] = [{ ALT: () => this.SUBRULE(this.attribute) }, { ALT: () => this.SUBRULE(this.value) }];

    attribute = this.RULE('attribute', () => this.tree.attribute(this.CONSUME(words.Path)));

    value = this.RULE('value', () => this.OR(this.#values));
    #values: IOrAlt<Value>[] = [{ ALT: () => this.SUBRULE(this.otherValue) }, { ALT: () => this.SUBRULE(this.truthValue) }];

    truthValue = this.RULE('truthValue', () => this.OR(this.#truthValues));
    #truthValues = [
      { ALT: () => (this.CONSUME(words.True), this.tree.truth(true)) },
      { ALT: () => (this.CONSUME(words.False), this.tree.truth(false)) },
    ];

    otherValue = this.RULE('otherValue', () => this.OR(this.#otherValues));
    #otherValues: IOrAlt<Value>[] = [
      { ALT: () => this.tree.number(this.CONSUME(words.Number)) },
      { ALT: () => this.tree.typed(this.CONSUME(words.Typed)) },
      { ALT: () => this.SUBRULE(this.pattern) },
    ];

    pattern = this.RULE('pattern', () => this.OR(this.#patterns));
    #patterns: IOrAlt<Value>[] = [
      { ALT: () => this.tree.text(this.CONSUME(words.Text)) },
      { ALT: () => this.tree.position(this.CONSUME(words.Position)) },
      { ALT: () => this.tree.name(this.CONSUME(words.Name)) },
      { ALT: () => (this.CONSUME(words.Null), this.tree.null()) },
    ];

    constructor() {
      super(Object.values(words), config);
      this.performSelfAnalysis();
    }
  }
  return new Parser();
}
