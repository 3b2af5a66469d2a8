/** Corners of single calls that the manual does not show. */
import * as assert from 'uvu/assert';
import { describe } from '../kit/describe.ts';
import { openMap, testClock } from '../kit/instance.ts';
import { refusal } from '../kit/refusal.ts';
import { settled } from '../kit/settled.ts';
import { TestStore } from '../kit/store.ts';

const test = describe('calls of a map');

test('an old value may be anything: tryPut is not fooled by one that looks like a refusal', async () => {
  await using opened = await openMap<string, object>();
  await opened.map.put('k', { gaveUp: true });
  assert.is(await opened.map.tryPut('k', { gaveUp: true }, 0), true);
  assert.is(await opened.map.tryRemove('k', 0), true);
});

test('times to wait and to live are checked, and so are the names of options', async () => {
  await using opened = await openMap<string, number>();
  const { map } = opened;
  for (const timeoutMs of [-1, NaN, '5', undefined, null]) {
    assert.is((await refusal(map.tryPut('k', 1, timeoutMs as number))).code, 'ERR_CONFIG');
    assert.is((await refusal(map.tryRemove('k', timeoutMs as number))).code, 'ERR_CONFIG');
  }
  assert.ok(await map.tryPut('k', 1, Infinity));
  const wrong = [5, null, { ttl: 5 }, { ttlSeconds: -1 }, { maxIdleSeconds: '1' }, { ttlSeconds: NaN }, { ttlSeconds: Infinity }];
  for (const options of wrong) {
    for (const verb of ['put', 'set', 'putIfAbsent', 'putTransient'] as const) {
      assert.is((await refusal(map[verb]('new', 1, options as object))).code, 'ERR_CONFIG', `${verb} ${JSON.stringify(options)}`);
    }
  }
  assert.not.ok(await map.containsKey('new'));
});

test('getAll answers by the very keys it was asked with, of equal ones by the last', async () => {
  await using opened = await openMap<object, number>();
  const { map } = opened;
  await map.put({ id: 1, at: new Date(5) }, 1);
  const same = { id: 1, at: new Date(5) };
  const key = { at: new Date(5), id: 1 };
  const found = await map.getAll([same, key, { id: 2 }]);
  assert.equal([found.size, found.get(key)], [1, 1]);
});

test('putAll is all or nothing where a key or a value can’t be stored', async () => {
  const store = new TestStore<unknown, unknown>();
  await using opened = await openMap<unknown, unknown>({ mapStore: { implementation: store } });
  const { map } = opened;
  await map.size();
  store.forget();
  const bad: readonly (readonly [unknown, unknown])[] = [['c', () => 1], ['c', undefined], [undefined, 1], [Symbol('c'), 1]]; // prettier-ignore
  for (const entry of bad) {
    const error = await refusal(map.putAll([['a', 1], ['b', 2], entry])); // prettier-ignore
    assert.ok(error.code === 'ERR_VALUE' || error.code === 'ERR_KEY');
  }
  assert.is(await map.size(), 0);
  assert.equal(store.methods, []);
});

test('putAll: of a repeated key the last value counts, and the store sees it once', async () => {
  const store = new TestStore<string, number>();
  await using opened = await openMap<string, number>({ mapStore: { implementation: store } });
  await opened.map.putAll([['a', 1], ['b', 2], ['a', 3]]); // prettier-ignore
  assert.equal([...store.calls.find(({ method }) => method === 'storeAll')!.entries!], [['a', 3], ['b', 2]]); // prettier-ignore
  assert.is(await opened.map.get('a'), 3);
});

test('a store without storeAll or deleteAll: memory has what the store has, also when one in the middle fails', async () => {
  const rows = new Map<string, number>();
  let failAt = 'c';
  const orFail = (key: string): void => {
    if (key === failAt) throw new Error('disk full');
  };
  const store = {
    store: (key: string, value: number) => {
      orFail(key);
      rows.set(key, value);
    },
    delete: (key: string) => {
      orFail(key);
      rows.delete(key);
    },
  };
  await using opened = await openMap<string, number>({ mapStore: { implementation: store } });
  const { map } = opened;
  const agree = async (): Promise<void> => assert.equal(new Map(await map.entrySet()), rows);
  const entries = ['a', 'b', 'c', 'd'].map((key, i) => [key, i] as const);
  assert.is((await refusal(map.putAll(entries))).code, 'ERR_MAP_STORE');
  await agree();
  assert.is(rows.size, 2);
  failAt = '';
  await map.putAll(entries);
  failAt = 'c';
  await refusal(map.clear());
  await agree();
  await refusal(map.removeAll('this >= 0'));
  await agree();
  failAt = '';
  await map.clear();
  assert.is(rows.size, 0);
  await agree();
});

test('what the store wants kept instead and can’t be: memory forgets the key, the store knows better', async () => {
  const store = { store: () => (() => 1) as never, load: () => 7 };
  await using opened = await openMap<string, number>({ mapStore: { implementation: store } });
  assert.is((await refusal(opened.map.set('k', 1))).code, 'ERR_MAP_STORE');
  assert.is(await opened.map.size(), 0);
  assert.is(await opened.map.get('k'), 7);
});

test('a load that gives what can’t be kept is the store’s error; the key can be used again', async () => {
  const store = { load: (): unknown => () => 1, loadAll: (): never => new Map<unknown, unknown>([[Symbol('x'), 1]]) as never };
  await using opened = await openMap<string, unknown>({ mapStore: { implementation: store } });
  for (const call of [() => opened.map.get('k'), () => opened.map.getAll(['k']), () => opened.map.replace('k', 1)]) {
    assert.is((await refusal(call())).code, 'ERR_MAP_STORE');
  }
  await opened.map.putTransient('k', 1);
  assert.is(await opened.map.get('k'), 1);
});

test('a loader that fails leaves nothing behind: the next miss loads again', async () => {
  const store = new TestStore<string, number>([['a', 1], ['b', 2]]); // prettier-ignore
  await using opened = await openMap<string, number>({ mapStore: { implementation: store } });
  const { map } = opened;
  await map.evictAll();
  store.fail(new Error('no line'), 'load', 'loadAll');
  await Promise.all([map.getAll(['a', 'b']), map.get('a'), map.containsKey('b'), map.getAll(['b', 'a'])].map((call) => refusal(call)));
  store.fail();
  store.forget();
  assert.equal([...(await map.getAll(['a', 'b']))], [['a', 1], ['b', 2]]); // prettier-ignore
  assert.equal(store.methods, ['loadAll']);
});

test('who misses a key after it was evicted does not get the load from before', async () => {
  const rows = new Map([['k', 1]]);
  let loads = 0;
  const held = Promise.withResolvers<void>();
  const load = async (key: string): Promise<number | undefined> => {
    const value = rows.get(key);
    if (++loads === 1) await held.promise;
    return value;
  };
  await using opened = await openMap<string, number>({ mapStore: { implementation: { load } } });
  const { map } = opened;
  const [first, shared, evicted] = [map.get('k'), map.get('k'), map.evict('k')];
  await settled();
  rows.set('k', 2); // by another program
  held.resolve();
  await evicted;
  assert.is(await map.get('k'), 2);
  assert.equal([await first, await shared, loads], [1, 1, 2]);
});

test('a put that was asked for during a load wins over what was loaded', async () => {
  const store = new TestStore<string, number>([['k', 1]]);
  await using opened = await openMap<string, number>({ mapStore: { implementation: store } });
  const { map } = opened;
  await map.evictAll();
  for (const verb of ['set', 'putTransient'] as const) {
    const release = store.block();
    const calls = [map.get('k'), map.getAll(['k', 'x']), map[verb]('k', 9), map.get('k')];
    release();
    await Promise.all(calls);
    assert.is(await map.get('k'), 9);
    await map.set('k', 1);
    await map.evict('k');
  }
});

test('entries that expire while the store is asked', async () => {
  const clock = testClock();
  const store = new TestStore<string, number>();
  await using opened = await openMap<string, number>({ mapStore: { implementation: store } }, { clock });
  const { map } = opened;
  const during = async <R>(call: () => Promise<R>): Promise<R> => {
    await map.put('k', 1, { ttlSeconds: 1 });
    const release = store.block();
    const result = call();
    await settled();
    clock.advance(1000);
    release();
    return result;
  };
  assert.is(await during(() => map.put('k', 2)), 1);
  assert.is((await map.getEntryView('k'))!.version, 0, 'a new entry');
  assert.is(await during(() => map.removeIfSame('k', 1)), true, 'it was removed: from the store');
  assert.is(store.entries.size, 0);
  assert.is(await during(() => map.remove('k')), 1);
  assert.is(await during(() => map.replaceIfSame('k', 1, 3)), true);
  assert.is(await map.get('k'), 3);
  await during(() => map.clear());
  assert.is(store.entries.size, 0);
});

test('putIfAbsent touches what is there; a view does not', async () => {
  const clock = testClock();
  await using opened = await openMap<string, number>({ maxIdleSeconds: 1 }, { clock });
  const { map } = opened;
  await map.put('k', 1);
  clock.advance(900);
  assert.is(await map.putIfAbsent('k', 2), 1);
  clock.advance(900);
  assert.ok(await map.getEntryView('k'));
  clock.advance(100);
  assert.is(await map.getEntryView('k'), undefined);
});

test('tryPut gives up in time, leaves no timer behind, and never writes late', async () => {
  const clock = testClock();
  let timers = 0;
  const counting = {
    ...clock,
    after(delayMs: number, run: () => void) {
      timers++;
      const timer = clock.after(delayMs, () => {
        timers--;
        run();
      });
      return {
        cancel() {
          timers--;
          timer.cancel();
        },
      };
    },
  };
  const store = new TestStore<string, number>();
  await using opened = await openMap<string, number>({ mapStore: { implementation: store } }, { clock: counting });
  const { map } = opened;
  await map.size();
  const release = store.block();
  const held = map.set('k', 1);
  const [impatient, patient, removal] = [map.tryPut('k', 2, 10), map.tryPut('k', 3, 1000), map.tryRemove('k', 10)];
  await settled();
  clock.advance(10);
  assert.equal([await impatient, await removal], [false, false]);
  assert.is(timers, 1);
  release();
  assert.ok(await patient);
  await held;
  assert.equal([await map.get('k'), timers], [3, 0]);
});

test('statistics: loads are no puts, evictions no removals', async () => {
  const store = new TestStore<string, number>([['a', 1], ['b', 2]]); // prettier-ignore
  await using opened = await openMap<string, number>({ mapStore: { implementation: store } });
  const { map } = opened;
  await map.evictAll();
  await map.get('a');
  await map.getAll(['a', 'b', 'x']);
  await map.evict('a');
  const { putCount, removeCount, getCount, hits, misses } = map.getLocalMapStats();
  assert.equal({ putCount, removeCount, getCount, hits, misses }, { putCount: 0, removeCount: 0, getCount: 4, hits: 1, misses: 3 });
  await map.put('a', 1);
  await map.putAll([['b', 1], ['c', 1]]); // prettier-ignore
  await map.remove('a');
  await map.clear();
  const after = map.getLocalMapStats();
  assert.equal([after.putCount, after.removeCount], [3, 3]);
  assert.ok((await map.getEntryView('a')) === undefined && after.ownedEntryCount === 0);
});

test('a view shows what the contract names and nothing else', async () => {
  await using opened = await openMap<string, number>();
  await opened.map.put('k', 1);
  const view = (await opened.map.getEntryView('k'))!;
  assert.equal(Object.keys(view).toSorted(), [
    'cost', 'creationTime', 'expirationTime', 'hits', 'isValid', 'key', 'lastAccessTime', 'lastStoredTime', 'lastUpdateTime', 'maxIdle',
    'setValue', 'ttl', 'value', 'version',
  ]); // prettier-ignore
  assert.is(await view.setValue(2), 1);
  assert.is(await opened.map.get('k'), 2);
});

test('large putAll, removeAll and clear give the event loop its turns', async () => {
  const clock = testClock();
  let turns = 0;
  let now = clock.now();
  // Time goes by with each look at the clock, so that slices end without waiting.
  const ticking = { ...clock, now: () => (now += 0.05), yield: () => Promise.resolve(void turns++) };
  const store = new TestStore<number, number>();
  for (const mapStore of [undefined, { implementation: store }]) {
    await using opened = await openMap<number, number>(mapStore === undefined ? {} : { mapStore }, { clock: ticking });
    const { map } = opened;
    for (const large of [() => map.putAll(Array.from({ length: 12_000 }, (_, i) => [i, i] as const)), () => map.removeAll('this >= 0')]) {
      turns = 0;
      await large();
      assert.ok(turns > 10, `${turns} turns`);
    }
    assert.is(await map.size(), 0);
  }
  assert.ok(Math.max(...store.calls.filter(({ method }) => method === 'deleteAll').map(({ keys }) => keys.length)) <= 5000);
});

test.run();
