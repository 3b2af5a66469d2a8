/** The options that matter where there are several members: threads, clusters, backups, near caches. */
import type { Coordinator } from '../api/coordinator.ts';
import type { Links } from '../api/transport.ts';
import type { ClusterConfig } from './instance-config.ts';
import type { MapConfig, NearCacheConfig } from './map-config.ts';
import type { CLUSTER_OPTIONS, INSTANCE_OPTIONS, MAP_OPTIONS } from './option-table.ts';
import { isObject, type OptionsReader } from './options-reader.ts';
import { milliseconds } from './seconds.ts';

const LINKS_METHODS = ['send', 'onEnvelope', 'onDown', 'close'];
const COORDINATOR_METHODS = ['read', 'propose', 'renew', 'watch', 'close'];
const BACKUPS_MAX = 6;

export function readThreads(read: OptionsReader<typeof INSTANCE_OPTIONS>): {
  readonly threads: number;
  readonly workerImports: readonly string[];
} {
  const threads = read.number('threads');
  const workerImports = read.texts('workerImports');
  if (threads > 0 && read.raw('cluster') !== undefined) read.note('threads', 'can not go together with `cluster`');
  return { threads, workerImports };
}

export function readCluster(outer: OptionsReader<typeof INSTANCE_OPTIONS>): ClusterConfig | undefined {
  if (outer.raw('cluster') === undefined) return undefined;
  const read = outer.group('cluster');
  const lite = read.flag('lite');
  const leaseMs = milliseconds(read.number('leaseSeconds'));
  const links = part<Links>(read, 'links', LINKS_METHODS);
  const coordinator = part<Coordinator>(read, 'coordinator', COORDINATOR_METHODS);
  return links === undefined || coordinator === undefined ? undefined : Object.freeze({ links, coordinator, lite, leaseMs });
}

function part<T>(read: OptionsReader<typeof CLUSTER_OPTIONS>, name: 'links' | 'coordinator', methods: readonly string[]): T | undefined {
  const value = read.raw(name);
  if (isObject(value) && methods.every((method) => typeof value[method] === 'function')) return value as T;
  read.note(name, `must have the methods ${methods.join(', ')}`);
  return undefined;
}

type BackupConfig = Pick<MapConfig, 'backupCount' | 'asyncBackupCount' | 'minSyncBackups' | 'readBackupData'>;

export function readBackups(read: OptionsReader<typeof MAP_OPTIONS>): BackupConfig {
  const backupCount = read.number('backupCount');
  const asyncBackupCount = read.number('asyncBackupCount');
  if (backupCount + asyncBackupCount > BACKUPS_MAX)
    read.note('asyncBackupCount', `and backupCount are ${BACKUPS_MAX} together at most, not ${backupCount + asyncBackupCount}`);
  const minSyncBackups = read.number('minSyncBackups', { max: backupCount });
  return { backupCount, asyncBackupCount, minSyncBackups, readBackupData: read.flag('readBackupData') };
}

export function readNearCache(outer: OptionsReader<typeof MAP_OPTIONS>): NearCacheConfig | undefined {
  if (outer.raw('nearCache') === undefined) return undefined;
  const read = outer.group('nearCache');
  const maxSize = read.number('maxSize');
  return Object.freeze({
    maxSize: maxSize === 0 ? Infinity : maxSize,
    timeToLiveMs: milliseconds(read.number('timeToLiveSeconds')),
    maxIdleMs: milliseconds(read.number('maxIdleSeconds')),
    policy: read.oneOf('evictionPolicy'),
    invalidateOnChange: read.flag('invalidateOnChange'),
  });
}
