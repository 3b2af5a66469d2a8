/** The keys that many slots have: a set of slots for each, in the order of the keys. */
import type { Key, KeyRange } from './ordered-blocks.ts';
import { SlotSet } from './slot-set.ts';

/** A key with its slots. */
export interface CommonKey<K extends Key> {
  readonly key: K;
  readonly slots: SlotSet;
  /** How many common keys are below. */
  rank: number;
}

const FIRST_KEYS = 16;
/** A common key beside its slots: two objects, an entry of a Map, places in two arrays. */
const KEY_BYTES = 200;

/** Looking up, adding and removing a slot are O(1); another common key costs a step for each one above it. */
export class CommonKeys<K extends Key> {
  readonly #byKey = new Map<K, CommonKey<K>>();
  readonly #ascending: CommonKey<K>[] = [];
  /** Slots by rank, side by side: a range of keys is counted by adding up. */
  #counts = new Int32Array(FIRST_KEYS);
  #size = 0;

  /** Slots of all keys. */
  get size(): number {
    return this.#size;
  }

  get bytes(): number {
    return this.#ascending.reduce((total, { slots }) => total + slots.bytes + KEY_BYTES, 0);
  }

  find(key: K): CommonKey<K> | undefined {
    return this.#ascending.length === 0 ? undefined : this.#byKey.get(key);
  }

  at(rank: number): CommonKey<K> {
    return this.#ascending[rank]!;
  }

  /** Makes a key common: it must not be yet, and has no slots. */
  insert(key: K): CommonKey<K> {
    const common = { key, slots: new SlotSet(), rank: this.#firstNotBelow(key) };
    this.#byKey.set(key, common);
    this.#ascending.splice(common.rank, 0, common);
    this.#number(common.rank);
    return common;
  }

  /** Forgets a key and its slots. */
  drop({ key, slots, rank }: CommonKey<K>): void {
    this.#byKey.delete(key);
    this.#ascending.splice(rank, 1);
    this.#size -= slots.size;
    this.#number(rank);
  }

  /** The slot must not be there yet. */
  add(common: CommonKey<K>, slot: number): void {
    common.slots.add(slot);
    this.#counts[common.rank]!++;
    this.#size++;
  }

  /** Whether the slot was there. */
  delete(common: CommonKey<K>, slot: number): boolean {
    if (!common.slots.delete(slot)) return false;
    this.#counts[common.rank]!--;
    this.#size--;
    return true;
  }

  /** The ranks of the keys in a range: from the first to before the second. */
  ranks({ low, lowOpen, high, highOpen }: KeyRange<K>): readonly [from: number, to: number] {
    const from = low === undefined ? 0 : this.#edge(low, lowOpen);
    const to = high === undefined ? this.#ascending.length : this.#edge(high, !highOpen);
    return [from, Math.max(from, to)];
  }

  count(range: KeyRange<K>): number {
    if (this.#size === 0) return 0;
    const [from, to] = this.ranks(range);
    let total = 0;
    for (let rank = from; rank < to; rank++) total += this.#counts[rank]!;
    return total;
  }

  clear(): void {
    this.#byKey.clear();
    this.#ascending.length = 0;
    this.#size = 0;
  }

  /** The rank right before the key or, `after`, right behind it. */
  #edge(key: K, after: boolean): number {
    const rank = this.#firstNotBelow(key);
    return after && this.#ascending[rank]?.key === key ? rank + 1 : rank;
  }

  #firstNotBelow(key: K): number {
    let low = 0;
    let high = this.#ascending.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#ascending[middle]!.key < key) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Ranks and counts anew, from a rank up. */
  #number(from: number): void {
    if (this.#ascending.length > this.#counts.length) {
      const grown = new Int32Array(this.#counts.length * 2);
      grown.set(this.#counts);
      this.#counts = grown;
    }
    for (let rank = from; rank < this.#ascending.length; rank++) {
      const common = this.#ascending[rank]!;
      common.rank = rank;
      this.#counts[rank] = common.slots.size;
    }
  }
}
