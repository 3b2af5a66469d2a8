/** The options of a map that say how large it may become (M65-M67). */
import type { MaxSizePolicy } from '../api/instance.ts';
import type { EvictionConfig } from './map-config.ts';
import type { OptionsReader } from './options-reader.ts';
import { milliseconds, SECONDS_MAX } from './seconds.ts';

const MAX_SIZE_POLICIES: readonly MaxSizePolicy[] = [
  'cluster_wide_map_size',
  'map_size_per_jvm',
  'per_member',
  'partitions_wide_map_size',
  'used_heap_size',
  'used_heap_percentage',
];

/** `undefined` where nothing is ever evicted: without a policy, or without a limit. */
export function readEviction(read: OptionsReader): EvictionConfig | undefined {
  const policy = read.oneOf('evictionPolicy', 'NONE', ['NONE', 'LRU', 'LFU', 'W_TINYLFU']);
  const written = read.oneOf('maxSizePolicy', 'cluster_wide_map_size', MAX_SIZE_POLICIES);
  const maxSizePolicy = written === 'map_size_per_jvm' ? 'per_member' : written;
  const countsEntries = maxSizePolicy !== 'used_heap_size' && maxSizePolicy !== 'used_heap_percentage';
  const most = maxSizePolicy === 'used_heap_percentage' ? 100 : Number.MAX_SAFE_INTEGER;
  const maxSize = read.number('maxSize', 0, 0, most, countsEntries ? 'whole' : 'any');
  const percentage = read.number('evictionPercentage', 25, 1, 100);
  const delayMs = milliseconds(read.number('evictionDelaySeconds', 3, 0, SECONDS_MAX));
  if (maxSize > 0 && (read.raw('evictionPolicy') ?? 'NONE') === 'NONE')
    read.note('maxSize', 'limits nothing without an `evictionPolicy`: LRU, LFU or W_TINYLFU');
  return policy === 'NONE' || maxSize === 0 ? undefined : Object.freeze({ policy, maxSize, maxSizePolicy, percentage, delayMs });
}
