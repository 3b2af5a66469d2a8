/** The door of a map: who may go in, who waits, who is refused, and when the last one has left. */
import { AsyncLocalStorage } from 'node:async_hooks';
import * as assert from 'uvu/assert';
import { Patience } from '../../lib/base/patience.ts';
import { Gate } from '../../lib/member/gate.ts';
import { describe } from '../kit/describe.ts';
import { testClock } from '../kit/instance.ts';
import { settled } from '../kit/settled.ts';

const test = describe('gate');
const closed = (): Error => new Error('closed');
/** As a promise, whatever it is. */
const later = async <R>(result: R | Promise<R>): Promise<R> => result;

test('without an opening it is open: calls go in at once, results come back as they are', () => {
  const gate = new Gate();
  assert.ok(gate.isOpen);
  assert.is(
    gate.enter(() => 1),
    1,
  );
  const result = Promise.resolve(1);
  assert.is(gate.watch(result), result);
  assert.throws(() => gate.enter(() => thrown('no')), 'no');
});

test('the first call opens, once; all wait and go in by order of arrival, before whoever comes later', async () => {
  const opening = Promise.withResolvers<void>();
  let opened = 0;
  const gate = new Gate({
    open: () => {
      opened++;
      return opening.promise;
    },
  });
  await settled();
  assert.is(opened, 0, 'nobody wanted in');
  const order: number[] = [];
  const calls = [1, 2, 3].map((one) => later(gate.enter(() => order.push(one))));
  await settled();
  assert.equal([opened, order], [1, []]);
  // Comes in the very tick in which the door opens.
  void opening.promise.then(() => gate.enter(() => order.push(4)));
  opening.resolve();
  await Promise.all(calls);
  await settled();
  assert.equal([opened, gate.isOpen, order], [1, true, [1, 2, 3, 4]]);
});

test('a failed opening is the error of all who wait; the next one tries again', async () => {
  for (const how of ['rejects', 'throws']) {
    let tries = 0;
    const gate = new Gate({
      open: () => {
        if (++tries > 1) return Promise.resolve();
        if (how === 'throws') throw new Error('no line');
        return Promise.reject(new Error('no line'));
      },
    });
    const results = await Promise.allSettled([later(gate.enter(() => 1)), later(gate.enter(() => 2))]);
    assert.equal(
      results.map((result) => (result as PromiseRejectedResult).reason.message),
      ['no line', 'no line'],
    );
    assert.not.ok(gate.isOpen);
    assert.is(await gate.enter(() => 3), 3);
    assert.is(tries, 2);
  }
});

test('who needs only some of what the opening brings goes in early, where that is allowed, and begins it all the same', async () => {
  let opened = 0;
  const opening = Promise.withResolvers<void>();
  const open = (): Promise<void> => (opened++, opening.promise);
  const strict = new Gate({ open });
  const waits = later(strict.enter(() => 'strict', 'some'));
  const lenient = new Gate({ open, early: true });
  assert.is(
    lenient.enter(() => 'early', 'some'),
    'early',
  );
  void lenient.enter(() => 'again', 'some');
  const whole = later(lenient.enter(() => 'whole'));
  await settled();
  assert.equal([opened, lenient.isOpen], [2, false]);
  opening.resolve();
  assert.equal([await waits, await whole, lenient.isOpen], ['strict', 'whole', true]);
  await lenient.close(closed);
  assert.throws(() => lenient.enter(() => 1, 'some'), 'closed');
});

test('who needs nothing of it never waits', async () => {
  let opened = 0;
  const gate = new Gate({ open: () => (opened++, new Promise<void>(() => undefined)) });
  assert.is(
    gate.enter(() => 1, 'nothing'),
    1,
  );
  await settled();
  assert.is(opened, 1);
});

test('an opening that failed is not tried again by those who need not wait for it', async () => {
  let tries = 0;
  const gate = new Gate({ open: () => (++tries === 1 ? Promise.reject(new Error('no line')) : Promise.resolve()), early: true });
  void gate.enter(() => 1, 'some');
  await settled();
  void gate.enter(() => 2, 'some');
  void gate.enter(() => 2, 'nothing');
  await settled();
  assert.equal([tries, gate.isOpen], [1, false]);
  assert.is(await gate.enter(() => 3), 3);
  assert.equal([tries, gate.isOpen], [2, true]);
});

test('who waited goes on in the asynchronous context it came in', async () => {
  const context = new AsyncLocalStorage<string>();
  const gate = new Gate({ open: () => Promise.resolve() });
  const [a, b] = ['a', 'b'].map((name) => context.run(name, () => later(gate.enter(() => context.getStore()))));
  assert.equal([await a, await b], ['a', 'b']);
});

test('whoever comes while those who waited go in stands behind them', async () => {
  const gate = new Gate({ open: () => Promise.resolve() });
  const order: number[] = [];
  const first = later(
    gate.enter(() => {
      order.push(1);
      void gate.enter(() => order.push(3));
    }),
  );
  const second = later(gate.enter(() => order.push(2)));
  await Promise.all([first, second]);
  await settled();
  assert.equal([order, gate.isOpen], [[1, 2, 3], true]);
});

test('whoever was let in but is not inside yet when the door is closed is refused', async () => {
  const opening = Promise.withResolvers<void>();
  const gate = new Gate({ open: () => opening.promise });
  const order: string[] = [];
  const calls = Promise.allSettled([
    later(
      gate.enter(() => {
        order.push('first');
        void gate.close(closed);
      }),
    ),
    later(gate.enter(() => order.push('second'))),
  ]);
  opening.resolve();
  assert.equal(
    (await calls).map(({ status }) => status),
    ['fulfilled', 'rejected'],
  );
  assert.equal([order, gate.isOpen], [['first'], false]);
});

test('who waits no longer than it likes leaves nothing behind, and is never run', async () => {
  const clock = testClock();
  const opening = Promise.withResolvers<void>();
  const gate = new Gate({ open: () => opening.promise });
  const stop = new AbortController();
  let ran = 0;
  const wait = (patience: Patience): Promise<string> =>
    later(gate.enter(() => `run ${++ran}`, 'all', { patience, gaveUp: () => 'gave up' }));
  const atOnce = wait(new Patience(clock, 0));
  const impatient = wait(new Patience(clock, 10));
  const patient = wait(new Patience(clock, 1000));
  const aborted = wait(new Patience(clock, Infinity, stop.signal));
  assert.is(await atOnce, 'gave up');
  clock.advance(10);
  assert.is(await impatient, 'gave up');
  stop.abort();
  assert.is(await aborted, 'gave up');
  opening.resolve();
  assert.is(await patient, 'run 1');
  clock.advance(1e6);
  await settled();
  assert.is(ran, 1);
});

test('a call that fails after waiting fails alone', async () => {
  const gate = new Gate({ open: () => Promise.resolve() });
  const results = await Promise.allSettled([later(gate.enter(() => thrown('mine'))), later(gate.enter(() => 2))]);
  assert.equal(
    results.map(({ status }) => status),
    ['rejected', 'fulfilled'],
  );
});

test('closing refuses all who come, at once', async () => {
  const gate = new Gate();
  await gate.close(closed);
  assert.not.ok(gate.isOpen);
  assert.throws(() => gate.enter(() => 1), 'closed');
  assert.throws(() => gate.check(), 'closed');
});

test('closing waits for those inside, successful or not', async () => {
  const gate = new Gate();
  const inside = [Promise.withResolvers<number>(), Promise.withResolvers<number>()];
  const calls = Promise.allSettled(inside.map(({ promise }) => later(gate.enter(() => promise))));
  let left = false;
  const leaving = gate.close(closed).then(() => (left = true));
  await settled();
  assert.not.ok(left);
  inside[0]!.resolve(1);
  await settled();
  assert.not.ok(left);
  inside[1]!.reject(new Error('failed'));
  await leaving;
  assert.equal(
    (await calls).map(({ status }) => status),
    ['fulfilled', 'rejected'],
  );
});

test('closing while it opens: who waits is refused at once, the opening is waited for, and the door stays shut', async () => {
  for (const end of ['resolve', 'reject'] as const) {
    const opening = Promise.withResolvers<void>();
    const gate = new Gate({ open: () => opening.promise });
    const waiting = Promise.allSettled([later(gate.enter(() => 1))]);
    await settled();
    let left = false;
    const leaving = gate.close(closed).then(() => (left = true));
    const [result] = await waiting;
    assert.is((result as PromiseRejectedResult).reason.message, 'closed');
    assert.not.ok(left);
    opening[end](new Error('aborted') as never);
    await leaving;
    assert.not.ok(gate.isOpen);
    assert.throws(() => gate.enter(() => 1), 'closed');
  }
});

test.run();

function thrown(message: string): never {
  throw new Error(message);
}
