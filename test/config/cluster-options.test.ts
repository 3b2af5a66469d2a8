/** Options of threads, clusters, backups and near caches: defaults, ranges, what can not go together. */
import * as assert from 'uvu/assert';
import { resolve } from '../../lib/config/resolve.ts';
import { ConfigError } from '../../lib/errors.ts';
import type { InstanceOptions } from '../../lib/index.ts';
import { describe } from '../kit/describe.ts';

const test = describe('options for several members');

const nothing = (): void => undefined;
const links = { self: 'a#1', send: nothing, onEnvelope: nothing, onDown: nothing, close: nothing };
const coordinator = { read: nothing, propose: nothing, renew: nothing, watch: nothing, close: nothing };

function problemsOf(options: unknown): string[] {
  try {
    resolve(options as InstanceOptions);
    return [];
  } catch (error) {
    assert.instance(error, ConfigError);
    return ((error as ConfigError).details['problems'] as { path: string; message: string }[]).map(
      ({ path, message }) => `${path}: ${message}`,
    );
  }
}

test('a cluster: its parts as they are, its lease in milliseconds', () => {
  const { cluster } = resolve({ cluster: { links, coordinator } } as unknown as InstanceOptions);
  assert.is(cluster!.links, links);
  assert.is(cluster!.coordinator, coordinator);
  assert.equal([cluster!.lite, cluster!.leaseMs], [false, 5000]);
  const other = resolve({ cluster: { links, coordinator, lite: true, leaseSeconds: Infinity } } as unknown as InstanceOptions).cluster!;
  assert.equal([other.lite, other.leaseMs], [true, Infinity]);
  assert.is(resolve({ callTimeoutSeconds: 0.25 }).callTimeoutMs, 250);
});

test('what a cluster needs', () => {
  assert.equal(problemsOf({ cluster: { links, leaseSeconds: 0 } }), [
    'cluster.leaseSeconds: must be a number from 0.01 to 3600, or Infinity, not 0',
    'cluster.coordinator: must have the methods read, propose, renew, watch, close',
  ]);
  assert.equal(problemsOf({ cluster: { links, coordinator, lit: true } }), ["cluster.lit: there is no such option; did you mean 'lite'?"]);
});

test('threads: how many, what they import, and no cluster beside them', () => {
  const { threads, workerImports } = resolve({ threads: 2, workerImports: ['./classes.ts'] });
  assert.equal([threads, workerImports], [2, ['./classes.ts']]);
  assert.equal(problemsOf({ threads: 65 }), ['threads: must be a whole number from 0 to 64, not 65']);
  assert.equal(problemsOf({ workerImports: ['a', 7] }), ['workerImports[1]: must be a text that is not empty, not 7']);
  assert.equal(problemsOf({ threads: 1, cluster: { links, coordinator } }), ['threads: can not go together with `cluster`']);
});

test('backups: up to six together, and no floor above them', () => {
  const { backupCount, asyncBackupCount, minSyncBackups, readBackupData } = resolve({
    maps: { m: { backupCount: 2, asyncBackupCount: 4, minSyncBackups: 2, readBackupData: true } },
  }).maps.get('m')!;
  assert.equal([backupCount, asyncBackupCount, minSyncBackups, readBackupData], [2, 4, 2, true]);
  assert.equal(problemsOf({ maps: { m: { backupCount: 7 } } }), ['maps.m.backupCount: must be a whole number from 0 to 6, not 7']);
  assert.equal(problemsOf({ maps: { m: { backupCount: 3, asyncBackupCount: 4 } } }), [
    'maps.m.asyncBackupCount: and backupCount are 6 together at most, not 7',
  ]);
  assert.equal(problemsOf({ maps: { m: { backupCount: 1, minSyncBackups: 2 } } }), [
    'maps.m.minSyncBackups: must be a whole number from 0 to 1, not 2',
  ]);
});

test('a near cache: the defaults of the manual', () => {
  assert.equal(
    { ...resolve({ maps: { m: { nearCache: {} } } }).maps.get('m')!.nearCache },
    { maxSize: Infinity, timeToLiveMs: 0, maxIdleMs: 0, policy: 'NONE', invalidateOnChange: true },
  );
  assert.equal(
    { ...resolve({ maps: { m: { nearCache: { maxSize: 5000, maxIdleSeconds: 60, evictionPolicy: 'LRU' } } } }).maps.get('m')!.nearCache },
    { maxSize: 5000, timeToLiveMs: 0, maxIdleMs: 60_000, policy: 'LRU', invalidateOnChange: true },
  );
  assert.equal(problemsOf({ maps: { m: { nearCache: { evictionPolicy: 'LRUU' } } } }), [
    "maps.m.nearCache.evictionPolicy: must be one of NONE, LRU, LFU, W_TINYLFU, not 'LRUU'; did you mean 'LRU'?",
  ]);
});

test.run();
