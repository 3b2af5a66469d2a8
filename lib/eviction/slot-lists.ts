/** Doubly linked lists of slots: each slot is in at most one of them. 8 bytes per slot, and 8 per list. */
import { PAGE_MASK, PAGE_SHIFT, slotIntegers, type SlotPages } from './slot-pages.ts';

/** No slot. */
export const NONE = -1;
const PREVIOUS = 0;
const NEXT = 1;

export class SlotLists {
  /** Of each slot: the one before and the one after. */
  readonly #links: SlotPages<Int32Array> = slotIntegers(2);
  readonly #pages: readonly Int32Array[] = this.#links.pages;
  /** Of each list: its first and its last slot. */
  #ends: Int32Array;

  /** Lists are numbers from 0. */
  constructor(lists: number) {
    this.#ends = new Int32Array(2 * lists).fill(NONE);
  }

  get bytes(): number {
    return this.#links.bytes + this.#ends.byteLength;
  }

  /** Makes sure that the slot can be put into a list. */
  reserve(slot: number): void {
    this.#links.reserve(slot);
  }

  /** Makes sure that the list exists. Doubles the lists, so keep them few. */
  reserveList(list: number): void {
    if (2 * list < this.#ends.length) return;
    const ends = new Int32Array(2 * this.#ends.length).fill(NONE);
    ends.set(this.#ends);
    this.#ends = ends;
  }

  first(list: number): number {
    return this.#ends[2 * list]!;
  }

  last(list: number): number {
    return this.#ends[2 * list + 1]!;
  }

  previous(slot: number): number {
    return this.#pages[slot >>> PAGE_SHIFT]![2 * (slot & PAGE_MASK) + PREVIOUS]!;
  }

  next(slot: number): number {
    return this.#pages[slot >>> PAGE_SHIFT]![2 * (slot & PAGE_MASK) + NEXT]!;
  }

  /** Puts a slot that is in no list at the end of one. */
  append(list: number, slot: number): void {
    const ends = this.#ends;
    const last = ends[2 * list + 1]!;
    const page = this.#pages[slot >>> PAGE_SHIFT]!;
    const at = 2 * (slot & PAGE_MASK);
    page[at + PREVIOUS] = last;
    page[at + NEXT] = NONE;
    ends[2 * list + 1] = slot;
    if (last === NONE) ends[2 * list] = slot;
    else this.#pages[last >>> PAGE_SHIFT]![2 * (last & PAGE_MASK) + NEXT] = slot;
  }

  /** Takes a slot out of the list it is in. */
  unlink(list: number, slot: number): void {
    const pages = this.#pages;
    const page = pages[slot >>> PAGE_SHIFT]!;
    const at = 2 * (slot & PAGE_MASK);
    const previous = page[at + PREVIOUS]!;
    const next = page[at + NEXT]!;
    if (previous === NONE) this.#ends[2 * list] = next;
    else pages[previous >>> PAGE_SHIFT]![2 * (previous & PAGE_MASK) + NEXT] = next;
    if (next === NONE) this.#ends[2 * list + 1] = previous;
    else pages[next >>> PAGE_SHIFT]![2 * (next & PAGE_MASK) + PREVIOUS] = previous;
  }

  /** All lists are empty. */
  clear(): void {
    this.#links.clear();
    this.#ends.fill(NONE);
  }
}
