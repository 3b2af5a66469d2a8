/** What is wrong with a text, and where: made for people, with everything a program needs too. */

/** Offsets count UTF-16 code units from 0; line and column count from 1. */
export interface Problem {
  readonly offset: number;
  /** Length of what is wrong; 0 at the end of the text. */
  readonly length: number;
  readonly line: number;
  readonly column: number;
  /** A sentence without a place: that is `describeProblem`'s part. */
  readonly message: string;
  /** What could stand there, in words of the language. */
  readonly expected: readonly string[];
  /** The word that was probably meant. */
  readonly suggestion: string | undefined;
}

/** Most characters of a line shown around the caret. */
const SHOWN = 60;

export interface ProblemParts {
  readonly offset: number;
  readonly length: number;
  readonly message: string;
  readonly expected?: readonly string[];
  readonly suggestion?: string | undefined;
}

export function problemAt(text: string, { offset, length, message, expected = [], suggestion }: ProblemParts): Problem {
  const before = text.slice(0, offset);
  const lineStart = Math.max(before.lastIndexOf('\n'), before.lastIndexOf('\r')) + 1;
  const line = before.split(/\r\n|\n|\r/).length;
  return Object.freeze({ offset, length, line, column: offset - lineStart + 1, message, expected, suggestion });
}

/**
 * The problem with its line and a caret under it:
 *
 *     expected AND between the bounds of BETWEEN, found 'or' (line 1, column 15)
 *       age between 1 or 2
 *                     ^^
 */
export function describeProblem(text: string, problem: Problem): string {
  const { offset, length, line, column, message, suggestion } = problem;
  const lineStart = offset - column + 1;
  const lineEnd = endOfLine(text, lineStart);
  const from = Math.max(lineStart, offset - SHOWN);
  const to = Math.min(lineEnd, offset + SHOWN);
  const shown = `${from > lineStart ? '…' : ''}${text.slice(from, to)}${to < lineEnd ? '…' : ''}`.replaceAll('\t', ' ');
  const indent = ' '.repeat(offset - from + (from > lineStart ? 1 : 0));
  const carets = '^'.repeat(Math.max(1, Math.min(length, to - offset)));
  const meant = suggestion === undefined ? '' : `; did you mean ${suggestion}?`;
  return `${message}${meant} (line ${line}, column ${column})\n  ${shown}\n  ${indent}${carets}`;
}

function endOfLine(text: string, from: number): number {
  const end = /[\r\n]/g;
  end.lastIndex = from;
  return end.exec(text)?.index ?? text.length;
}
