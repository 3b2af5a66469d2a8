/** Patience: over at its moment or when the signal says so, whichever comes first, and only once. */
import { getEventListeners } from 'node:events';
import * as assert from 'uvu/assert';
import { Patience } from '../../lib/base/patience.ts';
import { AbortedError, ConfigError } from '../../lib/errors.ts';
import { describe } from '../kit/describe.ts';
import { testClock } from '../kit/instance.ts';
import { refusal } from '../kit/refusal.ts';

const test = describe('patience');

test('it is over at its moment, however many steps share it', () => {
  const clock = testClock();
  const patience = new Patience(clock, 10);
  const over: string[] = [];
  const first = patience.start(() => over.push('first'));
  clock.advance(6);
  first.cancel();
  patience.start(() => over.push('second'));
  clock.advance(3);
  assert.equal(over, []);
  clock.advance(1);
  assert.equal(over, ['second']);
  patience.start(() => over.push('third'));
  assert.equal(over, ['second', 'third'], 'whoever comes too late gives up at once');
  patience.check();
});

test('without a time it lasts for ever, with none it is over at once', () => {
  const clock = testClock();
  let over = 0;
  new Patience(clock, Infinity).start(() => over++);
  clock.advance(1e15);
  assert.is(over, 0);
  new Patience(clock, 0).start(() => over++);
  assert.is(over, 1);
});

test('a signal ends it, once, and leaves no timer behind', () => {
  const clock = testClock();
  const stop = new AbortController();
  const patience = new Patience(clock, 10, stop.signal);
  let over = 0;
  patience.start(() => over++);
  const cancelled = patience.start(() => assert.unreachable());
  cancelled.cancel();
  const reason = new Error('enough');
  stop.abort(reason);
  assert.is(over, 1);
  clock.advance(100);
  assert.is(over, 1);
  for (const call of [() => patience.check(), () => new Patience(clock, 10, stop.signal)])
    assert.throws(call, (error: unknown) => error instanceof AbortedError && error.cause === reason);
  patience.start(() => over++);
  assert.is(over, 2);
});

test('one signal may be given to many without a warning', async () => {
  const warnings: string[] = [];
  const note = (warning: Error): void => void warnings.push(warning.name);
  process.on('warning', note);
  const stop = new AbortController();
  const clock = testClock();
  let over = 0;
  for (let i = 0; i < 100; i++) new Patience(clock, 10, stop.signal).start(() => over++);
  stop.abort();
  await new Promise((resolve) => setImmediate(resolve));
  process.off('warning', note);
  assert.equal([over, warnings], [100, []]);
});

test('one signal has one listener for all who wait by it, and none when nobody does', () => {
  const stop = new AbortController();
  const clock = testClock();
  const listeners = (): number => getEventListeners(stop.signal, 'abort').length;
  const over: number[] = [];
  const timers = [0, 1, 2, 3].map((one) =>
    new Patience(clock, 10 + one, stop.signal).start(() => {
      over.push(one);
      if (one === 1) timers[2]!.cancel();
    }),
  );
  assert.is(listeners(), 1);
  clock.advance(10);
  assert.equal([over, listeners()], [[0], 1]);
  stop.abort();
  assert.equal([over, listeners()], [[0, 1, 3], 0], 'whom another one has cancelled is not called');

  const other = new AbortController();
  new Patience(clock, 10, other.signal).start(() => undefined).cancel();
  assert.is(getEventListeners(other.signal, 'abort').length, 0);
});

test('a race ends with the work, or at once with the signal', async () => {
  const clock = testClock();
  const stop = new AbortController();
  const patience = new Patience(clock, Infinity, stop.signal);
  assert.is(patience.race(1), 1);
  assert.is(await patience.race(Promise.resolve(2)), 2);
  assert.is((await refusal(later(patience.race(Promise.reject(new ConfigError('failed')))))).message, 'failed');
  await Promise.resolve();
  assert.is(getEventListeners(stop.signal, 'abort').length, 0);
  const never = refusal(later(patience.race(new Promise<void>(() => undefined))));
  stop.abort();
  assert.instance(await never, AbortedError);
  assert.instance(await refusal(later(patience.race(new Promise<void>(() => undefined)))), AbortedError);
  const work = Promise.resolve(3);
  assert.is(new Patience(clock, 0).race(work), work);
});

test.run();

/** As a promise, whatever it is. */
async function later<R>(result: R | Promise<R>): Promise<R> {
  return result;
}
