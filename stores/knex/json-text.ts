/** Reads JSON whose numbers JavaScript can hold: others would be rewritten in the table by the next write of their row. */

/** Errors: RangeError with the number and where it is, when reading it would give another one. */
export function parseExactJson(text: string): unknown {
  return hasLongNumber(text) ? checked(text) : JSON.parse(text);
}

/** The same where numbers may be written with exponents: jsonb has none. */
export function parseExactJsonOfText(text: string): unknown {
  return hasLongNumber(text) || LARGE_EXPONENT.test(text) ? checked(text) : JSON.parse(text);
}

/** Numbers of up to 15 digits come through a double as they are. With a point, that many characters are one digit less. */
const LONG = 16;
const LARGE_EXPONENT = /\de[-+]?\d{3}/i;

/** Whether there are 16 digits or points on end, in a text perhaps. Looks at every sixteenth character: such a run has one of them. */
function hasLongNumber(text: string): boolean {
  for (let at = LONG - 1; at < text.length; at += LONG) {
    if (!isDigitOrPoint(text.charCodeAt(at))) continue;
    let start = at;
    while (start > 0 && isDigitOrPoint(text.charCodeAt(start - 1))) start--;
    let end = at + 1;
    while (end < text.length && isDigitOrPoint(text.charCodeAt(end))) end++;
    if (end - start >= LONG) return true;
  }
  return false;
}

function isDigitOrPoint(code: number): boolean {
  return (code >= 48 && code <= 57) || code === 46;
}

/** Stands for a number that a double is not. */
class Inexact {
  readonly source: string;

  constructor(source: string) {
    this.source = source;
  }
}

/** Six times slower than JSON.parse alone. */
function checked(text: string): unknown {
  let isExact = true;
  const reviver = (_: string, value: unknown, { source }: { readonly source?: string }): unknown => {
    if (typeof value !== 'number' || isSameNumber(source!, String(value))) return value;
    isExact = false;
    return new Inexact(source!);
  };
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what the source was is told since V8 11.4, but not yet by the types
  const value: unknown = JSON.parse(text, reviver as (key: string, value: unknown) => unknown);
  if (isExact) return value;
  const [path, { source }] = inexactIn(value, '')!;
  throw new RangeError(
    `the number ${source}${path === '' ? '' : ` at ${path}`} is none that JavaScript holds exactly: keep it as a text, or set json: 'nearest'`,
  );
}

function inexactIn(value: unknown, path: string): readonly [path: string, Inexact] | undefined {
  if (value instanceof Inexact) return [path, value];
  if (typeof value !== 'object' || value === null) return undefined;
  for (const [name, item] of Object.entries(value)) {
    const found = inexactIn(item, Array.isArray(value) ? `${path}[${name}]` : `${path}.${name}`);
    if (found !== undefined) return found;
  }
  return undefined;
}

const NUMBER = /^(-?)(\d+)(?:\.(\d+))?(?:e([-+]?\d+))?$/i;

/** Whether two texts are the same number: the same digits at the same place. */
function isSameNumber(a: string, b: string): boolean {
  const [left, right] = [placed(a), placed(b)];
  return left !== undefined && left === right;
}

function placed(text: string): string | undefined {
  const found = NUMBER.exec(text);
  if (found === null) return undefined; // infinite
  const [, sign, whole = '', fraction = '', exponent = '0'] = found;
  const digits = (whole + fraction).replace(/0+$/, '');
  const used = digits.replace(/^0+/, '');
  if (used === '') return '0';
  return `${sign}${used}e${Number(exponent) + whole.length - (digits.length - used.length)}`;
}
