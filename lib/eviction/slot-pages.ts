/** Growing arrays of numbers by slot, in pages, so that growing never copies more than a small first page. */

/** Slots of a page. A page of 32-bit integers is 64 kB: a new one is no pause, however large the map is. */
export const PAGE_SHIFT = 14;
const PAGE_SLOTS = 1 << PAGE_SHIFT;
export const PAGE_MASK: number = PAGE_SLOTS - 1;
const FIRST_SLOTS = 64;

/**
 * Each slot has as many numbers side by side as asked for, 0 at first. Hot code reads the number n of a slot, out of k, at
 * `pages[slot >>> PAGE_SHIFT]![(slot & PAGE_MASK) * k + n]`; the slot must have been reserved.
 */
export class SlotPages<A extends Int32Array | Float64Array> {
  /** Stays the same object; a page is replaced when it grows. */
  readonly pages: A[] = [];
  readonly #newArray: (length: number) => A;
  readonly #numbersPerSlot: number;

  constructor(newArray: (length: number) => A, numbersPerSlot = 1) {
    this.#newArray = newArray;
    this.#numbersPerSlot = numbersPerSlot;
  }

  get bytes(): number {
    return this.pages.reduce((sum, page) => sum + page.byteLength, 0);
  }

  /** Makes sure that the slot has its numbers. O(1) amortised. */
  reserve(slot: number): void {
    const page = this.pages[slot >>> PAGE_SHIFT];
    if (page === undefined || (slot & PAGE_MASK) * this.#numbersPerSlot >= page.length) this.#grow(slot);
  }

  /** Whether the slot was reserved. */
  has(slot: number): boolean {
    const page = this.pages[slot >>> PAGE_SHIFT];
    return page !== undefined && (slot & PAGE_MASK) * this.#numbersPerSlot < page.length;
  }

  clear(): void {
    this.pages.length = 0;
  }

  #grow(slot: number): void {
    const number = slot >>> PAGE_SHIFT;
    while (this.pages.length < number) this.#extend(this.pages.length, PAGE_SLOTS);
    // The first page grows by doubling, so that a small map stays small.
    let slots = number > 0 ? PAGE_SLOTS : FIRST_SLOTS;
    while (slots <= (slot & PAGE_MASK)) slots *= 2;
    this.#extend(number, slots);
  }

  #extend(number: number, slots: number): void {
    const page = this.#newArray(slots * this.#numbersPerSlot);
    const before = this.pages[number];
    if (before !== undefined) page.set(before);
    this.pages[number] = page;
  }
}

export function slotIntegers(integersPerSlot = 1): SlotPages<Int32Array> {
  return new SlotPages((length) => new Int32Array(length), integersPerSlot);
}

export function slotDoubles(doublesPerSlot = 1): SlotPages<Float64Array> {
  return new SlotPages((length) => new Float64Array(length), doublesPerSlot);
}
