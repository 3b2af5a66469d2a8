/** The leaves of ordered indexes: splitting, joining, sections, loading, at sizes where all of it happens. */
import * as assert from 'uvu/assert';
import { NumberBlocks } from '../../lib/indexes/number-blocks.ts';
import { EVERYTHING } from '../../lib/indexes/ordered-blocks.ts';
import { TextBlocks } from '../../lib/indexes/text-blocks.ts';
import { describe } from '../kit/describe.ts';
import { check, exercise, pairsOf, sortedPairs } from './ordered-model.ts';
import { below, randomFrom, shuffled } from './random.ts';

const test = describe('ordered blocks');

for (const distinct of [3, 700, 1_000_000]) {
  test(`numbers, ${distinct} distinct keys`, () => exercise(new NumberBlocks(), (n) => n - 100, distinct, distinct));
  test(`texts, ${distinct} distinct keys`, () => exercise(new TextBlocks(), (n) => `k${n}`, distinct, distinct));
}

test('a pair that is not there is not removed', () => {
  const blocks = new NumberBlocks();
  assert.not.ok(blocks.remove(1, 1));
  blocks.add(1, 1);
  assert.not.ok(blocks.remove(1, 2));
  assert.not.ok(blocks.remove(2, 1));
  assert.ok(blocks.remove(1, 1));
  assert.is(blocks.size, 0);
});

test('sections come and go: a window that moves, and what is thinned out', () => {
  const random = randomFrom();
  const blocks = new NumberBlocks();
  const model = new Map<number, number>();
  // Three sections are 3 * 128 leaves of 128 pairs.
  const window = 50_000;
  for (let i = 0; i < 3 * window; i++) {
    blocks.add(i - window, i);
    model.set(i, i - window);
    if (i < window) continue;
    assert.ok(blocks.remove(i - 2 * window, i - window));
    model.delete(i - window);
  }
  check(blocks, sortedPairs(model), EVERYTHING);
  assert.ok(blocks.bytes < window * 20, `${blocks.bytes} bytes in a window`);
  for (const slot of shuffled(random, [...model.keys()]).slice(0, window - 500)) {
    assert.ok(blocks.remove(model.get(slot)!, slot));
    model.delete(slot);
  }
  const sorted = sortedPairs(model);
  check(blocks, sorted, EVERYTHING);
  const [low, high] = [sorted[100]![0], sorted[400]![0]];
  check(blocks, sorted, { low, lowOpen: true, high, highOpen: false });
  assert.ok(blocks.bytes < 100_000, `${blocks.bytes} bytes for 500 pairs`);
  // What comes before all that is left, and between.
  for (let i = 0; i < 20_000; i++) {
    blocks.add(i * 7 - 10_000, 1_000_000 + i);
    model.set(1_000_000 + i, i * 7 - 10_000);
  }
  check(blocks, sortedPairs(model), EVERYTHING);
});

test('ascending keys leave full leaves behind', () => {
  const blocks = new NumberBlocks();
  for (let i = 0; i < 50_000; i++) blocks.add(i, i);
  assert.ok(blocks.bytes < 50_000 * 16, `${blocks.bytes} bytes`);
});

test('loaded in bulk and added one by one are the same', () => {
  const random = randomFrom();
  for (const size of [0, 1, 112, 113, 5000, 30_000]) {
    const model = new Map(Array.from({ length: size }, (_, slot) => [slot, below(random, 1 + (size >> 1))] as const));
    const sorted = sortedPairs(model);
    const blocks = new NumberBlocks();
    const pairs = pairsOf(sorted);
    blocks.append(pairs, 0, size >> 2);
    blocks.append(pairs, size >> 2, size);
    assert.is(blocks.size, size);
    check(blocks, sorted, EVERYTHING);
    check(blocks, sorted, { low: size >> 3, lowOpen: false, high: size >> 2, highOpen: true });
    for (const [key, slot] of shuffled(random, sorted)) assert.ok(blocks.remove(key, slot));
    assert.is(blocks.count(EVERYTHING), 0);
  }
});

test.run();
