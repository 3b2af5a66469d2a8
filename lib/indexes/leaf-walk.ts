/** Walking along the leaves of an ordered index, from one place between pairs to another. */
import type { Key, Place } from './section.ts';

/** Gets a slot; true ends the walk. */
export type Visit = (slot: number) => boolean;
/** Whether slots with this key are wanted. Asked once for each run of equal keys in a leaf. */
export type Accepts<K> = (key: K) => boolean;

/** Visits the pairs from one place to before another. Whether it came to the end. */
export function ascend<K extends Key>(from: Place<K>, to: Place<K>, accepts: Accepts<K> | undefined, visit: Visit): boolean {
  for (let { section, rank, index } = from; ; index = 0) {
    const isLast = section === to.section && rank === to.rank;
    const { slots } = section;
    const start = section.starts[rank]!;
    const end = isLast ? to.index : section.counts[rank]!;
    let wanted = true;
    for (let i = index; i < end; i++) {
      if (accepts !== undefined) {
        const key = section.keyAt(rank, i);
        if (i === index || key !== section.keyAt(rank, i - 1)) wanted = accepts(key);
      }
      if (wanted && visit(slots[start + i]!)) return false;
    }
    if (isLast) return true;
    if (++rank === section.leaves) {
      section = section.next!;
      rank = 0;
    }
  }
}

/** Writes the slots from one place to before another to `out`, from `length` on, where there must be room. Returns the new length. */
export function copySlots<K extends Key>(from: Place<K>, to: Place<K>, out: Int32Array, length: number): number {
  let written = length;
  for (let { section, rank, index } = from; ; index = 0) {
    const isLast = section === to.section && rank === to.rank;
    const { slots } = section;
    const start = section.starts[rank]!;
    const end = start + (isLast ? to.index : section.counts[rank]!);
    for (let i = start + index; i < end; i++) out[written++] = slots[i]!;
    if (isLast) return written;
    if (++rank === section.leaves) {
      section = section.next!;
      rank = 0;
    }
  }
}

/** The key right before `to`, unless `from` is reached. */
export function keyBefore<K extends Key>(from: Place<K>, to: Place<K>): K | undefined {
  let { section, rank, index } = to;
  while (index === 0 && !(section === from.section && rank === from.rank)) {
    if (rank === 0) {
      if (section.previous === undefined) return undefined;
      section = section.previous;
      rank = section.leaves;
    }
    index = section.counts[--rank]!;
  }
  const isFirst = section === from.section && rank === from.rank;
  return isFirst && index <= from.index ? undefined : section.keyAt(rank, index - 1);
}

/** The key right after `from`, unless `to` is reached. */
export function keyAfter<K extends Key>(from: Place<K>, to: Place<K>): K | undefined {
  let { section, rank, index } = from;
  while (index === section.counts[rank] && !(section === to.section && rank === to.rank)) {
    index = 0;
    if (++rank < section.leaves) continue;
    section = section.next!;
    rank = 0;
  }
  return section === to.section && rank === to.rank && index >= to.index ? undefined : section.keyAt(rank, index);
}
