/**
 * Columns of texts, and of what the map reads as text: enumerations, UUIDs, dates, digits.
 *
 * The map orders texts by code point, which is `COLLATE "C"`; equality is bytewise in every deterministic collation, so `=` and LIKE go without it
 * and can use any index. A text that PostgreSQL can't hold equals none that it holds.
 */
import type { ComparisonOperator } from '../../../grammar/ast.ts';
import { FALSE, NotPushed, allOf, anyOf, type Bindings, type Fragment } from './fragments.ts';
import { likePattern, literalOf, mapTexts, type LikePieces } from './like-pieces.ts';
import { inTexts, ordered, sqlOperator, type Constant, type Subject } from './subject.ts';

export interface TextColumn {
  /** SQL that gives the text. */
  readonly sql: string;
  /** SQL that is null when the text is. */
  readonly column: string;
  /** Whether equal means bytewise equal in the collation that `sql` has by itself. */
  readonly deterministic: boolean;
  /** Whether the database's texts are UTF-8: else neither order nor characters are ours. */
  readonly utf8: boolean;
}

const NO_ORDER = 'the database is not encoded in UTF-8';

export function textSubject(text: TextColumn, bindings: Bindings): Subject {
  const { column, utf8 } = text;
  const bytewise = text.deterministic ? text.sql : `${text.sql} COLLATE "C"`;
  const isNotNull = `${column} IS NOT NULL`;
  return {
    isNull: `${column} IS NULL`,
    isNotNull,
    compare: (operator, constant) => (typeof constant === 'string' ? compareTexts(text, operator, constant, bindings) : FALSE),
    among(constants, negated) {
      if (negated && constants.some((constant) => typeof constant !== 'string')) return FALSE;
      const texts = constants.filter((constant): constant is string => typeof constant === 'string' && isStorable(constant));
      return inTexts(bytewise, texts, 'text', negated, isNotNull, bindings);
    },
    like(pattern, insensitive, negated) {
      if (!utf8) throw new NotPushed(NO_ORDER);
      return insensitive ? ilike(bytewise, isNotNull, pattern, negated, bindings) : like(bytewise, isNotNull, pattern, negated, bindings);
    },
    comparable: { kind: 'text', sql: `${text.sql} COLLATE "C"` },
    order: (direction) => (utf8 ? { terms: [ordered(`${text.sql} COLLATE "C"`, direction)] } : undefined),
  };
}

/** Whether PostgreSQL could hold the text. */
export function isStorable(text: string): boolean {
  return !text.includes('\0') && text.isWellFormed();
}

export function compareTexts(
  { sql, column, deterministic, utf8 }: TextColumn,
  operator: ComparisonOperator,
  constant: string,
  bindings: Bindings,
): Fragment {
  const bytewise = deterministic ? sql : `${sql} COLLATE "C"`;
  if (operator === '=' || operator === '!=') {
    if (!isStorable(constant)) return operator === '=' ? FALSE : `${column} IS NOT NULL`;
    return `${bytewise} ${sqlOperator(operator)} ${bindings.bind(constant, 'text')}`;
  }
  if (!utf8) throw new NotPushed(NO_ORDER);
  const stop = constant.indexOf('\0');
  const storable = stop < 0 ? constant : constant.slice(0, stop);
  if (!storable.isWellFormed()) throw new NotPushed('half of a surrogate pair');
  // No stored text lies between `storable` and what has U+0000 after it: all that begins so and goes on is above both.
  const bound = stop < 0 ? operator : operator === '<' || operator === '<=' ? '<=' : '>';
  return `${sql} COLLATE "C" ${bound} ${bindings.bind(storable, 'text')}`;
}

function like(sql: string, isNotNull: Fragment, pattern: LikePieces, negated: boolean, bindings: Bindings): Fragment {
  const literal = literalOf(pattern);
  const matchable = pattern.every((piece) => typeof piece === 'string' || isStorable(piece.text));
  if (!matchable) return negated ? isNotNull : FALSE;
  if (literal !== undefined) return `${sql} ${negated ? '<>' : '='} ${bindings.bind(literal, 'text')}`;
  return `${sql} ${negated ? 'NOT LIKE' : 'LIKE'} ${bindings.bind(likePattern(pattern), 'text')}`;
}

/** ASCII letters, and the two other characters whose lower case is one: the Turkish dotted capital and the Kelvin sign. */
const CAPITALS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ\u0130\u212A';
const SMALL = 'abcdefghijklmnopqrstuvwxyzik';

/**
 * Only for patterns of ASCII: what else is the lower case of a character depends on the database's locale. Of those, patterns with `i`, `k` or `_`
 * go by a translation that is the map's whatever the locale; the others are the same in every locale, and may use an index for ILIKE.
 */
function ilike(sql: string, isNotNull: Fragment, pattern: LikePieces, negated: boolean, bindings: Bindings): Fragment {
  const text = likePattern(pattern);
  // oxlint-disable-next-line no-control-regex
  if (!/^[\0-\x7f]*$/.test(text)) throw new NotPushed('ILIKE with letters beyond ASCII depends on the locale of the database');
  if (/[ik_]/i.test(text)) {
    const lower = mapTexts(pattern, (part) => part.toLowerCase());
    return like(`translate(${sql}, '${CAPITALS}', '${SMALL}')`, isNotNull, lower, negated, bindings);
  }
  if (text.includes('\0')) return negated ? isNotNull : FALSE;
  return `${sql} ${negated ? 'NOT ILIKE' : 'ILIKE'} ${bindings.bind(text, 'text')}`;
}

const UUID = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/;

/** UUIDs are texts in lower case to the map, and in the same order. */
export function uuidSubject(column: string, bindings: Bindings): Subject {
  const asText: TextColumn = { sql: `${column}::text`, column, deterministic: true, utf8: true };
  const text = textSubject(asText, bindings);
  return {
    ...text,
    compare: (operator, constant) =>
      typeof constant === 'string' && UUID.test(constant)
        ? `${column} ${sqlOperator(operator)} ${bindings.bind(constant, 'uuid')}`
        : text.compare(operator, constant),
    among(constants, negated) {
      if (negated && constants.some((constant) => typeof constant !== 'string')) return FALSE;
      const uuids = constants.filter((constant): constant is string => typeof constant === 'string' && UUID.test(constant));
      return inTexts(column, uuids, 'uuid', negated, text.isNotNull, bindings);
    },
    order: (direction) => ({ terms: [ordered(column, direction)] }),
  };
}

/** Where the order of dates is that of their texts: four digits of year, no `BC`. */
const PLAIN_DATE = /^(?!0000)\d{4}-\d{2}-\d{2}$/;

/** Dates are texts to the map (`2024-02-29`). Those that are written otherwise (`infinity`, `0044-03-15 BC`, `12024-01-01`) compare as such. */
export function dateSubject(column: string, bindings: Bindings): Subject {
  // As JSON a date does not depend on the session's DateStyle.
  const asText: TextColumn = { sql: `(to_jsonb(${column}) #>> '{}')`, column, deterministic: true, utf8: true };
  const text = textSubject(asText, bindings);
  const odd = `(${column} < '0001-01-01' OR ${column} > '9999-12-31')`;
  return {
    ...text,
    compare(operator, constant) {
      if (!isPlainDate(constant)) return text.compare(operator, constant);
      const plain = `${column} ${sqlOperator(operator)} ${bindings.bind(constant, 'date')}`;
      if (operator === '=' || operator === '!=') return plain;
      const within = operator.startsWith('<') ? `${column} >= '0001-01-01'` : `${column} <= '9999-12-31'`;
      return anyOf([allOf([plain, within]), allOf([odd, text.compare(operator, constant)])]);
    },
    among: (constants, negated) => text.among!(constants, negated),
    order: (direction) => ({ terms: [ordered(column, direction)], misplaced: odd }),
  };
}

function isPlainDate(constant: Constant): constant is string {
  if (typeof constant !== 'string' || !PLAIN_DATE.test(constant)) return false;
  const time = Date.parse(`${constant}T00:00:00Z`);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(constant);
}
