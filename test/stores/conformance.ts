/** What every store must do, whatever is behind it: one suite, run by each store's own test file. */
import * as assert from 'uvu/assert';
import type { LoadSink, MapLoaderLifecycle, MapStore } from '../../lib/api/map-store.ts';
import { describe } from '../kit/describe.ts';

export interface Person {
  readonly id: number;
  readonly name: string;
  readonly age: number | null;
}

export interface StoreUnderTest {
  /** Open, with nothing in it. */
  readonly store: Required<Omit<MapStore<number, Person>, 'loadOwned' | 'failureKind'>> &
    Pick<MapStore<number, Person>, 'loadOwned' | 'failureKind'> &
    MapLoaderLifecycle;
  [Symbol.asyncDispose](): Promise<void>;
}

const ann: Person = { id: 1, name: 'Ann', age: 30 };
const bob: Person = { id: 2, name: 'Bob', age: null };
const cid: Person = { id: 3, name: 'C\'id \\ "%_" \u{1F600}', age: 0 };
const people = new Map([ann, bob, cid].map((person) => [person.id, person]));

/** Registers and runs the suite. `open` gives a fresh store for each test. */
export function conformance(name: string, open: () => Promise<StoreUnderTest>): void {
  const test = describe(`${name}: conformance`);
  const check = (title: string, body: (store: StoreUnderTest['store']) => Promise<void>): void => {
    test(title, async () => {
      await using opened = await open();
      await body(opened.store);
    });
  };

  check('an empty store has nothing', async (store) => {
    assert.is((await store.load(1)) ?? undefined, undefined);
    assert.equal(await store.loadAll([1, 2]), new Map());
    assert.equal(await keysOf(store), []);
  });

  check('what was stored is loaded', async (store) => {
    for (const [key, value] of people) await store.store(key, value);
    for (const [key, value] of people) assert.equal(await store.load(key), value);
    assert.equal(await keysOf(store), [1, 2, 3]);
  });

  check('storing again replaces', async (store) => {
    await store.store(1, ann);
    await store.store(1, { ...ann, age: 31 });
    assert.equal(await store.load(1), { ...ann, age: 31 });
    assert.equal(await keysOf(store), [1]);
  });

  check('storeAll stores all, new and old', async (store) => {
    await store.store(2, { ...bob, name: 'Old Bob' });
    await store.storeAll(people);
    assert.equal(await store.loadAll([1, 2, 3]), people);
  });

  check('loadAll leaves out keys without a row', async (store) => {
    await store.storeAll(people);
    assert.equal(await store.loadAll([3, 99, 1]), new Map([[1, ann], [3, cid]]), 'in whatever order'); // prettier-ignore
    assert.equal(await store.loadAll([]), new Map());
  });

  check('delete removes, and does not mind an absent key', async (store) => {
    await store.storeAll(people);
    await store.delete(2);
    await store.delete(2);
    assert.is((await store.load(2)) ?? undefined, undefined);
    assert.equal(await keysOf(store), [1, 3]);
  });

  check('deleteAll removes those that it names', async (store) => {
    await store.storeAll(people);
    await store.deleteAll([1, 99, 3, 1]);
    assert.equal(await keysOf(store), [2]);
    await store.deleteAll([]);
    assert.equal(await keysOf(store), [2]);
  });

  check('empty batches are nothing', async (store) => {
    await store.storeAll(new Map());
    assert.equal(await keysOf(store), []);
  });

  check('concurrent writes of one key take effect in the order of the calls', async (store) => {
    const last = Array.from({ length: 20 }, (_, age) => store.store(1, { ...ann, age })).at(-1);
    await last;
    assert.equal(await store.load(1), { ...ann, age: 19 });
    await Promise.all([store.store(1, ann), store.delete(1), store.store(1, { ...ann, age: 77 }), store.delete(1)]);
    assert.is((await store.load(1)) ?? undefined, undefined);
  });

  check('many rows at once', async (store) => {
    const many = new Map(Array.from({ length: 2_500 }, (_, id) => [id, { id, name: `n${id}`, age: id % 90 }]));
    await store.storeAll(many);
    assert.equal(await keysOf(store), [...many.keys()]);
    assert.is((await store.loadAll([...many.keys()])).size, many.size);
    await store.deleteAll([...many.keys()]);
    assert.equal(await keysOf(store), []);
  });

  check('loadOwned gives the wanted rows, if the store has it', async (store) => {
    if (store.loadOwned === undefined) return;
    await store.storeAll(people);
    const { sink, entries } = collector<number, Person>((key) => key !== 2);
    assert.equal(await store.loadOwned(sink, new AbortController().signal), { read: 3, kept: 2 });
    assert.equal(entries, new Map([[1, ann], [3, cid]])); // prettier-ignore
  });

  test.run();
}

/** All keys, ascending. */
export async function keysOf(store: Pick<MapStore<number, never>, 'loadAllKeys'>): Promise<number[]> {
  const keys: number[] = [];
  for await (const key of (await store.loadAllKeys?.()) ?? []) keys.push(key);
  return keys.toSorted((a, b) => a - b);
}

/** A sink that keeps what it is given. */
export function collector<K, V>(owns: (key: K) => boolean = () => true): { sink: LoadSink<K, V>; entries: Map<K, V> } {
  const entries = new Map<K, V>();
  return { entries, sink: { owns, put: (key, value) => void entries.set(key, value), drained() {} } };
}
