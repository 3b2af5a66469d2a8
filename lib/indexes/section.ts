/**
 * A run of leaves of an ordered index, side by side: the lowest nodes of the tree, with all that is below them.
 *
 * A leaf is up to 128 (key, slot) pairs, ascending by key and then by slot. It is no object: all leaves of a section share a few arrays, so that
 * finding a pair among millions reads a handful of cache lines, and neither the heap nor its collector sees more than some hundred objects. Leaves are
 * known by rank, their order in the section; where the pairs of a leaf are, its place, does not change with the rank. Used places have no gaps.
 *
 * The counts of leaves and sections make the distance between two pairs cheap: about 2 * sqrt(leaves) additions, and a change costs two. Prefix
 * sums would count faster, but each change makes them wrong.
 *
 * Reference: J. Rao and K. A. Ross, "Making B+-Trees Cache Conscious in Main Memory" (2000), for nodes whose children lie side by side.
 */
import type { Separator } from './directory.ts';

export type Key = number | string;

const LEAF_SHIFT = 7;
/** Pairs of a full leaf. */
export const LEAF_PAIRS: number = 1 << LEAF_SHIFT;
export const SECTION_LEAVES = 128;
/** Leaves for which room is made at once. */
const GROWTH_MAX = 16;
/** From this many elements on the engine's block move beats a loop. */
export const MOVE_FROM = 24;
/** Objects and headers. */
const SECTION_BYTES = 1000;

/** `low` and `lowSlot` are those of the first leaf; see `Separator`. All sections of a list are of one class. */
export abstract class Section<K extends Key> implements Separator<K> {
  readonly low: K;
  readonly lowSlot: number;
  /** Pairs. */
  count = 0;
  leaves = 0;
  previous: Section<K> | undefined = undefined;
  next: Section<K> | undefined = undefined;
  /** Pairs of each leaf, by rank. */
  counts: Int32Array = new Int32Array(0);
  /** Of all leaves, by place. */
  slots: Int32Array = new Int32Array(0);
  /** Where the pairs of each leaf begin, by rank. */
  starts: Int32Array = new Int32Array(0);
  /** With the key of the same rank: where a leaf begins, as a separator. */
  lowSlots: Int32Array = new Int32Array(0);

  constructor(low: K, lowSlot: number) {
    this.low = low;
    this.lowSlot = lowSlot;
  }

  get bytes(): number {
    return SECTION_BYTES + this.counts.length * (LEAF_PAIRS * 12 + 20);
  }

  /** Another section of the class, empty. */
  abstract another(low: K, lowSlot: number): Section<K>;
  /** The last leaf that begins at the place or before it; the first if there is none. */
  abstract rankOf(key: K, slot: number): number;
  /** Index of the first pair of the leaf that is not before the given one. */
  abstract position(rank: number, key: K, slot: number): number;
  /** Into a leaf with room. */
  abstract insert(rank: number, key: K, slot: number): void;
  /** Whether the pair was there. */
  abstract remove(rank: number, key: K, slot: number): boolean;
  abstract keyAt(rank: number, index: number): K;
  abstract lowAt(rank: number): K;
  protected abstract insertLow(rank: number, low: K): void;
  protected abstract removeLow(rank: number): void;
  protected abstract setKeyRoom(leaves: number): void;
  /** Writes keys behind the first `count` of the leaf that begins at `start`. */
  protected abstract writeKeys(start: number, count: number, keys: ArrayLike<K>): void;
  /** The keys of a leaf from one index to before another. Good until the next change. */
  protected abstract readKeys(rank: number, from: number, to: number): ArrayLike<K>;
  /** The keys of a leaf from `count` on are not needed any more. */
  protected abstract dropKeys(start: number, count: number): void;
  /** Moves the keys of the last place to another. */
  protected abstract moveLastKeys(from: number, to: number): void;

  /** Adds an empty leaf. */
  insertLeaf(rank: number, low: K, lowSlot: number): void {
    const { leaves } = this;
    if (leaves === this.counts.length) this.#setRoom(leaves + Math.min(GROWTH_MAX, (leaves >> 1) + 1));
    this.insertLow(rank, low);
    for (const byRank of [this.counts, this.starts, this.lowSlots]) byRank.copyWithin(rank + 1, rank, leaves);
    this.counts[rank] = 0;
    this.starts[rank] = leaves << LEAF_SHIFT;
    this.lowSlots[rank] = lowSlot;
    this.leaves = leaves + 1;
  }

  /** Halves a full leaf; the section must have room for one more. */
  splitLeaf(rank: number): void {
    const half = LEAF_PAIRS >> 1;
    this.insertLeaf(rank + 1, this.keyAt(rank, half), this.slots[this.starts[rank]! + half]!);
    this.#take(this, rank, half, rank + 1);
  }

  /** Moves all pairs of the next leaf into this one. */
  joinLeaf(rank: number): void {
    this.#take(this, rank + 1, 0, rank);
    this.#removeLeaf(rank + 1);
    if (this.counts.length > 2 * this.leaves + GROWTH_MAX) this.#setRoom(this.leaves + 1);
  }

  /** Adds pairs to a leaf with room for them, behind its last. */
  append(rank: number, keys: ArrayLike<K>, slots: Int32Array): void {
    const count = this.counts[rank]!;
    const start = this.starts[rank]!;
    this.slots.set(slots, start + count);
    this.writeKeys(start, count, keys);
    this.counts[rank] = count + slots.length;
    this.count += slots.length;
  }

  /** Cuts off the upper half of the leaves, as a section that comes next. */
  split(): Section<K> {
    const half = this.leaves >> 1;
    const upper = this.another(this.lowAt(half), this.lowSlots[half]!);
    for (let rank = half; rank < this.leaves; rank++) upper.#takeLeaf(this, rank);
    while (this.leaves > half) this.#removeLeaf(this.leaves - 1);
    this.#setRoom(this.leaves + GROWTH_MAX);
    upper.previous = this;
    upper.next = this.next;
    if (this.next !== undefined) this.next.previous = upper;
    this.next = upper;
    return upper;
  }

  /** Takes over all leaves of the next section, which goes out of the list. */
  absorbNext(): void {
    const next = this.next!;
    for (let rank = 0; rank < next.leaves; rank++) this.#takeLeaf(next, rank);
    next.unlink();
  }

  unlink(): void {
    if (this.previous !== undefined) this.previous.next = this.next;
    if (this.next !== undefined) this.next.previous = this.previous;
  }

  #takeLeaf(source: Section<K>, rank: number): void {
    this.insertLeaf(this.leaves, source.lowAt(rank), source.lowSlots[rank]!);
    this.#take(source, rank, 0, this.leaves - 1);
  }

  /** Moves the pairs of a leaf from an index on to the end of another. */
  #take(source: Section<K>, sourceRank: number, from: number, rank: number): void {
    const start = source.starts[sourceRank]!;
    const end = source.counts[sourceRank]!;
    this.append(rank, source.readKeys(sourceRank, from, end), source.slots.subarray(start + from, start + end));
    source.counts[sourceRank] = from;
    source.count -= end - from;
    source.dropKeys(start, from);
  }

  /** Of no pairs. The last place moves to where its own was. */
  #removeLeaf(rank: number): void {
    const start = this.starts[rank]!;
    const { leaves } = this;
    this.removeLow(rank);
    for (const byRank of [this.counts, this.starts, this.lowSlots]) byRank.copyWithin(rank, rank + 1, leaves);
    this.leaves = leaves - 1;
    const last = (leaves - 1) << LEAF_SHIFT;
    if (start !== last) {
      this.slots.copyWithin(start, last, last + LEAF_PAIRS);
      this.starts[this.starts.indexOf(last)] = start;
    }
    this.moveLastKeys(last, start);
  }

  #setRoom(wanted: number): void {
    const leaves = Math.min(wanted, SECTION_LEAVES);
    this.counts = resized(this.counts, leaves);
    this.starts = resized(this.starts, leaves);
    this.lowSlots = resized(this.lowSlots, leaves);
    this.slots = resized(this.slots, leaves << LEAF_SHIFT);
    this.setKeyRoom(leaves);
  }
}

function resized(array: Int32Array, length: number): Int32Array {
  const other = new Int32Array(length);
  other.set(array.subarray(0, length));
  return other;
}

/** Somewhere in a list of sections. */
export interface Place<K extends Key> {
  readonly section: Section<K>;
  readonly rank: number;
  /** Before the pair of the leaf at `index`, or after its last. */
  readonly index: number;
}

/** How many pairs lie between two places, the second not before the first. */
export function distance<K extends Key>(from: Place<K>, to: Place<K>): number {
  let total = to.index - from.index;
  let { section, rank } = from;
  if (section !== to.section) {
    for (; rank < section.leaves; rank++) total += section.counts[rank]!;
    for (section = section.next!; section !== to.section; section = section.next!) total += section.count;
    rank = 0;
  }
  for (; rank < to.rank; rank++) total += section.counts[rank]!;
  return total;
}
