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
