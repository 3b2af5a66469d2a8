/** What was set aside comes back in the order of class and rank: random calls against a sorted list. */
import * as assert from 'uvu/assert';
import { SetAside } from '../../lib/eviction/set-aside.ts';
import { describe } from '../kit/describe.ts';
import { EFFORT, SEED } from '../kit/seed.ts';
import { randomOf } from './traces.ts';

const test = describe('set aside');

test('the first that is free again has the lowest class, then the lowest rank', () => {
  for (let round = 0; round < 10 * EFFORT; round++) {
    const random = randomOf(SEED + round);
    const below = (limit: number): number => Math.floor(random() * limit);
    const aside = new SetAside();
    const plain = new Map<number, { ofClass: number; rank: number; free: boolean }>();
    const slots = 300;
    for (let step = 0; step < 2000; step++) {
      // Often the first, so that all of the heap has its turn.
      const slot = aside.first >= 0 && random() < 0.15 ? aside.first : below(slots);
      const entry = plain.get(slot);
      const action = random();
      if (action < 0.3) {
        const ofClass = below(20);
        aside.pin(slot, ofClass);
        if (entry === undefined) plain.set(slot, { ofClass, rank: step, free: false });
        else entry.free = false;
      } else if (action < 0.85) {
        aside.unpin(slot);
        if (entry !== undefined) entry.free = true;
      } else assert.is(aside.take(slot), plain.delete(slot));
      const where = `seed ${SEED + round} step ${step}`;
      const [first] = [...plain].filter(([, { free }]) => free).toSorted(([, a], [, b]) => a.ofClass - b.ofClass || a.rank - b.rank);
      assert.is(aside.first, first?.[0] ?? -1, where);
      assert.is(aside.size, plain.size, where);
      assert.is(aside.has(slot), plain.has(slot), where);
      if (plain.has(slot)) assert.is(aside.classOf(slot), plain.get(slot)!.ofClass, where);
    }
  }
});

test('nothing set aside takes no memory', () => {
  const aside = new SetAside();
  aside.unpin(5);
  assert.not(aside.take(5));
  assert.not(aside.has(5));
  assert.is(aside.first, -1);
  assert.is(aside.bytes, 0);
});

test.run();
