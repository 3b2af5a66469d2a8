/** A set of attribute values: what one condition on one attribute comes down to, in the form columns and indexes can use. */

/** Closed intervals, sorted and disjoint: `[low0, high0, low1, high1, …]`; a point is an interval of one. Infinities are values too. */
export type NumberIntervals = Float64Array;

/** An interval of texts in code-point order; an undefined bound is open to that side. */
export interface TextInterval {
  readonly low: string | undefined;
  readonly lowOpen: boolean;
  readonly high: string | undefined;
  readonly highOpen: boolean;
}

/** A closed interval of bigints; an undefined bound is open to that side. */
export interface BigintInterval {
  readonly low: bigint | undefined;
  readonly high: bigint | undefined;
}

/**
 * The values for which a condition is *true* (not false, not unknown), family by family.
 *
 * Three-valued logic is over once a condition is a ValueSet: `NOT (age < 30)` is the set [30, ∞] and has no null in it.
 * `has` is the whole truth. The other members describe the same set for those who would rather not ask value by value;
 * each is exact but `texts`, which may be too wide when `textsExact` is false (a LIKE with more than a prefix).
 */
export interface ValueSet {
  /** Whether the condition is true for this attribute value; `undefined` counts as `null`. Objects and lists are never in a set unless `nulls`-like tests say so. */
  has(value: unknown): boolean;
  /** Whether null (or missing) is in the set. */
  readonly nulls: boolean;
  /** The doubles of the set other than NaN; -0 and 0 are one. */
  readonly numbers: NumberIntervals;
  readonly nan: boolean;
  readonly bigints: readonly BigintInterval[];
  /** The dates of the set, as epoch milliseconds. */
  readonly dates: NumberIntervals;
  /** The texts of the set, sorted and disjoint. */
  readonly texts: readonly TextInterval[];
  readonly textsExact: boolean;
  readonly false: boolean;
  readonly true: boolean;
  /** Whether a value of no family (an object, a list, an invalid Date) is in the set, as for IS NOT NULL. */
  readonly others: boolean;
}
