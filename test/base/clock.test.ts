/** The machine's clock, as far as it can be tested without waiting. */
import * as assert from 'uvu/assert';
import { systemClock } from '../../lib/base/clock.ts';
import { describe } from '../kit/describe.ts';

const test = describe('the machine clock');

test('now is epoch milliseconds and does not go back', () => {
  let last = systemClock.now();
  assert.ok(Math.abs(last - Date.now()) < 60_000);
  for (let i = 0; i < 10_000; i++) {
    const now = systemClock.now();
    assert.ok(now >= last);
    last = now;
  }
});

test('a delay longer than setTimeout can take is not over at once', async () => {
  let ran = false;
  const timers = [2 ** 31, 1e12, Infinity].map((delayMs) => systemClock.after(delayMs, () => (ran = true)));
  await new Promise<void>((resolve) => void systemClock.after(5, resolve));
  await systemClock.yield();
  assert.not.ok(ran);
  for (const timer of timers) timer.cancel();
});

test('a cancelled timer does not run', async () => {
  let ran = false;
  systemClock.after(1, () => (ran = true)).cancel();
  await new Promise<void>((resolve) => void systemClock.after(5, resolve));
  assert.not.ok(ran);
});

test.run();
