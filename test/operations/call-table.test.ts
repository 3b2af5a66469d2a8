/**
 * What calls the store (section 6 of the contract): each operation, on a key that is in memory, only in the store, or nowhere.
 *
 * The table is the contract's, written out; each cell is run against a store that records its calls. `-` is no call.
 */
import * as assert from 'uvu/assert';
import type { IMap } from '../../lib/index.ts';
import { describe } from '../kit/describe.ts';
import { openMap } from '../kit/instance.ts';
import { TestStore } from '../kit/store.ts';

type Map_ = IMap<string, number>;
type Where = 'memory' | 'store' | 'nowhere';
type Row = readonly [call: string, run: (map: Map_, key: string) => Promise<unknown>, memory: string, store: string, nowhere: string];

/** The value of the key, in memory and in the store, where it is there. */
const VALUE = 1;

const TABLE: readonly Row[] = [
  ['get', (map, key) => map.get(key), '-', 'load', 'load'],
  ['containsKey', (map, key) => map.containsKey(key), '-', 'load', 'load'],
  ['getAll', (map, key) => map.getAll([key]), '-', 'loadAll', 'loadAll'],
  ['put', (map, key) => map.put(key, 2), 'store', 'load store', 'load store'],
  ['put with a time to live', (map, key) => map.put(key, 2, { ttlSeconds: 9 }), 'store', 'load store', 'load store'],
  ['tryPut', (map, key) => map.tryPut(key, 2, 0), 'store', 'load store', 'load store'],
  ['putIfAbsent', (map, key) => map.putIfAbsent(key, 2), '-', 'load', 'load store'],
  ['replace', (map, key) => map.replace(key, 2), 'store', 'load store', 'load'],
  ['replaceIfSame (same)', (map, key) => map.replaceIfSame(key, VALUE, 2), 'store', 'load store', 'load'],
  ['replaceIfSame (different)', (map, key) => map.replaceIfSame(key, 7, 2), '-', 'load', 'load'],
  ['set', (map, key) => map.set(key, 2), 'store', 'store', 'store'],
  ['putAll', (map, key) => map.putAll([[key, 2]]), 'storeAll', 'storeAll', 'storeAll'],
  ['setAll', (map, key) => map.setAll(new Map([[key, 2]])), 'storeAll', 'storeAll', 'storeAll'],
  ['remove', (map, key) => map.remove(key), 'delete', 'load delete', 'load'],
  ['tryRemove', (map, key) => map.tryRemove(key, 0), 'delete', 'load delete', 'load'],
  ['removeIfSame (same)', (map, key) => map.removeIfSame(key, VALUE), 'delete', 'load delete', 'load'],
  ['removeIfSame (different)', (map, key) => map.removeIfSame(key, 7), '-', 'load', 'load'],
  ['delete', (map, key) => map.delete(key), 'delete', 'delete', 'delete'],
  ['putTransient', (map, key) => map.putTransient(key, 2), '-', '-', '-'],
  ['getEntryView', (map, key) => map.getEntryView(key), '-', '-', '-'],
  ['evict', (map, key) => map.evict(key), '-', '-', '-'],
  ['evictAll', (map) => map.evictAll(), '-', '-', '-'],
  ['size', (map) => map.size(), '-', '-', '-'],
  ['isEmpty', (map) => map.isEmpty(), '-', '-', '-'],
  ['containsValue', (map) => map.containsValue(VALUE), '-', '-', '-'],
  ['values', (map) => map.values(), '-', '-', '-'],
  ['keySet', (map) => map.keySet('this > 0'), '-', '-', '-'],
  ['entrySet', (map) => map.entrySet(), '-', '-', '-'],
  ['localKeySet', (map) => map.localKeySet(), '-', '-', '-'],
  ['query', (map) => map.query().where('this > 0').count(), '-', '-', '-'],
  ['project', (map) => map.project(['this']), '-', '-', '-'],
  ['getLocalMapStats', async (map) => map.getLocalMapStats(), '-', '-', '-'],
  ['removeAll', (map) => map.removeAll('this > 0'), 'deleteAll', '-', '-'],
  ['removeAll of nothing', (map) => map.removeAll('this > 10'), '-', '-', '-'],
  ['clear', (map) => map.clear(), 'deleteAll', '-', '-'],
  ['putAll of nothing', (map) => map.putAll([]), '-', '-', '-'],
  ['getAll of nothing', (map) => map.getAll([]), '-', '-', '-'],
];

const test = describe('what calls the store');

for (const [call, run, ...cells] of TABLE) {
  for (const [column, where] of (['memory', 'store', 'nowhere'] as const).entries()) {
    test(`${call}, key ${where === 'nowhere' ? where : `in ${where}`}: ${cells[column]!}`, async () => {
      const { map, store, close } = await placed(where);
      await run(map, 'k');
      assert.is(store.methods.join(' ') || '-', cells[column]!);
      assert.ok(
        store.calls.every(({ keys }) => keys.length === 1 && keys[0] === 'k'),
        'about this key only',
      );
      await close();
    });
  }
}

/** What memory and the store have after the call; undefined: nothing. Reads and refusals change neither. */
const AFTER: Readonly<Record<string, Readonly<Record<Where, readonly [number | undefined, number | undefined]>>>> = {
  get: { memory: [1, 1], store: [1, 1], nowhere: [undefined, undefined] },
  containsKey: { memory: [1, 1], store: [1, 1], nowhere: [undefined, undefined] },
  getAll: { memory: [1, 1], store: [1, 1], nowhere: [undefined, undefined] },
  put: { memory: [2, 2], store: [2, 2], nowhere: [2, 2] },
  tryPut: { memory: [2, 2], store: [2, 2], nowhere: [2, 2] },
  putIfAbsent: { memory: [1, 1], store: [1, 1], nowhere: [2, 2] },
  replace: { memory: [2, 2], store: [2, 2], nowhere: [undefined, undefined] },
  'replaceIfSame (same)': { memory: [2, 2], store: [2, 2], nowhere: [undefined, undefined] },
  'replaceIfSame (different)': { memory: [1, 1], store: [1, 1], nowhere: [undefined, undefined] },
  set: { memory: [2, 2], store: [2, 2], nowhere: [2, 2] },
  putAll: { memory: [2, 2], store: [2, 2], nowhere: [2, 2] },
  remove: { memory: [undefined, undefined], store: [undefined, undefined], nowhere: [undefined, undefined] },
  'removeIfSame (different)': { memory: [1, 1], store: [1, 1], nowhere: [undefined, undefined] },
  'removeIfSame (same)': { memory: [undefined, undefined], store: [undefined, undefined], nowhere: [undefined, undefined] },
  delete: { memory: [undefined, undefined], store: [undefined, undefined], nowhere: [undefined, undefined] },
  putTransient: { memory: [2, 1], store: [2, 1], nowhere: [2, undefined] },
  evict: { memory: [undefined, 1], store: [undefined, 1], nowhere: [undefined, undefined] },
  evictAll: { memory: [undefined, 1], store: [undefined, 1], nowhere: [undefined, undefined] },
  clear: { memory: [undefined, undefined], store: [undefined, 1], nowhere: [undefined, undefined] },
  removeAll: { memory: [undefined, undefined], store: [undefined, 1], nowhere: [undefined, undefined] },
};

for (const [call, expected] of Object.entries(AFTER)) {
  test(`${call}: what memory and the store have afterwards`, async () => {
    const [, run] = TABLE.find(([name]) => name === call)!;
    for (const where of ['memory', 'store', 'nowhere'] as const) {
      const { map, store, close } = await placed(where);
      await run(map, 'k');
      assert.equal([(await map.values())[0], store.entries.get('k')], expected[where], where);
      await close();
    }
  });
}

const VERBS: readonly Row[] = TABLE.filter((row) => row.slice(2).some((cell) => /load|store|delete/.test(cell as string)));

test('when the store fails, at whichever call, the caller gets the error and memory and store keep what they had', async () => {
  for (const [call, run, ...cells] of VERBS) {
    for (const [column, where] of (['memory', 'store', 'nowhere'] as const).entries()) {
      for (const failing of cells[column]!.split(' ').filter((method) => method !== '-')) {
        const { map, store, close } = await placed(where);
        store.fail(new Error('disk full'), failing);
        const outcome = await run(map, 'k').then(
          () => 'no error',
          (error: { code: string }) => error.code,
        );
        assert.is(outcome, 'ERR_MAP_STORE', `${call}, ${where}, ${failing}`);
        const inMemory = (await map.values())[0];
        assert.is(store.entries.get('k'), where === 'nowhere' ? undefined : VALUE, `${call}, ${where}, ${failing}`);
        assert.ok(inMemory === store.entries.get('k') || (where === 'store' && inMemory === undefined), `${call}, ${where}, ${failing}`);
        store.fail();
        assert.is(await map.get('k'), where === 'nowhere' ? undefined : VALUE, 'and the key is free again');
        await close();
      }
    }
  }
});

test.run();

/** A map whose key `k` is there. */
async function placed(where: Where): Promise<{ map: Map_; store: TestStore<string, number>; close: () => Promise<void> }> {
  const store = new TestStore<string, number>(where === 'nowhere' ? [] : [['k', VALUE]]);
  const { map, instance } = await openMap<string, number>({ mapStore: { implementation: store } });
  await map.evictAll();
  if (where === 'memory') await map.get('k');
  store.forget();
  return { map, store, close: () => instance.close() };
}
