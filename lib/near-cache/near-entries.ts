/** What a near cache holds, by slot: keys, values, and since when. In blocks, so that growing never copies much. */
import { PAGE_MASK, PAGE_SHIFT, slotDoubles, slotIntegers } from '../eviction/slot-pages.ts';
import type { StoredKey } from '../data/key.ts';
import type { KeySource } from '../partition/key-table.ts';

interface Block {
  readonly keys: (StoredKey | undefined)[];
  readonly values: unknown[];
}

export class NearEntries implements KeySource {
  readonly #ttlMs: number;
  readonly #maxIdleMs: number;
  readonly #blocks: Block[] = [];
  readonly #partitions = slotIntegers();
  /** When the entry is over, and when it was last read. */
  readonly #times = slotDoubles(2);
  readonly #free: number[] = [];
  #top = 0;

  /** Milliseconds; 0: for ever. */
  constructor(ttlMs: number, maxIdleMs: number) {
    this.#ttlMs = ttlMs;
    this.#maxIdleMs = maxIdleMs;
  }

  storedKeyAt(slot: number): StoredKey {
    return this.#blocks[slot >>> PAGE_SHIFT]!.keys[slot & PAGE_MASK]!;
  }

  valueAt(slot: number): unknown {
    return this.#blocks[slot >>> PAGE_SHIFT]!.values[slot & PAGE_MASK];
  }

  setValue(slot: number, value: unknown): void {
    this.#blocks[slot >>> PAGE_SHIFT]!.values[slot & PAGE_MASK] = value;
  }

  partitionAt(slot: number): number {
    return this.#partitions.pages[slot >>> PAGE_SHIFT]![slot & PAGE_MASK]!;
  }

  /** Takes a slot. */
  add(partition: number, key: StoredKey, value: unknown): number {
    const slot = this.#free.pop() ?? this.#top++;
    const number = slot >>> PAGE_SHIFT;
    if (number === this.#blocks.length) this.#blocks.push({ keys: [], values: [] });
    const { keys, values } = this.#blocks[number]!;
    const row = slot & PAGE_MASK;
    keys[row] = key;
    values[row] = value;
    this.#partitions.reserve(slot);
    this.#partitions.pages[number]![row] = partition;
    return slot;
  }

  release(slot: number): void {
    const { keys, values } = this.#blocks[slot >>> PAGE_SHIFT]!;
    keys[slot & PAGE_MASK] = values[slot & PAGE_MASK] = undefined;
    this.#free.push(slot);
  }

  clear(): void {
    this.#blocks.length = this.#free.length = this.#top = 0;
    this.#partitions.clear();
    this.#times.clear();
  }

  /** The value came now; it is over by `until` in any case. */
  came(slot: number, now: number, until: number): void {
    this.#times.reserve(slot);
    const page = this.#times.pages[slot >>> PAGE_SHIFT]!;
    const at = 2 * (slot & PAGE_MASK);
    page[at] = this.#ttlMs === 0 ? until : Math.min(until, now + this.#ttlMs);
    page[at + 1] = now;
  }

  wasRead(slot: number, now: number): void {
    this.#times.pages[slot >>> PAGE_SHIFT]![2 * (slot & PAGE_MASK) + 1] = now;
  }

  /** When the entry is over. */
  expirationTime(slot: number): number {
    const page = this.#times.pages[slot >>> PAGE_SHIFT]!;
    const at = 2 * (slot & PAGE_MASK);
    return this.#maxIdleMs === 0 ? page[at]! : Math.min(page[at]!, page[at + 1]! + this.#maxIdleMs);
  }
}
