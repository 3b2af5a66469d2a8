/** The one total order of attribute values and the one equality: what comparisons, ordered indexes, ORDER BY and aggregations share. */
import { compareText } from './text-order.ts';

/** What kind of thing a value is to a comparison. Numbers and bigints compare with each other; otherwise only like with like. */
export type Family = 'boolean' | 'number' | 'bigint' | 'date' | 'text' | 'other' | 'null';

/** Place of each family in the total order. */
const RANK: Readonly<Record<Family, number>> = { boolean: 0, number: 1, bigint: 1, date: 2, text: 3, other: 4, null: 5 };

/** The family of any value. Functions and symbols are no values: `null`. An invalid Date is an `other`, as objects and lists are. */
export function family(value: unknown): Family {
  switch (typeof value) {
    case 'number':
      return 'number';
    case 'string':
      return 'text';
    case 'boolean':
      return 'boolean';
    case 'bigint':
      return 'bigint';
    case 'object':
      if (value === null) return 'null';
      return value instanceof Date && !Number.isNaN(value.getTime()) ? 'date' : 'other';
    default:
      return 'null';
  }
}

/**
 * Total order: booleans (false first) < numbers and bigints, exactly, with NaN above all < dates < texts by code point < others < null.
 * Others tie with each other. `-0` ties with `0`, `NaN` with `NaN`, `5` with `5n`.
 */
export function compareValues(a: unknown, b: unknown): number {
  if (typeof a === 'number' && typeof b === 'number') return compareNumbers(a, b);
  if (typeof a === 'string' && typeof b === 'string') return compareText(a, b);
  const rank = RANK[family(a)];
  const difference = rank - RANK[family(b)];
  return difference !== 0 ? difference : compareWithin(a, b);
}

/** Two values of one rank, neither both numbers nor both texts. */
function compareWithin(a: unknown, b: unknown): number {
  if ((typeof a === 'number' || typeof a === 'bigint') && (typeof b === 'number' || typeof b === 'bigint')) return compareNumbers(a, b);
  if (typeof a === 'boolean' && typeof b === 'boolean') return Number(a) - Number(b);
  // Both are valid dates here, or neither is.
  if (a instanceof Date && b instanceof Date) return a.getTime() - b.getTime() || 0;
  return 0;
}

/** Numbers and bigints by their exact values; NaN equals NaN and is above all else, as in PostgreSQL. */
export function compareNumbers(a: number | bigint, b: number | bigint): number {
  // The language compares a number with a bigint exactly, without converting either.
  if (a < b) return -1;
  if (a > b) return 1;
  return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
}

/** Whether two values are one value to a comparison, an index, `DISTINCT` and `GROUP BY`. Others (objects, lists) only by identity. */
export function equalValues(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  const kind = family(a);
  return kind === 'other' ? false : compareValues(a, b) === 0;
}
