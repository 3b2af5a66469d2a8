/** What every column promises: one attribute of all entries, by slot, in a form that can be scanned without touching an entry. */
import type { ValueSet } from '../data/value-set.ts';

/** Rows of one block: the unit of allocation and of scanning. Row `slot` is in block `slot >>> BLOCK_SHIFT`. */
export const BLOCK_SHIFT = 16;
export const BLOCK_ROWS: number = 1 << BLOCK_SHIFT;
export const BLOCK_MASK: number = BLOCK_ROWS - 1;

/** How a column keeps its values; see `docs/` and each class. */
export type ColumnKind = 'codes' | 'int32' | 'float64' | 'hashes';

export interface Column {
  /** Canonical text of the attribute path. */
  readonly attribute: string;
  readonly kind: ColumnKind;
  /** Grows whenever the representation or the dictionary changes: what was compiled against another generation must be compiled anew. */
  readonly generation: number;
  /** Bytes held, dictionary included (estimated). */
  readonly bytes: number;
  /** Number of distinct values now present, null included; `undefined` when not known. */
  readonly distinct: number | undefined;
  /** Sets the row's value; replaces what was there. `undefined` and `null` are null. Any JavaScript value is taken. */
  set(slot: number, value: unknown): void;
  /** Forgets the row (its entry is gone). Without effect on a row that is not set. */
  clear(slot: number): void;
  /** Compiles a condition; good until `generation` changes. */
  compile(set: ValueSet): ColumnTest;
  /**
   * Numbers in the order of the values (total order of `data/compare`; null is +Infinity, that is last), for sorting and top-k
   * without touching entries; `undefined` when the column can't tell. Good until `generation` changes.
   */
  ranks(): ((slot: number) => number) | undefined;
  /**
   * What `ranks` gives for `slots[from..to)`, written to `out[at]` and on. Optional, for speed: a loop inside is several times as fast as one around a
   * function of the slot. Only while `ranks` gives an answer.
   */
  writeRanks?(slots: Int32Array, from: number, to: number, out: Float64Array, at: number): void;
  /** Gives the memory back. */
  free(): void;
}

/** A condition compiled against one column. */
export interface ColumnTest {
  readonly generation: number;
  /** false: rows that pass are candidates and must be verified against the entry (hashed columns). */
  readonly exact: boolean;
  /** Rows that pass, when known without a scan; exact only if `exact`. */
  readonly count: number | undefined;
  /** Estimated cost of `select`, nanoseconds per row. */
  readonly costNs: number;
  /**
   * Writes one bit per row of the block into the bitmap at `out` (an address in the column memory): the first `rows` rows, rounded up
   * to a multiple of 256. Bits of rows that hold no entry are undefined: mask with the live bitmap.
   */
  select(block: number, rows: number, out: number): void;
  /** Whether the row passes. */
  readonly test: (slot: number) => boolean;
  /** Keeps those of `slots[from..to)` that pass, in their order and in place; returns the new end. Optional, for speed, as `Column.writeRanks`. */
  narrow?(slots: Int32Array, from: number, to: number): number;
}
