/**
 * The order of texts: by Unicode code point, which is the order of UTF-8 bytes and of PostgreSQL's `COLLATE "C"`.
 *
 * JavaScript compares UTF-16 units instead. The two differ in one place: surrogates (D800-DFFF, the halves of the characters from U+10000)
 * sort below the units E000-FFFF, but belong above them. Moving the two ranges past each other mends it, unit by unit, and makes a total
 * order of all strings, also of those with lone surrogates (which count among the characters from U+10000).
 * Reference: M. Dürst, "UTF-16 for binary code point order collation", in the Unicode standard, section 5.17.
 */

const FIRST_SURROGATE = 0xd800;
const LAST_SURROGATE = 0xdfff;
const FIRST_BEYOND = 0xe000;
const LAST_UNIT = 0xffff;
/** Where the two orders can differ. On a Latin-1 string the engine knows the answer without looking. */
const LATE_UNIT = /[\ud800-\uffff]/;
/** Most texts differ early: as many units are compared here before the engine's own comparison, faster on long ones, is asked. */
const EARLY_UNITS = 16;

/** Negative, zero or positive as `a` comes before, with or after `b`. */
export function compareText(a: string, b: string): number {
  const early = Math.min(a.length, b.length, EARLY_UNITS);
  for (let i = 0; i < early; i++) {
    const difference = compareUnits(a.charCodeAt(i), b.charCodeAt(i));
    if (difference !== 0) return difference;
  }
  if (early < EARLY_UNITS) return a.length - b.length;
  if (a === b) return 0;
  return LATE_UNIT.test(a) && LATE_UNIT.test(b) ? compareRest(a, b) : a < b ? -1 : 1;
}

function compareRest(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = EARLY_UNITS; i < length; i++) {
    const difference = compareUnits(a.charCodeAt(i), b.charCodeAt(i));
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

function compareUnits(a: number, b: number): number {
  return a < FIRST_SURROGATE || b < FIRST_SURROGATE ? a - b : ((a + 0x2000) & LAST_UNIT) - ((b + 0x2000) & LAST_UNIT);
}

/** The texts in order. Several times faster than by `compareText` where no text needs it. */
export function sortedTexts(texts: readonly string[]): string[] {
  return texts.some((text) => LATE_UNIT.test(text)) ? texts.toSorted(compareText) : texts.toSorted();
}

/** The least text above every text that begins with `prefix`; undefined when there is none (an empty prefix, or one of U+10FFFF only). */
export function prefixEnd(prefix: string): string | undefined {
  for (let last = prefix.length - 1; last >= 0; last--) {
    const unit = prefix.charCodeAt(last);
    if (unit !== LAST_SURROGATE) return prefix.slice(0, last) + String.fromCharCode(unitAfter(unit));
  }
  return undefined;
}

/** The next unit in code-point order; the greatest of all, LAST_SURROGATE, has none. */
function unitAfter(unit: number): number {
  if (unit === FIRST_SURROGATE - 1) return FIRST_BEYOND;
  return unit === LAST_UNIT ? FIRST_SURROGATE : unit + 1;
}
