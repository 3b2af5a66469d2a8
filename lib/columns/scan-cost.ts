/** What the kernels cost, so that a planner can compare a scan with other ways. */
import type { Kernels } from './kernels.ts';

/** Nanoseconds per row, measured on blocks of 65,536 rows. Ratios matter: machines differ by a factor, kernels of one machine do not. */
export interface ScanCosts {
  readonly rangeU8: number;
  readonly rangeU16: number;
  readonly rangeI32: number;
  readonly rangeF64: number;
  readonly tableU8: number;
  readonly tableU16: number;
  /** One and, or, not of bitmaps. */
  readonly combine: number;
}

export const SCAN_COSTS: Readonly<Record<Kernels['name'], ScanCosts>> = {
  simd: { rangeU8: 0.026, rangeU16: 0.043, rangeI32: 0.08, rangeF64: 0.19, tableU8: 0.11, tableU16: 0.38, combine: 0.003 },
  plain: { rangeU8: 1.4, rangeU16: 1.4, rangeI32: 1.6, rangeF64: 6, tableU8: 1.2, tableU16: 1.1, combine: 0.02 },
};

/** Nanoseconds for a value that a set is asked about. */
export const ODD_NS = 30;
