/** The words of the predicate language in one table: what the lexer knows, and what a person would call each of them. */
import { createToken, Lexer, type TokenType } from 'chevrotain';

/**
 * Letters, digits, `_` and `$`, and everything beyond ASCII that is no white space: names in any script, without the cost of Unicode
 * classes. Ranges are written out, because the lexer can sort patterns by first character only when they are.
 */
const BEYOND_ASCII = String.raw`\u00A1-\u167F\u1681-\u1FFF\u200B-\u2027\u202A-\u202E\u2030-\u205E\u2060-\u2FFF\u3001-\uFEFE\uFF00-\uFFFF`;
const NAME_START = `[A-Za-z_$${BEYOND_ASCII}]`;
const NAME_PART = `[A-Za-z0-9_$${BEYOND_ASCII}]`;
const PLAIN_NAME = new RegExp(`^${NAME_START}${NAME_PART}*$`);

/** Words that are no attribute names unless they are quoted or follow a dot. */
export const RESERVED_WORDS = [
  'AND',
  'OR',
  'NOT',
  'IN',
  'LIKE',
  'ILIKE',
  'REGEX',
  'BETWEEN',
  'IS',
  'NULL',
  'TRUE',
  'FALSE',
  'ESCAPE',
  'DISTINCT',
  'FROM',
] as const;
export type ReservedWord = (typeof RESERVED_WORDS)[number];
const RESERVED: ReadonlySet<string> = new Set(RESERVED_WORDS);

/** Whether a name can be written as the first of a path without quotes. */
export function isPlainName(name: string): boolean {
  return PLAIN_NAME.test(name) && !RESERVED.has(name.toUpperCase());
}

/** Whether a name can be written after a dot without quotes. */
export function isPlainStep(name: string): boolean {
  return PLAIN_NAME.test(name);
}

/** A name or a reserved word: what may follow a dot. */
export const Word: TokenType = createToken({ name: 'Word', pattern: Lexer.NA });
export const Name: TokenType = createToken({
  name: 'Name',
  pattern: new RegExp(`${NAME_START}${NAME_PART}*`),
  categories: [Word],
  line_breaks: false,
});

function keyword(word: ReservedWord): TokenType {
  return createToken({ name: word, pattern: new RegExp(word, 'i'), longer_alt: Name, categories: [Word], line_breaks: false });
}
export const KEYWORDS = Object.fromEntries(RESERVED_WORDS.map((word) => [word, keyword(word)])) as Readonly<
  Record<ReservedWord, TokenType>
>;

const symbol = (name: string, pattern: RegExp | string): TokenType => createToken({ name, pattern, line_breaks: false });

export const QuotedName: TokenType = createToken({ name: 'QuotedName', pattern: /`[^`]*(?:``[^`]*)*`/, line_breaks: true });
export const Text: TokenType = createToken({ name: 'Text', pattern: /'[^']*(?:''[^']*)*'|"[^"]*(?:""[^"]*)*"/, line_breaks: true });
/** A quote that is never closed: everything to the end. */
export const Unclosed: TokenType = createToken({ name: 'Unclosed', pattern: /['"`][^]*/, line_breaks: true });
export const Numeric: TokenType = symbol('Numeric', /[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?/);
export const Comparator: TokenType = symbol('Comparator', /==|=|!=|<>|<=|<|>=|>/);
/** What people write for `>=` and `<=`. */
export const Backwards: TokenType = symbol('Backwards', /=>|=</);
export const Positional: TokenType = symbol('Positional', '?');
export const Named: TokenType = symbol('Named', new RegExp(`:${NAME_START}${NAME_PART}*`));
export const LeftParen: TokenType = symbol('LeftParen', '(');
export const RightParen: TokenType = symbol('RightParen', ')');
export const LeftBracket: TokenType = symbol('LeftBracket', '[');
export const RightBracket: TokenType = symbol('RightBracket', ']');
export const Comma: TokenType = symbol('Comma', ',');
export const Dot: TokenType = symbol('Dot', '.');
const Space: TokenType = createToken({ name: 'Space', pattern: /\s+/, group: Lexer.SKIPPED, line_breaks: true });

/** In the order in which they are tried. */
export const TOKENS: TokenType[] = [
  Space,
  ...Object.values(KEYWORDS),
  Name,
  QuotedName,
  Text,
  Unclosed,
  Numeric,
  Backwards,
  Comparator,
  Positional,
  Named,
  LeftParen,
  RightParen,
  LeftBracket,
  RightBracket,
  Comma,
  Dot,
  Word,
];
