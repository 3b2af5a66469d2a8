/** How values become small codes: what `CodeRows` asks of a dictionary or of an offset. */
import type { ValueSet } from '../data/value-set.ts';
import type { ColumnValue } from './column-value.ts';
import type { Spans } from './spans.ts';

/** The code of a row that holds no entry: what fresh memory says. */
export const ABSENT_CODE = 0;
export const NULL_CODE = 1;
/** The first code of a value. */
export const FIRST_CODE = 2;

export interface Coding {
  /** Grows when a code is given to another value: what was compiled before is stale. */
  readonly version: number;
  /** Codes in use are below this number. */
  readonly size: number;
  readonly bytes: number;
  /** The greatest code that rows of this width can hold. */
  limit: number;
  /** The code of a value that is not null; -1 if it has none yet. */
  codeOf(value: ColumnValue): number;
  /** Gives the value a code; -1 if none is left, or values like this one have none here. `counts` tells which codes are out of use. */
  admit(value: ColumnValue, counts: Int32Array): number;
  /** No row holds the code any more. It keeps its value until another needs it. */
  release(code: number): void;
  valueOf(code: number): ColumnValue;
  /** The codes of the values in the set. NULL_CODE stands for null and ABSENT_CODE goes with it (its rows are never asked for). */
  spans(set: ValueSet): Spans;
  /** By code, numbers in the order of the values; undefined: the codes themselves have it. null: not worth the sorting. */
  ranks(): Float64Array | undefined | null;
}

/** Codes up to FIRST_CODE, as spans. */
export function nullSpan(nulls: boolean): number[] {
  return nulls ? [ABSENT_CODE, NULL_CODE] : [];
}
