/** The hash table of one partition: against a Map, with honest hashes and with ones made to collide. */
import * as fc from 'fast-check';
import * as assert from 'uvu/assert';
import { hashKey, toKey, type StoredKey } from '../../lib/data/key.ts';
import { KeyTable } from '../../lib/partition/key-table.ts';
import { describe } from '../kit/describe.ts';

const SEED = Number(process.env['SEED'] ?? 1);
const test = describe('key-table');

type Hash = (key: StoredKey) => number;

/** A table, the keys by slot it looks into, and what it should hold. */
class Bench {
  readonly keys: StoredKey[] = [];
  readonly table = new KeyTable({ storedKeyAt: (slot) => this.keys[slot]! });
  readonly model = new Map<StoredKey, number>();
  readonly hash: Hash;

  constructor(hash: Hash) {
    this.hash = hash;
  }

  add(key: StoredKey): void {
    if (this.model.has(key)) return;
    const slot = this.keys.push(key) - 1;
    this.table.reserve();
    this.table.add(key, this.hash(key), slot);
    this.model.set(key, slot);
  }

  remove(key: StoredKey): void {
    const slot = this.model.get(key);
    if (slot === undefined) return;
    this.table.remove(key, this.hash(key), slot);
    this.model.delete(key);
  }

  check(absent: readonly StoredKey[] = []): void {
    assert.is(this.table.size, this.model.size);
    for (const [key, slot] of this.model) assert.is(this.table.find(key, this.hash(key)), slot);
    for (const key of absent) if (!this.model.has(key)) assert.is(this.table.find(key, this.hash(key)), -1);
    assert.equal([...this.table.slots()].toSorted(ascending), [...this.model.values()].toSorted(ascending));
  }
}

const ascending = (a: number, b: number): number => a - b;

/** 2^32 / golden ratio has this inverse modulo 2^32: hashes by it choose their place in the table. */
const INVERSE_OF_GOLDEN = 0x144c_bc89;
const HASHES: Record<string, Hash> = {
  honest: hashKey,
  'all the same': () => 42,
  'few different': (key) => Number(key) % 3,
  'all at the end of the table': (key) => Math.imul(0xffff_ff00 + (Number(key) % 256), INVERSE_OF_GOLDEN) >>> 0,
  'neighbours in the table': (key) => Math.imul(Number(key) << 16, INVERSE_OF_GOLDEN) >>> 0,
};

for (const [name, hash] of Object.entries(HASHES)) {
  test(`adds and removals in any order agree with a Map: ${name}`, () => {
    const key = fc.nat({ max: 120 });
    const step = fc.tuple(fc.constantFrom(true, true, false), key);
    fc.assert(
      fc.property(fc.array(step, { maxLength: 400, size: 'max' }), (steps) => {
        const bench = new Bench(hash);
        for (const [add, k] of steps) {
          if (add) bench.add(k);
          else bench.remove(k);
        }
        bench.check(Array.from({ length: 125 }, (_, i) => i));
      }),
      { seed: SEED, numRuns: 60 },
    );
  });

  test(`thousands in, most out, others in: ${name}`, () => {
    const bench = new Bench(hash);
    for (let k = 0; k < 3000; k++) bench.add(k);
    bench.check([3001, 3002]);
    for (let k = 0; k < 3000; k++) if (k % 7 !== 0) bench.remove(k);
    bench.check(Array.from({ length: 3000 }, (_, k) => k));
    for (let k = 2000; k < 6000; k++) bench.add(k);
    bench.check([1, 2, 7001]);
    for (let k = 0; k < 6000; k++) bench.remove(k);
    bench.check([1, 2]);
  });
}

test('keys made to collide cost no scan and little memory', () => {
  const bench = new Bench(() => 7);
  let compared = 0;
  const counting = new KeyTable({
    storedKeyAt: (slot) => {
      compared++;
      return bench.keys[slot]!;
    },
  });
  for (let k = 0; k < 20_000; k++) {
    bench.keys.push(k);
    counting.reserve();
    counting.add(k, 7, k);
  }
  compared = 0;
  for (let k = 0; k < 20_000; k++) assert.is(counting.find(k, 7), k);
  assert.ok(compared <= 64 * 20_000, `${compared / 20_000} comparisons a look-up`);
  assert.ok(counting.bytes < 100 * 20_000, `${counting.bytes} bytes`);
});

test('keys of all types live side by side', () => {
  const bench = new Bench(() => 1);
  const keys = [1, '1', 1n, true, 'true', NaN, toKey({ a: 1 }), toKey([1]), toKey(new Date(1))];
  for (const key of keys) bench.add(key);
  bench.check(['NaN', 2, false]);
  assert.is(bench.table.find(toKey({ a: 1 }), 1), 6);
  bench.remove(keys[6]!);
  assert.is(bench.table.find(toKey({ a: 1 }), 1), -1);
  bench.check();
});

test('a table that has emptied is small again', () => {
  const bench = new Bench(hashKey);
  for (let k = 0; k < 5000; k++) bench.add(k);
  const full = bench.table.bytes;
  for (let k = 10; k < 5000; k++) bench.remove(k);
  assert.ok(bench.table.bytes < full / 50);
  bench.check([10, 11]);
});

test.run();
