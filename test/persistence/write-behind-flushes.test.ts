/** Who waits for a write-behind queue to be written: when the waiting ends, against a plain model, and what it costs. */
import * as assert from 'uvu/assert';
import { randomFrom } from '../../bench/employees.ts';
import { Flushes } from '../../lib/persistence/write-behind-flushes.ts';
import type { Operation } from '../../lib/persistence/write-behind-queue.ts';
import { describe } from '../kit/describe.ts';
import { SEED } from '../kit/seed.ts';

const test = describe('write-behind flushes');

function operation(sequence: number): Operation {
  const at = { key: sequence, hash: 0, partition: 0 };
  return { sequence, kind: 'store', at, stored: 1, queuedAt: 0, dueAt: 0, attempts: 0, isHopeless: false, next: undefined };
}

/** Ends with the number of operations that are not stored. */
function waiting(flushes: Flushes, operations: Iterable<Operation>): { outcome: unknown } {
  const waiter: { outcome: unknown } = { outcome: 'waits' };
  flushes
    .wait(operations, undefined, () => new Error('aborted'))
    .then(
      () => (waiter.outcome = 0),
      (error: Error) => (waiter.outcome = Number(error.message)),
    );
  return waiter;
}

test('a flush ends when all is settled, or nothing is left that has hope: random lives', async () => {
  const random = randomFrom(SEED);
  const pick = <T>(items: readonly T[]): T | undefined => items[Math.floor(random() * items.length)];
  for (let life = 0; life < 200; life++) {
    const flushes = new Flushes(({ isHopeless }) => isHopeless, (unsaved) => new Error(String(unsaved))); // prettier-ignore
    let live: Operation[] = [];
    const waiters: { readonly waiter: { outcome: unknown }; awaited: Operation[]; expected: unknown }[] = [];
    let sequence = 0;
    const check = (): void => {
      for (const one of waiters) {
        if (one.expected !== 'waits') continue;
        if (one.awaited.length === 0) one.expected = 0;
        else if (one.awaited.every(({ isHopeless }) => isHopeless)) one.expected = one.awaited.length;
      }
    };
    for (let step = 0; step < 60; step++) {
      const what = random();
      const one = pick(live);
      if (what < 0.3 || one === undefined) live.push(operation(++sequence));
      else if (what < 0.4) waiters.push({ waiter: waiting(flushes, live), awaited: [...live], expected: 'waits' });
      else if (what < 0.55) {
        live = live.filter((other) => other !== one);
        for (const waiter of waiters) waiter.awaited = waiter.awaited.filter((other) => other !== one);
        flushes.settled(one);
        check();
      } else if (what < 0.65) {
        const newer = operation(++sequence);
        live = live.map((other) => (other === one ? newer : other));
        for (const waiter of waiters) waiter.awaited = waiter.awaited.map((other) => (other === one ? newer : other));
        flushes.superseded(one, newer);
      } else {
        one.isHopeless = true;
        flushes.lostHope();
        check();
      }
      await new Promise((resolve) => setImmediate(resolve));
      assert.equal(waiters.map(({ waiter }) => waiter.outcome), waiters.map(({ expected }) => expected)); // prettier-ignore
    }
  }
});

test('operations that lose hope one after the other are looked at once or twice each, not all of them each time', async () => {
  const COUNT = 2000;
  let looks = 0;
  const isHopeless = (one: Operation): boolean => (looks++, one.isHopeless);
  const flushes = new Flushes(isHopeless, (unsaved) => new Error(String(unsaved)));
  const operations = Array.from({ length: COUNT }, (_, i) => operation(i));
  const waiter = waiting(flushes, operations);
  for (const one of operations) {
    one.isHopeless = true;
    flushes.lostHope();
  }
  await Promise.resolve();
  await new Promise((resolve) => setImmediate(resolve));
  assert.is(waiter.outcome, COUNT);
  assert.ok(looks <= 4 * COUNT, `${looks} looks`);
});

test.run();
