/** Ordered (double, slot) pairs: numbers and dates. No NaN; -0 must have been made 0. */
import type { Separator } from './directory.ts';
import { Leaf, type Section } from './leaf-chain.ts';
import { LEAF_PAIRS, OrderedBlocks } from './ordered-blocks.ts';

/** From this many elements on the engine's block move beats a loop. */
const MOVE_FROM = 24;

type NumberLeaf = Leaf<number, Float64Array>;

export class NumberBlocks extends OrderedBlocks<number, Float64Array> {
  protected override readonly leafBytes: number = LEAF_PAIRS * 12 + 350;

  constructor() {
    super(0, compareSeparators);
  }

  protected override newLeaf(low: number, lowSlot: number, section: Section): NumberLeaf {
    return new Leaf(low, lowSlot, new Float64Array(LEAF_PAIRS), new Int32Array(LEAF_PAIRS), section);
  }

  protected override position(leaf: NumberLeaf, key: number, slot: number): number {
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

  protected override insertPair(leaf: NumberLeaf, index: number, key: number, slot: number): void {
    const { keys, slots, count } = leaf;
    if (count - index > MOVE_FROM) {
      keys.copyWithin(index + 1, index, count);
      slots.copyWithin(index + 1, index, count);
    } else {
      for (let i = count; i > index; i--) {
        keys[i] = keys[i - 1]!;
        slots[i] = slots[i - 1]!;
      }
    }
    keys[index] = key;
    slots[index] = slot;
    leaf.count = count + 1;
  }

  protected override removePair(leaf: NumberLeaf, index: number): void {
    const { keys, slots, count } = leaf;
    if (count - index > MOVE_FROM) {
      keys.copyWithin(index, index + 1, count);
      slots.copyWithin(index, index + 1, count);
    } else {
      for (let i = index + 1; i < count; i++) {
        keys[i - 1] = keys[i]!;
        slots[i - 1] = slots[i]!;
      }
    }
    leaf.count = count - 1;
  }

  protected override cutPairs(leaf: NumberLeaf, index: number): { readonly keys: Float64Array; readonly slots: Int32Array } {
    const { keys, slots, count } = leaf;
    leaf.count = index;
    return { keys: keys.subarray(index, count), slots: slots.subarray(index, count) };
  }

  protected override appendPairs(leaf: NumberLeaf, keys: Float64Array, slots: Int32Array): void {
    leaf.keys.set(keys, leaf.count);
    leaf.slots.set(slots, leaf.count);
    leaf.count += slots.length;
  }
}

function compareSeparators(a: Separator<number>, b: Separator<number>): number {
  if (a.low < b.low) return -1;
  return a.low > b.low ? 1 : a.lowSlot - b.lowSlot;
}
