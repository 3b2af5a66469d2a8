/** Patience: over at its moment or when the signal says so, whichever comes first, and only once. */
import * as assert from 'uvu/assert';
import { Patience } from '../../lib/base/patience.ts';
import { AbortedError } from '../../lib/errors.ts';
import { describe } from '../kit/describe.ts';
import { testClock } from '../kit/instance.ts';

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

test.run();
