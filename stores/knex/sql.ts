/** What the SQL texts of a table are put together from. */
import { createHash } from 'node:crypto';
import type { Statement } from './database.ts';
import type { MappedColumn } from './mapping.ts';

/** Arrays bound side by side as rows. A column of arrays travels as texts, since `unnest` would take its lists apart too. */
export function unnest(columns: readonly MappedColumn[]): string {
  return `unnest(${list(columns.map(({ isArray, castName }, index) => `$${index + 1}::${isArray ? 'text' : castName}[]`))})`;
}

export function prepared(text: string): Statement {
  return { name: `cobnut_${createHash('sha256').update(text).digest('hex').slice(0, 24)}`, text };
}

export function list(items: readonly string[]): string {
  return items.join(', ');
}
