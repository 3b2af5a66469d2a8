/** The plainest `EntrySource`: entries in arrays, by slot, with real columns and indexes beside them; and what a query must answer, in one line. */
import { createLiveRows, type LiveRows } from '../../lib/columns/live-rows.ts';
import { createColumnMemory, type ColumnMemory } from '../../lib/columns/column-memory.ts';
import { type AttributeSet, type Slices, createAttributeSet } from '../../lib/indexes/attribute-set.ts';
import { defineIndex } from '../../lib/indexes/index-definition.ts';
import type { IndexType } from '../../lib/indexes/index-contract.ts';
import type { EntrySource } from '../../lib/query/source/entry-source.ts';

/** Never pauses: for tests of answers. */
export const ENDLESS: Slices = { now: () => 0, sliceMs: Infinity, pause: () => Promise.reject(new Error('there is no need to pause')) };

/** Pauses wherever a query may, or each `every`-th time; `meanwhile` is what others do in each pause. */
export function pausingAlways(meanwhile: () => void, every: number = 1): Slices & { readonly pauses: () => number } {
  let pauses = 0;
  let looks = 0;
  return {
    now: () => looks++,
    sliceMs: every,
    pauses: () => pauses,
    async pause() {
      pauses++;
      await Promise.resolve();
      meanwhile();
    },
  };
}

export interface Entry {
  readonly key: unknown;
  readonly value: unknown;
}

export class PlainSource implements EntrySource {
  readonly memory: ColumnMemory;
  readonly live: LiveRows;
  readonly attributes: AttributeSet;
  top = 0;
  changes = 0;
  removals = 0;
  /** Calls of `expireDue`. */
  expiries = 0;
  readonly #entries: (Entry | undefined)[] = [];
  readonly #slots = new Map<unknown, number>();
  readonly #free: number[] = [];

  constructor({ simd = true, columnBudgetBytes = 0 }: { readonly simd?: boolean; readonly columnBudgetBytes?: number } = {}) {
    this.memory = createColumnMemory({ simd });
    this.live = createLiveRows(this.memory);
    this.attributes = createAttributeSet({ memory: this.memory, columnBudgetBytes });
  }

  static async of(
    values: readonly unknown[],
    indexes: readonly (readonly [IndexType, ...string[]])[] = [],
    simd = true,
  ): Promise<PlainSource> {
    const source = new PlainSource({ simd });
    for (const [key, value] of values.entries()) source.put(key, value);
    for (const [type, ...attributes] of indexes) await source.index(type, ...attributes);
    return source;
  }

  async index(type: IndexType, ...attributes: string[]): Promise<void> {
    const reader = {
      top: this.top,
      isLive: (slot: number) => this.live.has(slot),
      keyAt: (slot: number) => this.keyAt(slot),
      storedAt: (slot: number) => this.storedAt(slot),
    };
    await this.attributes.addIndex(defineIndex({ type, attributes }), reader, ENDLESS);
  }

  get size(): number {
    return this.#slots.size;
  }

  put(key: unknown, value: unknown): void {
    this.changes++;
    const known = this.#slots.get(key);
    if (known !== undefined) {
      this.attributes.update(known, key, this.storedAt(known), value);
      this.#entries[known] = { key, value };
      return;
    }
    const slot = this.#free.pop() ?? this.top++;
    this.#slots.set(key, slot);
    this.#entries[slot] = { key, value };
    this.live.set(slot);
    this.attributes.insert(slot, key, value);
  }

  remove(key: unknown): void {
    const slot = this.#slots.get(key);
    if (slot === undefined) return;
    this.changes++;
    this.removals++;
    this.attributes.remove(slot, key, this.storedAt(slot));
    this.#slots.delete(key);
    this.#entries[slot] = undefined;
    this.live.clear(slot);
    this.#free.push(slot);
  }

  keyAt(slot: number): unknown {
    return this.#at(slot).key;
  }

  storedAt(slot: number): unknown {
    return this.#at(slot).value;
  }

  valueAt(slot: number): unknown {
    return this.#at(slot).value;
  }

  /** One of seven. */
  partitionAt(slot: number): number {
    return slot % 7;
  }

  expireDue(): boolean {
    this.expiries++;
    return true;
  }

  /** All entries, by slot. */
  entries(): Entry[] {
    return this.#entries.filter((entry) => entry !== undefined);
  }

  valueOf(key: unknown): unknown {
    const slot = this.#slots.get(key);
    return slot === undefined ? undefined : this.storedAt(slot);
  }

  has(key: unknown): boolean {
    return this.#slots.has(key);
  }

  #at(slot: number): Entry {
    const entry = this.#entries[slot];
    if (entry === undefined) throw new Error(`slot ${slot} holds no entry`);
    return entry;
  }
}
