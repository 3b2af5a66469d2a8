/** A near cache by itself, against a plain model: what is in it, what goes, what may come in, and what it counts. */
import * as assert from 'uvu/assert';
import type { NearCacheConfig } from '../../lib/config/map-config.ts';
import { hashKey } from '../../lib/data/key.ts';
import { NearCache, type Coverage, type NearKey } from '../../lib/near-cache/near-cache.ts';
import { PlainLfu, PlainLru } from '../eviction/plain-orders.ts';
import { randomOf } from '../eviction/traces.ts';
import { describe } from '../kit/describe.ts';
import { EFFORT, SEED } from '../kit/seed.ts';
import { Simulation } from '../sim/simulation.ts';
import { SimProcess } from '../sim/sim-process.ts';

const test = describe('near cache');

const PARTITIONS = 3;
const FRESH: Coverage = { freshUntil: Infinity, accepts: () => true };
const CONFIG: NearCacheConfig = { maxSize: Infinity, timeToLiveMs: 0, maxIdleMs: 0, policy: 'NONE', invalidateOnChange: true };

function keyOf(number: number): NearKey {
  return { key: number, hash: hashKey(number), partition: number % PARTITIONS };
}

/** With a clock that stands still until it is set. */
function open(
  config: Partial<NearCacheConfig> = {},
  coverage: Coverage = FRESH,
): { cache: NearCache; simulation: Simulation; now: () => number } {
  const simulation = new Simulation(SEED);
  const { clock } = new SimProcess(simulation, 'm#1');
  const cache = new NearCache({ config: { ...CONFIG, ...config }, partitionCount: PARTITIONS, clock });
  for (let partition = 0; partition < PARTITIONS; partition++) cache.cover(partition, coverage);
  return { cache, simulation, now: () => clock.now() };
}

function keep(cache: NearCache, number: number, value: unknown = number): void {
  cache.publish(cache.reserve(keyOf(number)), value, undefined);
}

test('M70 what was changed since the read began does not come in, and neither does what joins that read', () => {
  const { cache } = open();
  const first = cache.reserve(keyOf(1));
  const joined = cache.reserve(keyOf(1));
  cache.invalidate(keyOf(1));
  const later = cache.reserve(keyOf(1));
  cache.publish(first, 'old', undefined);
  assert.is(cache.get(keyOf(1)), undefined);
  cache.publish(joined, 'old', undefined);
  assert.is(cache.get(keyOf(1)), undefined);
  cache.publish(later, 'new', undefined);
  assert.is(cache.get(keyOf(1)), 'new');
});

test('M70 M71 nothing comes in that was read before its partition was dropped, covered anew, or everything cleared', () => {
  for (const change of ['drop', 'cover', 'clear', 'uncover'] as const) {
    const { cache } = open();
    const reservation = cache.reserve(keyOf(1));
    if (change === 'clear') cache.clear();
    else if (change === 'drop') cache.drop(1);
    else cache.cover(1, change === 'cover' ? FRESH : undefined);
    cache.publish(reservation, 'old', undefined);
    assert.is(cache.get(keyOf(1)), undefined, change);
  }
});

test('M71 without coverage nothing is served or kept, and nothing counted', () => {
  const { cache } = open();
  keep(cache, 1);
  cache.cover(1, undefined);
  assert.is(cache.get(keyOf(1)), undefined);
  keep(cache, 1);
  cache.cover(1, FRESH);
  assert.is(cache.get(keyOf(1)), undefined);
  assert.equal(cache.statistics, { hits: 0, misses: 1, entries: 0, evictions: 0, expirations: 0, invalidations: 1 });
});

test('M71 what is not known to be fresh any more is not served, until it is again', () => {
  const coverage = { freshUntil: -Infinity, accepts: () => true };
  const { cache, now } = open({}, coverage);
  keep(cache, 1);
  assert.is(cache.get(keyOf(1)), undefined);
  assert.is(cache.has(keyOf(1)), false);
  coverage.freshUntil = now() + 1;
  assert.is(cache.get(keyOf(1)), 1);
  assert.is(cache.has(keyOf(1)), true);
});

test('M27 what users have of a value does not change what is kept', () => {
  const { cache } = open();
  const bytes = new Uint8Array([1, 2]);
  keep(cache, 1, Object.freeze({ bytes }));
  bytes[0] = 9;
  const found = cache.get(keyOf(1)) as { bytes: Uint8Array };
  found.bytes[1] = 9;
  assert.equal([...(cache.get(keyOf(1)) as { bytes: Uint8Array }).bytes], [1, 2]);
});

test('M69 with NONE a full cache takes nothing in; entries that are over make room', async () => {
  const { cache, simulation } = open({ maxSize: 2, timeToLiveMs: 50 });
  keep(cache, 1);
  await simulation.run(40);
  for (const number of [2, 3]) keep(cache, number);
  assert.is(cache.get(keyOf(3)), undefined);
  await simulation.run(60);
  keep(cache, 3);
  assert.is(cache.get(keyOf(3)), 3);
  assert.is(cache.get(keyOf(1)), undefined);
  assert.is(cache.statistics.entries, 2);
});

test('M69 time to live counts from the read, idle time from the last hit, both to the millisecond; memory is given back', async () => {
  const { cache, simulation } = open({ timeToLiveMs: 100, maxIdleMs: 40 });
  for (const number of [1, 2]) keep(cache, number);
  for (const at of [39, 78, 99]) {
    await simulation.run(at);
    assert.is(cache.get(keyOf(1)), 1, `at ${at}`);
  }
  assert.is(cache.get(keyOf(2)), undefined);
  await simulation.run(100);
  assert.is(cache.get(keyOf(1)), undefined);
  for (const number of [4, 5]) keep(cache, number);
  await simulation.run(1000);
  assert.equal(cache.statistics, { hits: 3, misses: 2, entries: 0, evictions: 0, expirations: 4, invalidations: 0 });
});

test('M64 what expires where it lives is over here too, counted from when it was asked for', async () => {
  const { cache, simulation } = open();
  const reservation = cache.reserve(keyOf(1));
  await simulation.run(20);
  cache.publish(reservation, 'one', { stream: 1, seq: 0, livesMs: 50 });
  keep(cache, 2);
  await simulation.run(49);
  assert.is(cache.get(keyOf(1)), 'one');
  await simulation.run(51);
  assert.is(cache.get(keyOf(1)), undefined);
  assert.is(cache.get(keyOf(2)), 2);
  assert.is(cache.statistics.expirations, 1);
});

test('M69 M71 the same as a plain model at every step, whatever the policy', () => {
  const policies = { LRU: () => new PlainLru(), LFU: () => new PlainLfu() } as const;
  for (const policy of ['LRU', 'LFU'] as const)
    for (let round = 0; round < 30 * EFFORT; round++) compare(policy, policies[policy](), SEED + round);
});

/** The plain orders go by the numbers of the keys themselves. */
function compare(policy: 'LRU' | 'LFU', order: PlainLru | PlainLfu, seed: number): void {
  const random = randomOf(seed);
  const below = (limit: number): number => Math.floor(random() * limit);
  const maxSize = 1 + below(8);
  const { cache } = open({ maxSize, policy });
  const present = new Map<number, number>();
  const gone = (number: number): void => {
    if (present.delete(number)) order.removed(number);
  };
  for (let step = 0; step < 300; step++) {
    const number = below(16);
    const where = `${policy} seed ${seed} step ${step}`;
    const deed = random();
    if (deed < 0.5) {
      const expected = present.get(number);
      if (expected !== undefined) order.touched(number);
      assert.is(cache.get(keyOf(number)), expected, where);
    } else if (deed < 0.85) {
      keep(cache, number, step);
      if (present.has(number)) order.touched(number);
      else order.added(number);
      present.set(number, step);
      if (present.size > maxSize) gone(order.victim((slot) => slot === number, number));
    } else if (deed < 0.96) {
      cache.invalidate(keyOf(number));
      gone(number);
    } else if (deed < 0.99) {
      cache.drop(number % PARTITIONS);
      for (const each of present.keys()) if (each % PARTITIONS === number % PARTITIONS) gone(each);
    } else {
      cache.clear();
      for (const each of present.keys()) gone(each);
    }
    assert.is(cache.statistics.entries, present.size, where);
  }
}

test.run();
