/** A member's records as queries see them: `EntrySource` over a record store, with the time filled in. */
import type { ColumnMemory } from '../columns/column-memory.ts';
import type { LiveRows } from '../columns/live-rows.ts';
import type { AttributeSet, Slices } from '../indexes/attribute-set.ts';
import { expireForASlice } from '../operations/expire-due.ts';
import type { Records } from '../partition/record-store.ts';
import type { EntrySource } from '../query/source/entry-source.ts';

export class RecordSource implements EntrySource {
  readonly attributes: AttributeSet;
  readonly memory: ColumnMemory;
  readonly live: LiveRows;
  readonly #records: Records;
  readonly #slices: Slices;

  constructor(records: Records, attributes: AttributeSet, memory: ColumnMemory, slices: Slices) {
    this.#records = records;
    this.#slices = slices;
    this.attributes = attributes;
    this.memory = memory;
    this.live = records.live;
  }

  get size(): number {
    return this.#records.size;
  }

  get top(): number {
    return this.#records.top;
  }

  get changes(): number {
    return this.#records.changes;
  }

  get removals(): number {
    return this.#records.removals;
  }

  keyAt(slot: number): unknown {
    return this.#records.keyAt(slot);
  }

  storedAt(slot: number): unknown {
    return this.#records.storedAt(slot);
  }

  storedFormAt(slot: number): unknown {
    return this.#records.storedFormAt(slot);
  }

  valuesAt(slots: Int32Array, from: number, to: number, rows: unknown[], at: number): void {
    this.#records.valuesAt(slots, from, to, rows, at);
  }

  keysAt(slots: Int32Array, from: number, to: number, rows: unknown[], at: number): void {
    this.#records.keysAt(slots, from, to, rows, at);
  }

  valueAt(slot: number): unknown {
    return this.#records.valueAt(slot);
  }

  partitionAt(slot: number): number {
    return this.#records.partitionAt(slot);
  }

  expireDue(): boolean {
    return expireForASlice(this.#records, this.#slices);
  }
}
