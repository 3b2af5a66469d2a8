/** M56, M10: a full write-behind queue: who waits, for how long, who is refused, and who is let in. */
import * as assert from 'uvu/assert';
import type { MapStore, MapStoreOptions } from '../../lib/index.ts';
import { describe } from '../kit/describe.ts';
import { openMap } from '../kit/instance.ts';
import { refusal } from '../kit/refusal.ts';
import { TestStore } from '../kit/store.ts';
import { open, turns } from './write-behind-map.ts';

const test = describe('manual: room in the write-behind queue');

test('M56 a full queue makes the writer wait, in order, and does not wait for the delay then', async () => {
  const store = new TestStore<string, number>();
  const { map, instance } = await open(store, { queueCapacity: 2, writeBatchSize: 1, writeDelaySeconds: 3600 });
  const release = store.block();
  const done: string[] = [];
  const writes = ['a', 'b', 'c', 'd'].map((key) => map.set(key, 1).then(() => done.push(key)));
  await turns();
  assert.equal(done, ['a', 'b']);
  assert.equal((await map.keySet()).toSorted(), ['a', 'b'], 'not acknowledged, not there');
  assert.is(map.getLocalMapStats().writeBehind!.waitingForRoom, 2);
  release();
  await Promise.all(writes);
  assert.equal(done, ['a', 'b', 'c', 'd']);
  await map.flush();
  assert.is(store.entries.size, 4);
  const many = Array.from({ length: 50 }, (_, i) => [`m${i}`, i] as const);
  await map.putAll(many); // more than there ever is room for
  await map.flush();
  assert.is(store.entries.size, 54);
  await map.clear();
  await map.flush();
  assert.is(store.entries.size, 0);
  await instance.close();
});

test('M56 a full queue that rejects: ERR_WRITE_BEHIND_FULL, and nothing has happened', async () => {
  const rows = new Map<string, number>();
  const { promise: released, resolve: release } = Promise.withResolvers<void>();
  const store: MapStore<string, number> = {
    load: () => undefined,
    async storeAll(entries) {
      await released;
      for (const [key, value] of entries) rows.set(key, value);
    },
    deleteAll: () => undefined,
  };
  const { map, instance } = await open(store, { queueCapacity: 2, onQueueFull: 'reject', writeDelaySeconds: 3600 });
  await map.set('a', 1);
  await map.set('b', 1);
  for (const attempt of [
    () => map.set('c', 1),
    () => map.put('c', 1),
    () => map.putAll([['c', 1], ['a', 5]]), // prettier-ignore
    () => map.delete('c'),
    () => map.executeOnKey('c', (entry) => entry.setValue(1)),
  ]) {
    const error = await refusal(attempt(), String(attempt));
    assert.equal([error.code, error.retryable, error.details['capacity']], ['ERR_WRITE_BEHIND_FULL', true, 2], String(attempt));
    assert.equal((await map.entrySet()).toSorted(), [['a', 1], ['b', 1]]); // prettier-ignore
  }
  release();
  await map.flush();
  await map.putAll([['c', 1], ['a', 5]]); // prettier-ignore
  await map.flush();
  await map.set('c', 2);
  await instance.close();
  assert.equal(rows, new Map([['a', 5], ['b', 1], ['c', 2]])); // prettier-ignore
});

test('M56 a putAll that has its room keeps it while others write', async () => {
  const { promise: released, resolve: release } = Promise.withResolvers<void>();
  const implementation: MapStore<string, number> = { storeAll: () => released };
  const mapStore: MapStoreOptions = { implementation, writeDelaySeconds: 60, queueCapacity: 5000, onQueueFull: 'reject' };
  await using opened = await openMap<string, number>({ mapStore }, { querySliceMs: 0.1 });
  const { map } = opened;
  await map.size();
  const many = map.putAll(Array.from({ length: 5000 }, (_, i) => [`k${i}`, i] as const));
  assert.is((await refusal(map.set('other', 1))).code, 'ERR_WRITE_BEHIND_FULL');
  await many;
  assert.is(map.getLocalMapStats().writeBehind!.queued, 5000);
  release();
  await map.flush();
  await map.set('other', 1);
});

test('M56 a putAll takes the room it has been promised once, not twice: others find what is left', async () => {
  const implementation: MapStore<string, number> = { storeAll: () => undefined };
  const mapStore: MapStoreOptions = { implementation, writeDelaySeconds: 60, queueCapacity: 5000, onQueueFull: 'reject' };
  await using opened = await openMap<string, number>({ mapStore }, { querySliceMs: 0.1 });
  const { map } = opened;
  await map.size();
  const state = { isDone: false };
  const many = map.putAll(Array.from({ length: 4000 }, (_, i) => [`k${i}`, i] as const)).finally(() => (state.isDone = true));
  let others = 0;
  while (!state.isDone && others < 1000) {
    await map.set(`x${others++}`, 1);
    await new Promise((resolve) => setImmediate(resolve));
  }
  await many;
  while (others < 1000) await map.set(`x${others++}`, 1);
  assert.is(map.getLocalMapStats().writeBehind!.queued, 5000);
  assert.is((await refusal(map.set('other', 1))).code, 'ERR_WRITE_BEHIND_FULL', 'and no more');
});

test('M56 who waits for room gets it when a later write takes the place of one that comes back', async () => {
  const { promise: asked, resolve: answer } = Promise.withResolvers<void>();
  const stored: string[] = [];
  const store: MapStore<string, number> = {
    failureKind: () => 'poison',
    async storeAll(entries) {
      if (entries.get('bad') !== 1) return void stored.push(...entries.keys());
      await asked;
      throw new Error('refused');
    },
  };
  const { map, clock, instance } = await open(store, { queueCapacity: 2 });
  await map.set('bad', 1);
  clock.advance(1000);
  await turns();
  await map.set('bad', 2); // behind the one that is being sent: the queue is full
  let isIn = false;
  const waiting = map.set('good', 1).then(() => (isIn = true));
  await turns();
  assert.not.ok(isIn);
  answer();
  await turns();
  assert.ok(isIn, 'there is room for one');
  await waiting;
  const flushed = map.flush();
  clock.advance(5000);
  await flushed;
  assert.equal(stored.toSorted(), ['bad', 'good']);
  await instance.close();
});

test('M10 tryPut and tryRemove wait no longer for room than they were told: false, and nothing has happened', async () => {
  const store = new TestStore<string, number>();
  const { map, clock, instance } = await open(store, { queueCapacity: 1 });
  const release = store.block();
  await map.set('a', 1);
  assert.is(await map.tryPut('b', 2, 0), false);
  const attempts = [map.tryPut('b', 2, 50), map.tryPut('c', 2, 50), map.tryRemove('a', 50)];
  await turns();
  assert.is(map.getLocalMapStats().writeBehind!.waitingForRoom, 3);
  clock.advance(50);
  assert.equal(await Promise.all(attempts), [false, false, false]);
  assert.equal([map.getLocalMapStats().writeBehind!.waitingForRoom, await map.entrySet()], [0, [['a', 1]]]);
  const patient = map.tryPut('b', 3, 1000);
  await turns();
  release();
  assert.is(await patient, true);
  await map.flush();
  assert.equal(store.entries, new Map([['a', 1], ['b', 3]])); // prettier-ignore
  assert.is(await map.tryRemove('none', 0), true);
  await map.set('c', 1); // what was promised and not used is there for others
  await map.flush();
  await instance.close();
});

test('M10 a tryPut that has its room keeps it while it loads the old value', async () => {
  const { promise: loaded, resolve: answer } = Promise.withResolvers<void>();
  const store: MapStore<string, number> = { load: () => loaded.then(() => undefined), storeAll: () => undefined };
  const { map, instance } = await open(store, { queueCapacity: 1, writeDelaySeconds: 3600 });
  const attempt = map.tryPut('a', 1, 0);
  const other = map.set('b', 1);
  await turns();
  assert.is(map.getLocalMapStats().writeBehind!.waitingForRoom, 1);
  answer();
  assert.is(await attempt, true);
  await other;
  await instance.close();
});

test.run();
