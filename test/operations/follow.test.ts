/** How changes of others meet what the map is doing at the same time (B4): turns, pending writes, failing stores, loads. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import * as assert from 'uvu/assert';
import type { MapOptions } from '../../lib/api/instance.ts';
import type { LoadCount, LoadSink } from '../../lib/api/map-store.ts';
import type { EntryEvent } from '../../lib/api/entry-event.ts';
import { newInstance, type IMap } from '../../lib/index.ts';
import { describe } from '../kit/describe.ts';
import { openMap, testClock, type TestClock } from '../kit/instance.ts';
import { EFFORT } from '../kit/seed.ts';
import { below, randomFrom } from '../indexes/random.ts';
import { FeedStore } from './feed-store.ts';

const test = describe('following');

interface Followed extends AsyncDisposable {
  readonly map: IMap<number, string>;
  readonly store: FeedStore;
  readonly clock: TestClock;
}

async function followed(
  rows: Iterable<readonly [number, string]>,
  options: MapOptions = {},
  store = new FeedStore(rows),
): Promise<Followed> {
  const clock = testClock();
  const opened = await openMap<number, string>(
    { ...options, mapStore: { implementation: store, initialMode: 'EAGER', ...options.mapStore } },
    { clock },
  );
  store.reads.length = 0;
  return { map: opened.map, store, clock, [Symbol.asyncDispose]: () => opened[Symbol.asyncDispose]() };
}

/** Loads by passes over all rows, each with the only connection, so to speak. */
class StreamStore extends FeedStore {
  passes = 0;
  isReadInPass = false;
  #isPassing = false;

  async loadOwned(sink: LoadSink<number, string>, signal: AbortSignal): Promise<LoadCount> {
    this.passes++;
    this.#isPassing = true;
    try {
      let kept = 0;
      for (const [key, value] of this.rows) {
        if (sink.owns(key)) sink.put(key, value);
        if (++kept % 4096 === 0) await sink.drained();
        signal.throwIfAborted();
      }
      return { read: this.rows.size, kept };
    } finally {
      this.#isPassing = false;
    }
  }

  override loadAll(keys: readonly number[]): Promise<Map<number, string>> {
    this.isReadInPass ||= this.#isPassing;
    return super.loadAll(keys);
  }
}

const turnOfLoop = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const rows = (count: number): [number, string][] => Array.from({ length: count }, (_, key) => [key, `v${key}`]);
const gate = (): { promise: Promise<void>; open: () => void } => {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { promise, open: resolve };
};

test('it begins before the first load and ends before the store is closed', async () => {
  const store = new FeedStore(rows(3));
  {
    await using opened = await followed([], {}, store);
    assert.is(await opened.map.size(), 3);
    assert.is(opened.map.getLocalMapStats().following?.state, 'following');
  }
  assert.equal(store.events, ['follow', 'load', 'unfollow', 'destroy']);
});

test('a store that can not follow says so at once, and is closed', async () => {
  const store = new FeedStore();
  store.follow = async () => {
    throw new Error('no triggers');
  };
  const instance = newInstance({ maps: { test: { mapStore: { implementation: store } } } });
  const error: unknown = await instance.getMap('test').catch((reason: unknown) => reason);
  assert.match(String(error), /follow failed: no triggers/);
  assert.equal(store.events, ['destroy']);
  await instance.close();
});

test('many changes of a key are one reading, and what is equal changes nothing', async () => {
  await using opened = await followed(rows(10));
  const { map, store } = opened;
  store.rows.set(1, 'new');
  await store.tell(...Array.from({ length: 10_000 }, () => ({ op: 'changed', key: 1 }) as const));
  assert.equal(store.reads, [[1]]);
  assert.is(await map.get(1), 'new');
  assert.is((await map.getEntryView(1))?.version, 1);
  await store.tell({ op: 'changed', key: 1 }, { op: 'changed', key: 2 });
  assert.is((await map.getEntryView(1))?.version, 1);
  assert.is((await map.getEntryView(2))?.version, 0);
  const { changes } = map.getLocalMapStats().following!;
  assert.is(changes, 10_002);
});

test('values that are told are not read; updates begin a life anew, and are no puts', async () => {
  await using opened = await followed(rows(3), { timeToLiveSeconds: 10 });
  const { map, store, clock } = opened;
  const before = map.getLocalMapStats();
  clock.advance(6_000);
  const events: EntryEvent<number, string>[] = [];
  await map.addEntryListener((event) => void events.push(event));
  await store.tell(
    { op: 'upsert', key: 1, value: 'told' },
    { op: 'upsert', key: 7, value: 'new' },
    { op: 'delete', key: 2 },
    { op: 'delete', key: 99 },
  );
  assert.equal(store.reads, []);
  assert.equal(new Map(await map.entrySet()), new Map([[0, 'v0'], [1, 'told'], [7, 'new']])); // prettier-ignore
  await turnOfLoop();
  assert.equal(
    events.map((event) => [event.type, 'key' in event && event.key]),
    [['updated', 1], ['added', 7], ['removed', 2]], // prettier-ignore
  );
  const view = (await map.getEntryView(1))!;
  assert.is(view.lastStoredTime, clock.now());
  assert.is(view.expirationTime, clock.now() + 10_000);
  clock.advance(5_000);
  assert.equal((await map.keySet()).toSorted(), [1, 7]);
  const after = map.getLocalMapStats();
  assert.equal([after.putCount, after.removeCount], [before.putCount, before.removeCount]);
});

test('a change waits for a write of ours to the same key, and for no other', async () => {
  await using opened = await followed(rows(10));
  const { map, store } = opened;
  const slow = gate();
  store.writeGate = slow.promise;
  const mine = map.set(1, 'mine');
  await turnOfLoop();
  store.rows.set(1, 'his').set(2, 'his');
  await store.tell({ op: 'upsert', key: 1, value: 'his' }, { op: 'changed', key: 2 });
  assert.is(await map.get(2), 'his');
  store.writeGate = undefined;
  slow.open();
  await mine;
  await turnOfLoop();
  assert.is(store.rows.get(1), 'mine');
  assert.is(await map.get(1), 'mine'); // what was told of key 1 is older: it was read again
});

test('a change that comes before the answer to a write of ours, which it has replaced, is not lost', async () => {
  await using opened = await followed(rows(10));
  const { map, store } = opened;
  const slow = gate();
  store.answerGate = slow.promise;
  const mine = map.set(1, 'mine');
  await turnOfLoop();
  assert.is(store.rows.get(1), 'mine');
  store.rows.set(1, 'his');
  await store.tell({ op: 'upsert', key: 1, value: 'his' });
  slow.open();
  await mine;
  await turnOfLoop();
  assert.is(await map.get(1), 'his');
});

test('a write of ours waits for a reading, so that neither is lost', async () => {
  await using opened = await followed(rows(10));
  const { map, store } = opened;
  const slow = gate();
  store.readGate = slow.promise;
  store.rows.set(1, 'his');
  const told = store.tell({ op: 'changed', key: 1 });
  await turnOfLoop();
  const mine = map.set(1, 'mine');
  const other = map.set(3, 'mine');
  await other;
  assert.is(await map.get(1), 'v1');
  store.readGate = undefined;
  slow.open();
  await Promise.all([told, mine]);
  assert.is(await map.get(1), 'mine');
  assert.is(store.rows.get(1), 'mine');
});

test('what is told and in doubt is read', async () => {
  await using opened = await followed(rows(3));
  const { map, store } = opened;
  store.rows.set(1, 'newer');
  await store.tell({ op: 'upsert', key: 1, value: 'older', isDoubtful: () => true }, { op: 'delete', key: 2, isDoubtful: () => true });
  assert.equal(store.reads, [[1, 2]]);
  assert.is(await map.get(1), 'newer');
  assert.is(await map.get(2), 'v2');
});

test('a lock keeps calls apart, not the database', async () => {
  await using opened = await followed(rows(3));
  const { map, store } = opened;
  await using held = await map.lock(1);
  store.rows.set(1, 'his');
  await store.tell({ op: 'changed', key: 1 });
  assert.is(await held.get(), 'his');
});

test('a write that waits to be stored is not overwritten; its key is looked at again afterwards', async () => {
  await using opened = await followed(rows(3), { mapStore: { writeDelaySeconds: 5 } });
  const { map, store, clock } = opened;
  await map.set(1, 'mine');
  store.rows.set(1, 'his');
  await store.tell({ op: 'upsert', key: 1, value: 'his' }, { op: 'changed', key: 1 });
  assert.is(await map.get(1), 'mine');
  store.store = async () => undefined; // it is lost on the way, as a conflict may be
  for (let i = 0; i < 20; i++) {
    clock.advance(1_000);
    for (let turns = 0; turns < 5; turns++) await turnOfLoop();
  }
  assert.is(await map.get(1), 'his');
});

test('a gap: what is equal stays, what differs is taken over, what is new is added, what is gone goes', async () => {
  await using opened = await followed(rows(5_000));
  const { map, store } = opened;
  store.rows.set(1, 'changed').set(9_999, 'new').delete(2);
  await map.putTransient(7_777, 'in memory only');
  await store.tell({ op: 'gap', reason: 'a test' });
  assert.is(map.getLocalMapStats().following?.resyncs, 1);
  assert.equal(new Map(await map.entrySet()), store.rows);
  assert.is((await map.getEntryView(1))?.version, 1);
  assert.is((await map.getEntryView(3))?.version, 0);

  store.rows.clear();
  await store.tell({ op: 'truncate' });
  assert.is(await map.size(), 0);
});

test('a gap where more differs than is kept in mind: pass by pass, and nothing is read while one runs', async () => {
  const store = new StreamStore(rows(105_000));
  await using opened = await followed([], {}, store);
  for (const key of store.rows.keys()) if (key % 50 !== 0) store.rows.set(key, 'changed');
  store.rows.delete(3);
  for (let key = 200_000; key < 205_000; key++) store.rows.set(key, 'new');
  store.passes = 0;
  await store.tell({ op: 'gap', reason: 'a test' });
  assert.is(store.passes, 2);
  assert.not(store.isReadInPass);
  assert.is(await opened.map.size(), store.rows.size);
  assert.is((await opened.map.keySet("this = 'changed'")).length, 102_899);
});

test('a full map takes no row that is new to it, but follows those it has', async () => {
  await using opened = await followed(
    [
      [1, 'a'],
      [2, 'b'],
    ],
    { evictionPolicy: 'LRU', maxSize: 2, evictionDelaySeconds: 0 },
  );
  const { map, store } = opened;
  store.rows.set(1, 'A').set(3, 'c');
  await store.tell({ op: 'upsert', key: 3, value: 'c' }, { op: 'upsert', key: 1, value: 'A' });
  assert.equal(new Map(await map.entrySet()), new Map([[1, 'A'], [2, 'b']])); // prettier-ignore
  assert.is(await map.get(3), 'c', 'who asks for it gets it');
});

test('only what is in memory is followed where the store says so', async () => {
  const store = new FeedStore(rows(4));
  store.scope = 'loaded';
  await using opened = await followed([], {}, store);
  const { map } = opened;
  await map.evict(3);
  store.rows.set(3, 'his').set(1, 'his').set(50, 'his');
  await store.tell({ op: 'changed', key: 3 }, { op: 'changed', key: 1 }, { op: 'upsert', key: 50, value: 'his' });
  assert.equal(store.reads, [[1]]);
  assert.equal((await map.keySet()).toSorted(), [0, 1, 2]);
  store.rows.set(2, 'missed').set(51, 'missed');
  await store.tell({ op: 'gap', reason: 'a test' });
  assert.equal((await map.keySet()).toSorted(), [0, 1, 2]);
  assert.is(await map.get(2), 'missed');
});

test('a database that can not be read is tried until it can, and the map says so', async () => {
  await using opened = await followed(rows(10));
  const { map, store, clock } = opened;
  const states: unknown[] = [];
  const note = (message: unknown): void => void states.push((message as { state: string }).state);
  subscribe('cobnut.following', note);
  store.failure = () => new Error('no connection');
  store.rows.set(1, 'his');
  const over = new AbortController();
  const told = store.tell({ op: 'changed', key: 1 }, { op: 'changed', key: 2 }).then(() => over.abort());
  for (let i = 0; i < 20; i++) {
    clock.advance(6_000);
    await turnOfLoop();
  }
  assert.not(over.signal.aborted);
  assert.is(map.getLocalMapStats().following?.state, 'failing');
  assert.match(map.getLocalMapStats().following?.lastError ?? '', /no connection/);
  assert.is(await map.get(1), 'v1');
  await map.set(1, 'mine'); // its turn is free meanwhile
  store.rows.set(1, 'his again');
  store.failure = () => undefined;
  while (!over.signal.aborted) {
    clock.advance(6_000);
    await turnOfLoop();
  }
  await told;
  assert.is(await map.get(1), 'his again');
  assert.is(map.getLocalMapStats().following?.state, 'following');
  store.report('reconnecting', new Error('cut'));
  assert.is(map.getLocalMapStats().following?.state, 'reconnecting');
  store.report('following');
  unsubscribe('cobnut.following', note);
  assert.equal(states, ['failing', 'following', 'reconnecting', 'following']);
});

test('a row that can never be read is dropped from memory, and only that one', async () => {
  await using opened = await followed(rows(10));
  const { map, store, clock } = opened;
  store.kind = 'poison';
  store.failure = (keys) => (keys.includes(5) ? new Error('no such number') : undefined);
  for (const key of rows(10).keys()) store.rows.set(key, 'his');
  const over = new AbortController();
  void store.tell(...Array.from({ length: 10 }, (_, key) => ({ op: 'changed', key }) as const)).then(() => over.abort());
  while (!over.signal.aborted) {
    clock.advance(6_000);
    await turnOfLoop();
  }
  assert.equal((await map.keySet()).toSorted(), [0, 1, 2, 3, 4, 6, 7, 8, 9]);
  assert.ok((await map.values()).every((value) => value === 'his'));
});

test('a row that goes while all are loaded does not come back, and one that comes is there', async () => {
  const store = new FeedStore(rows(10));
  const slow = gate();
  store.loadGate = slow.promise;
  const instance = newInstance({ maps: { test: { mapStore: { implementation: store } } } });
  const map = await instance.getMap<number, string>('test');
  const size = map.size();
  await turnOfLoop();
  const read = gate();
  store.readGate = read.promise; // what the load reads of the rows, it keeps after the changes are told
  slow.open();
  const snapshot = new Map(store.rows);
  await turnOfLoop();
  const loadAll = store.loadAll.bind(store);
  store.rows.delete(1);
  store.rows.set(2, 'his').set(77, 'new');
  store.loadAll = async (keys) => new Map([...store.rows].filter(([key]) => keys.includes(key)));
  await store.tell({ op: 'changed', key: 1 }, { op: 'changed', key: 2 }, { op: 'changed', key: 77 });
  store.loadAll = loadAll;
  for (const [key, value] of snapshot) store.rows.set(key, value);
  read.open();
  await size;
  assert.is(await map.get(2), 'his');
  assert.is((await map.keySet()).includes(1), false);
  assert.is((await map.keySet()).includes(77), true);
  await instance.close();
});

test('an empty map that nobody has touched stays empty', async () => {
  const store = new FeedStore(rows(10));
  const instance = newInstance({ maps: { test: { mapStore: { implementation: store } } } });
  const map = await instance.getMap<number, string>('test');
  await store.tell({ op: 'changed', key: 1 }, { op: 'upsert', key: 2, value: 'x' }, { op: 'gap', reason: 'a test' });
  assert.is(map.getLocalMapStats().ownedEntryCount, 0);
  assert.is(await map.size(), 10);
  await instance.close();
});

test('random writes of both sides, told late and in any batches: the map is what the database is', async () => {
  for (let round = 0; round < 20 * EFFORT; round++) {
    const random = randomFrom(round);
    await using opened = await followed(rows(8));
    const { map, store } = opened;
    const untold: number[] = [];
    const own: Promise<unknown>[] = [];
    for (let step = 0; step < 60; step++) {
      const key = below(random, 12);
      const dice = random();
      if (dice < 0.3) own.push(map.set(key, `mine ${step}`));
      else if (dice < 0.4) own.push(map.delete(key));
      else if (dice < 0.5) own.push(map.evict(key));
      else if (dice < 0.8) {
        if (random() < 0.3) store.rows.delete(key);
        else store.rows.set(key, `his ${step}`);
        untold.push(key);
      } else if (dice < 0.9) await turnOfLoop();
      else if (random() < 0.1) own.push(store.tell({ op: 'gap', reason: 'a test' }));
      else own.push(store.tell(...untold.splice(0).map((one) => ({ op: 'changed', key: one }) as const)));
    }
    own.push(store.tell(...untold.map((one) => ({ op: 'changed', key: one }) as const)));
    await Promise.all(own);
    await turnOfLoop();
    for (const key of store.rows.keys()) await map.get(key); // what was evicted
    assert.equal(
      new Map((await map.entrySet()).toSorted(([a], [b]) => a - b)),
      new Map([...store.rows].toSorted(([a], [b]) => a - b)),
      `round ${round}`,
    );
  }
});

test.run();
