/** The life of maps and instances: opening, failing, closing, destroying, and calls under way meanwhile. */
import * as assert from 'uvu/assert';
import {
  InstanceClosedError,
  MapDestroyedError,
  MapStoreError,
  newInstance,
  type MapLoaderLifecycle,
  type MapStore,
} from '../../lib/index.ts';
import { describe } from '../kit/describe.ts';
import { openMap } from '../kit/instance.ts';
import { refusal } from '../kit/refusal.ts';
import { settled } from '../kit/settled.ts';
import { TestStore } from '../kit/store.ts';

type Store<V = number> = MapStore<string, V> & MapLoaderLifecycle;

const test = describe('life of a map');

/** Notes its calls as they begin and end; `hold` makes them wait. */
function lifecycleStore(hold: () => Promise<void> | undefined = () => undefined): { readonly events: string[]; readonly store: Store } {
  const events: string[] = [];
  const noted = async <R>(name: string, result: R): Promise<R> => {
    events.push(name);
    await hold();
    events.push(`${name} done`);
    return result;
  };
  const store: Store = {
    init: () => noted('init', undefined),
    destroy: () => noted('destroy', undefined),
    load: () => noted('load', 1),
    store: () => noted('store', undefined),
  };
  return { events, store };
}

test('the same map for all who ask, also while it opens', async () => {
  const { events, store } = lifecycleStore();
  await using instance = newInstance({ maps: { m: { mapStore: { implementation: store } } } });
  const [first, second] = await Promise.all([instance.getMap('m'), instance.getMap('m')]);
  assert.is(first, second);
  assert.is(await instance.getMap('m'), first);
  assert.equal(events, ['init', 'init done']);
});

test('close waits for the calls under way, then for the store; later calls are refused', async () => {
  let hold: Promise<void> | undefined;
  const { events, store } = lifecycleStore(() => hold);
  const { map, instance } = await openMap<string, number>({ mapStore: { implementation: store } });
  await map.size();
  const release = Promise.withResolvers<void>();
  hold = release.promise;
  const calls = [map.put('a', 2), map.get('b'), map.put('a', 3)];
  let closed = false;
  const closing = instance.close().then(() => (closed = true));
  await settled();
  assert.not.ok(closed);
  assert.instance(await refusal(map.get('a')), InstanceClosedError);
  assert.instance(await refusal(instance.getMap('test')), InstanceClosedError);
  release.resolve();
  assert.equal(await Promise.all(calls), [1, 1, 2]);
  await closing;
  assert.equal(events.slice(-2), ['destroy', 'destroy done']);
  assert.is(events.filter((event) => event === 'store done').length, 2);
  await instance.close();
  assert.is(events.filter((event) => event === 'destroy').length, 1, 'closing again is the same closing');
  await map.destroy();
  assert.is(events.filter((event) => event === 'destroy').length, 1);
});

test('close while an EAGER map loads gives the load up', async () => {
  let aborted = false;
  const store: Store = {
    loadOwned: (_sink, signal) =>
      new Promise((_, reject) =>
        signal.addEventListener('abort', () => {
          aborted = true;
          reject(signal.reason as Error);
        }),
      ),
  };
  const instance = newInstance({ maps: { m: { mapStore: { implementation: store, initialMode: 'EAGER' } } } });
  const opening = refusal(instance.getMap('m'));
  await settled();
  await instance.close();
  assert.instance(await opening, InstanceClosedError);
  assert.ok(aborted);
});

test('close while a LAZY map loads: those who wait for the load are refused', async () => {
  const store = new TestStore<string, number>([['a', 1]]);
  const { map, instance } = await openMap<string, number>({ mapStore: { implementation: store } });
  const release = store.block();
  const waiting = refusal(map.size());
  await settled();
  const closing = instance.close();
  assert.instance(await waiting, InstanceClosedError);
  release();
  await closing;
});

test('a store that fails to close is an error of close, of destroy, and no obstacle for the next map', async () => {
  const broken: Store = { load: () => 1, destroy: () => Promise.reject(new Error('stuck')) };
  const options = { mapStore: { implementation: broken } };
  const one = newInstance({ maps: { default: options } });
  await one.getMap('a');
  assert.instance(await refusal(one.close()), MapStoreError);
  const two = newInstance({ maps: { default: options } });
  await two.getMap('a');
  await two.getMap('b');
  const both = await two.close().catch((error: unknown) => error);
  assert.is((both as AggregateError).errors.length, 2);
  const three = newInstance({ maps: { default: options } });
  const map = await three.getMap('a');
  assert.instance(await refusal(map.destroy()), MapStoreError);
  assert.is.not(await three.getMap('a'), map);
  await three.close().catch(() => undefined);
});

test('destroy empties memory, keeps the database; getMap makes the map anew when the store is closed', async () => {
  let hold: Promise<void> | undefined;
  const { events, store } = lifecycleStore(() => hold);
  await using opened = await openMap<string, number>({ mapStore: { implementation: store } });
  const { map, instance } = opened;
  await map.set('a', 5);
  const release = Promise.withResolvers<void>();
  hold = release.promise;
  events.length = 0;
  const destroying = map.destroy();
  const again = instance.getMap<string, number>('test');
  await settled();
  assert.equal(events, ['destroy'], 'the same store is not opened before it is closed');
  release.resolve();
  hold = undefined;
  const anew = await again;
  assert.equal(events, ['destroy', 'destroy done', 'init', 'init done']);
  assert.instance(await refusal(map.get('a')), MapDestroyedError);
  assert.is(await anew.size(), 0);
  await Promise.all([destroying, map.destroy()]);
  assert.is(await instance.getMap('test'), anew, 'destroying the old one again does not touch the new one');
  await anew.set('b', 1);
});

test('an opening that fails, in init, in the factory, in the load, is the error of all who asked; the next one tries again', async () => {
  const fails = { init: true, newMapStore: true, loadAllKeys: true };
  const orFail = (name: keyof typeof fails): void => {
    if (fails[name]) throw new Error(`no ${name}`);
  };
  const store: Store = {
    init: () => orFail('init'),
    loadAllKeys: () => {
      orFail('loadAllKeys');
      return ['a'];
    },
    loadAll: (keys) => new Map(keys.map((key) => [key, 1])),
  };
  const newMapStore = (): Store => {
    orFail('newMapStore');
    return store;
  };
  await using instance = newInstance({ maps: { m: { mapStore: { factory: { newMapStore }, initialMode: 'EAGER' } } } });
  for (const name of ['newMapStore', 'init', 'loadAllKeys'] as const) {
    const errors = await Promise.all([refusal(instance.getMap('m')), refusal(instance.getMap('m'))]);
    for (const error of errors) assert.match(error.message, new RegExp(`${name} failed.*: no ${name}`));
    fails[name] = false;
  }
  assert.is(await (await instance.getMap('m')).size(), 1);
});

test('a factory may give none; what it gives must be a store', async () => {
  await using none = newInstance({ maps: { m: { mapStore: { factory: { newMapStore: () => null } } } } });
  const map = await none.getMap<string, number>('m');
  await map.put('a', 1);
  assert.is(await map.get('a'), 1);
  await using bad = newInstance({ maps: { m: { mapStore: { factory: { newMapStore: () => ({}) } } } } });
  assert.match((await refusal(bad.getMap('m'))).message, /map 'm': what the factory made has none of the methods of a store/);
});

test('an initial load that gives what can’t be kept is the store’s error, and says which row', async () => {
  for (const [row, told] of [
    [['ok', () => 1], /"ok": /],
    [[Symbol('key'), 1], /can't be a key/],
  ] as const) {
    const store = { loadAllKeys: () => [row[0]], loadAll: () => new Map<unknown, unknown>([row]) };
    const instance = newInstance({ maps: { m: { mapStore: { implementation: store, initialMode: 'EAGER' } } } });
    const error = await refusal(instance.getMap('m'));
    assert.instance(error, MapStoreError);
    assert.match(error.message, told);
    await instance.close();
  }
});

test('rows that come one by one end with an error when the map is closed meanwhile', async () => {
  const { map, instance } = await openMap<number, number>();
  await map.putAll(Array.from({ length: 20_000 }, (_, i) => [i, i] as const));
  const rows = map.query().where('this >= 0')[Symbol.asyncIterator]();
  await rows.next();
  await instance.close();
  assert.instance(await refusal(rows.next()), InstanceClosedError);
  assert.equal(await rows.next(), { value: undefined, done: true });
});

test('queries and index builds under way are waited for', async () => {
  const { map, instance } = await openMap<number, { n: number }>({}, { querySliceMs: 0.1 });
  await map.putAll(Array.from({ length: 30_000 }, (_, n) => [n, { n }] as const));
  const calls = Promise.all([map.values('n >= 100'), map.addIndex('n', true), map.containsValue({ n: -1 }), map.removeAll('n < 9000')]);
  await instance.close();
  const [found, , contained] = await calls;
  assert.equal([found.length, contained], [29_900, false]);
});

test('names: a text that is not empty; each its own map', async () => {
  await using instance = newInstance();
  for (const name of ['', 5, undefined, null]) assert.is((await refusal(instance.getMap(name as string))).code, 'ERR_CONFIG');
  const maps = await Promise.all(['a', 'a@1', '__proto__', 'constructor'].map((name) => instance.getMap<string, string>(name)));
  await Promise.all(maps.map((map) => map.put('k', map.name)));
  assert.equal(await Promise.all(maps.map((map) => map.get('k'))), ['a', 'a@1', '__proto__', 'constructor']);
});

test.run();
