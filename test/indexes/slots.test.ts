/** Sets of slots, posting lists and dictionaries, at sizes where they change their form. */
import * as assert from 'uvu/assert';
import { Postings } from '../../lib/indexes/postings.ts';
import { createSlotList } from '../../lib/indexes/slot-list.ts';
import { PagedNumbers } from '../../lib/indexes/paged-numbers.ts';
import { SlotSet } from '../../lib/indexes/slot-set.ts';
import { ValueCodes, wordOf } from '../../lib/indexes/value-codes.ts';
import { describe } from '../kit/describe.ts';
import { below, pick, randomFrom, shuffled } from './random.ts';

const test = describe('slots');

test('slot set: sparse, dense and sparse again', () => {
  const random = randomFrom();
  const set = new SlotSet();
  const model = new Set<number>();
  const check = (): void => {
    assert.is(set.size, model.size);
    const out = createSlotList();
    set.collect(out);
    assert.equal(
      [...out.data.subarray(0, out.length)],
      [...model].toSorted((a, b) => a - b),
    );
  };
  const slots = shuffled(
    random,
    Array.from({ length: 12_000 }, (_, i) => i * 17),
  );
  for (const [i, slot] of slots.entries()) {
    set.add(slot);
    set.add(slot);
    model.add(slot);
    if (i % 4001 === 0) check();
  }
  check();
  for (const [i, slot] of shuffled(random, slots).entries()) {
    assert.ok(set.delete(slot));
    assert.not.ok(set.delete(slot));
    model.delete(slot);
    if (i % 3001 === 0) check();
  }
  check();
  assert.ok(set.bytes < 200, `${set.bytes} bytes when empty`);
});

test('slot set: a walk stops when told', () => {
  const set = new SlotSet();
  for (const slot of [70_000, 3, 65_536]) set.add(slot);
  const seen: number[] = [];
  assert.not.ok(set.walk((slot) => seen.push(slot) === 2));
  assert.equal(seen, [3, 65_536]);
});

test('postings: lists grow, shrink, vanish and use room again', () => {
  const random = randomFrom();
  const postings = new Postings();
  const lists = new Map<number, Set<number>>();
  const codeOf = new Map<number, number>();
  const change = (slot: number, code: number | undefined): void => {
    const before = codeOf.get(slot);
    if (before !== undefined) {
      postings.remove(before, slot);
      lists.get(before)!.delete(slot);
      codeOf.delete(slot);
    }
    if (code === undefined) return;
    postings.add(code, slot);
    codeOf.set(slot, code);
    if (!lists.has(code)) lists.set(code, new Set());
    lists.get(code)!.add(slot);
  };
  const check = (): void => {
    for (const [code, slots] of lists) {
      assert.is(postings.length(code), slots.size);
      const out = createSlotList(1);
      postings.collect(code, out);
      assert.equal(
        [...out.data.subarray(0, out.length)].toSorted((a, b) => a - b),
        [...slots].toSorted((a, b) => a - b),
      );
    }
  };
  // One list takes most, so that it needs a chunk of its own.
  const draw = (): number => (random() < 0.9 ? 0 : below(random, 3000));
  for (let slot = 0; slot < 150_000; slot++) change(slot, draw());
  check();
  const { bytes } = postings;
  for (let i = 0; i < 150_000; i++) change(below(random, 150_000), random() < 0.3 ? undefined : draw());
  check();
  assert.ok(postings.bytes < bytes * 1.5, `${postings.bytes} bytes after changes, ${bytes} before`);
  for (const slot of codeOf.keys()) change(slot, undefined);
  check();
  assert.is(postings.length(123_456), 0);
});

test('paged numbers: what is not set is 0', () => {
  const numbers = new PagedNumbers((rows) => new Uint8Array(rows));
  const seen: [number, number][] = [];
  for (const [slot, value] of [
    [3, 7],
    [200_000, 9],
    [5000, 8],
    [70_000, 0],
  ] as const) {
    numbers.set(slot, value);
  }
  numbers.walk((slot, value) => seen.push([slot, value]));
  assert.equal(seen, [
    [3, 7],
    [5000, 8],
    [200_000, 9],
  ]);
  assert.is(numbers.get(300_000), 0);
});

test('value codes: equal values have one code, vanished codes are used again', () => {
  const codes = new ValueCodes();
  const same = [
    [0, -0, 0n],
    [NaN, Number('x')],
    [5, 5n],
    [new Date(5), new Date(5)],
    [{}, [], new Date(NaN)],
    [null, undefined],
    ['5'],
    [2n ** 64n],
    [''],
    [true],
    [false],
  ];
  for (const [code, values] of same.entries()) for (const value of values) assert.is(codes.assign(wordOf(value)), code);
  assert.is(codes.size, same.length);
  codes.drop(wordOf(5), 2);
  assert.is(codes.find(wordOf(5n)), undefined);
  assert.is(codes.assign(wordOf('new')), 2);
  const random = randomFrom();
  const before = new Map(same.map((values, code) => [code, wordOf(pick(random, values))] as const));
  const moved = new Map<number, number>();
  codes.renumber((from, to) => moved.set(from, to));
  assert.equal(
    [...moved.values()].toSorted((a, b) => a - b),
    [...same.keys()],
  );
  for (const [code, word] of before) if (code !== 2) assert.is(codes.find(word), moved.get(code));
});

test.run();
