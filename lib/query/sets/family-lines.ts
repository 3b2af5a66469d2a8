/** The lines that attribute values lie on (numbers and dates, bigints, texts): what a cut is, what a place, who is in, and the interval forms. */
import { doubleAbove, doubleFrom, nextDown, nextUp } from '../../data/double.ts';
import { compareText } from '../../data/text-order.ts';
import type { BigintInterval, NumberIntervals, TextInterval } from '../../data/value-set.ts';
import type { LineSet, Place } from './line-set.ts';

// Numbers: a cut is the number it lies before. NaN is the last number, so `before: NaN` lies after Infinity.

/** Where a number or bigint lies among the doubles. */
export function placeAmongNumbers(x: number | bigint): Place<number> {
  if (typeof x === 'bigint') return { before: doubleFrom(x), after: doubleAbove(x) };
  if (Number.isNaN(x)) return { before: NaN, after: 'end' };
  if (x === Infinity) return { before: Infinity, after: NaN };
  return { before: x === -Infinity ? 'start' : x + 0, after: nextUp(x) };
}

/** Whether a number (also NaN) is in the set. */
export function hasNumber(set: LineSet<number>, x: number): boolean {
  const { cuts, startsInside } = set;
  switch (cuts.length) {
    case 0:
      return startsInside;
    case 1:
      return (x >= cuts[0]! || Number.isNaN(x)) !== startsInside;
    case 2:
      return Number.isNaN(x) ? startsInside : (x >= cuts[0]! && !(x >= cuts[1]!)) !== startsInside;
    default:
      return isOdd(Number.isNaN(x) ? cuts.length : cutsUpTo(cuts, x)) !== startsInside;
  }
}

/** Whether the last point of the line is in the set. */
export function endsInside(set: LineSet<unknown>): boolean {
  return isOdd(set.cuts.length) !== set.startsInside;
}

/** The set without NaN, as closed intervals. */
export function numberIntervals(set: LineSet<number>): NumberIntervals {
  const ends: number[] = [];
  let low = -Infinity;
  let inside = set.startsInside;
  for (const cut of set.cuts) {
    if (inside) ends.push(low, Number.isNaN(cut) ? Infinity : nextDown(cut));
    low = cut;
    inside = !inside;
  }
  if (inside && !Number.isNaN(low)) ends.push(low, Infinity);
  return Float64Array.from(ends);
}

// Bigints: a cut is the bigint it lies before.

/** Where a number or bigint lies among the bigints. */
export function placeAmongBigints(x: number | bigint): Place<bigint> {
  if (typeof x === 'bigint') return { before: x, after: x + 1n };
  if (x === -Infinity) return { before: 'start', after: 'start' };
  if (!Number.isFinite(x)) return { before: 'end', after: 'end' };
  const before = BigInt(Math.ceil(x));
  return { before, after: Number.isInteger(x) ? before + 1n : before };
}

export function hasBigint(set: LineSet<bigint>, x: bigint): boolean {
  return isOdd(cutsUpTo(set.cuts, x)) !== set.startsInside;
}

export function bigintIntervals(set: LineSet<bigint>): BigintInterval[] {
  const intervals: BigintInterval[] = [];
  let low: bigint | undefined;
  let inside = set.startsInside;
  for (const cut of set.cuts) {
    if (inside) intervals.push({ low, high: cut - 1n });
    low = cut;
    inside = !inside;
  }
  if (inside) intervals.push({ low, high: undefined });
  return intervals;
}

// Texts: between a text and the next one, the same with U+0000 appended, there is nothing, so a cut has two spellings; the shorter one is used.

/** A cut of the line of texts: just before a text, or just after it. */
export interface TextCut {
  readonly text: string;
  readonly after: boolean;
}

export type TextTest = (text: string) => boolean;

/** The place of one text. */
export function placeOfText(text: string): Place<TextCut> {
  return { before: placeBefore(text), after: { text, after: true } };
}

/** The place of all texts that begin with `prefix`; `end` is what `prefixEnd` says. */
export function placeOfPrefix(prefix: string, end: string | undefined): Place<TextCut> {
  return { before: placeBefore(prefix), after: end === undefined ? 'end' : placeBefore(end) };
}

function placeBefore(text: string): Place<TextCut>['before'] {
  if (text === '') return 'start';
  return text.endsWith('\0') ? { text: text.slice(0, -1), after: true } : { text, after: false };
}

export function compareTextCuts(a: TextCut, b: TextCut): number {
  return compareText(a.text, b.text) || Number(a.after) - Number(b.after);
}

/** Sets of more cuts than this, and nothing but points, are asked through a hash set. */
const FEW_CUTS = 8;

/** Compiles membership. Cost of a call: a comparison or two for a point or interval, a look-up for many points, else logarithmic. */
export function textTestOf(set: LineSet<TextCut>): TextTest {
  const { cuts, startsInside } = set;
  const [low, high] = cuts;
  if (low === undefined) return () => startsInside;
  if (cuts.length <= FEW_CUTS || !isPoints(cuts)) {
    if (cuts.length === 2 && isPoints(cuts)) return (text) => (text === low.text) !== startsInside;
    if (high === undefined) return (text) => isAbove(text, low) !== startsInside;
    if (cuts.length === 2) return (text) => (isAbove(text, low) && !isAbove(text, high)) !== startsInside;
    return (text) => isOdd(textCutsUpTo(cuts, text)) !== startsInside;
  }
  const points = new Set(cuts.map((cut) => cut.text));
  return (text) => points.has(text) !== startsInside;
}

export function textIntervals(set: LineSet<TextCut>): TextInterval[] {
  const intervals: TextInterval[] = [];
  let low: TextCut | undefined;
  let inside = set.startsInside;
  for (const cut of set.cuts) {
    if (inside) intervals.push({ low: low?.text, lowOpen: low?.after ?? false, high: cut.text, highOpen: !cut.after });
    low = cut;
    inside = !inside;
  }
  if (inside) intervals.push({ low: low?.text, lowOpen: low?.after ?? false, high: undefined, highOpen: false });
  return intervals;
}

/** Whether the cuts come in pairs around single texts. */
function isPoints(cuts: readonly TextCut[]): boolean {
  if (isOdd(cuts.length)) return false;
  for (let i = 0; i < cuts.length; i += 2) if (cuts[i]!.text !== cuts[i + 1]!.text) return false;
  return true;
}

function isAbove(text: string, cut: TextCut): boolean {
  const difference = compareText(text, cut.text);
  return cut.after ? difference > 0 : difference >= 0;
}

function textCutsUpTo(cuts: readonly TextCut[], text: string): number {
  let low = 0;
  let high = cuts.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (isAbove(text, cuts[middle]!)) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** How many cuts lie at or below `x`. */
function cutsUpTo<T extends number | bigint>(cuts: readonly T[], x: T): number {
  let low = 0;
  let high = cuts.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (x >= cuts[middle]!) low = middle + 1;
    else high = middle;
  }
  return low;
}

function isOdd(count: number): boolean {
  return (count & 1) === 1;
}
