/** Results as tables for people. */
import type { Timing } from './measure.ts';

/** Rows of cells as a table with aligned columns; the first column is left-aligned, the others right. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => (row[column] ?? '').length)));
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!)))
      .join('  ')
      .trimEnd();
  return [line(head), widths.map((width) => '-'.repeat(width)).join('  '), ...rows.map(line)].join('\n');
}

/** Nanoseconds with a unit, three digits. */
export function duration(ns: number): string {
  if (ns < 1000) return `${Number(ns.toPrecision(3))} ns`;
  if (ns < 1e6) return `${Number((ns / 1e3).toPrecision(3))} us`;
  if (ns < 1e9) return `${Number((ns / 1e6).toPrecision(3))} ms`;
  return `${Number((ns / 1e9).toPrecision(3))} s`;
}

/** How many times slower `timing` is than `base`. */
export function ratio(timing: Timing, base: Timing): string {
  const times = timing.medianNs / base.medianNs;
  return `${times >= 100 ? Math.round(times) : Number(times.toPrecision(2))}x`;
}

export function median(timings: readonly Timing[], name: string): Timing {
  const found = timings.find((timing) => timing.name === name);
  if (found === undefined) throw new Error(`no timing of ${name}`);
  return found;
}
