/** Where keys go: an even spread (M47), and data affinity (M26). */
import * as assert from 'uvu/assert';
import { hashKey, toKey } from '../../lib/data/key.ts';
import { PARTITION_COUNT_DEFAULT, partitionOf, type Affinity } from '../../lib/data/partitioning.ts';
import { KeyError } from '../../lib/errors.ts';
import { describe } from '../kit/describe.ts';

const test = describe('partitioning');

const partition = (key: unknown, affinity?: Affinity): number => partitionOf(toKey(key), PARTITION_COUNT_DEFAULT, affinity);

const afterAt: Affinity = (key) => (typeof key === 'string' && key.includes('@') ? key.slice(key.indexOf('@') + 1) : undefined);

test('the partition is the hash modulo the count, whatever its number', () => {
  for (const count of [1, 2, 271, 256, 4096]) {
    for (const key of [0, 5, 'x', -1n, true, { a: 1 }]) {
      const p = partitionOf(toKey(key), count);
      assert.ok(Number.isInteger(p) && p >= 0 && p < count);
      assert.is(p, partitionOf(toKey(key), count, undefined, hashKey(toKey(key))));
    }
  }
});

test('entries spread evenly over 271 partitions', () => {
  const families: Record<string, (i: number) => unknown> = {
    'sequential integers': (i) => i,
    'texts with a counter': (i) => `employee:${i}`,
    bigints: (i) => 10n ** 18n + BigInt(i),
    'composite keys': (i) => ({ company: `C${i % 7}`, id: i }),
  };
  for (const [name, key] of Object.entries(families)) {
    const counts = new Int32Array(PARTITION_COUNT_DEFAULT);
    const n = 27_100;
    for (let i = 0; i < n; i++) counts[partition(key(i))]!++;
    // 100 expected, standard deviation 10: chance alone stays within 5 of them.
    assert.ok(Math.min(...counts) > 50 && Math.max(...counts) < 150, `${name}: ${Math.min(...counts)} to ${Math.max(...counts)}`);
  }
});

test('an own partitionKey decides, the rest of the key does not', () => {
  const together = new Set(Array.from({ length: 100 }, (_, id) => partition({ id, partitionKey: 'Joe' })));
  assert.equal([...together], [partition('Joe')]);
  const spread = new Set(Array.from({ length: 100 }, (_, id) => partition({ id: 1, partitionKey: id })));
  assert.ok(spread.size > 50);
  assert.is(partition({ id: 3, partitionKey: { b: 1, a: 2 } }), partition({ a: 2, b: 1 }));
});

test('a configured function decides before anything else, and may leave it to the key', () => {
  assert.is(partition('x@Joe', afterAt), partition('Joe'));
  assert.is(partition('x', afterAt), partition('x'));
  assert.is(partition({ id: 1, partitionKey: 'Joe' }, afterAt), partition('Joe'));
  assert.is(
    partition({ id: 1, partitionKey: 'Joe' }, (key) => (key as { id: number }).id),
    partition(1),
  );
});

test('the function sees the key as users do', () => {
  let seen: unknown;
  partition(new Date(5), (key) => (seen = key));
  assert.equal(seen, new Date(5));
});

test('what decides must be a key itself', () => {
  assert.throws(
    () => partition({ id: 1, partitionKey: null }),
    (error: unknown) => error instanceof KeyError,
  );
  assert.throws(
    () => partition(1, () => new Map()),
    (error: unknown) => error instanceof KeyError,
  );
});

test('only own properties count', () => {
  // oxlint-disable-next-line no-extend-native
  Object.defineProperty(Object.prototype, 'partitionKey', { value: 'everybody', configurable: true });
  try {
    assert.is(partition({ id: 1 }), hashKey(toKey({ id: 1 })) % 271);
  } finally {
    Reflect.deleteProperty(Object.prototype, 'partitionKey');
  }
});

test.run();
