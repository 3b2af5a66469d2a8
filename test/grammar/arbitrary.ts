/** Random predicates as ASTs, over all of the language, for round trips and for whoever wants to hold two engines against each other. */
import fc, { type Arbitrary } from 'fast-check';
import type { Attribute, ComparisonOperator, Operand, PathStep, Predicate, Scalar, Value } from '../../grammar/ast.ts';
import { createAttribute } from '../../grammar/attribute-path.ts';
import * as nodes from '../../grammar/nodes.ts';

export const OPERATORS: readonly ComparisonOperator[] = ['=', '!=', '<', '<=', '>', '>='];

/** Any well-formed text, and often one that is hard to quote. */
export const text: Arbitrary<string> = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 12 }),
  fc.constantFrom(
    '',
    "'",
    '"',
    "''",
    '`',
    'Joe',
    'J_s%',
    'back\\slash',
    '\\',
    "it's",
    ' AND ',
    '(',
    '--',
    '\n',
    '\0',
    '😀',
    '\u2028',
    '30',
    'NULL',
  ),
);

/** Any value but NULL. Dates are valid. */
export const scalar: Arbitrary<Exclude<Scalar, null>> = fc.oneof(
  text,
  fc.integer(),
  fc.double(),
  fc.constantFrom(0, -0, 2 ** 53, 2 ** 53 + 2, -(2 ** 53), 2 ** 53 - 1, 1e21, 1e300, 5e-324, 0.1, NaN, Infinity, -Infinity),
  fc.bigInt(),
  fc.constantFrom(0n, 5n, -1n, 2n ** 53n, 2n ** 53n - 1n, -(2n ** 53n), 10n ** 400n),
  fc.boolean(),
  fc.date({ noInvalidDate: true }),
);

const name = fc.oneof(
  fc.constantFrom('age', 'name', 'this', '__key', 'in', 'NULL', 'odd name', '`', 'größe', '名', '$1', '_', '1st', 'a.b', 'timestamp', ''),
  text,
);
const step: Arbitrary<PathStep> = fc.oneof(
  { weight: 4, arbitrary: name.map((given): PathStep => ({ kind: 'name', name: given })) },
  fc.nat({ max: 2 ** 32 - 2 }).map((index): PathStep => ({ kind: 'element', index })),
  fc.constant<PathStep>({ kind: 'any' }),
);

/** Any attribute: nested, of the key, with odd names. */
export const attribute: Arbitrary<Attribute> = fc
  .tuple(fc.constantFrom('value' as const, 'value' as const, 'key' as const), fc.array(step, { maxLength: 4 }))
  .map(([root, steps]) => createAttribute(root, steps));

/** Numbers the parameters of one predicate as a text does: in order of appearance, a name once. */
class Numbering {
  readonly #isNamed: boolean;
  readonly #names: string[] = [];

  constructor(isNamed: boolean) {
    this.#isNamed = isNamed;
  }

  next(given: string): Value {
    if (this.#isNamed && this.#names.includes(given)) return nodes.parameter(this.#names.indexOf(given), given);
    return nodes.parameter(this.#names.push(given) - 1, this.#isNamed ? given : undefined);
  }
}

/** A node to be made when its parameters are numbered. */
type Recipe<T> = (numbering: Numbering) => T;

export interface PredicateOptions {
  /** Which attributes there are; left out, any. */
  readonly attributes?: Arbitrary<Attribute>;
  /** Which values stand against them; left out, any. */
  readonly values?: Arbitrary<Exclude<Scalar, null>>;
  /** Whether there may be bind parameters; left out, yes. */
  readonly parameters?: boolean;
}

/** Any predicate that has a text. */
export function predicate(options: PredicateOptions = {}): Arbitrary<Predicate> {
  const { recipe } = fc.letrec<{ recipe: Recipe<Predicate> }>((tie) => ({
    recipe: fc.oneof(
      { maxDepth: 5, withCrossShrink: true },
      { weight: 3, arbitrary: leaf(options) },
      group(tie('recipe')).map(
        (terms): Recipe<Predicate> =>
          (n) =>
            nodes.and(terms.map((term) => term(n))),
      ),
      group(tie('recipe')).map(
        (terms): Recipe<Predicate> =>
          (n) =>
            nodes.or(terms.map((term) => term(n))),
      ),
      tie('recipe').map(
        (term): Recipe<Predicate> =>
          (n) =>
            nodes.not(term(n)),
      ),
    ),
  }));
  return fc.tuple(recipe, fc.boolean()).map(([make, isNamed]) => make(new Numbering(isNamed)));
}

function group(term: Arbitrary<Recipe<Predicate>>): Arbitrary<Recipe<Predicate>[]> {
  return fc.array(term, { minLength: 2, maxLength: 4 });
}

function leaf({ attributes = attribute, values = scalar, parameters = true }: PredicateOptions): Arbitrary<Recipe<Predicate>> {
  const fixed =
    <T>(value: T): Recipe<T> =>
    () =>
      value;
  const parameter = fc.constantFrom('a', 'limit', 'in', 'größe').map(
    (given): Recipe<Value> =>
      (n) =>
        n.next(given),
  );
  const orParameter = (other: Arbitrary<Recipe<Value>>): Arbitrary<Recipe<Value>> =>
    parameters ? fc.oneof({ weight: 4, arbitrary: other }, parameter) : other;
  const given = orParameter(values.map((value) => fixed<Value>(nodes.literal(value))));
  const value = fc.oneof({ weight: 6, arbitrary: given }, fc.constant(fixed<Value>(nodes.literal(null))));
  const pattern = orParameter(fc.option(text).map((one) => fixed<Value>(nodes.literal(one))));
  const operand = fc.oneof(
    given,
    attributes.map((one) => fixed<Operand>(one)),
  );
  const operator = fc.constantFrom(...OPERATORS);
  const negated = fc.boolean();
  const escape = fc.constantFrom('\\', '', '!', "'", '😀', ' ');
  return fc.oneof(
    fc.tuple(operand, operator, operand).map(
      ([a, o, b]): Recipe<Predicate> =>
        (n) =>
          nodes.comparison(a(n), o, b(n)),
    ),
    fc.tuple(attributes, operator, given).map(
      ([a, o, b]): Recipe<Predicate> =>
        (n) =>
          nodes.comparison(a, o, b(n)),
    ),
    fc.tuple(attributes, value, value, negated).map(
      ([a, x, y, no]): Recipe<Predicate> =>
        (n) =>
          nodes.between(a, x(n), y(n), no),
    ),
    fc.tuple(attributes, fc.array(value, { minLength: 1, maxLength: 5 }), negated).map(
      ([a, list, no]): Recipe<Predicate> =>
        (n) =>
          nodes.inList(
            a,
            list.map((one) => one(n)),
            no,
          ),
    ),
    fc.tuple(attributes, pattern, escape, fc.boolean(), negated).map(
      ([a, p, c, insensitive, no]): Recipe<Predicate> =>
        (n) =>
          nodes.like(a, p(n), { escape: c, insensitive, negated: no }),
    ),
    fc.tuple(attributes, pattern, negated).map(
      ([a, p, no]): Recipe<Predicate> =>
        (n) =>
          nodes.regex(a, p(n), no),
    ),
    fc.tuple(attributes, negated).map(([a, no]) => fixed<Predicate>(nodes.isNull(a, no))),
    fc.tuple(attributes, value, negated).map(
      ([a, x, no]): Recipe<Predicate> =>
        (n) =>
          nodes.isDistinct(a, x(n), no),
    ),
    fc.tuple(attributes, fc.boolean(), negated).map(([a, x, no]) => fixed<Predicate>(nodes.isTruth(a, x, no))),
    attributes.map((a) => fixed<Predicate>(nodes.truth(a))),
    fc.boolean().map((x) => fixed<Predicate>(nodes.constant(x))),
  );
}
