/** The janitor: wakes when there is something to do, works in slices, rests, and ends with its map. */
import * as assert from 'uvu/assert';
import type { Timer } from '../../lib/base/clock.ts';
import type { EvictionConfig } from '../../lib/config/map-config.ts';
import { Janitor } from '../../lib/member/janitor.ts';
import type { Records, Surplus } from '../../lib/partition/record-store.ts';
import { describe } from '../kit/describe.ts';
import { testClock, type TestClock } from '../kit/instance.ts';

const test = describe('janitor');

/** Records of which only numbers are known: what is due when, and what is too much. A step takes a tenth of a millisecond. */
class Bench {
  readonly base: TestClock = testClock(0);
  readonly closing = new AbortController();
  /** When each entry is due, ascending. */
  due: number[] = [];
  size = 0;
  pinned = 0;
  /** Times at which work began. */
  readonly rounds: number[] = [];
  /** Entries removed between two pauses. */
  readonly slices: number[] = [0];
  timers = 0;
  pauses = 0;
  readonly janitor: Janitor;
  #spentMs = 0;

  constructor(eviction?: Pick<EvictionConfig, 'maxSize' | 'percentage' | 'delayMs'>) {
    const clock: TestClock = {
      ...this.base,
      now: () => this.base.now() + this.#spentMs,
      after: (delayMs, run): Timer => {
        this.timers++;
        const timer = this.base.after(delayMs, () => {
          this.timers--;
          this.rounds.push(Math.ceil(this.base.now()));
          run();
        });
        return { cancel: () => (this.timers--, timer.cancel()) };
      },
    };
    const records = {
      expireDue: (now: number, steps: number): boolean => {
        for (let step = 0; this.due[0] !== undefined && this.due[0] <= now; step++) {
          if (step === steps) return false;
          this.due.shift();
          this.#took();
        }
        return true;
      },
      surplus: (percentage: number): Surplus[] =>
        this.size <= eviction!.maxSize ? [] : [{ partition: -1, left: Math.ceil((this.size * percentage) / 100) }],
      evict: (surplus: Surplus, steps: number): boolean => {
        for (let step = 0; surplus.left > 0 && this.size > this.pinned; step++) {
          if (step === steps) return false;
          surplus.left--;
          this.size--;
          this.#took();
        }
        return true;
      },
    };
    Object.defineProperty(records, 'nextExpiry', { get: () => this.due[0] ?? Infinity });
    this.janitor = new Janitor({
      records: () => records as unknown as Records,
      clock,
      slices: { now: clock.now, sliceMs: 5, pause: () => this.#pause() },
      eviction: eviction && { ...eviction, policy: 'LRU', maxSizePolicy: 'per_member' },
      closing: this.closing.signal,
    });
  }

  /** What is due is told of as the record store does. */
  add(...times: number[]): void {
    const next = this.due[0] ?? Infinity;
    this.due = [...this.due, ...times].toSorted((a, b) => a - b);
    if (this.due[0]! < next) this.janitor.wakeAt(this.due[0]!);
  }

  #took(): void {
    this.#spentMs += 0.01;
    this.slices[this.slices.length - 1]!++;
  }

  async #pause(): Promise<void> {
    this.pauses++;
    this.slices.push(0);
    await this.base.yield();
  }
}

test('no timer while there is nothing to do; one, at the earliest time, while there is', () => {
  const bench = new Bench();
  assert.is(bench.timers, 0);
  bench.add(500);
  bench.add(900, 800);
  bench.add(100);
  assert.is(bench.timers, 1);
  bench.base.advance(1000);
  assert.equal(bench.rounds, [100, 500, 800, 900]);
  assert.equal(bench.due, []);
  assert.is(bench.timers, 0);
});

test('what expires all the time is removed every 10 ms', () => {
  const bench = new Bench();
  bench.add(...Array.from({ length: 100 }, (_, i) => 50 + i));
  bench.base.advance(149);
  assert.ok(bench.rounds.length <= 12, `${bench.rounds.length}`);
  bench.base.advance(10);
  assert.equal(bench.due, []);
});

test('what expires at once goes in slices, between which the event loop turns', async () => {
  const bench = new Bench();
  bench.add(...Array.from({ length: 10_000 }, () => 100));
  bench.base.advance(100);
  assert.ok(bench.due.length > 9000);
  while (bench.due.length > 0) await bench.base.yield();
  assert.ok(bench.pauses >= 15 && bench.pauses <= 20, `${bench.pauses}`);
  assert.ok(Math.max(...bench.slices) <= 600, `${Math.max(...bench.slices)}`);
});

test('the limit is checked at multiples of the delay since the beginning, only when there was a write above it', async () => {
  const bench = new Bench({ maxSize: 10, percentage: 50, delayMs: 3000 });
  bench.base.advance(4000);
  assert.equal(bench.rounds, []);
  bench.size = 20;
  bench.janitor.checkLimit();
  bench.janitor.checkLimit();
  assert.is(bench.timers, 1);
  bench.base.advance(1999);
  assert.is(bench.size, 20);
  bench.base.advance(1);
  assert.is(bench.size, 10);
  bench.base.advance(60_000);
  assert.equal(bench.rounds, [6000]);
});

test('what is pinned is looked at again', () => {
  const bench = new Bench({ maxSize: 10, percentage: 25, delayMs: 1000 });
  bench.size = bench.pinned = 20;
  bench.janitor.checkLimit();
  bench.base.advance(3500);
  assert.equal(bench.rounds, [1000, 2000, 3000]);
  bench.pinned = 0;
  bench.base.advance(500);
  assert.is(bench.size, 15);
  bench.base.advance(1000);
  assert.is(bench.size, 11);
  bench.base.advance(10_000);
  assert.is(bench.size, 8);
});

test('expiry and checks share the timer', () => {
  const bench = new Bench({ maxSize: 10, percentage: 25, delayMs: 1000 });
  bench.add(1500, 500);
  bench.size = 12;
  bench.janitor.checkLimit();
  assert.is(bench.timers, 1);
  bench.base.advance(2000);
  assert.equal(bench.rounds, [500, 1000, 1500]);
  assert.is(bench.size, 9);
});

test('closing ends the timer, and the work after the slice', async () => {
  const idle = new Bench();
  idle.add(100);
  idle.closing.abort();
  assert.is(idle.timers, 0);
  idle.add(50);
  assert.is(idle.timers, 0);
  const busy = new Bench();
  busy.add(...Array.from({ length: 10_000 }, () => 100));
  busy.base.advance(100);
  const left = busy.due.length;
  busy.closing.abort();
  for (let i = 0; i < 5; i++) await busy.base.yield();
  assert.is(busy.due.length, left);
  assert.is(busy.timers, 0);
});

test.run();
