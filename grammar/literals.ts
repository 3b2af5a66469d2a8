/**
 * How values are written in a predicate, and read again.
 *
 * What SQL text can't say of itself has the form `TYPE 'text'`: a bigint that a number could hold (`BIGINT '5'`), what is no decimal number
 * (`NUMERIC 'NaN'`), a Date (`TIMESTAMP '2020-01-01T00:00:00.000Z'`). So every value that criteria can hold is printed as a text that means
 * it and nothing else.
 */
import type { Scalar } from './ast.ts';
import { shorten } from './problems.ts';
import { enquote, unquote } from './quoted.ts';

/** Most digits of a number: turning more of them into a bigint takes a time that is no longer linear. */
const DIGITS_MAX = 10_000;

const INTEGER = /^[+-]?\d+$/;
const DECIMAL = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?$/i;
const NOT_ZERO = /^[^e]*[1-9]/i;
const NAMED_NUMBERS: ReadonlyMap<string, number> = new Map([
  ['nan', NaN],
  ['infinity', Infinity],
  ['+infinity', Infinity],
  ['-infinity', -Infinity],
]);
const ISO_TIME = /^(?:\d{4}|[+-]\d{6})-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?Z)?$/;

/** A number as JavaScript can hold it: whole numbers beyond 2^53 as a bigint. Undefined for one that is too large, or too small to differ from 0. */
export function readNumber(written: string): number | bigint | undefined {
  const number = Number(written);
  if (Number.isSafeInteger(number) && number !== 0) return number;
  if (INTEGER.test(written)) {
    if (number === 0) return number;
    return written.length > DIGITS_MAX ? undefined : BigInt(written.startsWith('+') ? written.slice(1) : written);
  }
  const isOutOfRange = number === 0 ? NOT_ZERO.test(written) : !Number.isFinite(number);
  return isOutOfRange ? undefined : number;
}

interface TypeName {
  /** What its texts are called. */
  readonly noun: string;
  /** Undefined for a text that is none of the type. */
  readonly read: (text: string) => Scalar | undefined;
}

const TYPES: ReadonlyMap<string, TypeName> = new Map([
  ['NUMERIC', { noun: 'number', read: readNumeric }],
  ['BIGINT', { noun: 'whole number', read: readBigint }],
  ['TIMESTAMP', { noun: 'time', read: readTime }],
]);

/** Takes `TYPE 'text'` apart: the value that it means, or what is wrong with it. */
export function readTyped(written: string): { readonly value: Scalar; readonly wrong?: never } | { readonly wrong: string } {
  const quote = written.indexOf("'");
  const text = unquote(written.slice(quote));
  const { noun, read } = TYPES.get(written.slice(0, quote).trimEnd().toUpperCase()) ?? TYPES.get('NUMERIC')!;
  const value = read(text);
  return value === undefined ? { wrong: `'${shorten(text)}' is no ${noun}` } : { value };
}

function readNumeric(text: string): number | bigint | undefined {
  if (DECIMAL.test(text)) return readNumber(text);
  return NAMED_NUMBERS.get(text.toLowerCase());
}

function readBigint(text: string): bigint | undefined {
  return INTEGER.test(text) && text.length <= DIGITS_MAX ? BigInt(text.replace('+', '')) : undefined;
}

function readTime(text: string): Date | undefined {
  const time = ISO_TIME.test(text) ? new Date(text) : undefined;
  return time === undefined || Number.isNaN(time.getTime()) ? undefined : time;
}

/** The one text for a value. An invalid Date, which no text means, is written so that nothing reads it. */
export function writeLiteral(value: Scalar): string {
  if (value === null) return 'NULL';
  switch (typeof value) {
    case 'string':
      return enquote(value, "'");
    case 'boolean':
      return value ? 'TRUE' : 'FALSE';
    case 'bigint':
      return value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER ? `BIGINT '${value}'` : String(value);
    case 'number':
      return writeNumber(value);
    default:
      return `TIMESTAMP '${Number.isNaN(value.getTime()) ? 'invalid' : value.toISOString()}'`;
  }
}

function writeNumber(value: number): string {
  if (!Number.isFinite(value)) return `NUMERIC '${value}'`;
  if (Object.is(value, -0)) return '-0';
  // Digits alone would be read as a bigint.
  return Number.isInteger(value) && !Number.isSafeInteger(value) ? value.toExponential() : String(value);
}
