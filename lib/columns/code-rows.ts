/** A code of one or two bytes per row, and how many rows have each code: exact, small, and the fastest to scan. */
import type { ValueSet } from '../data/value-set.ts';
import { CodeTest, type CodeArray, type CodedRows } from './code-test.ts';
import { ABSENT_CODE, FIRST_CODE, NULL_CODE, type Coding } from './coding.ts';
import { BLOCK_MASK, BLOCK_SHIFT, type ColumnTest } from './column.ts';
import type { ColumnMemory } from './column-memory.ts';
import type { ColumnValue } from './column-value.ts';
import { TABLE_U16_BYTES, TABLE_U8_BYTES } from './kernels.ts';
import { RowBlocks, U16, U8 } from './row-blocks.ts';
import type { Rows } from './rows.ts';

/** Greatest codes of the two widths. */
export const U8_LIMIT = 0xff;
export const U16_LIMIT = 0xffff;

export class CodeRows implements Rows, CodedRows {
  readonly kind = 'codes';
  readonly memory: ColumnMemory;
  readonly coding: Coding;
  readonly blocks: RowBlocks<CodeArray>;
  /** Rows by code. */
  counts: Int32Array;
  /** Distinct values present, null included. */
  distinct = 0;
  /** Grows with every change of a row. */
  changes = 0;
  readonly #since: number;
  #table = 0;
  #tableOwner: CodeTest | undefined;

  /** `since`: the generation to go on from. */
  constructor(memory: ColumnMemory, coding: Coding, since: number) {
    this.memory = memory;
    this.coding = coding;
    this.#since = since;
    this.blocks = coding.limit > U8_LIMIT ? new RowBlocks<CodeArray>(memory, U16) : new RowBlocks<CodeArray>(memory, U8);
    this.counts = new Int32Array(U8_LIMIT + 1);
  }

  get generation(): number {
    return this.#since + this.coding.version;
  }

  get wide(): boolean {
    return this.coding.limit > U8_LIMIT;
  }

  get size(): number {
    return this.coding.size;
  }

  get bytes(): number {
    return this.blocks.bytes + this.counts.byteLength + this.coding.bytes + (this.#table === 0 ? 0 : this.#tableBytes);
  }

  set(slot: number, value: ColumnValue): boolean {
    let code = value === null ? NULL_CODE : this.coding.codeOf(value);
    if (code < 0) {
      code = this.coding.admit(value, this.counts);
      if (code < 0) return false;
    }
    let view = this.blocks.views[slot >>> BLOCK_SHIFT];
    const row = slot & BLOCK_MASK;
    if (view === undefined || row >= view.length) view = this.blocks.grow(slot);
    const before = view[row]!;
    if (before === code) return true;
    view[row] = code;
    this.#forget(before);
    this.add(code, 1);
    return true;
  }

  clear(slot: number): void {
    const view = this.blocks.views[slot >>> BLOCK_SHIFT];
    const row = slot & BLOCK_MASK;
    if (view === undefined || row >= view.length) return;
    const before = view[row]!;
    if (before === ABSENT_CODE) return;
    view[row] = ABSENT_CODE;
    this.#forget(before);
  }

  /** More rows have the code. */
  add(code: number, rows: number): void {
    if (code >= this.counts.length) this.#extendCounts(code);
    if (this.counts[code] === 0) this.distinct++;
    this.counts[code]! += rows;
    this.changes++;
  }

  compile(set: ValueSet): ColumnTest {
    return new CodeTest(this, this.coding.spans(set));
  }

  ranks(): ((slot: number) => number) | undefined {
    const { views } = this.blocks;
    const ranks = this.coding.ranks();
    if (ranks === null) return undefined;
    if (ranks !== undefined) return (slot) => ranks[views[slot >>> BLOCK_SHIFT]![slot & BLOCK_MASK]!]!;
    return (slot) => {
      const code = views[slot >>> BLOCK_SHIFT]![slot & BLOCK_MASK]!;
      return code < FIRST_CODE ? Infinity : code;
    };
  }

  writeRanks(slots: Int32Array, from: number, to: number, out: Float64Array, at: number): void {
    const { views } = this.blocks;
    const ranks = this.coding.ranks();
    if (ranks === undefined || ranks === null) {
      for (let i = from; i < to; i++) {
        const slot = slots[i]!;
        const code = views[slot >>> BLOCK_SHIFT]![slot & BLOCK_MASK]!;
        out[at++] = code < FIRST_CODE ? Infinity : code;
      }
      return;
    }
    for (let i = from; i < to; i++) {
      const slot = slots[i]!;
      out[at++] = ranks[views[slot >>> BLOCK_SHIFT]![slot & BLOCK_MASK]!]!;
    }
  }

  table(owner: CodeTest): number {
    if (this.#table === 0) this.#table = this.memory.allocate(this.#tableBytes);
    if (this.#tableOwner !== owner) {
      this.#tableOwner = owner;
      const { passing } = owner;
      if (this.wide) this.memory.u8(this.#table, passing.length).set(passing);
      else this.memory.kernels.writeTableU8(this.#table, (code) => passing[code] === 1);
    }
    return this.#table;
  }

  free(): void {
    this.blocks.free();
    if (this.#table !== 0) this.memory.free(this.#table, this.#tableBytes);
    this.#table = 0;
    this.#tableOwner = undefined;
  }

  get #tableBytes(): number {
    return this.wide ? TABLE_U16_BYTES : TABLE_U8_BYTES;
  }

  #forget(code: number): void {
    this.changes++;
    if (code === ABSENT_CODE || --this.counts[code]! > 0) return;
    this.distinct--;
    if (code >= FIRST_CODE) this.coding.release(code);
  }

  #extendCounts(code: number): void {
    const longer = new Int32Array(Math.min(this.coding.limit + 1, 2 ** (32 - Math.clz32(code))));
    longer.set(this.counts);
    this.counts = longer;
  }
}
