/** The one form of ValueSet that conditions are made of: a set of points on the line of each family, and the algebra of such sets. */
import { compareNumbers } from '../../data/compare.ts';
import type { BigintInterval, NumberIntervals, TextInterval, ValueSet } from '../../data/value-set.ts';
import {
  type TextCut,
  type TextTest,
  bigintIntervals,
  compareTextCuts,
  endsInside,
  hasBigint,
  hasNumber,
  numberIntervals,
  textIntervals,
  textTestOf,
} from './family-lines.ts';
import * as line from './line-set.ts';
import { ALL_POINTS, NO_POINTS, type LineSet } from './line-set.ts';

/** A family set, part by part. Parts that are left out are empty. */
export interface Parts {
  /** Cuts lie before the number; NaN is the last number, so that what has no upper bound has NaN in it. */
  readonly numbers?: LineSet<number>;
  /** Cuts lie before the bigint. */
  readonly bigints?: LineSet<bigint>;
  /** Cuts lie before the time, in epoch milliseconds. */
  readonly dates?: LineSet<number>;
  readonly texts?: LineSet<TextCut>;
  /** Which texts are in the set, when `texts` may be too wide; then this alone decides. */
  readonly textTest?: TextTest | undefined;
  readonly nulls?: boolean;
  readonly false?: boolean;
  readonly true?: boolean;
  readonly others?: boolean;
}

/** Set of attribute values, one line per family. Immutable; the interval forms are made when first asked for. */
export class FamilySet implements ValueSet {
  readonly nulls: boolean;
  readonly false: boolean;
  readonly true: boolean;
  readonly others: boolean;
  readonly numberLine: LineSet<number>;
  readonly bigintLine: LineSet<bigint>;
  readonly dateLine: LineSet<number>;
  readonly textLine: LineSet<TextCut>;
  readonly textTest: TextTest | undefined;
  #hasText: TextTest | undefined;
  #numbers: NumberIntervals | undefined;
  #bigints: readonly BigintInterval[] | undefined;
  #dates: NumberIntervals | undefined;
  #texts: readonly TextInterval[] | undefined;

  constructor(parts: Parts) {
    this.nulls = parts.nulls ?? false;
    this.false = parts.false ?? false;
    this.true = parts.true ?? false;
    this.others = parts.others ?? false;
    this.numberLine = parts.numbers ?? NO_POINTS;
    this.bigintLine = parts.bigints ?? NO_POINTS;
    this.dateLine = parts.dates ?? NO_POINTS;
    this.textLine = parts.texts ?? NO_POINTS;
    this.textTest = parts.textTest;
  }

  has(value: unknown): boolean {
    if (typeof value === 'number') return hasNumber(this.numberLine, value);
    if (typeof value === 'string') return this.hasText(value);
    if (typeof value === 'boolean') return value ? this.true : this.false;
    if (value === null || value === undefined) return this.nulls;
    if (typeof value === 'bigint') return hasBigint(this.bigintLine, value);
    if (typeof value !== 'object') return this.nulls;
    if (!(value instanceof Date)) return this.others;
    const time = value.getTime();
    return Number.isNaN(time) ? this.others : hasNumber(this.dateLine, time);
  }

  hasText(text: string): boolean {
    this.#hasText ??= this.textTest ?? textTestOf(this.textLine);
    return this.#hasText(text);
  }

  get numbers(): NumberIntervals {
    return (this.#numbers ??= numberIntervals(this.numberLine));
  }
  get nan(): boolean {
    return endsInside(this.numberLine);
  }
  get bigints(): readonly BigintInterval[] {
    return (this.#bigints ??= bigintIntervals(this.bigintLine));
  }
  get dates(): NumberIntervals {
    return (this.#dates ??= numberIntervals(this.dateLine));
  }
  get texts(): readonly TextInterval[] {
    return (this.#texts ??= textIntervals(this.textLine));
  }
  get textsExact(): boolean {
    return this.textTest === undefined;
  }
}

export const EMPTY: FamilySet = new FamilySet({});
export const NULL: FamilySet = new FamilySet({ nulls: true });
export const EVERYTHING: FamilySet = complement(EMPTY);
export const NOT_NULL: FamilySet = complement(NULL);

/** Whether the set certainly holds no value. A set of texts with a test counts as filled if its interval is. */
export function isEmpty(set: FamilySet): boolean {
  return (
    !(set.nulls || set.false || set.true || set.others) &&
    line.isNoPoints(set.numberLine) &&
    line.isNoPoints(set.textLine) &&
    line.isNoPoints(set.dateLine) &&
    line.isNoPoints(set.bigintLine)
  );
}

/** Whether the set certainly holds every value, null included. */
export function isEverything(set: FamilySet): boolean {
  return (
    set.nulls &&
    set.false &&
    set.true &&
    set.others &&
    set.textTest === undefined &&
    line.isAllPoints(set.numberLine) &&
    line.isAllPoints(set.textLine) &&
    line.isAllPoints(set.dateLine) &&
    line.isAllPoints(set.bigintLine)
  );
}

/** All values that are not in the set, null included unless it is in. */
export function complement(set: FamilySet): FamilySet {
  const { textTest } = set;
  return new FamilySet({
    numbers: line.complement(set.numberLine),
    bigints: line.complement(set.bigintLine),
    dates: line.complement(set.dateLine),
    ...complementTexts(set.textLine, textTest),
    nulls: !set.nulls,
    false: !set.false,
    true: !set.true,
    others: !set.others,
  });
}

/** The texts that are not in a set of texts, as parts of a set. */
export function complementTexts(texts: LineSet<TextCut>, textTest: TextTest | undefined): Pick<Parts, 'texts' | 'textTest'> {
  return textTest === undefined ? { texts: line.complement(texts) } : { texts: ALL_POINTS, textTest: (text) => !textTest(text) };
}

/** The values that are in all sets. Cost: n log n for n intervals altogether. */
export function intersect(sets: readonly FamilySet[]): FamilySet {
  const numbers = line.intersect(sets.map(numberLineOf), compareNumbers);
  return new FamilySet({
    numbers,
    bigints: line.intersect(sets.map(bigintLineOf), compareNumbers),
    dates: sets.every(hasOneLine) ? numbers : line.intersect(sets.map(dateLineOf), compareNumbers),
    ...intersectTexts(sets),
    nulls: sets.every((set) => set.nulls),
    false: sets.every((set) => set.false),
    true: sets.every((set) => set.true),
    others: sets.every((set) => set.others),
  });
}

/** The values that are in at least one set. Cost: n log n for n intervals altogether. */
export function union(sets: readonly FamilySet[]): FamilySet {
  const numbers = line.unite(sets.map(numberLineOf), compareNumbers);
  return new FamilySet({
    numbers,
    bigints: line.unite(sets.map(bigintLineOf), compareNumbers),
    dates: sets.every(hasOneLine) ? numbers : line.unite(sets.map(dateLineOf), compareNumbers),
    ...uniteTexts(sets),
    nulls: sets.some((set) => set.nulls),
    false: sets.some((set) => set.false),
    true: sets.some((set) => set.true),
    others: sets.some((set) => set.others),
  });
}

const numberLineOf = (set: FamilySet): LineSet<number> => set.numberLine;
const bigintLineOf = (set: FamilySet): LineSet<bigint> => set.bigintLine;
const dateLineOf = (set: FamilySet): LineSet<number> => set.dateLine;
/** Conditions on numbers mean times as well, by the same line. */
const hasOneLine = (set: FamilySet): boolean => set.dateLine === set.numberLine;
const textLineOf = (set: FamilySet): LineSet<TextCut> => set.textLine;

function intersectTexts(sets: readonly FamilySet[]): Pick<Parts, 'texts' | 'textTest'> {
  const texts = line.intersect(sets.map(textLineOf), compareTextCuts);
  const { tests, exact } = separate(sets);
  if (tests.length === 0 || line.isNoPoints(texts)) return { texts };
  const hasExact = textTestOf(line.intersect(exact, compareTextCuts));
  return { texts, textTest: (text) => hasExact(text) && tests.every((test) => test(text)) };
}

function uniteTexts(sets: readonly FamilySet[]): Pick<Parts, 'texts' | 'textTest'> {
  const { tests, exact } = separate(sets);
  const certain = line.unite(exact, compareTextCuts);
  if (tests.length === 0 || line.isAllPoints(certain)) return { texts: certain };
  const hasExact = textTestOf(certain);
  const texts = line.unite(sets.map(textLineOf), compareTextCuts);
  return { texts, textTest: (text) => hasExact(text) || tests.some((test) => test(text)) };
}

/** The tests of the sets whose texts need one, and the texts of the others. */
function separate(sets: readonly FamilySet[]): { readonly tests: readonly TextTest[]; readonly exact: readonly LineSet<TextCut>[] } {
  const tests: TextTest[] = [];
  const exact: LineSet<TextCut>[] = [];
  for (const { textTest, textLine } of sets) {
    if (textTest === undefined) exact.push(textLine);
    else tests.push(textTest);
  }
  return { tests, exact };
}
