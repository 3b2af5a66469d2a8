/** Replays a trace on an eviction order, as a map with an exact limit would. */
import { hashInteger } from '../../lib/data/hash.ts';
import { createEvictionOrder } from '../../lib/eviction/create-eviction-order.ts';
import type { EvictionPolicy } from '../../lib/eviction/eviction-order.ts';
import type { Trace } from './traces.ts';

export interface ReplayOptions {
  readonly random: () => number;
  /** Share of the entries that go when the limit is exceeded. Default: as many as are too many, so that the limit is exact. */
  readonly evictedShare?: number;
}

const nobody = (): boolean => false;

/** How many accesses find their key. */
export function replay(policy: EvictionPolicy, trace: Trace, capacity: number, { random, evictedShare = 0 }: ReplayOptions): number {
  const order = createEvictionOrder(policy, random);
  const slots = new Map<number, number>();
  const keys = Array.from({ length: capacity + 1 }, (): number => -1);
  const free = keys.map((_, slot) => slot);
  let hits = 0;
  for (const key of trace) {
    const found = slots.get(key);
    if (found !== undefined) {
      hits++;
      order.touched(found);
      continue;
    }
    const slot = free.pop()!;
    keys[slot] = key;
    slots.set(key, slot);
    order.added(slot, hashInteger(key));
    if (slots.size <= capacity) continue;
    const until = Math.min(capacity, Math.ceil(capacity * (1 - evictedShare)));
    while (slots.size > until) {
      const victim = order.victim(nobody, slot);
      if (victim < 0 || victim === slot || !slots.delete(keys[victim]!)) throw new Error(`${victim} is no victim`);
      order.removed(victim);
      free.push(victim);
    }
  }
  return hits;
}
