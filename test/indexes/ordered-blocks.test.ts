/** The leaves of ordered indexes: splitting, joining, sections, loading, at sizes where all of it happens. */
import * as assert from 'uvu/assert';
import { createSlotList } from '../../lib/indexes/slot-list.ts';
import { NumberBlocks } from '../../lib/indexes/number-blocks.ts';
import { EVERYTHING, type Key, type KeyRange, type Keys, type OrderedBlocks } from '../../lib/indexes/ordered-blocks.ts';
import { TextBlocks } from '../../lib/indexes/text-blocks.ts';
import { describe } from '../kit/describe.ts';
import { below, randomFrom, shuffled } from './random.ts';

const test = describe('ordered blocks');

type Pair<K> = readonly [key: K, slot: number];

/** Checks all answers for the range against a sorted list of pairs. */
function check<K extends Key>(blocks: OrderedBlocks<K, Keys<K>>, sorted: readonly Pair<K>[], range: KeyRange<K>): void {
  const { low, lowOpen, high, highOpen } = range;
  const within = sorted.filter(
    ([key]) => (low === undefined || (lowOpen ? key > low : key >= low)) && (high === undefined || (highOpen ? key < high : key <= high)),
  );
  const expected = within.map(([, slot]) => slot);
  assert.is(blocks.count(range), within.length);
  const out = createSlotList();
  blocks.collect(range, out);
  assert.equal([...out.data.subarray(0, out.length)], expected);
  assert.equal(walked(blocks, range, false), expected);
  const runs = [...Map.groupBy(within, ([key]) => key).values()];
  assert.equal(
    walked(blocks, range, true),
    runs.toReversed().flatMap((run) => run.map(([, slot]) => slot)),
  );
  for (const descending of [false, true]) {
    const keys = [...blocks.runs(range, descending)].map(({ key }) => key);
    const distinct = runs.map((run) => run[0]![0]);
    assert.equal(keys, descending ? distinct.toReversed() : distinct);
  }
}

function walked<K extends Key>(blocks: OrderedBlocks<K, Keys<K>>, range: KeyRange<K>, descending: boolean): number[] {
  const slots: number[] = [];
  assert.ok(blocks.walk(range, descending, (slot) => slots.push(slot) < 0));
  return slots;
}

function sortedPairs<K extends Key>(model: ReadonlyMap<number, K>): Pair<K>[] {
  return [...model].map(([slot, key]) => [key, slot] as const).toSorted((a, b) => (a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : a[1] - b[1]));
}

function exercise<K extends Key>(blocks: OrderedBlocks<K, Keys<K>>, keyOf: (n: number) => K, distinct: number, seed: number): void {
  const random = randomFrom(seed);
  const model = new Map<number, K>();
  const slots = 25_000;
  const checkSome = (): void => {
    const sorted = sortedPairs(model);
    assert.is(blocks.size, model.size);
    check(blocks, sorted, EVERYTHING);
    for (let i = 0; i < 3; i++) {
      const [a, b] = [below(random, distinct), below(random, distinct)].map((n) => keyOf(n)).toSorted((x, y) => (x < y ? -1 : 1));
      check(blocks, sorted, { low: a, lowOpen: random() < 0.3, high: b, highOpen: random() < 0.3 });
      check(blocks, sorted, { low: a, lowOpen: false, high: a, highOpen: false });
    }
  };
  const change = (slot: number, key: K | undefined): void => {
    const before = model.get(slot);
    if (before !== undefined) assert.ok(blocks.remove(before, slot));
    if (key === undefined) model.delete(slot);
    else {
      blocks.add(key, slot);
      model.set(slot, key);
    }
  };
  for (let i = 0; i < slots; i++) change(below(random, slots), keyOf(below(random, distinct)));
  checkSome();
  for (let i = 0; i < slots; i++) change(below(random, slots), random() < 0.4 ? undefined : keyOf(below(random, distinct)));
  checkSome();
  for (const slot of shuffled(random, [...model.keys()]).slice(0, model.size - 300)) change(slot, undefined);
  checkSome();
  const pairsLeft = model.size;
  assert.ok(blocks.bytes < 60 * 2000, `${blocks.bytes} bytes for ${pairsLeft} pairs: leaves are not joined`);
  for (const slot of model.keys()) change(slot, undefined);
  checkSome();
  for (let slot = 0; slot < 1000; slot++) change(slot, keyOf(slot % distinct));
  checkSome();
}

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
    const keys = Float64Array.from(sorted, ([key]) => key);
    const slots = Int32Array.from(sorted, ([, slot]) => slot);
    for (const work = blocks.load({ slots, keys: (from, to) => keys.subarray(from, to) }); work.next().done !== true;);
    assert.is(blocks.size, size);
    check(blocks, sorted, EVERYTHING);
    check(blocks, sorted, { low: size >> 3, lowOpen: false, high: size >> 2, highOpen: true });
    for (const [key, slot] of shuffled(random, sorted)) assert.ok(blocks.remove(key, slot));
    assert.is(blocks.count(EVERYTHING), 0);
  }
});

test.run();
