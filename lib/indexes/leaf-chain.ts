/**
 * The leaves of an ordered index as a list, with counts that make the distance between two places cheap.
 *
 * Leaves in a row form a section of up to 128 leaves that knows how many pairs it holds. To count from one place to another one walks leaf by
 * leaf to the end of the section, then section by section, then leaf by leaf again: about 2 * sqrt(leaves) steps instead of one per leaf, and a
 * change costs one addition. This is a skip list of one level over the leaves (W. Pugh, "Skip lists", 1990), built by splitting like a B-tree
 * instead of by chance. Prefix sums would count faster, but each change makes them wrong.
 */

export type Key = number | string;

export interface Keys<K> {
  readonly [index: number]: K;
}

/** A run of (key, slot) pairs, ascending by key and then by slot. `low` and `lowSlot`: see `Separator`. */
export class Leaf<K extends Key, L extends Keys<K> = Keys<K>> {
  readonly low: K;
  readonly lowSlot: number;
  readonly keys: L;
  readonly slots: Int32Array;
  count = 0;
  previous: Leaf<K, L> | undefined = undefined;
  next: Leaf<K, L> | undefined = undefined;
  section: Section;

  constructor(low: K, lowSlot: number, keys: L, slots: Int32Array, section: Section) {
    this.low = low;
    this.lowSlot = lowSlot;
    this.keys = keys;
    this.slots = slots;
    this.section = section;
  }
}

type AnyLeaf = Leaf<Key>;

export interface Section {
  /** Pairs in the section's leaves. */
  count: number;
  leaves: number;
  first: AnyLeaf | undefined;
  previous: Section | undefined;
  next: Section | undefined;
}

const SECTION_LEAVES = 128;

export function newSection(): Section {
  return { count: 0, leaves: 0, first: undefined, previous: undefined, next: undefined };
}

/** Starts a list: the leaf must be new, made with a new section, and empty. */
export function startChain(leaf: AnyLeaf): void {
  leaf.section.first = leaf;
  leaf.section.leaves = 1;
}

/** Adds a leaf made with the section of `before`. Its pairs are either none or taken from `before`, so that no count changes. */
export function insertAfter(before: AnyLeaf, leaf: AnyLeaf): void {
  leaf.previous = before;
  leaf.next = before.next;
  if (before.next !== undefined) before.next.previous = leaf;
  before.next = leaf;
  leaf.section.leaves++;
  if (leaf.section.leaves > SECTION_LEAVES) splitSection(leaf.section);
}

/** Takes out a leaf that has no pairs any more. Never the only one. */
export function unlink(leaf: AnyLeaf): void {
  const { section, previous, next } = leaf;
  if (previous !== undefined) previous.next = next;
  if (next !== undefined) next.previous = previous;
  section.leaves--;
  if (section.first === leaf) section.first = next;
  if (section.leaves > 0) return;
  if (section.previous !== undefined) section.previous.next = section.next;
  if (section.next !== undefined) section.next.previous = section.previous;
}

/** Says that `pairs` pairs moved from one leaf to its neighbour. */
export function movedPairs(from: AnyLeaf, to: AnyLeaf, pairs: number): void {
  from.section.count -= pairs;
  to.section.count += pairs;
}

/** How many pairs lie between two places, the second not before the first. */
export function distance(from: AnyLeaf, fromIndex: number, to: AnyLeaf, toIndex: number): number {
  if (from === to) return toIndex - fromIndex;
  let total = from.count - fromIndex + toIndex;
  let leaf = from.next!;
  if (leaf.section !== to.section) {
    const begun = from.section;
    for (; leaf.section === begun; leaf = leaf.next!) total += leaf.count;
    let { section } = leaf;
    for (; section !== to.section; section = section.next!) total += section.count;
    leaf = section.first!;
  }
  for (; leaf !== to; leaf = leaf.next!) total += leaf.count;
  return total;
}

function splitSection(section: Section): void {
  const upper = newSection();
  let leaf = section.first!;
  for (let i = section.leaves >> 1; i > 0; i--) leaf = leaf.next!;
  upper.first = leaf;
  upper.leaves = section.leaves - (section.leaves >> 1);
  let last: AnyLeaf | undefined = leaf;
  for (let i = 0; i < upper.leaves; i++, last = last?.next) {
    last!.section = upper;
    upper.count += last!.count;
  }
  section.leaves -= upper.leaves;
  section.count -= upper.count;
  upper.next = section.next;
  upper.previous = section;
  if (section.next !== undefined) section.next.previous = upper;
  section.next = upper;
}
