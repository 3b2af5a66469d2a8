/** Intervals of integers, and the tests of many values, against plain loops. */
import * as fc from 'fast-check';
import * as assert from 'uvu/assert';
import { doubleMembership, integerMembership } from '../../lib/columns/membership.ts';
import { append, gaps, integerSpans, tableSpans, within, type Spans } from '../../lib/columns/spans.ts';
import { describe } from '../kit/describe.ts';
import { SEED } from '../kit/seed.ts';

const test = describe('spans');
const CASES = { seed: SEED, numRuns: 200 };

const values = fc.uniqueArray(fc.integer({ min: -50, max: 50 }), { maxLength: 40 });

function spansOf(points: readonly number[]): Spans {
  const spans: number[] = [];
  for (const point of points.toSorted((a, b) => a - b)) append(spans, point, point);
  return spans;
}

test('neighbours become one span, gaps are what is left', () => {
  fc.assert(
    fc.property(values, (points) => {
      const chosen = new Set(points);
      const spans = spansOf(points);
      const between = gaps(spans, -60, 60);
      for (let value = -60; value <= 60; value++) {
        assert.is(within(spans, value), chosen.has(value));
        assert.is(within(between, value), !chosen.has(value));
      }
      for (let i = 2; i < spans.length; i += 2) assert.ok(spans[i]! > spans[i - 1]! + 1);
      const table = Uint8Array.from({ length: 101 }, (_, i) => (chosen.has(i - 50) ? 1 : 0));
      assert.equal(
        tableSpans(table, 101).map((bound) => bound - 50),
        spans,
      );
    }),
    CASES,
  );
});

test('integers of intervals of doubles', () => {
  assert.equal(integerSpans(Float64Array.of(-Infinity, -3.5, 1.2, 1.8, 2.5, 4, 5, 7.9, 9, Infinity), -10, 20), [-10, -4, 3, 7, 9, 20]);
  assert.equal(integerSpans(Float64Array.of(100, 200), -10, 20), []);
});

test('membership of integers, near together and far apart, signed or not', () => {
  const factors = [1, 1000, 10_000_019];
  fc.assert(
    fc.property(values, fc.constantFrom(...factors), fc.constantFrom(0, 3_000_000_000), (points, factor, shift) => {
      const scaled = points.map((point) => point * factor + (shift === 0 ? 0 : shift + 51 * factor));
      const within32 = scaled.filter((value) => value > -(2 ** 31) && value < 2 ** 32);
      const chosen = new Set(within32);
      const { has } = integerMembership(spansOf(within32));
      for (const value of within32)
        for (const near of [value - 1, value, value + 1, value ^ 0x10_0000]) assert.is(has(near), chosen.has(near));
    }),
    CASES,
  );
});

test('membership of integers in spans too wide for bits', () => {
  const { has } = integerMembership([-2_000_000_000, -5, 5, 2_000_000_000]);
  assert.equal([-2_000_000_001, -2_000_000_000, -5, -4, 0, 5, 2_000_000_000, 2_000_000_001].map(has), [
    false,
    true,
    true,
    false,
    false,
    true,
    true,
    false,
  ]);
  assert.is(integerMembership([]).has(0), false);
});

test('membership of doubles: single values and intervals', () => {
  const points = doubleMembership([1.5, 1.5, 2, 2, Infinity, Infinity]);
  assert.equal([1.5, 2, Infinity, 1.75, NaN].map(points.has), [true, true, true, false, false]);
  const intervals = doubleMembership([1.5, 1.5, 2, 3]);
  assert.equal([1.5, 2, 2.5, 3, 1.75, NaN].map(intervals.has), [true, true, true, true, false, false]);
});

test.run();
