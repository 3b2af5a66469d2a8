/**
 * Attribute values as texts whose order, by UTF-16 code unit, is the order of the values: a tuple becomes one text, and comparing tuples becomes
 * the engine's own comparison of two texts.
 *
 * Each element is a tag for its family (in the order of the families) and, where there is more to tell, a payload that is never the beginning of
 * another payload of the same tag. So a tuple is the texts of its elements one after the other, all tuples that begin with the same values lie
 * together, and an interval of the next element is an interval of texts.
 *
 * - numbers: the eight bytes of the double, big-endian, sign bit flipped (all bits for negative numbers), one unit per byte; then 0.
 * - wide bigints (see `safeDouble`): the greatest double that is not above; then 1 and the distance to it, its length first. So a wide bigint comes
 *   right after a double that equals it.
 * - dates: as numbers, without the final 0.
 * - texts: units from D800 on moved so that unit order is code-point order; 0 is written 0 FFFF; a 0 ends the text.
 *
 * References: the tuple layer of FoundationDB; "memcomparable" keys of MyRocks; and `lib/data/text-order.ts` for the order of texts.
 */
import { doubleAbove, nextDown } from '../data/double.ts';

/** One unit per family; `BEYOND` is above all of them, so above whatever may follow an element in a tuple. */
export const TAG = {
  false: '\u0001',
  true: '\u0002',
  number: '\u0003',
  nan: '\u0004',
  date: '\u0005',
  text: '\u0006',
  other: '\u0007',
  null: '\u0008',
} as const;
export const BEYOND = '\uffff';
const END = '\u0000';
const DOUBLE = '\u0000';
const WIDE = '\u0001';

const LATE_UNITS = /[\ud800-\uffff]/;
const EACH_LATE_UNIT = /[\ud800-\uffff]/g;
const double = new DataView(new ArrayBuffer(8));

/** A text of the same code-point order by unit; the text itself unless it has units from D800 on. */
export function textKey(text: string): string {
  return LATE_UNITS.test(text) ? text.replaceAll(EACH_LATE_UNIT, (unit) => moveUnit(unit, 0x2000, 0x0800)) : text;
}

/** The text of a `textKey`. */
export function keyText(key: string): string {
  return LATE_UNITS.test(key) ? key.replaceAll(EACH_LATE_UNIT, (unit) => moveUnit(unit, 0x0800, 0x2000)) : key;
}

/** The lower part of the units from D800 on goes up, the rest comes down: surrogates are 2,048, the units above them 8,192. */
function moveUnit(unit: string, up: number, down: number): string {
  const code = unit.charCodeAt(0);
  return String.fromCharCode(code < 0x1_0000 - up ? code + up : code - down);
}

/**
 * The double that stands for a bigint, if one can. Beyond 2^53 none does, even if it is equal: a text such as '9007199254740993' is one number to
 * doubles and another to bigints, so that a condition may hold for a bigint and not for the double that equals it.
 */
export function safeDouble(n: bigint): number | undefined {
  const nearest = Number(n);
  return Number.isSafeInteger(nearest) ? nearest : undefined;
}

/** A double (not NaN) as the beginning of all numbers from it up to the next double. */
export function numberStart(value: number): string {
  return TAG.number + doubleBytes(value);
}

export function numberElement(value: number): string {
  return TAG.number + doubleBytes(value) + DOUBLE;
}

export function bigintElement(n: bigint): string {
  const safe = safeDouble(n);
  if (safe !== undefined) return numberElement(safe);
  const floor = nextDown(doubleAbove(n));
  const distance = floor === -Infinity ? complement(sized(-n)) : sized(n - BigInt(floor));
  return numberStart(floor) + WIDE + distance;
}

export function dateElement(timeMs: number): string {
  return TAG.date + doubleBytes(timeMs);
}

/** A text as the beginning of nothing but itself. */
export function textElement(text: string): string {
  const key = textKey(text);
  return TAG.text + (key.includes(END) ? key.replaceAll(END, END + BEYOND) : key) + END;
}

export function element(value: unknown): string {
  switch (typeof value) {
    case 'number':
      return Number.isNaN(value) ? TAG.nan : numberElement(value);
    case 'string':
      return textElement(value);
    case 'boolean':
      return value ? TAG.true : TAG.false;
    case 'bigint':
      return bigintElement(value);
    case 'object':
      if (value === null) return TAG.null;
      return value instanceof Date && !Number.isNaN(value.getTime()) ? dateElement(value.getTime()) : TAG.other;
    default:
      return TAG.null;
  }
}

export function tuple(values: readonly unknown[]): string {
  let key = '';
  for (const value of values) key += element(value);
  return key;
}

/** The first value of a tuple; `{}` stands for all values of no family. */
export function firstValue(key: string): unknown {
  switch (key[0]) {
    case TAG.false:
      return false;
    case TAG.true:
      return true;
    case TAG.number:
      return key[9] === WIDE ? wideBigint(key) : bytesDouble(key);
    case TAG.nan:
      return NaN;
    case TAG.date:
      return new Date(bytesDouble(key));
    case TAG.text:
      return keyText(key.slice(1, textEnd(key)).replaceAll(END + BEYOND, END));
    case TAG.other:
      return {};
    default:
      return null;
  }
}

/** Where the first END that is not escaped stands. */
function textEnd(key: string): number {
  let end = key.indexOf(END);
  while (key[end + 1] === BEYOND) end = key.indexOf(END, end + 2);
  return end;
}

function wideBigint(key: string): bigint {
  const floor = bytesDouble(key);
  const distance = floor === -Infinity ? complement(key.slice(10)) : key.slice(10);
  const length = distance.charCodeAt(0) * 0x1_0000 + distance.charCodeAt(1);
  const n = BigInt(`0x${distance.slice(2, 2 + length)}`);
  return floor === -Infinity ? -n : n + BigInt(floor);
}

/** Hexadecimal digits after their number, which has two units. */
function sized(n: bigint): string {
  const digits = n.toString(16);
  return String.fromCharCode(digits.length >>> 16, digits.length & 0xffff) + digits;
}

/** Turns the order round. */
function complement(text: string): string {
  return Array.from({ length: text.length }, (_, at) => String.fromCharCode(0xffff - text.charCodeAt(at))).join('');
}

function doubleBytes(value: number): string {
  double.setFloat64(0, value + 0);
  const high = double.getInt32(0);
  // Doubles of one sign have the order of their bits; negative ones the reverse.
  double.setInt32(0, high < 0 ? ~high : high ^ 0x8000_0000);
  if (high < 0) double.setInt32(4, ~double.getInt32(4));
  return String.fromCharCode(
    double.getUint8(0), double.getUint8(1), double.getUint8(2), double.getUint8(3),
    double.getUint8(4), double.getUint8(5), double.getUint8(6), double.getUint8(7),
  ); // prettier-ignore
}

/** The double after the tag of a key. */
function bytesDouble(key: string): number {
  for (let i = 0; i < 8; i++) double.setUint8(i, key.charCodeAt(i + 1));
  const high = double.getInt32(0);
  double.setInt32(0, high < 0 ? high ^ 0x8000_0000 : ~high);
  if (high >= 0) double.setInt32(4, ~double.getInt32(4));
  return double.getFloat64(0);
}
