/**
 * What calls the store (section 6 of the contract): each operation, on a key that is in memory, only in the store, or nowhere.
 *
 * The table is the contract's, written out; each cell is run against a store that records its calls. `-` is no call. With write-behind the queue is
 * flushed after the operation, and the same calls must have come, by batches: `storeAll` for `store`, `deleteAll` for `delete`. There the key may also be
 * in the queue only: what is pending is never loaded.
 */
import * as assert from 'uvu/assert';
import type { IMap, MapStoreOptions } from '../../lib/index.ts';
import { describe } from '../kit/describe.ts';
import { openMap, testClock } from '../kit/instance.ts';
import { TestStore } from '../kit/store.ts';

type Map_ = IMap<string, number>;
/** Where the key is. `pending`, `deleted`: not in memory, but a store or a delete of it is queued. */
type Where = 'memory' | 'store' | 'nowhere' | 'pending' | 'deleted';
type Row = readonly [call: string, run: (map: Map_, key: string) => Promise<unknown>, memory: string, store: string, nowhere: string];

/** Later than any test lasts. */
const BEHIND: MapStoreOptions = { writeDelaySeconds: 600 };

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
  ['executeOnKey: set', (map, key) => map.executeOnKey(key, (entry) => entry.setValue(2)), 'store', 'load store', 'load store'],
  ['executeOnKey: remove', (map, key) => map.executeOnKey(key, (entry) => entry.remove()), 'delete', 'load delete', 'load delete'],
  ['executeOnKey: read', (map, key) => map.executeOnKey(key, (entry) => entry.value), '-', 'load', 'load'],
  ['executeOnEntries: set', (map) => map.executeOnEntries((entry) => entry.setValue(2)), 'store', '-', '-'],
  ['executeOnEntries: remove', (map) => map.executeOnEntries((entry) => entry.remove()), 'delete', '-', '-'],
  ['executeOnEntries: read', (map) => map.executeOnEntries((entry) => entry.value), '-', '-', '-'],
  ['executeOnEntries of nothing', (map) => map.executeOnEntries((entry) => entry.setValue(2), 'this > 10'), '-', '-', '-'],
  ['loadAll(keys)', (map, key) => map.loadAll([key]), 'loadAll', 'loadAll', 'loadAll'],
  ['loadAll(keys), not over what is there', (map, key) => map.loadAll([key], { replaceExisting: false }), '-', 'loadAll', 'loadAll'],
  ['lock', async (map, key) => (await map.lock(key)).unlock(), '-', '-', '-'],
  ['isLocked', (map, key) => map.isLocked(key), '-', '-', '-'],
  ['flush', (map) => map.flush(), '-', '-', '-'],
  ['removeAll', (map) => map.removeAll('this > 0'), 'deleteAll', '-', '-'],
  ['removeAll of nothing', (map) => map.removeAll('this > 10'), '-', '-', '-'],
  ['clear', (map) => map.clear(), 'deleteAll', '-', '-'],
  ['putAll of nothing', (map) => map.putAll([]), '-', '-', '-'],
  ['getAll of nothing', (map) => map.getAll([]), '-', '-', '-'],
];

const test = describe('what calls the store');
const PLACES = ['memory', 'store', 'nowhere'] as const;

for (const [call, run, ...cells] of TABLE) {
  for (const [column, where] of PLACES.entries()) {
    test(`${call}, ${spell(where)}: ${cells[column]!}`, async () => {
      const { map, store, close } = await placed(where);
      await run(map, 'k');
      assert.is(store.methods.join(' ') || '-', cells[column]!);
      aboutTheKey(store);
      await close();
    });
    test(`write-behind: ${call}, ${spell(where)}: ${batched(cells[column]!)}`, async () => {
      const { map, store, close } = await placed(where, BEHIND);
      await run(map, 'k');
      assert.not.match(store.methods.join(' '), /store|delete/, 'nothing is written before its time');
      await map.flush();
      assert.is(store.methods.join(' ') || '-', batched(cells[column]!));
      aboutTheKey(store);
      await close();
    });
  }
}

/** Operations on what is in memory: a key that is only pending is none of their business. */
const OF_MEMORY = /^executeOnEntries|^removeAll/;

for (const [call, run, memory, , nowhere] of TABLE) {
  // What is pending is there, as if it were in memory, and is stored in any case; a pending delete is the same as nothing, without asking.
  const pending = OF_MEMORY.test(call) || !/store|delete/.test(memory) ? 'storeAll' : batched(memory);
  const deleted = /store/.test(nowhere) ? 'storeAll' : 'deleteAll';
  for (const [where, expected] of Object.entries({ pending, deleted }) as [Where, string][]) {
    test(`write-behind: ${call}, ${spell(where)}: ${expected}`, async () => {
      const { map, store, close } = await placed(where, BEHIND);
      await run(map, 'k');
      await map.flush();
      assert.is(store.methods.join(' '), expected);
      aboutTheKey(store);
      await close();
    });
  }
}

/** What memory and the store have after the call; undefined: nothing. Reads and refusals change neither. */
const AFTER: Readonly<Record<string, Readonly<Record<(typeof PLACES)[number], readonly [number | undefined, number | undefined]>>>> = {
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
  'executeOnKey: set': { memory: [2, 2], store: [2, 2], nowhere: [2, 2] },
  'executeOnKey: remove': { memory: [undefined, undefined], store: [undefined, undefined], nowhere: [undefined, undefined] },
  'executeOnKey: read': { memory: [1, 1], store: [1, 1], nowhere: [undefined, undefined] },
  'executeOnEntries: set': { memory: [2, 2], store: [undefined, 1], nowhere: [undefined, undefined] },
  'executeOnEntries: remove': { memory: [undefined, undefined], store: [undefined, 1], nowhere: [undefined, undefined] },
  'loadAll(keys)': { memory: [1, 1], store: [1, 1], nowhere: [undefined, undefined] },
  clear: { memory: [undefined, undefined], store: [undefined, 1], nowhere: [undefined, undefined] },
  removeAll: { memory: [undefined, undefined], store: [undefined, 1], nowhere: [undefined, undefined] },
};

for (const [call, expected] of Object.entries(AFTER)) {
  test(`${call}: what memory and the store have afterwards`, async () => {
    const [, run] = TABLE.find(([name]) => name === call)!;
    for (const where of PLACES) {
      for (const behind of [{}, BEHIND]) {
        const { map, store, close } = await placed(where, behind);
        await run(map, 'k');
        await map.flush();
        assert.equal([(await map.values())[0], store.entries.get('k')], expected[where], where);
        await close();
      }
    }
  });

  test(`write-behind: ${call}: what the store has afterwards of what was pending`, async () => {
    const [, run] = TABLE.find(([name]) => name === call)!;
    for (const where of ['pending', 'deleted'] as const) {
      const { map, store, close } = await placed(where, BEHIND);
      await run(map, 'k');
      const seen = await map.get('k');
      await map.flush();
      assert.is(
        store.entries.get('k'),
        OF_MEMORY.test(call)
          ? expected[where === 'pending' ? 'store' : 'nowhere'][1]
          : expected[where === 'pending' ? 'memory' : 'nowhere'][1],
        where,
      );
      if (call !== 'putTransient') assert.is(seen, store.entries.get('k'), `${where}: what a reader saw before`);
      await close();
    }
  });
}

const VERBS: readonly Row[] = TABLE.filter((row) => row.slice(2).some((cell) => /load|store|delete/.test(cell as string)));

test('when the store fails, at whichever call, the caller gets the error and memory and store keep what they had', async () => {
  for (const [call, run, ...cells] of VERBS) {
    for (const [column, where] of PLACES.entries()) {
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

/** The calls of a write-behind map. */
function batched(cell: string): string {
  return cell.replaceAll(/\b(store|delete)\b/g, '$1All');
}

function spell(where: Where): string {
  return where === 'nowhere' ? 'key nowhere' : where === 'pending' || where === 'deleted' ? `key ${where} in the queue` : `key in ${where}`;
}

function aboutTheKey(store: TestStore<string, number>): void {
  assert.ok(
    store.calls.every(({ keys }) => keys.length === 1 && keys[0] === 'k'),
    'about this key only',
  );
}

/** A map whose key `k` is there. */
async function placed(
  where: Where,
  behind: MapStoreOptions = {},
): Promise<{ map: Map_; store: TestStore<string, number>; close: () => Promise<void> }> {
  const store = new TestStore<string, number>(where === 'memory' || where === 'store' || where === 'deleted' ? [['k', VALUE]] : []);
  const clock = testClock();
  const { map, instance } = await openMap<string, number>({ mapStore: { implementation: store, ...behind } }, { clock });
  await map.size(); // all is loaded
  await map.evictAll();
  if (where === 'memory') await map.get('k');
  if (where === 'deleted') await map.delete('k');
  if (where === 'pending') await map.set('k', VALUE, { ttlSeconds: 1 });
  clock.advance(2000);
  store.forget();
  return { map, store, close: () => instance.close() };
}
