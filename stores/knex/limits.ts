/** What a column keeps of its type's values: the server rounds and cuts without a word what is finer or longer, so it is refused before. */
import { ValueError } from '../../lib/errors.ts';

/** What is wrong with a value (`text`: as it is sent), or undefined. */
type Limit = (value: unknown, text: string) => string | undefined;

/** The type with its length or precision, as `pg_attribute.atttypmod` encodes it; -1: none. */
export interface LimitedType {
  readonly oid: number;
  readonly typmod: number;
}

/** `format`, refusing what the column would not keep exactly. Errors: ERR_VALUE. */
export function withinLimits(format: (value: unknown) => string, type: LimitedType): (value: unknown) => string {
  const limit = limitOf(type);
  if (limit === undefined) return format;
  return (value) => {
    const text = format(value);
    const wrong = limit(value, text);
    if (wrong !== undefined) throw new ValueError(wrong);
    return text;
  };
}

export function numericLimits(typmod: number): { readonly precision: number; readonly scale: number } {
  // 11 bits with a sign: since PostgreSQL 15 a scale may be negative.
  return { precision: ((typmod - 4) >> 16) & 0xffff, scale: (((typmod - 4) & 0x7ff) ^ 0x400) - 0x400 };
}

const CHAR = 18;
const NAME = 19;
const OID = 26;
const CHARACTER = 1042;
const VARCHAR = 1043;
const TIMESTAMP = 1114;
const TIMESTAMPTZ = 1184;
const NUMERIC = 1700;

const NAME_BYTES = 63;
const OID_MAX = 2 ** 32 - 1;

function limitOf({ oid, typmod }: LimitedType): Limit | undefined {
  if (oid === CHAR) return bytesLimit('"char"', 1);
  if (oid === NAME) return bytesLimit('name', NAME_BYTES);
  if (oid === OID) return oidLimit;
  if (typmod < 0) return undefined;
  if (oid === CHARACTER || oid === VARCHAR) return lengthLimit(typmod - 4);
  if ((oid === TIMESTAMP || oid === TIMESTAMPTZ) && typmod < 3) return timeLimit(typmod);
  if (oid === NUMERIC) return decimalsLimit(numericLimits(typmod).scale);
  return undefined;
}

/** `name` and `"char"` are cut, whatever is behind. */
function bytesLimit(type: string, most: number): Limit {
  return (_, text) =>
    Buffer.byteLength(text) <= most ? undefined : `the type ${type} keeps ${most} bytes, not ${Buffer.byteLength(text)}`;
}

/** Negative ones are taken as those from 2^31 on. */
function oidLimit(value: unknown): string | undefined {
  return Number(value) >= 0 && Number(value) <= OID_MAX ? undefined : `an oid from 0 to ${OID_MAX} is needed, not ${String(value)}`;
}

/** In characters. Spaces beyond the length would be cut off, anything else refused by the server. */
function lengthLimit(most: number): Limit {
  return (_, text) => {
    if (text.length <= most) return undefined;
    const length = Array.from(text).length;
    return length <= most ? undefined : `the column keeps ${most} characters, not ${length}, counting spaces at the end`;
  };
}

function timeLimit(digits: number): Limit {
  const step = 10 ** (3 - digits);
  return (value) =>
    value instanceof Date && value.getTime() % step !== 0
      ? `the column keeps times to ${step} ms and would round ${value.toISOString()}: round it before, or declare precision (3)`
      : undefined;
}

function decimalsLimit(most: number): Limit {
  return (value, text) =>
    (most >= 0 && Number.isInteger(value)) || decimalsOf(text) <= most
      ? undefined
      : `the column keeps ${most} decimals and would round ${text}: round it before, or declare a larger scale`;
}

const DECIMAL = /^[-+]?(\d*)\.?(\d*)(?:e([-+]?\d+))?$/i;

/** Digits behind the point that are needed: of 1.50 one, of 1500 minus two. Of zero, NaN and infinities none at all. */
function decimalsOf(text: string): number {
  const [, whole = '', fraction = '', exponent = '0'] = DECIMAL.exec(text) ?? [];
  const digits = whole + fraction;
  const used = digits.replace(/0+$/, '');
  return used === '' ? -Infinity : fraction.length - (digits.length - used.length) - Number(exponent);
}
