/**
 * How a quoted text is read as a number, a time or a truth value: PostgreSQL's input rules, as far as they do not depend on the session.
 *
 * White space around is ignored (blank, tab, line feed, vertical tab, form feed, carriage return). Left out, and so unknown in a comparison:
 * hexadecimal numbers and underscores; dates other than ISO 8601, 'now', 'today' and the like; zones by name; years BC.
 */

const DECIMAL = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/;
const INTEGER = /^[+-]?\d+$/;
/** First characters of what is worth a closer look: most texts are neither number, date nor truth value. */
const MAYBE_NUMBER = /^[ \t-\r\d+\-.iInN]/;
const MAYBE_TIME = /^[ \t-\r\d+\-iI]/;
const LONGEST_TRUTH = 64;

const NAMED_NUMBERS: ReadonlyMap<string, number> = new Map([
  ['nan', NaN],
  ['infinity', Infinity],
  ['+infinity', Infinity],
  ['-infinity', -Infinity],
  ['inf', Infinity],
  ['+inf', Infinity],
  ['-inf', -Infinity],
]);

/**
 * The double that a text means: decimal digits with an optional point and exponent, 'NaN', 'Infinity' or 'inf' in any case. The nearest one, as
 * for a `double precision` column; undefined, too, where PostgreSQL says "out of range": '1e400', '1e-400'.
 */
export function numberIn(text: string): number | undefined {
  if (!MAYBE_NUMBER.test(text)) return undefined;
  const trimmed = trim(text);
  if (!DECIMAL.test(trimmed)) return NAMED_NUMBERS.get(trimmed.toLowerCase());
  const number = Number(trimmed);
  const isOutOfRange = number === 0 ? /^[^eE]*[1-9]/.test(trimmed) : !Number.isFinite(number);
  return isOutOfRange ? undefined : number;
}

/** The bigint that a text of digits alone means, however many. */
export function bigintIn(text: string): bigint | undefined {
  if (!MAYBE_NUMBER.test(text)) return undefined;
  const trimmed = trim(text);
  return INTEGER.test(trimmed) ? BigInt(trimmed.replace('+', '')) : undefined;
}

const TRUTH_WORDS: ReadonlyMap<string, boolean> = new Map([
  ...['t', 'tr', 'tru', 'true', 'y', 'ye', 'yes', 'on', '1'].map((word): [string, boolean] => [word, true]),
  ...['f', 'fa', 'fal', 'fals', 'false', 'n', 'no', 'of', 'off', '0'].map((word): [string, boolean] => [word, false]),
]);

/** The truth value that a text means: true, yes, on, 1, false, no, off, 0 in any case, or a beginning of one that no other has. */
export function truthIn(text: string): boolean | undefined {
  return text.length > LONGEST_TRUTH ? undefined : TRUTH_WORDS.get(trim(text).toLowerCase());
}

const TIME =
  /^(\d{4,6}|[+-]\d{6})-(\d{2})-(\d{2})(?:(?: +|[tT])(\d{2}):(\d{2})(?::(\d{2})(?:\.(\d+))?)?(?: *(?:([zZ])|([+-])(\d{2})(?::?(\d{2})(?::?(\d{2}))?)?))?)?$/;

const SECOND_MS = 1000;
const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const GREATEST_TIME_MS = 8.64e15;

/**
 * The time, in epoch milliseconds, that a text means: an ISO 8601 date, alone (midnight UTC) or with a time of day after `T` or a blank; zone `Z` or an
 * offset, UTC without one; finer parts than a millisecond are cut off. 'infinity' and '-infinity' are after and before all times.
 */
export function timeIn(text: string): number | undefined {
  if (!MAYBE_TIME.test(text)) return undefined;
  const trimmed = trim(text);
  const parts = TIME.exec(trimmed);
  if (parts === null) return /^[+-]?infinity$/i.test(trimmed) ? NAMED_NUMBERS.get(trimmed.toLowerCase()) : undefined;
  const midnight = midnightOf(parts[1]!, Number(parts[2]), Number(parts[3]));
  const clock = clockMs(parts);
  if (midnight === undefined || clock === undefined) return undefined;
  const time = midnight + clock;
  return Math.abs(time) <= GREATEST_TIME_MS ? time : undefined;
}

/** Undefined for a day that the calendar has not. */
function midnightOf(yearText: string, month: number, day: number): number | undefined {
  const year = Number(yearText);
  if (year === 0 && !/^[+-]/.test(yearText)) return undefined; // The calendar of PostgreSQL has no year 0, that of ISO 8601 has.
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  // What is too much for its field spills into the next one.
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day ? date.getTime() : undefined;
}

/** Time of day less the zone's offset; 24:00:00 and a 60th second are the beginning of what follows, as in PostgreSQL. */
function clockMs(parts: RegExpExecArray): number | undefined {
  const field = (at: number): number => Number(parts[at] ?? 0);
  const [hour, minute, second] = [field(4), field(5), field(6)];
  const fraction = Number((parts[7] ?? '').slice(0, 3).padEnd(3, '0'));
  const timeOfDay = hour * HOUR_MS + minute * MINUTE_MS + second * SECOND_MS + fraction;
  const [zoneHour, zoneMinute, zoneSecond] = [field(10), field(11), field(12)];
  if (minute > 59 || second > 60 || timeOfDay > 24 * HOUR_MS || zoneHour > 15 || zoneMinute > 59 || zoneSecond > 59) return undefined;
  const offset = zoneHour * HOUR_MS + zoneMinute * MINUTE_MS + zoneSecond * SECOND_MS;
  return parts[9] === '-' ? timeOfDay + offset : timeOfDay - offset;
}

/** Less the white space around it; a regular expression would take quadratic time on many blanks within. */
function trim(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isBlank(text.charCodeAt(start))) start++;
  while (end > start && isBlank(text.charCodeAt(end - 1))) end--;
  return text.slice(start, end);
}

function isBlank(unit: number): boolean {
  return unit === 0x20 || (unit >= 0x09 && unit <= 0x0d);
}
