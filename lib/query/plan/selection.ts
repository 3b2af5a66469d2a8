/**
 * A condition as a computation on bitmaps: each column test scans a block of rows into one bit per row, and the bitmaps are combined, so that no
 * entry is touched (the "predicates over bitmaps" of column stores; see Li and Patel, BitWeaving, 2013).
 *
 * A selection may be wider than its condition (`exact` false): parts that only an entry can answer are left out of a conjunction, and hashed
 * columns give candidates. Those rows must then be tested one by one. A disjunction with a part that has no column has no selection at all.
 */
import type { ColumnTest } from '../../columns/column.ts';
import type { ColumnMemory } from '../../columns/column-memory.ts';
import { BLOCK_ROWS } from '../../columns/column.ts';
import type { Bound } from './bound-condition.ts';

export interface Selection {
  readonly kind: 'select' | 'all' | 'any';
  /** Of `select`. */
  readonly test: ColumnTest | undefined;
  /** Of a group, in the order of evaluation. */
  readonly parts: readonly Selection[];
  /** Whether the rows are exactly those of the condition, or some more. */
  readonly exact: boolean;
  /** Nanoseconds per row. */
  readonly costNs: number;
  /** Bitmaps needed beside the result. */
  readonly scratch: number;
}

/** The selection of a condition, compiled for the columns as they are now; undefined when it would be all rows. */
export function selectionOf(bound: Bound): Selection | undefined {
  if (bound.kind === 'constant' || bound.kind === 'entry') return undefined;
  if (bound.kind === 'attribute') {
    const { test } = bound;
    return test === undefined ? undefined : { kind: 'select', test, parts: [], exact: test.exact, costNs: test.costNs, scratch: 0 };
  }
  const parts: Selection[] = [];
  for (const term of bound.terms) {
    const part = selectionOf(term);
    if (part !== undefined) parts.push(part);
    else if (bound.kind === 'any') return undefined;
  }
  return group(bound.kind, parts, parts.length === bound.terms.length);
}

/** The conjunction (or disjunction) of selections; `whole` if no part of the condition was left out. */
export function group(kind: 'all' | 'any', parts: readonly Selection[], whole: boolean): Selection | undefined {
  const [first] = parts;
  if (first === undefined) return undefined;
  if (parts.length === 1 && whole) return first;
  // The part that needs most scratch goes first, straight into the result: so a chain nested n deep needs one bitmap, not n (Sethi and Ullman 1970).
  const ordered = [...parts].sort((a, b) => b.scratch - a.scratch || a.costNs - b.costNs);
  const second = ordered[1];
  let exact = whole;
  let costNs = 0;
  for (const part of ordered) {
    exact &&= part.exact;
    costNs += part.costNs;
  }
  const scratch = Math.max(ordered[0]!.scratch, second === undefined ? 0 : second.scratch + 1);
  return { kind, test: undefined, parts: ordered, exact, costNs, scratch };
}

const BITMAP_BYTES = BLOCK_ROWS / 8;
const POSITIONS_BYTES = BLOCK_ROWS * 4;

/** Bitmaps and positions of blocks, in the column memory. But for bitmaps that were taken, nothing here outlives a pause. */
export class BlockScratch {
  readonly #memory: ColumnMemory;
  readonly #bitmaps: number[] = [];
  /** Given back, not in use. */
  readonly #spare: number[] = [];
  #positions: { readonly address: number; readonly slots: Int32Array } | undefined;

  constructor(memory: ColumnMemory) {
    this.#memory = memory;
  }

  /** Address of the n-th bitmap. */
  bitmap(n: number): number {
    while (this.#bitmaps.length <= n) this.#bitmaps.push(this.#memory.allocate(BITMAP_BYTES));
    return this.#bitmaps[n]!;
  }

  /** Bitmaps for one query to keep until it gives them back, over pauses too. */
  take(count: number): readonly number[] {
    const taken = this.#spare.splice(-count);
    while (taken.length < count) taken.push(this.#memory.allocate(BITMAP_BYTES));
    return taken;
  }

  giveBack(bitmaps: readonly number[]): void {
    this.#spare.push(...bitmaps);
  }

  /** The set bits of a bitmap as slots from `base` on: in `slots`, from 0, until the next call. Returns how many. */
  positions(bitmap: number, bytes: number, base: number): number {
    return this.#memory.kernels.positions(bitmap, bytes, base, this.#positionBuffer.address);
  }

  get slots(): Int32Array {
    return this.#positionBuffer.slots;
  }

  /** Gives the memory back. */
  free(): void {
    for (const address of [...this.#bitmaps.splice(0), ...this.#spare.splice(0)]) this.#memory.free(address, BITMAP_BYTES);
    if (this.#positions !== undefined) this.#memory.free(this.#positions.address, POSITIONS_BYTES);
    this.#positions = undefined;
  }

  get #positionBuffer(): { readonly address: number; readonly slots: Int32Array } {
    if (this.#positions === undefined) {
      const address = this.#memory.allocate(POSITIONS_BYTES);
      this.#positions = { address, slots: this.#memory.i32(address, BLOCK_ROWS) };
    }
    return this.#positions;
  }
}

/**
 * Writes the selection's rows of one block into the bitmap at `out`, using scratch bitmaps from number `free` on. Bits of rows without an entry are
 * undefined. `rows` is a multiple of 256.
 */
export function evaluate(
  selection: Selection,
  block: number,
  rows: number,
  out: number,
  memory: ColumnMemory,
  scratch: BlockScratch,
  free: number,
): void {
  const { test, parts } = selection;
  if (test !== undefined) {
    test.select(block, rows, out);
    return;
  }
  const { kernels } = memory;
  const bytes = rows >>> 3;
  const other = parts.length > 1 ? scratch.bitmap(free) : 0;
  evaluate(parts[0]!, block, rows, out, memory, scratch, free);
  for (let i = 1; i < parts.length; i++) {
    evaluate(parts[i]!, block, rows, other, memory, scratch, free + 1);
    if (selection.kind === 'all') kernels.and(out, out, other, bytes);
    else kernels.or(out, out, other, bytes);
  }
}
