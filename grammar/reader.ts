/** Reads texts with the parser of `sql-parser.ts`, and finds out what might have stood where it got stuck. */
import type { IToken } from 'chevrotain';
import { loadChevrotain } from './chevrotain.ts';
import { createSqlParser } from './sql-parser.ts';
import { TOKEN_NAMES, type TokenName, createTokens } from './tokens.ts';
import { TreeBuilder } from './tree-builder.ts';

export interface Reading {
  /** Every text can be cut into words: what is no word of the language is of a kind that no rule takes. */
  readonly words: readonly IToken[];
  readonly tree: TreeBuilder;
  /** Index of the first word that can't stand where it does, or the number of words if more are due; undefined when all is well. */
  readonly stuckAt: number | undefined;
  /** When stuck: index of the word where the test at hand began; undefined when one is yet to begin. */
  readonly testFrom: number | undefined;
}

export interface Reader {
  read(text: string): Reading;
  /** Kinds of words that may follow words of these kinds, which begin a predicate. Parentheses need not be balanced. Some 0.2 ms for a few. */
  expectedAfter(kinds: readonly TokenName[]): TokenName[];
}

/** Some 50 ms, see `chevrotain.ts`. With `validate`, chevrotain looks for mistakes in the grammar, which is for tests. */
export function createReader(validate: boolean = false): Reader {
  const chevrotain = loadChevrotain();
  const kinds = createTokens(chevrotain);
  const lexer = new chevrotain.Lexer(Object.values(kinds), {
    positionTracking: 'onlyOffset',
    ensureOptimizations: true,
    skipValidations: !validate,
  });
  const parser = createSqlParser(chevrotain, kinds, { maxLookahead: 1, skipValidations: !validate });

  const readWords = (words: IToken[]): Reading => {
    const tree = new TreeBuilder();
    parser.tree = tree;
    parser.input = words;
    parser.predicate();
    const [error] = parser.errors;
    const { testFrom } = parser;
    parser.input = []; // Lets the words go.
    if (error === undefined) return { words, tree, stuckAt: undefined, testFrom: undefined };
    const stuckAt = error.token.tokenType === chevrotain.EOF ? words.length : words.indexOf(error.token);
    return { words, tree, stuckAt, testFrom: testFrom && words.indexOf(testFrom) };
  };

  // The grammar is asked by trying it, so that nothing about it is said twice.
  const wordOf = (name: TokenName): IToken => chevrotain.createTokenInstance(kinds[name], '', 0, 0, 0, 0, 0, 0);
  const mayFollow = (words: readonly IToken[], next: IToken): boolean => readWords([...words, next]).stuckAt !== words.length;

  return {
    read: (text) => readWords(lexer.tokenize(text).tokens),
    expectedAfter(begun) {
      const words = begun.map(wordOf);
      return TOKEN_NAMES.filter((name) => name !== 'Space' && mayFollow(words, wordOf(name)));
    },
  };
}
