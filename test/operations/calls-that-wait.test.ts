/** Calls that wait, for turns, locks, the initial load or the store: never for themselves, and no longer than their caller likes. */
import { AsyncLocalStorage } from 'node:async_hooks';
import * as assert from 'uvu/assert';
import { AbortedError, EntryProcessorError, MapStoreError, type IMap, type Instance } from '../../lib/index.ts';
import { describe } from '../kit/describe.ts';
import { openMap, testClock, type TestClock } from '../kit/instance.ts';
import { refusal } from '../kit/refusal.ts';
import { settled } from '../kit/settled.ts';
import { TestStore } from '../kit/store.ts';

const test = describe('calls that wait');

type Map_ = IMap<string, number>;

/** A clock that moves with each look at it, so that slices are short, and whose pauses end when they are told to. */
function pausingClock(): TestClock & { readonly pauses: (() => void)[] } {
  const clock = testClock();
  const pauses: (() => void)[] = [];
  let looks = 0;
  return { ...clock, now: () => clock.now() + looks++, yield: () => new Promise((resolve) => pauses.push(resolve)), pauses };
}

for (const method of ['clear', 'evictAll'] as const) {
  test(`${method}: a busy key that comes to another place during a pause is waited for once`, async () => {
    const clock = pausingClock();
    await using opened = await openMap<number, number>({}, { clock, querySliceMs: 1 });
    const { map } = opened;
    for (let key = 0; key < 200; key++) await map.set(key, key);
    const listening = await map.addEntryListener({ removed: () => undefined });
    const first = Promise.withResolvers<void>();
    const second = Promise.withResolvers<void>();
    const moved = map.executeOnKey(0, async (entry) => {
      await first.promise;
      entry.remove();
    });
    const gone = map[method]();
    assert.is(clock.pauses.length, 1);
    first.resolve();
    await moved;
    await map.set(-1, 0); // takes the place of 0
    await map.delete(199);
    await map.set(0, 1); // takes the place of 199
    const busy = map.executeOnKey(0, () => second.promise);
    let isGone = false;
    void gone.then(() => (isGone = true));
    while (clock.pauses.length > 0) {
      clock.pauses.splice(0).forEach((end) => end());
      await settled();
    }
    assert.not.ok(isGone, 'it waits for the processor');
    second.resolve();
    await busy;
    await settled();
    assert.ok(isGone);
    assert.is(await map.containsKey(0), false);
    listening.remove();
    clock.pauses.splice(0).forEach((end) => end());
  });
}

/** A map whose initial load waits until it is released. */
async function loading(rows: [string, number][] = [['k', 1]]) {
  const { promise, resolve } = Promise.withResolvers<void>();
  const store = new (class extends TestStore<string, number> {
    override async loadAllKeys(): Promise<string[]> {
      await promise;
      return super.loadAllKeys();
    }
  })(rows);
  const opened = await openMap<string, number>({ mapStore: { implementation: store } });
  return { ...opened, release: resolve, [Symbol.asyncDispose]: () => opened[Symbol.asyncDispose]() };
}

const OWN: Readonly<Record<string, (map: Map_) => Promise<unknown>>> = {
  clear: (map) => map.clear(),
  removeAll: (map) => map.removeAll('this > 0'),
  executeOnEntries: (map) => map.executeOnEntries(() => 1),
  'loadAll of the own key': (map) => map.loadAll(['a', 'k']),
  'loadAll of the own key, absent or not': (map) => map.loadAll(['k'], { replaceExisting: false }),
};

for (const [name, call] of Object.entries(OWN)) {
  test(`M17 ${name} by a processor is refused, also when it began during the initial load`, async () => {
    for (const when of ['during the load', 'after it']) {
      await using opened = await loading();
      const { map, release } = opened;
      if (when === 'after it') release();
      if (when === 'after it') await map.size();
      const processed = refusal(map.executeOnKey('k', () => call(map)));
      await settled();
      release();
      assert.instance(await processed, EntryProcessorError, when);
      assert.is(await map.put('k', 2), 1);
    }
  });
}

const ENDS: Readonly<Record<string, (map: Map_, instance: Instance) => Promise<unknown>>> = {
  destroy: (map) => map.destroy(),
  close: (_, instance) => instance.close(),
};

for (const [name, call] of Object.entries(ENDS)) {
  test(`M17 ${name} by a processor would wait for that processor, and is refused`, async () => {
    await using opened = await openMap<string, number>();
    const { map, instance } = opened;
    const error = await refusal(map.executeOnKey('k', () => call(map, instance)));
    assert.instance(error, EntryProcessorError);
    assert.equal([error.details['map'], error.details['called']], ['test', name]);
    assert.is(await map.put('k', 1), undefined);
  });
}

test('M17 a processor may destroy another map, but not ask for its own one while that is being destroyed', async () => {
  await using opened = await openMap<string, number>();
  const { map, instance } = opened;
  const other = await instance.getMap<string, number>('other');
  await map.executeOnKey('k', () => other.destroy());
  const proceed = Promise.withResolvers<void>();
  const asked = refusal(map.executeOnKey('k', async () => (await proceed.promise, instance.getMap('test'))));
  const destroyed = map.destroy();
  proceed.resolve();
  assert.instance(await asked, EntryProcessorError);
  await destroyed;
});

test('each call that waited for the initial load goes on in its own asynchronous context', async () => {
  await using opened = await loading();
  const { map, release } = opened;
  const request = new AsyncLocalStorage<string>();
  const calls = ['a', 'b'].map((name) => request.run(name, () => map.executeOnEntries(() => request.getStore()!)));
  await settled();
  release();
  assert.equal(
    (await Promise.all(calls)).map((results) => results.get('k')),
    ['a', 'b'],
  );
});

test('M23 loadAll of keys waits for those that somebody has locked; all at once passes over them; what only fills in waits for nobody', async () => {
  const store = new TestStore<string, number>([
    ['k', 1],
    ['l', 1],
  ]);
  await using opened = await openMap<string, number>({ mapStore: { implementation: store } });
  const { map } = opened;
  await map.size();
  const held = await map.lock('k');
  await held.putTransient(100);
  await map.putTransient('l', 100);
  await map.loadAll();
  assert.equal([await held.get(), await map.get('l')], [100, 1]);
  await map.loadAll(['k'], { replaceExisting: false });
  await map.putTransient('l', 100);
  let isLoaded = false;
  const loaded = map.loadAll(['k', 'l']).then(() => (isLoaded = true));
  await settled();
  assert.equal([await held.get(), await map.get('l'), isLoaded], [100, 1, false]);
  await held.unlock();
  await loaded;
  assert.is(await map.get('k'), 1);
});

/** A store that can't load single keys, so that everybody waits for the initial load, which never ends. */
function silentStore() {
  return { loadOwned: () => new Promise<never>(() => undefined), store: () => undefined };
}

/** The map is left behind open: what it waits for never comes. */
async function silentMap(clock?: TestClock): Promise<Map_> {
  const { map } = await openMap<string, number>({ mapStore: { implementation: silentStore() } }, clock && { clock });
  return map;
}

const ABORTABLE: Readonly<Record<string, (map: Map_, signal: AbortSignal) => Promise<unknown>>> = {
  loadAll: (map, signal) => map.loadAll(['a'], { signal }),
  'loadAll of everything': (map, signal) => map.loadAll(undefined, { signal }),
  'a query': (map, signal) => map.query().where('this > 0').toArray({ signal }),
};

for (const [name, call] of Object.entries(ABORTABLE)) {
  test(`${name} that waits for the initial load ends with its signal`, async () => {
    const map = await silentMap();
    const stop = new AbortController();
    const reason = new Error('enough');
    const error = refusal(call(map, stop.signal));
    await settled();
    stop.abort(reason);
    assert.instance(await error, AbortedError);
    assert.is((await error).cause, reason);
    assert.instance(await refusal(call(map, stop.signal)), AbortedError);
  });
}

test('tryPut and tryRemove wait for the initial load no longer than for the key', async () => {
  const clock = testClock();
  const map = await silentMap(clock);
  const attempts = [map.tryPut('a', 1, 50), map.tryRemove('a', 50)];
  assert.equal([await map.tryPut('a', 1, 0), await map.tryRemove('a', 0)], [false, false]);
  clock.advance(50);
  assert.equal(await Promise.all(attempts), [false, false]);
});

test('locks and flush do not wait for the initial load', async () => {
  const map = await silentMap();
  const held = await map.lock('a');
  assert.is(await map.isLocked('a'), true);
  assert.is(await map.tryLock('a'), undefined);
  const stop = new AbortController();
  const second = refusal(map.lock('a', { signal: stop.signal }));
  stop.abort();
  assert.instance(await second, AbortedError);
  assert.is(await held.isHeld(), true);
  await held.unlock();
  assert.is(await map.forceUnlock('a'), false);
  await map.flush({ signal: AbortSignal.abort() }).catch(() => undefined);
});

test('loadAll ends with its signal while the store does not answer, and what comes late is not kept', async () => {
  const store = new TestStore<string, number>([['k', 1]]);
  await using opened = await openMap<string, number>({ mapStore: { implementation: store } });
  const { map } = opened;
  await map.size();
  await map.putTransient('k', 5);
  for (const keys of [['k'], undefined]) {
    const stop = new AbortController();
    const release = store.block();
    const error = refusal(map.loadAll(keys, { signal: stop.signal }));
    await settled();
    stop.abort();
    assert.instance(await error, AbortedError);
    release();
    await settled();
    await settled();
    assert.is(await map.get('k'), 5);
  }
});

test('loadAll that is aborted while it streams keeps nothing of what comes late', async () => {
  const late = Promise.withResolvers<void>();
  let sent = 0;
  const store = {
    load: () => undefined,
    loadOwned: async (sink: { put(key: string, value: number): void }) => {
      if (sent++ > 0) await late.promise;
      sink.put('k', sent);
      return { read: 1, kept: 1 };
    },
  };
  await using opened = await openMap<string, number>({ mapStore: { implementation: store } });
  const { map } = opened;
  assert.is(await map.size(), 1);
  const stop = new AbortController();
  const error = refusal(map.loadAll(undefined, { signal: stop.signal }));
  await settled();
  stop.abort();
  assert.instance(await error, AbortedError);
  late.resolve();
  await settled();
  assert.equal([await map.get('k'), sent], [1, 2]);
});

test('M55 putAll: one value of the store that can not be kept does not keep memory from following the store with the others', async () => {
  for (const bad of [
    ['a', () => 1],
    [Symbol('no key'), 1],
  ] as const) {
    const rows = new Map<string, number>();
    let isBad = false;
    const store = {
      load: (key: string) => rows.get(key),
      storeAll: (entries: ReadonlyMap<string, number>) => {
        for (const [key, value] of entries) rows.set(key, value);
        return isBad ? (new Map<unknown, unknown>([bad, ['c', 3]]) as Map<string, number>) : undefined;
      },
    };
    await using opened = await openMap<string, number>({ mapStore: { implementation: store } });
    const { map } = opened;
    const all = (value: number): Map<string, number> => new Map(['a', 'b', 'c'].map((key) => [key, value]));
    await map.putAll(all(1));
    isBad = true;
    assert.instance(await refusal(map.putAll(all(2))), MapStoreError);
    assert.equal([...(await map.getAll(['a', 'b', 'c'])).values()], [2, 2, 3]);
  }
});

test('getAll loads in batches of loadBatchSize, one after the other, each key once', async () => {
  const rows = Array.from({ length: 25 }, (_, i): [string, number] => [`k${i}`, i]);
  const store = new (class extends TestStore<string, number> {
    override async loadAllKeys(): Promise<string[]> {
      return [];
    }
  })(rows);
  await using opened = await openMap<string, number>({ mapStore: { implementation: store, loadBatchSize: 10 } });
  const { map } = opened;
  await map.size();
  store.forget();
  const release = store.block();
  const single = map.get('k11');
  const all = map.getAll(rows.map(([key]) => key));
  await settled();
  assert.equal(store.methods, ['load', 'loadAll']);
  release();
  assert.equal([await single, (await all).size], [11, 25]);
  assert.equal(store.methods, ['load', 'loadAll', 'loadAll', 'loadAll']);
});

/** Ends all pauses until no further one comes; how many there were. */
async function endPauses({ pauses }: ReturnType<typeof pausingClock>): Promise<number> {
  let count = 0;
  for (await settled(); pauses.length > 0; await settled()) {
    count += pauses.length;
    pauses.splice(0).forEach((end) => end());
  }
  return count;
}

test('M23 putAll over many locked keys gives the event loop its turns', async () => {
  const clock = pausingClock();
  await using opened = await openMap<number, number>({}, { clock, querySliceMs: 1 });
  const { map } = opened;
  const keys = [...Array(1000).keys()];
  const held = await Promise.all(keys.map((key) => map.lock(key)));
  const put = map.putAll(keys.map((key) => [key, key]));
  // It looks who is locked, then gets in line.
  const pauses = await endPauses(clock);
  assert.ok(pauses >= 2 * Math.floor(1000 / 64), `${pauses} pauses`);
  for (const lock of held) void lock.unlock();
  await put;
  assert.equal([await map.size(), await map.get(999)], [1000, 999]);
});

test('clear of many keys at work gives the event loop its turns', async () => {
  const clock = pausingClock();
  await using opened = await openMap<number, number>({}, { clock, querySliceMs: 1 });
  const { map } = opened;
  const keys = [...Array(1000).keys()];
  for (const key of keys) await map.set(key, key);
  const proceed = Promise.withResolvers<void>();
  const processed = keys.map((key) => map.executeOnKey(key, () => proceed.promise));
  const cleared = map.clear();
  assert.ok((await endPauses(clock)) >= Math.floor(1000 / 64), 'while it looks who is at work');
  proceed.resolve();
  await Promise.all(processed);
  assert.ok((await endPauses(clock)) >= Math.floor(1000 / 64), 'while it removes');
  await cleared;
  assert.is(await map.size(), 0);
});

for (const [name, call] of [
  ['getAll', (map: IMap<number, number>, keys: readonly number[]) => map.getAll(keys)],
  ['loadAll', (map: IMap<number, number>, keys: readonly number[]) => map.loadAll(keys)],
] as const) {
  test(`${name} of many keys keeps what it has loaded in slices`, async () => {
    const clock = pausingClock();
    const store = { loadAll: (keys: readonly number[]) => new Map(keys.map((key) => [key, key])) };
    await using opened = await openMap<number, number>({ mapStore: { implementation: store } }, { clock, querySliceMs: 1 });
    const { map } = opened;
    await map.size();
    const done: Promise<unknown> = call(map, [...Array(1000).keys()]);
    const pauses = await endPauses(clock);
    assert.ok(pauses >= Math.floor(1000 / 64), `${pauses} pauses`);
    await done;
    assert.is(await map.size(), 1000);
  });
}

test.run();
