/** LRU and LFU as one would write them for a text book: every call looks at all entries. */

/** What an eviction order does, without pins that have to be announced: who is pinned is asked each time. */
export interface PlainOrder {
  added(slot: number): void;
  touched(slot: number): void;
  removed(slot: number): void;
  victim(isPinned: (slot: number) => boolean, spared: number): number;
  /** All entries, first the one that would go first. */
  readonly slots: number[];
}

/** A Map keeps the order of insertion. */
export class PlainLru implements PlainOrder {
  readonly #used = new Set<number>();

  get slots(): number[] {
    return [...this.#used];
  }

  added(slot: number): void {
    this.#used.add(slot);
  }

  touched(slot: number): void {
    this.#used.delete(slot);
    this.#used.add(slot);
  }

  removed(slot: number): void {
    this.#used.delete(slot);
  }

  victim(isPinned: (slot: number) => boolean, spared: number): number {
    return this.slots.find((slot) => slot !== spared && !isPinned(slot)) ?? -1;
  }
}

export class PlainLfu implements PlainOrder {
  readonly #entries = new Map<number, { count: number; usedAt: number }>();
  #now = 0;

  get slots(): number[] {
    return [...this.#entries].toSorted(([, a], [, b]) => a.count - b.count || a.usedAt - b.usedAt).map(([slot]) => slot);
  }

  added(slot: number): void {
    this.#entries.set(slot, { count: 1, usedAt: this.#now++ });
  }

  touched(slot: number): void {
    const entry = this.#entries.get(slot)!;
    entry.count++;
    entry.usedAt = this.#now++;
  }

  removed(slot: number): void {
    this.#entries.delete(slot);
  }

  victim(isPinned: (slot: number) => boolean, spared: number): number {
    return this.slots.find((slot) => slot !== spared && !isPinned(slot)) ?? -1;
  }
}
