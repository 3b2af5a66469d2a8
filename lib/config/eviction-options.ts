/** The options of a map that say how large it may become (M65-M67). */
import type { EvictionConfig } from './map-config.ts';
import type { MAP_OPTIONS } from './option-table.ts';
import type { OptionsReader } from './options-reader.ts';
import { milliseconds } from './seconds.ts';

/** `undefined` where nothing is ever evicted: without a policy, or without a limit. */
export function readEviction(read: OptionsReader<typeof MAP_OPTIONS>): EvictionConfig | undefined {
  const policy = read.oneOf('evictionPolicy');
  const written = read.oneOf('maxSizePolicy');
  const maxSizePolicy = written === 'map_size_per_jvm' ? 'per_member' : written;
  const countsEntries = maxSizePolicy !== 'used_heap_size' && maxSizePolicy !== 'used_heap_percentage';
  const maxSize = read.number('maxSize', { whole: countsEntries, ...(maxSizePolicy === 'used_heap_percentage' && { max: 100 }) });
  const percentage = read.number('evictionPercentage');
  const delayMs = milliseconds(read.number('evictionDelaySeconds'));
  if (maxSize > 0 && (read.raw('evictionPolicy') ?? 'NONE') === 'NONE')
    read.note('maxSize', 'limits nothing without an `evictionPolicy`: LRU, LFU or W_TINYLFU');
  return policy === 'NONE' || maxSize === 0 ? undefined : Object.freeze({ policy, maxSize, maxSizePolicy, percentage, delayMs });
}
