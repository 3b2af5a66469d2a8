/** Text to AST. Never throws: what is wrong is returned, with its place. */
import { EOF, Lexer, tokenMatcher, type ILexingResult, type IToken } from 'chevrotain';
import type { Attribute, Predicate } from './ast.ts';
import { closest } from './closest.ts';
import { problemAt, type Problem } from './problems.ts';
import { NO_CONDITION } from './parser-messages.ts';
import { Refusal } from './refusal.ts';
import { SqlParser } from './sql-parser.ts';
import { Backwards, KEYWORDS, Name, RESERVED_WORDS, RightParen, TOKENS, Unclosed } from './tokens.ts';

export type ParseResult =
  | {
      readonly ok: true;
      readonly predicate: Predicate;
      /** `names` by index; empty for `?`. */
      readonly parameters: { readonly count: number; readonly names: readonly string[] };
    }
  | { readonly ok: false; readonly problems: readonly Problem[] };

export type AttributeResult =
  | { readonly ok: true; readonly attribute: Attribute }
  | { readonly ok: false; readonly problems: readonly Problem[] };

interface Machine {
  readonly lexer: Lexer;
  readonly parser: SqlParser;
}

let machine: Machine | undefined;

/** Made at the first use: analysing the grammar takes some ten milliseconds. */
function machineOf(): Machine {
  machine ??= { lexer: new Lexer(TOKENS, { positionTracking: 'onlyOffset', skipValidations: true }), parser: new SqlParser() };
  return machine;
}

/** Parses a predicate. Cost: linear; some microseconds for a short text. */
export function parse(text: string): ParseResult {
  const { lexer, parser } = machineOf();
  const lexed = lexer.tokenize(text);
  const spelling = lexicalProblem(text, lexed);
  try {
    parser.begin(lexed.tokens);
    const predicate = parser.predicate();
    if (spelling === undefined && predicate !== undefined && parser.stop === undefined) {
      const { count, names } = parser.parameters;
      return { ok: true, predicate, parameters: { count, names } };
    }
    return { ok: false, problems: [earliest(spelling, stopProblem(text, lexed.tokens, parser))] };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return { ok: false, problems: [earliest(spelling, refusalProblem(text, error))] };
  }
}

/** Parses the path of an attribute, as index definitions, orders and criteria have it: `address.city`, `__key`, `tags[any]`. */
export function parseAttribute(text: string): AttributeResult {
  const { lexer, parser } = machineOf();
  const lexed = lexer.tokenize(text);
  const spelling = lexicalProblem(text, lexed);
  try {
    parser.begin(lexed.tokens);
    const attribute = parser.attribute();
    if (spelling === undefined && parser.stop === undefined) return { ok: true, attribute };
    const at = parser.stop?.token;
    const { offset, length } = placeOf(text, at);
    const message = `${text.trim() === '' ? 'an attribute path is empty' : `'${text}' is no attribute path`}`;
    return {
      ok: false,
      problems: [spelling ?? problemAt(text, { offset, length, message, expected: ['name', 'name.name', 'name[0]', 'name[any]'] })],
    };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return { ok: false, problems: [earliest(spelling, refusalProblem(text, error))] };
  }
}

/** Of two problems the one that comes first: what follows it may be its consequence. */
function earliest(spelling: Problem | undefined, other: Problem): Problem {
  return spelling !== undefined && spelling.offset <= other.offset ? spelling : other;
}

/** A character no word begins with, or a quote that is not closed. */
function lexicalProblem(text: string, { tokens, errors }: ILexingResult): Problem | undefined {
  const open = tokens.at(-1);
  const unclosed =
    open !== undefined && tokenMatcher(open, Unclosed)
      ? problemAt(text, {
          offset: open.startOffset,
          length: 1,
          message: `this ${open.image[0]} is never closed`,
          expected: [open.image[0]!],
        })
      : undefined;
  const [first] = errors;
  if (first === undefined) return unclosed;
  const character = String.fromCodePoint(text.codePointAt(first.offset)!);
  return problemAt(text, {
    offset: first.offset,
    length: character.length,
    message: `unexpected '${character.isWellFormed() ? character : '\uFFFD'}'`,
  });
}

function refusalProblem(text: string, refusal: Refusal): Problem {
  const { offset, length } = placeOf(text, refusal.from);
  const end = placeOf(text, refusal.at);
  const whole = refusal.from === refusal.at ? length : Math.max(length, end.offset - offset);
  return problemAt(text, { offset, length: whole, message: refusal.message, expected: refusal.expected });
}

/** Where and why the parser stopped. */
function stopProblem(text: string, tokens: readonly IToken[], parser: SqlParser): Problem {
  const stop = parser.stop;
  if (stop === undefined || stop.name === 'NotAllInputParsedException' || stop.message === NO_CONDITION)
    return flatProblem(text, tokens, parser, stop?.token);
  const { offset, length } = placeOf(text, stop.token);
  const message = `expected ${stop.message}${found(stop.token)}`;
  return problemAt(text, { offset, length, message, expected: [stop.message], suggestion: suggestionFor(stop.token) });
}

/** The loop over conditions stopped: a word that can't join or begin one, or the end too soon. */
function flatProblem(text: string, tokens: readonly IToken[], parser: SqlParser, at: IToken | undefined): Problem {
  const place = placeOf(text, at);
  if (text.trim() === '') return problemAt(text, { ...place, message: 'the predicate is empty', expected: parser.expected });
  if (at !== undefined && tokenMatcher(at, RightParen) && !parser.expected.includes("')'") && !parser.expected.includes('NOT')) {
    return problemAt(text, { ...place, message: "one ')' too many", expected: parser.expected });
  }
  if (at !== undefined && tokenMatcher(at, Backwards)) {
    const instead = at.image === '=>' ? '>=' : '<=';
    return problemAt(text, { ...place, message: `'${at.image}' is no comparison`, expected: [instead], suggestion: instead });
  }
  const suggestion = suggestionFor(at) ?? suggestionFor(before(tokens, at));
  return problemAt(text, { ...place, message: `expected ${listed(parser.expected)}${found(at)}`, expected: parser.expected, suggestion });
}

function before(tokens: readonly IToken[], at: IToken | undefined): IToken | undefined {
  return tokens[at === undefined ? tokens.length - 1 : tokens.indexOf(at) - 1];
}

function placeOf(text: string, word: IToken | undefined): { readonly offset: number; readonly length: number } {
  if (word === undefined || tokenMatcher(word, EOF) || Number.isNaN(word.startOffset)) return { offset: text.length, length: 0 };
  return { offset: word.startOffset, length: word.image.length };
}

function found(word: IToken | undefined): string {
  if (word === undefined || tokenMatcher(word, EOF)) return ', found the end';
  return `, found ${word.image.length > 30 ? `${word.image.slice(0, 30)}…` : word.image}`;
}

function listed(words: readonly string[]): string {
  return words.length === 1 ? words[0]! : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;
}

/** The keyword a misspelt one was meant to be. A word that is a keyword, or like none, has no suggestion. */
function suggestionFor(word: IToken | undefined): string | undefined {
  if (word === undefined || !tokenMatcher(word, Name) || Object.hasOwn(KEYWORDS, word.image.toUpperCase())) return undefined;
  return closest(word.image, RESERVED_WORDS);
}
