/** Texts as users write them, parsed once: predicates and attribute paths, with a syntax error where they are neither. */
import type { Attribute, Predicate as PredicateNode } from '../../../grammar/ast.ts';
import { parseAttribute } from '../../../grammar/attribute-path.ts';
import { type Parameters, parse } from '../../../grammar/parse.ts';
import { type Problem, describeProblem } from '../../../grammar/problems.ts';
import { PredicateSyntaxError } from '../../errors.ts';
import { RecentlyUsed } from './recently-used.ts';

export interface Parsed {
  readonly ast: PredicateNode;
  /** What has to be bound. */
  readonly parameters: Parameters;
}

/** Most texts remembered. A program has few, unless it writes values into them instead of binding parameters. */
const PREDICATES_MAX = 1000;
const PATHS_MAX = 1000;

const predicates = new RecentlyUsed<string, Parsed>(PREDICATES_MAX);
const paths = new RecentlyUsed<string, Attribute>(PATHS_MAX);

/** The AST of a predicate. Throws PredicateSyntaxError. Cost: a look-up for a text among the last thousand, else linear. */
export function parsed(text: string): Parsed {
  const known = predicates.get(text);
  if (known !== undefined) return known;
  const result = parse(text);
  if (!result.ok) throw syntaxError(text, result.problems);
  return predicates.set(text, { ast: result.predicate, parameters: result.parameters });
}

/** The attribute at a path such as `address.city`, `tags[any]`, `__key`. Throws PredicateSyntaxError. Cost as of `parsed`. */
export function attributeOf(path: string): Attribute {
  const known = paths.get(path);
  if (known !== undefined) return known;
  const result = parseAttribute(path);
  if (!result.ok) throw syntaxError(path, [result.problem]);
  return paths.set(path, result.attribute);
}

/** The message tells the first problem; `details.problems` has all of them. */
function syntaxError(text: string, problems: readonly [Problem, ...Problem[]]): PredicateSyntaxError {
  const [first] = problems;
  const { offset, line, column, expected, suggestion } = first;
  return new PredicateSyntaxError(describeProblem(text, first), { details: { offset, line, column, expected, suggestion, problems } });
}
