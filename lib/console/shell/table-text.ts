/** Rows as a table for people: aligned columns, numbers to the right, cut to the width of the terminal. */
import { isPlainObject } from '../../data/plain.ts';
import { plainJson } from './plain-json.ts';

export interface TableStyle {
  /** Columns of the terminal; `Infinity`: nothing is cut. */
  readonly width: number;
  readonly bold: (text: string) => string;
}

/** Longest cell while others want room too. */
const CELL_MAX = 40;

/** Each row is an object of cells, or a single value. */
export function tableText(rows: readonly unknown[], { width, bold }: TableStyle): string {
  const records = rows.map(record);
  const names = [...new Set(records.flatMap((row) => Object.keys(row)))];
  const columns = names.map((name) => column(name, records));
  const lines = [
    columns.map(({ head }) => head),
    columns.map(({ length }) => '─'.repeat(length)),
    ...records.map((_, row) => columns.map(({ cells }) => cells[row]!)),
  ];
  return lines.map((cells, position) => fit(cells.join('  ').trimEnd(), width, position === 0 ? bold : (text) => text)).join('\n');
}

interface Column {
  readonly head: string;
  readonly length: number;
  readonly cells: readonly string[];
}

function column(name: string, records: readonly Readonly<Record<string, unknown>>[]): Column {
  const values = records.map((row) => (Object.hasOwn(row, name) ? row[name] : undefined));
  const cells = values.map((value) => cut(cellText(value), CELL_MAX));
  const length = Math.max(name.length, ...cells.map((cell) => cell.length));
  const isNumeric =
    values.some((value) => typeof value === 'number') && values.every((value) => value === undefined || typeof value === 'number');
  const pad = (text: string): string => (isNumeric ? text.padStart(length) : text.padEnd(length));
  return { head: pad(name), length, cells: cells.map(pad) };
}

/** Plain objects are rows of cells; everything else is one cell. */
function record(value: unknown): Readonly<Record<string, unknown>> {
  return isRecord(value) ? value : { value };
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && isPlainObject(value);
}

function cellText(value: unknown): string {
  if (value === undefined) return '';
  if (typeof value === 'string') return printable(value);
  return printable(value instanceof Date ? value.toISOString() : plainJson(value));
}

/** Control characters could do anything to a terminal. */
function printable(text: string): string {
  // oxlint-disable-next-line no-control-regex -- these are what it is about
  return text.replaceAll(/[\u0000-\u001F\u007F-\u009F]/g, (character) => (character === '\n' ? '⏎' : character === '\t' ? ' ' : '·'));
}

function cut(text: string, max: number): string {
  return text.length > max ? `${text.slice(0, max - 1)}…` : text;
}

function fit(line: string, width: number, style: (text: string) => string): string {
  return style(cut(line, Math.max(width, 8)));
}
