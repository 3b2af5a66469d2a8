/** How large a map may become on one member: the five policies of `maxSize` (M66) as one limit. */
import type { EvictionConfig } from '../config/map-config.ts';

export interface SizeLimit {
  /** Entries on the member, entries of each partition, or estimated bytes of the entries on the member. */
  readonly counts: 'entries' | 'partitionEntries' | 'bytes';
  readonly max: number;
}

const MEGABYTE: number = 2 ** 20;

/**
 * `heapLimitBytes` is the most the heap of this thread may become. Entries of a cluster-wide limit are divided here among its members; today an
 * instance has one.
 */
export function sizeLimitOf({ maxSize, maxSizePolicy }: EvictionConfig, heapLimitBytes: number): SizeLimit {
  switch (maxSizePolicy) {
    case 'cluster_wide_map_size':
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
