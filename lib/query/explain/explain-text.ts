/** Explanations as text: stable, without times unless the query was run, numbers grouped by thousands whatever the locale. */
import type { Explanation, PlanNode } from '../../api/query.ts';

/**
 *     active AND age < 30
 *       column scan: active AND age < 30 (about 168,000 rows)
 *         column active: active (about 700,000 rows)
 *         column age: age < 30 (about 240,000 rows)
 *     about 168,000 of 1,000,000 entries
 */
export function explanationText({
  predicate,
  plan,
  estimatedRows,
  actualRows,
  mismatchedRows,
  elapsedMs,
  advice,
}: Omit<Explanation, 'toString'>): string {
  const lines = [predicate, ...planLines(plan, 1), `about ${rowsText(estimatedRows)}`];
  if (actualRows !== undefined) lines.push(`found ${rowsText(actualRows)} in ${(elapsedMs ?? 0).toFixed(3)} ms`);
  if (mismatchedRows !== undefined && mismatchedRows > 0)
    lines.push(`${rowsText(mismatchedRows)} could not be compared: values of another type`);
  for (const { attributes, type, reason } of advice) lines.push(`advice: a ${type} index on ${attributes.join(', ')}: ${reason}`);
  return lines.join('\n');
}

function planLines({ operation, detail, estimatedRows, actualRows, children }: PlanNode, depth: number): string[] {
  const found = actualRows === undefined ? '' : `, found ${grouped(actualRows)}`;
  const line = `${'  '.repeat(depth)}${operation}${detail === '' ? '' : `: ${detail}`} (about ${rowsText(estimatedRows)}${found})`;
  return [line, ...children.flatMap((child) => planLines(child, depth + 1))];
}

/** `1 row`, `1,000 rows`. */
export function rowsText(rows: number): string {
  return `${grouped(rows)} ${Math.round(rows) === 1 ? 'row' : 'rows'}`;
}

/** A number of things, rounded: `1,234,567`. */
export function grouped(count: number): string {
  return String(Math.round(count)).replaceAll(/\B(?=(?:\d{3})+$)/g, ',');
}
