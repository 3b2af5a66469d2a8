/** Keys that become common and rare again, among others that never do, in every order. */
import * as fc from 'fast-check';
import * as assert from 'uvu/assert';
import { NumberBlocks } from '../../lib/indexes/number-blocks.ts';
import { EVERYTHING, type KeyRange } from '../../lib/indexes/ordered-blocks.ts';
import { OrderedSlots } from '../../lib/indexes/ordered-slots.ts';
import { TextBlocks } from '../../lib/indexes/text-blocks.ts';
import { describe } from '../kit/describe.ts';
import { runs } from '../query/arbitrary.ts';
import { check, exercise, pairsOf, sortedPairs } from './ordered-model.ts';
import { below, randomFrom, shuffled } from './random.ts';

const test = describe('ordered slots');

for (const distinct of [1, 3, 60, 200, 1_000_000]) {
  test(`numbers, ${distinct} distinct keys`, () => exercise(new OrderedSlots(new NumberBlocks()), (n) => n - 100, distinct, distinct));
  test(`texts, ${distinct} distinct keys`, () => exercise(new OrderedSlots(new TextBlocks()), (n) => `k${n}`, distinct, distinct));
}

test('some common keys among many rare ones', () => {
  // Of each ten keys drawn, nine are among the multiples of 1,000.
  const keyOf = (n: number): number => (n % 10 === 0 ? n : Math.round(n / 1000) * 1000);
  exercise(new OrderedSlots(new NumberBlocks()), keyOf, 10_000, 1);
});

test('loaded in bulk and added one by one are the same', () => {
  const random = randomFrom();
  for (const distinct of [1, 2, 50, 150, 20_000]) {
    const model = new Map(Array.from({ length: 20_000 }, (_, slot) => [slot, random() < 0.3 ? 7 : below(random, distinct)] as const));
    const sorted = sortedPairs(model);
    const loaded = new OrderedSlots(new NumberBlocks());
    for (const work = loaded.load(pairsOf(sorted)); work.next().done !== true;);
    check(loaded, sorted, EVERYTHING);
    check(loaded, sorted, { low: distinct >> 3, lowOpen: true, high: distinct >> 1, highOpen: false });
    for (const [key, slot] of shuffled(random, sorted)) assert.ok(loaded.remove(key, slot));
    assert.is(loaded.size, 0);
    check(loaded, [], EVERYTHING);
  }
});

test('a key with slots far apart stays in the blocks, where it costs less', () => {
  const slots = new OrderedSlots(new NumberBlocks());
  for (let i = 0; i < 1000; i++) slots.add(5, i * 65_536);
  assert.ok(slots.bytes < 40_000, `${slots.bytes} bytes`);
  assert.is(slots.count({ low: 5, lowOpen: false, high: 5, highOpen: false }), 1000);
});

/** Long enough runs of additions and removals of one key to cross the border both ways, and ranges that begin and end at common keys. */
const burst = fc.record({ key: fc.nat(6), slots: fc.nat(400), first: fc.nat(300), adds: fc.boolean() });
const bound = fc.option(fc.nat(6), { nil: undefined });
const range: fc.Arbitrary<KeyRange<number>> = fc.record({ low: bound, lowOpen: fc.boolean(), high: bound, highOpen: fc.boolean() });

test('the same answers as a sorted list, whatever became common or rare', () => {
  const same = (
    bursts: readonly { key: number; slots: number; first: number; adds: boolean }[],
    ranges: readonly KeyRange<number>[],
  ): void => {
    const slots = new OrderedSlots(new NumberBlocks());
    const model = new Map<number, number>();
    for (const { key, slots: many, first, adds } of bursts) {
      for (let slot = first; slot < first + many; slot++) {
        const before = model.get(slot);
        if (before !== undefined) assert.ok(slots.remove(before, slot));
        assert.not.ok(slots.remove(key, slot));
        model.delete(slot);
        if (!adds) continue;
        slots.add(key, slot);
        model.set(slot, key);
      }
    }
    for (const each of ranges) check(slots, sortedPairs(model), each);
  };
  fc.assert(fc.property(fc.array(burst, { maxLength: 20 }), fc.array(range, { minLength: 3, maxLength: 6 }), same), runs(60));
});

test('a walk stops when told, in a set as in blocks', () => {
  const slots = new OrderedSlots(new NumberBlocks());
  for (let slot = 0; slot < 300; slot++) slots.add(slot % 3 === 0 ? slot : 50, slot);
  for (const limit of [1, 20, 60, 250]) {
    for (const descending of [false, true]) {
      let seen = 0;
      assert.not.ok(slots.walk(EVERYTHING, descending, () => ++seen === limit));
      assert.is(seen, limit);
    }
  }
});

test.run();
