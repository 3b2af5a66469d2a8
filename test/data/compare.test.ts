/** The total order and the one equality, and the arithmetic under them. */
import * as fc from 'fast-check';
import * as assert from 'uvu/assert';
import { compareNumbers, compareValues, equalValues, family } from '../../lib/data/compare.ts';
import { doubleAbove, doubleFrom, nextDown, nextUp } from '../../lib/data/double.ts';
import { compareText, prefixEnd } from '../../lib/data/text-order.ts';
import { describe } from '../kit/describe.ts';
import { EFFORT, SEED } from '../kit/seed.ts';

const test = describe('compare');

/** One of each kind of thing, in order; those of one row tie. */
const ORDER: readonly (readonly unknown[])[] = [
  [false],
  [true],
  [-Infinity],
  [-(2n ** 2000n)],
  [-Number.MAX_VALUE],
  [-1, -1n],
  [-5e-324],
  [0, -0, 0n],
  [5e-324],
  [1, 1n],
  [1.5],
  [2 ** 53, 2n ** 53n],
  [2n ** 53n + 1n],
  [2 ** 53 + 2, 2n ** 53n + 2n],
  [Number.MAX_VALUE],
  [2n ** 2000n],
  [Infinity],
  [NaN],
  [new Date(-1)],
  [new Date(0), new Date(0)],
  [new Date(8.64e15)],
  [''],
  ['\0'],
  ['A'],
  ['a'],
  ['a\0'],
  ['ab'],
  ['\ud7ff'],
  ['\ue000'],
  ['\uffff'],
  ['😀'],
  ['\u{10ffff}'],
  [{}, [], new Date(NaN), new Map()],
  [null, undefined, () => 1, Symbol('s')],
];

const evil = fc.constantFrom(...ORDER.flat());
const unit = fc.constantFrom('a', 'b', '\0', '\ud7ff', '\ue000', '\uffff', '😀', '\u{10000}', '\u{10ffff}');
/** Also long ones, with a long common beginning. */
const text = fc
  .tuple(fc.constantFrom('', 'x'.repeat(15), 'x'.repeat(16), '😀'.repeat(8)), fc.array(unit, { maxLength: 20 }))
  .map(([start, rest]) => start + rest.join(''));
const settings = { seed: SEED, numRuns: 5_000 * EFFORT };

test('every value has its place', () => {
  for (const [i, row] of ORDER.entries()) {
    for (const [j, other] of ORDER.entries()) {
      for (const a of row) {
        for (const b of other) assert.is(Math.sign(compareValues(a, b)), Math.sign(i - j), `${String(i)} and ${String(j)}`);
      }
    }
  }
});

test('it is an order', () => {
  fc.assert(
    fc.property(evil, evil, evil, (a, b, c) => {
      assert.is(Math.sign(compareValues(a, b)), 0 - Math.sign(compareValues(b, a)));
      if (compareValues(a, b) <= 0 && compareValues(b, c) <= 0) assert.ok(compareValues(a, c) <= 0);
    }),
    settings,
  );
});

test('equal is what ties, objects aside, which are equal only to themselves', () => {
  fc.assert(
    fc.property(evil, evil, (a, b) => {
      const isObject = family(a) === 'other';
      assert.is(equalValues(a, b), isObject ? a === b : compareValues(a, b) === 0);
    }),
    settings,
  );
});

test('families', () => {
  const values = [null, undefined, test, 1, NaN, 1n, '', true, new Date(), new Date(NaN), {}, []];
  assert.equal(
    values.map((value) => family(value)),
    ['null', 'null', 'null', 'number', 'number', 'bigint', 'text', 'boolean', 'date', 'other', 'other', 'other'],
  );
});

test('texts have the order of their UTF-8 bytes', () => {
  fc.assert(
    fc.property(text, text, (a, b) => {
      assert.is(Math.sign(compareText(a, b)), Buffer.compare(Buffer.from(a), Buffer.from(b)));
    }),
    settings,
  );
});

test('lone surrogates have a place, too, among the last', () => {
  const lone = ['\ud800', '\udbff', '\udc00', '\udfff', 'a\ud83d', '\ud83da', '\uffff', '😀', 'a'];
  for (const a of lone) {
    for (const b of lone) {
      assert.is(Math.sign(compareText(a, b)), 0 - Math.sign(compareText(b, a)));
      assert.is(compareText(a, b) === 0, a === b);
    }
  }
  assert.ok(compareText('\ud800', '\uffff') > 0);
});

test('nothing lies between a prefix and its end but what begins with it', () => {
  fc.assert(
    fc.property(text, text, (prefix, other) => {
      const end = prefixEnd(prefix);
      const within = compareText(other, prefix) >= 0 && (end === undefined || compareText(other, end) < 0);
      assert.is(within, other.startsWith(prefix));
      assert.ok(end === undefined || compareText(prefix + other, end) < 0);
    }),
    settings,
  );
  assert.equal([prefixEnd(''), prefixEnd('Jo'), prefixEnd('\udfff')], [undefined, 'Jp', undefined]);
});

test('neighbours of doubles', () => {
  const pairs = [
    [-Infinity, -Number.MAX_VALUE],
    [-5e-324, 0],
    [0, 5e-324],
    [1, 1 + Number.EPSILON],
    [1 - Number.EPSILON / 2, 1],
    [2 ** 53, 2 ** 53 + 2],
    [2.0000000000000004, 2.000000000000001],
    [Number.MAX_VALUE, Infinity],
  ] as const;
  for (const [low, high] of pairs) assert.equal([nextUp(low), nextDown(high)], [high, low]);
  assert.equal([nextUp(Infinity), nextDown(-Infinity), nextUp(NaN), nextDown(NaN)], [Infinity, -Infinity, NaN, NaN]);
  assert.ok(Object.is(nextUp(-5e-324), 0) && Object.is(nextDown(5e-324), 0), 'zero is never -0');
  const finite = fc.double({ noNaN: true, noDefaultInfinity: true });
  fc.assert(
    fc.property(finite, (x) => {
      assert.ok(nextUp(x) > x && nextDown(x) < x);
      assert.is(nextDown(nextUp(x)), x === 0 ? 0 : x);
      assert.not((x + nextUp(x)) / 2 > x && (x + nextUp(x)) / 2 < nextUp(x), 'there is no double between');
    }),
    settings,
  );
});

test('the doubles around a bigint', () => {
  const wide = fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n });
  fc.assert(
    fc.property(wide, (n) => {
      const from = doubleFrom(n);
      const above = doubleAbove(n);
      assert.ok(from >= n && nextDown(from) < n);
      assert.ok(above > n && nextDown(above) <= n);
    }),
    settings,
  );
  const huge = 2n ** 2000n;
  assert.equal([doubleFrom(huge), doubleAbove(huge), doubleFrom(-huge)], [Infinity, Infinity, -Number.MAX_VALUE]);
  assert.is(compareNumbers(2 ** 53, 2n ** 53n + 1n), -1);
});

test.run();
