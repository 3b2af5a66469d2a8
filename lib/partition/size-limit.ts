/** How large a map may become on one member: the five policies of `maxSize` (M66) as one limit. */
import type { EvictionConfig } from '../config/map-config.ts';

export interface SizeLimit {
  /** Entries on the member, entries of each partition, or estimated bytes of the entries on the member. */
  readonly counts: 'entries' | 'partitionEntries' | 'bytes';
  /** May change; it is kept from the next write on. */
  max: number;
}

const MEGABYTE: number = 2 ** 20;

/**
 * `heapLimitBytes` is the most the heap of this thread may become. A cluster-wide limit is divided evenly among the `members` that hold entries,
 * at least 1 for each.
 */
export function sizeLimitOf({ maxSize, maxSizePolicy }: EvictionConfig, heapLimitBytes: number, members = 1): SizeLimit {
  switch (maxSizePolicy) {
    case 'cluster_wide_map_size':
      return { counts: 'entries', max: Math.max(1, Math.floor(maxSize / members)) };
    case 'per_member':
      return { counts: 'entries', max: maxSize };
    case 'partitions_wide_map_size':
      return { counts: 'partitionEntries', max: maxSize };
    case 'used_heap_size':
      return { counts: 'bytes', max: maxSize * MEGABYTE };
    case 'used_heap_percentage':
      return { counts: 'bytes', max: (heapLimitBytes * maxSize) / 100 };
  }
}
