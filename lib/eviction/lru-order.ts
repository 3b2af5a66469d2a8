/**
 * Least recently used first, exactly.
 *
 * One list of slots in the order of their last access: an access moves its slot to the end, the first one goes. There is nothing to compare, so
 * there are no ties and no time stamps. 8 bytes per entry.
 */
import type { EvictionOrder } from './eviction-order.ts';
import { RecencyList } from './recency-list.ts';
import { SlotLists } from './slot-lists.ts';

export class LruOrder implements EvictionOrder {
  readonly #lists = new SlotLists(1);
  readonly #all = new RecencyList(this.#lists, 0);

  get bytes(): number {
    return this.#lists.bytes + this.#all.bytes;
  }

  added(slot: number): void {
    this.#lists.reserve(slot);
    this.#all.append(slot);
  }

  touched(slot: number): void {
    this.#all.touch(slot);
  }

  removed(slot: number): void {
    this.#all.leave(slot);
  }

  victim(isPinned: (slot: number) => boolean, spared: number): number {
    return this.#all.first(isPinned, spared);
  }

  unpinned(slot: number): void {
    this.#all.unpinned(slot);
  }

  clear(): void {
    this.#lists.clear();
    this.#all.clear();
  }
}
