/**
 * Attributes of a document that the table repeats in generated columns: the column narrows, the document decides.
 *
 * So an index on the column is used, and the answer is right however the column is generated, as long as it repeats the attribute.
 */
import type { ComparisonOperator } from '../../../grammar/ast.ts';
import { numberIn, truthIn } from '../../../grammar/text-values.ts';
import type { MappedColumn } from '../mapping.ts';
import { booleanSubject } from './booleans.ts';
import { compareNearest } from './decimals.ts';
import { TRUE, allOf, type Bindings, type Fragment } from './fragments.ts';
import { floatSubject, integerSubject, isIntegerType } from './numbers.ts';
import type { Constant, Subject } from './subject.ts';
import { textSubject, type TextColumn } from './texts.ts';

/** Rows that `inside` finds, looked for by the column that repeats it. */
export function narrowedBy({ column, castName }: MappedColumn, inside: Subject, utf8: boolean, bindings: Bindings): Subject {
  const text: TextColumn = { sql: column, column, deterministic: false, utf8 };
  return {
    ...inside,
    // Not copied with the rest: what they bind is bound where they are used.
    get isNull() {
      return inside.isNull;
    },
    get isNotNull() {
      return inside.isNotNull;
    },
    compare: (operator, constant) =>
      allOf([narrowing(column, castName, operator, constant, text, bindings), inside.compare(operator, constant)]),
    like: (pattern, insensitive, negated) =>
      allOf([
        isText(castName) ? textSubject(text, bindings).like(pattern, insensitive, negated) : TRUE,
        inside.like(pattern, insensitive, negated),
      ]),
  };
}

/** A condition that holds for the column wherever the comparison is true of the document. */
function narrowing(
  column: string,
  castName: string,
  operator: ComparisonOperator,
  constant: Constant,
  text: TextColumn,
  bindings: Bindings,
): Fragment {
  // A text that could be a number or a truth value compares with those too, which the column need not repeat.
  const isOnlyText = typeof constant === 'string' && numberIn(constant) === undefined && truthIn(constant) === undefined;
  if (isOnlyText) return isText(castName) ? textSubject(text, bindings).compare(operator, constant) : TRUE;
  if (typeof constant === 'boolean') return castName === 'boolean' ? booleanSubject(column).compare(operator, constant) : TRUE;
  if (typeof constant !== 'number') return TRUE;
  if (castName === 'double precision') return floatSubject(column, bindings).compare(operator, constant);
  if (castName === 'numeric') return compareNearest(() => column, operator, constant, bindings);
  // Beyond 2^53 an integer is another number in the map.
  const isExact = Math.abs(constant) < Number.MAX_SAFE_INTEGER;
  return isIntegerType(castName) && isExact ? integerSubject(column, castName, bindings).compare(operator, constant) : TRUE;
}

function isText(castName: string): boolean {
  return castName === 'text' || castName === 'character varying';
}
