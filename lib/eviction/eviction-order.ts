/** Which entry of a map on a member should go next. Slots are those of the record store; everything is kept in typed arrays by slot. */

export type EvictionPolicy = 'LRU' | 'LFU' | 'W_TINYLFU';

/**
 * The order in which entries are given up. Every call but `bytes` and `clear` is O(1), amortised over the calls; O(log n) for a slot that is
 * among n set aside because they were pinned.
 *
 * The caller tells everything that happens to an entry: `added` once, then any number of `touched`, then `removed`. What is pinned (locked, or
 * not yet stored) is only known to the caller, who is asked when it matters: `victim` passes over pinned slots and sets them aside, so that no
 * later call meets them again, until the caller says `unpinned`.
 */
export interface EvictionOrder {
  /** The slot has a new entry. `hash` is its key's hash, 32 bits. */
  added(slot: number, hash: number): void;
  /** The entry was read or updated. */
  touched(slot: number): void;
  /** The entry is gone; the slot may be added again. */
  removed(slot: number): void;
  /** The slot of the entry to give up next, or -1 when there is none: it is neither pinned nor `spared`. The entry stays until `removed`. */
  victim(isPinned: (slot: number) => boolean, spared: number): number;
  /** The slot is not pinned any more: it takes the place it would have had. No effect when it was not set aside. */
  unpinned(slot: number): void;
  /** No entry is left. */
  clear(): void;
  readonly bytes: number;
}
