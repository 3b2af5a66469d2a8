/** M47-M53, B5: the calls of a map mean the same from every member, wherever the entries live. */
import { fileURLToPath } from 'node:url';
import * as assert from 'uvu/assert';
import { ConfigError, NotLockOwnerError, ValueError, type EntryEvent, type IMap } from '../../lib/index.ts';
import { openCluster, type TestCluster, type TestClusterOptions } from '../kit/cluster.ts';
import { describe } from '../kit/describe.ts';
import { refusal } from '../kit/refusal.ts';

const test = describe('manual: calls over members');
const PROCESSORS = fileURLToPath(new URL('../member/exported-processors.ts', import.meta.url));

interface Opened<K, V> extends AsyncDisposable {
  readonly cluster: TestCluster;
  /** Of each member that holds entries, then of one that holds none. */
  readonly maps: readonly IMap<K, V>[];
}

/** Three members, and one that only calls. */
async function openMaps<K, V>(options?: TestClusterOptions): Promise<Opened<K, V>> {
  const cluster = await openCluster(3, options);
  await cluster.add({ lite: true });
  const maps = await Promise.all(cluster.members.map(({ instance }) => instance.getMap<K, V>('test')));
  return { cluster, maps, [Symbol.asyncDispose]: () => cluster[Symbol.asyncDispose]() };
}

const KEYS = Array.from({ length: 40 }, (_, i) => `key ${i}`);

test('M47 what one member puts all others get, and each holds some', async () => {
  await using opened = await openMaps<string, { n: number }>();
  const { maps } = opened;
  for (const [i, key] of KEYS.entries()) assert.is(await maps[i % 4]!.put(key, { n: i }), undefined);
  for (const map of maps) for (const [i, key] of KEYS.entries()) assert.equal(await map.get(key), { n: i });
  for (const map of maps.slice(0, 3)) assert.ok(map.getLocalMapStats().ownedEntryCount > 0);
  assert.is(maps[3]!.getLocalMapStats().ownedEntryCount, 0);
});

test('M2, M3, M4, M5 answers of single calls are those of the one entry', async () => {
  await using opened = await openMaps<string, number>();
  const { maps } = opened;
  for (const [i, key] of KEYS.entries()) {
    const [one, other, third, lite] = [0, 1, 2, 3].map((n) => maps[(i + n) % 4]!) as [
      IMap<string, number>,
      IMap<string, number>,
      IMap<string, number>,
      IMap<string, number>,
    ];
    assert.is(await one.putIfAbsent(key, 1), undefined);
    assert.is(await other.putIfAbsent(key, 2), 1);
    assert.is(await third.put(key, 3), 1);
    assert.not.ok(await lite.replaceIfSame(key, 2, 4));
    assert.ok(await one.replaceIfSame(key, 3, 4));
    assert.is(await other.replace(key, 5), 4);
    assert.ok(await third.containsKey(key));
    assert.not.ok(await lite.removeIfSame(key, 4));
    assert.ok(await one.removeIfSame(key, 5));
    assert.is(await other.replace(key, 6), undefined);
    assert.is(await other.set(key, 7), undefined);
    assert.is(await third.remove(key), 7);
    assert.is(await lite.get(key), undefined);
    await lite.putTransient(key, 8);
    await one.delete(key);
    assert.not.ok(await other.containsKey(key));
  }
});

test('M27 values of all kinds arrive as they were put', async () => {
  await using opened = await openMaps<unknown, unknown>();
  const { maps } = opened;
  const values = [
    1,
    'text',
    true,
    12n,
    new Date(5),
    { a: [1, { b: new Map([['c', new Set([1])]]) }] },
    new Uint8Array([1, 2]),
    [undefined, null],
  ];
  for (const [i, value] of values.entries()) {
    await maps[i % 4]!.set(i, value);
    for (const map of maps) assert.equal(await map.get(i), value);
  }
});

test('M25 keys of all kinds find their entries from everywhere', async () => {
  await using opened = await openMaps<unknown, number>();
  const { maps } = opened;
  const keys = ['a', 1, 1n, true, NaN, 0.5, new Date(7), { b: 1, a: [2] }, [1, 'x']];
  for (const [i, key] of keys.entries()) await maps[i % 4]!.set(key, i);
  for (const map of maps) for (const [i, key] of keys.entries()) assert.is(await map.get(structuredClone(key)), i);
});

test('M8 calls on several keys reach all members', async () => {
  await using opened = await openMaps<string, number>();
  const { maps } = opened;
  for (const [i, map] of maps.entries()) {
    await map.putAll(KEYS.map((key, n) => [key, n * 10 + i]));
    for (const other of maps)
      assert.equal(
        [...(await other.getAll([...KEYS, 'nobody']))].toSorted(),
        KEYS.map((key, n): [string, number] => [key, n * 10 + i]).toSorted(),
      );
  }
  assert.is((await maps[0]!.getAll([])).size, 0);
});

test('M13, M14 times and statistics of an entry are seen from everywhere', async () => {
  await using opened = await openMaps<string, number>();
  const { maps } = opened;
  for (const map of maps) {
    await map.put('k', 1, { ttlSeconds: 100 });
    const view = await maps[3]!.getEntryView('k');
    assert.is(view?.ttl, 100_000);
    assert.ok(await map.setTtl('k', 50));
    assert.is((await map.getEntryView('k'))?.ttl, 50_000);
    await (await map.getEntryView('k'))!.setValue(2);
    assert.is(await maps[0]!.get('k'), 2);
    assert.not.ok(await map.setTtl('nobody', 5));
    assert.ok(await map.evict('k'));
  }
});

test('M15, M62 a lock keeps all members out, and its handle works from where it was taken', async () => {
  await using opened = await openMaps<string, number>();
  const { maps } = opened;
  for (const [i, key] of KEYS.slice(0, 12).entries()) {
    const holder = maps[i % 4]!;
    const other = maps[(i + 1) % 4]!;
    const held = await holder.lock(key);
    assert.ok(await other.isLocked(key));
    assert.is(await other.tryLock(key), undefined);
    assert.not.ok(await other.tryPut(key, 1, 0));
    const waiting = other.put(key, 2);
    await held.set(1);
    assert.is(await held.get(), 1);
    assert.ok(await held.isHeld());
    await held.unlock();
    assert.is(await waiting, 1);
    assert.ok((await refusal(held.unlock())) instanceof NotLockOwnerError);
    assert.ok((await refusal(held.put(3))) instanceof NotLockOwnerError);
    assert.ok(await other.tryPut(key, 4, 0));
    assert.ok(await other.tryRemove(key, 0));
  }
});

test('M62 who stops waiting for a lock elsewhere leaves the line', async () => {
  await using opened = await openMaps<string, number>();
  const { maps } = opened;
  for (const key of KEYS.slice(0, 6)) {
    const held = await maps[0]!.lock(key);
    const stop = new AbortController();
    const waiting = refusal(maps[3]!.lock(key, { signal: stop.signal }));
    await maps[3]!.isLocked(key);
    stop.abort();
    assert.is(((await waiting) as { code?: string }).code, 'ERR_ABORTED');
    await held.unlock();
    const next = await maps[1]!.lock(key);
    assert.ok(await next.isHeld());
    assert.ok(await maps[2]!.forceUnlock(key));
    assert.not.ok(await next.isHeld());
  }
});

test('M17 processors by module run where the entry lives, each once', async () => {
  await using opened = await openMaps<string, number>();
  const { maps } = opened;
  const add = { module: PROCESSORS, export: 'add' };
  const addLater = { module: PROCESSORS, export: 'addLater' };
  await Promise.all(maps.flatMap((map) => Array.from({ length: 25 }, () => map.executeOnKey('n', add))));
  await Promise.all(maps.flatMap((map) => Array.from({ length: 25 }, () => map.executeOnKey('n', addLater, 2))));
  assert.is(await maps[0]!.get('n'), 300);
  const results = await maps[3]!.executeOnKeys(KEYS, { ...add, args: 5 });
  assert.equal(
    [...results],
    KEYS.map((key): [string, number] => [key, 5]),
  );
  for (const map of maps) {
    const error = await map.executeOnKey('n', { module: PROCESSORS, export: 'fails' }).catch((thrown: unknown) => thrown);
    assert.instance(error, RangeError);
    assert.is((error as RangeError).message, 'on purpose');
  }
});

test('M17 a function can not go to another member', async () => {
  await using opened = await openMaps<string, number>();
  for (const map of opened.maps) {
    for (const key of KEYS.slice(0, 4)) assert.ok((await refusal(map.executeOnKey(key, () => 1))) instanceof ConfigError);
    assert.ok((await refusal(map.executeOnKeys(KEYS, () => 1))) instanceof ConfigError);
  }
});

test('M16 listeners of any member hear of all changes, in the order of each key', async () => {
  await using opened = await openMaps<string, number>();
  const { maps } = opened;
  const heard: EntryEvent<string, number>[][] = [[], [], [], []];
  const listening = await Promise.all(maps.map((map, i) => map.addEntryListener((event) => void heard[i]!.push(event))));
  for (const [i, key] of KEYS.entries()) {
    await maps[i % 4]!.put(key, 1);
    await maps[(i + 1) % 4]!.put(key, 2);
    await maps[(i + 2) % 4]!.remove(key);
  }
  for (const events of heard) {
    while (events.length < 3 * KEYS.length) await new Promise((resolve) => setImmediate(resolve));
    for (const key of KEYS) {
      const of = events.filter((event) => event.key === key);
      assert.equal(
        of.map(({ type, value, oldValue }) => [type, value, oldValue]),
        [
          ['added', 1, undefined],
          ['updated', 2, 1],
          ['removed', undefined, 2],
        ],
      );
    }
  }
  for (const one of listening) assert.ok(one.remove());
  await maps[0]!.put('later', 1);
  assert.is(heard[3]!.length, 3 * KEYS.length);
});

test('M16 events are heard from the moment they are asked for, wherever the keys are', async () => {
  await using opened = await openMaps<string, number>();
  const map = opened.maps[0]!;
  await map.size(); // open on all members
  await using stream = map.events({ types: ['added'] });
  await Promise.all(KEYS.map((key) => map.put(key, 1)));
  const heard = new Set<string>();
  for await (const { key } of stream) if (heard.add(key!).size === KEYS.length) break;
  assert.equal([...heard].toSorted(), KEYS.toSorted());
});

test('M16 predicates, keys and natural types of listeners are those of one member', async () => {
  await using opened = await openMaps<string, { n: number }>();
  const { maps } = opened;
  const heard: [string, string][] = [];
  await using stream = maps[3]!.events({ predicate: 'n > ?', parameters: [5], naturalEventTypes: true });
  await maps[3]!.addEntryListener((event) => void heard.push([event.type, event.key!]), { key: 'b' });
  await maps[0]!.put('a', { n: 1 });
  await maps[1]!.put('a', { n: 6 });
  await maps[2]!.put('a', { n: 7 });
  await maps[0]!.put('a', { n: 2 });
  await maps[1]!.put('b', { n: 3 });
  const types: (readonly [string, unknown])[] = [];
  for await (const { type, value } of stream) {
    types.push([type, value]);
    if (types.length === 3) break;
  }
  assert.equal(types, [
    ['added', { n: 6 }],
    ['updated', { n: 7 }],
    ['removed', undefined],
  ]);
  while (heard.length === 0) await new Promise((resolve) => setImmediate(resolve));
  assert.equal(heard, [['added', 'b']]);
});

test('a value that is none is refused where it is put', async () => {
  await using opened = await openMaps<string, unknown>();
  for (const map of opened.maps) assert.ok((await refusal(map.put('k', () => 1))) instanceof ValueError);
});

test('M26 keys that belong together live together', async () => {
  await using opened = await openMaps<{ id: number; partitionKey: string }, number>();
  const { maps } = opened;
  for (let id = 0; id < 20; id++) await maps[id % 4]!.set({ id, partitionKey: 'same' }, id);
  const counts = maps.map((map) => map.getLocalMapStats().ownedEntryCount);
  assert.equal(counts.toSorted(), [0, 0, 0, 20]);
});

test.run();
