/** From the text of a predicate to its AST, or to what is wrong with it. Never throws. */
import type { Predicate } from './ast.ts';
import { diagnose } from './diagnosis.ts';
import { type Finding, type Problem, problemAt } from './problems.ts';
import { type Reader, createReader } from './reader.ts';

/** Longest text that is read, in UTF-16 units. */
export const LENGTH_MAX: number = 2 ** 24;

/** Most problems that are told. */
export const PROBLEMS_MAX = 10;

export interface Parameters {
  /** Values to bind. */
  readonly count: number;
  /** Names by index; empty when the parameters are `?`. */
  readonly names: readonly string[];
}

export type ParseResult =
  | { readonly ok: true; readonly predicate: Predicate; readonly parameters: Parameters }
  | { readonly ok: false; readonly problems: readonly [Problem, ...Problem[]] };

const NO_PARAMETERS: Parameters = Object.freeze({ count: 0, names: Object.freeze([]) });

let reader: Reader | undefined;

/**
 * Parses a predicate, in time linear to its length: 2-6 us for one to three conditions, some 50 ms more for the first text. The AST is
 * frozen; AND and OR have as many terms as stand side by side without parentheses. Problems come in the order they were found, that of
 * a misplaced word last, where reading ends.
 */
export function parse(text: string): ParseResult {
  const unreadable = refuse(text);
  if (unreadable !== undefined) return failure(text, [unreadable]);
  reader ??= createReader();
  const reading = reader.read(text);
  const { tree, stuckAt } = reading;
  if (stuckAt !== undefined) return failure(text, [...tree.findings, diagnose(reader, reading, stuckAt)]);
  const predicate = tree.finish();
  if (tree.findings.length > 0) return failure(text, tree.findings);
  return Object.freeze({ ok: true, predicate, parameters: parametersOf(tree.parameters) });
}

/** What is wrong with a text before any of it is read. */
function refuse(text: string): Finding | undefined {
  if (text.length > LENGTH_MAX) {
    return { offset: LENGTH_MAX, length: 0, message: `the predicate is longer than ${LENGTH_MAX} characters` };
  }
  if (text.isWellFormed()) return undefined;
  const offset = text.search(/\p{Surrogate}/u);
  return { offset, length: 1, message: 'half a character: a surrogate stands alone' };
}

function failure(text: string, findings: readonly Finding[]): ParseResult {
  const [first, ...others] = findings.slice(0, PROBLEMS_MAX).map((finding) => problemAt(text, finding));
  return Object.freeze({ ok: false, problems: Object.freeze([first!, ...others] as const) });
}

function parametersOf(parameters: readonly (string | undefined)[]): Parameters {
  if (parameters.length === 0) return NO_PARAMETERS;
  const names = parameters.filter((name) => name !== undefined);
  return Object.freeze({ count: parameters.length, names: Object.freeze(names) });
}
