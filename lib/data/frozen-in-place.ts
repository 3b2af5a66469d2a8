/** Freezing without copying, for rows that a loader made for the map alone: a flat object of primitives and dates, as a table row is. */
import { frozenDate } from './frozen-date.ts';
import { isPlainObject } from './plain.ts';

/**
 * Freezes the object and makes its dates unchangeable; true if it was such a row. Otherwise false, and only dates have been replaced by equal ones: the
 * value must be copied. Accessors are not looked for, because nobody puts one into a row.
 */
export function frozenInPlace(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || !isPlainObject(value) || Object.isFrozen(value)) return false;
  for (const name in value) {
    const part = value[name];
    if (typeof part !== 'object') {
      if (typeof part === 'function' || typeof part === 'symbol') return false;
    } else if (part !== null) {
      if (!(part instanceof Date) || Object.getPrototypeOf(part) !== Date.prototype) return false;
      value[name] = frozenDate(part);
    }
  }
  Object.freeze(value);
  return true;
}
