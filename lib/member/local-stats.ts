/** What a member can say of its part of a map (M63). */
import type { LocalMapStats, NearCacheStats } from '../api/map.ts';
import type { OpenMap } from './open-map.ts';

export function localStats({ home, following }: OpenMap, nearCache?: NearCacheStats): LocalMapStats {
  const { records, attributes, counters, behind, locks, events } = home;
  const indexBytes = attributes.indexes.reduce((bytes, index) => bytes + index.bytes, 0);
  const columnBytes = attributes.bytes - indexBytes;
  const writeBehind = behind?.statistics();
  return Object.freeze({
    ownedEntryCount: records.size,
    lockedEntryCount: locks.size,
    dirtyEntryCount: writeBehind?.queued ?? 0,
    heapCost: records.estimateBytes() + attributes.bytes,
    columnBytes,
    indexBytes,
    indexes: Object.freeze(
      attributes.indexes.map(({ definition: { name, type, attributes: of }, size, bytes }) =>
        Object.freeze({ name, type, attributes: of, entries: size, bytes }),
      ),
    ),
    hits: counters.hits,
    misses: counters.gets - counters.hits,
    putCount: counters.puts,
    removeCount: counters.removes,
    evictionCount: counters.evictions,
    expirationCount: counters.expirations,
    getCount: counters.gets,
    queryCount: counters.queries,
    eventCount: events.count,
    creationTime: counters.creationTime,
    lastAccessTime: counters.lastAccessTime,
    lastUpdateTime: counters.lastUpdateTime,
    following: following?.stats(),
    writeBehind,
    nearCache,
  });
}

/** Of a map of which this member holds nothing. */
export function emptyStats(creationTime: number, nearCache?: NearCacheStats): LocalMapStats {
  return Object.freeze({
    ownedEntryCount: 0,
    lockedEntryCount: 0,
    dirtyEntryCount: 0,
    heapCost: 0,
    columnBytes: 0,
    indexBytes: 0,
    indexes: [],
    hits: 0,
    misses: 0,
    putCount: 0,
    removeCount: 0,
    evictionCount: 0,
    expirationCount: 0,
    getCount: 0,
    queryCount: 0,
    eventCount: 0,
    creationTime,
    lastAccessTime: 0,
    lastUpdateTime: 0,
    following: undefined,
    writeBehind: undefined,
    nearCache,
  });
}
