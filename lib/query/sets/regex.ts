/** REGEX: RE2 expressions, which match in time linear in the text whatever the pattern; there is nothing to backtrack. */
import { createRequire } from 'node:module';
import type { RE2JS } from 're2js';
import { PredicateSyntaxError } from '../../errors.ts';

interface Engine {
  readonly RE2JS: typeof RE2JS;
}

const require = createRequire(import.meta.url);
let engine: Engine | undefined;

/** Compiled patterns, least recently compiled first. */
const compiled = new Map<string, (text: string) => boolean>();
const COMPILED_MAX = 256;

/**
 * Compiles an RE2 pattern into a test of whole texts (`.` matches no new line, unless `(?s)` says so). The same pattern gives the same test while it is
 * cached. Throws PredicateSyntaxError for what RE2 does not know: look-around, back-references, repetition above 1,000, wrong syntax.
 */
export function compileRegex(pattern: string): (text: string) => boolean {
  const known = compiled.get(pattern);
  if (known !== undefined) return known;
  const expression = parse(pattern);
  const test = (text: string): boolean => expression.testExact(text);
  for (const [oldest] of compiled) {
    if (compiled.size < COMPILED_MAX) break;
    compiled.delete(oldest);
  }
  compiled.set(pattern, test);
  return test;
}

function parse(pattern: string): RE2JS {
  engine ??= load();
  try {
    return engine.RE2JS.compile(pattern);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message.replace('error parsing regexp: ', '') : String(cause);
    throw new PredicateSyntaxError(`REGEX can't use '${pattern}': ${reason}`, { cause, details: { pattern } });
  }
}

/** Loaded on first use: most programs have no REGEX, and loading takes 7 ms. */
function load(): Engine {
  // oxlint-disable-next-line typescript/no-unsafe-return -- `require` has no types.
  return require('re2js');
}
