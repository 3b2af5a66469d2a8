/** M56, with M54, M58, M60, M62 and M68 as far as they meet it: write-behind as users see it while the store works. */
import * as assert from 'uvu/assert';
import type { MapOptions, MapStore } from '../../lib/index.ts';
import { describe } from '../kit/describe.ts';
import { refusal } from '../kit/refusal.ts';
import { TestStore } from '../kit/store.ts';
import { open, turns } from './write-behind-map.ts';

const test = describe('manual: write-behind');

test('M56 memory at once, the store after the delay, in one batch', async () => {
  const store = new TestStore<string, number>([['old', 1]]);
  const { map, clock, instance } = await open(store);
  await map.set('a', 1);
  await map.put('b', 2);
  await map.delete('old');
  assert.equal([await map.get('a'), await map.get('b'), await map.get('old')], [1, 2, undefined]);
  clock.advance(999);
  await turns();
  assert.equal(store.methods, ['load'], 'the old value of b');
  clock.advance(1);
  await turns();
  assert.equal(store.methods, ['load', 'deleteAll', 'storeAll']);
  assert.equal(store.calls.slice(1).map(({ keys }) => keys), [['old'], ['a', 'b']]); // prettier-ignore
  assert.equal(store.entries, new Map([['a', 1], ['b', 2]])); // prettier-ignore
  assert.ok((await map.getEntryView('a'))!.lastStoredTime === clock.now());
  await instance.close();
});

test('M56 coalescing keeps the last operation of a key, and the time of the first: what changes all the time is stored too', async () => {
  const store = new TestStore<string, number>();
  const { map, clock, instance } = await open(store);
  for (let i = 0; i < 25; i++) {
    await map.set('k', i);
    clock.advance(100);
    await turns();
  }
  assert.equal(store.calls.map(({ entries }) => entries?.get('k')), [9, 19]); // prettier-ignore
  await map.delete('k');
  await map.flush();
  assert.equal(store.methods, ['storeAll', 'storeAll', 'deleteAll']);
  await instance.close();
});

test('M56 a batch takes along what is due within a tenth of the delay', async () => {
  const store = new TestStore<string, number>();
  const { map, clock, instance } = await open(store);
  await map.set('a', 1);
  clock.advance(100);
  await map.set('soon', 2);
  clock.advance(1);
  await map.set('later', 3);
  clock.advance(899);
  await turns();
  assert.equal(store.calls.map(({ keys }) => keys), [['a', 'soon']]); // prettier-ignore
  clock.advance(101);
  await turns();
  assert.equal(store.calls.map(({ keys }) => keys), [['a', 'soon'], ['later']]); // prettier-ignore
  await instance.close();
});

test('M56 without coalescing every change is stored, in order', async () => {
  const store = new TestStore<string, number>();
  const { map, instance } = await open(store, { writeCoalescing: false });
  await map.set('k', 1);
  await map.set('k', 2);
  await map.delete('k');
  await map.set('k', 3);
  await map.set('other', 9);
  await map.flush();
  const seen = store.calls.map(({ method, entries }) => (method === 'deleteAll' ? 'gone' : entries?.get('k')));
  assert.equal(seen.filter((value) => value !== undefined), [1, 2, 'gone', 3]); // prettier-ignore
  await instance.close();
});

test('M56 batches are no larger than writeBatchSize; a store without storeAll gets one by one', async () => {
  const store = new TestStore<string, number>();
  const { map, instance } = await open(store, { writeBatchSize: 3 });
  await map.putAll(Array.from({ length: 8 }, (_, i) => [`k${i}`, i] as const));
  await map.flush();
  assert.equal(store.calls.map(({ keys }) => keys.length), [3, 3, 2]); // prettier-ignore
  await instance.close();

  const one: string[] = [];
  const oneByOne: MapStore<string, number> = {
    store: (key) => void one.push(`store ${key}`),
    delete: (key) => void one.push(`delete ${key}`),
  };
  const single = await open(oneByOne);
  await single.map.putAll([['a', 1], ['b', 2]]); // prettier-ignore
  await single.map.flush();
  await single.map.clear();
  await single.map.flush();
  assert.equal(one, ['store a', 'store b', 'delete a', 'delete b']);
  await single.instance.close();
});

test('M56 a later write of a key waits for the one under way; other keys go on', async () => {
  const store = new TestStore<string, number>();
  const { map, instance } = await open(store, { writeBatchSize: 1 });
  await map.set('a', 1);
  const release = store.block();
  const flushed = map.flush();
  await turns();
  await map.set('a', 2);
  await map.set('b', 1);
  const all = map.flush();
  await turns();
  assert.equal(store.calls.map(({ keys }) => keys[0]), ['a', 'b']); // prettier-ignore
  release();
  await Promise.all([flushed, all]);
  assert.equal(store.calls.map(({ entries }) => [...entries!][0]), [['a', 1], ['b', 1], ['a', 2]]); // prettier-ignore
  await instance.close();
});

test('M56 reads see what is pending, a value or a delete, and never load it', async () => {
  const store = new TestStore<string, number>([['gone', 1], ['kept', 1]]); // prettier-ignore
  const { map, clock, instance } = await open(store, { writeDelaySeconds: 60 });
  await map.evictAll();
  await map.delete('gone');
  await map.set('short', 5, { ttlSeconds: 1 });
  clock.advance(2000);
  assert.is(await map.size(), 0, 'it has expired in memory');
  store.forget();
  assert.equal(await map.getAll(['gone', 'short']), new Map([['short', 5]]));
  await map.set('short', 5, { ttlSeconds: 1 });
  clock.advance(2000);
  assert.is(await map.get('gone'), undefined);
  assert.is(await map.containsKey('gone'), false);
  assert.is(await map.putIfAbsent('gone', 2), undefined);
  assert.is(await map.get('short'), 5);
  assert.equal(await map.getAll(['gone', 'short']), new Map([['gone', 2], ['short', 5]])); // prettier-ignore
  assert.is(await map.put('short', 6), 5);
  assert.equal(store.methods, []);
  assert.is(await map.remove('kept'), 1);
  assert.equal(store.methods, ['load']);
  await map.flush();
  assert.equal(store.entries, new Map([['short', 6], ['gone', 2]])); // prettier-ignore
  await instance.close();
});

test('M58 clear queues deletes for what is in memory and for what is only pending; other rows stay', async () => {
  const store = new TestStore<string, number>([['cold', 1], ['warm', 1]]); // prettier-ignore
  const { map, clock, instance } = await open(store, { writeDelaySeconds: 60 });
  await map.evictAll();
  await map.get('warm');
  await map.set('expired', 2, { ttlSeconds: 1 });
  clock.advance(2000);
  await map.clear();
  assert.equal([await map.get('warm'), await map.get('expired')], [undefined, undefined]);
  store.forget();
  await map.flush();
  assert.equal(store.methods, ['deleteAll']);
  assert.equal(store.calls[0]!.keys.toSorted(), ['expired', 'warm']);
  assert.equal(store.entries, new Map([['cold', 1]]));
  await instance.close();
});

test('M56 what expires in memory is stored all the same', async () => {
  const store = new TestStore<string, number>();
  const { map, clock, instance } = await open(store, {}, { timeToLiveSeconds: 0.5 });
  await map.set('k', 1);
  clock.advance(5000);
  await turns();
  assert.is(await map.size(), 0);
  assert.equal(store.entries, new Map([['k', 1]]));
  await instance.close();
});

test('M56, M68 what the store does not have yet is never given up; afterwards it may be', async () => {
  const store = new TestStore<string, number>();
  const limit: MapOptions = { evictionPolicy: 'LRU', maxSize: 2, maxSizePolicy: 'per_member', evictionDelaySeconds: 0 };
  const { map, instance } = await open(store, {}, limit);
  await map.putAll([['a', 1], ['b', 2], ['c', 3], ['d', 4]]); // prettier-ignore
  assert.is(await map.evict('a'), false);
  await map.evictAll();
  assert.is(await map.size(), 4);
  await map.flush();
  assert.is(await map.size(), 2);
  await map.set('e', 5);
  assert.is(await map.size(), 2);
  assert.is(await map.evict('e'), false);
  await map.flush();
  assert.is(await map.evict('e'), true);
  assert.is(store.entries.size, 5);
  await instance.close();
});

test('M63 a value kept again from the queue is stored when the store has it', async () => {
  const store = new TestStore<string, number>();
  const { map, clock, instance } = await open(store, { writeDelaySeconds: 60 });
  await map.set('short', 5, { ttlSeconds: 1 });
  clock.advance(2000);
  assert.is(await map.get('short'), 5);
  assert.is((await map.getEntryView('short'))!.lastStoredTime, 0);
  await map.flush();
  assert.is((await map.getEntryView('short'))!.lastStoredTime, clock.now());
  await instance.close();
});

test('M56 flush waits for what was queued when it was called, and for that only; a signal ends the waiting', async () => {
  const store = new TestStore<string, number>();
  const { map, instance } = await open(store);
  await map.flush();
  await map.set('a', 1);
  const release = store.block();
  const aborter = new AbortController();
  const [flushed, aborted] = [map.flush(), refusal(map.flush({ signal: aborter.signal }))];
  await turns();
  aborter.abort(new Error('enough'));
  const error = await aborted;
  assert.equal([error.code, error.details['unsaved'], (error.cause as Error).message], ['ERR_ABORTED', 1, 'enough']);
  release();
  await flushed;
  assert.equal(store.entries, new Map([['a', 1]]));
  await instance.close();
});

test('M60 what the store returns is kept, unless the entry has changed since', async () => {
  interface Row {
    readonly v: number;
    readonly id?: number;
  }
  let id = 0;
  const gate = Promise.withResolvers<void>();
  let isHeld = false;
  const store: MapStore<string, Row> = {
    async storeAll(entries) {
      if (isHeld) await gate.promise;
      return new Map(Array.from(entries, ([key, value]) => [key, { ...value, id: ++id }]));
    },
  };
  const { map, clock, instance } = await open<Row>(store);
  await map.set('a', { v: 1 }, { ttlSeconds: 100 });
  await map.flush();
  await turns();
  assert.equal(await map.get('a'), { v: 1, id: 1 });
  assert.equal(await map.values('id = 1'), [{ v: 1, id: 1 }]);
  assert.is((await map.getEntryView('a'))!.expirationTime, clock.now() + 100_000);
  isHeld = true;
  await map.set('a', { v: 2 });
  const flushed = map.flush();
  await turns();
  await map.set('a', { v: 3 });
  gate.resolve();
  await flushed;
  await turns();
  assert.equal(await map.get('a'), { v: 3 });
  const { promise: done, resolve: finish } = Promise.withResolvers<void>();
  await map.set('b', { v: 1 });
  const processed = map.executeOnKey('b', async (entry) => {
    await done;
    entry.setValue({ v: entry.value!.v + 1 });
  });
  await map.flush();
  finish();
  await processed;
  assert.equal(await map.get('b'), { v: 2 }, 'a change under way when the row came is not lost');
  await map.putTransient('a', { v: 4 });
  await map.flush();
  await turns();
  assert.equal(await map.get('a'), { v: 4 });
  await instance.close();
});

test('M62 a lock does not hold up what is queued, and a full queue does not hold up unlocking', async () => {
  const store = new TestStore<string, number>();
  const { map, instance } = await open(store, { queueCapacity: 1, writeBatchSize: 1 });
  const held = await map.lock('k');
  const release = store.block();
  await held.set(1);
  const [own, other, foreign] = [held.delete(), map.set('other', 1), map.set('k', 9)];
  await turns();
  assert.is(map.getLocalMapStats().writeBehind!.waitingForRoom, 2);
  release();
  await Promise.all([own, other]);
  await held.unlock();
  await foreign;
  await map.flush();
  assert.equal(store.entries, new Map([['other', 1], ['k', 9]])); // prettier-ignore
  await instance.close();
});

test.run();
