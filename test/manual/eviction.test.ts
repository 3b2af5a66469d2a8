/** M11, M65-M68: how large a map may become, and what goes when it is. Which entry is first in its order is tested with the orders. */
import { getHeapStatistics } from 'node:v8';
import * as assert from 'uvu/assert';
import type { IMap, MapOptions } from '../../lib/index.ts';
import { sizeLimitOf } from '../../lib/partition/size-limit.ts';
import { describe } from '../kit/describe.ts';
import { openMap, testClock, type TestClock } from '../kit/instance.ts';
import { TestStore } from '../kit/store.ts';

const test = describe('manual: eviction');

type Opened<V> = Awaited<ReturnType<typeof openMap<number, V>>>;

async function clocked<V = unknown>(options: MapOptions, partitionCount = 271): Promise<Opened<V> & { readonly clock: TestClock }> {
  const clock = testClock();
  return { ...(await openMap<number, V>(options, { clock, partitionCount })), clock };
}

const EXACT: MapOptions = { evictionPolicy: 'LRU', maxSize: 100, evictionDelaySeconds: 0 };

function pairs(from: number, to: number): [number, string][] {
  return Array.from({ length: to - from }, (_, i) => [from + i, `v${from + i}`]);
}

function owned<V>(map: IMap<number, V>): number {
  return map.getLocalMapStats().ownedEntryCount;
}

async function keysOf<V>(map: IMap<number, V>): Promise<number[]> {
  return (await map.keySet()).toSorted((a, b) => a - b);
}

test('M65 NONE is the default: the map grows, whatever its maxSize', async () => {
  for (const evictionPolicy of [undefined, 'NONE'] as const) {
    await using opened = await clocked(evictionPolicy === undefined ? {} : { evictionPolicy });
    await opened.map.putAll(pairs(0, 1000));
    opened.clock.advance(60_000);
    assert.is(owned(opened.map), 1000);
  }
});

test('M66 maxSize 0 is no limit', async () => {
  await using opened = await clocked({ evictionPolicy: 'LRU', evictionDelaySeconds: 0 });
  await opened.map.putAll(pairs(0, 1000));
  assert.is(owned(opened.map), 1000);
});

for (const maxSizePolicy of ['cluster_wide_map_size', 'map_size_per_jvm', 'per_member'] as const) {
  test(`M66, M67 ${maxSizePolicy} with delay 0: exactly maxSize entries, at every write`, async () => {
    await using opened = await clocked({ ...EXACT, maxSizePolicy });
    const { map } = opened;
    for (let key = 0; key < 250; key++) {
      if (key % 2 === 0) await map.put(key, 'x');
      else await map.putIfAbsent(key, 'x');
      assert.is(owned(map), Math.min(key + 1, 100));
    }
    assert.equal(
      await keysOf(map),
      Array.from({ length: 100 }, (_, i) => 150 + i),
    );
    await map.putAll(pairs(1000, 1500));
    assert.equal(
      await keysOf(map),
      Array.from({ length: 100 }, (_, i) => 1400 + i),
    );
    assert.is(map.getLocalMapStats().evictionCount, 650);
    assert.is(map.getLocalMapStats().removeCount, 0);
    await map.put(1400, 'again');
    assert.is(owned(map), 100, 'an update is no growth');
  });
}

test('M67 putAll never goes above the limit, not even for a moment', async () => {
  await using opened = await clocked({ ...EXACT, maxSize: 10 });
  const { map } = opened;
  let size = 0;
  let largest = 0;
  await map.addEntryListener({ added: () => (largest = Math.max(largest, ++size)), evicted: () => size-- });
  await map.putAll(pairs(0, 1000));
  await opened.clock.yield();
  assert.is(size, 10);
  assert.ok(largest <= 11, 'an entry comes in, then another one goes, in one step');
});

for (const [policy, survivors] of [
  ['LRU', [0, 3, 4]],
  ['LFU', [0, 1, 4]],
  ['W_TINYLFU', [0, 1, 4]],
] as const) {
  // prettier-ignore
  test(`M68 ${policy} decides among all entries; accesses count by get, getAll, containsKey, put and executeOnKey`, async () => {
    await using opened = await clocked({ evictionPolicy: policy, maxSize: 4, evictionDelaySeconds: 0 });
    const { map } = opened;
    for (const key of [0, 1, 2, 3]) await map.put(key, 'x');
    for (let i = 0; i < 3; i++) await map.get(1);
    await map.get(2);
    await map.getAll([3]);
    await map.containsKey(3);
    await map.put(0, 'y');
    await map.get(0);
    await map.executeOnKey(0, (entry) => entry.value);
    await map.put(4, 'x');
    assert.is(await map.size(), 4);
    const left = await keysOf(map);
    for (const key of survivors) assert.ok(left.includes(key), `${policy}: ${left.join()}`);
  });
}

test('M68 queries, values, size and entry views are no accesses', async () => {
  await using opened = await clocked({ ...EXACT, maxSize: 2 });
  const { map } = opened;
  await map.put(1, 'a');
  await map.put(2, 'b');
  await map.getEntryView(1);
  await map.values();
  await map.keySet('__key = 1');
  await map.containsValue('a');
  await map.put(3, 'c');
  assert.equal(await keysOf(map), [2, 3]);
});

test('M66 partitions_wide_map_size limits each partition by itself, and what goes is the first of that partition', async () => {
  for (const policy of ['LRU', 'LFU', 'W_TINYLFU'] as const) {
    await using opened = await clocked(
      {
        evictionPolicy: policy,
        maxSize: 3,
        maxSizePolicy: 'partitions_wide_map_size',
        evictionDelaySeconds: 0,
        partitionKey: (key: number) => key % 4,
      },
      50,
    );
    const { map } = opened;
    for (let key = 0; key < 12; key++) await map.put(key, 'x');
    assert.is(owned(map), 12);
    for (const key of [0, 4, 1]) for (let i = 0; i < 3; i++) await map.get(key);
    await map.put(100, 'x'); // with 0, 4, 8
    assert.is(owned(map), 12);
    if (policy !== 'W_TINYLFU') assert.not.ok((await keysOf(map)).includes(8));
    for (let i = 0; i < 200; i++) await map.put(4 * i + 2, 'x');
    assert.is(owned(map), 12);
    assert.equal((await keysOf(map)).filter((key) => key % 4 === 1), [1, 5, 9]); // prettier-ignore
    await map.remove(1);
    await map.put(13, 'x');
    assert.is(owned(map), 12);
  }
});

test('M66 partitions_wide_map_size with a delay: each partition that is above it loses its share', async () => {
  await using opened = await clocked(
    {
      evictionPolicy: 'LRU',
      maxSize: 10,
      maxSizePolicy: 'partitions_wide_map_size',
      evictionPercentage: 50,
      partitionKey: (key: number) => key % 3,
    },
    50,
  );
  const { map, clock } = opened;
  for (let i = 0; i < 12; i++) await map.put(3 * i, 'x');
  for (let i = 0; i < 10; i++) await map.put(3 * i + 1, 'x');
  for (let i = 0; i < 40; i++) await map.put(3 * i + 2, 'x');
  clock.advance(3000);
  const keys = await keysOf(map);
  assert.equal([0, 1, 2].map((partition) => keys.filter((key) => key % 3 === partition).length), [6, 10, 10]); // prettier-ignore
});

const KILOBYTE = 'x'.repeat(1024);

test('M66 used_heap_size: megabytes of the entries, kept at each write, also when values grow', async () => {
  await using opened = await clocked<string>({
    evictionPolicy: 'LRU',
    maxSize: 1,
    maxSizePolicy: 'used_heap_size',
    evictionDelaySeconds: 0,
  });
  const { map } = opened;
  const costs = async (): Promise<number> => {
    let sum = 0;
    for (const key of await map.keySet()) sum += (await map.getEntryView(key))!.cost;
    return sum;
  };
  for (let key = 0; key < 1500; key++) await map.set(key, KILOBYTE + key);
  const before = owned(map);
  assert.ok(before > 850 && before < 1000, `${before}`);
  assert.ok((await costs()) <= 2 ** 20);
  await map.set(1499, KILOBYTE.repeat(500));
  assert.ok((await costs()) <= 2 ** 20);
  assert.ok(Math.abs(before / 2 - owned(map)) < 60, `${owned(map)}`);
  assert.is(await map.get(1499), KILOBYTE.repeat(500));
  for (let key = 0; key < 400; key++) await map.set(1000 + key, 'small');
  assert.ok((await costs()) <= 2 ** 20);
  // An entry that is too large by itself stays alone: what was just written never goes.
  await map.set(7, KILOBYTE.repeat(3000));
  assert.equal(await keysOf(map), [7]);
  await map.remove(7);
  for (let key = 0; key < 1500; key++) await map.set(key, KILOBYTE + key);
  assert.is(owned(map), before, 'nothing was counted twice or forgotten');
});

test('M66 used_heap_percentage: percent of what the heap of this thread may become', async () => {
  const wantedBytes = 100_000;
  const limit = getHeapStatistics().heap_size_limit;
  await using opened = await clocked<string>({
    evictionPolicy: 'LFU',
    maxSize: (100 * wantedBytes) / limit,
    maxSizePolicy: 'used_heap_percentage',
    evictionDelaySeconds: 0,
  });
  const { map } = opened;
  for (let key = 0; key < 500; key++) await map.set(key, KILOBYTE);
  const { cost } = (await map.getEntryView(499))!;
  assert.is(owned(map), Math.floor(wantedBytes / cost));
});

test('M66 the five policies, as limits of one member', () => {
  const config = { policy: 'LRU', maxSize: 20, percentage: 25, delayMs: 0 } as const;
  const limits = (
    ['cluster_wide_map_size', 'per_member', 'partitions_wide_map_size', 'used_heap_size', 'used_heap_percentage'] as const
  ).map((maxSizePolicy) => sizeLimitOf({ ...config, maxSizePolicy }, 1000));
  assert.equal(limits, [
    { counts: 'entries', max: 20 },
    { counts: 'entries', max: 20 },
    { counts: 'partitionEntries', max: 20 },
    { counts: 'bytes', max: 20 * 2 ** 20 },
    { counts: 'bytes', max: 200 },
  ]);
});

test('M67 with a delay the limit is checked at that interval: evictionPercentage of the map goes', async () => {
  await using opened = await clocked({ evictionPolicy: 'LRU', maxSize: 100 });
  const { map, clock } = opened;
  await map.putAll(pairs(0, 100));
  clock.advance(10_000);
  assert.is(owned(map), 100, 'the limit is not exceeded');
  clock.advance(1999);
  await map.putAll(pairs(100, 120));
  assert.is(owned(map), 120, 'between checks it may be');
  clock.advance(1);
  assert.is(owned(map), 90);
  assert.equal(
    await keysOf(map),
    Array.from({ length: 90 }, (_, i) => 30 + i),
  );
  await map.putAll(pairs(120, 400));
  clock.advance(2999);
  assert.is(owned(map), 370);
  clock.advance(1);
  assert.is(owned(map), 100, 'a share that is not enough: down to the limit');
});

test('M67 evictionPercentage and evictionDelaySeconds are configurable', async () => {
  await using opened = await clocked({ evictionPolicy: 'LFU', maxSize: 100, evictionPercentage: 60, evictionDelaySeconds: 0.5 });
  const { map, clock } = opened;
  await map.putAll(pairs(0, 101));
  clock.advance(500);
  assert.is(owned(map), 40);
});

test('M67 many that must go go in slices, and the event loop turns', async () => {
  // A clock on which each look takes a while, so that a slice is over after some steps.
  const slow = testClock();
  let lookMs = 0;
  let looked = 0;
  let turns = 0;
  const clock: TestClock = {
    ...slow,
    now: () => slow.now() + (looked += lookMs),
    yield: () => (turns++, slow.yield()),
  };
  await using opened = await openMap<number, string>({ evictionPolicy: 'LRU', maxSize: 100_000, evictionPercentage: 50 }, { clock });
  const { map } = opened;
  await map.putAll(pairs(0, 100_100));
  lookMs = 0.1;
  turns = 0;
  slow.advance(3000);
  assert.ok(owned(map) > 50_050);
  while (owned(map) > 50_050) await slow.yield();
  assert.ok(turns > 1);
  assert.is(owned(map), 50_050);
});

test('M67 what has expired goes before what has not', async () => {
  await using opened = await clocked({ ...EXACT, maxSize: 3 });
  const { map, clock } = opened;
  await map.put(1, 'old');
  await map.put(2, 'x', { ttlSeconds: 1 });
  await map.put(3, 'x', { ttlSeconds: 1.001 });
  clock.advance(1001);
  await map.put(4, 'x');
  await map.put(5, 'x');
  assert.equal(await keysOf(map), [1, 4, 5]);
  assert.is(map.getLocalMapStats().evictionCount, 0);
});

test('M68 locked entries do not go, also when the map exceeds its limit for that, and do when they are unlocked', async () => {
  await using opened = await clocked({ ...EXACT, maxSize: 3 });
  const { map } = opened;
  for (const key of [1, 2, 3]) await map.put(key, 'x');
  const locks = [await map.lock(1), await map.lock(2), await map.lock(3)];
  await map.put(4, 'x');
  assert.equal(await keysOf(map), [1, 2, 3, 4], 'nothing that could go, but what was just written');
  await map.put(5, 'x');
  assert.equal(await keysOf(map), [1, 2, 3, 5]);
  await locks[0]!.unlock();
  assert.equal(await keysOf(map), [2, 3, 5], 'it takes the place it would have had');
  await locks[1]!.unlock();
  await map.put(6, 'x');
  assert.equal(await keysOf(map), [3, 5, 6]);
  await locks[2]!.unlock();
  assert.is(owned(map), 3);
});

test('M68 with a delay too: what is locked at one check goes at another', async () => {
  await using opened = await clocked({ evictionPolicy: 'LRU', maxSize: 2, evictionPercentage: 1 });
  const { map, clock } = opened;
  const locks = [];
  for (const key of [1, 2, 3]) {
    await map.put(key, 'x');
    locks.push(await map.lock(key));
  }
  clock.advance(3000);
  assert.is(owned(map), 3);
  for (const held of locks) await held.unlock();
  clock.advance(3000);
  assert.equal(await keysOf(map), [2, 3]);
});

test('M68 dirty entries do not go, and do when the store has them', async () => {
  const store = new TestStore<number, string>();
  await using opened = await clocked({ ...EXACT, maxSize: 3, mapStore: { implementation: store, writeDelaySeconds: 1 } });
  const { map, clock } = opened;
  await map.size();
  for (const key of [1, 2, 3, 4, 5]) await map.set(key, 'x');
  assert.is(owned(map), 5);
  assert.not.ok(await map.evict(1), 'M11');
  await map.evictAll();
  assert.is(owned(map), 5);
  clock.advance(1000);
  await map.flush();
  assert.is(owned(map), 3);
  assert.equal(store.methods.includes('deleteAll'), false);
  assert.ok(await map.evict(5));
  await map.evictAll();
  assert.is(owned(map), 0);
});

test('M68 evicted fires, with the old value; the store is not called', async () => {
  const store = new TestStore<number, string>();
  await using opened = await clocked({ ...EXACT, maxSize: 2, mapStore: { implementation: store } });
  const { map, clock } = opened;
  const evicted: unknown[] = [];
  await map.addEntryListener({ evicted: ({ key, oldValue }) => evicted.push([key, oldValue]) });
  for (const key of [1, 2]) await map.set(key, `v${key}`);
  store.forget();
  await map.set(3, 'v3');
  await clock.yield();
  assert.equal(store.methods, ['store']);
  assert.equal(evicted, [[1, 'v1']]);
  assert.is(await map.get(1), 'v1', 'a later get loads it again');
  assert.is(owned(map), 2);
});

test('M11 evict drops from memory only; false where there is nothing, or it is locked', async () => {
  const store = new TestStore<number, string>([[1, 'a'], [2, 'b']]); // prettier-ignore
  await using opened = await clocked({ mapStore: { implementation: store } });
  const { map } = opened;
  await map.size();
  store.forget();
  const held = await map.lock(2);
  assert.ok(await map.evict(1));
  assert.not.ok(await map.evict(1));
  assert.not.ok(await map.evict(2));
  await map.evictAll();
  assert.equal(await keysOf(map), [2]);
  assert.ok(await held.evict(), 'its holder may');
  await held.unlock();
  assert.is(owned(map), 0);
  assert.equal(store.methods, []);
  assert.is(map.getLocalMapStats().evictionCount, 2);
  assert.is(await map.get(2), 'b');
});

test('M11 evictAll of expired entries counts them as what they are', async () => {
  await using opened = await clocked({ evictionPolicy: 'LRU', maxSize: 1000 });
  const { map, clock } = opened;
  await map.put(1, 'x', { ttlSeconds: 1 });
  await map.put(2, 'x', { ttlSeconds: 1.005 });
  await map.put(3, 'x');
  clock.advance(1005);
  await map.evictAll();
  const { evictionCount, expirationCount } = map.getLocalMapStats();
  assert.equal([evictionCount, expirationCount], [1, 2]);
});

test.run();
