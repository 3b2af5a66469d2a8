/** Sorting in slices: the same order as a plain sort, ties by slot. */
import * as assert from 'uvu/assert';
import { sortNumbers } from '../../lib/indexes/number-sort.ts';
import { TextSorter } from '../../lib/indexes/text-sort.ts';
import { describe } from '../kit/describe.ts';
import { NUMBERS, TEXTS } from '../query/arbitrary.ts';
import { textKey } from '../../lib/indexes/key-encoding.ts';
import { below, pick, randomFrom } from './random.ts';

const test = describe('sorting in slices');
const random = randomFrom();
const evil = NUMBERS.filter((n) => !Number.isNaN(n)).map((n) => n + 0);

const kinds: Readonly<Record<string, () => number>> = {
  'small integers': () => below(random, 50),
  'integers of both signs': () => below(random, 2_000_000) - 1_000_000,
  fractions: () => (random() - 0.5) * 10 ** below(random, 300),
  'evil numbers': () => pick(random, evil),
  'the same': () => 7,
};

for (const [kind, draw] of Object.entries(kinds)) {
  test(`numbers: ${kind}`, () => {
    for (const size of [0, 1, 2, 1000, 70_000]) {
      const keys = Float64Array.from({ length: size }, draw);
      const slots = Int32Array.from({ length: size }, (_, i) => i * 2);
      const expected = Array.from(keys, (key, i) => [key, i * 2] as const).toSorted((a, b) =>
        a[0] === b[0] ? a[1] - b[1] : a[0] < b[0] ? -1 : 1,
      );
      const { value, steps } = finished(sortNumbers({ keys, slots }));
      assert.equal(
        [...value.keys],
        expected.map(([key]) => key),
      );
      assert.equal(
        [...value.slots],
        expected.map(([, slot]) => slot),
      );
      assert.ok(steps >= size >> 14);
    }
  });
}

test('numbers: what is sorted stays', () => {
  const keys = Float64Array.from({ length: 40_000 }, (_, i) => i / 3);
  const { value } = finished(sortNumbers({ keys, slots: Int32Array.from(keys.keys()) }));
  assert.is(value.keys, keys);
});

for (const distinct of [1, 40, 5000, 1_000_000]) {
  test(`texts: ${distinct} distinct`, () => {
    const texts = Array.from({ length: 80_000 }, () => (distinct === 40 ? textKey(pick(random, TEXTS)) : `t${below(random, distinct)}`));
    const sorter = new TextSorter();
    for (const [slot, text] of texts.entries()) sorter.take(text, slot);
    const { value } = finished(sorter.finish());
    const expected = texts
      .map((text, slot) => [text, slot] as const)
      .toSorted((a, b) => (a[0] === b[0] ? a[1] - b[1] : a[0] < b[0] ? -1 : 1));
    assert.equal(
      value.keys(0, texts.length),
      expected.map(([text]) => text),
    );
    assert.equal(
      [...value.slots],
      expected.map(([, slot]) => slot),
    );
  });
}

test.run();

function finished<T>(work: Generator<void, T>): { readonly value: T; readonly steps: number } {
  for (let steps = 0; ; steps++) {
    const { done, value } = work.next();
    if (done === true) return { value, steps };
  }
}
