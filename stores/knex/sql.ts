/** What the SQL texts of a table are put together from. */
import { createHash } from 'node:crypto';
import type { Statement } from './database.ts';
import type { MappedColumn } from './mapping.ts';

/** Arrays bound side by side as rows. A column of arrays travels as texts, since `unnest` would take its lists apart too. */
export function unnest(columns: readonly MappedColumn[]): string {
  return `unnest(${list(columns.map(({ isArray, castName }, index) => `$${index + 1}::${isArray ? 'text' : castName}[]`))})`;
}

/**
 * What is bound, as the table `u`: each column under the name that `nameOf` gives its position, and the row's place as `n`. Many rows are bound as an
 * array for each column; one alone by its values, which the server takes in half the time.
 */
export function boundRows(columns: readonly MappedColumn[], nameOf: (position: number) => string, isOne: boolean): string {
  if (!isOne) return `${unnest(columns)} WITH ORDINALITY AS u(${list([...columns.map((_, index) => nameOf(index + 1)), 'n'])})`;
  const values = columns.map(({ isArray, castName }, index) => `$${index + 1}::${isArray ? 'text' : castName} AS ${nameOf(index + 1)}`);
  return `(SELECT ${list([...values, '1 AS n'])}) AS u`;
}

export function prepared(text: string): Statement {
  return { name: `cobnut_${createHash('sha256').update(text).digest('hex').slice(0, 24)}`, text };
}

export function list(items: readonly string[]): string {
  return items.join(', ');
}
