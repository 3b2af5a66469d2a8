/** Walking along the leaves of an ordered index, from one place between pairs to another. */
import type { Key, Keys, Leaf } from './leaf-chain.ts';

/** Gets a slot; true ends the walk. */
export type Visit = (slot: number) => boolean;
/** Whether slots with this key are wanted. Asked once for each run of equal keys in a leaf. */
export type Accepts<K> = (key: K) => boolean;

/** Before the pair of a leaf at `index`, or after its last. */
export interface Place<K extends Key, L extends Keys<K>> {
  readonly leaf: Leaf<K, L>;
  readonly index: number;
}

/** Visits the pairs from one place to before another. Whether it came to the end. */
export function ascend<K extends Key, L extends Keys<K>>(
  from: Place<K, L>,
  to: Place<K, L>,
  accepts: Accepts<K> | undefined,
  visit: Visit,
): boolean {
  for (let { leaf, index } = from; ; leaf = leaf.next!, index = 0) {
    const { slots, keys } = leaf;
    const end = leaf === to.leaf ? to.index : leaf.count;
    let wanted = true;
    for (let i = index; i < end; i++) {
      if (accepts !== undefined && (i === index || keys[i] !== keys[i - 1])) wanted = accepts(keys[i]!);
      if (wanted && visit(slots[i]!)) return false;
    }
    if (leaf === to.leaf) return true;
  }
}

/** The key right before `to`, unless `from` is reached. */
export function keyBefore<K extends Key, L extends Keys<K>>(from: Place<K, L>, to: Place<K, L>): K | undefined {
  let { leaf, index } = to;
  while (index === 0 && leaf !== from.leaf) {
    if (leaf.previous === undefined) return undefined;
    leaf = leaf.previous;
    index = leaf.count;
  }
  return leaf === from.leaf && index <= from.index ? undefined : leaf.keys[index - 1]!;
}

/** The key right after `from`, unless `to` is reached. */
export function keyAfter<K extends Key, L extends Keys<K>>(from: Place<K, L>, to: Place<K, L>): K | undefined {
  let { leaf, index } = from;
  while (index === leaf.count && leaf !== to.leaf) {
    leaf = leaf.next!;
    index = 0;
  }
  return leaf === to.leaf && index >= to.index ? undefined : leaf.keys[index]!;
}
