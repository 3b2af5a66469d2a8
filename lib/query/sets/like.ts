/**
 * The one LIKE compiler.
 *
 * A pattern is cut at each `%` into segments of fixed length. The first must begin the text, the last must end it, and each of the others is taken
 * where it is first found after the one before: if any way of matching exists, this one does, so nothing is ever tried twice (no backtracking). Time is
 * linear in the text for any pattern: each segment is searched for once, at most text length times segment length steps if it has `_` within.
 *
 * `_` is one code point. A lone surrogate counts as one, and half of a pair is never matched.
 */

/** A compiled pattern. */
export interface LikePattern {
  /** Whether the whole text matches. */
  readonly test: (text: string) => boolean;
  /** Every text that matches begins with this. */
  readonly prefix: string;
  /** What else must be so: it is `prefix` itself, nothing, or only `test` can tell. */
  readonly shape: 'equal' | 'prefix' | 'other';
}

/** Literal text, or so many characters of any kind. */
type Piece = string | number;
type Segment = readonly Piece[];

/**
 * Compiles a pattern: `%` any run of characters, new lines included, `_` one character. `escape`, one character or `''` for none, makes the next
 * character literal; at the end of the pattern, with nothing to escape, it stands for itself (PostgreSQL refuses such a pattern: 22025).
 * `insensitive` (ILIKE): both sides in simple lower case.
 */
export function compileLike(pattern: string, escape: string, insensitive: boolean): LikePattern {
  const segments = segmentsOf(pattern, escape);
  if (!insensitive) return compileSegments(segments);
  const { test } = compileSegments(
    segments.map((segment) => segment.map((piece) => (typeof piece === 'string' ? lowerCase(piece) : piece))),
  );
  return { test: (text) => test(lowerCase(text)), prefix: '', shape: 'other' };
}

/**
 * Lower case, code point by code point as in Unicode's simple mapping: no character changes the length or depends on its neighbours, unlike
 * `toLowerCase`, from which it differs for `İ` (plain `i`) and a final `Σ` (plain `σ`).
 */
export function lowerCase(text: string): string {
  const plain = /[İΣ]/.test(text) ? text.replaceAll('İ', 'i').replaceAll('Σ', 'σ') : text;
  return plain.toLowerCase();
}

/** The pattern between its `%`: one segment more than there are `%`. */
function segmentsOf(pattern: string, escape: string): Segment[] {
  const segments: Piece[][] = [[]];
  let escaped = false;
  const add = (piece: Piece): void => {
    const segment = segments.at(-1)!;
    const last = segment.at(-1);
    if (typeof last === 'string' && typeof piece === 'string') segment[segment.length - 1] = last + piece;
    else if (typeof last === 'number' && typeof piece === 'number') segment[segment.length - 1] = last + piece;
    else segment.push(piece);
  };
  for (const character of pattern) {
    if (!escaped && character === escape) {
      escaped = true;
      continue;
    }
    if (!escaped && character === '%') segments.push([]);
    else add(!escaped && character === '_' ? 1 : character);
    escaped = false;
  }
  if (escaped) add(escape);
  return segments;
}

function compileSegments(segments: readonly Segment[]): LikePattern {
  return simplePattern(segments) ?? generalPattern(segments);
}

/** Patterns that come down to one search by the engine; undefined for others. */
function simplePattern(segments: readonly Segment[]): LikePattern | undefined {
  const texts = segments.map(literalOf);
  const [first, second, third] = texts;
  if (first === undefined || texts.includes(undefined)) return undefined;
  if (segments.length === 1) return { test: (text) => text === first, prefix: first, shape: 'equal' };
  const needle = texts.join('');
  if (!needle.isWellFormed()) return undefined; // Could match half of a pair.
  if (texts.slice(1).every((text) => text === '')) return { test: (text) => text.startsWith(needle), prefix: needle, shape: 'prefix' };
  if (first !== '') return undefined;
  if (segments.length === 2 && second === needle) return { test: (text) => text.endsWith(needle), prefix: '', shape: 'other' };
  return segments.length === 3 && second === needle && third === ''
    ? { test: (text) => text.includes(needle), prefix: '', shape: 'other' }
    : undefined;
}

/** The text of a segment without `_`. */
function literalOf(segment: Segment): string | undefined {
  const [piece = ''] = segment;
  return segment.length <= 1 && typeof piece === 'string' ? piece : undefined;
}

function generalPattern(segments: readonly Segment[]): LikePattern {
  const first = segments[0]!;
  const last = segments.length > 1 ? segments.at(-1)! : undefined;
  const middle = segments.slice(1, -1);
  const test = (text: string): boolean => {
    let at = matchAt(text, 0, first, 0);
    if (last === undefined) return at === text.length;
    for (const segment of middle) {
      if (at < 0) return false;
      at = find(text, at, segment);
    }
    if (at < 0) return false;
    const tail = stepBack(text, lengthOf(last));
    return tail >= at && matchAt(text, tail, last, 0) === text.length;
  };
  return { test, prefix: typeof first[0] === 'string' ? first[0] : '', shape: 'other' };
}

/** Where the segment's pieces from `from` on end if they stand at `at`; -1 if they don't. */
function matchAt(text: string, at: number, segment: Segment, from: number): number {
  let end = at;
  for (let i = from; i < segment.length && end >= 0; i++) {
    const piece = segment[i]!;
    if (typeof piece === 'number') end = skip(text, end, piece);
    else end = text.startsWith(piece, end) && !splitsPair(text, end + piece.length) ? end + piece.length : -1;
  }
  return end;
}

/** Where the first occurrence of a segment at or after `from` ends; -1 if there is none. */
function find(text: string, from: number, segment: Segment): number {
  const [head] = segment;
  // Leading `_` only push the search on: whatever follows them may stand anywhere after.
  const start = typeof head === 'number' ? skip(text, from, head) : from;
  const at = typeof head === 'number' ? 1 : 0;
  const literal = segment[at];
  if (start < 0 || typeof literal !== 'string') return start;
  for (let hit = text.indexOf(literal, start); hit >= 0; hit = text.indexOf(literal, hit + 1)) {
    if (splitsPair(text, hit)) continue;
    const end = matchAt(text, hit, segment, at);
    if (end >= 0) return end;
  }
  return -1;
}

/** Where `count` code points after `at` end; -1 if there are fewer. */
function skip(text: string, at: number, count: number): number {
  let end = at;
  for (let i = 0; i < count; i++) {
    if (end >= text.length) return -1;
    end += splitsPair(text, end + 1) ? 2 : 1;
  }
  return end;
}

/** Where the last `count` code points begin; -1 if there are fewer. */
function stepBack(text: string, count: number): number {
  let start = text.length;
  for (let i = 0; i < count; i++) {
    if (start <= 0) return -1;
    start -= splitsPair(text, start - 1) ? 2 : 1;
  }
  return start;
}

/** In code points. */
function lengthOf(segment: Segment): number {
  let length = 0;
  for (const piece of segment) length += typeof piece === 'number' ? piece : Array.from(piece).length;
  return length;
}

/** Whether `at` is between the halves of a surrogate pair. */
function splitsPair(text: string, at: number): boolean {
  return (text.charCodeAt(at) & 0xfc00) === 0xdc00 && (text.charCodeAt(at - 1) & 0xfc00) === 0xd800;
}
