/** Entries in the order of their last access, the pinned ones that were met set aside: one of the lists of an eviction order. */
import { SetAside } from './set-aside.ts';
import { NONE, type SlotLists } from './slot-lists.ts';

/** The only class of what is set aside: that of this list. */
const ALL = 0;

export class RecencyList {
  readonly #lists: SlotLists;
  readonly #list: number;
  readonly #aside = new SetAside();
  #listed = 0;

  /** `list` is its number in `lists`, which may be shared with others. */
  constructor(lists: SlotLists, list: number) {
    this.#lists = lists;
    this.#list = list;
  }

  /** Entries that are not set aside. */
  get listed(): number {
    return this.#listed;
  }

  /** Bytes of what is set aside; `lists` counts itself. */
  get bytes(): number {
    return this.#aside.bytes;
  }

  /** The least recently used of those that are not set aside, or -1. */
  get oldest(): number {
    return this.#lists.first(this.#list);
  }

  /** The most recently used, or -1. */
  get newest(): number {
    return this.#lists.last(this.#list);
  }

  /** The slot comes in, as the most recently used. */
  append(slot: number): void {
    this.#lists.append(this.#list, slot);
    this.#listed++;
  }

  /** The slot leaves, set aside or not. */
  leave(slot: number): void {
    if (this.#aside.take(slot)) return;
    this.#lists.unlink(this.#list, slot);
    this.#listed--;
  }

  /** The slot becomes the most recently used. */
  touch(slot: number): void {
    if (slot === this.newest) return;
    this.leave(slot);
    this.append(slot);
  }

  /** The least recently used that is neither pinned nor spared, or -1. */
  first(isPinned: (slot: number) => boolean, spared: number): number {
    let metSpared = false;
    let slot: number;
    for (;;) {
      slot = this.#aside.first;
      const isListed = slot === NONE;
      if (isListed) slot = this.oldest;
      if (slot === NONE || (slot !== spared && !isPinned(slot))) break;
      metSpared ||= slot === spared;
      if (isListed) this.leave(slot);
      this.#aside.pin(slot, ALL);
    }
    if (metSpared) this.#aside.unpin(spared);
    return slot;
  }

  unpinned(slot: number): void {
    this.#aside.unpin(slot);
  }

  /** `lists` must be cleared too. */
  clear(): void {
    this.#aside.clear();
    this.#listed = 0;
  }
}
