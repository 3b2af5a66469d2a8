/** The timer wheel against a sorted list: any times, any steps, from a millisecond to centuries. */
import * as assert from 'uvu/assert';
import { TimerWheel } from '../../lib/eviction/timer-wheel.ts';
import { describe } from '../kit/describe.ts';
import { EFFORT, SEED } from '../kit/seed.ts';
import { randomOf } from './traces.ts';

const test = describe('timer-wheel');

/** A wheel, and the times it should know. */
class Bench {
  readonly times = new Map<number, number>();
  /** Slots whose times the wheel knows or will find out. */
  readonly wheel = new TimerWheel((slot) => {
    this.looks++;
    return this.times.get(slot)!;
  });
  looks = 0;
  now: number;

  constructor(now: number) {
    this.now = now;
  }

  schedule(slot: number, time: number): void {
    this.times.set(slot, time);
    this.wheel.schedule(slot, time, this.now);
  }

  deschedule(slot: number): void {
    this.times.delete(slot);
    this.wheel.deschedule(slot);
  }

  /** What became due, in calls of so many steps. */
  advance(now: number, steps = Infinity): number[] {
    this.now = now;
    const due: number[] = [];
    const take = (slot: number): void => {
      due.push(slot);
      this.deschedule(slot);
    };
    while (!this.wheel.advance(now, steps, take)) assert.ok(this.wheel.nextDue <= now);
    return due;
  }

  expected(now: number): number[] {
    return [...this.times].filter(([, time]) => time <= now).map(([slot]) => slot);
  }

  get first(): number {
    return Math.min(...this.times.values());
  }
}

const ascending = (a: number, b: number): number => a - b;

/** From a fraction of a millisecond to 292 years, each magnitude as likely. */
function duration(random: () => number): number {
  const magnitude = 2 ** (random() * 43 - 2);
  return random() < 0.5 ? Math.ceil(magnitude) : magnitude;
}

for (const [name, start] of Object.entries({
  'at the epoch': 0,
  today: Date.UTC(2026, 10, 21) + 0.125,
  'before a digit turns': 2 ** 41 - 3,
})) {
  test(`whatever is scheduled, moved, descheduled and waited for comes due at its time, ${name}`, () => {
    const random = randomOf(SEED);
    for (let round = 0; round < 60 * EFFORT; round++) {
      const bench = new Bench(start);
      const slots = 1 + Math.floor(random() * 40);
      const scale = random() < 0.5 ? 1 : 2 ** (random() * 43);
      for (let step = 0; step < 150; step++) {
        const slot = Math.floor(random() * slots) * 977;
        const choice = random();
        if (choice < 0.4) bench.schedule(slot, bench.now + (Math.min(duration(random), 9e12 / 1) % scale));
        else if (choice < 0.5) bench.deschedule(slot);
        // Later without a word, or never.
        else if (choice < 0.6 && bench.times.has(slot))
          bench.times.set(slot, random() < 0.2 ? Infinity : bench.times.get(slot)! + duration(random));
        else if (choice < 0.65) bench.schedule(slot, bench.now - random() * 5);
        else {
          const now =
            random() < 0.3 && bench.times.size > 0 && bench.first < Infinity
              ? Math.max(bench.now, bench.first)
              : bench.now + (duration(random) % scale);
          const expected = bench.expected(now);
          assert.equal(
            bench.advance(now, random() < 0.5 ? Infinity : 1 + Math.floor(random() * 3)).toSorted(ascending),
            expected.toSorted(ascending),
          );
          assert.ok(bench.wheel.nextDue <= bench.first, `${bench.wheel.nextDue} ${bench.first}`);
          assert.ok(bench.wheel.nextDue > now);
        }
        assert.ok(bench.wheel.nextDue <= bench.first);
        const known = [...bench.times].filter(([one, time]) => time < Infinity || bench.wheel.has(one));
        assert.is(bench.wheel.size, known.length);
        if (bench.wheel.size === 0) assert.is(bench.wheel.nextDue, Infinity);
      }
    }
  });
}

test('nothing is due a fraction of a millisecond too early, or too late', () => {
  const bench = new Bench(1000.5);
  bench.schedule(1, 1005.75);
  bench.schedule(2, 1005.25);
  bench.schedule(3, 1000.6);
  assert.equal(bench.advance(1000.59), []);
  assert.equal(bench.advance(1000.6), [3]);
  assert.is(bench.wheel.nextDue, 1005);
  assert.equal(bench.advance(1005.1), []);
  assert.is(bench.wheel.nextDue, 1005.25);
  assert.equal(bench.advance(1005.25), [2]);
  assert.is(bench.wheel.nextDue, 1005.75);
  assert.equal(bench.advance(1006), [1]);
  assert.is(bench.wheel.nextDue, Infinity);
});

test('each slot is looked at a few times in all, however far its time and however often somebody asks', () => {
  const random = randomOf(SEED);
  const bench = new Bench(Date.UTC(2026, 0, 1));
  const count = 20_000;
  for (let slot = 0; slot < count; slot++) bench.schedule(slot, bench.now + random() * 1e10);
  let due = 0;
  for (let i = 1; i <= 10_000; i++) due += bench.advance(Date.UTC(2026, 0, 1) + i * 1e6).length;
  assert.is(due, count);
  assert.ok(bench.looks <= 8 * count, `${bench.looks / count} looks each`);
});

test('a wheel costs 8 bytes a slot, and nothing before', () => {
  const bench = new Bench(0);
  const empty = bench.wheel.bytes;
  assert.ok(empty < 4096);
  for (let slot = 0; slot < 2 ** 17; slot++) bench.schedule(slot, slot);
  assert.is(bench.wheel.bytes - empty, 8 * 2 ** 17);
  bench.wheel.clear();
  bench.times.clear();
  assert.is(bench.wheel.bytes, empty);
  assert.is(bench.wheel.size, 0);
  bench.schedule(5, 7);
  assert.equal(bench.advance(7), [5]);
});

test('what is not taken out when it is due comes due again', () => {
  const wheel = new TimerWheel(() => 5);
  wheel.schedule(1, 5, 0);
  const failing = (): void => {
    throw new Error('not now');
  };
  assert.throws(() => wheel.advance(6, Infinity, failing), /not now/);
  assert.ok(wheel.nextDue <= 6);
  const due: number[] = [];
  assert.ok(wheel.advance(6, Infinity, (slot) => (due.push(slot), wheel.deschedule(slot))));
  assert.equal(due, [1]);
});

test.run();
