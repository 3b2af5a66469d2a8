/** A user's store as the map calls it: what is missing is made up, every error is a MapStoreError that says where. */
import * as assert from 'uvu/assert';
import type { AnyStore } from '../../lib/config/map-config.ts';
import { MapStoreError, StoreSchemaError, ValueError } from '../../lib/errors.ts';
import { StoreCalls } from '../../lib/persistence/store-calls.ts';
import { describe } from '../kit/describe.ts';
import { refusal } from '../kit/refusal.ts';

const test = describe('store calls');
const callsOf = (store: AnyStore): StoreCalls => new StoreCalls('m', store);

test('says what a store can do', () => {
  const can = ({ loads, stores, storesMany, deletes, deletesMany, streams }: StoreCalls): string =>
    Object.entries({ loads, stores, storesMany, deletes, deletesMany, streams })
      .filter(([, yes]) => yes)
      .map(([name]) => name)
      .join(' ');
  assert.is(can(callsOf({ load: () => 1 })), 'loads');
  assert.is(can(callsOf({ loadAll: () => new Map() })), 'loads');
  assert.is(can(callsOf({ store: () => undefined })), 'stores');
  assert.is(can(callsOf({ storeAll: () => undefined })), 'stores storesMany');
  assert.is(can(callsOf({ delete: () => undefined })), 'deletes');
  assert.is(can(callsOf({ deleteAll: () => undefined })), 'deletes deletesMany');
  assert.is(can(callsOf({ loadOwned: async () => ({ read: 0, kept: 0 }) })), 'streams');
});

test('load: by load, else by loadAll; null and undefined are none', async () => {
  assert.is(await callsOf({ load: (key) => `v${String(key)}` }).load(1), 'v1');
  assert.is(await callsOf({ load: async () => null }).load(1), undefined);
  assert.is(await callsOf({ loadAll: (keys) => new Map([[keys[0], 'x']]) }).load(1), 'x');
  assert.is(await callsOf({ loadAll: () => new Map() }).load(1), undefined);
  assert.is(await callsOf({ loadAll: () => new Map([[1, null]]) }).load(1), undefined);
});

test('loadAll: by loadAll, else by load, some at once and never more than sixteen', async () => {
  const pairs = new Map<unknown, unknown>([
    ['a', 1],
    ['b', null],
    ['c', undefined],
  ]);
  assert.equal(await callsOf({ loadAll: () => pairs }).loadAll(['a', 'b', 'c', 'd']), [['a', 1]]);
  let running = 0;
  let most = 0;
  const load = async (key: unknown): Promise<unknown> => {
    most = Math.max(most, ++running);
    await Promise.resolve();
    running--;
    return (key as number) % 2 === 0 ? key : undefined;
  };
  const keys = Array.from({ length: 100 }, (_, i) => i);
  assert.equal(
    await callsOf({ load }).loadAll(keys),
    keys.filter((key) => key % 2 === 0).map((key) => [key, key]),
  );
  assert.is(most, 16);
});

test('store, delete: by themselves, else by the call for many', async () => {
  const seen: unknown[] = [];
  const many = callsOf({
    storeAll: (entries) => {
      seen.push([...entries]);
      return new Map([['k', 'kept']]);
    },
    deleteAll: (keys) => void seen.push(keys),
  });
  assert.is(await many.store('k', 'v'), 'kept');
  await many.delete('k');
  assert.equal(seen, [[['k', 'v']], ['k']]);
  assert.is(await callsOf({ store: () => undefined }).store('k', 'v'), undefined);
  assert.is(await callsOf({ store: () => 'instead' }).store('k', 'v'), 'instead');
  assert.equal(await callsOf({ storeAll: () => undefined }).storeAll(new Map()), []);
});

test('methods keep their `this`', async () => {
  class Store {
    readonly #rows = new Map([['k', 'v']]);
    load(key: unknown): string | undefined {
      return this.#rows.get(key as string);
    }
  }
  assert.is(await callsOf(new Store()).load('k'), 'v');
});

test('errors, thrown or rejected, are MapStoreErrors with cause, map, operation and key', async () => {
  const cause = new Error('no line');
  const thrower = (): never => {
    throw cause;
  };
  const rejecter = (): Promise<never> => Promise.reject(cause);
  for (const fail of [thrower, rejecter]) {
    const store = callsOf({
      load: fail,
      loadAll: fail,
      loadAllKeys: fail,
      store: fail,
      storeAll: fail,
      delete: fail,
      deleteAll: fail,
      init: fail,
      destroy: fail,
      loadOwned: fail,
    });
    const attempts: Readonly<Record<string, () => Promise<unknown>>> = {
      load: () => store.load({ id: 7 }),
      loadAll: () => store.loadAll([1]),
      loadAllKeys: () => store.loadAllKeys(),
      store: () => store.store({ id: 7 }, 1),
      storeAll: () => store.storeAll(new Map()),
      delete: () => store.delete({ id: 7 }),
      deleteAll: () => store.deleteAll([1]),
      init: () => store.init({}),
      destroy: () => store.destroy(),
      loadOwned: () => store.loadOwned({} as never, new AbortController().signal),
    };
    for (const [operation, attempt] of Object.entries(attempts)) {
      const error = await refusal(attempt(), operation);
      assert.instance(error, MapStoreError);
      assert.is(error.cause, cause);
      assert.ok(error.retryable);
      assert.match(error.message, new RegExp(`^map 'm': the store's ${operation} failed(?: for key \\{"id":7\\})?: no line$`));
      assert.is(error.details['operation'], operation);
    }
  }
  assert.match((await refusal(callsOf({ load: () => Promise.reject('text') }).load(10n))).message, /for key 10n: text/);
  assert.match((await refusal(callsOf({ loadAll: () => 5 as never }).loadAll([1]))).message, /loadAll failed: .*not iterable/);
});

test('a schema that does not fit speaks for itself', async () => {
  const problem = new StoreSchemaError('no such table');
  assert.is(await refusal(callsOf({ load: () => 1, init: () => Promise.reject(problem) }).init({})), problem);
});

test('what the store gave and can’t be kept is the store’s error', () => {
  const store = callsOf({ load: () => 1 });
  assert.is(
    store.accept('load', 'k', () => 5),
    5,
  );
  const cause = new ValueError('a function can not be stored');
  const cyclic: Record<string, unknown> = {};
  cyclic['self'] = cyclic;
  for (const [key, spelled] of [
    ['k', '"k"'],
    [cyclic, 'that is no key'],
    [undefined, ''],
  ] as const) {
    try {
      store.accept('load', key, () => {
        throw cause;
      });
      assert.unreachable();
    } catch (error) {
      assert.instance(error, MapStoreError);
      assert.is((error as MapStoreError).cause, cause);
      assert.ok((error as MapStoreError).message.includes(spelled), (error as MapStoreError).message);
    }
  }
});

test.run();
