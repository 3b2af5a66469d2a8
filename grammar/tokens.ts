/** The words of the language, in one table. */
import type { ITokenConfig, TokenType } from 'chevrotain';
import { pathEnd } from './attribute-path.ts';
import type { Chevrotain } from './chevrotain.ts';
import type { ReservedWord } from './paths.ts';
import { quotedEnd } from './quoted.ts';

interface Word {
  /** What people call it. */
  readonly label: string;
  /** A scan gives the offset after the word, or `start` when there is none. */
  readonly pattern: RegExp | ((text: string, start: number) => number);
  /** What the words of a scan begin with: characters, and ranges of them. */
  readonly starts?: readonly string[];
}

/** What is written elsewhere for words of this language. */
export const FOREIGN: ReadonlyMap<string, string> = new Map([
  ['===', '='],
  ['!==', '!='],
  ['=>', '>='],
  ['=<', '<='],
  ['&&', 'AND'],
  ['||', 'OR'],
  ['!', 'NOT'],
  ['≤', '<='],
  ['≥', '>='],
  ['≠', '!='],
  ['‘', "'"],
  ['’', "'"],
  ['“', "'"],
  ['”', "'"],
]);

const PARAMETER = /:[$_\p{ID_Start}][$\u200c\u200d\p{ID_Continue}]*/uy;
const TYPE = /(?:timestamp|numeric|bigint)\s*(?=')/iy;

/** The first that fits is taken, so the order counts. A keyword gives way to a path that goes on: `in` is one, `inner` is none. */
const WORDS = {
  Space: { label: 'white space', pattern: /\s+/ },
  Typed: { label: 'a value', pattern: typedEnd, starts: ['T', 't', 'N', 'n', 'B', 'b'] },
  And: keyword('AND'),
  Or: keyword('OR'),
  Not: keyword('NOT'),
  Between: keyword('BETWEEN'),
  In: keyword('IN'),
  Like: keyword('LIKE'),
  Ilike: keyword('ILIKE'),
  Regex: keyword('REGEX'),
  Escape: keyword('ESCAPE'),
  Is: keyword('IS'),
  Null: keyword('NULL'),
  True: keyword('TRUE'),
  False: keyword('FALSE'),
  Distinct: keyword('DISTINCT'),
  From: keyword('FROM'),
  Path: { label: 'an attribute', pattern: pathEnd, starts: ['A-Z', 'a-z', '_', '$', '`', '\x80-\uffff'] },
  Number: { label: 'a number', pattern: /[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?(?![\w$.])/ },
  Text: { label: 'a text', pattern: (text, start) => Math.max(start, quotedEnd(text, start)), starts: ["'", '"'] },
  Position: { label: 'a parameter', pattern: /\?/ },
  Name: { label: 'a parameter', pattern: parameterEnd, starts: [':'] },
  Foreign: { label: 'a foreign word', pattern: /===|!==|=>|=<|&&|\|\||!(?!=)|[≤≥≠‘’“”]/ },
  Comparison: { label: 'a comparison', pattern: /==?|!=|<[=>]?|>=?/ },
  Comma: { label: "','", pattern: /,/ },
  Open: { label: "'('", pattern: /\(/ },
  Close: { label: "')'", pattern: /\)/ },
  // What can be no word of any predicate comes last.
  Unclosed: { label: 'a quote that is never closed', pattern: /['"`][^]*/ },
  Misnumber: { label: 'what is no number', pattern: /[+-]?\.?\d[\w$.]*/ },
  Other: { label: 'any character', pattern: (text, start) => start + (text.codePointAt(start)! > 0xffff ? 2 : 1), starts: ['\0-\uffff'] },
} as const satisfies Readonly<Record<string, Word>>;

export type TokenName = keyof typeof WORDS;
export type Tokens = Readonly<Record<TokenName, TokenType>>;

export const TOKEN_NAMES: readonly TokenName[] = Object.keys(WORDS).filter(isTokenName);

export function isTokenName(name: string): name is TokenName {
  return Object.hasOwn(WORDS, name);
}

export function labelOf(name: TokenName): string {
  return WORDS[name].label;
}

/** Whether the word is one of the language's own, such as AND. */
export function isKeyword(name: TokenName): boolean {
  const { pattern }: Word = WORDS[name];
  return pattern instanceof RegExp && pattern.ignoreCase;
}

export function createTokens({ createToken, Lexer }: Chevrotain): Tokens {
  const path = createToken(configOf('Path', WORDS.Path));
  const tokens = TOKEN_NAMES.map((name): [TokenName, TokenType] => {
    if (name === 'Path') return [name, path];
    const config = configOf(name, WORDS[name]);
    if (name === 'Space') config.group = Lexer.SKIPPED;
    if (isKeyword(name)) config.longer_alt = path;
    return [name, createToken(config)];
  });
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- there is one for each name
  return Object.fromEntries(tokens) as Record<TokenName, TokenType>;
}

function configOf(name: string, { label, pattern, starts = [] }: Word): ITokenConfig {
  if (pattern instanceof RegExp) return { name, label, pattern };
  const scan = (text: string, start: number): [string] | null => {
    const end = pattern(text, start);
    return end > start ? [text.slice(start, end)] : null;
  };
  return { name, label, pattern: scan, start_chars_hint: starts.flatMap(codesOf), line_breaks: false };
}

/** The character codes of `'A'` or `'A-Z'`. */
function codesOf(range: string): number[] {
  const codes: number[] = [];
  for (let code = range.charCodeAt(0); code <= range.charCodeAt(range.length - 1); code++) codes.push(code);
  return codes;
}

function keyword(word: ReservedWord): Word {
  return { label: word, pattern: new RegExp(word, 'i') };
}

function parameterEnd(text: string, start: number): number {
  PARAMETER.lastIndex = start;
  return PARAMETER.test(text) ? PARAMETER.lastIndex : start;
}

/** `TYPE 'text'` is one word, so that an attribute may have the name of a type. */
function typedEnd(text: string, start: number): number {
  TYPE.lastIndex = start;
  return TYPE.test(text) ? quotedEnd(text, TYPE.lastIndex) : start;
}
