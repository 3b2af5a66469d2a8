/**
 * Random calls on a map against a plain model (`plain-map.ts`): answers, what is visible, its size and the events are equal after every step, with
 * expiry, exact limits, locks and a clock that moves as it likes.
 *
 * A new kind of call is a new member of `STEPS`; what it does to the model belongs into `PlainMap`.
 */
import * as assert from 'uvu/assert';
import { newInstance, type EntryEvent, type IMap, type LockHandle, type MapOptions } from '../../lib/index.ts';
import { PlainLfu, PlainLru } from '../eviction/plain-orders.ts';
import { randomOf } from '../eviction/traces.ts';
import { describe } from '../kit/describe.ts';
import { testClock, type TestClock } from '../kit/instance.ts';
import { EFFORT, SEED } from '../kit/seed.ts';
import { PlainMap, type PlainEvent, type PlainExpiry } from './plain-map.ts';

const test = describe('map against a model');

const KEYS = 14;
const ROUNDS: number = 12 * EFFORT;
const STEPS_PER_ROUND = 150;

type Held = LockHandle<number, number>;

/** A map and its model, and what chance decides. */
class Bench {
  readonly clock: TestClock;
  readonly map: IMap<number, number>;
  readonly model: PlainMap;
  readonly random: () => number;
  readonly held = new Map<number, Held>();
  events: PlainEvent[] = [];
  #next = 0;

  constructor(map: IMap<number, number>, clock: TestClock, model: PlainMap, random: () => number) {
    this.map = map;
    this.clock = clock;
    this.model = model;
    this.random = random;
  }

  below(count: number): number {
    return Math.floor(this.random() * count);
  }

  key(): number {
    return this.below(KEYS);
  }

  /** Few, so that several entries have the same. */
  value(): number {
    return this.#next++ % 7;
  }

  /** A key that nobody has locked, for changes from outside. */
  free(): number {
    let key = this.key();
    while (this.held.has(key)) key = (key + 1) % KEYS;
    return key;
  }

  expiry(): [{ ttlSeconds?: number; maxIdleSeconds?: number } | undefined, PlainExpiry] {
    if (this.random() < 0.5) return [undefined, {}];
    const ttlMs = [undefined, 0, 1, 5, 40, 300][this.below(6)];
    const maxIdleMs = [undefined, 0, 2, 15, 100][this.below(5)];
    return [
      {
        ...(ttlMs === undefined ? {} : { ttlSeconds: ttlMs / 1000 }),
        ...(maxIdleMs === undefined ? {} : { maxIdleSeconds: maxIdleMs / 1000 }),
      },
      { ttlMs, maxIdleMs },
    ];
  }
}

type Step = (bench: Bench) => Promise<void>;

/** Each makes a call, the same of the model, and compares the answers. The more often it is named, the more often it comes. */
const STEPS: Readonly<Record<string, readonly [weight: number, step: Step]>> = {
  get: [10, async (b) => ((key) => same(b.map.get(key), b.model.use(key)))(b.key())],
  containsKey: [2, async (b) => ((key) => same(b.map.containsKey(key), b.model.use(key) !== undefined))(b.key())],
  getAll: [2, getAll],
  put: [12, put],
  set: [3, async (b) => void b.model.put(...(await written(b, 'set')))],
  putTransient: [2, async (b) => void b.model.put(...(await written(b, 'putTransient')))],
  putIfAbsent: [3, putIfAbsent],
  replace: [3, replace],
  replaceIfSame: [2, replaceIfSame],
  putAll: [2, putAll],
  remove: [3, async (b) => ((key) => same(b.map.remove(key), b.model.remove(key)))(b.free())],
  removeIfSame: [2, removeIfSame],
  removeAll: [1, removeAll],
  setTtl: [4, setTtl],
  evict: [2, evict],
  evictAll: [0.3, async (b) => (await b.map.evictAll(), b.model.evictAll())],
  clear: [0.3, async (b) => (await b.map.clear(), b.model.clear())],
  executeOnKey: [3, executeOnKey],
  executeOnEntries: [0.5, executeOnEntries],
  lock: [3, lock],
  held: [4, useHeld],
  unlock: [3, unlock],
  wait: [14, wait],
};

async function same(actual: Promise<unknown>, expected: unknown): Promise<void> {
  assert.equal(await actual, expected);
}

async function getAll(b: Bench): Promise<void> {
  const keys = new Set([b.key(), b.key(), b.key()]);
  const found = await b.map.getAll(keys);
  const expected = [...keys].map((key) => [key, b.model.use(key)]).filter(([, value]) => value !== undefined);
  assert.equal([...found], expected);
}

async function put(b: Bench): Promise<void> {
  const key = b.free();
  const value = b.value();
  const [options, expiry] = b.expiry();
  await same(b.map.put(key, value, options), b.model.put(key, value, expiry));
}

async function written(b: Bench, how: 'set' | 'putTransient'): Promise<[number, number, PlainExpiry]> {
  const key = b.free();
  const value = b.value();
  const [options, expiry] = b.expiry();
  await b.map[how](key, value, options);
  return [key, value, expiry];
}

async function putIfAbsent(b: Bench): Promise<void> {
  const key = b.free();
  const value = b.value();
  const [options, expiry] = b.expiry();
  const before = b.model.use(key);
  if (before === undefined) b.model.put(key, value, expiry);
  await same(b.map.putIfAbsent(key, value, options), before);
}

async function replace(b: Bench): Promise<void> {
  const key = b.free();
  const value = b.value();
  const before = b.model.value(key);
  if (before !== undefined) b.model.put(key, value);
  await same(b.map.replace(key, value), before);
}

async function replaceIfSame(b: Bench): Promise<void> {
  const key = b.free();
  const value = b.value();
  const expected = b.random() < 0.7 ? (b.model.value(key) ?? 0) : b.value();
  const replaces = b.model.value(key) === expected;
  if (replaces) b.model.put(key, value);
  await same(b.map.replaceIfSame(key, expected, value), replaces);
}

async function putAll(b: Bench): Promise<void> {
  const pairs = new Map([b.free(), b.free(), b.free(), b.free()].map((key) => [key, b.value()]));
  await b.map.putAll(pairs);
  for (const [key, value] of pairs) b.model.put(key, value);
}

async function removeIfSame(b: Bench): Promise<void> {
  const key = b.free();
  const value = b.random() < 0.7 ? (b.model.value(key) ?? 0) : b.value();
  const removes = b.model.value(key) === value;
  if (removes) b.model.remove(key);
  await same(b.map.removeIfSame(key, value), removes);
}

/** Not while a key is locked: it would wait. */
async function removeAll(b: Bench): Promise<void> {
  if (b.held.size > 0) return;
  const value = b.value();
  await b.map.removeAll('this = ?', value);
  for (const [key, entry] of b.model.entries) if (entry.value === value) b.model.remove(key);
}

async function setTtl(b: Bench): Promise<void> {
  const key = b.free();
  const ttlMs = [0, 1, 10, 100][b.below(4)]!;
  await same(b.map.setTtl(key, ttlMs / 1000), b.model.setTtl(key, ttlMs));
}

async function evict(b: Bench): Promise<void> {
  const key = b.key();
  await same(b.map.evict(key), !b.held.has(key) && b.model.evict(key));
}

async function executeOnKey(b: Bench): Promise<void> {
  const key = b.free();
  const value = b.value();
  const choice = b.random();
  const before = b.model.use(key);
  if (choice < 0.4) b.model.put(key, value);
  else if (choice < 0.6 && before !== undefined) b.model.remove(key);
  const answer = b.map.executeOnKey(key, (entry) => {
    const seen = entry.value;
    if (choice < 0.4) entry.setValue(value);
    else if (choice < 0.6) entry.remove();
    return seen;
  });
  await same(answer, before);
}

async function executeOnEntries(b: Bench): Promise<void> {
  if (b.held.size > 0) return;
  const results = await b.map.executeOnEntries((entry) => (entry.setValue(entry.value! + 1), entry.value), 'this < 3');
  // In the order the map took, which decides what was used last.
  for (const [key, value] of results) {
    b.model.use(key);
    b.model.put(key, value!);
  }
  for (const { value } of b.model.entries.values()) assert.ok(value >= 3 || [...results.values()].includes(value));
}

async function lock(b: Bench): Promise<void> {
  if (b.held.size === 9) return;
  const key = b.free();
  b.held.set(key, await b.map.lock(key));
  b.model.locked.add(key);
}

async function useHeld(b: Bench): Promise<void> {
  const [held] = b.held.values();
  if (held === undefined) return;
  const { key } = held;
  const value = b.value();
  const choice = b.below(5);
  if (choice === 0) await same(held.put(value), b.model.put(key, value));
  else if (choice === 1) await same(held.get(), b.model.use(key));
  else if (choice === 2) await same(held.setTtl(0.02), b.model.setTtl(key, 20));
  else if (choice === 3) await same(held.evict(), b.model.evict(key));
  else await same(held.remove(), b.model.remove(key));
}

async function unlock(b: Bench): Promise<void> {
  const [held] = b.held.values();
  if (held === undefined) return;
  await held.unlock();
  b.held.delete(held.key);
  b.model.unlock(held.key);
}

async function wait(b: Bench): Promise<void> {
  const ms = [0, 0.25, 1, 2, 7.5, 20, 60][b.below(7)]!;
  b.clock.advance(ms);
  b.model.now += ms;
}

/** W_TINYLFU decides by chance too: the model follows it, and sees that it gave up only what it may, and only what it had to. */
async function follow(b: Bench, maxSize: number): Promise<void> {
  await b.clock.yield();
  const isEviction = ({ type }: PlainEvent): boolean => type === 'evicted';
  const told = new Set(b.model.events.filter(isEviction).map(({ key }) => key));
  const newest = b.model.events.findLast(({ type }) => type === 'added')?.key;
  for (const { key } of b.events.filter((event) => isEviction(event) && !told.has(event.key))) {
    assert.ok(b.model.entries.size > maxSize, 'there was more than there may be');
    assert.not.ok(b.model.locked.has(key!), 'it was not locked');
    assert.is.not(key, newest, 'it was not just written');
    assert.ok(b.model.evict(key!), 'it was there');
  }
  const free = [...b.model.entries.keys()].filter((key) => !b.model.locked.has(key));
  assert.ok(b.model.entries.size <= maxSize || free.length <= 1, 'the limit was kept, unless everything was locked');
}

/** What can be seen without leaving a trace. */
async function compare(b: Bench): Promise<void> {
  const { map, model } = b;
  model.expire();
  const expected = [...model.entries].map(([key, { value }]) => [key, value] as const).toSorted(byKey);
  assert.equal((await map.entrySet()).toSorted(byKey), expected);
  assert.is(await map.size(), expected.length);
  assert.is(map.getLocalMapStats().ownedEntryCount, expected.length);
  assert.equal((await map.values('this >= 3')).toSorted(), expected.map(([, value]) => value).filter((value) => value >= 3).toSorted()); // prettier-ignore
  assert.is(await map.containsValue(5), expected.some(([, value]) => value === 5)); // prettier-ignore
  const key = b.key();
  const view = await map.getEntryView(key);
  assert.is(view?.value, model.value(key));
  if (view !== undefined) assert.ok(view.expirationTime === START + model.expirationTime(key));
  await b.clock.yield();
  assert.equal(perKey(b.events), perKey(model.events));
  b.events = [];
  model.events = [];
}

const START = Date.UTC(2026, 0, 1);
const byKey = ([a]: readonly [number, number], [b]: readonly [number, number]): number => a - b;

/** Entries that expire together may be told of in any order; those of one key may not. */
function perKey(events: readonly PlainEvent[]): [number | undefined, PlainEvent[]][] {
  return [...Map.groupBy(events, ({ key }) => key)].toSorted(([a = -1], [b = -1]) => a - b);
}

const CONFIGS: Readonly<Record<string, MapOptions>> = {
  'no limits': {},
  'a time to live': { timeToLiveSeconds: 0.05 },
  'both times, with indexes': { timeToLiveSeconds: 0.1, maxIdleSeconds: 0.02, indexes: [{ attribute: 'this', ordered: true }] },
  LRU: { evictionPolicy: 'LRU', maxSize: 6, evictionDelaySeconds: 0 },
  'LRU and both times': { evictionPolicy: 'LRU', maxSize: 6, evictionDelaySeconds: 0, timeToLiveSeconds: 0.1, maxIdleSeconds: 0.02 },
  LFU: { evictionPolicy: 'LFU', maxSize: 6, evictionDelaySeconds: 0 },
  'LFU and idle times, with an index': {
    evictionPolicy: 'LFU',
    maxSize: 6,
    evictionDelaySeconds: 0,
    maxIdleSeconds: 0.03,
    indexes: [{ attribute: 'this' }],
  },
  W_TINYLFU: { evictionPolicy: 'W_TINYLFU', maxSize: 6, evictionDelaySeconds: 0, timeToLiveSeconds: 0.1 },
};
/** Calls of which a model that follows can't tell what went in between. */
const SEVERAL: ReadonlySet<string> = new Set(['putAll', 'executeOnEntries']);

for (const [name, options] of Object.entries(CONFIGS)) {
  test(`any calls, with ${name}`, async () => {
    const random = randomOf(SEED);
    for (let round = 0; round < ROUNDS; round++) await runRound(options, random);
  });
}

async function runRound(options: MapOptions, random: () => number): Promise<void> {
  const clock = testClock(START);
  await using instance = newInstance({ clock, partitionCount: 7, maps: { test: options } });
  const map = await instance.getMap<number, number>('test');
  const { timeToLiveSeconds = 0, maxIdleSeconds = 0, maxSize = 0, evictionPolicy } = options;
  const orders = { LRU: new PlainLru(), LFU: new PlainLfu(), W_TINYLFU: undefined, NONE: undefined };
  const order = orders[evictionPolicy ?? 'NONE'];
  const follows = evictionPolicy === 'W_TINYLFU';
  const bench = new Bench(
    map,
    clock,
    new PlainMap({ ttlMs: 1000 * timeToLiveSeconds, maxIdleMs: 1000 * maxIdleSeconds, maxSize, order }),
    random,
  );
  const listener = ({ type, key, value, oldValue }: EntryEvent<number, number>): void => {
    bench.events.push({ type, key, value, oldValue });
  };
  const types = ['added', 'updated', 'removed', 'evicted', 'expired', 'cleared'] as const;
  await map.addEntryListener(Object.fromEntries(types.map((type) => [type, listener])));
  const done: string[] = [];
  try {
    for (let i = 0; i < STEPS_PER_ROUND; i++) {
      const name = chosen(random);
      if (follows && SEVERAL.has(name)) continue;
      done.push(name);
      bench.model.expire();
      await STEPS[name]![1](bench);
      if (follows) await follow(bench, maxSize);
      if (follows || random() < 0.7) await compare(bench);
    }
  } catch (error) {
    throw new Error(`SEED=${SEED}, after ${done.slice(-12).join(', ')}: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
}

const WEIGHT: number = Object.values(STEPS).reduce((sum, [weight]) => sum + weight, 0);

function chosen(random: () => number): string {
  let left = random() * WEIGHT;
  for (const [name, [weight]] of Object.entries(STEPS)) if ((left -= weight) < 0) return name;
  return 'get';
}

test.run();
