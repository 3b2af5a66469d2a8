/**
 * Least frequently used first, exactly; of entries used as often, the least recently used.
 *
 * Entries with as many accesses form a list in the order of their last access, and these lists, the buckets, are linked by their count. An
 * access moves a slot to the end of the next bucket, which is either there (one access more) or made between the two: no search, O(1). Counts
 * never age: what was popular once stays until it is removed, which is what LFU means. W_TINYLFU forgets.
 *
 * A slot that was set aside (`set-aside.ts`) is in no bucket, as its own may be gone; when it is touched, its next bucket is looked for among
 * those with fewer accesses, from the front, near which it was.
 *
 * 12 bytes per entry and 24 per distinct count, of which there are at most as many as the root of twice the accesses.
 *
 * References: K. Shah, A. Mitra, D. Matani, An O(1) algorithm for implementing the LFU cache eviction scheme (2010).
 */
import type { EvictionOrder } from './eviction-order.ts';
import { FrequencyBuckets } from './frequency-buckets.ts';
import { SetAside } from './set-aside.ts';
import { NONE, SlotLists } from './slot-lists.ts';
import { PAGE_MASK, PAGE_SHIFT, slotIntegers } from './slot-pages.ts';

export class LfuOrder implements EvictionOrder {
  /** A list per bucket, of the same number. */
  readonly #lists = new SlotLists(FrequencyBuckets.INITIAL);
  readonly #buckets = new FrequencyBuckets();
  /** By slot; meaningless while it is set aside. */
  readonly #bucketOf = slotIntegers();
  readonly #aside = new SetAside();

  get bytes(): number {
    return this.#lists.bytes + this.#buckets.bytes + this.#bucketOf.bytes + this.#aside.bytes;
  }

  added(slot: number): void {
    this.#lists.reserve(slot);
    this.#bucketOf.reserve(slot);
    this.#join(this.#bucketAfter(NONE, 1), slot);
  }

  touched(slot: number): void {
    if (this.#aside.has(slot)) {
      const count = this.#aside.classOf(slot) + 1;
      this.#aside.take(slot);
      let before = NONE;
      for (
        let bucket = this.#buckets.first;
        bucket !== NONE && this.#buckets.countOf(bucket) < count;
        bucket = this.#buckets.next(bucket)
      ) {
        before = bucket;
      }
      this.#join(this.#bucketAfter(before, count), slot);
      return;
    }
    const bucket = this.#bucket(slot);
    const count = this.#buckets.countOf(bucket) + 1;
    const next = this.#buckets.next(bucket);
    const isAlone = this.#lists.first(bucket) === this.#lists.last(bucket);
    if (isAlone && (next === NONE || this.#buckets.countOf(next) !== count)) {
      this.#buckets.increment(bucket);
      return;
    }
    const joined = this.#bucketAfter(bucket, count);
    this.#leave(slot);
    this.#join(joined, slot);
  }

  removed(slot: number): void {
    if (!this.#aside.take(slot)) this.#leave(slot);
  }

  victim(isPinned: (slot: number) => boolean, spared: number): number {
    let metSpared = false;
    let slot: number;
    for (;;) {
      const { first: bucket } = this.#buckets;
      const count = bucket === NONE ? Infinity : this.#buckets.countOf(bucket);
      slot = this.#aside.first;
      const listed = slot === NONE || this.#aside.classOf(slot) > count;
      if (listed) slot = bucket === NONE ? NONE : this.#lists.first(bucket);
      if (slot === NONE || (slot !== spared && !isPinned(slot))) break;
      metSpared ||= slot === spared;
      if (listed) this.#leave(slot);
      this.#aside.pin(slot, count);
    }
    if (metSpared) this.#aside.unpin(spared);
    return slot;
  }

  unpinned(slot: number): void {
    this.#aside.unpin(slot);
  }

  clear(): void {
    this.#lists.clear();
    this.#buckets.clear();
    this.#bucketOf.clear();
    this.#aside.clear();
  }

  #bucket(slot: number): number {
    return this.#bucketOf.pages[slot >>> PAGE_SHIFT]![slot & PAGE_MASK]!;
  }

  /** The bucket with this count: it follows `before` (`NONE`: it is the first), or is made there. */
  #bucketAfter(before: number, count: number): number {
    const next = before === NONE ? this.#buckets.first : this.#buckets.next(before);
    if (next !== NONE && this.#buckets.countOf(next) === count) return next;
    const bucket = this.#buckets.insert(before, count);
    this.#lists.reserveList(bucket);
    return bucket;
  }

  #join(bucket: number, slot: number): void {
    this.#lists.append(bucket, slot);
    this.#bucketOf.pages[slot >>> PAGE_SHIFT]![slot & PAGE_MASK] = bucket;
  }

  #leave(slot: number): void {
    const bucket = this.#bucket(slot);
    this.#lists.unlink(bucket, slot);
    if (this.#lists.first(bucket) === NONE) this.#buckets.remove(bucket);
  }
}
