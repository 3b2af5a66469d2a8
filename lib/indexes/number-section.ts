/** A section of (double, slot) pairs. No NaN; -0 must have been made 0. */
import { LEAF_PAIRS, MOVE_FROM, Section } from './section.ts';

export class NumberSection extends Section<number> {
  #lows = new Float64Array(0);
  #keys = new Float64Array(0);

  override another(low: number, lowSlot: number): NumberSection {
    return new NumberSection(low, lowSlot);
  }

  override rankOf(key: number, slot: number): number {
    const lows = this.#lows;
    let low = 1;
    let high = this.leaves;
    while (low < high) {
      const middle = (low + high) >> 1;
      const there = lows[middle]!;
      if (there < key || (there === key && this.lowSlots[middle]! <= slot)) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }

  override position(rank: number, key: number, slot: number): number {
    return this.#search(rank, key, slot) - this.starts[rank]!;
  }

  override insert(rank: number, key: number, slot: number): void {
    const { slots } = this;
    const keys = this.#keys;
    const at = this.#search(rank, key, slot);
    const end = this.starts[rank]! + this.counts[rank]!;
    if (end - at > MOVE_FROM) {
      keys.copyWithin(at + 1, at, end);
      slots.copyWithin(at + 1, at, end);
    } else {
      for (let i = end; i > at; i--) {
        keys[i] = keys[i - 1]!;
        slots[i] = slots[i - 1]!;
      }
    }
    keys[at] = key;
    slots[at] = slot;
    this.counts[rank]!++;
    this.count++;
  }

  override remove(rank: number, key: number, slot: number): boolean {
    const { slots } = this;
    const keys = this.#keys;
    const at = this.#search(rank, key, slot);
    const end = this.starts[rank]! + this.counts[rank]!;
    if (at === end || keys[at] !== key || slots[at] !== slot) return false;
    if (end - at > MOVE_FROM) {
      keys.copyWithin(at, at + 1, end);
      slots.copyWithin(at, at + 1, end);
    } else {
      for (let i = at + 1; i < end; i++) {
        keys[i - 1] = keys[i]!;
        slots[i - 1] = slots[i]!;
      }
    }
    this.counts[rank]!--;
    this.count--;
    return true;
  }

  override keyAt(rank: number, index: number): number {
    return this.#keys[this.starts[rank]! + index]!;
  }

  override lowAt(rank: number): number {
    return this.#lows[rank]!;
  }

  protected override insertLow(rank: number, low: number): void {
    this.#lows.copyWithin(rank + 1, rank, this.leaves);
    this.#lows[rank] = low;
  }

  protected override removeLow(rank: number): void {
    this.#lows.copyWithin(rank, rank + 1, this.leaves);
  }

  protected override setKeyRoom(leaves: number): void {
    this.#lows = resized(this.#lows, leaves);
    this.#keys = resized(this.#keys, leaves * LEAF_PAIRS);
  }

  protected override writeKeys(start: number, count: number, keys: ArrayLike<number>): void {
    this.#keys.set(keys, start + count);
  }

  protected override readKeys(rank: number, from: number, to: number): Float64Array {
    const start = this.starts[rank]!;
    return this.#keys.subarray(start + from, start + to);
  }

  protected override dropKeys(): void {
    // Numbers hold nothing.
  }

  protected override moveLastKeys(from: number, to: number): void {
    if (from !== to) this.#keys.copyWithin(to, from, from + LEAF_PAIRS);
  }

  /** Where the first pair of the leaf is that is not before the given one. */
  #search(rank: number, key: number, slot: number): number {
    const { slots } = this;
    const keys = this.#keys;
    let low = this.starts[rank]!;
    let high = low + this.counts[rank]!;
    while (low < high) {
      const middle = (low + high) >> 1;
      const there = keys[middle]!;
      if (there < key || (there === key && slots[middle]! < slot)) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function resized(array: Float64Array, length: number): Float64Array<ArrayBuffer> {
  const other = new Float64Array(length);
  other.set(array.subarray(0, length));
  return other;
}
