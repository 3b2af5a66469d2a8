/** Estimated bytes: in the right order of magnitude, monotonic, and never in a loop. */
import * as assert from 'uvu/assert';
import { costOfKey, costOfStored, costOfValue } from '../../lib/data/cost.ts';
import { toKey } from '../../lib/data/key.ts';
import { valueForm } from '../../lib/data/value.ts';
import { describe } from '../kit/describe.ts';

const test = describe('cost');

test('what lies in the reference itself costs nothing more', () => {
  for (const value of [0, 17, -5, true, false, null, undefined]) assert.is(costOfValue(value), 0);
});

test('known layouts', () => {
  assert.is(costOfValue(1.5), 16);
  assert.is(costOfValue('12345678'), 24);
  assert.is(costOfValue('ключ'), 24); // two bytes per character
  assert.is(costOfValue(2n ** 64n), 32);
  assert.is(costOfValue({ a: 1, b: 2 }), 40);
  assert.is(costOfValue({}), 56);
  assert.is(costOfValue([]), 32);
  assert.is(costOfValue([1, 2, 3]), 72);
  assert.is(costOfValue(new Map()), 184);
  assert.is(costOfValue(new Set([1, 2, 3, 4, 5])), 232);
  assert.is(costOfValue(new Date()), 96);
  assert.is(costOfValue({ a: { b: 'x' } }), 24 + 8 + 24 + 8 + 24);
  assert.is(costOfValue(new Uint8Array(1000)) - costOfValue(new Uint8Array(0)), 1000);
});

test('more content costs more, of whatever kind', () => {
  const pairs: [unknown, unknown][] = [
    [new Map([[1, 'x']]), new Map([[1, 'x'.repeat(50)]])],
    [new Map([['x', 1]]), new Map([['x'.repeat(50), 1]])],
    [new Set(['x']), new Set(['x', 'y'])],
    [[new Date()], [new Date(), new Date()]],
    [{ a: [] }, { a: [[]] }],
  ];
  for (const [less, more] of pairs) assert.ok(costOfValue(less) < costOfValue(more));
});

test('keys', () => {
  assert.is(costOfKey(toKey('12345678')), 24);
  assert.is(costOfKey(toKey(5)), 0);
  assert.ok(costOfKey(toKey({ tenant: 'a', id: 1 })) > 60);
});

test('stored values of each form', () => {
  const value = { bytes: new Uint8Array(500), name: 'x'.repeat(100) };
  for (const mode of ['frozen', 'trusted', 'binary'] as const) {
    const form = valueForm(mode);
    const cost = costOfStored(form.takeIn(value), form);
    assert.ok(cost > 600 && cost < 1200, `${mode}: ${cost}`);
  }
});

test('a trusted value with a cycle ends', () => {
  const cycle: Record<string, unknown> = {};
  cycle['left'] = cycle;
  cycle['right'] = cycle;
  assert.ok(costOfValue(cycle) > 0);
});

test.run();
