/** A section of (text, slot) pairs, by UTF-16 code unit. */
import { LEAF_PAIRS, Section } from './section.ts';

export class TextSection extends Section<string> {
  readonly #lows: string[] = [];
  /** By place, an array for each leaf: what moves with a change is short, and nobody else's. */
  readonly #keys: string[][] = [];

  override another(low: string, lowSlot: number): TextSection {
    return new TextSection(low, lowSlot);
  }

  override rankOf(key: string, slot: number): number {
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

  override position(rank: number, key: string, slot: number): number {
    const { slots } = this;
    const start = this.starts[rank]!;
    const keys = this.#leaf(start);
    let low = 0;
    let high = this.counts[rank]!;
    while (low < high) {
      const middle = (low + high) >> 1;
      const there = keys[middle]!;
      if (there < key || (there === key && slots[start + middle]! < slot)) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Keeps one copy of equal neighbours, so that an index of few distinct texts does not hold a text for each entry. */
  override insert(rank: number, key: string, slot: number): void {
    const { slots } = this;
    const start = this.starts[rank]!;
    const count = this.counts[rank]!;
    const keys = this.#leaf(start);
    const index = this.position(rank, key, slot);
    const shared = index > 0 && keys[index - 1] === key ? keys[index - 1]! : index < count && keys[index] === key ? keys[index] : key;
    if (index === count) keys.push(shared);
    else keys.splice(index, 0, shared);
    slots.copyWithin(start + index + 1, start + index, start + count);
    slots[start + index] = slot;
    this.counts[rank] = count + 1;
    this.count++;
  }

  override remove(rank: number, key: string, slot: number): boolean {
    const { slots } = this;
    const start = this.starts[rank]!;
    const count = this.counts[rank]!;
    const keys = this.#leaf(start);
    const index = this.position(rank, key, slot);
    if (index === count || slots[start + index] !== slot || keys[index] !== key) return false;
    keys.splice(index, 1);
    slots.copyWithin(start + index, start + index + 1, start + count);
    this.counts[rank] = count - 1;
    this.count--;
    return true;
  }

  override keyAt(rank: number, index: number): string {
    return this.#leaf(this.starts[rank]!)[index]!;
  }

  override lowAt(rank: number): string {
    return this.#lows[rank]!;
  }

  protected override insertLow(rank: number, low: string): void {
    this.#lows.splice(rank, 0, low);
    this.#keys.push([]);
  }

  protected override removeLow(rank: number): void {
    this.#lows.splice(rank, 1);
  }

  protected override setKeyRoom(): void {
    // Arrays of texts grow by themselves.
  }

  protected override writeKeys(start: number, _count: number, keys: ArrayLike<string>): void {
    const leaf = this.#leaf(start);
    for (let i = 0; i < keys.length; i++) leaf.push(keys[i]!);
  }

  protected override readKeys(rank: number, from: number, to: number): readonly string[] {
    return this.#leaf(this.starts[rank]!).slice(from, to);
  }

  protected override dropKeys(start: number, count: number): void {
    this.#leaf(start).length = count;
  }

  protected override moveLastKeys(from: number, to: number): void {
    this.#keys[to / LEAF_PAIRS] = this.#leaf(from);
    this.#keys.pop();
  }

  #leaf(start: number): string[] {
    return this.#keys[start / LEAF_PAIRS]!;
  }
}
