/** A value a user compares with, as a predicate keeps it. */
import type { Scalar } from '../../../grammar/ast.ts';
import { PredicateParametersError } from '../../errors.ts';

/**
 * Null for undefined, a date copied so that it can't change. Throws PredicateParametersError, whose
 * message begins with `what`, for anything that can't be compared.
 */
export function scalarFor(value: unknown, what: string): Scalar {
  switch (typeof value) {
    case 'string':
    case 'number':
    case 'bigint':
    case 'boolean':
      return value;
    case 'undefined':
      return null;
    default:
      if (value === null) return null;
      if (value instanceof Date) return new Date(value);
      throw new PredicateParametersError(`${what} ${kindOf(value)}; it must be a string, number, bigint, boolean, Date or null`);
  }
}

/** What a value is, for the end of a sentence. */
export function kindOf(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}
