/** M2, M13, M64: entries expire, to the millisecond, by the rules of the contract, and go by themselves. */
import * as assert from 'uvu/assert';
import { ConfigError, type IMap } from '../../lib/index.ts';
import { describe } from '../kit/describe.ts';
import { openMap, testClock } from '../kit/instance.ts';
import { refusal } from '../kit/refusal.ts';
import { TestStore } from '../kit/store.ts';

const test = describe('manual: expiry');

type Opened = Awaited<ReturnType<typeof openMap<string, number>>>;

async function clocked(options: Parameters<typeof openMap>[0] = {}): Promise<Opened & { readonly clock: ReturnType<typeof testClock> }> {
  const clock = testClock();
  return { ...(await openMap<string, number>(options, { clock })), clock };
}

/** Everything that could show an entry, but nothing that is an access. */
async function isSeen(map: IMap<string, number>, key: string, value: number): Promise<boolean> {
  const seen = [
    (await map.getEntryView(key)) !== undefined,
    (await map.values()).includes(value),
    (await map.keySet('this = ?', value)).includes(key),
    (await map.entrySet()).some(([one]) => one === key),
    (await map.localKeySet()).includes(key),
    await map.containsValue(value),
    (await map.query().count()) > 0,
    (await map.size()) > 0,
    !(await map.isEmpty()),
  ];
  assert.is(new Set(seen).size, 1, `seen by some: ${seen.join()}`);
  return seen[0]!;
}

test('M64 an entry lives as long as timeToLiveSeconds says, to the millisecond, and then nothing shows it', async () => {
  await using opened = await clocked({ timeToLiveSeconds: 0.5, indexes: [{ attribute: 'this', ordered: true }] });
  const { map, clock } = opened;
  await map.put('k', 7);
  clock.advance(499);
  assert.ok(await isSeen(map, 'k', 7));
  assert.is(await map.get('k'), 7, 'an access does not make it live longer');
  clock.advance(1);
  assert.not.ok(await isSeen(map, 'k', 7));
  assert.is(await map.get('k'), undefined);
  assert.not.ok(await map.containsKey('k'));
  assert.is((await map.getAll(['k'])).size, 0);
  assert.is(await map.put('k', 8), undefined);
});

test('M64 a fraction of a millisecond is kept too: never seen after its time', async () => {
  await using opened = await clocked();
  const { map, clock } = opened;
  clock.advance(0.25);
  await map.put('k', 7, { ttlSeconds: 0.001 });
  clock.advance(0.9);
  assert.ok(await isSeen(map, 'k', 7));
  clock.advance(0.1);
  assert.not.ok(await isSeen(map, 'k', 7));
});

const UPDATES: Readonly<Record<string, (map: IMap<string, number>) => Promise<unknown>>> = {
  put: (map) => map.put('k', 8),
  set: (map) => map.set('k', 8),
  putTransient: (map) => map.putTransient('k', 8),
  putAll: (map) => map.putAll([['k', 8]]),
  setAll: (map) => map.setAll([['k', 8]]),
  replace: (map) => map.replace('k', 8),
  replaceIfSame: (map) => map.replaceIfSame('k', 7, 8),
  tryPut: (map) => map.tryPut('k', 8, 0),
  executeOnKey: (map) => map.executeOnKey('k', (entry) => entry.setValue(8)),
  setValue: async (map) => (await map.getEntryView('k'))!.setValue(8),
};

for (const [name, update] of Object.entries(UPDATES)) {
  for (const policy of ['NONE', 'LRU', 'LFU', 'W_TINYLFU'] as const) {
    test(`M64 an update by ${name} begins the time to live anew, with the eviction policy ${policy}`, async () => {
      await using opened = await clocked({ timeToLiveSeconds: 10, evictionPolicy: policy, maxSize: policy === 'NONE' ? 0 : 5 });
      const { map, clock } = opened;
      await map.put('k', 7);
      clock.advance(9000);
      await update(map);
      clock.advance(9999);
      assert.ok(await isSeen(map, 'k', 8));
      clock.advance(1);
      assert.not.ok(await isSeen(map, 'k', 8));
    });
  }
}

const ACCESSES: Readonly<Record<string, (map: IMap<string, number>) => Promise<unknown>>> = {
  get: (map) => map.get('k'),
  getAll: (map) => map.getAll(['x', 'k']),
  containsKey: (map) => map.containsKey('k'),
  putIfAbsent: (map) => map.putIfAbsent('k', 9),
  'executeOnKey, reading': (map) => map.executeOnKey('k', (entry) => entry.value),
};

for (const [name, access] of Object.entries(ACCESSES)) {
  test(`M64 ${name} begins the idle time anew, and not the time to live`, async () => {
    await using opened = await clocked({ maxIdleSeconds: 10, timeToLiveSeconds: 25 });
    const { map, clock } = opened;
    await map.put('k', 7);
    for (let i = 0; i < 2; i++) {
      clock.advance(9999);
      await access(map);
    }
    assert.ok(await isSeen(map, 'k', 7));
    clock.advance(25_000 - 2 * 9999 - 1);
    assert.ok(await isSeen(map, 'k', 7));
    clock.advance(1);
    assert.not.ok(await isSeen(map, 'k', 7));
  });
}

const LOOKS: Readonly<Record<string, (map: IMap<string, number>) => Promise<unknown>>> = {
  values: (map) => map.values(),
  'keySet with a predicate': (map) => map.keySet('this = 7'),
  entrySet: (map) => map.entrySet(),
  containsValue: (map) => map.containsValue(7),
  getEntryView: (map) => map.getEntryView('k'),
  size: (map) => map.size(),
  aggregate: (map) => map.query().count(),
  'get of another key': (map) => map.get('x'),
  setTtl: (map) => map.setTtl('k', 100),
  'a replaceIfSame that does not': (map) => map.replaceIfSame('x', 1, 2),
  'a lock': async (map) => (await map.lock('k')).unlock(),
};

for (const [name, look] of Object.entries(LOOKS)) {
  test(`M64 ${name} does not begin the idle time anew`, async () => {
    await using opened = await clocked({ maxIdleSeconds: 10 });
    const { map, clock } = opened;
    await map.put('k', 7);
    clock.advance(9999);
    await look(map);
    assert.ok(await isSeen(map, 'k', 7));
    clock.advance(1);
    assert.not.ok(await isSeen(map, 'k', 7));
  });
}

test('M64 what an entry brings wins over the configuration, for ever included; an update without it takes the configuration again', async () => {
  await using opened = await clocked({ timeToLiveSeconds: 10, maxIdleSeconds: 5 });
  const { map, clock } = opened;
  await map.put('short', 1, { ttlSeconds: 1 });
  await map.put('long', 2, { ttlSeconds: 0, maxIdleSeconds: 0 });
  await map.put('busy', 3, { maxIdleSeconds: 2 });
  clock.advance(1000);
  assert.is(await map.get('short'), undefined);
  clock.advance(1000);
  assert.is(await map.get('busy'), undefined);
  clock.advance(1e9);
  assert.is(await map.get('long'), 2);
  await map.put('long', 4);
  clock.advance(4999);
  assert.ok(await map.containsKey('long'));
  clock.advance(5000);
  assert.not.ok(await map.containsKey('long'));
});

test('M64 putIfAbsent of what has expired puts', async () => {
  await using opened = await clocked({ timeToLiveSeconds: 1 });
  const { map, clock } = opened;
  await map.put('k', 1);
  clock.advance(1000);
  assert.is(await map.putIfAbsent('k', 2), undefined);
  assert.is(await map.get('k'), 2);
});

test('M64 an expired entry goes by itself at its time, is counted and fires expired; the store is not called', async () => {
  const store = new TestStore<string, number>();
  await using opened = await clocked({ mapStore: { implementation: store }, timeToLiveSeconds: 10 });
  const { map, clock } = opened;
  const expired: [string, number | undefined, number][] = [];
  await map.addEntryListener({ expired: ({ key, oldValue }) => expired.push([key, oldValue, clock.now()]) });
  await map.put('a', 1);
  clock.advance(5000);
  await map.put('b', 2);
  const calls = store.calls.length;
  clock.advance(5000);
  assert.is(map.getLocalMapStats().ownedEntryCount, 1, 'without anybody looking');
  clock.advance(5000);
  assert.is(map.getLocalMapStats().ownedEntryCount, 0);
  assert.is(map.getLocalMapStats().expirationCount, 2);
  assert.is(map.getLocalMapStats().removeCount, 0);
  await clock.yield();
  assert.equal(expired.map(([key, value]) => [key, value]), [['a', 1], ['b', 2]]); // prettier-ignore
  assert.is(store.calls.length, calls);
});

test('M64 a later get loads again', async () => {
  const store = new TestStore<string, number>();
  await using opened = await clocked({ mapStore: { implementation: store }, timeToLiveSeconds: 10 });
  const { map, clock } = opened;
  await map.put('k', 1);
  clock.advance(10_000);
  store.forget();
  assert.is(await map.get('k'), 1);
  assert.equal(store.methods, ['load']);
});

test('M64 a year, a century: times that no timer could wait for', async () => {
  await using opened = await clocked();
  const { map, clock } = opened;
  const day = 86_400;
  await map.put('year', 1, { ttlSeconds: 365 * day });
  await map.put('century', 2, { ttlSeconds: 36_525 * day });
  clock.advance(365 * day * 1000 - 1);
  assert.is(await map.size(), 2);
  clock.advance(1);
  assert.is(map.getLocalMapStats().ownedEntryCount, 1);
  clock.advance(36_160 * day * 1000 - 1);
  assert.is(await map.size(), 1);
  clock.advance(1);
  assert.is(map.getLocalMapStats().ownedEntryCount, 0);
});

test('M62 a locked entry does not expire, and does at once when it is unlocked', async () => {
  for (const look of [true, false]) {
    await using opened = await clocked({ timeToLiveSeconds: 1 });
    const { map, clock } = opened;
    const expired: string[] = [];
    await map.addEntryListener({ expired: ({ key }) => expired.push(key) });
    await map.put('k', 7);
    await map.put('other', 8);
    const held = await map.lock('k');
    clock.advance(5000);
    if (look) assert.is(await map.get('k'), 7);
    assert.equal(await map.keySet(), ['k']);
    assert.is(await map.size(), 1);
    assert.is(map.getLocalMapStats().ownedEntryCount, 1);
    await held.unlock();
    assert.is(await map.size(), 0);
    assert.is(await map.get('k'), undefined);
    await clock.yield();
    assert.equal(expired.toSorted(), ['k', 'other']);
  }
});

test('M62 a locked entry does not expire for who looks it up before anybody has removed it, either', async () => {
  await using opened = await clocked();
  const { map, clock } = opened;
  await map.put('first', 1, { ttlSeconds: 1 });
  await map.put('k', 7, { ttlSeconds: 1.002 });
  const held = await map.lock('k');
  clock.advance(1002); // the janitor has just been here, for the other one
  assert.is(await map.get('k'), 7);
  await held.unlock();
  assert.is(await map.get('k'), undefined);
});

test('M62 a lock does not bring back what has expired', async () => {
  await using opened = await clocked();
  const { map, clock } = opened;
  await map.put('first', 1, { ttlSeconds: 1 });
  await map.put('k', 7, { ttlSeconds: 1.002 });
  clock.advance(1002); // the janitor has just been here, for the other one
  await map.lock('k');
  assert.is(await map.get('k'), undefined);
});

test('M62 a lease that ends lets the entry expire by itself', async () => {
  await using opened = await clocked({ timeToLiveSeconds: 1 });
  const { map, clock } = opened;
  await map.put('k', 7);
  await map.lock('k', { leaseSeconds: 3 });
  clock.advance(2999);
  assert.is(await map.size(), 1);
  clock.advance(50);
  assert.is(map.getLocalMapStats().ownedEntryCount, 0);
});

test('M62 the holder of the lock gives the entry another life; without it the entry is gone after the unlock', async () => {
  await using opened = await clocked({ timeToLiveSeconds: 1 });
  const { map, clock } = opened;
  await map.put('k', 7);
  await map.put('l', 8);
  const [k, l] = [await map.lock('k'), await map.lock('l')];
  clock.advance(5000);
  await k.put(9);
  assert.ok(await l.setTtl(2));
  await k.unlock();
  await l.unlock();
  assert.equal((await map.keySet()).toSorted(), ['k', 'l']);
  clock.advance(1000);
  assert.equal(await map.keySet(), ['l']);
  clock.advance(1000);
  assert.is(await map.size(), 0);
});

test('M13 setTtl gives another time to live, longer or shorter, counted from now, once', async () => {
  await using opened = await clocked({ timeToLiveSeconds: 10 });
  const { map, clock } = opened;
  for (const key of ['shorter', 'longer', 'ever']) await map.put(key, 1);
  clock.advance(5000);
  assert.ok(await map.setTtl('shorter', 1));
  assert.ok(await map.setTtl('longer', 20));
  assert.ok(await map.setTtl('ever', 0));
  assert.is((await map.getEntryView('longer'))!.ttl, 20_000);
  assert.is((await map.getEntryView('longer'))!.version, 0, 'no update');
  clock.advance(999);
  assert.is(await map.size(), 3);
  clock.advance(1);
  assert.equal((await map.keySet()).toSorted(), ['ever', 'longer']);
  clock.advance(18_999);
  assert.is(await map.size(), 2);
  clock.advance(1);
  assert.equal(await map.keySet(), ['ever']);
  clock.advance(1e10);
  assert.is(await map.get('ever'), 1);
  await map.put('ever', 2);
  clock.advance(10_000);
  assert.is(await map.get('ever'), undefined, 'the next update takes the configuration');
});

test('M13 setTtl of what is not in memory is false, and the store is not asked; the idle time stays', async () => {
  let calls = 0;
  await using opened = await clocked({ mapStore: { implementation: { load: () => ++calls } }, maxIdleSeconds: 10 });
  const { map, clock } = opened;
  assert.not.ok(await map.setTtl('stored', 5));
  assert.not.ok(await map.setTtl('nowhere', 5));
  assert.is(calls, 0);
  await map.set('k', 1);
  assert.ok(await map.setTtl('k', 100));
  clock.advance(10_000);
  assert.is(await map.size(), 0);
  assert.not.ok(await map.setTtl('k', 5), 'it has expired');
});

test('M13 setTtl waits for a lock', async () => {
  await using opened = await clocked();
  const { map, clock } = opened;
  await map.put('k', 1);
  const held = await map.lock('k');
  let isDone = false;
  const set = map.setTtl('k', 1).then((answer) => (isDone = answer));
  await clock.yield();
  assert.not.ok(isDone);
  await held.unlock();
  await set;
  assert.ok(isDone);
  clock.advance(1000);
  assert.is(await map.size(), 0);
});

test('M13 what is no time to live is refused, and nothing has changed', async () => {
  await using opened = await clocked({ timeToLiveSeconds: 10 });
  const { map } = opened;
  await map.put('k', 1);
  for (const wrong of [-1, NaN, Infinity, '5', undefined, null, 1e10]) {
    const error = await refusal(map.setTtl('k', wrong as number), String(wrong));
    assert.instance(error, ConfigError);
    assert.match(error.message, /ttlSeconds/);
  }
  assert.is((await map.getEntryView('k'))!.ttl, 10_000);
});

test('M64 what expires while a map is cleared, evicted or destroyed is no error, and timers end with the map', async () => {
  const clock = testClock();
  let timers = 0;
  const counting: typeof clock = {
    ...clock,
    after(delayMs, run) {
      timers++;
      const timer = clock.after(delayMs, () => {
        timers--;
        run();
      });
      return {
        cancel() {
          timers--;
          timer.cancel();
        },
      };
    },
  };
  const opened = await openMap<string, number>({ timeToLiveSeconds: 10 }, { clock: counting });
  const { map } = opened;
  assert.is(timers, 0, 'nothing to wait for');
  await map.put('a', 1);
  assert.is(timers, 1);
  await map.put('b', 1, { ttlSeconds: 1 });
  await map.put('c', 1, { ttlSeconds: 5 });
  assert.is(timers, 1, 'one timer for a map');
  await map.clear();
  clock.advance(2000);
  await map.put('d', 1);
  await map.evictAll();
  await map.put('e', 1);
  await opened[Symbol.asyncDispose]();
  assert.is(timers, 0);
  clock.advance(1e9);
});

test.run();
