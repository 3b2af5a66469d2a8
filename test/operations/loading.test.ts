/** M59: what may happen while a map is being loaded, and that no row read before a change undoes it. */
import * as assert from 'uvu/assert';
import { MapStoreError, type IMap } from '../../lib/index.ts';
import { describe } from '../kit/describe.ts';
import { openMap } from '../kit/instance.ts';
import { refusal } from '../kit/refusal.ts';
import { settled } from '../kit/settled.ts';
import { SEED } from '../kit/seed.ts';
import { TestStore } from '../kit/store.ts';

const test = describe('loading');

/** A store whose `loadAll` of the initial load has read its rows, but gives them only when told. */
class SlowLoad<V> extends TestStore<string, V> {
  readonly began = Promise.withResolvers<void>();
  readonly #release = Promise.withResolvers<void>();

  release(): void {
    this.#release.resolve();
  }

  override async loadAll(keys: readonly string[]): Promise<Map<string, V>> {
    const rows = await super.loadAll(keys);
    this.began.resolve();
    await this.#release.promise;
    return rows;
  }
}

async function loading(rows: [string, number][]) {
  const store = new SlowLoad<number>(rows);
  const opened = await openMap<string, number>({ mapStore: { implementation: store } });
  const { map } = opened;
  const whole = map.size();
  await store.began.promise;
  return { map, store, whole, [Symbol.asyncDispose]: () => opened[Symbol.asyncDispose]() };
}

test('M59 LAZY: the first touch begins the load; calls on single keys go on meanwhile, calls on the whole map wait', async () => {
  await using opened = await loading([
    ['a', 1],
    ['b', 2],
  ]);
  const { map, store, whole } = opened;
  assert.is(await map.get('a'), 1);
  assert.is(await map.put('b', 3), 2);
  assert.is(await map.containsKey('nowhere'), false);
  let waits = true;
  const view = map.getEntryView('b').finally(() => (waits = false));
  const values = map.values().finally(() => (waits = false));
  await settled();
  assert.ok(waits);
  store.release();
  assert.is(await whole, 2);
  assert.equal((await values).toSorted(), [1, 3]);
  assert.is((await view)!.value, 3);
});

test('M59 a first touch of one key loads the rest behind it', async () => {
  const store = new TestStore<string, number>([
    ['a', 1],
    ['b', 2],
  ]);
  await using opened = await openMap<string, number>({ mapStore: { implementation: store } });
  assert.is(await opened.map.get('a'), 1);
  assert.is(await opened.map.size(), 2);
  store.forget();
  assert.is(await opened.map.get('b'), 2);
  assert.equal(store.methods, []);
});

test('M59 a store that can not load single keys makes everybody wait', async () => {
  const began = Promise.withResolvers<void>();
  const end = Promise.withResolvers<void>();
  const store = {
    loadOwned: async (sink: { put(key: string, value: number): void }) => {
      began.resolve();
      await end.promise;
      sink.put('a', 1);
      return { read: 1, kept: 1 };
    },
  };
  await using opened = await openMap<string, number>({ mapStore: { implementation: store } });
  const value = opened.map.get('a');
  await began.promise;
  end.resolve();
  assert.is(await value, 1);
});

test('B3 queries of the store do not wait until a LAZY map is loaded', async () => {
  const rows = new Map([
    ['a', 1],
    ['b', 2],
  ]);
  const end = Promise.withResolvers<void>();
  const store = {
    load: (key: string) => rows.get(key),
    loadAllKeys: async () => (await end.promise, [...rows.keys()]),
    find: () => ({
      statement: '',
      residual: undefined,
      unsupported: [],
      ordered: true,
      limited: false,
      advice: [],
      async *keys() {
        yield [...rows.keys()];
      },
      async *entries() {
        yield [...rows];
      },
      count: async () => rows.size,
      estimate: async () => rows.size,
    }),
  };
  await using opened = await openMap<string, number>({ mapStore: { implementation: store } });
  const { map } = opened;
  const whole = map.size();
  await map.set('a', 7);
  const found = map.query({ source: 'both' }).toArray();
  const first = await Promise.race([found, whole.then(() => 'loaded first')]).finally(() => end.resolve());
  assert.equal(first, [7, 2]);
  assert.is(await whole, 2);
});

test('what changes while a map is being loaded is not undone by rows read before', async () => {
  await using opened = await loading([
    ['removed', 1],
    ['deleted', 1],
    ['changed', 1],
    ['changed and evicted', 1],
    ['transient', 1],
  ]);
  const { map, store, whole } = opened;
  await map.remove('removed');
  await map.delete('deleted');
  await map.set('changed', 2);
  await map.set('changed and evicted', 2);
  await map.putTransient('transient', 2);
  store.release();
  await whole;
  await map.evict('changed and evicted');
  assert.equal(new Map(await map.entrySet()), new Map(Object.entries({ changed: 2, transient: 2 })));
  assert.is(await map.get('changed and evicted'), 2);
});

test('what waits to be stored is not undone by rows read before it is stored', async () => {
  const store = new SlowLoad<number>([
    ['deleted', 1],
    ['changed', 1],
  ]);
  await using opened = await openMap<string, number>({ mapStore: { implementation: store, writeDelaySeconds: 60 } });
  const { map } = opened;
  const [deleted, changed] = [map.delete('deleted'), map.set('changed', 2, { ttlSeconds: 60 })]; // the first touch: before the load begins
  await Promise.all([deleted, changed, store.began.promise]);
  await map.flush();
  store.release();
  assert.equal(await map.entrySet(), [['changed', 2]]);
  await store.store('changed', 3); // another program
  await map.set('changed', 4);
  await map.loadAll(['changed']);
  await map.loadAll();
  assert.equal(await map.entrySet(), [['changed', 4]], 'a pending value is newer than its row');
});

test('M59 an initial load that failed in the background is tried again by whoever needs all', async () => {
  const store = new TestStore<string, number>([['a', 1]]);
  store.fail(new Error('no line'), 'loadAllKeys');
  await using opened = await openMap<string, number>({ mapStore: { implementation: store } });
  const { map } = opened;
  assert.is(await map.get('a'), 1, 'one key can be had');
  await settled();
  assert.instance(await refusal(map.size()), MapStoreError);
  store.fail();
  assert.is(await map.size(), 1);
});

test('M20 loadAll(keys): keeps what is there, or replaces it, without calling store', async () => {
  const store = new TestStore<string, number>([
    ['a', 1],
    ['b', 2],
  ]);
  await using opened = await openMap<string, number>({ mapStore: { implementation: store } });
  const { map } = opened;
  await map.evictAll();
  await map.putTransient('a', 9);
  store.forget();
  await map.loadAll(['a', 'b', 'nowhere'], { replaceExisting: false });
  assert.equal(new Map(await map.entrySet()), new Map(Object.entries({ a: 9, b: 2 })));
  assert.equal(store.methods, ['loadAll']);
  assert.equal(store.calls[0]!.keys, ['b', 'nowhere'], 'only what is missing is asked for');
  store.forget();
  await map.loadAll(['a', 'b', 'nowhere', 'a']);
  assert.equal(new Map(await map.entrySet()), new Map(Object.entries({ a: 1, b: 2 })));
  assert.equal(store.methods, ['loadAll']);
  assert.equal(store.calls[0]!.keys, ['a', 'b', 'nowhere']);
  store.forget();
  await map.loadAll(['a'], { replaceExisting: false });
  await map.loadAll([]);
  assert.equal(store.methods, []);
});

test('M20 loadAll(): all the store gives, again', async () => {
  const store = new TestStore<string, number>([
    ['a', 1],
    ['b', 2],
  ]);
  await using opened = await openMap<string, number>({ mapStore: { implementation: store, loadBatchSize: 1 } });
  const { map } = opened;
  assert.is(await map.size(), 2);
  await store.store('a', 7);
  await store.store('c', 3);
  await map.loadAll(undefined, { replaceExisting: false });
  assert.equal(new Map(await map.entrySet()), new Map(Object.entries({ a: 1, b: 2, c: 3 })));
  await map.loadAll();
  assert.equal(new Map(await map.entrySet()), new Map(Object.entries({ a: 7, b: 2, c: 3 })));
  assert.is(map.getLocalMapStats().putCount, 0, 'loads are no puts');
});

test('M20 loadAll in batches of loadBatchSize; a failing batch is the error, those before it stay', async () => {
  const store = new TestStore<string, number>(Array.from({ length: 5 }, (_, i) => [`k${i}`, i]));
  await using opened = await openMap<string, number>({ mapStore: { implementation: store, loadBatchSize: 2 } });
  const { map } = opened;
  await map.evictAll();
  store.forget();
  const keys = Array.from({ length: 5 }, (_, i) => `k${i}`);
  await map.loadAll(keys);
  assert.equal(
    store.calls.map((call) => call.keys),
    [['k0', 'k1'], ['k2', 'k3'], ['k4']],
  );
  store.fail(new Error('no line'), 'loadAll');
  assert.instance(await refusal(map.loadAll(keys)), MapStoreError);
  assert.is(await map.size(), 5);
});

test('M20 a map without a loader has nothing to load', async () => {
  await using opened = await openMap<string, number>();
  await opened.map.loadAll();
  await opened.map.loadAll(['a']);
  assert.is(await opened.map.size(), 0);
});

test('loads, reloads and changes at the same time: in the end memory has what the store has', async () => {
  const below = drawing(SEED);
  const store = new TestStore<string, number>(Array.from({ length: 20 }, (_, i) => [`k${i}`, 0]));
  const slow = new Proxy(store, {
    get(target, name) {
      const part = Reflect.get(target, name, target) as unknown;
      if (typeof part !== 'function') return part;
      return async (...args: unknown[]) => {
        for (let turns = below(4); turns > 0; turns--) await settled();
        const result: unknown = await Reflect.apply(part, target, args);
        for (let turns = below(4); turns > 0; turns--) await settled();
        return result;
      };
    },
  });
  for (let round = 0; round < 20; round++) {
    await using opened = await openMap<string, number>({ mapStore: { implementation: slow, loadBatchSize: 3 } });
    const { map } = opened;
    let n = 0;
    const calls = Array.from({ length: 100 }, () => () => anyCall(map, `k${below(25)}`, below(7), ++n));
    const workers = Array.from({ length: 4 }, async () => {
      for (let call = calls.pop(); call !== undefined; call = calls.pop()) await call();
    });
    await Promise.all(workers);
    const held = new Map(await map.entrySet());
    for (const [key, value] of held) assert.is(value, store.entries.get(key), `${key} in round ${round}`);
  }
});

/** Random whole numbers below a limit, the same for the same seed. */
function drawing(seed: number): (limit: number) => number {
  let state = seed | 0;
  return (limit) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
    return Math.floor(((state >>> 0) / 2 ** 32) * limit);
  };
}

async function anyCall(map: IMap<string, number>, key: string, which: number, n: number): Promise<unknown> {
  switch (which) {
    case 0:
      return map.get(key);
    case 1:
      return map.put(key, n);
    case 2:
      return map.set(key, n);
    case 3:
      return map.remove(key);
    case 4:
      return map.loadAll([key, 'k1', 'k2']);
    case 5:
      return map.loadAll();
    default:
      return map.delete(key);
  }
}

test.run();
