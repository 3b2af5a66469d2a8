/** Every kind of index against a model, on values and conditions chosen to be difficult. */
import * as fc from 'fast-check';
import * as assert from 'uvu/assert';
import { createIndex } from '../../lib/indexes/create-index.ts';
import { defineIndex } from '../../lib/indexes/index-definition.ts';
import type { BuildableIndex } from '../../lib/indexes/buildable-index.ts';
import type { OrderedIndex } from '../../lib/indexes/index-contract.ts';
import type { ValueSet } from '../../lib/data/value-set.ts';
import { compareNumbers } from '../../lib/data/compare.ts';
import { leafSet } from '../../lib/query/sets/leaf-sets.ts';
import { EVERYTHING, intersect, union } from '../../lib/query/sets/value-sets.ts';
import { describe } from '../kit/describe.ts';
import { BIGINTS, leafAbout, NUMBERS, runs, TEXTS, VALUES } from '../query/arbitrary.ts';
import { change, checkAnswer, load, ordered, walked, type Model } from './model.ts';

const test = describe('indexes, random');

const leaf = fc.tuple(leafAbout(['a']), fc.boolean()).map(([node, negated]) => leafSet(node, negated, []));
const set: fc.Arbitrary<ValueSet> = fc.oneof(
  { weight: 6, arbitrary: leaf },
  fc.array(leaf, { minLength: 2, maxLength: 3 }).map(intersect),
  fc.array(leaf, { minLength: 2, maxLength: 3 }).map(union),
  fc.constant(EVERYTHING),
);
/** Values of one attribute, or of one family more often than by chance, so that trees get some depth of equal keys. */
const value = fc.oneof(
  fc.constantFrom(...VALUES),
  fc.constantFrom<unknown>(...NUMBERS, ...BIGINTS),
  fc.constantFrom<unknown>(...TEXTS),
  fc.integer({ min: -40, max: 40 }),
);

/** In a composite index a wide bigint comes after the double that equals it, instead of tying with it. */
const untied = value.filter(
  (each) => typeof each !== 'bigint' || Number.isSafeInteger(Number(each)) || compareNumbers(each, Number(each)) !== 0,
);

interface Step {
  readonly slot: number;
  readonly values: readonly unknown[] | undefined;
}

function steps(attributes: number, each: fc.Arbitrary<unknown> = value): fc.Arbitrary<Step[]> {
  const slot = fc.oneof(fc.nat(60), fc.nat(60), fc.integer({ min: 65_530, max: 65_545 }));
  const values = fc.option(fc.array(each, { minLength: attributes, maxLength: attributes }), { nil: undefined, freq: 4 });
  return fc.array(fc.record({ slot, values }), { minLength: 1, maxLength: 250, size: 'max' });
}

/** With `bulk`, the first half of the changes is made before the index is there, and comes in by a load in bulk. */
function filled(index: BuildableIndex, changes: readonly Step[], bulk: boolean): Model {
  const model: Model = new Map();
  const loaded = bulk ? changes.length >> 1 : 0;
  for (const { slot, values } of changes.slice(0, loaded)) {
    if (values === undefined) model.delete(slot);
    else model.set(slot, values);
  }
  load(index, model);
  for (const { slot, values } of changes.slice(loaded)) change(index, model, slot, values);
  assert.is(index.size, model.size);
  return model;
}

/** A HASH index has lists, and answers, only while there are many values. */
function addFillers(index: BuildableIndex, model: Model): void {
  if (index.definition.type !== 'HASH') return;
  for (let i = 0; i < 70; i++) change(index, model, 1000 + i, Array(index.definition.attributes.length).fill(`filler ${i}`));
}

for (const type of ['SORTED', 'HASH', 'BITMAP'] as const) {
  test(`${type}: the same slots as by looking at every entry`, () => {
    let answers = 0;
    const check = (changes: readonly Step[], sets: readonly ValueSet[], bulk: boolean): void => {
      const index = createIndex(defineIndex({ type, attributes: ['a'] }));
      const model = filled(index, changes, bulk);
      addFillers(index, model);
      for (const each of sets) answers += Number(checkAnswer(index, model, [each], type));
      for (const slot of model.keys()) change(index, model, slot, undefined);
      assert.is(index.size, 0);
      checkAnswer(index, model, [EVERYTHING], 'emptied');
    };
    fc.assert(fc.property(steps(1), fc.array(set, { minLength: 5, maxLength: 5 }), fc.boolean(), check), runs(150));
    assert.ok(answers > 100, `only ${answers} answers`);
  });
}

for (const type of ['SORTED', 'HASH'] as const) {
  test(`composite ${type}: the same slots as by looking at every entry`, () => {
    let answers = 0;
    const check = (changes: readonly Step[], conditions: readonly ValueSet[][], bulk: boolean): void => {
      const index = createIndex(defineIndex({ type, attributes: ['a', 'b'] }));
      const model = filled(index, changes, bulk);
      addFillers(index, model);
      for (const sets of conditions) answers += Number(checkAnswer(index, model, sets, type));
    };
    const points = fc.array(fc.constantFrom(...VALUES), { minLength: 1, maxLength: 3 }).map(pointsOf);
    const sets = fc.oneof(
      fc.tuple(points, set).map((list): ValueSet[] => list),
      fc.tuple(points, points).map((list): ValueSet[] => list),
      set.map((only) => [only]),
    );
    fc.assert(fc.property(steps(2), fc.array(sets, { minLength: 6, maxLength: 6 }), fc.boolean(), check), runs(150));
    assert.ok(answers > 100, `only ${answers} answers`);
  });
}

for (const attributes of [['a'], ['a', 'b']]) {
  test(`SORTED on ${attributes.length}: walks in order, both ways, whole and within a set`, () => {
    const check = (changes: readonly Step[], within: ValueSet, limit: number, bulk: boolean): void => {
      const index = createIndex(defineIndex({ type: 'SORTED', attributes })) as BuildableIndex & OrderedIndex;
      const model = filled(index, changes, bulk);
      for (const descending of [false, true]) {
        for (const restriction of [undefined, within]) {
          const expected = ordered(model, restriction, descending);
          assert.equal(walked(index, restriction, descending), expected);
          const stop = Math.min(limit, expected.length);
          assert.equal(walked(index, restriction, descending, stop), expected.slice(0, stop));
        }
      }
    };
    fc.assert(
      fc.property(
        steps(attributes.length, attributes.length > 1 ? untied : value),
        set,
        fc.integer({ min: 1, max: 60 }),
        fc.boolean(),
        check,
      ),
      runs(150),
    );
  });
}

test('HASH with many values: lists come and go with the number of distinct values', () => {
  const index = createIndex(defineIndex({ type: 'HASH', attributes: ['a'] }));
  const model: Model = new Map();
  const some = leafSet(
    { kind: 'is-null', attribute: { kind: 'attribute', root: 'value', steps: [], text: 'a' }, negated: false },
    false,
    [],
  );
  const answers: boolean[] = [];
  for (const distinct of [64, 65, 500, 33, 32, 64, 66, 1]) {
    for (let slot = 0; slot < 1000; slot++) change(index, model, slot, [slot % distinct === 0 ? null : `v${slot % distinct}`]);
    answers.push(checkAnswer(index, model, [some], `${distinct} values`));
  }
  assert.equal(answers, [false, true, true, true, false, false, true, false]);
});

test('an index is empty after clear, and can be filled again', () => {
  for (const type of ['SORTED', 'HASH', 'BITMAP'] as const) {
    const index = createIndex(defineIndex({ type, attributes: ['a'] }));
    const model: Model = new Map();
    const fill = (): void => VALUES.forEach((each, slot) => change(index, model, slot, [each]));
    fill();
    index.clear();
    model.clear();
    assert.is(index.size, 0);
    checkAnswer(index, model, [EVERYTHING], type);
    fill();
    checkAnswer(index, model, [EVERYTHING], type);
  }
});

test.run();

/** Exactly these values. */
function pointsOf(values: readonly unknown[]): ValueSet {
  const sets = values.map((each) => {
    const scalar = typeof each === 'object' && !(each instanceof Date) ? null : each;
    const literal = { kind: 'literal', value: (scalar ?? null) as string | null } as const;
    const attribute = { kind: 'attribute', root: 'value', steps: [], text: 'a' } as const;
    return leafSet({ kind: 'is-distinct', attribute, value: literal, negated: true }, false, []);
  });
  return union(sets);
}
