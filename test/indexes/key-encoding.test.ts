/** Values and tuples as texts: in the order of the values, and back. */
import * as fc from 'fast-check';
import * as assert from 'uvu/assert';
import { compareNumbers, compareValues, family } from '../../lib/data/compare.ts';
import { compareText } from '../../lib/data/text-order.ts';
import { bigintElement, element, firstValue, keyText, numberElement, textKey, tuple } from '../../lib/indexes/key-encoding.ts';
import { describe } from '../kit/describe.ts';
import { runs, VALUES } from '../query/arbitrary.ts';

const test = describe('key encoding');
const text = fc.string({ unit: fc.constantFrom('\0', '\u0001', 'a', '\ud7ff', '\ud800', '\udfff', '\ue000', '\uffff'), maxLength: 6 });
const bigint = fc.oneof(
  fc.bigInt(),
  fc.bigInt({ min: -(2n ** 60n), max: 2n ** 60n }),
  fc.bigInt({ min: -(2n ** 1100n), max: 2n ** 1100n }),
);
const value = fc.oneof(fc.constantFrom(...VALUES), text, fc.double(), bigint, fc.integer());

function byUnits(a: string, b: string): number {
  return Math.sign(Number(a > b) - Number(a < b));
}

/** A wide bigint that a double equals comes right after it. */
function expectedOrder(a: unknown, b: unknown): number {
  const difference = Math.sign(compareValues(a, b));
  if (difference !== 0 || typeof a === typeof b || (typeof a !== 'bigint' && typeof b !== 'bigint')) return difference;
  if (Number.isSafeInteger(Number(a))) return 0;
  return typeof a === 'bigint' ? 1 : -1;
}

test('elements have the order of the values', () => {
  fc.assert(
    fc.property(value, value, (a, b) => assert.is(byUnits(element(a), element(b)), expectedOrder(a, b))),
    runs(5000),
  );
  for (const a of VALUES) for (const b of VALUES) assert.is(byUnits(element(a), element(b)), expectedOrder(a, b));
});

test('tuples have the order of their values, one after the other', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(value, value), { minLength: 1, maxLength: 3 }), (pairs) => {
      const expected = pairs.reduce((difference, [a, b]) => difference || expectedOrder(a, b), 0);
      assert.is(byUnits(tuple(pairs.map(([a]) => a)), tuple(pairs.map(([, b]) => b))), expected);
    }),
    runs(5000),
  );
});

test('the first value of a tuple comes back', () => {
  fc.assert(
    fc.property(value, value, (first, second) => {
      const back = firstValue(tuple([first, second]));
      assert.is(family(back) === 'bigint' ? 'number' : family(back), family(first) === 'bigint' ? 'number' : family(first));
      assert.is(compareValues(back, first), 0);
    }),
    runs(3000),
  );
});

test('text keys: code-point order by unit, and back', () => {
  fc.assert(
    fc.property(text, text, (a, b) => {
      assert.is(byUnits(textKey(a), textKey(b)), Math.sign(compareText(a, b)));
      assert.is(keyText(textKey(a)), a);
    }),
    runs(3000),
  );
  assert.ok(textKey('\u{1f600}') > textKey('\uffff'));
});

test('bigints lie between the doubles around them', () => {
  fc.assert(
    fc.property(bigint, fc.double({ noNaN: true }), (n, x) => {
      const difference = compareNumbers(n, x);
      if (difference !== 0) assert.is(byUnits(bigintElement(n), numberElement(x)), difference);
    }),
    runs(3000),
  );
});

test.run();
