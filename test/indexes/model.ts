/** What an index must answer, by looking at every entry. */
import * as assert from 'uvu/assert';
import { compareValues } from '../../lib/data/compare.ts';
import type { ValueSet } from '../../lib/data/value-set.ts';
import type { BuildableIndex } from '../../lib/indexes/buildable-index.ts';
import type { Index, OrderedIndex } from '../../lib/indexes/index-contract.ts';
import { createSlotList } from '../../lib/indexes/slot-list.ts';

/** Values of the index's attributes by slot. */
export type Model = Map<number, readonly unknown[]>;

export function matching(model: Model, sets: readonly ValueSet[]): number[] {
  return [...model]
    .filter(([, values]) => sets.every((set, at) => set.has(values[at])))
    .map(([slot]) => slot)
    .toSorted((a, b) => a - b);
}

export function collected(index: Index, sets: readonly ValueSet[]): number[] {
  const out = createSlotList(4);
  index.collect(sets, out);
  return [...out.data.subarray(0, out.length)].toSorted((a, b) => a - b);
}

/** Checks `estimate` and `collect`. Returns whether the index had an answer. */
export function checkAnswer(index: Index, model: Model, sets: readonly ValueSet[], what: string): boolean {
  const estimate = index.estimate(sets);
  if (estimate === undefined) return false;
  const slots = collected(index, sets);
  const expected = matching(model, sets);
  assert.is(new Set(slots).size, slots.length, `${what}: a slot twice`);
  if (estimate.exact) assert.equal(slots, expected, `${what}: slots`);
  else for (const slot of expected) assert.ok(slots.includes(slot), `${what}: slot ${slot} is missing among the candidates`);
  if (estimate.counted) assert.is(estimate.count, slots.length, `${what}: count`);
  return true;
}

/** All slots (of the set) in the promised order: by the values, nulls last or, descending, first; within equal values by slot. */
export function ordered(model: Model, set: ValueSet | undefined, descending: boolean): number[] {
  const sign = descending ? -1 : 1;
  return [...model]
    .filter(([, values]) => set === undefined || set.has(values[0]))
    .toSorted(([slotA, a], [slotB, b]) => sign * compareTuples(a, b) || slotA - slotB)
    .map(([slot]) => slot);
}

function compareTuples(a: readonly unknown[], b: readonly unknown[]): number {
  for (let i = 0; i < a.length; i++) {
    const difference = compareValues(a[i], b[i]) || (a.length > 1 ? wideness(a[i]) - wideness(b[i]) : 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** In a composite index a bigint beyond the safe integers comes right after the double that equals it: `key-encoding.ts`. */
function wideness(value: unknown): number {
  return typeof value === 'bigint' && !Number.isSafeInteger(Number(value)) ? 1 : 0;
}

export function walked(index: OrderedIndex, set: ValueSet | undefined, descending: boolean, limit = Infinity): number[] {
  const slots: number[] = [];
  if (limit === 0) return slots;
  const visit = (slot: number): boolean => slots.push(slot) >= limit;
  const atEnd = set === undefined ? index.walk(descending, visit) : index.walkWithin(set, descending, visit);
  assert.is(atEnd, slots.length < limit, 'whether the walk came to its end');
  return slots;
}

/** Puts, changes and removes in the index and the model alike. */
export function change(index: Index, model: Model, slot: number, values: readonly unknown[] | undefined): void {
  const before = model.get(slot);
  if (before !== undefined) index.remove(slot, before);
  if (values === undefined) model.delete(slot);
  else {
    index.add(slot, values);
    model.set(slot, values);
  }
}

export function load(index: BuildableIndex, model: Model): void {
  const bulk = index.bulk(model.size);
  for (const [slot, values] of [...model].toSorted(([a], [b]) => a - b)) bulk.take(slot, values);
  for (const work = bulk.finish(); work.next().done !== true;);
}
