/** Random predicates and values for tests: few attributes and few, evil values, so that conditions meet often. */
import * as fc from 'fast-check';
import type { Arbitrary, Parameters } from 'fast-check';
import type { Predicate, Scalar } from '../../grammar/ast.ts';
import type { AttributeLeaf } from '../../lib/query/sets/leaf-sets.ts';
import { EFFORT, SEED } from '../kit/seed.ts';
import * as nodes from './nodes.ts';

/** The same cases on each run, others with another SEED; a failure prints its seed. */
export function runs<T>(numRuns: number): Parameters<T> {
  return { numRuns: numRuns * EFFORT, seed: SEED };
}

export const NUMBERS: readonly number[] = [
  [0, -0, 1, -1, 1.5, 20, 30, 30.5, 1000, 5e-324, -5e-324, 1_577_836_800_000],
  [2 ** 53, 2 ** 53 + 2, -(2 ** 53), 2 ** 63, Number.MAX_VALUE, NaN, Infinity, -Infinity],
].flat();
export const BIGINTS: readonly bigint[] = [
  [0n, 1n, -1n, 20n, 30n, 1_577_836_800_000n],
  [2n ** 53n, 2n ** 53n + 1n, -(2n ** 53n) - 1n, 2n ** 2000n, -(2n ** 2000n)],
].flat();
export const TEXTS: readonly string[] = [
  ['', 'J', 'Jo', 'Joe', 'John', 'Jp', 'jo', 'JOE', 'J%e', 'J_e', 'a\\b', 'a\nb', '%', '_', '\0', 'Jo\0'],
  ['straße', 'İ', 'i', 'ΟΔΟΣ', 'οδος', '😀', 'J😀e', 'J\uffff', 'Jo\u{10ffff}', '\u{10ffff}', '\ud7ff', '\ue000', '\uffff'],
  ['30', ' 30 ', '+30', '30.0', '1e3', '.5', '9007199254740993', '1e400', '1e-400', 'NaN', '-inf', 'Infinity', '0x10', '30x'],
  ['true', 'T', 'of', 'o', 'off', '1', '0', ' YES '],
  ['2020-01-01', '2020-01-01 00:00', '2020-01-01T00:00:00Z', '2020-01-01 01:00:00.5+01', '2020-02-30', 'infinity'],
].flat();
export const DATES: readonly Date[] = [0, 1, -1, 30, 1_577_836_800_000, 1_577_836_800_500, -8.64e15].map((ms) => new Date(ms));
export const SCALARS: readonly Scalar[] = [...NUMBERS, ...BIGINTS, ...TEXTS, ...DATES, true, false, null];
export const VALUES: readonly unknown[] = [...SCALARS, undefined, {}, [], [1], new Date(NaN), new Map(), { a: 1 }];
export const PATTERNS: readonly Scalar[] = [
  ['', '%', '_', '__', '%%', 'Jo', 'Jo%', '%e', '%o%', 'J_e', 'J_%', '_%', '%_', 'J%e', '%J%o%', '%o_', 'jo%', 'JO%', null, 5],
  ['\\%', '%\\%%', 'J\\_e', 'Jo\\', '_\uffff', '😀%', '_😀_', '%\u{10ffff}', '\u{10ffff}%', '\ud7ff%', 'a%b', 'a_b', 'J!%e', '!'],
  ['İ', 'i', '%ς', 'ΟΔΟΣ', 'straSSe'],
].flat();
export const EXPRESSIONS: readonly Scalar[] = ['Jo.*', 'J[aeiou].*', '(?:Jo|Ji)e?', '', '[0-9]+', '.', '..', null, true];

const OPERATORS = ['=', '!=', '<', '<=', '>', '>='] as const;

const oneOf = <T>(values: readonly T[]): Arbitrary<T> => fc.constantFrom(...values);
export const scalar: Arbitrary<Scalar> = oneOf(SCALARS);
export const value: Arbitrary<unknown> = oneOf(VALUES);

/** Leaves about the attributes with one of these paths. */
export function leafAbout(paths: readonly string[]): Arbitrary<AttributeLeaf> {
  const path = oneOf(paths);
  const negated = fc.boolean();
  const style = fc.record({ negated, insensitive: fc.boolean(), escape: oneOf(['\\', '\\', '!', '']) });
  return fc.oneof(
    { weight: 4, arbitrary: fc.tuple(path, oneOf(OPERATORS), scalar).map(([a, operator, x]) => nodes.compare(a, operator, x)) },
    fc.tuple(path, scalar, scalar, negated).map(([a, low, high, no]) => nodes.between(a, low, high, no)),
    fc.tuple(path, fc.array(scalar, { minLength: 1, maxLength: 12 }), negated).map(([a, values, no]) => nodes.isIn(a, values, no)),
    fc.tuple(path, oneOf(PATTERNS), style).map(([a, pattern, how]) => nodes.like(a, pattern, how)),
    fc.tuple(path, oneOf(EXPRESSIONS), negated).map(([a, pattern, no]) => nodes.regex(a, pattern, no)),
    fc.tuple(path, negated).map(([a, no]) => nodes.isNull(a, no)),
    fc.tuple(path, scalar, negated).map(([a, x, no]) => nodes.isDistinct(a, x, no)),
    fc.tuple(path, fc.boolean(), negated).map(([a, x, no]) => nodes.isTruth(a, x, no)),
    path.map(nodes.truth),
  );
}

/** Any predicate over the attributes. */
export function predicateOver(paths: readonly string[]): Arbitrary<Predicate> {
  const path = oneOf(paths);
  const operator = oneOf(OPERATORS);
  const attribute = path.map(nodes.attribute);
  const literal = scalar.map(nodes.literal);
  const leaf: Arbitrary<Predicate> = fc.oneof(
    { weight: 12, arbitrary: leafAbout(paths) },
    { weight: 2, arbitrary: fc.tuple(attribute, operator, attribute).map(([a, is, b]) => nodes.relate(a, is, b)) },
    fc.tuple(literal, operator, attribute).map(([x, is, a]) => nodes.relate(x, is, a)),
    fc.tuple(literal, operator, literal).map(([x, is, y]) => nodes.relate(x, is, y)),
    fc.boolean().map(nodes.constant),
    oneOf([Date, 'string', 'number'] as const).map(nodes.instanceOf),
  );
  const { predicate } = fc.letrec<{ predicate: Predicate }>((tie) => ({
    predicate: fc.oneof(
      { maxDepth: 4, withCrossShrink: true },
      { weight: 2, arbitrary: leaf },
      fc.array(tie('predicate'), { minLength: 1, maxLength: 4 }).map((terms) => nodes.and(...terms)),
      fc.array(tie('predicate'), { minLength: 1, maxLength: 4 }).map((terms) => nodes.or(...terms)),
      tie('predicate').map(nodes.not),
    ),
  }));
  return predicate;
}
