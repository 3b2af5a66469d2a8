/** The record store against a model of maps and plain records, with time as an argument. */
import * as fc from 'fast-check';
import * as assert from 'uvu/assert';
import { hashKey, toKey, type StoredKey } from '../../lib/data/key.ts';
import { partitionOf } from '../../lib/data/partitioning.ts';
import { valueForm, type ValueMode } from '../../lib/data/value.ts';
import type { AttributeSet } from '../../lib/indexes/attribute-set.ts';
import type { LiveRows } from '../../lib/columns/live-rows.ts';
import { RecordStore, type Expiry } from '../../lib/partition/record-store.ts';
import { describe } from '../kit/describe.ts';

const SEED = Number(process.env['SEED'] ?? 1);
const PARTITIONS = 7;
const test = describe('record-store');

/** Stands for columns and indexes: remembers what it was told, and fails on request. */
class FakeAttributes {
  readonly entries = new Map<number, [unknown, unknown]>();
  failing = false;

  insert(slot: number, key: unknown, value: unknown): void {
    this.#mayFail();
    assert.not.ok(this.entries.has(slot));
    this.entries.set(slot, [key, value]);
  }

  update(slot: number, key: unknown, before: unknown, after: unknown): void {
    this.#mayFail();
    assert.equal(this.entries.get(slot), [key, before]);
    this.entries.set(slot, [key, after]);
  }

  remove(slot: number, key: unknown, value: unknown): void {
    this.#mayFail();
    assert.equal(this.entries.get(slot), [key, value]);
    this.entries.delete(slot);
  }

  clear(): void {
    this.entries.clear();
  }

  #mayFail(): void {
    if (this.failing) throw new Error('the index failed');
  }
}

class FakeLive implements LiveRows {
  readonly slots = new Set<number>();
  readonly bytes = 0;

  get count(): number {
    return this.slots.size;
  }

  has = (slot: number): boolean => this.slots.has(slot);
  set = (slot: number): void => void this.slots.add(slot);
  clear = (slot: number): void => void this.slots.delete(slot);
  address = (): number => 0;
  rows = (): number => 0;
  free = (): void => this.slots.clear();
}

/** A store, and its calls by key instead of by slot. */
class Bench {
  readonly attributes = new FakeAttributes();
  readonly live = new FakeLive();
  readonly store: RecordStore;
  now = 1000;

  constructor(options: { ttlMs?: number; maxIdleMs?: number; mode?: ValueMode } = {}) {
    this.store = new RecordStore({
      partitionCount: PARTITIONS,
      live: this.live,
      attributes: this.attributes as unknown as AttributeSet,
      form: valueForm(options.mode ?? 'frozen'),
      ...options,
    });
  }

  slot(key: unknown): number {
    const stored = toKey(key);
    return this.store.find(partitionOf(stored, PARTITIONS), stored, hashKey(stored), this.now);
  }

  put(key: unknown, value: unknown, expiry?: Expiry): number {
    const stored = this.store.form.takeIn(value);
    const slot = this.slot(key);
    if (slot >= 0) {
      this.store.update(slot, stored, this.now, expiry);
      return slot;
    }
    const k = toKey(key);
    return this.store.insert(partitionOf(k, PARTITIONS), k, hashKey(k), stored, this.now, expiry);
  }

  get(key: unknown): unknown {
    const slot = this.slot(key);
    if (slot < 0) return undefined;
    this.store.touch(slot, this.now);
    return this.store.valueAt(slot);
  }

  remove(key: unknown): void {
    const slot = this.slot(key);
    if (slot >= 0) this.store.remove(slot);
  }

  /** Whether the parts of the store agree with each other. */
  checkWithin(): void {
    const { store } = this;
    const slots = Array.from({ length: PARTITIONS }, (_, partition) => [...store.slotsOf(partition)]);
    const all = slots.flat();
    assert.is(new Set(all).size, store.size);
    assert.is(all.length, store.size);
    assert.equal([...this.live.slots].toSorted(ascending), all.toSorted(ascending));
    assert.is(this.attributes.entries.size, store.size);
    for (const [partition, members] of slots.entries()) {
      assert.is(store.sizeOf(partition), members.length);
      for (const slot of members) {
        assert.ok(slot < store.top && store.isLive(slot));
        assert.is(store.partitionAt(slot), partition);
        assert.equal(this.attributes.entries.get(slot), [store.keyAt(slot), store.storedAt(slot)]);
        assert.ok(store.view(slot).expirationTime >= store.nextExpiry);
      }
    }
    for (let slot = 0; slot < store.top + 10; slot++) assert.is(store.isLive(slot), this.live.has(slot));
  }
}

const ascending = (a: number, b: number): number => a - b;

const KEYS: readonly unknown[] = [
  0,
  1,
  2,
  3,
  4,
  5,
  '1',
  'x',
  1n,
  true,
  NaN,
  { a: 1 },
  { a: 2, partitionKey: 'x' },
  [1],
  new Date(1),
  ...Array.from({ length: 60 }, (_, i) => `k${i}`),
];

interface Expected {
  value: unknown;
  version: number;
  hits: number;
  creationTime: number;
  lastAccessTime: number;
  lastUpdateTime: number;
  ttlMs: number;
  maxIdleMs: number;
  deadline: number;
}

/** What an entry should be, by position in KEYS. */
class Model {
  readonly entries = new Map<number, Expected>();
  readonly defaults: { ttlMs: number; maxIdleMs: number };

  constructor(defaults: { ttlMs: number; maxIdleMs: number }) {
    this.defaults = defaults;
  }

  expire(now: number): void {
    for (const [key, entry] of this.entries) if (expirationTime(entry) <= now) this.entries.delete(key);
  }

  put(key: number, value: unknown, now: number, expiry: Expiry): void {
    const old = this.entries.get(key);
    const ttlMs = expiry.ttlMs ?? this.defaults.ttlMs;
    const maxIdleMs = expiry.maxIdleMs ?? this.defaults.maxIdleMs;
    const deadline = ttlMs === 0 ? Infinity : now + ttlMs;
    const blank = { version: -1, hits: 0, creationTime: now, lastAccessTime: 0 };
    const base = old ?? blank;
    this.entries.set(key, { ...base, version: base.version + 1, value, lastUpdateTime: now, ttlMs, maxIdleMs, deadline });
  }
}

function expirationTime(entry: Expected): number {
  const idle = entry.maxIdleMs === 0 ? Infinity : Math.max(entry.lastAccessTime, entry.lastUpdateTime) + entry.maxIdleMs;
  return Math.min(entry.deadline, idle);
}

type Step =
  | { do: 'put'; key: number; value: number; expiry: Expiry }
  | { do: 'get'; key: number }
  | { do: 'remove'; key: number }
  | { do: 'setTtl'; key: number; ttlMs: number }
  | { do: 'wait'; ms: number }
  | { do: 'expireDue' }
  | { do: 'clear' }
  | { do: 'fail'; key: number }
  | { do: 'move'; partition: number };

const anyKey = fc.nat({ max: KEYS.length - 1 });
const duration = fc.option(fc.constantFrom(0, 1, 10, 50), { nil: undefined });
const anyStep: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({
      do: fc.constant('put' as const),
      key: anyKey,
      value: fc.nat(),
      expiry: fc.record({ ttlMs: duration, maxIdleMs: duration }),
    }),
  },
  { weight: 6, arbitrary: fc.record({ do: fc.constantFrom('get' as const, 'remove' as const), key: anyKey }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('setTtl' as const), key: anyKey, ttlMs: fc.constantFrom(0, 5, 30) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.constantFrom(0.5, 1, 4, 9, 40) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('expireDue' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('fail' as const), key: anyKey }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('move' as const), partition: fc.nat({ max: PARTITIONS - 1 }) }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constantFrom('clear' as const, 'expireDue' as const, 'expireDue' as const, 'expireDue' as const) }),
  },
);

for (const [name, defaults] of Object.entries({
  none: { ttlMs: 0, maxIdleMs: 0 },
  ttl: { ttlMs: 25, maxIdleMs: 0 },
  both: { ttlMs: 40, maxIdleMs: 12 },
})) {
  test(`any sequence of calls agrees with the model (default expiry: ${name})`, () => {
    fc.assert(
      fc.property(fc.array(anyStep, { maxLength: 250, size: 'max' }), (steps) => {
        const bench = new Bench(defaults);
        const model = new Model(defaults);
        for (const each of steps) run(bench, model, each);
        compare(bench, model);
      }),
      { seed: SEED, numRuns: 120 },
    );
  });
}

function run(bench: Bench, model: Model, step: Step): void {
  model.expire(bench.now);
  if (step.do === 'put') {
    bench.put(KEYS[step.key], { n: step.value }, step.expiry);
    model.put(step.key, { n: step.value }, bench.now, step.expiry);
  } else if (step.do === 'get') {
    const expected = model.entries.get(step.key);
    assert.equal(bench.get(KEYS[step.key]), expected?.value);
    if (expected === undefined) return;
    expected.hits++;
    expected.lastAccessTime = bench.now;
  } else if (step.do === 'remove') {
    bench.remove(KEYS[step.key]);
    model.entries.delete(step.key);
  } else if (step.do === 'setTtl') {
    const slot = bench.slot(KEYS[step.key]);
    const expected = model.entries.get(step.key);
    assert.is(slot >= 0, expected !== undefined);
    if (expected === undefined) return;
    bench.store.setTtl(slot, step.ttlMs, bench.now);
    expected.ttlMs = step.ttlMs;
    expected.deadline = step.ttlMs === 0 ? Infinity : bench.now + step.ttlMs;
  } else if (step.do === 'wait') {
    bench.now += step.ms;
  } else if (step.do === 'expireDue') {
    while (!bench.store.expireDue(bench.now, 3));
    assert.is(bench.store.size, model.entries.size);
    compare(bench, model);
  } else if (step.do === 'clear') {
    bench.store.clear();
    model.entries.clear();
  } else if (step.do === 'fail') {
    fail(bench, KEYS[step.key]);
  } else {
    move(bench, step.partition);
  }
}

/** A failing index must leave everything as it was. */
function fail(bench: Bench, key: unknown): void {
  bench.store.expireDue(bench.now);
  const slot = bench.slot(key);
  const { size, changes, removals } = bench.store;
  const before = slot < 0 ? undefined : bench.store.view(slot);
  bench.attributes.failing = true;
  assert.throws(() => bench.put(key, { n: -1 }), /index failed/);
  if (slot >= 0) assert.throws(() => bench.store.remove(slot), /index failed/);
  bench.attributes.failing = false;
  assert.is(bench.slot(key), slot);
  if (slot >= 0) assert.equal(bench.store.view(slot), before);
  assert.equal([bench.store.size, bench.store.changes, bench.store.removals], [size, changes, removals]);
  bench.checkWithin();
}

/** A partition leaves and comes back: nothing may have changed but slots. */
function move(bench: Bench, partition: number): void {
  bench.store.expireDue(bench.now);
  const images = bench.store.snapshotPartition(partition);
  bench.store.dropPartition(partition);
  assert.is(bench.store.sizeOf(partition), 0);
  bench.checkWithin();
  bench.store.installPartition(partition, images, bench.now);
  assert.equal(byKey(bench.store.snapshotPartition(partition)), byKey(images));
}

function byKey(images: readonly { key: StoredKey }[]): unknown[] {
  return images.toSorted((a, b) => hashKey(a.key) - hashKey(b.key));
}

function compare(bench: Bench, model: Model): void {
  model.expire(bench.now);
  for (const [index, key] of KEYS.entries()) {
    const expected = model.entries.get(index);
    const slot = bench.slot(key);
    assert.is(slot >= 0, expected !== undefined);
    if (expected === undefined) continue;
    const { value, ...statistics } = expected;
    const { cost, lastStoredTime, expirationTime: expires, ...seen } = bench.store.view(slot);
    assert.equal(bench.store.valueAt(slot), value);
    assert.equal(seen, statistics);
    assert.is(expires, expirationTime(expected));
    assert.ok(cost > 50);
    assert.is(lastStoredTime, 0);
  }
  bench.store.expireDue(bench.now);
  assert.is(bench.store.size, model.entries.size);
  bench.checkWithin();
}

test('100,000 entries, half of them removed, others in their slots', () => {
  const bench = new Bench();
  const count = 100_000;
  for (let i = 0; i < count; i++) bench.put(i, i);
  assert.is(bench.store.size, count);
  assert.is(bench.store.top, count);
  const slot = bench.slot(77);
  for (let i = 0; i < count; i += 2) bench.remove(i);
  assert.is(bench.store.removals, count / 2);
  for (let i = 0; i < count / 2; i++) bench.put(`new${i}`, -i);
  assert.is(bench.store.top, count, 'freed slots are used again');
  assert.is(bench.slot(77), slot, 'an entry keeps its slot');
  for (let i = 1; i < count; i += 2) assert.is(bench.store.valueAt(bench.slot(i)), i);
  for (let i = 0; i < count / 2; i++) assert.is(bench.store.valueAt(bench.slot(`new${i}`)), -i);
  for (let i = 0; i < count; i += 2) assert.is(bench.slot(i), -1);
  assert.ok(bench.store.overheadBytes / count < 80, `${bench.store.overheadBytes / count} bytes per entry`);
});

test('expiry over several blocks: all that is due goes, once, and nothing else is looked at', () => {
  const bench = new Bench();
  for (let i = 0; i < 30_000; i++) bench.put(i, i, { ttlMs: i % 10 === 0 ? 100 : 0 });
  assert.ok(bench.store.nextExpiry <= 1100);
  bench.now = 1099.9;
  assert.ok(bench.store.expireDue(bench.now));
  assert.is(bench.store.size, 30_000);
  assert.is(bench.store.nextExpiry, 1100);
  bench.now = 1100;
  assert.not.ok(bench.store.expireDue(bench.now, 2999));
  assert.is(bench.store.size, 27_001);
  assert.ok(bench.store.expireDue(bench.now, 2));
  assert.is(bench.store.nextExpiry, Infinity);
  assert.is(bench.store.size, 27_000);
  assert.is(bench.slot(10), -1);
  assert.ok(bench.slot(11) >= 0);
});

test('an update takes the expiry it brings, or the default, never the old one', () => {
  const bench = new Bench({ ttlMs: 50 });
  const slot = bench.put('k', 1, { ttlMs: 5 });
  assert.is(bench.store.view(slot).expirationTime, 1005);
  bench.now = 1004;
  bench.put('k', 2);
  assert.is(bench.store.view(slot).expirationTime, 1054);
  bench.put('k', 3, { ttlMs: 0, maxIdleMs: 7 });
  assert.is(bench.store.view(slot).expirationTime, 1011);
  bench.now = 1010;
  bench.get('k');
  assert.is(bench.store.view(slot).expirationTime, 1017);
});

test('a looked-for entry that has expired is gone at once', () => {
  const bench = new Bench();
  bench.put('k', 1, { ttlMs: 1 });
  bench.now = 1001;
  assert.is(bench.slot('k'), -1);
  assert.is(bench.store.size, 0);
  assert.is(bench.store.removals, 1);
  bench.put('k', 2);
  bench.now = 9999;
  assert.is(bench.get('k'), 2);
});

test('values that are not shared are copied for readers and shown to conditions', () => {
  for (const mode of ['frozen', 'binary'] as const) {
    const bench = new Bench({ mode });
    const slot = bench.put('k', { bytes: Uint8Array.of(1), a: 1 });
    bench.put('plain', 5);
    const first = bench.store.valueAt(slot) as { bytes: Uint8Array };
    first.bytes[0] = 9;
    assert.equal(bench.store.valueAt(slot), { bytes: Uint8Array.of(1), a: 1 });
    assert.equal(bench.store.storedAt(slot), { bytes: Uint8Array.of(1), a: 1 });
    assert.is(bench.store.form.isShared(bench.store.storedFormAt(slot)), false);
    bench.put('k', { a: 2 });
    bench.put('k', { bytes: Uint8Array.of(3) });
    assert.equal(bench.store.valueAt(slot), { bytes: Uint8Array.of(3) });
    bench.remove('k');
    assert.is(bench.store.valueAt(bench.slot('plain')), 5);
  }
});

test('a store without columns and indexes', () => {
  const store = new RecordStore({ partitionCount: 2, live: new FakeLive(), form: valueForm('frozen') });
  const slot = store.insert(1, 'k', hashKey('k'), 1, 5);
  store.update(slot, 2, 6);
  store.markStored(slot, 7);
  assert.is(store.storedAt(slot), 2);
  const view = store.view(slot);
  assert.equal([view.creationTime, view.lastUpdateTime, view.lastStoredTime, view.version, view.expirationTime], [5, 6, 7, 1, Infinity]);
  store.insert(1, 'other', hashKey('other'), 1, 5);
  store.remove(slot);
  assert.is(store.insert(0, 'k2', hashKey('k2'), 1, 8), slot);
  assert.is(store.view(slot).lastStoredTime, 0);
  store.clear();
  assert.equal([store.size, store.top, store.changes, store.removals], [0, 0, 7, 3]);
});

test('when everything is gone, slots begin anew', () => {
  const bench = new Bench();
  for (let i = 0; i < 20_000; i++) bench.put(i, i);
  for (let i = 0; i < 20_000; i++) bench.remove(i);
  bench.put('first', 1);
  assert.is(bench.store.top, 1);
  bench.checkWithin();
});

test('estimates its size from a sample', () => {
  const bench = new Bench();
  assert.is(bench.store.estimateBytes(), bench.store.overheadBytes);
  for (let i = 0; i < 5000; i++) bench.put(i, { name: 'x'.repeat(1 + (i % 100)) });
  const each = (bench.store.estimateBytes() - bench.store.overheadBytes) / 5000;
  assert.ok(each > 80 && each < 140, `${each}`);
});

test.run();
