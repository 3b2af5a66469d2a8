/**
 * An ordered list of (key, slot) pairs: a B+tree whose inner nodes are a `sorted-btree` and whose leaves are arrays.
 *
 * Keys one by one in a general B-tree cost 35 to 270 bytes and 3 to 7 microseconds each. Here the tree holds one separator for each run of up
 * to 128 pairs, and a run is two plain arrays: 12 bytes a pair and binary search without chasing pointers. A range is collected by copying
 * slots leaf after leaf; the tree is asked only where it begins and ends.
 *
 * The leaves hang together (`leaf-chain.ts`). The first leaf has no separator: it takes whatever comes before all others. A leaf that is full
 * is halved, unless the new pair belongs at the very end: then a new leaf is begun, so that ascending keys (ids, times) leave full leaves
 * behind. A leaf that is nearly empty joins a neighbour.
 *
 * References: R. Bayer and K. Unterauer, "Prefix B-trees" (1977), for separators that are only bounds; G. Graefe, "Modern B-Tree Techniques"
 * (2011), sections 2 and 4, for splits at the right edge and lazy merging.
 */
import { Directory, type Separator } from './directory.ts';
import type { SlotList } from './index-contract.ts';
import {
  distance,
  insertAfter,
  movedPairs,
  newSection,
  startChain,
  unlink,
  type Key,
  type Keys,
  type Leaf,
  type Section,
} from './leaf-chain.ts';

import { ascend, keyAfter, keyBefore, type Accepts, type Place, type Visit } from './leaf-walk.ts';

export type { Key, Keys } from './leaf-chain.ts';
export type { Accepts, Visit } from './leaf-walk.ts';

/** Pairs of a full leaf. */
export const LEAF_PAIRS = 128;
/** Pairs of a leaf that is loaded in bulk: room for a few more before it splits. */
const LOADED_PAIRS = 112;
/** Neighbours that together have no more than this many pairs are joined. */
const JOINED_PAIRS = 96;
const SPARSE_PAIRS = 32;

/** Before and after all slots of a key. */
const BEFORE_SLOTS = -1;
const AFTER_SLOTS = 0x7fff_ffff;

/** An interval of keys; an undefined bound is open to that side. */
export interface KeyRange<K extends Key> {
  readonly low: K | undefined;
  readonly lowOpen: boolean;
  readonly high: K | undefined;
  readonly highOpen: boolean;
}

export const EVERYTHING: KeyRange<never> = Object.freeze({ low: undefined, lowOpen: false, high: undefined, highOpen: false });

/** Pairs in order, to be loaded. */
export interface SortedPairs<L> {
  readonly slots: Int32Array;
  keys(from: number, to: number): L;
  /** Where the pairs end that have the same key as the one at `from`. */
  runEnd(from: number): number;
}

export abstract class OrderedBlocks<K extends Key, L extends Keys<K>> {
  readonly #directory: Directory<Leaf<K, L>>;
  readonly #probe: { low: K; lowSlot: number };
  #first: Leaf<K, L>;
  #last: Leaf<K, L>;
  #size = 0;

  /** `least` is any key; the comparison is that of `Directory`. */
  constructor(least: K, compare: (a: Separator<K>, b: Separator<K>) => number) {
    this.#probe = { low: least, lowSlot: 0 };
    this.#first = this.newLeaf(least, BEFORE_SLOTS, newSection());
    this.#last = this.#first;
    startChain(this.#first);
    this.#directory = new Directory<Leaf<K, L>>(compare, this.#first);
  }

  /** Pairs. */
  get size(): number {
    return this.#size;
  }

  get bytes(): number {
    return (this.#directory.size + 1) * this.leafBytes;
  }

  /** The pair must not be there yet. Returns whether it met a full leaf of nothing but its key: a sign that the key has very many slots. */
  add(key: K, slot: number): boolean {
    let leaf = this.#leafOf(key, slot);
    let isCrowded = false;
    if (leaf.count === LEAF_PAIRS) {
      isCrowded = leaf.keys[0] === key && leaf.keys[LEAF_PAIRS - 1] === key;
      leaf = this.#split(leaf, key, slot);
    }
    this.insertPair(leaf, this.position(leaf, key, slot), key, slot);
    leaf.section.count++;
    this.#size++;
    return isCrowded;
  }

  /** Whether the pair was there. */
  remove(key: K, slot: number): boolean {
    const leaf = this.#leafOf(key, slot);
    const index = this.position(leaf, key, slot);
    if (index === leaf.count || leaf.keys[index] !== key || leaf.slots[index] !== slot) return false;
    this.removePair(leaf, index);
    leaf.section.count--;
    this.#size--;
    if (leaf.count < SPARSE_PAIRS) this.#join(leaf);
    return true;
  }

  /** Cost: two searches, and steps in proportion to the square root of the size. */
  count(range: KeyRange<K>): number {
    if (this.#isEmpty(range)) return 0;
    const from = this.#start(range);
    const to = this.#end(range, from);
    return distance(from.leaf, from.index, to.leaf, to.index);
  }

  collect(range: KeyRange<K>, out: SlotList, accepts?: Accepts<K>): void {
    if (this.#isEmpty(range)) return;
    const from = this.#start(range);
    const to = this.#end(range, from);
    out.reserve(distance(from.leaf, from.index, to.leaf, to.index));
    if (accepts !== undefined) {
      ascend(from, to, accepts, (slot) => {
        out.data[out.length++] = slot;
        return false;
      });
      return;
    }
    const { data } = out;
    let { length } = out;
    for (let { leaf, index } = from; ; leaf = leaf.next!, index = 0) {
      const { slots } = leaf;
      const end = leaf === to.leaf ? to.index : leaf.count;
      for (let i = index; i < end; i++) data[length++] = slots[i]!;
      if (leaf === to.leaf) break;
    }
    out.length = length;
  }

  /** Visits by key, and by slot within a key also when descending. Whether it came to the end. */
  walk(range: KeyRange<K>, descending: boolean, visit: Visit, accepts?: Accepts<K>): boolean {
    if (this.#isEmpty(range)) return true;
    const from = this.#start(range);
    const to = this.#end(range, from);
    return descending ? this.#descend(from, to, accepts, visit) : ascend(from, to, accepts, visit);
  }

  /**
   * As `walk`, one run of equal keys after the other, for whoever must merge two lists.
   * @yields each key with a walk over its slots
   */
  *runs(range: KeyRange<K>, descending: boolean): Generator<{ readonly key: K; walk(visit: Visit): boolean }> {
    if (this.#isEmpty(range)) return;
    let from = this.#start(range);
    let to = this.#end(range, from);
    for (;;) {
      const key = descending ? keyBefore(from, to) : keyAfter(from, to);
      if (key === undefined) return;
      const start = this.#place(key, BEFORE_SLOTS);
      const end = this.#place(key, AFTER_SLOTS);
      yield { key, walk: (visit) => ascend(start, end, undefined, visit) };
      if (descending) to = start;
      else from = end;
    }
  }

  clear(): void {
    this.#directory.clear();
    this.#first = this.newLeaf(this.#probe.low, BEFORE_SLOTS, newSection());
    this.#last = this.#first;
    startChain(this.#first);
    this.#size = 0;
  }

  /** Adds pairs in order, behind all that are there. */
  append(pairs: SortedPairs<L>, from: number, to: number): void {
    for (let next = from; next < to;) {
      const last = this.#last;
      const leaf = last.count < LOADED_PAIRS ? last : this.#append(pairs.keys(next, next + 1)[0]!, pairs.slots[next]!);
      const end = Math.min(to, next + LOADED_PAIRS - leaf.count);
      this.appendPairs(leaf, pairs.keys(next, end), pairs.slots.subarray(next, end));
      leaf.section.count += end - next;
      this.#size += end - next;
      next = end;
    }
  }

  /** Estimated bytes of a leaf with all that belongs to it. */
  protected abstract readonly leafBytes: number;
  protected abstract newLeaf(low: K, lowSlot: number, section: Section): Leaf<K, L>;
  /** Index of the first pair of the leaf that is not before the given one. */
  protected abstract position(leaf: Leaf<K, L>, key: K, slot: number): number;
  protected abstract insertPair(leaf: Leaf<K, L>, index: number, key: K, slot: number): void;
  protected abstract removePair(leaf: Leaf<K, L>, index: number): void;
  /** Drops the pairs of a leaf from `index` on, and returns them. */
  protected abstract cutPairs(leaf: Leaf<K, L>, index: number): { readonly keys: L; readonly slots: Int32Array };
  /** Writes pairs to the end of a leaf. */
  protected abstract appendPairs(leaf: Leaf<K, L>, keys: L, slots: Int32Array): void;

  #leafOf(key: K, slot: number): Leaf<K, L> {
    if (this.#first === this.#last) return this.#first;
    this.#probe.low = key;
    this.#probe.lowSlot = slot;
    return this.#directory.atOrBelow(this.#probe) ?? this.#first;
  }

  #split(leaf: Leaf<K, L>, key: K, slot: number): Leaf<K, L> {
    if (leaf === this.#last && this.position(leaf, key, slot) === leaf.count) return this.#append(key, slot);
    const half = LEAF_PAIRS >> 1;
    const lowSlot = leaf.slots[half]!;
    const upper = this.newLeaf(leaf.keys[half]!, lowSlot, leaf.section);
    const { keys, slots } = this.cutPairs(leaf, half);
    this.appendPairs(upper, keys, slots);
    this.#insertAfter(leaf, upper);
    return key > upper.low || (key === upper.low && slot >= lowSlot) ? upper : leaf;
  }

  #append(key: K, slot: number): Leaf<K, L> {
    const leaf = this.newLeaf(key, slot, this.#last.section);
    this.#insertAfter(this.#last, leaf);
    return leaf;
  }

  #insertAfter(before: Leaf<K, L>, leaf: Leaf<K, L>): void {
    insertAfter(before, leaf);
    if (before === this.#last) this.#last = leaf;
    this.#directory.insert(leaf);
  }

  #join(leaf: Leaf<K, L>): void {
    const { previous, next } = leaf;
    if (previous !== undefined && (leaf.count === 0 || previous.count + leaf.count <= JOINED_PAIRS)) this.#absorb(previous, leaf);
    else if (next !== undefined && (leaf.count === 0 || leaf.count + next.count <= JOINED_PAIRS)) this.#absorb(leaf, next);
  }

  /** Moves all pairs of a leaf into the one before and drops it. */
  #absorb(leaf: Leaf<K, L>, next: Leaf<K, L>): void {
    movedPairs(next, leaf, next.count);
    const { keys, slots } = this.cutPairs(next, 0);
    this.appendPairs(leaf, keys, slots);
    this.#directory.remove(next);
    if (next === this.#last) this.#last = leaf;
    unlink(next);
  }

  #isEmpty({ low, lowOpen, high, highOpen }: KeyRange<K>): boolean {
    if (this.#size === 0) return true;
    return low !== undefined && high !== undefined && (low > high || (low === high && (lowOpen || highOpen)));
  }

  #start({ low, lowOpen }: KeyRange<K>): Place<K, L> {
    return low === undefined ? { leaf: this.#first, index: 0 } : this.#place(low, lowOpen ? AFTER_SLOTS : BEFORE_SLOTS);
  }

  #end({ high, highOpen }: KeyRange<K>, start: Place<K, L>): Place<K, L> {
    if (high === undefined) return { leaf: this.#last, index: this.#last.count };
    const slot = highOpen ? BEFORE_SLOTS : AFTER_SLOTS;
    // A short range often ends in the leaf it begins in, and then the tree need not be asked again.
    const { leaf } = start;
    if (leaf.count > 0 && leaf.keys[leaf.count - 1]! > high) return { leaf, index: this.position(leaf, high, slot) };
    return this.#place(high, slot);
  }

  #place(key: K, slot: number): Place<K, L> {
    const leaf = this.#leafOf(key, slot);
    return { leaf, index: this.position(leaf, key, slot) };
  }

  #descend(from: Place<K, L>, to: Place<K, L>, accepts: Accepts<K> | undefined, visit: Visit): boolean {
    let end = to;
    for (;;) {
      const key = keyBefore(from, end);
      if (key === undefined) return true;
      const start = this.#runStart(key, end);
      if ((accepts === undefined || accepts(key)) && !ascend(start, end, undefined, visit)) return false;
      end = start;
    }
  }

  /** Where the pairs of a key begin, the last of which is right before `end`. */
  #runStart(key: K, end: Place<K, L>): Place<K, L> {
    const { leaf } = end;
    let { index } = end;
    while (index > 0 && leaf.keys[index - 1] === key) index--;
    return index > 0 ? { leaf, index } : this.#place(key, BEFORE_SLOTS);
  }
}
