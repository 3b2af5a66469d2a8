/** The fast checker answers as the plain one does, on histories at random, right ones and wrong ones. */
import * as assert from 'uvu/assert';
import { Chance } from '../sim/chance.ts';
import { describe } from './describe.ts';
import { isLinearizable } from './linearizable-fast.ts';
import { linearization, type Observed, type SequentialModel } from './linearizable.ts';
import { EFFORT, SEED } from './seed.ts';

interface Call extends Observed {
  readonly kind: 'get' | 'put' | 'swap' | 'maybe';
  readonly value: number;
  readonly answer: number;
}

/** `maybe` puts its value or does nothing, whatever it answers: more than one state after it. */
const register: SequentialModel<number, Call> = {
  initial: 0,
  after(state, { kind, value, answer, returned }) {
    if (kind === 'maybe') return [value, state];
    const fits = returned === Infinity || answer === state;
    return fits ? [kind === 'get' ? state : value] : [];
  },
  spell: String,
};

/** Calls that took effect at a moment between their two; then some answers are made wrong. */
function history(chance: Chance): Call[] {
  const count = chance.whole(1, 9);
  let state = 0;
  const calls = Array.from({ length: count }, () => ({
    at: chance.whole(1, 20),
    kind: chance.pick(['get', 'put', 'swap', 'maybe'] as const),
  }))
    .toSorted((a, b) => a.at - b.at)
    .map(({ at, kind }, index): Call => {
      const answer = state;
      const lost = chance.happens(0.15);
      if (kind !== 'get' && !(kind === 'maybe' && chance.happens(0.5)) && !(lost && chance.happens(0.5))) state = index + 1;
      const made = at - chance.whole(0, 6) + index / 1000;
      return { made, returned: lost ? Infinity : at + chance.whole(0, 6) + 0.5 + index / 1000, kind, value: index + 1, answer };
    });
  return calls.map((call) => (chance.happens(0.1) ? { ...call, answer: chance.whole(0, count) } : call));
}

const test = describe('isLinearizable');

test('agrees with the plain search', () => {
  const chance = new Chance(SEED);
  const seen = { true: 0, false: 0 };
  for (let round = 0; round < 3000 * EFFORT; round++) {
    const calls = history(chance);
    const expected = linearization(calls, register) !== undefined;
    assert.is(isLinearizable(calls, register), expected, `round ${round}: ${JSON.stringify(calls)}`);
    seen[`${expected}`]++;
  }
  assert.ok(seen.true > 500 && seen.false > 300, JSON.stringify(seen));
});

test('takes thousands of calls', () => {
  const chance = new Chance(SEED);
  let state = 0;
  const calls = Array.from({ length: 4000 }, (_, index): Call => {
    const kind = chance.pick(['get', 'put', 'swap'] as const);
    const answer = state;
    if (kind !== 'get') state = index + 1;
    return { made: index - chance.between(0, 5), returned: index + chance.between(0, 5), kind, value: index + 1, answer };
  });
  assert.is(isLinearizable(calls, register), true);
  const wrong = calls.map((call, index) => (index === 2000 ? { ...call, kind: 'get' as const, answer: 100 } : call));
  assert.is(isLinearizable(wrong, register), false);
});

test('gives up when told', () => {
  const calls = Array.from({ length: 30 }, (_, index): Call => ({ made: 0, returned: 100, kind: 'swap', value: index + 1, answer: 99 }));
  assert.is(isLinearizable(calls, register, 5), undefined);
});

test.run();
