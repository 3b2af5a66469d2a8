/**
 * The numbers themselves, four or eight bytes per row: for attributes of more distinct numbers than codes can tell apart. Or times of dates.
 *
 * A row without such a number has a *blank* in its place, which no range finds: -2^31 among 32-bit integers, NaN among doubles. What it has instead
 * is kept beside: nulls and NaNs as bitmaps, anything odd (a text among numbers, a huge bigint, an object) in a map by slot. All three exist only
 * once needed. A blank that is in none of them is a row without an entry.
 */
import type { ValueSet } from '../data/value-set.ts';
import { BLOCK_MASK, BLOCK_SHIFT, type ColumnTest } from './column.ts';
import type { ColumnMemory } from './column-memory.ts';
import type { ColumnValue } from './column-value.ts';
import { createLiveRows, type LiveRows } from './live-rows.ts';
import { NumberTest, type NumberArray, type NumberedRows } from './number-test.ts';
import { F64, I32, RowBlocks } from './row-blocks.ts';
import type { Rows } from './rows.ts';

export type NumberKind = 'int32' | 'float64';
export type NumberFamily = 'numbers' | 'dates';

/** The 32-bit integer that stands for none. */
export const BLANK_INT32: number = -0x8000_0000;

/** Whether the number can be kept as int32. */
export function isInt32(value: number): boolean {
  return (value | 0) === value && value !== BLANK_INT32;
}

/** How many odd values are tolerable: each costs as much as hundreds of rows. */
export function oddLimit(rows: number): number {
  return 64 + (rows >>> 6);
}

export class NumberRows implements Rows, NumberedRows {
  readonly kind: NumberKind;
  readonly family: NumberFamily;
  readonly memory: ColumnMemory;
  readonly blocks: RowBlocks<NumberArray>;
  readonly distinct = undefined;
  generation: number;
  /** Rows set, whatever to. */
  present = 0;
  nulls: LiveRows | undefined;
  nans: LiveRows | undefined;
  /** Odd values by slot, block by block. */
  readonly odd: (Map<number, ColumnValue> | undefined)[] = [];
  oddCount = 0;
  /** Whether the numbers alone still tell the order: nothing odd, and nothing that NaN would have to be above of, was ever set. */
  #ordered = true;

  /** `since`: the generation to go on from. */
  constructor(memory: ColumnMemory, kind: NumberKind, family: NumberFamily, since: number) {
    this.memory = memory;
    this.kind = kind;
    this.family = family;
    this.generation = since;
    this.blocks = kind === 'int32' ? new RowBlocks<NumberArray>(memory, I32, BLANK_INT32) : new RowBlocks<NumberArray>(memory, F64, NaN);
  }

  get bytes(): number {
    return this.blocks.bytes + (this.nulls?.bytes ?? 0) + (this.nans?.bytes ?? 0) + this.oddCount * 64;
  }

  set(slot: number, value: ColumnValue): boolean {
    const number = this.numberOf(value);
    if (number !== undefined) {
      if (this.kind === 'int32' && !isInt32(number)) return false;
      this.#write(slot, number);
      this.adopt(number, 1);
      return true;
    }
    if (this.#isOdd(value) && this.oddCount >= oddLimit(this.present)) return false;
    this.#write(slot, this.#blank);
    this.setException(slot, value);
    return true;
  }

  clear(slot: number): void {
    const view = this.blocks.views[slot >>> BLOCK_SHIFT];
    const row = slot & BLOCK_MASK;
    if (view === undefined || row >= view.length) return;
    if (this.isBlank(view[row]!)) this.present -= this.#forget(slot);
    else {
      view[row] = this.#blank;
      this.present--;
    }
  }

  compile(set: ValueSet): ColumnTest {
    return new NumberTest(this, set);
  }

  /** NaN is above all other numbers, and null above NaN. */
  ranks(): ((slot: number) => number) | undefined {
    if (!this.#ordered) return undefined;
    const { views } = this.blocks;
    return (slot) => {
      const number = views[slot >>> BLOCK_SHIFT]![slot & BLOCK_MASK]!;
      if (!this.isBlank(number)) return number;
      return this.nans?.has(slot) === true ? Number.MAX_VALUE : Infinity;
    };
  }

  writeRanks(slots: Int32Array, from: number, to: number, out: Float64Array, at: number): void {
    const { views } = this.blocks;
    const blank = this.kind === 'int32' ? BLANK_INT32 : NaN;
    for (let i = from; i < to; i++) {
      const slot = slots[i]!;
      const number = views[slot >>> BLOCK_SHIFT]![slot & BLOCK_MASK]!;
      // NaN is not even itself.
      if (number !== blank && number === number) out[at++] = number;
      else out[at++] = this.nans?.has(slot) === true ? Number.MAX_VALUE : Infinity;
    }
  }

  free(): void {
    this.blocks.free();
    this.nulls?.free();
    this.nans?.free();
  }

  isBlank(number: number): boolean {
    return this.kind === 'int32' ? number === BLANK_INT32 : Number.isNaN(number);
  }

  /** Calls with each row that is set. */
  each(visit: (slot: number, value: ColumnValue) => void): void {
    for (const [block, view] of this.blocks.views.entries()) {
      if (view === undefined) continue;
      for (let row = 0; row < view.length; row++) {
        const slot = block * (BLOCK_MASK + 1) + row;
        const value = this.#valueAt(slot, view[row]!);
        if (value !== undefined) visit(slot, value);
      }
    }
  }

  /** The number to keep in the row; undefined when the value has none. */
  numberOf(value: ColumnValue): number | undefined {
    if (typeof value === 'number') return this.family === 'numbers' && !Number.isNaN(value) ? value : undefined;
    return value instanceof Date && this.family === 'dates' ? value.getTime() : undefined;
  }

  /** So many more rows have this number. */
  adopt(number: number, rows: number): void {
    this.present += rows;
    if (number >= Number.MAX_VALUE) this.#disorder();
  }

  /** What a blank row has instead of a number. */
  setException(slot: number, value: ColumnValue): void {
    this.present++;
    if (this.#isOdd(value)) this.#setOdd(slot, value);
    else if (value === null) (this.nulls ??= createLiveRows(this.memory)).set(slot);
    else (this.nans ??= createLiveRows(this.memory)).set(slot);
  }

  /** Hands everything but the numbers over. */
  moveTo(to: NumberRows): void {
    to.present = this.present;
    to.nulls = this.nulls;
    to.nans = this.nans;
    for (const [block, values] of this.odd.entries()) to.odd[block] = values;
    to.oddCount = this.oddCount;
    to.#ordered = this.#ordered;
  }

  get #blank(): number {
    return this.kind === 'int32' ? BLANK_INT32 : NaN;
  }

  #isOdd(value: ColumnValue): boolean {
    return value !== null && !(this.family === 'numbers' && Number.isNaN(value));
  }

  #valueAt(slot: number, number: number): ColumnValue | undefined {
    if (!this.isBlank(number)) return this.family === 'dates' ? new Date(number) : number;
    if (this.nulls?.has(slot) === true) return null;
    if (this.nans?.has(slot) === true) return NaN;
    return this.odd[slot >>> BLOCK_SHIFT]?.get(slot);
  }

  /** Puts a number or a blank into the row and forgets what was there. The row is not counted as present then. */
  #write(slot: number, number: number): void {
    let view = this.blocks.views[slot >>> BLOCK_SHIFT];
    const row = slot & BLOCK_MASK;
    if (view === undefined || row >= view.length) view = this.blocks.grow(slot);
    const before = view[row]!;
    view[row] = number;
    this.present -= this.isBlank(before) ? this.#forget(slot) : 1;
  }

  /** Forgets what a blank row has instead of a number. Returns how many rows that were: 0 or 1. */
  #forget(slot: number): 0 | 1 {
    if (this.nulls?.has(slot) === true) {
      this.nulls.clear(slot);
      return 1;
    }
    if (this.nans?.has(slot) === true) {
      this.nans.clear(slot);
      return 1;
    }
    if (this.odd[slot >>> BLOCK_SHIFT]?.delete(slot) !== true) return 0;
    this.oddCount--;
    return 1;
  }

  #setOdd(slot: number, value: ColumnValue): void {
    const block = slot >>> BLOCK_SHIFT;
    (this.odd[block] ??= new Map()).set(slot, value instanceof Date ? new Date(value.getTime()) : value);
    this.oddCount++;
    this.#disorder();
  }

  /** Ranks that were given out can't go on. */
  #disorder(): void {
    if (!this.#ordered) return;
    this.#ordered = false;
    this.generation++;
  }
}
