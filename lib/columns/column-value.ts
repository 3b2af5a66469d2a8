/** Attribute values as columns tell them apart. */
import type { ValueSet } from '../data/value-set.ts';

/** Stands for every value of no family: objects, lists, invalid dates. Conditions can't tell them apart either. */
export const OTHER: unique symbol = Symbol('other');

/**
 * What a column is given: one of these. A bigint that a double holds exactly is that double (they are equal in every comparison), -0 is 0, what is
 * no value is null. Dates are valid.
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
      return doubleOrBigint(value);
    case 'object':
      if (value === null) return null;
      return value instanceof Date && !Number.isNaN(value.getTime()) ? value : OTHER;
    default:
      return null;
  }
}

/** The double that equals the bigint, or the bigint itself if there is none. */
export function doubleOrBigint(value: bigint): number | bigint {
  const nearest = Number(value);
  return Number.isFinite(nearest) && BigInt(nearest) === value ? nearest : value;
}

export function passes(set: ValueSet, value: ColumnValue): boolean {
  return value === OTHER ? set.others : set.has(value);
}
