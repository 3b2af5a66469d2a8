/**
 * A scalar made ready to be compared with attribute values of any family.
 *
 * The attribute's value decides how a scalar is read, entry by entry: with a number it compares as a number, with a date as a date. What it can't
 * be read as, it can't be compared with, and the comparison is unknown:
 *
 * | scalar         | number, bigint | date               | text | boolean |
 * |----------------|----------------|--------------------|------|---------|
 * | number, bigint | exactly        | epoch milliseconds | –    | –       |
 * | text           | `numberIn`     | `timeIn`           | yes  | `truthIn` |
 * | boolean        | –              | –                  | –    | yes     |
 * | Date           | –              | yes                | –    | –       |
 *
 * NULL compares with nothing.
 */
import type { Scalar } from '../../../grammar/ast.ts';
import type { Family } from '../../data/compare.ts';
import { numberIn, bigintIn, timeIn, truthIn } from '../../../grammar/text-values.ts';
import { placeAmongBigints, placeAmongNumbers } from './family-lines.ts';
import type { Place } from './line-set.ts';

/** What a scalar is to each family; undefined where it can't be compared. */
export interface Comparand {
  /** Among the doubles, NaN last. */
  readonly number: Place<number> | undefined;
  readonly bigint: Place<bigint> | undefined;
  /** Among times in epoch milliseconds. */
  readonly date: Place<number> | undefined;
  readonly text: string | undefined;
  readonly boolean: boolean | undefined;
}

const INCOMPARABLE: Comparand = { number: undefined, bigint: undefined, date: undefined, text: undefined, boolean: undefined };
const TRUE: Comparand = { ...INCOMPARABLE, boolean: true };
const FALSE: Comparand = { ...INCOMPARABLE, boolean: false };

/** What a scalar compares with, and how. */
export function comparandOf(scalar: Scalar): Comparand {
  switch (typeof scalar) {
    case 'number':
    case 'bigint': {
      const number = placeAmongNumbers(scalar);
      return { number, bigint: placeAmongBigints(scalar), date: number, text: undefined, boolean: undefined };
    }
    case 'string':
      return textComparand(scalar);
    case 'boolean':
      return scalar ? TRUE : FALSE;
    default:
      return scalar === null || Number.isNaN(scalar.getTime())
        ? INCOMPARABLE
        : { ...INCOMPARABLE, date: placeAmongNumbers(scalar.getTime()) };
  }
}

function textComparand(text: string): Comparand {
  const number = numberIn(text);
  const bigint = bigintIn(text) ?? number;
  const time = timeIn(text);
  return {
    number: number === undefined ? undefined : placeAmongNumbers(number),
    bigint: bigint === undefined ? undefined : placeAmongBigints(bigint),
    date: time === undefined ? undefined : placeAmongNumbers(time),
    text,
    boolean: truthIn(text),
  };
}

/** Whether the scalar compares with values of the family; with null everything does (and is unknown for another reason). */
export function comparesWith(comparand: Comparand, family: Family): boolean {
  if (family === 'null') return true;
  return family !== 'other' && comparand[family] !== undefined;
}
