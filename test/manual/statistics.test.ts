/** M14, M21, M63: what an entry, and a map on its member, tell about themselves. */
import * as assert from 'uvu/assert';
import { Aggregators, type IMap } from '../../lib/index.ts';
import { describe } from '../kit/describe.ts';
import { openMap, testClock } from '../kit/instance.ts';
import { TestStore } from '../kit/store.ts';

const test = describe('manual: entry statistics');
const START = Date.UTC(2026, 0, 1);

test('M14 no view of what is not there, and the store is not asked', async () => {
  await using opened = await openMap<string, string>({ mapStore: { implementation: { load: () => 'loaded' } } });
  assert.is(await opened.map.getEntryView('k'), undefined);
});

test('M63 the manual’s quotes example: every statistic', async () => {
  const clock = testClock(START);
  await using opened = await openMap<string, string>({}, { clock });
  const { map } = opened;
  await map.put('1', 'to be', { ttlSeconds: 60, maxIdleSeconds: 30 });
  clock.advance(1000);
  await map.get('1');
  await map.get('1');
  clock.advance(1000);
  await map.put('1', 'or not to be', { ttlSeconds: 120, maxIdleSeconds: 30 });
  const view = (await map.getEntryView('1'))!;
  assert.is(view.key, '1');
  assert.is(view.value, 'or not to be');
  assert.ok(view.cost > 0);
  assert.is(view.creationTime, START);
  assert.is(view.hits, 2);
  assert.is(view.lastUpdateTime, START + 2000);
  assert.ok(view.lastAccessTime >= START + 1000);
  assert.is(view.version, 1);
  assert.is(view.isValid, true);
  assert.is(view.ttl, 120_000);
  assert.is(view.maxIdle, 30_000);
  assert.is(view.expirationTime, START + 32_000);
  assert.is(view.lastStoredTime, 0);
});

test('M63 without expiry it is for ever; a view is not a hit', async () => {
  await using opened = await openMap<string, number>();
  await opened.map.put('k', 1);
  for (let i = 0; i < 3; i++) await opened.map.getEntryView('k');
  const view = (await opened.map.getEntryView('k'))!;
  assert.is(view.hits, 0);
  assert.is(view.expirationTime, Infinity);
  assert.is(view.ttl, 0);
});

test('M63 setValue puts, and answers with the old value', async () => {
  await using opened = await openMap<string, number>();
  await opened.map.put('k', 1);
  const view = (await opened.map.getEntryView('k'))!;
  assert.is(await view.setValue(2), 1);
  assert.is(await opened.map.get('k'), 2);
});

test('M63 queries leave no trace in statistics', async () => {
  await using opened = await openMap<string, { n: number }>();
  await opened.map.put('k', { n: 1 });
  await opened.map.values('n = 1');
  await opened.map.containsValue({ n: 1 });
  assert.is((await opened.map.getEntryView('k'))!.hits, 0);
});

/** What each call does to the statistics of the entry `k` that is there: hits, updates. */
const EFFECTS: readonly (readonly [name: string, hits: number, updates: number, call: (map: IMap<string, number>) => Promise<unknown>])[] =
  [
    ['get', 1, 0, (map) => map.get('k')],
    ['getAll', 1, 0, (map) => map.getAll(['k', 'k', 'nobody'])],
    ['containsKey', 1, 0, (map) => map.containsKey('k')],
    ['putIfAbsent', 1, 0, (map) => map.putIfAbsent('k', 2)],
    ['executeOnKey that reads', 1, 0, (map) => map.executeOnKey('k', (entry) => entry.value)],
    ['executeOnKey that sets', 1, 1, (map) => map.executeOnKey('k', (entry) => entry.setValue(2))],
    ['put', 0, 1, (map) => map.put('k', 2)],
    ['set', 0, 1, (map) => map.set('k', 2)],
    ['tryPut', 0, 1, (map) => map.tryPut('k', 2, 0)],
    ['putAll', 0, 1, (map) => map.putAll([['k', 2]])],
    ['putTransient', 0, 1, (map) => map.putTransient('k', 2)],
    ['replace', 0, 1, (map) => map.replace('k', 2)],
    ['replaceIfSame', 0, 1, (map) => map.replaceIfSame('k', 1, 2)],
    ['replaceIfSame, another value', 0, 0, (map) => map.replaceIfSame('k', 5, 2)],
    ['removeIfSame, another value', 0, 0, (map) => map.removeIfSame('k', 5)],
    ['values', 0, 0, (map) => map.values('this = 1')],
    ['query', 0, 0, (map) => map.query().where('this = 1').toArray()],
    ['aggregate', 0, 0, (map) => map.aggregate(Aggregators.sum('this'))],
    ['containsValue', 0, 0, (map) => map.containsValue(1)],
    ['entrySet', 0, 0, (map) => map.entrySet()],
    ['getEntryView', 0, 0, (map) => map.getEntryView('k')],
    ['lock', 0, 0, async (map) => (await map.lock('k')).unlock()],
  ];

for (const [name, hits, updates, call] of EFFECTS) {
  test(`M63 ${name}: ${hits} hits, ${updates} updates`, async () => {
    const clock = testClock(START);
    await using opened = await openMap<string, number>({}, { clock });
    const { map } = opened;
    await map.put('k', 1);
    const before = (await map.getEntryView('k'))!;
    clock.advance(1000);
    await call(map);
    const after = (await map.getEntryView('k'))!;
    assert.is(after.hits - before.hits, hits);
    assert.is(after.version - before.version, updates);
    assert.is(after.lastUpdateTime, updates > 0 ? START + 1000 : before.lastUpdateTime);
    if (hits > 0) assert.is(after.lastAccessTime, START + 1000);
    if (hits + updates === 0) assert.is(after.lastAccessTime, before.lastAccessTime);
    assert.is(after.creationTime, START);
  });
}

test('M63 the store’s share: when it took the entry, and when it gave it', async () => {
  const clock = testClock(START);
  const store = new TestStore<string, number>([['loaded', 1]]);
  await using opened = await openMap<string, number>({ mapStore: { implementation: store } }, { clock });
  const { map } = opened;
  await map.get('loaded');
  clock.advance(10);
  await map.put('stored', 1);
  clock.advance(10);
  await map.putTransient('kept', 1);
  const storedAt = async (key: string): Promise<number> => (await map.getEntryView(key))!.lastStoredTime;
  assert.equal([await storedAt('loaded'), await storedAt('stored'), await storedAt('kept')], [START, START + 10, 0]);
});

test('M63 an entry that comes anew begins anew; one that has expired has no view', async () => {
  const clock = testClock(START);
  await using opened = await openMap<string, number>({ timeToLiveSeconds: 1 }, { clock });
  const { map } = opened;
  await map.put('k', 1);
  await map.get('k');
  await map.put('k', 2);
  clock.advance(1000);
  assert.is(await map.getEntryView('k'), undefined);
  await map.put('k', 3);
  const { hits, version, creationTime, ttl } = (await map.getEntryView('k'))!;
  assert.equal({ hits, version, creationTime, ttl }, { hits: 0, version: 0, creationTime: START + 1000, ttl: 1000 });
});

test('M63 a view is of its moment: it does not change, and can’t be changed', async () => {
  await using opened = await openMap<string, { n: number }>();
  const { map } = opened;
  await map.put('k', { n: 1 });
  const view = (await map.getEntryView('k'))!;
  await map.put('k', { n: 2 });
  assert.equal([view.value, view.version], [{ n: 1 }, 0]);
  assert.ok(Object.isFrozen(view));
});

test('M63 the cost follows the size of key and value', async () => {
  await using opened = await openMap<string, string>();
  const { map } = opened;
  const costOf = async (key: string, value: string): Promise<number> => {
    await map.put(key, value);
    return (await map.getEntryView(key))!.cost;
  };
  const small = await costOf('a', 'x');
  assert.is((await costOf('b', 'x'.repeat(801))) - small, 800);
  assert.is((await costOf('c'.repeat(81), 'x')) - small, 80);
});

test('M21 local statistics: what calls did, and what there is', async () => {
  const clock = testClock(START);
  await using opened = await openMap<number, { n: number }>({}, { clock });
  const { map } = opened;
  clock.advance(5);
  await map.putAll([1, 2, 3, 4].map((n) => [n, { n }] as const));
  clock.advance(5);
  await map.getAll([1, 2, 99]);
  await map.containsKey(1);
  await map.values('n > 2');
  await map.query().count();
  clock.advance(5);
  await map.remove(1);
  await map.remove(99);
  await map.evict(2);
  await map.set(5, { n: 5 }, { ttlSeconds: 1 });
  clock.advance(1000);
  await map.size();
  const held = await map.lock('nobody' as never);
  const { heapCost, columnBytes, indexBytes, ...stats } = map.getLocalMapStats();
  assert.equal(stats, {
    ownedEntryCount: 2,
    lockedEntryCount: 1,
    dirtyEntryCount: 0,
    hits: 2,
    misses: 1,
    getCount: 3,
    putCount: 5,
    removeCount: 1,
    evictionCount: 1,
    expirationCount: 1,
    queryCount: 2,
    eventCount: 0,
    creationTime: START,
    lastAccessTime: START + 10,
    lastUpdateTime: START + 15,
    following: undefined,
    writeBehind: undefined,
    nearCache: undefined,
    indexes: [],
  });
  assert.ok(heapCost > columnBytes + indexBytes);
  await held.unlock();
  assert.is(map.getLocalMapStats().lockedEntryCount, 0);
});

test('M21 loads are no puts, clear removes, and who waits for the store is dirty', async () => {
  const store = new TestStore<string, number>([['a', 1], ['b', 2]]); // prettier-ignore
  await using opened = await openMap<string, number>({ mapStore: { implementation: store, writeDelaySeconds: 10 } });
  const { map } = opened;
  await map.get('a');
  await map.get('b');
  assert.is(map.getLocalMapStats().putCount, 0);
  await map.put('a', 5);
  await map.put('a', 6);
  assert.is(map.getLocalMapStats().dirtyEntryCount, 1);
  await map.flush();
  assert.is(map.getLocalMapStats().dirtyEntryCount, 0);
  await map.clear();
  assert.is(map.getLocalMapStats().removeCount, 2);
});

test('M21 events are counted while somebody listens', async () => {
  await using opened = await openMap<string, number>();
  const { map } = opened;
  await map.put('a', 1);
  const first = await map.addEntryListener({ added: () => undefined });
  const second = await map.addEntryListener(() => undefined);
  await map.put('b', 1);
  await map.put('b', 2);
  second.remove();
  await map.put('b', 3);
  first.remove();
  await map.put('c', 1);
  assert.is(map.getLocalMapStats().eventCount, 2);
});

test.run();
