/** The options that matter where there are several members: threads, clusters, backups, near caches. */
import type { Coordinator } from '../api/coordinator.ts';
import type { Links } from '../api/transport.ts';
import type { ClusterConfig, MapConfig, NearCacheConfig } from './map-config.ts';
import { isObject, type OptionsReader } from './options-reader.ts';
import { milliseconds, SECONDS_MAX } from './seconds.ts';

const CLUSTER_NAMES = ['links', 'coordinator', 'lite', 'leaseSeconds'];
const LINKS_METHODS = ['send', 'onEnvelope', 'onDown', 'close'];
const COORDINATOR_METHODS = ['read', 'propose', 'renew', 'watch', 'close'];
const NEAR_CACHE_NAMES = ['maxSize', 'timeToLiveSeconds', 'maxIdleSeconds', 'evictionPolicy', 'invalidateOnChange'];
const THREADS_MAX = 64;
const BACKUPS_MAX = 6;

export const CLUSTER_INSTANCE_NAMES = ['threads', 'workerImports', 'cluster', 'callTimeoutSeconds'];
export const CLUSTER_MAP_NAMES = ['backupCount', 'asyncBackupCount', 'minSyncBackups', 'readBackupData', 'nearCache'];

export function readThreads(read: OptionsReader): { readonly threads: number; readonly workerImports: readonly string[] } {
  const threads = read.number('threads', 0, 0, THREADS_MAX, 'whole');
  const workerImports = read.list('workerImports').filter((name, position): name is string => {
    if (typeof name === 'string' && name !== '') return true;
    read.note(`workerImports[${position}]`, 'must be the name of a module');
    return false;
  });
  if (threads > 0 && read.raw('cluster') !== undefined) read.note('threads', 'can not go together with `cluster`');
  return { threads, workerImports: Object.freeze(workerImports) };
}

export function readCluster(outer: OptionsReader): ClusterConfig | undefined {
  if (outer.raw('cluster') === undefined) return undefined;
  const read = outer.group('cluster', CLUSTER_NAMES);
  const lite = read.flag('lite', false);
  const leaseMs = read.raw('leaseSeconds') === Infinity ? Infinity : milliseconds(read.number('leaseSeconds', 5, 0.01, 3600));
  const links = part<Links>(read, 'links', LINKS_METHODS);
  const coordinator = part<Coordinator>(read, 'coordinator', COORDINATOR_METHODS);
  return links === undefined || coordinator === undefined ? undefined : Object.freeze({ links, coordinator, lite, leaseMs });
}

function part<T>(read: OptionsReader, name: string, methods: readonly string[]): T | undefined {
  const value = read.raw(name);
  if (isObject(value) && methods.every((method) => typeof value[method] === 'function')) return value as T;
  read.note(name, `must have the methods ${methods.join(', ')}`);
  return undefined;
}

type BackupConfig = Pick<MapConfig, 'backupCount' | 'asyncBackupCount' | 'minSyncBackups' | 'readBackupData'>;

export function readBackups(read: OptionsReader): BackupConfig {
  const backupCount = read.number('backupCount', 1, 0, BACKUPS_MAX, 'whole');
  const asyncBackupCount = read.number('asyncBackupCount', 0, 0, BACKUPS_MAX, 'whole');
  if (backupCount + asyncBackupCount > BACKUPS_MAX)
    read.note('asyncBackupCount', `and backupCount are ${BACKUPS_MAX} together at most, not ${backupCount + asyncBackupCount}`);
  const minSyncBackups = read.number('minSyncBackups', 0, 0, backupCount, 'whole');
  return { backupCount, asyncBackupCount, minSyncBackups, readBackupData: read.flag('readBackupData', false) };
}

export function readNearCache(outer: OptionsReader): NearCacheConfig | undefined {
  if (outer.raw('nearCache') === undefined) return undefined;
  const read = outer.group('nearCache', NEAR_CACHE_NAMES);
  const maxSize = read.number('maxSize', 0, 0, Number.MAX_SAFE_INTEGER, 'whole');
  return Object.freeze({
    maxSize: maxSize === 0 ? Infinity : maxSize,
    timeToLiveMs: milliseconds(read.number('timeToLiveSeconds', 0, 0, SECONDS_MAX)),
    maxIdleMs: milliseconds(read.number('maxIdleSeconds', 0, 0, SECONDS_MAX)),
    policy: read.oneOf('evictionPolicy', 'NONE', ['NONE', 'LRU', 'LFU', 'W_TINYLFU']),
    invalidateOnChange: read.flag('invalidateOnChange', true),
  });
}
