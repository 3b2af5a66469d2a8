/** M47-M53: members come, go and die while maps are used; maps begin and end on all of them. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import * as assert from 'uvu/assert';
import {
  InstanceClosedError,
  MapDestroyedError,
  newInstance,
  NotEnoughBackupsError,
  OutcomeUnknownError,
  Predicates,
  UnavailableError,
  type EntryEvent,
  type IMap,
} from '../../lib/index.ts';
import { systemClock } from '../../lib/base/clock.ts';
import { LocalCoordinator } from '../../lib/cluster/local-coordinator.ts';
import { InProcessNetwork } from '../../lib/transport/in-process-network.ts';
import { openCluster, type TestCluster } from '../kit/cluster.ts';
import { describe } from '../kit/describe.ts';
import { refusal } from '../kit/refusal.ts';
import { TestStore } from '../kit/store.ts';

const test = describe('manual: lives of members');
const ADD = { module: fileURLToPath(new URL('../member/exported-processors.ts', import.meta.url)), export: 'add' };
const KEYS = Array.from({ length: 60 }, (_, i) => `key ${i}`);

async function mapsOf<K, V>({ members }: TestCluster, name = 'test'): Promise<IMap<K, V>[]> {
  return Promise.all(members.map(({ instance }) => instance.getMap<K, V>(name)));
}

/** Counters that are added to until `during` has ended; how often each was, for certain. */
async function counting(map: IMap<string, number>, during: () => Promise<unknown>): Promise<ReadonlyMap<string, number>> {
  const counts = new Map<string, number>();
  const ended = { yes: false };
  const work = async (key: string): Promise<void> => {
    while (!ended.yes || !counts.has(key)) {
      await map.executeOnKey(key, ADD);
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
  };
  const works = KEYS.slice(0, 20).map(work);
  await during();
  ended.yes = true;
  await Promise.all(works);
  return counts;
}

test('M52 a member dies: nothing that was answered is lost, each call is done once, and calls go on', async () => {
  await using cluster = await openCluster(3, { leaseSeconds: 0.5 });
  const lite = await cluster.add({ lite: true });
  const map = await lite.instance.getMap<string, number>('test');
  const victim = cluster.members[1]!;
  const counts = await counting(map, async () => {
    cluster.kill(victim);
    for (const key of KEYS) await map.containsKey(key);
    while (lite.member.membership.view.members.some(({ id }) => id === victim.id)) await map.get(KEYS[0]!);
  });
  assert.equal(await map.getAll(counts.keys()), counts);
});

test('M53 members join and leave, and calls go on', async () => {
  await using cluster = await openCluster(2);
  const lite = await cluster.add({ lite: true });
  const map = await lite.instance.getMap<string, number>('test');
  const [first] = cluster.members;
  const counts = await counting(map, async () => {
    const joined = await cluster.add();
    const owns = (): boolean => lite.member.membership.view.partitions.some(({ primary }) => primary === joined.id);
    while (!owns()) await map.get(KEYS[0]!);
    await cluster.leave(first!);
  });
  await lite.member.membership.refresh();
  const { view } = lite.member.membership;
  assert.equal(
    view.partitions.filter(({ primary, backups }) => primary === first!.id || backups.includes(first!.id)),
    [],
  );
  assert.equal(await map.getAll(counts.keys()), counts);
});

test('M53 the last member that leaves takes its entries along', async () => {
  await using cluster = await openCluster(1, { callTimeoutSeconds: 0.05 });
  const lite = await cluster.add({ lite: true });
  const map = await lite.instance.getMap<string, number>('test');
  await map.set('k', 1);
  await cluster.leave(cluster.members[0]!);
  const error = await refusal(map.get('k'));
  assert.instance(error, UnavailableError);
  assert.equal(error.details, { map: 'test', operation: 'get', key: 'k' });
  assert.instance(await refusal(map.put('k', 2)), UnavailableError);
  await cluster.add();
  await lite.member.membership.refresh();
  assert.is(await map.get('k'), undefined);
});

test('a map is destroyed on all members, and begins anew when it is asked for', async () => {
  await using cluster = await openCluster(3);
  await cluster.add({ lite: true });
  const maps = await mapsOf<string, number>(cluster);
  for (const key of KEYS) await maps[0]!.set(key, 1);
  await maps[3]!.destroy();
  for (const map of maps) {
    assert.instance(await refusal(map.get('key 1')), MapDestroyedError);
    assert.instance(await refusal(map.size()), MapDestroyedError);
  }
  const anew = await mapsOf<string, number>(cluster);
  for (const map of anew) for (const key of KEYS) assert.is(await map.get(key), undefined);
  for (const { member } of cluster.members) assert.is((await member.map('test')).stats().ownedEntryCount, 0);
});

test('destroyed entries do not come back when their member dies', async () => {
  await using cluster = await openCluster(3, { leaseSeconds: 0.5 });
  const [one, other] = await mapsOf<string, number>(cluster);
  for (const key of KEYS) await one!.set(key, 1);
  await one!.destroy();
  const anew = await cluster.members[0]!.instance.getMap<string, number>('test');
  cluster.kill(cluster.members[2]!);
  for (const key of KEYS) assert.is(await anew.get(key), undefined);
  assert.instance(await refusal(other!.get('k')), MapDestroyedError);
});

test('M18 an index is added on all members, and on those that join', async () => {
  await using cluster = await openCluster(2, { maps: { test: { indexes: [{ attribute: 'a', ordered: true }] } } });
  const lite = await cluster.add({ lite: true });
  const map = await lite.instance.getMap<string, { a: number; b: number }>('test');
  for (const [i, key] of KEYS.entries()) await map.set(key, { a: i, b: i });
  await map.addIndex('b', false);
  const joined = await cluster.add();
  const owns = (): boolean => lite.member.membership.view.partitions.some(({ primary }) => primary === joined.id);
  while (!owns()) await map.get(KEYS[0]!);
  for (const { member } of cluster.members) {
    if (member === lite.member) continue;
    await member.map('test');
    const { indexes } = (await member.map('test')).stats();
    assert.equal(
      indexes.map(({ attributes }) => attributes[0]),
      ['a', 'b'],
    );
  }
});

test('M59 an EAGER map is there on all members, each has loaded its own', async () => {
  const rows = new TestStore<string, number>(KEYS.map((key, i) => [key, i]));
  await using cluster = await openCluster(3, { maps: { test: { mapStore: { implementation: rows, initialMode: 'EAGER' } } } });
  const maps = await mapsOf<string, number>(cluster);
  const counts = maps.map((map) => map.getLocalMapStats().ownedEntryCount);
  assert.is(
    counts.reduce((sum, count) => sum + count),
    KEYS.length,
  );
  assert.ok(counts.every((count) => count > 0));
});

test('M55 a store is called by the member that holds the key', async () => {
  const rows = new TestStore<string, number>([['there', 1]]);
  await using cluster = await openCluster(3, { maps: { test: { mapStore: { implementation: rows } } } });
  const maps = await mapsOf<string, number>(cluster);
  assert.is(await maps[0]!.get('there'), 1);
  assert.is(await maps[1]!.put('there', 2), 1);
  await maps[2]!.putAll(KEYS.map((key, i) => [key, i]));
  for (const [i, key] of KEYS.entries()) assert.is(rows.entries.get(key), i);
  await maps[0]!.remove('there');
  assert.not.ok(rows.entries.has('there'));
});

test('M52 what may have been stored is not done again when its member died meanwhile', async () => {
  const rows = new TestStore<string, number>();
  await using cluster = await openCluster(3, { leaseSeconds: 0.5, maps: { test: { mapStore: { implementation: rows } } } });
  const lite = await cluster.add({ lite: true });
  const map = await lite.instance.getMap<string, number>('test');
  const { addresses } = await lite.member.map('test');
  await map.containsKey('k');
  const { partition } = addresses.of('k');
  const primaryOf = (one: number): string | undefined => lite.member.membership.view.partitions[one]!.primary;
  const other = Array.from({ length: 500 }, (_, i) => `k${i}`).find((key) => {
    const at = addresses.of(key).partition;
    return at !== partition && primaryOf(at) === primaryOf(partition);
  })!;
  const third = Array.from({ length: 500 }, (_, i) => `l${i}`).find(
    (key) => primaryOf(addresses.of(key).partition) === primaryOf(partition),
  )!;
  const release = rows.block();
  const calls: readonly (readonly [string, Promise<unknown>])[] = [
    ['put', map.put('k', 1)],
    ['set', map.set(other, 2)],
    ['putAll', map.putAll([[third, 3]])],
  ];
  const ends = Promise.all(calls.map(([, call]) => refusal(call)));
  const began = (): boolean => rows.calls.length > 3; // after the load of `containsKey`
  while (!began()) await new Promise((resolve) => setImmediate(resolve));
  cluster.kill(cluster.members.find(({ id }) => id === primaryOf(partition))!);
  for (const [i, error] of (await ends).entries()) {
    assert.instance(error, OutcomeUnknownError);
    assert.is(error.details['operation'], calls[i]![0]);
  }
  release();
  await map.set('k', 2);
  assert.is(await map.get('k'), 2);
});

test('of a putAll no key is done twice while another one is waited for', async () => {
  await using cluster = await openCluster(3, { leaseSeconds: 0.5, partitionCount: 2, maps: { test: {} } });
  const lite = await cluster.add({ lite: true });
  const map = await lite.instance.getMap<string, number>('test');
  const { addresses } = await lite.member.map('test');
  const { partition } = addresses.of('k');
  const free = Array.from({ length: 50 }, (_, i) => `k${i}`).find((key) => addresses.of(key).partition === partition)!;
  const held = await map.lock('k');
  const putting = map.putAll([
    ['k', 1],
    [free, 1],
  ]);
  while ((await map.get(free)) !== 1) await new Promise((resolve) => setImmediate(resolve));
  assert.ok(await map.replaceIfSame(free, 1, 2));
  const { primary } = lite.member.membership.view.partitions[partition]!;
  cluster.kill(cluster.members.find(({ id }) => id === primary)!);
  await held.unlock();
  await putting;
  assert.equal([await map.get('k'), await map.get(free)], [1, 2]);
});

test('M56 what a member had queued that died while all others closed is stored by those', async () => {
  for (const dead of [0, 1, 2]) {
    const rows = new TestStore<string, number>();
    await using cluster = await openCluster(3, {
      leaseSeconds: 0.3,
      maps: { test: { mapStore: { implementation: rows, writeDelaySeconds: 60 } } },
    });
    const map = await cluster.members[(dead + 1) % 3]!.instance.getMap<string, number>('test');
    for (let i = 0; i < 200; i++) await map.set(`k${i}`, i);
    cluster.kill(cluster.members[dead]!);
    await Promise.all(cluster.members.map(({ instance }) => instance.close()));
    assert.is(rows.entries.size, 200);
  }
});

test('a process does not end while somebody waits for an answer of all members', async () => {
  const kit = new URL('../kit/cluster.ts', import.meta.url).href;
  const program = `
    import { openCluster } from '${kit}';
    const cluster = await openCluster(3, { leaseSeconds: 0.4 });
    const lite = await cluster.add({ lite: true });
    const map = await lite.instance.getMap('test');
    await map.putAll(Array.from({ length: 100 }, (_, i) => [i, i]));
    const size = map.size();
    cluster.kill(cluster.members[1]);
    console.log(await size);
  `;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', program]);
  assert.is(stdout, '100\n');
});

test('M51 a copy on this member may be read', async () => {
  await using cluster = await openCluster(2, { maps: { test: { readBackupData: true } } });
  const maps = await mapsOf<string, number>(cluster);
  for (const [i, key] of KEYS.entries()) await maps[0]!.set(key, i);
  for (const [i, key] of KEYS.entries()) for (const map of maps) assert.is(await map.get(key), i);
  const gets = maps.reduce((sum, map) => sum + map.getLocalMapStats().getCount, 0);
  assert.is(gets, KEYS.length); // the other half was read from copies
});

test('minSyncBackups refuses changes that too few would have', async () => {
  await using cluster = await openCluster(1, { maps: { test: { minSyncBackups: 1 } } });
  const lite = await cluster.add({ lite: true });
  const map = await lite.instance.getMap<string, number>('test');
  const error = await refusal(map.put('k', 1));
  assert.instance(error, NotEnoughBackupsError);
  assert.equal([error.details['backups'], error.details['minSyncBackups']], [0, 1]);
  assert.instance(await refusal(map.putAll([['k', 1]])), NotEnoughBackupsError);
  assert.instance(await refusal(map.clear()), NotEnoughBackupsError);
  assert.instance(await refusal(map.removeAll(Predicates.alwaysTrue())), NotEnoughBackupsError);
  assert.is(await map.size(), 0); // no change
  assert.is(await map.get('k'), undefined);
  await cluster.add();
  const hasBackups = (): boolean => lite.member.membership.view.partitions.every(({ backups }) => backups.length > 0);
  while (!hasBackups()) await map.get('k');
  assert.is(await map.put('k', 1), undefined);
});

test('M16 listeners hear of changes on members that join, and after one has died', async () => {
  await using cluster = await openCluster(2, { leaseSeconds: 0.5 });
  const lite = await cluster.add({ lite: true });
  const map = await lite.instance.getMap<string, number>('test');
  const heard: EntryEvent<string, number>[] = [];
  await map.addEntryListener((event) => void heard.push(event));
  const victim = cluster.members[0]!;
  const joined = await cluster.add();
  const owns = (id: string): boolean => lite.member.membership.view.partitions.some(({ primary }) => primary === id);
  while (!owns(joined.id)) await map.get(KEYS[0]!);
  cluster.kill(victim);
  while (owns(victim.id)) await map.get(KEYS[0]!);
  for (const key of KEYS) await map.set(key, 1);
  while (heard.length < KEYS.length) await new Promise((resolve) => setImmediate(resolve));
  assert.equal(heard.map(({ key }) => key).toSorted(), KEYS.toSorted());
});

test('M62 a lock ends with the member that took it', async () => {
  await using cluster = await openCluster(3, { leaseSeconds: 0.5 });
  const holder = await cluster.add({ lite: true });
  const maps = await mapsOf<string, number>(cluster);
  const held = await Promise.all(KEYS.map((key) => maps[3]!.lock(key)));
  assert.is(held.length, KEYS.length);
  cluster.kill(holder);
  for (const key of KEYS) {
    await using lock = await maps[0]!.lock(key);
    assert.ok(await lock.isHeld());
  }
});

test('M62 a lock is held still when its key has moved', async () => {
  await using cluster = await openCluster(2, { leaseSeconds: 0.5 });
  const maps = await mapsOf<string, number>(cluster);
  const held = await Promise.all(KEYS.map((key) => maps[0]!.lock(key)));
  await cluster.add();
  cluster.kill(cluster.members[1]!);
  for (const lock of held) {
    assert.ok(await lock.isHeld());
    await lock.set(1);
    await lock.unlock();
  }
  for (const key of KEYS) assert.is(await maps[0]!.get(key), 1);
});

test('closing refuses calls, ends what waits for a lock, and others go on', async () => {
  await using cluster = await openCluster(2);
  const maps = await mapsOf<string, number>(cluster);
  const [one, other] = cluster.members;
  const locks = await Promise.all(KEYS.map((key) => maps[1]!.lock(key)));
  const waiting = KEYS.map((key) => refusal(maps[0]!.lock(key)));
  await maps[0]!.isLocked('key 0');
  await cluster.leave(one!);
  for (const error of await Promise.all(waiting)) assert.instance(error, InstanceClosedError);
  assert.instance(await refusal(maps[0]!.get('k')), InstanceClosedError);
  assert.instance(await refusal(one!.instance.getMap('test')), InstanceClosedError);
  for (const lock of locks) {
    await lock.set(1);
    await lock.unlock();
  }
  assert.is(await (await other!.instance.getMap('test')).get('key 0'), 1);
});

test('options of a cluster make members, and the same options the same map', async () => {
  const network = new InProcessNetwork(systemClock);
  const coordinator = new LocalCoordinator();
  const [one, other] = ['a#1', 'b#1'].map((id) => newInstance({ partitionCount: 7, cluster: { links: network.links(id), coordinator } }));
  const map = await one!.getMap('m');
  assert.is(await one!.getMap('m'), map);
  await map.set(1, 'one');
  assert.is(await (await other!.getMap('m')).get(1), 'one');
  await one!.close();
  await other!.close();
});

test.run();
