/**
 * What a leaf of a predicate means for the values of its one attribute: a value set.
 *
 * Three-valued logic ends here. A leaf is true for some values, false for others, unknown for the rest (null, values it can't be compared with).
 * `leafSet` gives the first set, or with `negated` the second one, and what is unknown is in neither; so NOT needs nothing but the other set.
 */
import { holds, MIRRORED, NEGATED } from '../../../grammar/comparison.ts';
import type {
  Attribute,
  Between,
  Comparison,
  ComparisonOperator,
  In,
  IsDistinct,
  IsNull,
  IsTruth,
  Like,
  Regex,
  Scalar,
  Truth,
  Value,
} from '../../../grammar/ast.ts';
import { compareNumbers, type Family } from '../../data/compare.ts';
import { prefixEnd, sortedTexts } from '../../data/text-order.ts';
import { scalarOf, valuesOf } from './bind.ts';
import { type Comparand, comparandOf, comparesWith } from './comparand.ts';
import { type TextCut, type TextTest, compareTextCuts, placeOfPrefix, placeOfText } from './family-lines.ts';
import { compileLike } from './like.ts';
import {
  ALL_POINTS,
  NO_POINTS,
  between,
  type CompareCuts,
  type LineSet,
  type Place,
  complement as complementLine,
  pointsAt,
} from './line-set.ts';
import { compileRegex } from './regex.ts';
import { EMPTY, EVERYTHING, FamilySet, NOT_NULL, NULL, complement, complementTexts, intersect, union } from './value-sets.ts';

/** A comparison with the attribute on the left and a value on the right. */
export interface ValueComparison extends Comparison {
  readonly left: Attribute;
  readonly right: Value;
}

/** Leaves about one attribute. */
export type AttributeLeaf = ValueComparison | Between | In | Like | Regex | IsNull | IsDistinct | IsTruth | Truth;

const ONLY_TRUE = new FamilySet({ true: true });
const ONLY_FALSE = new FamilySet({ false: true });
const NOT_TRUE = complement(ONLY_TRUE);
const NOT_FALSE = complement(ONLY_FALSE);

/** The values for which the leaf is true; with `negated`, those for which it is false. Throws as `scalarOf` and `compileRegex` do. */
export function leafSet(leaf: AttributeLeaf, negated: boolean, parameters: readonly unknown[]): FamilySet {
  switch (leaf.kind) {
    case 'comparison':
      return comparisonSet(negated ? NEGATED[leaf.operator] : leaf.operator, comparandOf(scalarOf(leaf.right, parameters)));
    case 'truth':
      return negated ? ONLY_FALSE : ONLY_TRUE;
    case 'is-null':
      return leaf.negated === negated ? NULL : NOT_NULL;
    case 'is-truth':
      if (leaf.negated === negated) return leaf.value ? ONLY_TRUE : ONLY_FALSE;
      return leaf.value ? NOT_TRUE : NOT_FALSE;
    case 'between':
      return betweenSet(leaf, leaf.negated !== negated, parameters);
    case 'in':
      return pointSet(
        leaf.values.map((value) => comparandOf(scalarOf(value, parameters))),
        leaf.negated !== negated,
      );
    case 'is-distinct':
      return distinctSet(leaf, leaf.negated !== negated, parameters);
    default:
      return patternSet(leaf, leaf.negated !== negated, parameters);
  }
}

const FAMILIES: readonly Family[] = ['boolean', 'number', 'bigint', 'date', 'text', 'other', 'null'];

/**
 * The families that the leaf compares: for values of another one it is unknown because types differ. Null is always among them, and a NULL to compare
 * with takes none away: both are unknown for another reason.
 */
export function comparedFamilies(leaf: AttributeLeaf, parameters: readonly unknown[]): ReadonlySet<Family> {
  switch (leaf.kind) {
    case 'like':
    case 'regex':
      return new Set(['text', 'null']);
    case 'truth':
      return new Set(['boolean', 'null']);
    case 'is-distinct':
      return new Set(FAMILIES);
    default: {
      const scalars = valuesOf(leaf).map((value) => scalarOf(value, parameters));
      const comparands = scalars.filter((scalar) => scalar !== null).map(comparandOf);
      return new Set(FAMILIES.filter((each) => comparands.every((comparand) => comparesWith(comparand, each))));
    }
  }
}

/** Whether a comparison of two values is true; unknown is not. The less typed one is read as the type of the other. */
export function foldComparison(operator: ComparisonOperator, left: Scalar, right: Scalar): boolean {
  if (typedness(left) < typedness(right)) return comparisonSet(MIRRORED[operator], comparandOf(left)).has(right);
  return comparisonSet(operator, comparandOf(right)).has(left);
}

/** A text can be read as anything, a number as a time too. */
function typedness(scalar: Scalar): number {
  if (typeof scalar === 'string') return 0;
  return typeof scalar === 'number' || typeof scalar === 'bigint' ? 1 : 2;
}

/** The values for which `value operator comparand` is true. */
export function comparisonSet(operator: ComparisonOperator, { number, bigint, date, text, boolean }: Comparand): FamilySet {
  const numbers = lineOf(operator, number, compareNumbers);
  return new FamilySet({
    numbers,
    bigints: lineOf(operator, bigint, compareNumbers),
    // A number is a time as well, and both lines have the same cuts.
    dates: date === number ? numbers : lineOf(operator, date, compareNumbers),
    texts: text === undefined ? NO_POINTS : lineOf(operator, placeOfText(text), compareTextCuts),
    false: boolean !== undefined && holds(operator, 0 - Number(boolean)),
    true: boolean !== undefined && holds(operator, 1 - Number(boolean)),
  });
}

function lineOf<Cut>(operator: ComparisonOperator, place: Place<Cut> | undefined, compare: CompareCuts<Cut>): LineSet<Cut> {
  if (place === undefined) return NO_POINTS;
  const { before, after } = place;
  switch (operator) {
    case '=':
      return between(before, after, compare);
    case '!=':
      return complementLine(between(before, after, compare));
    case '<':
      return between('start', before, compare);
    case '<=':
      return between('start', after, compare);
    case '>':
      return between(after, 'end', compare);
    default:
      return between(before, 'end', compare);
  }
}

function betweenSet(leaf: Between, negated: boolean, parameters: readonly unknown[]): FamilySet {
  const low = comparandOf(scalarOf(leaf.low, parameters));
  const high = comparandOf(scalarOf(leaf.high, parameters));
  if (negated) return union([comparisonSet('<', low), comparisonSet('>', high)]);
  return intersect([comparisonSet('>=', low), comparisonSet('<=', high)]);
}

/** The values equal to one of the comparands; negated, those that compare with all of them and are equal to none. */
function pointSet(comparands: readonly Comparand[], negated: boolean): FamilySet {
  if (comparands.length === 0) return negated ? EVERYTHING : EMPTY; // Of an empty list even null is certainly no member.
  const points = <Cut>(places: readonly Place<Cut>[], compare: CompareCuts<Cut>): LineSet<Cut> => {
    if (!negated) return pointsAt(places, compare);
    return places.length < comparands.length ? NO_POINTS : complementLine(pointsAt(places, compare));
  };
  const matches = (value: boolean): boolean =>
    negated ? comparands.every(({ boolean }) => boolean === !value) : comparands.some(({ boolean }) => boolean === value);
  const numbers = points(present(comparands, 'number'), compareNumbers);
  const areTimes = comparands.every(({ number, date }) => date === number);
  return new FamilySet({
    numbers,
    bigints: points(present(comparands, 'bigint'), compareNumbers),
    dates: areTimes ? numbers : points(present(comparands, 'date'), compareNumbers),
    texts: points(sortedTexts(present(comparands, 'text')).map(placeOfText), compareTextCuts),
    false: matches(false),
    true: matches(true),
  });
}

/** What those comparands that compare with the family are to it. */
function present<F extends keyof Comparand>(comparands: readonly Comparand[], family: F): NonNullable<Comparand[F]>[] {
  const found: NonNullable<Comparand[F]>[] = [];
  for (const comparand of comparands) {
    const place = comparand[family];
    if (place !== undefined) found.push(place);
  }
  return found;
}

/** IS NOT DISTINCT FROM when `same`: never unknown, so what does not compare is distinct. */
function distinctSet(leaf: IsDistinct, same: boolean, parameters: readonly unknown[]): FamilySet {
  const scalar = scalarOf(leaf.value, parameters);
  const equal = scalar === null ? NULL : comparisonSet('=', comparandOf(scalar));
  return same ? equal : complement(equal);
}

function patternSet(leaf: Like | Regex, negated: boolean, parameters: readonly unknown[]): FamilySet {
  const pattern = scalarOf(leaf.pattern, parameters);
  if (typeof pattern !== 'string') return EMPTY;
  const { texts, textTest } = leaf.kind === 'regex' ? { texts: ALL_POINTS, textTest: compileRegex(pattern) } : likeTexts(leaf, pattern);
  return new FamilySet(negated ? complementTexts(texts, textTest) : { texts, textTest });
}

function likeTexts(leaf: Like, pattern: string): { readonly texts: LineSet<TextCut>; readonly textTest: TextTest | undefined } {
  const { shape, prefix, test } = compileLike(pattern, leaf.escape, leaf.insensitive);
  const { before, after } = shape === 'equal' ? placeOfText(prefix) : placeOfPrefix(prefix, prefixEnd(prefix));
  return { texts: between(before, after, compareTextCuts), textTest: shape === 'other' ? test : undefined };
}
