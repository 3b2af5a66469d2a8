/** Columns of every form under the sets that real conditions come down to. */
import * as fc from 'fast-check';
import * as assert from 'uvu/assert';
import { createColumnMemory } from '../../lib/columns/column-memory.ts';
import { numberOrBigint } from '../../lib/columns/column-value.ts';
import { isInt32 } from '../../lib/columns/number-rows.ts';
import { leafSet } from '../../lib/query/sets/leaf-sets.ts';
import { describe } from '../kit/describe.ts';
import { EFFORT, SEED } from '../kit/seed.ts';
import { BIGINTS, VALUES, leafAbout } from '../query/arbitrary.ts';
import { ModelledColumn } from './column-model.ts';

const test = describe('columns under conditions');
const leaf = leafAbout(['a']);

/** Those that leave 32-bit integers what they are. */
const WITHOUT_WIDE_NUMBERS = VALUES.filter(
  (value) => typeof value !== 'bigint' && (typeof value !== 'number' || Number.isNaN(value) || isInt32(value)),
);

/** What surrounds the evil values, so that the column takes each form. */
const FORMS: Readonly<Record<string, readonly [rows: number, value: (i: number) => unknown]>> = {
  codes: [300, (i) => VALUES[i % VALUES.length]],
  int32: [4000, (i) => i * 1000],
  float64: [4000, (i) => i / 8],
  dates: [4000, (i) => new Date(i * 1000)],
  hashes: [66_000, (i) => `text ${i}`],
};

for (const [name, [rows, value]] of Object.entries(FORMS)) {
  test(`every condition on evil values: ${name}`, () => {
    const memory = createColumnMemory();
    const modelled = new ModelledColumn(memory);
    for (let i = 0; i < rows; i++) modelled.column.set(i, value(i));
    // Few enough to be kept aside as odd values; only these rows are compared.
    for (const [i, evil] of (name === 'int32' ? WITHOUT_WIDE_NUMBERS : VALUES).entries()) modelled.set(i, evil);
    assert.is(modelled.column.kind, name === 'dates' ? 'float64' : name);
    fc.assert(
      fc.property(leaf, fc.boolean(), (condition, negated) => {
        const set = leafSet(condition, negated, []);
        modelled.checkRows(modelled.column.compile(set), set);
      }),
      { seed: SEED, numRuns: 300 * EFFORT, includeErrorInReport: true },
    );
    modelled.free();
  });
}

test('a bigint that is kept as a number satisfies the same conditions as that number', () => {
  fc.assert(
    fc.property(leaf, fc.boolean(), fc.constantFrom(...BIGINTS), (condition, negated, bigint) => {
      const set = leafSet(condition, negated, []);
      assert.is(set.has(bigint), set.has(numberOrBigint(bigint)), String(bigint));
    }),
    { seed: SEED, numRuns: 2000 * EFFORT, includeErrorInReport: true },
  );
});

test.run();
