/** One way of keeping the values of a column: what `AttributeColumn` asks of it. */
import type { ValueSet } from '../data/value-set.ts';
import type { ColumnValue } from './column-value.ts';
import type { ColumnKind, ColumnTest } from './column.ts';

export interface Rows {
  readonly kind: ColumnKind;
  readonly generation: number;
  readonly bytes: number;
  readonly distinct: number | undefined;
  /** false: there is no place for this value in this form. Nothing has changed then. */
  set(slot: number, value: ColumnValue): boolean;
  clear(slot: number): void;
  compile(set: ValueSet): ColumnTest;
  ranks(): ((slot: number) => number) | undefined;
  writeRanks?(slots: Int32Array, from: number, to: number, out: Float64Array, at: number): void;
  free(): void;
}
