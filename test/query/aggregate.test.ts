/** Aggregations: PostgreSQL's rules for null, NaN and nothing; bigints; groups. */
import * as fc from 'fast-check';
import * as assert from 'uvu/assert';
import { Aggregators } from '../../lib/query/predicates/aggregators.ts';
import type { AnyAggregator } from '../../lib/query/execute/aggregate.ts';
import { normalise } from '../../lib/query/conditions/normalise.ts';
import { parsed } from '../../lib/query/predicates/parsed.ts';
import { createQueryEngine } from '../../lib/query/query-engine.ts';
import { describe } from '../kit/describe.ts';
import { runs } from './arbitrary.ts';
import { ENDLESS, PlainSource, pausingAlways } from './plain-source.ts';

const test = describe('aggregate');

async function over(values: readonly unknown[], aggregator: AnyAggregator, text: string = 'TRUE'): Promise<unknown> {
  const source = await PlainSource.of(values.map((a, i) => ({ a, n: i })));
  return createQueryEngine({ source, slices: ENDLESS }).aggregate(aggregator, normalise(parsed(text).ast));
}

test('nothing is undefined, null is left out', async () => {
  for (const values of [[], [null, undefined]]) {
    assert.is(await over(values, Aggregators.sum('a')), undefined);
    assert.is(await over(values, Aggregators.avg('a')), undefined);
    assert.is(await over(values, Aggregators.min('a')), undefined);
    assert.is(await over(values, Aggregators.max('a')), undefined);
    assert.equal(await over(values, Aggregators.distinct('a')), new Set());
    assert.is(await over(values, Aggregators.count('a')), 0);
    assert.is(await over(values, Aggregators.count()), values.length);
  }
  assert.is(await over([1, null, 3, undefined], Aggregators.avg('a')), 2);
  assert.is(await over([1, null, 3, undefined], Aggregators.count('a')), 2);
});

test('sums of numbers and bigints', async () => {
  assert.is(await over([1, 2.5, -0.5], Aggregators.sum('a')), 3);
  assert.is(await over([2n ** 70n, 1n], Aggregators.sum('a')), 2n ** 70n + 1n);
  assert.is(await over([2n, 0.5], Aggregators.sum('a')), 2.5);
  assert.is(await over([1n, 2n], Aggregators.avg('a')), 1.5);
  assert.is(await over([1, 'text', true, new Date(0), [5]], Aggregators.sum('a')), 1);
  assert.is(await over(['text'], Aggregators.sum('a')), undefined);
  assert.equal(await over([1, NaN], Aggregators.sum('a')), NaN);
  assert.is(await over([1, Infinity], Aggregators.sum('a')), Infinity);
  assert.equal(await over([-Infinity, Infinity], Aggregators.avg('a')), NaN);
  assert.is(await over([1e308, 1e308], Aggregators.sum('a')), Infinity);
  assert.is(await over([1e100, 1, -1e100], Aggregators.sum('a')), 1, 'what rounding loses is made good');
});

test('least and greatest go by the total order', async () => {
  assert.is(await over([3, 1, 2], Aggregators.min('a')), 1);
  assert.equal(await over([3, NaN, 2], Aggregators.max('a')), NaN);
  assert.is(await over([3, NaN, 2], Aggregators.min('a')), 2);
  assert.is(await over(['b', 'a', '😀', '\uffff'], Aggregators.max('a')), '😀');
  assert.is(await over([true, 5, 'x'], Aggregators.min('a')), true);
  assert.equal(await over([new Date(5), new Date(3)], Aggregators.min('a')), new Date(3));
  assert.is(await over([{}, [1], 7], Aggregators.max('a')), 7);
});

test('distinct values and groups: what compares equal is one', async () => {
  const date = new Date(5);
  assert.equal(
    await over([1, 1n, 0, -0, NaN, NaN, '1', date, new Date(5), true, null], Aggregators.distinct('a')),
    new Set([1, 0, NaN, '1', date, true]),
  );
  const groups = (await over(['x', null, 'y', 'x', undefined, 'x'], Aggregators.groupBy('a'))) as Map<unknown, unknown>;
  assert.equal(
    [...groups],
    [
      ['x', 3],
      [null, 2],
      ['y', 1],
    ],
  );
  const sums = (await over(['x', 'y', 'x'], Aggregators.groupBy('a', Aggregators.sum('n')))) as Map<unknown, unknown>;
  assert.equal(
    [...sums],
    [
      ['x', 2],
      ['y', 1],
    ],
  );
  const nested = (await over([1, 2, 1], Aggregators.groupBy('a', Aggregators.groupBy('n', Aggregators.max('n'))))) as Map<
    unknown,
    Map<unknown, unknown>
  >;
  assert.equal(
    [...nested.get(1)!],
    [
      [0, 0],
      [2, 2],
    ],
  );
});

test('only over matches, in slices too', async () => {
  const rows = Array.from({ length: 10_000 }, (_, i) => ({ a: i, odd: i % 2 === 1 }));
  const source = await PlainSource.of(rows, [['SORTED', 'a']]);
  const engine = createQueryEngine({ source, slices: pausingAlways(() => undefined) });
  for (const text of ['odd AND a < 5000', 'a >= 9000', 'odd']) {
    const matching = rows.filter(({ a, odd }) => (text === 'odd' ? odd : text === 'a >= 9000' ? a >= 9000 : odd && a < 5000));
    const sum = matching.reduce((total, { a }) => total + a, 0);
    assert.is(await engine.aggregate(Aggregators.sum('a'), normalise(parsed(text).ast)), sum);
    assert.is(await engine.aggregate(Aggregators.count(), normalise(parsed(text).ast)), matching.length);
  }
});

test('sums do not depend on the order of entries', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e15, max: 1e15 }), { minLength: 1, maxLength: 30 }),
      async (values) => {
        const forwards = (await over(values, Aggregators.sum('a'))) as number;
        const backwards = (await over(values.toReversed(), Aggregators.sum('a'))) as number;
        assert.ok(Math.abs(forwards - backwards) <= Math.abs(forwards) * 1e-15);
      },
    ),
    runs(100),
  );
});

test.run();
