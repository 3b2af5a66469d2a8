/** Value sets: what a leaf means, that all forms of a set say the same, and that the algebra is that of sets. */
import * as fc from 'fast-check';
import * as assert from 'uvu/assert';
import { compareText } from '../../lib/data/text-order.ts';
import type { ValueSet } from '../../lib/data/value-set.ts';
import { type AttributeLeaf, leafSet } from '../../lib/query/sets/leaf-sets.ts';
import {
  EMPTY,
  EVERYTHING,
  type FamilySet,
  NOT_NULL,
  NULL,
  complement,
  intersect,
  isEmpty,
  isEverything,
  union,
} from '../../lib/query/sets/value-sets.ts';
import { describe } from '../kit/describe.ts';
import { VALUES, leafAbout, runs, value } from './arbitrary.ts';
import { between, compare, isDistinct, isIn, isNull, isTruth, like, truth } from './nodes.ts';
import { evaluate } from './reference.ts';

const test = describe('value sets');

const setOf = (node: AttributeLeaf, negated = false): FamilySet => leafSet(node, negated, []);
const leaf = leafAbout(['a']);
const anySet: fc.Arbitrary<FamilySet> = fc.letrec<{ set: FamilySet }>((tie) => ({
  set: fc.oneof(
    { maxDepth: 3 },
    fc.tuple(leaf, fc.boolean()).map(([node, negated]) => setOf(node, negated)),
    fc.array(tie('set'), { minLength: 1, maxLength: 4 }).map(union),
    fc.array(tie('set'), { minLength: 1, maxLength: 4 }).map(intersect),
    tie('set').map(complement),
  ),
})).set;

/** Membership as the intervals tell it; for texts undefined where they say "perhaps". */
function within(set: ValueSet, x: unknown): boolean | undefined {
  if (x === null || x === undefined) return set.nulls;
  if (typeof x === 'boolean') return x ? set.true : set.false;
  if (typeof x === 'number') return Number.isNaN(x) ? set.nan : inNumbers(set.numbers, x);
  if (typeof x === 'bigint')
    return set.bigints.some(({ low, high }) => (low === undefined || low <= x) && (high === undefined || x <= high));
  if (x instanceof Date && !Number.isNaN(x.getTime())) return inNumbers(set.dates, x.getTime());
  if (typeof x !== 'string') return set.others;
  const covered = set.texts.some(({ low, lowOpen, high, highOpen }) => {
    const above = low === undefined || (lowOpen ? compareText(x, low) > 0 : compareText(x, low) >= 0);
    return above && (high === undefined || (highOpen ? compareText(x, high) < 0 : compareText(x, high) <= 0));
  });
  return covered && !set.textsExact ? undefined : covered;
}

function inNumbers(intervals: Float64Array, x: number): boolean {
  for (let i = 0; i < intervals.length; i += 2) if (x >= intervals[i]! && x <= intervals[i + 1]!) return true;
  return false;
}

/** Ends of the interval that `LIKE 'prefix%'` means. */
function bounds(prefix: string): (string | undefined)[] {
  return setOf(like('a', `${prefix}%`)).texts.flatMap(({ low, high }) => [low, high]);
}

test('a leaf holds what the reference says is true, and negated what it says is false', () => {
  fc.assert(
    fc.property(leaf, value, (node, a) => {
      const truthValue = evaluate(node, [], undefined, { a });
      assert.is(setOf(node).has(a), truthValue === true);
      assert.is(setOf(node, true).has(a), truthValue === false);
    }),
    runs(20_000),
  );
});

test('the intervals of a set say what `has` says', () => {
  fc.assert(
    fc.property(anySet, (set) => {
      for (const x of VALUES) {
        const interval = within(set, x);
        if (interval !== undefined) assert.is(set.has(x), interval, `${typeof x} ${String(x)}`);
      }
    }),
    runs(1_500),
  );
});

test('intervals are sorted and disjoint', () => {
  fc.assert(
    fc.property(anySet, (set) => {
      for (const ends of [set.numbers, set.dates]) {
        for (let i = 1; i < ends.length; i++) assert.ok(i % 2 === 1 ? ends[i]! >= ends[i - 1]! : ends[i]! > ends[i - 1]!);
      }
      for (const [i, { low, high }] of set.bigints.entries()) {
        assert.ok(low === undefined || high === undefined || low <= high);
        if (i > 0) assert.ok(low! > set.bigints[i - 1]!.high! + 1n, 'neighbours are one interval');
      }
      for (const [i, { low, high }] of set.texts.entries()) {
        if (i > 0) assert.ok(compareText(set.texts[i - 1]!.high!, low!) <= 0);
        assert.ok(low === undefined || high === undefined || compareText(low, high) <= 0);
      }
    }),
    runs(1_500),
  );
});

test('union, intersection and complement are those of sets', () => {
  fc.assert(
    fc.property(fc.array(anySet, { minLength: 1, maxLength: 4 }), (sets) => {
      const [both, either] = [intersect(sets), union(sets)];
      const outside = complement(sets[0]!);
      for (const x of VALUES) {
        const members = sets.map((set) => set.has(x));
        assert.is(both.has(x), !members.includes(false));
        assert.is(either.has(x), members.includes(true));
        assert.is(outside.has(x), !members[0]);
      }
      if (isEmpty(both)) assert.not(VALUES.some((x) => both.has(x)));
      if (isEverything(either)) assert.ok(VALUES.every((x) => either.has(x)));
      assert.ok(isEverything(union([either, complement(either)])) || !either.textsExact);
      assert.ok(isEmpty(intersect([either, complement(either)])) || !either.textsExact);
    }),
    runs(1_000),
  );
});

test('the constants', () => {
  for (const x of VALUES) {
    const isMissing = x === null || x === undefined;
    assert.equal([EMPTY.has(x), EVERYTHING.has(x), NULL.has(x), NOT_NULL.has(x)], [false, true, isMissing, !isMissing]);
  }
  assert.ok(isEmpty(EMPTY) && isEverything(EVERYTHING) && !isEmpty(NULL) && !isEverything(NOT_NULL));
});

test('a number among bigints and a bigint among doubles are compared exactly', () => {
  const odd = 2n ** 53n + 1n; // No double.
  assert.equal([...setOf(compare('a', '<', odd)).numbers], [-Infinity, 2 ** 53]);
  assert.equal([...setOf(compare('a', '>=', odd)).numbers], [2 ** 53 + 2, Infinity]);
  assert.is(setOf(compare('a', '=', odd)).numbers.length, 0);
  assert.equal(setOf(compare('a', '<', 1.5)).bigints, [{ low: undefined, high: 1n }]);
  assert.equal(setOf(compare('a', '=', 1.5)).bigints, []);
  assert.equal(setOf(compare('a', '<=', Infinity)).bigints, [{ low: undefined, high: undefined }]);
});

test('NaN is above all numbers and -0 is 0', () => {
  const above = setOf(compare('a', '>', 5));
  assert.ok(above.nan && above.has(NaN) && above.has(Infinity));
  assert.not(setOf(compare('a', '<=', Infinity)).nan);
  assert.ok(setOf(compare('a', '<=', NaN)).has(NaN));
  assert.equal([...setOf(compare('a', '=', -0)).numbers], [0, 0]);
  assert.ok(setOf(compare('a', '=', 0)).has(-0));
});

test('a quoted literal takes the type of what it meets', () => {
  const thirty = setOf(compare('a', '=', '30'));
  assert.ok(thirty.has(30) && thirty.has(30n) && thirty.has('30') && !thirty.has('30.0') && !thirty.has(true));
  assert.ok(setOf(compare('a', '>=', '2020-01-01')).has(new Date('2020-01-01')));
  assert.ok(setOf(compare('a', '=', 'yes')).has(true));
  assert.not(setOf(compare('a', '!=', 'Joe')).has(30));
});

test('LIKE with a prefix is an exact interval, with more an interval to verify', () => {
  const exact = setOf(like('a', 'Jo%'));
  assert.ok(exact.textsExact);
  assert.equal(exact.texts, [{ low: 'Jo', lowOpen: false, high: 'Jp', highOpen: true }]);
  const rough = setOf(like('a', 'J_s%'));
  assert.not(rough.textsExact);
  assert.equal(rough.texts, [{ low: 'J', lowOpen: false, high: 'K', highOpen: true }]);
  assert.equal(setOf(like('a', 'Joe')).texts, setOf(compare('a', '=', 'Joe')).texts);
  assert.equal(setOf(like('a', '%')).texts, [{ low: undefined, lowOpen: false, high: undefined, highOpen: false }]);
  assert.not(setOf(like('a', 'Jo%', { insensitive: true })).textsExact);
});

test('the end of a prefix is right at the seams of Unicode', () => {
  assert.equal(bounds('a\ud7ff'), ['a\ud7ff', 'a\ue000']);
  assert.equal(bounds('a\u{10ffff}'), ['a\u{10ffff}', 'a\udc00']); // Above all of U+10FFFF, below what begins with b.
  assert.equal(bounds('\u{10ffff}\u{10ffff}').slice(1), ['\udbff\udfff\udc00']);
  assert.equal(bounds('a\uffff'), ['a\uffff', 'a\ud800']);
});

test('NULL in a comparison, a list or a pattern', () => {
  assert.ok(isEmpty(setOf(compare('a', '=', null))) && isEmpty(setOf(compare('a', '=', null), true)));
  assert.ok(isEmpty(setOf(isIn('a', [1, null], true))));
  assert.ok(setOf(isIn('a', [1, null])).has(1));
  assert.ok(isEmpty(setOf(like('a', null))));
  assert.equal([...setOf(between('a', 5, null), true).numbers], [-Infinity, 4.999999999999999]);
  assert.ok(setOf(isDistinct('a', null, true)).nulls);
});

test('IS TRUE and the like are never unknown, a bare attribute is', () => {
  assert.ok(setOf(isTruth('a', true, true)).has(null) && setOf(isTruth('a', true, true)).has('true'));
  assert.ok(setOf(isNull('a', true)).has([]) && !setOf(isNull('a', true)).has(undefined));
  assert.not(setOf(truth('a'), true).has(null));
  assert.ok(setOf(truth('a'), true).has(false));
});

test('50,000 values of IN, and NOT IN, answer at once', () => {
  const numbers = Array.from({ length: 50_000 }, (_, i) => i * 2);
  const texts = numbers.map((n) => `key ${n}`);
  for (const [values, inside, outside] of [
    [numbers, 40_000, 40_001],
    [texts, 'key 40000', 'key 40001'],
  ] as const) {
    const set = setOf(isIn('a', values));
    const others = setOf(isIn('a', values), true);
    assert.equal(
      [set.has(inside), set.has(outside), others.has(inside), others.has(outside), others.has(null)],
      [true, false, false, true, false],
    );
  }
  assert.is(setOf(isIn('a', numbers)).numbers.length, 100_000);
  assert.is(setOf(isIn('a', texts)).texts.length, 50_000);
});

test.run();
