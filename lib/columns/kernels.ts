/** The inner loops: scans over one column, and algebra over bitmaps. Two makers: SIMD (`simd-kernels.ts`) and plain JavaScript. */

/**
 * Scans and bitmap algebra over addresses of one `ColumnMemory`. Rows are multiples of 256, byte counts multiples of 32; bit i of a bitmap is
 * row i. An output may be one of the inputs. Nothing is checked.
 */
export interface Kernels {
  readonly name: 'simd' | 'plain';
  /** Rows whose byte c satisfies `(c - low) & 0xff <= span`. */
  rangeU8(column: number, rows: number, low: number, span: number, out: number): void;
  /** Rows whose 16-bit code c satisfies `(c - low) & 0xffff <= span`. */
  rangeU16(column: number, rows: number, low: number, span: number, out: number): void;
  /** Rows whose value x satisfies `(x - low) >>> 0 <= span >>> 0`. */
  rangeI32(column: number, rows: number, low: number, span: number, out: number): void;
  /** Rows with `low <= x && x <= high`. */
  rangeF64(column: number, rows: number, low: number, high: number, out: number): void;
  /** Rows whose byte is set in the 256-bit table at `table` (layout is the kernels' own: write it with `writeTableU8`). */
  tableU8(column: number, rows: number, table: number, out: number): void;
  /** Writes a table for `tableU8`: 32 bytes. */
  writeTableU8(table: number, passes: (code: number) => boolean): void;
  /** Rows whose 16-bit code has a 1 in the table of 65,536 bytes, each 0 or 1. */
  tableU16(column: number, rows: number, table: number, out: number): void;
  and(out: number, a: number, b: number, bytes: number): void;
  or(out: number, a: number, b: number, bytes: number): void;
  /** `out = a & ~b`. */
  andNot(out: number, a: number, b: number, bytes: number): void;
  not(out: number, a: number, bytes: number): void;
  fill(out: number, bytes: number, byte: number): void;
  popcount(a: number, bytes: number): number;
  /** Set bits of `a & b`. */
  popcountAnd(a: number, b: number, bytes: number): number;
  /** Writes the positions of the set bits, plus `base`, as int32 from `out` on; returns how many. `bytes` is a multiple of 8. */
  positions(a: number, bytes: number, base: number, out: number): number;
}

/** Bytes of a `tableU8` table. */
export const TABLE_U8_BYTES = 32;
/** Bytes of a `tableU16` table. */
export const TABLE_U16_BYTES: number = 1 << 16;
