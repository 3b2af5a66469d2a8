/** Attribute values as columns tell them apart. */
import type { ValueSet } from '../data/value-set.ts';

/** Stands for every value of no family: objects, lists, invalid dates. Conditions can't tell them apart either. */
export const OTHER: unique symbol = Symbol('other');

/**
 * What a column is given: one of these. A bigint that is a safe integer is that number, -0 is 0, what is no value is null. Dates are valid.
 */
export type ColumnValue = number | bigint | string | boolean | Date | typeof OTHER | null;

export function columnValue(value: unknown): ColumnValue {
  switch (typeof value) {
    case 'number':
      return value + 0;
    case 'string':
    case 'boolean':
      return value;
    case 'bigint':
      return numberOrBigint(value);
    case 'object':
      if (value === null) return null;
      return value instanceof Date && !Number.isNaN(value.getTime()) ? value : OTHER;
    default:
      return null;
  }
}

/**
 * The number that satisfies the same conditions as the bigint, or the bigint itself. Only safe integers do: a quoted literal beyond them is rounded
 * for a number and exact for a bigint, so that `= '9007199254740993'` holds for 2 ** 53 and not for 2n ** 53n.
 */
export function numberOrBigint(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

export function passes(set: ValueSet, value: ColumnValue): boolean {
  return value === OTHER ? set.others : set.has(value);
}
