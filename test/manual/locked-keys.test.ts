/** M8, M10, M11, M12, M23: what the calls of a map do with keys that somebody has locked. */
import * as assert from 'uvu/assert';
import type { IMap } from '../../lib/index.ts';
import { describe } from '../kit/describe.ts';
import { openMap, testClock } from '../kit/instance.ts';
import { refusal } from '../kit/refusal.ts';
import { hasEnded, settled } from '../kit/settled.ts';
import { TestStore } from '../kit/store.ts';

const test = describe('manual: locked keys');

/** Each call that changes a key, as the map makes it. */
const CHANGES: Readonly<Record<string, (map: IMap<string, number>, key: string) => Promise<unknown>>> = {
  put: (map, key) => map.put(key, 2),
  set: (map, key) => map.set(key, 2),
  putIfAbsent: (map, key) => map.putIfAbsent(key, 2),
  putTransient: (map, key) => map.putTransient(key, 2),
  replace: (map, key) => map.replace(key, 2),
  replaceIfSame: (map, key) => map.replaceIfSame(key, 1, 2),
  remove: (map, key) => map.remove(key),
  removeIfSame: (map, key) => map.removeIfSame(key, 1),
  delete: (map, key) => map.delete(key),
  tryPut: (map, key) => map.tryPut(key, 2, Infinity),
  tryRemove: (map, key) => map.tryRemove(key, Infinity),
  setTtl: (map, key) => map.setTtl(key, 60),
  putAll: (map, key) => map.putAll([[key, 2]]),
  setAll: (map, key) => map.setAll([[key, 2]]),
  removeAll: (map) => map.removeAll('this > 0'),
  executeOnKey: (map, key) => map.executeOnKey(key, (entry) => entry.setValue(2)),
  executeOnKeys: (map, key) => map.executeOnKeys([key], (entry) => entry.setValue(2)),
  executeOnEntries: (map) => map.executeOnEntries((entry) => entry.setValue(2)),
};

/** Each call that only reads. */
const READS: Readonly<Record<string, (map: IMap<string, number>, key: string) => Promise<unknown>>> = {
  get: (map, key) => map.get(key),
  getAll: (map, key) => map.getAll([key]),
  containsKey: (map, key) => map.containsKey(key),
  containsValue: (map) => map.containsValue(1),
  size: (map) => map.size(),
  isEmpty: (map) => map.isEmpty(),
  values: (map) => map.values(),
  keySet: (map) => map.keySet('this > 0'),
  entrySet: (map) => map.entrySet(),
  query: (map) => map.query().where('this > 0').count(),
  getEntryView: (map, key) => map.getEntryView(key),
  isLocked: (map, key) => map.isLocked(key),
};

const STORES = { 'without a store': () => undefined, 'with a store': () => new TestStore<string, number>([['k', 1]]) };

for (const [how, newStore] of Object.entries(STORES)) {
  const open = async () => {
    const implementation = newStore();
    const opened = await openMap<string, number>(implementation === undefined ? {} : { mapStore: { implementation } });
    await opened.map.set('k', 1);
    return opened;
  };

  for (const [name, change] of Object.entries(CHANGES)) {
    test(`M23 ${how}, ${name} of a key locked by somebody else waits, then succeeds`, async () => {
      await using opened = await open();
      const { map } = opened;
      const held = await map.lock('k');
      const call = change(map, 'k');
      assert.not.ok(await hasEnded(call));
      assert.is(await map.get('k'), 1, 'nothing has happened');
      await held.unlock();
      await call;
      const value = await map.get('k');
      if (/remove|delete/i.test(name)) assert.is(value, undefined);
      else assert.is(value, name === 'putIfAbsent' || name === 'setTtl' ? 1 : 2);
    });
  }

  for (const [name, read] of Object.entries(READS)) {
    test(`M23 ${how}, ${name} never waits for a lock`, async () => {
      await using opened = await open();
      await opened.map.lock('k');
      assert.ok(await hasEnded(read(opened.map, 'k')));
    });
  }

  test(`M62 ${how}, calls made through the handle pass`, async () => {
    await using opened = await open();
    const { map } = opened;
    const held = await map.lock('k');
    assert.is(held.key, 'k');
    assert.is(await held.get(), 1);
    assert.is(await held.put(2), 1);
    await held.set(3);
    await held.putTransient(3);
    assert.is(await held.putIfAbsent(4), 3);
    assert.is(await held.replace(5), 3);
    assert.is(await held.replaceIfSame(5, 6), true);
    assert.is(await held.containsKey(), true);
    const view = (await held.getEntryView())!;
    assert.is(view.value, 6);
    assert.is(await view.setValue(7), 6, 'the view of a handle passes as well');
    assert.is(await held.executeOnKey((entry) => entry.setValue(entry.value! + 1)), undefined);
    assert.is(await held.removeIfSame(7), false);
    assert.is(await held.setTtl(60), true);
    assert.is((await held.getEntryView())!.ttl, 60_000);
    assert.is(await held.evict(), true);
    assert.is(await held.remove(), how === 'with a store' ? 8 : undefined);
    await held.set(9);
    await held.delete();
    assert.is(await held.get(), undefined);
    assert.ok(await held.isHeld());
    await held.unlock();
  });
}

test('M10 tryPut and tryRemove answer false when the lock was not free in time', async () => {
  const clock = testClock();
  await using opened = await openMap<string, number>({}, { clock });
  const { map } = opened;
  await map.set('k', 1);
  const held = await map.lock('k');
  assert.is(await map.tryPut('k', 2, 0), false);
  assert.is(await map.tryRemove('k', 0), false);
  const calls = [map.tryPut('k', 2, 5), map.tryRemove('k', 5)];
  await settled();
  clock.advance(5);
  assert.equal(await Promise.all(calls), [false, false]);
  assert.is(await map.get('k'), 1);
  const waiting = map.tryPut('k', 3, 5);
  await settled();
  await held.unlock();
  assert.is(await waiting, true);
  assert.is(await map.tryRemove('k', 0), true);
});

test('M10 the time of tryPut covers lock and turn together', async () => {
  const clock = testClock();
  const store = new TestStore<string, number>();
  await using opened = await openMap<string, number>({ mapStore: { implementation: store } }, { clock });
  const { map } = opened;
  await map.size();
  const held = await map.lock('k');
  const unblock = store.block();
  const under = held.set(1);
  const trying = map.tryPut('k', 2, 10);
  await settled();
  clock.advance(6);
  await held.unlock();
  await settled();
  clock.advance(3);
  assert.not.ok(await hasEnded(trying));
  clock.advance(1);
  assert.is(await trying, false);
  unblock();
  await under;
  assert.is(store.entries.get('k'), 1);
});

test('M8 putAll does not let keys wait for each other: a holder of one key gets the other one', async () => {
  for (const newStore of Object.values(STORES)) {
    const implementation = newStore();
    await using opened = await openMap<string, number>(implementation === undefined ? {} : { mapStore: { implementation } });
    const { map } = opened;
    const a = await map.lock('a');
    const all = map.putAll([['a', 1], ['b', 1], ['c', 1]]); // prettier-ignore
    const b = await map.lock('b'); // did putAll hold b while it waits for a, this would never come
    assert.is(await b.get(), 1, 'free keys did not wait');
    assert.is(await a.get(), undefined);
    const two = map.putAll([['b', 2], ['a', 2]]); // prettier-ignore
    await a.unlock();
    await all;
    await b.unlock();
    await two;
    assert.equal([...(await map.getAll(['a', 'b', 'c'])).values()], [2, 2, 1]);
  }
});

test('M8 when a part of putAll fails, the keys that still wait are not stored any more', async () => {
  const store = new TestStore<string, number>();
  await using opened = await openMap<string, number>({ mapStore: { implementation: store } });
  const { map } = opened;
  const held = await map.lock('a');
  store.fail(new Error('disk full'), 'storeAll');
  assert.is((await refusal(map.putAll([['a', 1], ['b', 1]]))).code, 'ERR_MAP_STORE'); // prettier-ignore
  store.fail();
  await held.unlock();
  await settled();
  assert.is(await map.size(), 0);
  assert.is(store.entries.size, 0);
});

test('M12 clear passes over locked entries, M11 evict and evictAll too', async () => {
  for (const newStore of Object.values(STORES)) {
    const implementation = newStore();
    await using opened = await openMap<string, number>(implementation === undefined ? {} : { mapStore: { implementation } });
    const { map } = opened;
    const fill = (): Promise<void> => map.putAll([['a', 1], ['b', 1], ['c', 1]]); // prettier-ignore
    await fill();
    const held = await map.lock('b');
    await map.clear();
    assert.equal((await map.keySet()).toSorted(), ['b']);
    if (implementation !== undefined) assert.equal([...implementation.entries.keys()], ['b']);
    await held.delete();
    const all = fill();
    await held.unlock();
    await all;
    const again = await map.lock('b');
    await map.evictAll();
    assert.equal(await map.keySet(), ['b']);
    assert.is(await map.evict('b'), false);
    assert.is(await again.evict(), true);
    await again.unlock();
  }
});

test('M62 who waits when the map is destroyed or the instance closed gets that error; a lock that somebody forgot keeps nobody', async () => {
  for (const end of ['destroy', 'close'] as const) {
    const { map, instance } = await openMap<string, number>();
    const held = await map.lock('k', { leaseSeconds: 60 });
    const calls = Object.values(CHANGES).map((change) => change(map, 'k'));
    calls.push(map.lock('k'), map.tryLock('k', { timeoutMs: Infinity }), map.putAll([['a', 1], ['k', 1]])); // prettier-ignore
    await held.set(1); // so that removeAll and executeOnEntries find something
    calls.push(
      map.removeAll('this = 1'),
      map.executeOnEntries(() => 1),
    );
    await settled();
    const errors = Promise.all(calls.map((call) => call.then(() => undefined, (error: { code: string }) => error.code))); // prettier-ignore
    await (end === 'destroy' ? map.destroy() : instance.close());
    const code = end === 'destroy' ? 'ERR_MAP_DESTROYED' : 'ERR_INSTANCE_CLOSED';
    const outcomes = await errors;
    assert.ok(outcomes.filter((outcome) => outcome === code).length >= calls.length - 2, outcomes.join());
    for (const call of [held.get(), held.set(2), held.unlock(), held.isHeld(), map.lock('k'), map.isLocked('k')]) {
      assert.is((await refusal(call)).code, code);
    }
    await instance.close();
  }
});

test.run();
