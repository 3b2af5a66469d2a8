/**
 * Statistics as text for Prometheus (exposition format 0.0.4): one sample for each map, with its instance and map as labels.
 *
 * Names and units follow https://prometheus.io/docs/practices/naming: base units, `_total` for what only grows.
 */
import type { LocalMapStats } from '../api/map.ts';

/** Statistics of one map of an instance. */
export interface MapSample {
  readonly instance: string;
  readonly map: string;
  readonly stats: LocalMapStats;
}

interface Metric {
  readonly name: string;
  readonly type: 'gauge' | 'counter';
  readonly help: string;
  /** `undefined`: this map has none. */
  readonly value: (stats: LocalMapStats) => number | undefined;
}

const MILLISECONDS = 1000;

const METRICS: readonly Metric[] = [
  gauge('entries', 'Entries in memory on this member.', (stats) => stats.ownedEntryCount),
  gauge('locked_keys', 'Keys that are locked.', (stats) => stats.lockedEntryCount),
  gauge('dirty_entries', 'Entries that the store does not have yet.', (stats) => stats.dirtyEntryCount),
  gauge('memory_bytes', 'Entries, columns and indexes, estimated.', (stats) => stats.heapCost),
  gauge('column_bytes', 'Columns.', (stats) => stats.columnBytes),
  gauge('index_bytes', 'Indexes.', (stats) => stats.indexBytes),
  counter('hits', 'Keys of get and getAll that were in memory.', (stats) => stats.hits),
  counter('misses', 'Keys of get and getAll that were not.', (stats) => stats.misses),
  counter('puts', 'Entries written by calls.', (stats) => stats.putCount),
  counter('removes', 'Entries removed by calls.', (stats) => stats.removeCount),
  counter('evictions', 'Entries given up because the map was full, or by evict and evictAll.', (stats) => stats.evictionCount),
  counter('expirations', 'Entries removed because they had expired.', (stats) => stats.expirationCount),
  counter('queries', 'Queries.', (stats) => stats.queryCount),
  counter('events', 'Events that somebody listened to.', (stats) => stats.eventCount),
  gauge('write_behind_queued', 'Writes that the store does not have yet.', (stats) => stats.writeBehind?.queued),
  gauge('write_behind_oldest_age_seconds', 'Since the oldest of them was made.', (stats) => seconds(stats.writeBehind?.oldestAgeMs)),
  gauge('write_behind_waiting_for_room', 'Calls that wait for room in the queue.', (stats) => stats.writeBehind?.waitingForRoom),
  counter('write_behind_written', 'Writes that the store has taken.', (stats) => stats.writeBehind?.written),
  counter('write_behind_batches', 'Batches they were sent in.', (stats) => stats.writeBehind?.batches),
  counter('write_behind_retries', 'Failures after which something was tried again.', (stats) => stats.writeBehind?.retries),
  counter('write_behind_dead_letters', 'Writes that onDeadLetter has taken.', (stats) => stats.writeBehind?.deadLetters),
  gauge('following', 'Whether the database is followed now.', (stats) => flag(stats.following && stats.following.state === 'following')),
  gauge('following_lag_seconds', 'How far the following is behind.', (stats) => seconds(stats.following?.lagMs)),
  counter('following_changes', 'Changes of other programs that were taken in.', (stats) => stats.following?.changes),
  counter('following_resyncs', 'How often everything was compared anew.', (stats) => stats.following?.resyncs),
  gauge('near_cache_entries', 'Entries of the near cache.', (stats) => stats.nearCache?.entries),
  counter('near_cache_hits', 'Keys that were found in the near cache.', (stats) => stats.nearCache?.hits),
  counter('near_cache_misses', 'Keys that were asked for elsewhere.', (stats) => stats.nearCache?.misses),
  counter('near_cache_evictions', 'Entries given up because it was full.', (stats) => stats.nearCache?.evictions),
  counter('near_cache_expirations', 'Entries whose time was over.', (stats) => stats.nearCache?.expirations),
  counter('near_cache_invalidations', 'Entries that have changed, or may have.', (stats) => stats.nearCache?.invalidations),
];

/** `''` for no maps. Metrics that no map has are left out. */
export function prometheusText(samples: readonly MapSample[]): string {
  return METRICS.flatMap(({ name, type, help, value }) => {
    const lines = samples.flatMap(({ instance, map, stats }) => {
      const number = value(stats);
      return number === undefined ? [] : [`${name}{instance="${label(instance)}",map="${label(map)}"} ${number}`];
    });
    return lines.length === 0 ? [] : [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, ...lines];
  })
    .map((line) => `${line}\n`)
    .join('');
}

function gauge(name: string, help: string, value: Metric['value']): Metric {
  return { name: `cobnut_map_${name}`, type: 'gauge', help, value };
}

function counter(name: string, help: string, value: Metric['value']): Metric {
  return { name: `cobnut_map_${name}_total`, type: 'counter', help, value };
}

function seconds(ms: number | undefined): number | undefined {
  return ms === undefined ? undefined : ms / MILLISECONDS;
}

function flag(isSo: boolean | undefined): number | undefined {
  return isSo === undefined ? undefined : Number(isSo);
}

function label(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('"', '\\"');
}
