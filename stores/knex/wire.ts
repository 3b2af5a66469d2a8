/**
 * Reads PostgreSQL's binary forms of values (what the types' `send` functions give and COPY BINARY carries).
 *
 * Each reader takes the bytes, the position of the value's first byte and the value's length; null never gets here.
 * Reference: PostgreSQL sources, `src/backend/utils/adt/*` (`int8send`, `numeric_send`, `timestamptz_send`, `array_send`, …).
 */

export type Reader = (bytes: Buffer, at: number, length: number) => unknown;

/** Milliseconds and days from 1970-01-01 to 2000-01-01, where PostgreSQL's dates begin. */
const EPOCH_MS = 946_684_800_000;
const EPOCH_DAYS = 10_957;
const INT32_MAX = 0x7fffffff;
const INT32_MIN = -0x80000000;

export const readBoolean = (bytes: Buffer, at: number): boolean => bytes[at] === 1;
export const readInt2 = (bytes: Buffer, at: number): number => bytes.readInt16BE(at);
export const readInt4 = (bytes: Buffer, at: number): number => bytes.readInt32BE(at);
export const readOid = (bytes: Buffer, at: number): number => bytes.readUInt32BE(at);
export const readFloat4 = (bytes: Buffer, at: number): number => bytes.readFloatBE(at);
export const readFloat8 = (bytes: Buffer, at: number): number => bytes.readDoubleBE(at);
export const readBigint = (bytes: Buffer, at: number): bigint => bytes.readBigInt64BE(at);
export const readText = (bytes: Buffer, at: number, length: number): string => bytes.toString('utf8', at, at + length);
/** A copy: the wire's buffer is used again. */
export const readBytes = (bytes: Buffer, at: number, length: number): Uint8Array => new Uint8Array(bytes.subarray(at, at + length));

/** An int8 as a number where a number holds it exactly, else as a bigint. */
export function readInt8(bytes: Buffer, at: number): number | bigint {
  const value = bytes.readInt32BE(at) * 0x1_0000_0000 + bytes.readUInt32BE(at + 4);
  return Number.isSafeInteger(value) ? value : bytes.readBigInt64BE(at);
}

export function readUuid(bytes: Buffer, at: number): string {
  const hex = bytes.toString('hex', at, at + 16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/**
 * A timestamp, with or without time zone, to the millisecond below; `infinity` and `-infinity` as numbers.
 * Errors: RangeError beyond what a Date can hold (the year 275760; PostgreSQL goes on to 294276).
 */
export function readTimestamp(bytes: Buffer, at: number): Date | number {
  const high = bytes.readInt32BE(at);
  const low = bytes.readUInt32BE(at + 4);
  if (high === INT32_MAX && low === 0xffffffff) return Infinity;
  if (high === INT32_MIN && low === 0) return -Infinity;
  // (high * 2^32 + low) / 1000 without leaving the integers that a number holds: 2^32 = 4,294,967 * 1000 + 296.
  const date = new Date(high * 4_294_967 + Math.floor((high * 296 + low) / 1000) + EPOCH_MS);
  if (Number.isNaN(date.getTime())) throw new RangeError('a timestamp lies beyond what a JavaScript Date can hold');
  return date;
}

/** A date as PostgreSQL writes it in ISO style: `2024-02-29`, `0044-03-15 BC`, `infinity`. */
export function readDate(bytes: Buffer, at: number): string {
  const days = bytes.readInt32BE(at);
  if (days === INT32_MAX) return 'infinity';
  if (days === INT32_MIN) return '-infinity';
  return civilDate(days + EPOCH_DAYS);
}

/**
 * The proleptic Gregorian date of a day counted from 1970-01-01, for all of PostgreSQL's range (a Date ends long before).
 * Years begin in March, so that a leap day is the last of its year and months follow one line.
 * Reference: H. Hinnant, "chrono-Compatible Low-Level Date Algorithms", `civil_from_days`.
 */
function civilDate(day: number): string {
  const shifted = day + 719_468;
  const era = Math.floor(shifted / 146_097);
  const dayOfEra = shifted - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const marchMonth = Math.floor((5 * dayOfYear + 2) / 153);
  const dayOfMonth = dayOfYear - Math.floor((153 * marchMonth + 2) / 5) + 1;
  const month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9;
  const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0);
  const ofEra = String(year > 0 ? year : 1 - year).padStart(4, '0');
  return `${ofEra}-${String(month).padStart(2, '0')}-${String(dayOfMonth).padStart(2, '0')}${year > 0 ? '' : ' BC'}`;
}

/** A numeric as PostgreSQL writes it: all its digits, `NaN`, `Infinity`. Sent as groups of four decimal digits. */
export function readNumeric(bytes: Buffer, at: number): string {
  const groups = bytes.readInt16BE(at);
  const weight = bytes.readInt16BE(at + 2);
  const sign = bytes.readUInt16BE(at + 4);
  const scale = bytes.readUInt16BE(at + 6);
  if (sign >= 0xc000) return SPECIAL_NUMERICS[sign] ?? 'NaN';

  const group = (index: number): string =>
    index < 0 || index >= groups ? '0000' : String(bytes.readInt16BE(at + 8 + 2 * index)).padStart(4, '0');
  let whole = '';
  for (let index = 0; index <= weight; index++) whole += group(index);
  let fraction = '';
  for (let index = weight + 1; fraction.length < scale; index++) fraction += group(index);
  const digits = whole.replace(/^0+(?=\d)/, '') || '0';
  return `${sign === 0 ? '' : '-'}${digits}${scale > 0 ? `.${fraction.slice(0, scale)}` : ''}`;
}

/**
 * A numeric as the nearest double. Up to 15 digits or so they are an integer and a power of ten that doubles hold exactly, so that one
 * division or multiplication rounds correctly; longer ones go through their text.
 */
export function readNumber(bytes: Buffer, at: number): number {
  const groups = bytes.readInt16BE(at);
  const sign = bytes.readUInt16BE(at + 4);
  const exponent = 4 * (bytes.readInt16BE(at + 2) - groups + 1);
  const power = POWERS_OF_TEN[Math.abs(exponent)];
  if (groups > 4 || power === undefined || sign >= 0xc000) return Number(readNumeric(bytes, at));
  let digits = 0;
  for (let index = 0; index < groups; index++) digits = digits * 10_000 + bytes.readInt16BE(at + 8 + 2 * index);
  if (!Number.isSafeInteger(digits)) return Number(readNumeric(bytes, at));
  const size = exponent < 0 ? digits / power : digits * power;
  return sign === 0 ? size : -size;
}

/** Those that doubles hold exactly. */
const POWERS_OF_TEN: readonly number[] = Array.from({ length: 23 }, (_, exponent) => Number(`1e${exponent}`));

const SPECIAL_NUMERICS: Readonly<Record<number, string>> = { 0xc000: 'NaN', 0xd000: 'Infinity', 0xf000: '-Infinity' };

/** A reader of arrays: nested lists for several dimensions, lower bounds forgotten, null elements null. */
export function arrayReader(element: Reader): Reader {
  return (bytes, at) => {
    const dimensions = bytes.readInt32BE(at);
    if (dimensions === 0) return [];
    const sizes = Array.from({ length: dimensions }, (_, dimension) => bytes.readInt32BE(at + 12 + 8 * dimension));
    let position = at + 12 + 8 * dimensions;
    const list = (dimension: number): unknown[] =>
      Array.from({ length: sizes[dimension]! }, () => {
        if (dimension < dimensions - 1) return list(dimension + 1);
        const length = bytes.readInt32BE(position);
        position += 4;
        if (length < 0) return null;
        const value = element(bytes, position, length);
        position += length;
        return value;
      });
    return list(0);
  };
}
