/** Ordered (key, slot) pairs against a sorted list, at sizes where leaves are split and joined and keys become common and rare again. */
import * as assert from 'uvu/assert';
import { EVERYTHING, type Key, type KeyRange, type SortedPairs } from '../../lib/indexes/ordered-blocks.ts';
import type { OrderedSlots } from '../../lib/indexes/ordered-slots.ts';
import { createSlotList } from '../../lib/indexes/slot-list.ts';
import { below, randomFrom, shuffled } from './random.ts';

/** What blocks of pairs and slots by key have in common. */
export type Ordered<K extends Key> = Pick<
  OrderedSlots<K>,
  'size' | 'bytes' | 'add' | 'remove' | 'count' | 'collect' | 'walk' | 'runs' | 'clear'
>;

export type Pair<K> = readonly [key: K, slot: number];

/** Checks all answers for the range against a sorted list of pairs. */
export function check<K extends Key>(blocks: Ordered<K>, sorted: readonly Pair<K>[], range: KeyRange<K>): void {
  const { low, lowOpen, high, highOpen } = range;
  const within = sorted.filter(
    ([key]) => (low === undefined || (lowOpen ? key > low : key >= low)) && (high === undefined || (highOpen ? key < high : key <= high)),
  );
  const expected = within.map(([, slot]) => slot);
  assert.is(blocks.count(range), within.length);
  const out = createSlotList();
  blocks.collect(range, out);
  assert.equal([...out.data.subarray(0, out.length)].toSorted(ascending), expected.toSorted(ascending));
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

function ascending(a: number, b: number): number {
  return a - b;
}

function walked<K extends Key>(blocks: Ordered<K>, range: KeyRange<K>, descending: boolean): number[] {
  const slots: number[] = [];
  assert.ok(blocks.walk(range, descending, (slot) => slots.push(slot) < 0));
  return slots;
}

export function sortedPairs<K extends Key>(model: ReadonlyMap<number, K>): Pair<K>[] {
  return [...model].map(([slot, key]) => [key, slot] as const).toSorted((a, b) => (a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : a[1] - b[1]));
}

export function exercise<K extends Key>(blocks: Ordered<K>, keyOf: (n: number) => K, distinct: number, seed: number): void {
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

/** To be loaded. */
export function pairsOf(sorted: readonly Pair<number>[]): SortedPairs<number> {
  const keys = Float64Array.from(sorted, ([key]) => key);
  const runEnd = (from: number): number => {
    const behind = keys.findIndex((key, i) => i > from && key !== keys[from]);
    return behind < 0 ? keys.length : behind;
  };
  return { slots: Int32Array.from(sorted, ([, slot]) => slot), keys: (from, to) => keys.subarray(from, to), runEnd };
}
