/** Near caches by the contract (M69-M71): on members of a cluster, with the owner elsewhere. */
import * as assert from 'uvu/assert';
import type { IMap, MapOptions, NearCacheOptions, NearCacheStats } from '../../lib/index.ts';
import { get } from '../../lib/operations/get.ts';
import { openCluster, type TestCluster, type TestMember } from '../kit/cluster.ts';
import { describe } from '../kit/describe.ts';

const test = describe('near caches');

interface Person {
  readonly name: string;
  readonly age: number;
}

const JOE: Person = { name: 'Joe', age: 30 };
const ANN: Person = { name: 'Ann', age: 31 };

/** Two members that hold entries, and one that only calls, whose near cache is looked at. */
class Near implements AsyncDisposable {
  readonly cluster: TestCluster;
  readonly caller: TestMember;
  readonly map: IMap<string, Person>;
  /** The same map as another member has it. */
  readonly other: IMap<string, Person>;

  constructor(cluster: TestCluster, caller: TestMember, map: IMap<string, Person>, other: IMap<string, Person>) {
    this.cluster = cluster;
    this.caller = caller;
    this.map = map;
    this.other = other;
  }

  static async open(nearCache: NearCacheOptions = {}, leaseSeconds = 2, rest: MapOptions = {}): Promise<Near> {
    const cluster = await openCluster(2, { leaseSeconds, maps: { people: { nearCache, ...rest }, plain: {} } });
    const caller = await cluster.add({ lite: true });
    const map = await caller.instance.getMap<string, Person>('people');
    const near = new Near(cluster, caller, map, await cluster.members[0]!.instance.getMap<string, Person>('people'));
    await near.listens();
    return near;
  }

  get stats(): NearCacheStats {
    return this.map.getLocalMapStats().nearCache!;
  }

  /** Until what is read is kept: the owners tell of changes. */
  async listens(): Promise<void> {
    await this.other.set('probe', JOE);
    await until(async () => {
      const { hits } = this.stats;
      await this.map.get('probe');
      return this.stats.hits > hits;
    });
  }

  /** Until the near cache has heard of a change. */
  async heard(invalidations: number): Promise<void> {
    await until(async () => this.stats.invalidations > invalidations);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.cluster[Symbol.asyncDispose]();
  }
}

async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo())) await new Promise((resolve) => setImmediate(resolve));
}

test('M69 a value that was read once is found near, without a message', async () => {
  await using near = await Near.open();
  const { map, other, caller } = near;
  await other.set('joe', JOE);
  assert.equal(await map.get('joe'), JOE);
  const { hits, misses } = near.stats;
  const asked: string[] = [];
  const { transport } = caller.member;
  const request = transport.request.bind(transport);
  transport.request = (to, type, body, options) => (asked.push(type), request(to, type, body, options));
  assert.equal(await map.get('joe'), JOE);
  assert.equal(await map.containsKey('joe'), true);
  assert.is(near.stats.hits, hits + 1);
  assert.is(near.stats.misses, misses);
  assert.equal(
    asked.filter((type) => type.startsWith('call.')),
    [],
  );
});

test('M69 what is not there is not remembered', async () => {
  await using near = await Near.open();
  assert.is(await near.map.get('joe'), undefined);
  await near.other.set('joe', JOE);
  assert.equal(await near.map.get('joe'), JOE);
});

test('M69 M71 entries that others change, remove, evict or clear go', async () => {
  await using near = await Near.open();
  const { map, other } = near;
  const changes: readonly ((key: string) => Promise<unknown>)[] = [
    (key) => other.set(key, ANN),
    (key) => other.replace(key, ANN),
    (key) => other.remove(key),
    (key) => other.evict(key),
    async (key) => {
      await other.setTtl(key, 0.001);
      await until(async () => (await other.get(key)) === undefined);
    },
    () => other.putAll([['k', ANN]]),
    () => other.removeAll("name = 'Joe'"),
    () => other.clear(),
    () => other.evictAll(),
  ];
  for (const change of changes) {
    await other.set('k', JOE);
    await until(async () => (await map.get('k'))?.name === 'Joe');
    await map.get('k');
    const { invalidations } = near.stats;
    await change('k');
    await near.heard(invalidations);
    assert.equal(await map.get('k'), await other.get('k'));
  }
});

test('M70 own writes are seen by own reads', async () => {
  await using near = await Near.open();
  const { map } = near;
  for (let age = 0; age < 50; age++) {
    await map.set('joe', { ...JOE, age });
    assert.is((await map.get('joe'))!.age, age);
    assert.is((await map.get('joe'))!.age, age);
    assert.is((await map.getAll(['joe'])).get('joe')!.age, age);
  }
  await map.executeOnKey('joe', { module: new URL('near-processors.ts', import.meta.url).href, export: 'grow' });
  assert.is((await map.get('joe'))!.age, 50);
  const changes: readonly (() => Promise<unknown>)[] = [
    () => map.remove('joe'),
    () => map.removeAll("name = 'Joe'"),
    () => map.clear(),
    () => map.executeOnEntries({ module: new URL('near-processors.ts', import.meta.url).href, export: 'grow' }),
  ];
  for (const change of changes) {
    await map.set('joe', JOE);
    for (let i = 0; i < 2; i++) assert.equal(await map.get('joe'), JOE);
    await change();
    assert.is((await map.get('joe'))?.age, change === changes[3] ? JOE.age + 1 : undefined);
  }
});

test('M70 own writes are seen by own reads also where nobody tells of changes, whatever call it is', async () => {
  await using near = await Near.open({ invalidateOnChange: false });
  const { map } = near;
  const grow = { module: new URL('near-processors.ts', import.meta.url).href, export: 'grow' };
  const older = { ...JOE, age: JOE.age + 1 };
  const changes: readonly (readonly [() => Promise<unknown>, Person | undefined])[] = [
    [() => map.put('joe', ANN), ANN],
    [() => map.putTransient('joe', ANN), ANN],
    [() => map.putAll([['joe', ANN]]), ANN],
    [() => map.tryPut('joe', ANN, 0), ANN],
    [() => map.replace('joe', ANN), ANN],
    [() => map.replaceIfSame('joe', JOE, ANN), ANN],
    [() => map.removeIfSame('joe', JOE), undefined],
    [() => map.delete('joe'), undefined],
    [() => map.tryRemove('joe', 0), undefined],
    [() => map.evict('joe'), undefined],
    [() => map.evictAll(), undefined],
    [() => map.clear(), undefined],
    [() => map.removeAll('age = 30'), undefined],
    [() => map.executeOnKey('joe', grow), older],
    [() => map.executeOnKeys(['joe'], grow), older],
    [() => map.executeOnEntries(grow, "name = 'Joe'"), older],
    [async () => (await map.getEntryView('joe'))!.setValue(ANN), ANN],
  ];
  for (const [change, expected] of changes) {
    await map.set('joe', JOE);
    for (let i = 0; i < 2; i++) assert.equal(await map.get('joe'), JOE);
    await change();
    assert.equal(await map.get('joe'), expected, String(change));
    assert.equal((await map.getAll(['joe'])).get('joe'), expected, String(change));
  }
});

test('M70 whoever holds the lock reads what there is, and so does everybody who had to wait for it', async () => {
  await using near = await Near.open({ invalidateOnChange: false });
  const { map, other } = near;
  await other.set('joe', JOE);
  await map.get('joe');
  await other.set('joe', ANN);
  assert.equal(await map.get('joe'), JOE, 'nobody tells');
  await using held = await map.lock('joe');
  assert.equal(await held.get(), ANN);
  assert.equal(await map.get('joe'), ANN);
});

test('M70 getAll finds near what is there, and keeps the rest', async () => {
  await using near = await Near.open();
  const { map, other } = near;
  const people = new Map(Array.from({ length: 40 }, (_, age): [string, Person] => [`p${age}`, { name: 'P', age }]));
  await other.putAll(people);
  assert.equal(await map.getAll(people.keys()), people);
  const { hits, misses } = near.stats;
  assert.equal(await map.getAll([...people.keys(), 'nobody']), people);
  assert.is(near.stats.hits, hits + 40);
  assert.is(near.stats.misses, misses + 1);
});

test('M69 the limit is kept, and the least recently used goes', async () => {
  await using near = await Near.open({ maxSize: 3, evictionPolicy: 'LRU' });
  const { map, other } = near;
  for (const key of ['a', 'b', 'c', 'd']) await other.set(key, JOE);
  for (const key of ['a', 'b', 'c', 'a', 'd']) await map.get(key);
  const { hits, misses } = near.stats;
  assert.is(near.stats.entries, 3);
  for (const key of ['a', 'c', 'd']) await map.get(key);
  assert.is(near.stats.hits, hits + 3);
  await map.get('b');
  assert.is(near.stats.misses, misses + 1);
  assert.ok(near.stats.evictions >= 2);
});

test('M71 an owner that dies takes what was read from it along', async () => {
  await using near = await Near.open({}, 0.3);
  const { map, other, cluster } = near;
  const keys = Array.from({ length: 30 }, (_, i) => `k${i}`);
  for (const key of keys) await other.set(key, JOE);
  for (const key of keys) await map.get(key);
  const dead = cluster.members[1]!;
  assert.ok(dead.member.membership.view.partitions.some(({ primary }) => primary === dead.id));
  const { entries } = near.stats;
  cluster.kill(dead);
  await until(async () => near.stats.entries < entries);
  for (const key of keys) await other.set(key, ANN);
  for (const key of keys) assert.equal(await map.get(key), ANN);
});

test('M64 what is kept near is not kept longer than it lives, nor so long that it would die of not being asked for', async () => {
  await using near = await Near.open();
  const { routes, addresses } = await near.caller.member.map('people');
  await near.other.set('for ever', JOE);
  await near.other.set('joe', JOE, { ttlSeconds: 60 });
  await near.other.set('idle', JOE, { ttlSeconds: 60, maxIdleSeconds: 30 });
  const livesMs = async (key: string): Promise<number | undefined> =>
    (await routes.read(get, addresses.of(key), undefined, { near: true })).stamp!.livesMs;
  assert.ok((await livesMs('joe'))! > 50_000 && (await livesMs('joe'))! <= 60_000);
  assert.is(await livesMs('idle'), 15_000);
  assert.is(await livesMs('for ever'), undefined);
});

test('M70 what the store gave is not kept near before it is in memory: somebody may have put another value meanwhile', async () => {
  const store = { load: async (key: string) => (key === 'nobody' ? undefined : { ...JOE, name: key }) };
  await using near = await Near.open({}, 2, { mapStore: { implementation: store } });
  const { map } = near;
  for (const read of [async () => (await map.get('ann'))!.name, async () => (await map.getAll(['ann'])).get('ann')!.name]) {
    await near.other.evict('ann');
    for (const hits of [0, 0, 1]) {
      const before = near.stats.hits;
      assert.is(await read(), 'ann');
      assert.is(near.stats.hits, before + hits);
    }
  }
});

test('M69 a map without a near cache says so', async () => {
  await using near = await Near.open();
  const plain = await near.caller.instance.getMap('plain');
  assert.is(plain.getLocalMapStats().nearCache, undefined);
});

test.run();
