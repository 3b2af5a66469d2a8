/**
 * Slots taken out of the front of an order because they were pinned, and the way back.
 *
 * A slot is set aside when it is the first of its class: of all entries (LRU), of those with as many accesses (LFU), of its segment (W_TINYLFU).
 * What joins a class later joins at its end. So whatever was set aside comes before all that is still listed in its class, and among the slots set
 * aside the one set aside earlier comes first: a counter, the rank, keeps the order, and no entry needs a time stamp. A slot that is free again
 * waits in a heap ordered by class and rank until it is given up, touched, removed, or met pinned once more, when it keeps its rank. A slot that is
 * touched leaves: it is at the end of its class then, as any other.
 *
 * While nothing is set aside this costs a comparison with 0 and no memory; then 20 bytes per slot, in pages. Leaving and coming back is
 * O(log n) for the n slots that are free again.
 *
 * References: D. E. Knuth, The Art of Computer Programming 3, 5.2.3 (heaps).
 */
import { NONE } from './slot-lists.ts';
import { PAGE_MASK, PAGE_SHIFT, slotDoubles, slotIntegers } from './slot-pages.ts';

/** In `#places`: 0 is not set aside, 1 pinned; n + 2 free again, in place n of the heap. */
const PINNED = 1;
const FREE = 2;

export class SetAside {
  readonly #places = slotIntegers();
  /** Of each slot: its class and its rank. */
  readonly #keys = slotDoubles(2);
  readonly #heap = slotIntegers();
  #free = 0;
  #size = 0;
  #nextRank = 0;

  /** Slots set aside, free again or not. */
  get size(): number {
    return this.#size;
  }

  get bytes(): number {
    return this.#places.bytes + this.#keys.bytes + this.#heap.bytes;
  }

  has(slot: number): boolean {
    return this.#size > 0 && this.#place(slot) !== 0;
  }

  /** The first of the slots that are free again, or -1. */
  get first(): number {
    return this.#free === 0 ? NONE : this.#heap.pages[0]![0]!;
  }

  /** The class it was given. */
  classOf(slot: number): number {
    return this.#keys.pages[slot >>> PAGE_SHIFT]![2 * (slot & PAGE_MASK)]!;
  }

  /** Sets aside a slot: either the first that is free again (which keeps its class and rank), or one that was first in the lists. */
  pin(slot: number, ofClass: number): void {
    if (this.has(slot)) {
      if (this.#place(slot) >= FREE) this.#leaveHeap(slot);
    } else {
      this.#places.reserve(slot);
      this.#keys.reserve(slot);
      const keys = this.#keys.pages[slot >>> PAGE_SHIFT]!;
      keys[2 * (slot & PAGE_MASK)] = ofClass;
      keys[2 * (slot & PAGE_MASK) + 1] = this.#nextRank++;
      this.#size++;
    }
    this.#setPlace(slot, PINNED);
  }

  /** Makes a slot free again. No effect when it is not set aside, or free already. */
  unpin(slot: number): void {
    if (this.#size === 0 || this.#place(slot) !== PINNED) return;
    this.#heap.reserve(this.#free);
    this.#rise(this.#free++, slot);
  }

  /** Whether the slot was set aside; it is not any more. */
  take(slot: number): boolean {
    if (this.#size === 0) return false;
    const place = this.#place(slot);
    if (place === 0) return false;
    if (place >= FREE) this.#leaveHeap(slot);
    this.#setPlace(slot, 0);
    this.#size--;
    return true;
  }

  clear(): void {
    this.#places.clear();
    this.#keys.clear();
    this.#heap.clear();
    this.#free = this.#size = this.#nextRank = 0;
  }

  #place(slot: number): number {
    return this.#places.pages[slot >>> PAGE_SHIFT]?.[slot & PAGE_MASK] ?? 0;
  }

  #setPlace(slot: number, place: number): void {
    this.#places.pages[slot >>> PAGE_SHIFT]![slot & PAGE_MASK] = place;
  }

  #at(place: number): number {
    return this.#heap.pages[place >>> PAGE_SHIFT]![place & PAGE_MASK]!;
  }

  #put(place: number, slot: number): void {
    this.#heap.pages[place >>> PAGE_SHIFT]![place & PAGE_MASK] = slot;
    this.#setPlace(slot, place + FREE);
  }

  #before(a: number, b: number): boolean {
    const ofA = this.#keys.pages[a >>> PAGE_SHIFT]!;
    const ofB = this.#keys.pages[b >>> PAGE_SHIFT]!;
    const atA = 2 * (a & PAGE_MASK);
    const atB = 2 * (b & PAGE_MASK);
    return ofA[atA] === ofB[atB] ? ofA[atA + 1]! < ofB[atB + 1]! : ofA[atA]! < ofB[atB]!;
  }

  /** Puts the slot at the place or above it. */
  #rise(place: number, slot: number): void {
    let at = place;
    while (at > 0) {
      const parent = this.#at((at - 1) >>> 1);
      if (!this.#before(slot, parent)) break;
      this.#put(at, parent);
      at = (at - 1) >>> 1;
    }
    this.#put(at, slot);
  }

  #leaveHeap(slot: number): void {
    const hole = this.#place(slot) - FREE;
    const moved = this.#at(--this.#free);
    if (moved === slot) return;
    let at = hole;
    for (let child = 2 * at + 1; child < this.#free; child = 2 * at + 1) {
      if (child + 1 < this.#free && this.#before(this.#at(child + 1), this.#at(child))) child++;
      if (!this.#before(this.#at(child), moved)) break;
      this.#put(at, this.#at(child));
      at = child;
    }
    this.#rise(at, moved);
  }
}
