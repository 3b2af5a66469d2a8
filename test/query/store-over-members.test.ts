/** Queries of the database when entries live on several members (B3): by one member where the database alone decides, else by each for its own keys. */
import * as assert from 'uvu/assert';
import type { StoreAnswer, StoreQuery } from '../../lib/api/store-query.ts';
import type { MapOptions } from '../../lib/index.ts';
import { openCluster } from '../kit/cluster.ts';
import { describe } from '../kit/describe.ts';

const test = describe('queries of the database over members');

interface Item {
  readonly n: number;
}

const KEYS = 60;
const PAGE = 10;

/** One database for all members. It leaves the condition to the map, sorts if it is asked to, and counts how often it is. */
class SharedStore {
  readonly rows = new Map<number, Item>(Array.from({ length: KEYS }, (_, key) => [key, { n: key % 20 }]));
  asked = 0;

  load(key: number): Item | undefined {
    return this.rows.get(key);
  }

  store(key: number, value: Item): void {
    this.rows.set(key, value);
  }

  delete(key: number): void {
    this.rows.delete(key);
  }

  find(query: StoreQuery): StoreAnswer<number, Item> {
    this.asked++;
    const rows = [...this.rows].sort(([a], [b]) => a - b);
    const pages = async function* <T>(row: (row: readonly [number, Item]) => T): AsyncGenerator<T[], void> {
      for (let from = 0; from < rows.length; from += PAGE) yield rows.slice(from, from + PAGE).map(row);
    };
    return {
      statement: 'all rows',
      residual: query.where,
      unsupported: [],
      ordered: query.orderBy.length === 0,
      limited: false,
      advice: [],
      entries: () => pages(([key, item]): readonly [number, Item] => [key, { ...item }]),
      keys: () => pages(([key]) => key),
      count: () => Promise.reject(new Error('there is a residual')),
      estimate: () => Promise.resolve(rows.length),
    };
  }
}

const ascending = (a: number, b: number): number => a - b;
const keysWhere = (matches: (key: number) => boolean): number[] => Array.from({ length: KEYS }, (_, key) => key).filter(matches);

async function open(rest: MapOptions['mapStore'] = {}) {
  const store = new SharedStore();
  const cluster = await openCluster(3, { maps: { items: { mapStore: { implementation: store, ...rest } } } });
  const lite = await cluster.add({ lite: true });
  const map = await cluster.members[0]!.instance.getMap<number, Item>('items');
  const remote = await lite.instance.getMap<number, Item>('items');
  return { store, map, remote, [Symbol.asyncDispose]: () => cluster[Symbol.asyncDispose]() };
}

test('the database alone is asked once, by a member that has it', async () => {
  await using world = await open();
  for (const map of [world.map, world.remote]) {
    world.store.asked = 0;
    const query = map.query({ source: 'store' }).where('n < 3');
    assert.equal(
      (await query.keys()).sort(ascending),
      keysWhere((key) => key % 20 < 3),
    );
    assert.is(world.store.asked, 1);
    assert.is(await query.count(), 9);
    assert.equal(
      (await query.orderBy('n', 'desc').offset(1).limit(3).entries()).map(([key, { n }]) => [key, n]),
      [
        [22, 2],
        [42, 2],
        [1, 1],
      ],
    );
    const found: number[] = [];
    for await (const { n } of query) found.push(n);
    assert.is(found.length, 9);
    assert.match(String(await query.explain()), /all rows/);
  }
});

test('memory decides about its keys, wherever they are; no row comes twice', async () => {
  await using world = await open();
  const { map, remote } = world;
  for (let key = 0; key < KEYS; key += 3) await map.putTransient(key, { n: 100 + key });
  for (const one of [map, remote]) {
    const query = one.query({ source: 'both' });
    assert.equal(
      (await query.keys()).sort(ascending),
      keysWhere(() => true),
    );
    assert.equal(
      (await query.where('n >= 100').keys()).sort(ascending),
      keysWhere((key) => key % 3 === 0),
    );
    assert.equal(
      (await query.where('n < 3').keys()).sort(ascending),
      keysWhere((key) => key % 3 !== 0 && key % 20 < 3),
    );
    assert.is(await query.where('n < 3').count(), keysWhere((key) => key % 3 !== 0 && key % 20 < 3).length);
    const page = await query.where('n < 100').orderBy('n').offset(3).limit(4).entries();
    assert.equal(
      page.map(([key, { n }]) => [n, key]),
      keysWhere((key) => key % 3 !== 0)
        .map((key) => [key % 20, key] as const)
        .sort(([a, x], [b, y]) => a - b || x - y)
        .slice(3, 7)
        .map(([n, key]) => [n, key]),
    );
    assert.equal(await query.where('n = 102').select('n').toArray(), []);
    assert.equal(await query.where('n = 103').select('n').toArray(), [{ n: 103 }]);
  }
});

test('writes that wait are there for whoever asks the database', async () => {
  await using world = await open({ writeDelaySeconds: 1000 });
  const { map, remote, store } = world;
  for (let key = 0; key < KEYS; key += 7) await map.put(key, { n: 500 });
  await map.delete(1);
  assert.is(store.rows.get(7)!.n, 7);
  assert.equal(
    (await remote.query({ source: 'store' }).where('n = 500').keys()).sort(ascending),
    keysWhere((key) => key % 7 === 0),
  );
  assert.is(await remote.query({ source: 'store' }).count(), KEYS - 1);
  await remote.flush();
  assert.is(store.rows.get(7)!.n, 500);
});

test.run();
