/** LRU and LFU are exact (M68): at every step the victim is the one a plain model names, whoever is pinned. */
import * as assert from 'uvu/assert';
import { createEvictionOrder } from '../../lib/eviction/create-eviction-order.ts';
import { describe } from '../kit/describe.ts';
import { EFFORT, SEED } from '../kit/seed.ts';
import { PlainLfu, PlainLru, type PlainOrder } from './plain-orders.ts';
import { randomOf, zipf } from './traces.ts';

const test = describe('exact eviction orders');
const PLAIN = { LRU: () => new PlainLru(), LFU: () => new PlainLfu() } as const;
const POLICIES = ['LRU', 'LFU'] as const;
const nobody = (): boolean => false;

for (const policy of POLICIES) {
  test(`M68 ${policy}: the same victims as the plain model at every step, with pins coming and going`, () => {
    for (let round = 0; round < 40 * EFFORT; round++) compare(policy, PLAIN[policy](), SEED + round, round % 2 === 0 ? 0.2 : 0.01);
  });
}

/** Random calls on both. `churn` is how often pins change. */
function compare(policy: 'LRU' | 'LFU', plain: PlainOrder, seed: number, churn: number): void {
  const random = randomOf(seed);
  const below = (limit: number): number => Math.floor(random() * limit);
  const capacity = 2 + below(40);
  const slotOf = zipf(3 * capacity, 0.8, random);
  const order = createEvictionOrder(policy, random);
  const live = new Set<number>();
  const pinned = new Set<number>();
  const isPinned = (slot: number): boolean => pinned.has(slot);
  for (let step = 0; step < 400; step++) {
    const slot = slotOf();
    const where = `${policy} seed ${seed} step ${step}`;
    if (live.has(slot)) {
      if (random() < 0.05) {
        for (const each of [order, plain]) each.removed(slot);
        live.delete(slot);
        pinned.delete(slot);
      } else for (const each of [order, plain]) each.touched(slot);
    } else {
      order.added(slot, slot);
      plain.added(slot);
      live.add(slot);
    }
    if (random() < churn) {
      const some = [...live][below(live.size)];
      if (some !== undefined) pinned.add(some);
    }
    for (const one of pinned) {
      if (random() >= churn / 2) continue;
      pinned.delete(one);
      order.unpinned(one);
    }
    // Now and then an eviction of many, as after a delay.
    const until = random() < 0.02 ? Math.floor(capacity / 2) : capacity;
    const spared = random() < 0.9 ? slot : -1;
    while (live.size > until) {
      const victim = order.victim(isPinned, spared);
      assert.is(victim, plain.victim(isPinned, spared), where);
      assert.is(order.victim(isPinned, spared), victim, `${where}: asked again`);
      if (victim < 0) break;
      for (const each of [order, plain]) each.removed(victim);
      live.delete(victim);
    }
    if (random() < 0.005) {
      order.clear();
      for (const one of live) plain.removed(one);
      live.clear();
      pinned.clear();
    }
  }
  for (const one of pinned) order.unpinned(one);
  for (const expected of plain.slots) {
    assert.is(order.victim(nobody, -1), expected, `${policy} seed ${seed}: emptied in order`);
    order.removed(expected);
  }
  assert.is(order.victim(nobody, -1), -1);
}

for (const policy of ['LRU', 'LFU', 'W_TINYLFU'] as const) {
  test(`M68 ${policy}: a pinned entry is asked about once, not by every eviction`, () => {
    const order = createEvictionOrder(policy, () => 0.5);
    let asked = 0;
    const isPinned = (slot: number): boolean => (asked++, slot < 1000);
    for (let slot = 0; slot < 1000; slot++) order.added(slot, slot);
    for (let slot = 1000; slot < 3000; slot++) {
      order.added(slot, slot);
      const victim = order.victim(isPinned, slot);
      if (victim >= 0) order.removed(victim);
    }
    assert.ok(asked < 10_000, `${asked} times`);
  });

  test(`M68 ${policy}: when all are pinned or spared there is no victim, and all come back`, () => {
    const order = createEvictionOrder(policy, () => 0.5);
    for (let slot = 0; slot < 10; slot++) order.added(slot, slot);
    assert.is(
      order.victim((slot) => slot !== 7, 7),
      -1,
    );
    assert.is(order.victim(nobody, -1), 7, 'the spared one was not pinned');
    order.unpinned(3);
    order.unpinned(3);
    order.removed(7);
    assert.is(order.victim(nobody, -1), 3);
    order.removed(3);
    assert.is(order.victim(nobody, -1), -1);
    for (let slot = 0; slot < 10; slot++) order.unpinned(slot);
    const left = [];
    for (let slot = order.victim(nobody, -1); slot >= 0; slot = order.victim(nobody, -1)) {
      left.push(slot);
      order.removed(slot);
    }
    assert.equal(
      left.toSorted((a, b) => a - b),
      [0, 1, 2, 4, 5, 6, 8, 9],
    );
  });

  test(`${policy}: slots may be far apart, and memory is a few bytes per entry`, () => {
    const order = createEvictionOrder(policy, () => 0.5);
    assert.ok(order.bytes < 1000, `${order.bytes} when empty`);
    order.added(1_000_000, 1);
    order.added(5, 2);
    order.touched(1_000_000);
    order.touched(5);
    order.removed(1_000_000);
    assert.is(order.victim(nobody, -1), 5);
    order.clear();
    for (let slot = 0; slot < 100_000; slot++) order.added(slot, slot * 7919);
    assert.ok(order.bytes < 100_000 * 32 + 500_000, `${order.bytes}`);
    order.clear();
    assert.ok(order.bytes < 1000, `${order.bytes} when cleared`);
  });
}

test('LFU: a count as large as you like', () => {
  const order = createEvictionOrder('LFU', () => 0.5);
  order.added(0, 0);
  order.added(1, 1);
  for (let access = 0; access < 100_000; access++) order.touched(access % 3 === 0 ? 0 : 1);
  assert.is(order.victim(nobody, -1), 0);
  assert.is(
    order.victim((slot) => slot === 0, -1),
    1,
  );
});

test.run();
