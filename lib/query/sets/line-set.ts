/**
 * A set of points on an ordered line, kept as the cuts at which membership changes.
 *
 * A cut lies between points: "just before 30", "just after 'Joe'". Below the first cut all points are in the set or none is, and each cut turns
 * that round. So `< 30` is one cut with the lower side in, `>= 30` the same cut with the upper side in, `= 30` two cuts, and the complement of any
 * set is the same cuts begun the other way: no operator, open bound or missing bound needs a case of its own. Union and intersection are one sweep
 * over all cuts that counts how many sets it is inside of, n log n for n cuts, as is usual for overlapping intervals (Shamos and Hoey 1976).
 *
 * What a cut looks like depends on the line (`value-sets.ts`): any type with an order.
 */

export interface LineSet<Cut> {
  /** Whether the points below the first cut are in the set. */
  readonly startsInside: boolean;
  /** Ascending, no two equal. */
  readonly cuts: readonly Cut[];
}

/** A cut, or an end of the line. */
export type Bound<Cut> = Cut | 'start' | 'end';

/** Where a value lies on a line: the cuts around it, or one cut twice if the line has no such point. */
export interface Place<Cut> {
  readonly before: Bound<Cut>;
  readonly after: Bound<Cut>;
}

/** The order of the cuts of one line. */
export type CompareCuts<Cut> = (a: Cut, b: Cut) => number;

export const NO_POINTS: LineSet<never> = Object.freeze({ startsInside: false, cuts: Object.freeze([]) });
export const ALL_POINTS: LineSet<never> = Object.freeze({ startsInside: true, cuts: Object.freeze([]) });

/** Whether the set holds no point of the line. */
export function isNoPoints(set: LineSet<unknown>): boolean {
  return !set.startsInside && set.cuts.length === 0;
}

/** Whether the set holds every point of the line. */
export function isAllPoints(set: LineSet<unknown>): boolean {
  return set.startsInside && set.cuts.length === 0;
}

/** The points from one bound up to another. */
export function between<Cut>(low: Bound<Cut>, high: Bound<Cut>, compare: CompareCuts<Cut>): LineSet<Cut> {
  if (low === 'end' || high === 'start') return NO_POINTS;
  if (low === 'start') return high === 'end' ? ALL_POINTS : { startsInside: true, cuts: [high] };
  if (high === 'end') return { startsInside: false, cuts: [low] };
  return compare(low, high) < 0 ? { startsInside: false, cuts: [low, high] } : NO_POINTS;
}

/** The points at the places. Cost: n log n. */
export function pointsAt<Cut>(places: readonly Place<Cut>[], compare: CompareCuts<Cut>): LineSet<Cut> {
  const atEnds: LineSet<Cut>[] = [];
  const inner: [Cut, Cut][] = [];
  for (const { before, after } of places) {
    if (before === 'start' || before === 'end' || after === 'start' || after === 'end') atEnds.push(between(before, after, compare));
    else inner.push([before, after]);
  }
  inner.sort((a, b) => compare(a[0], b[0]));
  const cuts: Cut[] = [];
  for (const [before, after] of inner) {
    if (compare(before, after) === 0) continue;
    const last = cuts.at(-1);
    const gap = last === undefined ? 1 : compare(before, last);
    if (gap > 0) cuts.push(before, after);
    else if (gap === 0) cuts[cuts.length - 1] = after; // A neighbour; a gap below 0 is the same point again.
  }
  return unite([...atEnds, cuts.length === 0 ? NO_POINTS : { startsInside: false, cuts }], compare);
}

/** The points that are not in the set. */
export function complement<Cut>(set: LineSet<Cut>): LineSet<Cut> {
  if (set.cuts.length === 0) return set.startsInside ? NO_POINTS : ALL_POINTS;
  return { startsInside: !set.startsInside, cuts: set.cuts };
}

/** The points that are in at least one of the sets. */
export function unite<Cut>(sets: readonly LineSet<Cut>[], compare: CompareCuts<Cut>): LineSet<Cut> {
  return combine(sets, false, compare);
}

/** The points that are in all sets. */
export function intersect<Cut>(sets: readonly LineSet<Cut>[], compare: CompareCuts<Cut>): LineSet<Cut> {
  return combine(sets, true, compare);
}

function combine<Cut>(sets: readonly LineSet<Cut>[], inAll: boolean, compare: CompareCuts<Cut>): LineSet<Cut> {
  const partial: LineSet<Cut>[] = [];
  for (const set of sets) {
    if (set.cuts.length > 0) partial.push(set);
    else if (set.startsInside !== inAll) return set; // Nothing, in an intersection; everything, in a union.
  }
  const [first] = partial;
  if (first === undefined) return inAll ? ALL_POINTS : NO_POINTS;
  return partial.length === 1 ? first : sweep(partial, inAll ? partial.length : 1, compare);
}

/** The points that are in at least `needed` of the sets. */
function sweep<Cut>(sets: readonly LineSet<Cut>[], needed: number, compare: CompareCuts<Cut>): LineSet<Cut> {
  const turns: { readonly cut: Cut; readonly step: number }[] = [];
  let depth = 0;
  for (const { startsInside, cuts } of sets) {
    if (startsInside) depth++;
    let step = startsInside ? -1 : 1;
    for (const cut of cuts) {
      turns.push({ cut, step });
      step = -step;
    }
  }
  turns.sort((a, b) => compare(a.cut, b.cut));
  const startsInside = depth >= needed;
  const cuts: Cut[] = [];
  let inside = startsInside;
  for (let i = 0; i < turns.length;) {
    const { cut } = turns[i]!;
    // All turns at one cut count together: where one set ends and its neighbour begins, nothing changes.
    for (; i < turns.length && compare(turns[i]!.cut, cut) === 0; i++) depth += turns[i]!.step;
    if (depth >= needed !== inside) {
      inside = !inside;
      cuts.push(cut);
    }
  }
  if (cuts.length === 0) return inside ? ALL_POINTS : NO_POINTS;
  return { startsInside, cuts };
}
