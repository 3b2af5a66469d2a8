/** Random values, changes and conditions: a column answers as a map by slot does, whatever form it has taken. */
import * as fc from 'fast-check';
import * as assert from 'uvu/assert';
import { createColumnMemory } from '../../lib/columns/column-memory.ts';
import type { ValueSet } from '../../lib/data/value-set.ts';
import { describe } from '../kit/describe.ts';
import { EFFORT, SEED } from '../kit/seed.ts';
import { ModelledColumn } from './column-model.ts';
import { NOT_NULL, NULLS, arbitrarySet } from './sets.ts';

const test = describe('columns, random');

const EVIL_NUMBERS = [0, -0, NaN, Infinity, -Infinity, 1.5, -1.5, 2 ** 31 - 1, -(2 ** 31), 2 ** 31, 2 ** 53, Number.MAX_VALUE, 5e-324];
const EVIL_TEXTS = ['', '1', '5', 'true', 'null', '\ud800', '\u{1f600}', '\uffff', 'x'.repeat(300), `${'y'.repeat(400)}1`];
const EVIL_TIMES = [0, -1, 8.64e15, 1_600_000_000_000];

const number = fc.oneof(fc.integer({ min: -400, max: 400 }), fc.constantFrom(...EVIL_NUMBERS), fc.integer(), fc.double());
const bound = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: -400, max: 400 }) },
  fc.constantFrom(...EVIL_NUMBERS.filter((value) => !Number.isNaN(value))),
  fc.integer({ min: -100_000, max: 100_000 }),
  fc.double({ noNaN: true }),
);
const text = fc.oneof(fc.integer({ min: 0, max: 400 }).map(String), fc.constantFrom(...EVIL_TEXTS), fc.string({ maxLength: 4 }));
const time = fc.oneof(fc.constantFrom(...EVIL_TIMES), fc.integer({ min: 0, max: 400 }));

const evilValue: fc.Arbitrary<unknown> = fc.oneof(
  number,
  text,
  fc.boolean(),
  time.map((ms) => new Date(ms)),
  fc.bigInt({ min: -5n, max: 5n }),
  fc.constantFrom<unknown>(2n ** 53n + 1n, 10n ** 400n, null, undefined, new Date(NaN), { a: 1 }, [1], () => 1, Symbol.iterator),
);

/** What an attribute is like, for a while: the i-th value of it. */
const REGIMES: Readonly<Record<string, (i: number) => unknown>> = {
  small: (i) => i % 50,
  ascending: (i) => i,
  descending: (i) => -i,
  wide: (i) => (i * 7919) % 100_003,
  sparse: (i) => (i % 3) * 1_000_000,
  huge: (i) => 2 ** 40 + i * 3,
  fractions: (i) => i / 4,
  texts: (i) => `text ${i % 400}`,
  names: (i) => `name ${i % 20}`,
  times: (i) => new Date(1_600_000_000_000 + i * 1000),
  flags: (i) => i % 2 === 0,
  bigints: (i) => BigInt(i) * 10n ** 15n,
  rare: (i) => (i % 100 === 0 ? 'seldom' : null),
  mixed: (i) => [i, `${i}`, i % 2 === 0, new Date(i), null, NaN, i / 3][i % 7],
  numbersWithHoles: (i) => (i % 9 === 0 ? undefined : i % 31 === 0 ? NaN : i * 1.25),
  integersWithHoles: (i) => (i % 9 === 0 ? undefined : i % 31 === 0 ? NaN : i * 100),
  integersWithNotes: (i) => (i % 90 === 0 ? 'n/a' : i * 1000),
};

const slot = fc.oneof({ weight: 9, arbitrary: fc.integer({ min: 0, max: 3000 }) }, fc.integer({ min: 65_000, max: 67_000 }));
const regime = fc.constantFrom(...Object.keys(REGIMES));
const set = fc.oneof({ weight: 6, arbitrary: arbitrarySet(bound, time, text) }, fc.constantFrom(NOT_NULL, NULLS));

type Step =
  | { readonly do: 'set'; readonly slot: number; readonly value: unknown }
  | { readonly do: 'clear'; readonly slot: number; readonly length: number }
  | { readonly do: 'fill'; readonly slot: number; readonly length: number; readonly regime: string; readonly phase: number }
  | { readonly do: 'check'; readonly set: ValueSet };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ do: fc.constant('set' as const), slot, value: evilValue }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('clear' as const), slot, length: fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 1500 })) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('fill' as const), slot, length: fc.integer({ min: 1, max: 700 }), regime, phase: fc.nat(300) }),
  },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('check' as const), set }) },
);

function run(modelled: ModelledColumn, next: Step): void {
  switch (next.do) {
    case 'set':
      return modelled.set(next.slot, next.value);
    case 'check':
      return modelled.check(next.set);
    case 'clear':
      for (let i = 0; i < next.length; i++) modelled.clear(next.slot + i);
      return;
    case 'fill':
      for (let i = 0; i < next.length; i++) modelled.set(next.slot + i, REGIMES[next.regime]!(i + next.phase));
  }
}

for (const simd of [true, false]) {
  const memory = createColumnMemory({ simd });

  test(`a column does as a map by slot does (${memory.kernels.name} kernels)`, () => {
    /** The memory keeps a scratch bitmap from the first scan that needs it. */
    let scratchBytes = 8192;
    fc.assert(
      fc.property(fc.array(step, { minLength: 4, maxLength: 24 }), set, set, (steps, one, other) => {
        const before = memory.allocatedBytes;
        const modelled = new ModelledColumn(memory);
        for (const next of steps) run(modelled, next);
        modelled.check(one);
        modelled.check(other);
        modelled.check(one);
        modelled.checkDistinct();
        modelled.checkRanks();
        modelled.free();
        const lost = memory.allocatedBytes - before;
        if (lost === scratchBytes) scratchBytes = 0;
        else assert.is(lost, 0, 'memory was lost');
      }),
      { seed: SEED, numRuns: 150 * EFFORT, includeErrorInReport: true },
    );
  });
}

test.run();
