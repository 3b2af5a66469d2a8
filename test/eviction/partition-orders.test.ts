/** Orders of partitions against one plain order for each. */
import * as assert from 'uvu/assert';
import { createEvictionOrder } from '../../lib/eviction/create-eviction-order.ts';
import { PartitionOrders } from '../../lib/eviction/partition-orders.ts';
import { describe } from '../kit/describe.ts';
import { EFFORT, SEED } from '../kit/seed.ts';
import { PlainLfu, PlainLru } from './plain-orders.ts';
import { randomOf } from './traces.ts';

const test = describe('partition orders');

const PARTITIONS = 5;
const SLOTS = 60;

for (const [policy, Plain] of [
  ['LRU', PlainLru],
  ['LFU', PlainLfu],
] as const) {
  // prettier-ignore
  test(`${policy}: each partition gives up the first of its own, pinned and spared ones aside`, () => {
    const random = randomOf(SEED);
    const below = (count: number): number => Math.floor(random() * count);
    for (let round = 0; round < 30 * EFFORT; round++) {
      const partitionOf = new Map<number, number>();
      const orders = new PartitionOrders(() => createEvictionOrder(policy, random), (slot) => partitionOf.get(slot)!);
      const plain = Array.from({ length: PARTITIONS }, () => new Plain());
      const pinned = new Set<number>();
      for (let step = 0; step < 400; step++) {
        const slot = below(SLOTS) * 331;
        const partition = partitionOf.get(slot);
        const choice = random();
        if (partition === undefined) {
          partitionOf.set(slot, below(PARTITIONS));
          orders.added(slot, slot);
          plain[partitionOf.get(slot)!]!.added(slot);
        } else if (choice < 0.4) {
          orders.touched(slot);
          plain[partition]!.touched(slot);
        } else if (choice < 0.5) {
          orders.removed(slot);
          plain[partition]!.removed(slot);
          partitionOf.delete(slot);
          pinned.delete(slot);
        } else if (choice < 0.6) pinned.add(slot);
        else if (choice < 0.7) {
          if (pinned.delete(slot)) orders.unpinned(slot);
        } else {
          const spared = choice < 0.85 ? slot : -1;
          const wanted = spared >= 0 && random() < 0.5 ? undefined : below(PARTITIONS);
          const expected = plain[wanted ?? partition]!.victim((one) => pinned.has(one), spared);
          assert.is(orders.victim((one) => pinned.has(one), spared, wanted), expected);
          if (expected < 0) continue;
          orders.removed(expected);
          plain[wanted ?? partition]!.removed(expected);
          partitionOf.delete(expected);
        }
      }
    }
  });
}

test('orders of many partitions cost no more than a few bytes per entry more than one', () => {
  const count = 100_000;
  const orders = new PartitionOrders(() => createEvictionOrder('LRU', () => 0.5), (slot) => slot % 271); // prettier-ignore
  for (let slot = 0; slot < count; slot++) orders.added(slot, slot);
  assert.ok(orders.bytes / count < 27, `${orders.bytes / count} bytes`);
  const { bytes } = orders;
  for (let slot = 0; slot < count; slot++) orders.removed(slot);
  for (let slot = 0; slot < count; slot++) orders.added(slot, slot);
  assert.is(orders.bytes, bytes, 'numbers are given again');
  orders.clear();
  assert.is(orders.bytes, 0);
  assert.is(orders.victim(() => false, -1, 3), -1); // prettier-ignore
});

test.run();
