/**
 * The column of one attribute: it keeps its values in the form that suits those it has met, and changes the form when others come
 * (`adapted-rows.ts`).
 */
import type { ValueSet } from '../data/value-set.ts';
import { adapted, firstRows } from './adapted-rows.ts';
import type { Column, ColumnKind, ColumnTest } from './column.ts';
import type { ColumnMemory } from './column-memory.ts';
import { columnValue } from './column-value.ts';
import type { Rows } from './rows.ts';

/** Takes memory when the first row is set. `attribute`: canonical path. */
export function createColumn(attribute: string, memory: ColumnMemory): Column {
  return new AttributeColumn(attribute, memory);
}

class AttributeColumn implements Column {
  readonly attribute: string;
  #rows: Rows;

  constructor(attribute: string, memory: ColumnMemory) {
    this.attribute = attribute;
    this.#rows = firstRows(memory);
  }

  get kind(): ColumnKind {
    return this.#rows.kind;
  }

  get generation(): number {
    return this.#rows.generation;
  }

  get bytes(): number {
    return this.#rows.bytes;
  }

  get distinct(): number | undefined {
    return this.#rows.distinct;
  }

  set(slot: number, value: unknown): void {
    const known = columnValue(value);
    if (this.#rows.set(slot, known)) return;
    // The row's old value may be the last of its kind, and its place the one that is needed.
    this.#rows.clear(slot);
    while (!this.#rows.set(slot, known)) this.#rows = adapted(this.#rows, known);
  }

  clear(slot: number): void {
    this.#rows.clear(slot);
  }

  compile(set: ValueSet): ColumnTest {
    return this.#rows.compile(set);
  }

  ranks(): ((slot: number) => number) | undefined {
    return this.#rows.ranks();
  }

  writeRanks(slots: Int32Array, from: number, to: number, out: Float64Array, at: number): void {
    this.#rows.writeRanks?.(slots, from, to, out, at);
  }

  free(): void {
    this.#rows.free();
  }
}
