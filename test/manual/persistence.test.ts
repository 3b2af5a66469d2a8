/** M54, M55, M59 (EAGER), M60, M61: a store behind the map. The same calls against PostgreSQL are in `test/stores`. */
import * as assert from 'uvu/assert';
import { MapStoreError, newInstance, type LoadProgress } from '../../lib/index.ts';
import { KnexMapStore } from '../../stores/knex/index.ts';
import { describe } from '../kit/describe.ts';
import { openMap } from '../kit/instance.ts';
import { schema } from '../kit/postgres.ts';
import { refusal } from '../kit/refusal.ts';
import { TestStore } from '../kit/store.ts';

interface Row {
  readonly v: number;
}
const test = describe('manual: persistence');
const ROWS: [string, Row][] = [
  ['a', { v: 1 }],
  ['b', { v: 2 }],
  ['c', { v: 3 }],
];

test('M54 a miss loads, a hit does not; a key the store has not is a miss each time', async () => {
  const store = new TestStore<string, Row>(ROWS);
  await using opened = await openMap<string, Row>({ mapStore: { implementation: store } });
  const { map } = opened;
  await map.evictAll();
  store.forget();
  assert.equal(await map.get('a'), { v: 1 });
  assert.equal(await map.get('a'), { v: 1 });
  assert.equal(store.methods, ['load']);
  assert.is(await map.get('x'), undefined);
  assert.is(await map.get('x'), undefined);
  assert.equal(store.methods, ['load', 'load', 'load']);
});

test('M54 concurrent misses of one key share one load, getAll loads what is missing in one call', async () => {
  const store = new TestStore<string, Row>(ROWS);
  await using opened = await openMap<string, Row>({ mapStore: { implementation: store } });
  const { map } = opened;
  await map.evictAll();
  store.forget();
  const release = store.block();
  const [first, second, many] = [map.get('a'), map.get('a'), map.getAll(['a', 'b', 'x'])];
  release();
  assert.equal([await first, await second], [{ v: 1 }, { v: 1 }]);
  assert.equal([...(await many).keys()], ['a', 'b']);
  assert.equal(store.methods, ['load', 'loadAll']);
  assert.equal(store.calls[1]!.keys, ['b', 'x']);
});

test('M54 a loader alone: reads come from it, writes stay in memory', async () => {
  const loader = { load: (key: string) => ({ v: key.length }) };
  await using opened = await openMap<string, Row>({ mapStore: { implementation: loader } });
  assert.equal(await opened.map.get('four'), { v: 4 });
  await opened.map.put('four', { v: 5 });
  assert.equal(await opened.map.get('four'), { v: 5 });
  await opened.map.remove('four');
  assert.equal(await opened.map.get('four'), { v: 4 });
});

test('M54 a factory makes a store for each map of a wildcard; lifecycle methods frame its life', async () => {
  const events: string[] = [];
  const factory = {
    newMapStore: (name: string, properties: Readonly<Record<string, string>>) => ({
      init: ({ mapName }: { mapName: string }) => void events.push(`init ${mapName} ${properties['color']}`),
      destroy: () => void events.push(`destroy ${name}`),
      load: (key: string) => `${name}:${key}`,
    }),
  };
  const instance = newInstance({ maps: { 'cache-*': { mapStore: { factory, properties: { color: 'red' } } } } });
  const map = await instance.getMap<string, string>('cache-1');
  assert.is(await map.get('k'), 'cache-1:k');
  await instance.close();
  assert.equal(events, ['init cache-1 red', 'destroy cache-1']);
});

test('M55 write-through: the store first, then memory, then the answer', async () => {
  const store = new TestStore<string, Row>();
  await using opened = await openMap<string, Row>({ mapStore: { implementation: store } });
  const { map } = opened;
  await map.size();
  const release = store.block();
  const put = map.set('k', { v: 1 });
  assert.is(await map.size(), 0);
  release();
  await put;
  assert.equal(store.entries.get('k'), { v: 1 });
  assert.equal(await map.get('k'), { v: 1 });
  assert.ok((await map.getEntryView('k'))!.lastStoredTime > 0);
});

test('M55 a store that fails: the caller gets its error, memory keeps the old value', async () => {
  const store = new TestStore<string, Row>(ROWS);
  await using opened = await openMap<string, Row>({ mapStore: { implementation: store, initialMode: 'EAGER' } });
  const { map } = opened;
  const cause = new Error('disk full');
  store.fail(cause, 'store', 'storeAll', 'delete', 'deleteAll');
  const attempts: (() => Promise<unknown>)[] = [
    () => map.put('a', { v: 9 }),
    () => map.set('a', { v: 9 }),
    () => map.replace('a', { v: 9 }),
    () => map.replaceIfSame('a', { v: 1 }, { v: 9 }),
    () => map.putIfAbsent('new', { v: 9 }),
    () => map.putAll([['a', { v: 9 }]]),
    () => map.remove('a'),
    () => map.removeIfSame('a', { v: 1 }),
    () => map.delete('a'),
    () => map.clear(),
    () => map.removeAll('v > 0'),
  ];
  for (const attempt of attempts) {
    const error = await refusal(attempt(), String(attempt));
    assert.instance(error, MapStoreError, String(attempt));
    assert.is(error.cause, cause);
    assert.match(error.message, /disk full/);
    assert.equal((await map.entrySet()).toSorted(), ROWS, String(attempt));
  }
  store.fail();
  assert.equal(await map.put('a', { v: 10 }), { v: 1 });
});

test('M55 an error while loading reaches the caller', async () => {
  const store = new TestStore<string, Row>(ROWS);
  await using opened = await openMap<string, Row>({ mapStore: { implementation: store } });
  const { map } = opened;
  await map.evictAll();
  store.fail(new Error('no line'), 'load', 'loadAll');
  for (const attempt of [map.get('a'), map.getAll(['b', 'c']), map.put('a', { v: 2 }), map.containsKey('b'), map.remove('c')]) {
    assert.instance(await refusal(attempt), MapStoreError);
  }
  store.fail();
  assert.equal(await map.get('a'), { v: 1 });
});

test('M59 EAGER: getMap waits until all is loaded, and tells how it goes', async () => {
  const store = new TestStore<string, Row>(ROWS);
  const told: LoadProgress[] = [];
  await using opened = await openMap<string, Row>({
    mapStore: { implementation: store, initialMode: 'EAGER', loadBatchSize: 2, onProgress: (progress) => void told.push(progress) },
  });
  assert.is(await opened.map.size(), 3);
  assert.equal(store.methods, ['loadAllKeys', 'loadAll', 'loadAll']);
  assert.is(told.at(-1)?.done, true);
  assert.is(told.at(-1)?.rows, 3);
});

test('M59 hot keys only, no keys at all, keys that come one by one', async () => {
  const base = { loadAll: (keys: readonly string[]) => new Map(keys.map((key) => [key, { v: 1 }])) };
  async function* slowly(): AsyncGenerator<string> {
    for (const key of ['x', 'y']) yield key;
  }
  const cases: [object, number][] = [
    [{ ...base, loadAllKeys: () => ['hot'] }, 1],
    [{ ...base, loadAllKeys: () => undefined }, 0],
    [{ ...base, loadAllKeys: () => null }, 0],
    [{ ...base, loadAllKeys: slowly }, 2],
    [base, 0],
  ];
  for (const [implementation, rows] of cases) {
    await using opened = await openMap<string, Row>({ mapStore: { implementation, initialMode: 'EAGER' } });
    assert.is(await opened.map.size(), rows);
  }
});

test('M59 with indexes a LAZY map is loaded whole before it answers', async () => {
  const store = new TestStore<string, Row>(ROWS);
  await using opened = await openMap<string, Row>({ mapStore: { implementation: store }, indexes: [{ attribute: 'v', ordered: true }] });
  assert.ok(store.methods.includes('loadAllKeys'));
  assert.equal((await opened.map.keySet('v >= 2')).toSorted(), ['b', 'c']);
});

test('M59 a load that fails is an error of getMap, and may be tried again', async () => {
  const store = new TestStore<string, Row>(ROWS);
  await using instance = newInstance({ maps: { m: { mapStore: { implementation: store, initialMode: 'EAGER' } } } });
  store.fail(new Error('starting up'), 'loadAllKeys');
  assert.instance(await refusal(instance.getMap('m')), MapStoreError);
  store.fail();
  assert.is(await (await instance.getMap('m')).size(), 3);
});

test('M60 what the store returns is what memory keeps', async () => {
  let versions = 0;
  const store = { store: (_key: string, value: { v: number; version?: number }) => ({ ...value, version: ++versions }) };
  await using opened = await openMap<string, { v: number; version?: number }>({
    mapStore: { implementation: store },
    indexes: [{ attribute: 'version', ordered: true }],
  });
  await opened.map.put('k', { v: 1 });
  assert.equal(await opened.map.get('k'), { v: 1, version: 1 });
  assert.equal(await opened.map.keySet('version = 1'), ['k']);
});

test('M61 PostgreSQL through knex: EAGER load, read-through, write-through', async () => {
  await using db = await schema();
  await db.sql('create table person (id int primary key, name text collate "C" not null, born timestamptz)');
  await db.sql(
    `insert into person select n, 'p' || n, timestamptz '2000-01-01 00:00:00Z' + n * interval '1 day' from generate_series(1, 5000) n`,
  );
  interface Person {
    readonly id: number;
    readonly name: string;
    readonly born: Date | null;
  }
  const implementation = new KnexMapStore<number, Person>({ connection: db.knex, table: 'person', key: 'id' });
  await using opened = await openMap<number, Person>({
    mapStore: { implementation, initialMode: 'EAGER' },
    indexes: [{ attribute: 'name', ordered: true }],
  });
  const { map } = opened;
  assert.is(await map.size(), 5000);
  assert.equal(await map.values(`name = 'p17'`), [{ id: 17, name: 'p17', born: new Date('2000-01-18T00:00:00Z') }]);
  await map.put(17, { id: 17, name: 'renamed', born: null });
  await map.remove(18);
  assert.equal(await db.sql('select name, born from person where id in (17, 18)'), [{ name: 'renamed', born: null }]);
  await db.sql(`insert into person values (9000, 'late', null)`);
  assert.is((await map.get(9000))?.name, 'late');
  const name = null as unknown as string;
  assert.instance(await refusal(map.put(20, { id: 20, name, born: null })), MapStoreError);
  assert.is((await map.get(20))?.name, 'p20');
});

test.run();
