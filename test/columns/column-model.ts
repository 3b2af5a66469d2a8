/** A column beside a map by slot that says what it must answer. */
import * as assert from 'uvu/assert';
import { createColumn } from '../../lib/columns/attribute-column.ts';
import { BLOCK_ROWS, BLOCK_SHIFT, type Column, type ColumnTest } from '../../lib/columns/column.ts';
import type { ColumnMemory } from '../../lib/columns/column-memory.ts';
import { compareValues, family } from '../../lib/data/compare.ts';
import type { ValueSet } from '../../lib/data/value-set.ts';

/** A test together with what it was made of. */
interface Compiled {
  readonly test: ColumnTest;
  readonly set: ValueSet;
}

export class ModelledColumn {
  readonly column: Column;
  readonly model = new Map<number, unknown>();
  readonly #memory: ColumnMemory;
  readonly #out: number;
  /** Tests that must be right until the generation changes. */
  #compiled: Compiled[] = [];
  #generation = 0;

  constructor(memory: ColumnMemory) {
    this.#memory = memory;
    this.#out = memory.allocate(BLOCK_ROWS / 8);
    this.column = createColumn('attribute', memory);
  }

  set(slot: number, value: unknown): void {
    this.column.set(slot, value);
    this.model.set(slot, value);
    this.#generationOnlyGrows();
  }

  clear(slot: number): void {
    this.column.clear(slot);
    this.model.delete(slot);
    this.#generationOnlyGrows();
  }

  /** Compiles the set and checks it, and all that was compiled since the last change of generation. */
  check(set: ValueSet): void {
    if (this.#compiled.length > 0 && this.#compiled[0]!.test.generation !== this.column.generation) this.#compiled = [];
    this.#compiled.push({ test: this.column.compile(set), set });
    for (const compiled of this.#compiled.slice(-2)) this.#checkTest(compiled);
  }

  /** The number of distinct values, if the column tells. */
  checkDistinct(): void {
    const { distinct } = this.column;
    if (distinct === undefined) return;
    assert.is(distinct, new Set([...this.model.values()].map(identity)).size, `distinct values of ${this.column.kind}`);
  }

  /** Ranks have the order of the values, for neighbours in a shuffled order. */
  checkRanks(): void {
    const rank = this.column.ranks();
    if (rank === undefined) return;
    const slots = [...this.model.keys()];
    for (const [i, a] of slots.entries()) {
      const b = slots[(i * 7 + 3) % slots.length]!;
      const expected = Math.sign(compareValues(this.model.get(a), this.model.get(b)));
      const [x, y] = [rank(a), rank(b)];
      assert.is(x < y ? -1 : x > y ? 1 : 0, expected, `${this.column.kind}: ${shown(this.model.get(a))} and ${shown(this.model.get(b))}`);
    }
  }

  free(): void {
    this.column.free();
    this.#memory.free(this.#out, BLOCK_ROWS / 8);
  }

  #checkTest({ test, set }: Compiled): void {
    const passed = this.checkRows(test, set);
    if (test.count !== undefined) assert.is(test.count, passed, `count of ${this.column.kind}`);
  }

  /** Checks the rows of the model alone; returns how many passed. */
  checkRows(test: ColumnTest, set: ValueSet): number {
    assert.is(test.generation, this.column.generation);
    let passed = 0;
    for (const [block, slots] of this.#slotsByBlock()) {
      const rows = Math.max(...slots.map((slot) => slot % BLOCK_ROWS)) + 1;
      this.#memory.u8(this.#out, BLOCK_ROWS / 8).fill(0xa5);
      test.select(block, rows, this.#out);
      const bits = this.#memory.u8(this.#out, BLOCK_ROWS / 8);
      for (const slot of slots) {
        const row = slot % BLOCK_ROWS;
        const selected = ((bits[row >>> 3]! >>> (row & 7)) & 1) === 1;
        if (selected) passed++;
        this.#checkRow(test, slot, selected, set.has(this.model.get(slot)));
      }
      const end = Math.ceil(rows / 256) * 32;
      if (end < bits.length) assert.is(bits[end], 0xa5, 'wrote beyond the rows');
    }
    assert.ok(test.costNs > 0);
    return passed;
  }

  #checkRow(test: ColumnTest, slot: number, selected: boolean, expected: boolean): void {
    const value = `${this.column.kind}: slot ${slot} has ${shown(this.model.get(slot))}`;
    if (test.test(slot) !== selected) assert.unreachable(`${value}: test and select differ`);
    if (test.exact ? selected !== expected : expected && !selected)
      assert.unreachable(`${value}: selected ${selected}, in set ${expected}`);
  }

  #slotsByBlock(): Map<number, number[]> {
    return Map.groupBy(this.model.keys(), (slot) => slot >>> BLOCK_SHIFT);
  }

  #generationOnlyGrows(): void {
    const { generation } = this.column;
    if (generation < this.#generation) assert.unreachable(`generation ${generation} after ${this.#generation}`);
    this.#generation = generation;
  }
}

/** Two values are one to a dictionary exactly when these are equal. */
function identity(value: unknown): string {
  switch (family(value)) {
    case 'bigint':
      return Number.isSafeInteger(Number(value)) ? `number ${String(value)}` : `bigint ${String(value)}`;
    case 'date':
      return `date ${(value as Date).getTime()}`;
    case 'other':
    case 'null':
      return family(value);
    default:
      return `${typeof value} ${String(value)}`;
  }
}

function shown(value: unknown): string {
  return typeof value === 'string' ? JSON.stringify(value.slice(0, 40)) : `${typeof value} ${String(value)}`;
}
