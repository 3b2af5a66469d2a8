/**
 * Which form suits which values.
 *
 *     nothing yet ─► codes by distance ◄─► codes by dictionary ─► numbers (int32 ─► float64) or times ─► codes or hashes
 *
 * Integers of a small range are coded by their distance from a base; anything else begins with a dictionary. A dictionary of more than 254 values
 * gives way to the numbers (or times) themselves when that is what they are, else it takes two bytes; a full one, of 65,534 values, gives way to
 * hashes. A form is only left for a wider one, so a column changes a few times at most; each change costs nanoseconds per row, and some
 * milliseconds for 65,534 distinct values.
 */
import { CodeRows, U16_LIMIT, U8_LIMIT } from './code-rows.ts';
import { FIRST_CODE } from './coding.ts';
import type { ColumnMemory } from './column-memory.ts';
import type { ColumnValue } from './column-value.ts';
import { hashesOfCodes, numbersOfCodes, recode, refill, widenNumbers } from './conversions.ts';
import { Dictionary } from './dictionary.ts';
import { HashRows } from './hash-rows.ts';
import { IntegerCoding, capacity, isCodableInteger } from './integer-coding.ts';
import { NumberRows, isInt32, oddLimit } from './number-rows.ts';
import type { Rows } from './rows.ts';

/** Rows that have a place for null only. */
export function firstRows(memory: ColumnMemory): Rows {
  return new CodeRows(memory, IntegerCoding.empty(), 0);
}

/** The rows in a form that has a place for the value too. */
export function adapted(rows: Rows, value: ColumnValue): Rows {
  if (rows instanceof CodeRows) return adaptedCodes(rows, value);
  if (rows instanceof NumberRows) return adaptedNumbers(rows, value);
  throw new Error(`rows of kind ${rows.kind} take any value`);
}

function adaptedNumbers(rows: NumberRows, value: ColumnValue): Rows {
  if (rows.numberOf(value) !== undefined) return widenNumbers(rows);
  // Too much of it is odd. What it has of numbers may still be few different ones.
  const { memory } = rows;
  const since = rows.generation + 1;
  return refill(rows, new CodeRows(memory, new Dictionary(U16_LIMIT), since)) ?? refill(rows, new HashRows(memory, since)) ?? rows;
}

function adaptedCodes(rows: CodeRows, value: ColumnValue): Rows {
  const content = contentOf(rows, value);
  const offset = content.areIntegers ? offsetCoding(rows, content) : undefined;
  if (offset !== undefined) return recode(rows, offset);
  const few = content.distinct <= capacity(U8_LIMIT);
  if (few && !rows.wide) return recode(rows, new Dictionary(U8_LIMIT));
  for (const family of ['numbers', 'dates'] as const) {
    const regular = content[family];
    if (content.rows - regular > oddLimit(content.rows)) continue;
    return numbersOfCodes(rows, family === 'numbers' && content.areInt32 ? 'int32' : 'float64', family);
  }
  if (content.distinct <= capacity(U16_LIMIT)) return recode(rows, new Dictionary(U16_LIMIT));
  return hashesOfCodes(rows);
}

/** Room that a range that grows is given, as a share of its length. */
const ROOM_SHARE = 1 / 3;

/** What rows hold, together with a value that is to come; null aside. */
interface Content {
  rows: number;
  distinct: number;
  /** Rows that `NumberRows` of a family would take as such. */
  numbers: number;
  dates: number;
  areIntegers: boolean;
  areInt32: boolean;
  /** Range of the integers, and of those that were there when the rows took this form. */
  low: number;
  high: number;
}

function contentOf(rows: CodeRows, value: ColumnValue): Content {
  const { low, high } = rows.coding instanceof IntegerCoding ? rows.coding : { low: Infinity, high: -Infinity };
  const content: Content = { rows: 0, distinct: 0, numbers: 0, dates: 0, areIntegers: true, areInt32: true, low, high };
  const { counts, coding } = rows;
  for (let code = FIRST_CODE; code < counts.length; code++) if (counts[code] !== 0) include(content, coding.valueOf(code), counts[code]!);
  include(content, value, 1);
  return content;
}

function include(content: Content, value: ColumnValue, rows: number): void {
  content.rows += rows;
  content.distinct++;
  if (typeof value === 'number') {
    content.numbers += rows;
    if (!Number.isNaN(value) && !isInt32(value)) content.areInt32 = false;
  } else if (value instanceof Date) content.dates += rows;
  if (isCodableInteger(value)) {
    content.low = Math.min(content.low, value);
    content.high = Math.max(content.high, value);
  } else content.areIntegers = false;
}

/**
 * Codes by distance, as small as the range allows. Two bytes only for more values than a dictionary of one byte could tell apart, since counting
 * them takes memory by range, however few the rows are. A range that grew out of a coding must leave the next one room to grow, or that would be
 * outgrown at once.
 */
function offsetCoding({ coding, wide }: CodeRows, { low, high, distinct }: Content): IntegerCoding | undefined {
  const grew = coding instanceof IntegerCoding && coding.high >= coding.low;
  const span = (high - low + 1) * (grew ? 1 + ROOM_SHARE : 1);
  if (span <= capacity(U8_LIMIT) && !wide) return new IntegerCoding(low, high, U8_LIMIT);
  const many = wide || distinct > capacity(U8_LIMIT);
  return many && span <= capacity(U16_LIMIT) ? new IntegerCoding(low, high, U16_LIMIT) : undefined;
}
