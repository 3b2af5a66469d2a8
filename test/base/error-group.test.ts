/** Error groups: the first error stops what has not begun, and is told when what has begun has ended. */
import * as assert from 'uvu/assert';
import { ErrorGroup } from '../../lib/base/error-group.ts';
import { describe } from '../kit/describe.ts';
import { settled } from '../kit/settled.ts';

const test = describe('error group');

test('it waits for all that has begun', async () => {
  const group = new ErrorGroup();
  const work = Promise.withResolvers<void>();
  let done = 0;
  group.go(() => done++);
  group.go(() => work.promise.then(() => done++));
  assert.equal([done, group.size], [1, 1]);
  const waiting = group.wait();
  await settled();
  assert.is(done, 1);
  work.resolve();
  await waiting;
  assert.equal([done, group.size], [2, 0]);
  await group.wait();
});

test('after an error nothing more is begun; the first error comes when the others have ended', async () => {
  for (const fail of [
    () => Promise.reject(new Error('first')),
    () => {
      throw new Error('first');
    },
  ]) {
    // prettier-ignore
    const group = new ErrorGroup();
    const work = Promise.withResolvers<void>();
    let hasEnded = false;
    group.go(() => work.promise);
    group.go(fail);
    await settled();
    assert.ok(group.signal.aborted);
    group.go(() => assert.unreachable());
    const outcome = group.wait().catch((error: Error) => error.message).finally(() => (hasEnded = true)); // prettier-ignore
    await settled();
    assert.not.ok(hasEnded);
    work.reject(new Error('second'));
    assert.is(await outcome, 'first');
  }
});

test('work that is begun while others are waited for is waited for too', async () => {
  const group = new ErrorGroup();
  const inner = Promise.withResolvers<void>();
  group.go(async () => {
    await Promise.resolve();
    group.go(() => inner.promise);
  });
  let isOver = false;
  const over = group.wait().then(() => (isOver = true));
  await new Promise((resolve) => setImmediate(resolve));
  assert.not.ok(isOver);
  inner.resolve();
  await over;
});

test.run();
