/**
 * An ordered list of (key, slot) pairs: a B+tree whose upper nodes are a `sorted-btree` and whose lower ones are arrays.
 *
 * Keys one by one in a general B-tree cost 35 to 270 bytes and 3 to 7 microseconds each. Here the tree holds one separator for each section, a run
 * of up to 128 leaves of up to 128 pairs (`section.ts`): 12 bytes a pair, and binary search in arrays without chasing pointers. A range is
 * collected by copying slots leaf after leaf; the tree is asked only where it begins and ends.
 *
 * The first section has no separator: it takes whatever comes before all others. A leaf that is full is halved, unless the new pair belongs at the
 * very end: then a new leaf is begun, so that ascending keys (ids, times) leave full leaves behind. A leaf that is nearly empty joins a neighbour of
 * its section. The same for sections of leaves.
 *
 * References: R. Bayer and K. Unterauer, "Prefix B-trees" (1977), for separators that are only bounds; G. Graefe, "Modern B-Tree Techniques"
 * (2011), sections 2 and 4, for splits at the right edge and lazy merging.
 */
import { Directory, type Separator } from './directory.ts';
import type { SlotList } from './index-contract.ts';
import { ascend, copySlots, keyAfter, keyBefore, type Accepts, type Visit } from './leaf-walk.ts';
import { distance, LEAF_PAIRS, SECTION_LEAVES, type Key, type Place, type Section } from './section.ts';

export type { Key } from './section.ts';
export type { Accepts, Visit } from './leaf-walk.ts';

/** Pairs of a leaf that is loaded in bulk: room for a few more before it splits. */
const LOADED_PAIRS = 112;
/** Neighbours that together have no more than this many pairs are joined. */
const JOINED_PAIRS = 96;
const SPARSE_PAIRS = 32;
/** The same for the leaves of sections. */
const JOINED_LEAVES: number = SECTION_LEAVES >> 1;

/** Before and after all slots of a key. */
export const BEFORE_SLOTS = -1;
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
export interface SortedPairs<K> {
  readonly slots: Int32Array;
  keys(from: number, to: number): ArrayLike<K>;
  /** Where the pairs end that have the same key as the one at `from`. */
  runEnd(from: number): number;
}

export class OrderedBlocks<K extends Key> {
  readonly #directory: Directory<Section<K>>;
  /** The first section's bound, which is none. */
  readonly #least: K;
  readonly #probe: { low: K; lowSlot: number };
  #first: Section<K>;
  #last: Section<K>;
  #size = 0;

  /** `first`: empty, beginning before all slots; the comparison is that of `Directory`. */
  constructor(first: Section<K>, compare: (a: Separator<K>, b: Separator<K>) => number) {
    this.#least = first.low;
    this.#probe = { low: first.low, lowSlot: first.lowSlot };
    this.#first = this.#begun(first);
    this.#last = first;
    this.#directory = new Directory<Section<K>>(compare, first);
  }

  /** Pairs. */
  get size(): number {
    return this.#size;
  }

  get bytes(): number {
    let total = 0;
    for (let section: Section<K> | undefined = this.#first; section !== undefined; section = section.next) total += section.bytes;
    return total;
  }

  /** The pair must not be there yet. Returns whether it met a full leaf of nothing but its key: a sign that the key has very many slots. */
  add(key: K, slot: number): boolean {
    const section = this.#sectionOf(key, slot);
    const rank = section.rankOf(key, slot);
    this.#size++;
    if (section.counts[rank] === LEAF_PAIRS) return this.#addToFull(section, rank, key, slot);
    section.insert(rank, key, slot);
    return false;
  }

  /** Whether the pair was there. */
  remove(key: K, slot: number): boolean {
    const section = this.#sectionOf(key, slot);
    const rank = section.rankOf(key, slot);
    if (!section.remove(rank, key, slot)) return false;
    this.#size--;
    if (section.counts[rank]! < SPARSE_PAIRS) this.#join(section, rank);
    return true;
  }

  /** Cost: two searches, and steps in proportion to the square root of the size. */
  count(range: KeyRange<K>): number {
    if (this.#isEmpty(range)) return 0;
    const from = this.#start(range);
    const to = this.#end(range, from);
    return distance(from, to);
  }

  collect(range: KeyRange<K>, out: SlotList, accepts?: Accepts<K>): void {
    if (this.#isEmpty(range)) return;
    const from = this.#start(range);
    const to = this.#end(range, from);
    out.reserve(distance(from, to));
    if (accepts !== undefined) {
      ascend(from, to, accepts, (slot) => {
        out.data[out.length++] = slot;
        return false;
      });
      return;
    }
    out.length = copySlots(from, to, out.data, out.length);
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
    this.#first = this.#begun(this.#first.another(this.#least, BEFORE_SLOTS));
    this.#last = this.#first;
    this.#size = 0;
  }

  /** Adds pairs in order, behind all that are there. */
  append(pairs: SortedPairs<K>, from: number, to: number): void {
    for (let next = from; next < to;) {
      let section = this.#last;
      if (section.counts[section.leaves - 1]! >= LOADED_PAIRS)
        section = this.#appendLeaf(pairs.keys(next, next + 1)[0]!, pairs.slots[next]!);
      const rank = section.leaves - 1;
      const end = Math.min(to, next + LOADED_PAIRS - section.counts[rank]!);
      section.append(rank, pairs.keys(next, end), pairs.slots.subarray(next, end));
      this.#size += end - next;
      next = end;
    }
  }

  #sectionOf(key: K, slot: number): Section<K> {
    if (this.#first === this.#last) return this.#first;
    this.#probe.low = key;
    this.#probe.lowSlot = slot;
    return this.#directory.atOrBelow(this.#probe) ?? this.#first;
  }

  /** As `add`, to a leaf that has no room. */
  #addToFull(full: Section<K>, rank: number, key: K, slot: number): boolean {
    const isCrowded = full.keyAt(rank, 0) === key && full.keyAt(rank, LEAF_PAIRS - 1) === key;
    let section = full;
    if (section === this.#last && rank === section.leaves - 1 && section.position(rank, key, slot) === LEAF_PAIRS) {
      section = this.#appendLeaf(key, slot);
    } else {
      if (section.leaves === SECTION_LEAVES) {
        this.#keep(section.split());
        section = this.#sectionOf(key, slot);
      }
      section.splitLeaf(section.rankOf(key, slot));
    }
    section.insert(section.rankOf(key, slot), key, slot);
    return isCrowded;
  }

  /** Begins a leaf behind all others. Returns its section, the last. */
  #appendLeaf(low: K, lowSlot: number): Section<K> {
    const last = this.#last;
    if (last.leaves < SECTION_LEAVES) last.insertLeaf(last.leaves, low, lowSlot);
    else {
      const section = this.#begun(last.another(low, lowSlot));
      section.previous = last;
      last.next = section;
      this.#keep(section);
    }
    return this.#last;
  }

  /** With a leaf. */
  #begun(section: Section<K>): Section<K> {
    section.insertLeaf(0, section.low, section.lowSlot);
    return section;
  }

  /** A section has been linked in. */
  #keep(section: Section<K>): void {
    if (section.next === undefined) this.#last = section;
    this.#directory.insert(section);
  }

  #join(section: Section<K>, rank: number): void {
    const { counts, leaves } = section;
    const count = counts[rank]!;
    if (leaves === 1) {
      if (count === 0 && this.#first !== this.#last) this.#drop(section);
      return;
    }
    if (rank > 0 && (count === 0 || counts[rank - 1]! + count <= JOINED_PAIRS)) section.joinLeaf(rank - 1);
    else if (rank + 1 < leaves && (count === 0 || count + counts[rank + 1]! <= JOINED_PAIRS)) section.joinLeaf(rank);
    else return;
    const { previous, next } = section;
    if (previous !== undefined && previous.leaves + section.leaves <= JOINED_LEAVES) this.#absorbNext(previous);
    else if (next !== undefined && section.leaves + next.leaves <= JOINED_LEAVES) this.#absorbNext(section);
  }

  #absorbNext(section: Section<K>): void {
    const next = section.next!;
    section.absorbNext();
    this.#forget(next);
  }

  #drop(section: Section<K>): void {
    section.unlink();
    this.#forget(section);
  }

  /** A section is out of the list. */
  #forget(section: Section<K>): void {
    this.#directory.remove(section);
    if (section === this.#first) {
      this.#first = section.next!;
      // It may come to begin before its separator.
      this.#directory.remove(this.#first);
    }
    if (section === this.#last) this.#last = section.previous!;
  }

  #isEmpty({ low, lowOpen, high, highOpen }: KeyRange<K>): boolean {
    if (this.#size === 0) return true;
    return low !== undefined && high !== undefined && (low > high || (low === high && (lowOpen || highOpen)));
  }

  #start({ low, lowOpen }: KeyRange<K>): Place<K> {
    return low === undefined ? { section: this.#first, rank: 0, index: 0 } : this.#place(low, lowOpen ? AFTER_SLOTS : BEFORE_SLOTS);
  }

  #end({ high, highOpen }: KeyRange<K>, start: Place<K>): Place<K> {
    if (high === undefined) {
      const section = this.#last;
      const rank = section.leaves - 1;
      return { section, rank, index: section.counts[rank]! };
    }
    const slot = highOpen ? BEFORE_SLOTS : AFTER_SLOTS;
    // A short range often ends in the leaf it begins in, and then the tree need not be asked again.
    const { section, rank } = start;
    const count = section.counts[rank]!;
    if (count > 0 && section.keyAt(rank, count - 1) > high) return { section, rank, index: section.position(rank, high, slot) };
    return this.#place(high, slot);
  }

  #place(key: K, slot: number): Place<K> {
    const section = this.#sectionOf(key, slot);
    const rank = section.rankOf(key, slot);
    return { section, rank, index: section.position(rank, key, slot) };
  }

  #descend(from: Place<K>, to: Place<K>, accepts: Accepts<K> | undefined, visit: Visit): boolean {
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
  #runStart(key: K, end: Place<K>): Place<K> {
    const { section, rank } = end;
    let { index } = end;
    while (index > 0 && section.keyAt(rank, index - 1) === key) index--;
    return index > 0 ? { section, rank, index } : this.#place(key, BEFORE_SLOTS);
  }
}
