/** The memory all columns of an instance live in, and the kernels that scan it. */

/** Scans and bitmap algebra over addresses of one `ColumnMemory`. Rows are multiples of 256, byte counts multiples of 32; bit i of a bitmap is row i. */
export interface Kernels {
  readonly name: 'simd' | 'plain';
  /** Rows whose byte c satisfies `(c - low) & 0xff <= span`. */
  rangeU8(column: number, rows: number, low: number, span: number, out: number): void;
  rangeU16(column: number, rows: number, low: number, span: number, out: number): void;
  /** Rows whose value x satisfies `(x - low) >>> 0 <= span`. */
  rangeI32(column: number, rows: number, low: number, span: number, out: number): void;
  /** Rows with `low <= x && x <= high`. */
  rangeF64(column: number, rows: number, low: number, high: number, out: number): void;
  /** Rows whose byte is set in the 256-bit table at `table` (layout is the kernels' own: write it with `writeTableU8`). */
  tableU8(column: number, rows: number, table: number, out: number): void;
  writeTableU8(table: number, passes: (code: number) => boolean): void;
  /** Rows whose 16-bit code has a non-zero byte in the 65,536-byte table. */
  tableU16(column: number, rows: number, table: number, out: number): void;
  and(out: number, a: number, b: number, bytes: number): void;
  or(out: number, a: number, b: number, bytes: number): void;
  /** `out = a & ~b`. */
  andNot(out: number, a: number, b: number, bytes: number): void;
  fill(out: number, bytes: number, byte: number): void;
  popcount(a: number, bytes: number): number;
  /** Set bits of `a & b`. */
  popcountAnd(a: number, b: number, bytes: number): number;
  /** Writes the positions of the set bits, plus `base`, as int32 from `out` on; returns how many. `bytes` is a multiple of 8. */
  positions(a: number, bytes: number, base: number, out: number): number;
}

export interface ColumnMemory {
  readonly kernels: Kernels;
  /** Bytes handed out and not freed. */
  readonly allocatedBytes: number;
  /** Returns a 64-byte aligned address; contents are zero. Throws ConfigError-free RangeError when the memory is full. */
  allocate(bytes: number): number;
  /** `bytes` as it was allocated. */
  free(address: number, bytes: number): void;
  /** Views stay valid until the address is freed (the memory never moves). */
  u8(address: number, length: number): Uint8Array;
  u16(address: number, length: number): Uint16Array;
  u32(address: number, length: number): Uint32Array;
  i32(address: number, length: number): Int32Array;
  f64(address: number, length: number): Float64Array;
}
