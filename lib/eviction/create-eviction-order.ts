/** The order of a map's eviction policy. */
import type { EvictionOrder, EvictionPolicy } from './eviction-order.ts';
import { LfuOrder } from './lfu-order.ts';
import { LruOrder } from './lru-order.ts';
import { TinyLfuOrder } from './tiny-lfu-order.ts';

/** An empty order. No policy needs to know how many entries the map may have. `random` is uniform in [0, 1), as that of the clock. */
export function createEvictionOrder(policy: EvictionPolicy, random: () => number): EvictionOrder {
  switch (policy) {
    case 'LRU':
      return new LruOrder();
    case 'LFU':
      return new LfuOrder();
    case 'W_TINYLFU':
      return new TinyLfuOrder(random);
  }
}
