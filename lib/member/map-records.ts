/** The records of a map, wired to what must know of their coming and going: events, counters, locks, the janitor. */
import { getHeapStatistics } from 'node:v8';
import { createEvictionOrder } from '../eviction/create-eviction-order.ts';
import { PartitionOrders } from '../eviction/partition-orders.ts';
import type { InstanceConfig } from '../config/instance-config.ts';
import type { MapHome } from '../operations/home.ts';
import { isLockedAt, isPinned, noteGone } from '../operations/memory.ts';
import { isProcessedAt } from '../operations/processing.ts';
import { type EvictionOptions, RecordStore, type RecordStoreOptions } from '../partition/record-store.ts';
import { sizeLimitOf } from '../partition/size-limit.ts';
import { Janitor } from './janitor.ts';
import type { SharedMap } from './replicas/shared-map.ts';

type Given = Pick<RecordStoreOptions, 'live' | 'attributes' | 'form'>;
type Known = Pick<MapHome, 'config' | 'slices' | 'closing'>;

/** `home` is asked for when entries are there; the records are part of it. `shared` is left out on a single member. */
export function mapRecords(
  given: Given,
  { config, slices, closing }: Known,
  instance: InstanceConfig,
  home: () => MapHome,
  shared?: SharedMap,
): RecordStore {
  const { clock, partitionCount } = instance;
  const { eviction, timeToLiveMs: ttlMs, maxIdleMs } = config;
  const janitor = new Janitor({ records: () => records, clock, slices, eviction, closing });
  // What is about to leave this member, by whoever holds it now, is not changed here any more.
  const isForeign = (slot: number): boolean => shared !== undefined && !shared.owns(records.partitionAt(slot));
  const limit = eviction && sizeLimitOf(eviction, getHeapStatistics().heap_size_limit);
  if (limit !== undefined) shared?.limitIs(limit);
  const records = new RecordStore({
    ...given,
    watch: shared?.watch,
    partitionCount,
    ttlMs,
    maxIdleMs,
    onExpire: (slot) => noteGone(home(), 'expired', slot),
    onNextExpiry: (time) => janitor.wakeAt(time),
    isLocked: (slot) => isLockedAt(home(), slot) || isProcessedAt(home(), slot) || isForeign(slot),
    eviction: eviction && {
      order: orderOf(eviction, clock.random.bind(clock)),
      limit: limit!,
      isExact: eviction.delayMs === 0,
      isPinned: (slot) => isPinned(home(), slot) || isProcessedAt(home(), slot) || isForeign(slot),
      onEvict: (slot) => noteGone(home(), 'evicted', slot),
      onFull: () => janitor.checkLimit(),
    },
  });
  return records;
}

function orderOf({ policy, maxSizePolicy }: NonNullable<MapHome['config']['eviction']>, random: () => number): EvictionOptions['order'] {
  const create = () => createEvictionOrder(policy, random);
  return maxSizePolicy === 'partitions_wide_map_size' ? (partitionAt) => new PartitionOrders(create, partitionAt) : create;
}
