/** Writes values as the texts that PostgreSQL reads them from. Errors: ERR_VALUE for what would come back as something else. */
import { ValueError } from '../../lib/errors.ts';

export function refuse(value: unknown, wanted: string): never {
  const kind =
    value === null
      ? 'null'
      : Array.isArray(value)
        ? 'a list'
        : typeof value === 'object'
          ? (value.constructor?.name ?? 'an object')
          : typeof value;
  throw new ValueError(`${wanted} is needed, not ${kind}`);
}

export function formatText(value: unknown): string {
  if (typeof value !== 'string') refuse(value, 'a string');
  if (value.includes('\0')) throw new ValueError('PostgreSQL text cannot hold the character U+0000');
  if (!value.isWellFormed()) throw new ValueError('PostgreSQL text cannot hold half a surrogate pair');
  return value;
}

export function formatBoolean(value: unknown): string {
  if (typeof value !== 'boolean') refuse(value, 'a boolean');
  return value ? 't' : 'f';
}

export function formatInteger(value: unknown): string {
  if (typeof value === 'bigint') return String(value);
  if (typeof value !== 'number') refuse(value, 'an integer');
  if (!Number.isSafeInteger(value)) throw new ValueError(`an integer up to 2^53 or a bigint is needed, not ${value}`);
  return String(value);
}

export function formatFloat(value: unknown): string {
  if (typeof value !== 'number') refuse(value, 'a number');
  return Object.is(value, -0) ? '-0' : String(value);
}

export function formatDigits(value: unknown): string {
  if (typeof value === 'string' && /^\s*(?:[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?|NaN|-?Infinity)\s*$/i.test(value)) return value.trim();
  if (typeof value === 'string') throw new ValueError(`digits are needed, not ${JSON.stringify(value)}`);
  return typeof value === 'bigint' ? String(value) : formatFloat(value);
}

export function formatInt8Digits(value: unknown): string {
  if (typeof value === 'string' && !/^(?:0|-?[1-9]\d*)$/.test(value))
    throw new ValueError(`an integer's digits are needed, not ${JSON.stringify(value)}`);
  return typeof value === 'string' ? value : formatInteger(value);
}

/** Only as PostgreSQL gives it back: in another spelling it would be another key of the same row. */
export function formatUuid(value: unknown): string {
  const text = formatText(value);
  if (!/^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/.test(text))
    throw new ValueError(`a UUID in lower case is needed, not ${JSON.stringify(value)}`);
  return text;
}

/** PostgreSQL writes years after 9999 with more digits and years before 1 with `BC`; ISO 8601 has signs. */
export function formatTimestamp(value: unknown): string {
  if (value === Infinity) return 'infinity';
  if (value === -Infinity) return '-infinity';
  if (!(value instanceof Date)) refuse(value, 'a Date');
  const year = value.getUTCFullYear();
  if (Number.isNaN(year)) throw new ValueError('an invalid Date cannot be stored');
  const iso = value.toISOString();
  if (year >= 1 && year <= 9999) return iso;
  const rest = iso.slice(iso.indexOf('-', 1));
  return year > 9999 ? `${year}${rest}` : `${String(1 - year).padStart(4, '0')}${rest} BC`;
}

export function formatDate(value: unknown): string {
  if (typeof value === 'string' && /^(?:(?:\d{4}|[1-9]\d{4,})-\d{2}-\d{2}(?: BC)?|-?infinity)$/.test(value)) return value;
  if (typeof value === 'string') throw new ValueError(`a date written YYYY-MM-DD is needed, not ${JSON.stringify(value)}`);
  return refuse(value, 'a date written YYYY-MM-DD (a Date is a point in time: give the column a converter, or make it timestamptz)');
}

export function formatBytes(value: unknown): string {
  if (!(value instanceof Uint8Array)) refuse(value, 'a Uint8Array');
  return String.raw`\x` + Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('hex');
}

/** JSON that reads back as the same value: what `JSON.stringify` would turn into something else is refused. */
export function formatJson(value: unknown): string {
  refuseInexactJson(value, '', () => {});
  return JSON.stringify(value);
}

/** jsonb keeps texts as PostgreSQL's own: not all that JSON can write. */
export function formatJsonb(value: unknown): string {
  refuseInexactJson(value, '', formatText);
  return JSON.stringify(value);
}

function refuseInexactJson(value: unknown, path: string, checkText: (text: string) => void): void {
  if (typeof value === 'string') return checkText(value);
  if (typeof value === 'boolean' || value === null) return;
  if (typeof value === 'number' && Number.isFinite(value)) return;
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) refuseInexactJson(item, `${path}[${index}]`, checkText);
    return;
  }
  if (typeof value !== 'object' || !isPlain(value)) refuse(value, `something that JSON can hold${path === '' ? '' : ` at ${path}`}`);
  for (const [name, item] of Object.entries(value)) {
    checkText(name);
    if (item !== undefined) refuseInexactJson(item, `${path}.${name}`, checkText);
  }
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
