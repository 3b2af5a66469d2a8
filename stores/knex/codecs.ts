/**
 * How each PostgreSQL type becomes a JavaScript value and back: one table.
 *
 * Rows arrive in two ways. COPY gives binary fields. SELECT through `pg` gives text; a type whose text depends on the session's settings
 * (`DateStyle`, `TimeZone`, `extra_float_digits`, `bytea_output`) is asked for as its binary form in hexadecimal, so that both ways give
 * the same value whatever the session. Parameters travel as text: what can't be written exactly is refused, never bent.
 */
import {
  formatBoolean,
  formatBytes,
  formatDate,
  formatDigits,
  formatFloat,
  formatInt8Digits,
  formatInteger,
  formatJson,
  formatJsonb,
  formatText,
  formatTimestamp,
  formatUuid,
  refuse,
} from './formats.ts';
import { parseExactJson, parseExactJsonOfText } from './json-text.ts';
import { withinLimits } from './limits.ts';
import { repeatedTexts } from './repeated-texts.ts';
import {
  arrayReader,
  readBigint,
  readBoolean,
  readBytes,
  readDate,
  readFloat4,
  readFloat8,
  readInt2,
  readInt4,
  readInt8,
  readNumber,
  readNumeric,
  readOid,
  readText,
  readTimestamp,
  readUuid,
  type Reader,
} from './wire.ts';

/** What an int8 becomes: `auto` a number where that is exact, else a bigint; `number` refuses rows beyond 2^53. */
export type Int8Mode = 'auto' | 'number' | 'bigint' | 'string';
/** What a numeric becomes: `number` is allowed up to 15 digits, `string` keeps all digits. */
export type NumericMode = 'number' | 'string';
/** What becomes of numbers in JSON: `exact` refuses rows with numbers that JavaScript can't hold, `nearest` reads the nearest ones that it can. */
export type JsonMode = 'exact' | 'nearest';

export interface Codec {
  /** Reads the binary form. */
  readonly read: Reader;
  /** A reader of the binary form for one column of many rows, where that is faster. */
  readonly manyReader?: () => Reader;
  /** Reads the text form; types without it are selected as the hexadecimal form of `send`. */
  readonly parse?: (text: string) => unknown;
  /** The server's function from a value to its binary form. */
  readonly send?: string;
  /** Cast that the type is read through, when its own forms are not known here. */
  readonly cast?: string;
  /** The value as text for a parameter. Errors: ERR_VALUE. */
  readonly format: (value: unknown) => string;
  /** Whether the type may be a key. */
  readonly keyable: boolean;
  /** Whether a list is one value of the type, not several. */
  readonly holdsLists?: true;
}

const text: Codec = { read: readText, manyReader: repeatedTexts, parse: (raw) => raw, format: formatText, keyable: true };
const timestamp: Codec = { read: readTimestamp, send: 'timestamptz_send', format: formatTimestamp, keyable: true };

/** By object id, as in `pg_type.dat`. */
const CODECS: Readonly<Record<number, Codec>> = {
  16: { read: readBoolean, parse: (raw) => raw === 't', format: formatBoolean, keyable: true },
  17: { read: readBytes, send: 'byteasend', format: formatBytes, keyable: false },
  19: text, // name
  21: { read: readInt2, parse: Number, format: formatInteger, keyable: true },
  23: { read: readInt4, parse: Number, format: formatInteger, keyable: true },
  25: text,
  26: { read: readOid, parse: Number, format: formatInteger, keyable: true },
  // No key: 0.1 and the real that is nearest to it are different numbers, and one row.
  700: { read: readFloat4, send: 'float4send', format: formatFloat, keyable: false },
  701: { read: readFloat8, send: 'float8send', format: formatFloat, keyable: true },
  1042: text, // character(n)
  1043: text, // character varying
  1082: { read: readDate, send: 'date_send', format: formatDate, keyable: true },
  1114: { ...timestamp, send: 'timestamp_send' },
  1184: timestamp,
  2950: { read: readUuid, parse: (raw) => raw, format: formatUuid, keyable: true },
};
const INT8 = 20;
const NUMERIC = 1700;
const JSON_TYPE = 114;
const JSONB = 3802;

const ENUM: Codec = { ...text, cast: 'text' };
/** Anything else (intervals, addresses, …) as the server's own text. No key: it may be written in several ways. */
const OTHER: Codec = { ...ENUM, keyable: false };

const INT8_CODECS: Readonly<Record<Int8Mode, Codec>> = {
  auto: { read: readInt8, parse: int8FromText, format: formatInteger, keyable: true },
  number: {
    read: (bytes, at) => exactNumber(readInt8(bytes, at)),
    parse: (raw) => exactNumber(int8FromText(raw)),
    format: formatInteger,
    keyable: true,
  },
  bigint: { read: readBigint, parse: BigInt, format: formatInteger, keyable: true },
  string: { read: (bytes, at) => String(readBigint(bytes, at)), parse: (raw) => raw, format: formatInt8Digits, keyable: true },
};

const NUMERIC_CODECS: Readonly<Record<NumericMode, Codec>> = {
  number: { read: readNumber, parse: Number, format: formatFloat, keyable: true },
  // No key: '1.0' and '1.00' are different strings, and one row.
  string: { read: readNumeric, parse: (raw) => raw, format: formatDigits, keyable: false },
};

function jsonCodec(parse: (json: string) => unknown, headBytes: number, format: Codec['format']): Codec {
  const read: Reader = (bytes, at, length) => parse(readText(bytes, at + headBytes, length - headBytes));
  return { read, parse, format, keyable: false, holdsLists: true };
}

const nearest = (json: string): unknown => JSON.parse(json);

const JSON_CODECS: Readonly<Record<JsonMode, Codec>> = {
  exact: jsonCodec(parseExactJsonOfText, 0, formatJson),
  nearest: jsonCodec(nearest, 0, formatJson),
};

/** Sent as JSON text after a version number of one byte. */
const JSONB_CODECS: Readonly<Record<JsonMode, Codec>> = {
  exact: jsonCodec(parseExactJson, 1, formatJsonb),
  nearest: jsonCodec(nearest, 1, formatJsonb),
};

export interface CodecChoice {
  /** The type's object id; a domain's base type. */
  readonly oid: number;
  /** Object id of an array's elements, else 0. */
  readonly elementOid: number;
  /** Its length, precision or the like, or its elements', as the catalog has it; -1: none. */
  readonly typmod: number;
  /** Whether it is an enumeration, or its elements are. */
  readonly isEnum: boolean;
  readonly int8: Int8Mode;
  readonly numeric: NumericMode;
  readonly json: JsonMode;
}

export function codecOf({ oid, elementOid, ...choice }: CodecChoice): Codec {
  if (elementOid !== 0) return arrayCodec(codecOf({ oid: elementOid, elementOid: 0, ...choice }));
  const codec = codecOfType(oid, choice);
  return { ...codec, format: withinLimits(codec.format, { oid, typmod: choice.typmod }) };
}

function codecOfType(oid: number, { isEnum, int8, numeric, json }: Omit<CodecChoice, 'oid' | 'elementOid'>): Codec {
  if (oid === INT8) return INT8_CODECS[int8];
  if (oid === NUMERIC) return NUMERIC_CODECS[numeric];
  if (oid === JSON_TYPE) return JSON_CODECS[json];
  if (oid === JSONB) return JSONB_CODECS[json];
  return CODECS[oid] ?? (isEnum ? ENUM : OTHER);
}

/** What a SELECT asks for; `readSelected` undoes it. `column` is quoted. */
export function selectedForm({ cast, send }: Codec, column: string): string {
  const value = cast === undefined ? column : `${column}::${cast}`;
  return send === undefined ? value : `encode(${send}(${value}), 'hex')`;
}

/** What COPY asks for. */
export function copiedForm({ cast }: Codec, column: string): string {
  return cast === undefined ? column : `${column}::${cast}`;
}

export function readSelected({ parse, read }: Codec, raw: string): unknown {
  if (parse !== undefined) return parse(raw);
  const bytes = Buffer.from(raw, 'hex');
  return read(bytes, 0, bytes.length);
}

function arrayCodec(element: Codec): Codec {
  const list = (value: unknown): string => {
    if (!Array.isArray(value)) refuse(value, 'a list');
    const items = value.map((item: unknown) => {
      if (item === null || item === undefined) return 'NULL';
      return Array.isArray(item) && !element.holdsLists ? list(item) : `"${element.format(item).replaceAll(/["\\]/g, String.raw`\$&`)}"`;
    });
    return `{${items.join(',')}}`;
  };
  return {
    read: arrayReader(element.read),
    send: 'array_send',
    ...(element.cast === undefined ? {} : { cast: `${element.cast}[]` }),
    format: list,
    keyable: false,
  };
}

function int8FromText(raw: string): number | bigint {
  const value = Number(raw);
  return Number.isSafeInteger(value) ? value : BigInt(raw);
}

function exactNumber(value: number | bigint): number {
  if (typeof value === 'bigint') throw new RangeError(`the int8 ${value} is no exact number: set int8: 'auto', 'bigint' or 'string'`);
  return value;
}
