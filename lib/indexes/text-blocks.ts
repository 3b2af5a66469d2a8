/** Ordered (text, slot) pairs, by UTF-16 code unit: texts and tuples in the form of `key-encoding`, in which that is the right order. */
import type { Separator } from './directory.ts';
import { Leaf, type Section } from './leaf-chain.ts';
import { LEAF_PAIRS, OrderedBlocks } from './ordered-blocks.ts';

type TextLeaf = Leaf<string, string[]>;

export class TextBlocks extends OrderedBlocks<string, string[]> {
  protected override readonly leafBytes: number = LEAF_PAIRS * 12 + 350;

  constructor() {
    super('', compareSeparators);
  }

  protected override newLeaf(low: string, lowSlot: number, section: Section): TextLeaf {
    return new Leaf(low, lowSlot, [], new Int32Array(LEAF_PAIRS), section);
  }

  protected override position(leaf: TextLeaf, key: string, slot: number): number {
    const { keys, slots } = leaf;
    let low = 0;
    let high = leaf.count;
    while (low < high) {
      const middle = (low + high) >> 1;
      const there = keys[middle]!;
      if (there < key || (there === key && slots[middle]! < slot)) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Keeps one copy of equal neighbours, so that an index of few distinct texts does not hold a text for each entry. */
  protected override insertPair(leaf: TextLeaf, index: number, key: string, slot: number): void {
    const { keys, slots, count } = leaf;
    const shared = index > 0 && keys[index - 1] === key ? keys[index - 1]! : index < count && keys[index] === key ? keys[index] : key;
    if (index === count) keys.push(shared);
    else keys.splice(index, 0, shared);
    slots.copyWithin(index + 1, index, count);
    slots[index] = slot;
    leaf.count = count + 1;
  }

  protected override removePair(leaf: TextLeaf, index: number): void {
    leaf.keys.splice(index, 1);
    leaf.slots.copyWithin(index, index + 1, leaf.count);
    leaf.count--;
  }

  protected override cutPairs(leaf: TextLeaf, index: number): { readonly keys: string[]; readonly slots: Int32Array } {
    const { keys, slots, count } = leaf;
    leaf.count = index;
    return { keys: keys.splice(index), slots: slots.subarray(index, count) };
  }

  protected override appendPairs(leaf: TextLeaf, keys: string[], slots: Int32Array): void {
    leaf.keys.push(...keys);
    leaf.slots.set(slots, leaf.count);
    leaf.count += slots.length;
  }
}

function compareSeparators(a: Separator<string>, b: Separator<string>): number {
  if (a.low < b.low) return -1;
  return a.low === b.low ? a.lowSlot - b.lowSlot : 1;
}
