/** What is wrong with a text, and where. */

export interface Problem {
  /** First character concerned, in UTF-16 units from 0; the text's length or less. */
  readonly offset: number;
  /** UTF-16 units concerned; 0 when something is missing. */
  readonly length: number;
  /** From 1. */
  readonly line: number;
  /** From 1, in characters: an emoji is one. */
  readonly column: number;
  /** One sentence, without a full stop. */
  readonly message: string;
  /** What might have stood here, in words for people: `'a value'`, `'BETWEEN'`, `"')'"`. Empty when that is not what is wrong. */
  readonly expected: readonly string[];
  /** The word that was probably meant. */
  readonly suggestion: string | undefined;
}

/** A problem before its line and column are worked out. */
export interface Finding {
  readonly offset: number;
  readonly length: number;
  readonly message: string;
  readonly expected?: readonly string[];
  readonly suggestion?: string | undefined;
}

const LINE_BREAK = /\r\n|[\n\r\u2028\u2029]/g;

export function problemAt(text: string, { offset, length, message, expected = [], suggestion }: Finding): Problem {
  const { line, start } = lineAt(text, offset);
  const column = charactersIn(text.slice(start, offset)) + 1;
  return Object.freeze({ offset, length, line, column, message, expected: Object.freeze(expected), suggestion });
}

/** Most of a line that is shown before the caret, and from it on. */
const CONTEXT_MAX = 60;

/**
 * The problem, the line it is on, and carets below:
 *
 *     unexpected 'BETWEN': did you mean BETWEEN? (line 1, column 5)
 *       age BETWEN 1 AND 2
 *           ^^^^^^
 */
export function describeProblem(text: string, { offset, length, line, column, message }: Problem): string {
  const { start, end } = lineAt(text, offset);
  const from = Math.max(start, offset - CONTEXT_MAX);
  const to = Math.min(end, offset + CONTEXT_MAX);
  const before = (from > start ? '…' : '') + printable(text.slice(from, offset));
  const shown = before + printable(text.slice(offset, to)) + (to < end ? '…' : '');
  const carets = '^'.repeat(Math.max(1, charactersIn(text.slice(offset, Math.min(to, offset + length)))));
  return `${message} (line ${line}, column ${column})\n  ${shown}\n  ${' '.repeat(charactersIn(before))}${carets}`;
}

/** The line that `offset` is on: its number, where it starts, and where it ends. */
function lineAt(text: string, offset: number): { line: number; start: number; end: number } {
  let line = 1;
  let start = 0;
  for (const { index, 0: lineBreak } of text.matchAll(LINE_BREAK)) {
    if (index + lineBreak.length > offset) return { line, start, end: index };
    line++;
    start = index + lineBreak.length;
  }
  return { line, start, end: text.length };
}

function charactersIn(text: string): number {
  let count = 0;
  for (const _ of text) count++;
  return count;
}

/** One column per character: a tab or a control character as a blank, half a surrogate pair as the replacement character. */
function printable(text: string): string {
  // oxlint-disable-next-line no-control-regex
  return text.replaceAll(/[\0-\x1f\x7f-\x9f\u2028\u2029]/g, ' ').toWellFormed();
}

/** A list as people write it: `a, b or c`. */
export function either(words: readonly string[]): string {
  return words.length < 2 ? (words[0] ?? '') : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;
}

/** A piece of the user's text in a sentence: in one line, not too long. */
export function shorten(text: string, lengthMax: number = 24): string {
  return printable(text.length > lengthMax ? `${text.slice(0, lengthMax)}…` : text);
}
