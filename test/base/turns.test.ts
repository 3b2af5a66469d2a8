/** Turns: who asks first goes first, nobody goes twice, nobody is forgotten. */
import { AsyncLocalStorage } from 'node:async_hooks';
import fc from 'fast-check';
import * as assert from 'uvu/assert';
import type { Timer } from '../../lib/base/clock.ts';
import { GAVE_UP, Turns, type GaveUp } from '../../lib/base/turns.ts';
import { describe } from '../kit/describe.ts';
import { settled } from '../kit/settled.ts';
import { SEED } from '../kit/seed.ts';

const test = describe('turns');
/** A timer that never fires. */
const never = (): Timer => ({ cancel: () => undefined });

test('a free key is entered at once, and its result comes back as it is', () => {
  const turns = new Turns<string>();
  assert.is(
    turns.take('k', () => {
      assert.not.ok(turns.isFree('k'));
      return 7;
    }),
    7,
  );
  assert.ok(turns.isFree('k'));
  assert.throws(() => turns.take('k', () => thrown('no')), 'no');
  assert.ok(turns.isFree('k'), 'also after an error');
  assert.is(
    turns.takeAll([], () => 1),
    1,
  );
});

test('a key is held until the promise of the work settles, either way', async () => {
  const turns = new Turns<string>();
  for (const end of ['resolve', 'reject'] as const) {
    const work = Promise.withResolvers<number>();
    const held = turns.take('k', () => work.promise);
    let ran = false;
    const next = turns.take('k', () => (ran = true));
    await settled();
    assert.not.ok(ran);
    work[end](1);
    assert.is(await Promise.resolve(held).catch((error: unknown) => error), 1);
    assert.ok(await next);
    assert.ok(turns.isFree('k'));
  }
});

test('work that waited may throw: its caller gets the error, the line goes on', async () => {
  const turns = new Turns<string>();
  const first = Promise.withResolvers<void>();
  const held = turns.take('k', () => first.promise);
  const waiting = Promise.allSettled([later(turns.take('k', () => thrown('second'))), later(turns.take('k', () => 'third'))]);
  first.resolve();
  await held;
  const [second, third] = await waiting;
  assert.is((second as PromiseRejectedResult).reason.message, 'second');
  assert.is((third as PromiseFulfilledResult<string>).value, 'third');
});

test('a line of a hundred thousand does not overflow the stack, and keeps its order', async () => {
  const turns = new Turns<string>();
  const first = Promise.withResolvers<void>();
  const seen: number[] = [];
  const calls: unknown[] = [turns.take('k', () => first.promise)];
  for (let i = 0; i < 100_000; i++) calls.push(turns.take('k', () => seen.push(i)));
  first.resolve();
  await Promise.all(calls);
  assert.is(seen.length, 100_000);
  assert.ok(seen.every((number, position) => number === position));
});

test('two calls over several keys never wait for each other, however their keys are ordered', async () => {
  const turns = new Turns<string>();
  const order: string[] = [];
  const work = (name: string) => async (): Promise<void> => {
    order.push(`${name} in`);
    await settled();
    order.push(`${name} out`);
  };
  const calls = [turns.takeAll(['a', 'b', 'c'], work('1')), turns.takeAll(['c', 'b', 'a'], work('2')), turns.take('b', work('3'))];
  await Promise.all(calls.map(later));
  assert.equal(order, ['1 in', '1 out', '2 in', '2 out', '3 in', '3 out']);
});

test('who gives up is passed over; a timer is asked for only in line, and cancelled when the turn comes', async () => {
  const turns = new Turns<string>();
  let timers = 0;
  let cancelled = 0;
  let giveUp: (() => void) | undefined;
  const wait = (abandon: () => void): Timer => {
    timers++;
    giveUp = abandon;
    return { cancel: () => cancelled++ };
  };
  assert.is(
    turns.tryTake('k', () => 1, wait),
    1,
  );
  assert.is(timers, 0);

  const first = Promise.withResolvers<void>();
  const held = turns.take('k', () => first.promise);
  let ran = false;
  const impatient = turns.tryTake('k', () => (ran = true), wait);
  const abandon = giveUp!;
  const patient = turns.tryTake('k', () => 'patient', wait);
  abandon();
  assert.is(await impatient, GAVE_UP);
  first.resolve();
  await held;
  assert.is(await patient, 'patient');
  assert.not.ok(ran);
  assert.equal([timers, cancelled], [2, 1]);
  giveUp!(); // too late: nothing happens
  assert.ok(turns.isFree('k'));
});

test('who gives up leaves nothing behind, wherever in the line', async () => {
  const lines = new Map<string, unknown>();
  const turns = new Turns<string>(lines);
  const first = Promise.withResolvers<void>();
  const order: number[] = [];
  const held = turns.take('k', () => first.promise);
  const empty = objectsIn(lines);
  const giveUps: (() => void)[] = [];
  const impatient = [0, 1, 2, 3].map((one) =>
    turns.tryTake(
      'k',
      () => order.push(one),
      (giveUp) => (giveUps.push(giveUp), never()),
    ),
  );
  for (const one of [1, 3, 0]) giveUps[one]!();
  const patient = turns.take('k', () => order.push(4));
  const line = objectsIn(lines);
  for (let i = 0; i < 100; i++)
    void turns.tryTake(
      'k',
      () => order.push(5),
      (giveUp) => (giveUp(), never()),
    );
  assert.is(objectsIn(lines), line);
  giveUps[2]!();
  giveUps[2]!(); // again: nothing happens
  first.resolve();
  await Promise.all([held, patient, ...impatient]);
  assert.equal(order, [4]);
  assert.ok(empty < line);
  assert.is(lines.size, 0);
});

test('who waited goes on in the asynchronous context it came in', async () => {
  const context = new AsyncLocalStorage<string>();
  const turns = new Turns<string>();
  const first = Promise.withResolvers<void>();
  const seen: (string | undefined)[] = [];
  const note = (): void => void seen.push(context.getStore());
  const held = context.run('holder', () => turns.take('k', () => first.promise));
  const waiting = context.run('waiter', () => [turns.take('k', note), turns.takeAll(['k', 'l'], note), turns.tryTake('k', note, never)]);
  const stranger = turns.take('k', note);
  first.resolve();
  await Promise.all([held, ...waiting, stranger]);
  assert.equal(seen, ['waiter', 'waiter', 'waiter', undefined]);
});

test('it knows how many keys are held', async () => {
  const turns = new Turns<string>();
  const work = Promise.withResolvers<void>();
  assert.is(turns.size, 0);
  const held = turns.takeAll(['a', 'b'], () => work.promise);
  const next = turns.take('a', () => turns.size);
  assert.is(turns.size, 2);
  work.resolve();
  await held;
  assert.is(await next, 1);
  assert.is(turns.size, 0);
});

test('keys may be compared by a map of the caller', async () => {
  const byText = new Map<string, unknown>();
  const turns = new Turns<object>({
    get: (key) => byText.get(JSON.stringify(key)),
    set: (key, line) => byText.set(JSON.stringify(key), line),
    delete: (key) => byText.delete(JSON.stringify(key)),
  });
  const work = Promise.withResolvers<void>();
  const held = turns.take({ id: 1 }, () => work.promise);
  assert.not.ok(turns.isFree({ id: 1 }));
  work.resolve();
  await held;
  assert.is(byText.size, 0);
});

type Question = { readonly kind: 'take' | 'try'; readonly key: number } | { readonly kind: 'all'; readonly keys: readonly number[] };
/** One step of a random run. `which` chooses among the requests that the step can be about. */
type Step = Question | { readonly kind: 'finish' | 'fail' | 'giveUp'; readonly which: number };

interface Asked {
  readonly keys: readonly number[];
  readonly giveUp: (() => void) | undefined;
  readonly done: Promise<unknown>;
  started: boolean;
  end: PromiseWithResolvers<string>;
}

const KEYS = 4;
const key = fc.nat(KEYS - 1);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constantFrom('take' as const, 'try' as const), key }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('all' as const), keys: fc.uniqueArray(key, { minLength: 1 }) }) },
  { weight: 5, arbitrary: fc.record({ kind: fc.constantFrom('finish' as const, 'fail' as const, 'giveUp' as const), which: fc.nat() }) },
);

test('random runs: at each moment those run who are first in all their lines, and only those', () =>
  fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
      const turns = new Turns<number>();
      const lines = Array.from({ length: KEYS }, (): Asked[] => []);
      const isFirst = (asked: Asked): boolean => asked.keys.every((one) => lines[one]![0] === asked);
      const leave = (asked: Asked): void => asked.keys.forEach((one) => lines[one]!.splice(lines[one]!.indexOf(asked), 1));
      const everyone: Asked[] = [];
      for (const one of steps) {
        const waiting = everyone.filter((asked) => lines[asked.keys[0]!]!.includes(asked) && asked.giveUp !== undefined && !isFirst(asked));
        const running = everyone.filter((asked) => isFirst(asked));
        if (!('which' in one)) {
          const asked = ask(turns, one);
          for (const place of asked.keys) lines[place]!.push(asked);
          everyone.push(asked);
          assert.is(asked.started, isFirst(asked), 'a free key is entered at once');
        } else {
          const candidates = one.kind === 'giveUp' ? waiting : running;
          const asked = candidates[one.which % candidates.length];
          if (asked === undefined) continue;
          leave(asked);
          if (one.kind === 'giveUp') asked.giveUp!();
          else if (one.kind === 'finish') asked.end.resolve('done');
          else asked.end.reject(new Error('failed'));
          const outcome = await asked.done.catch((error: Error) => error.message);
          assert.is(outcome, { giveUp: GAVE_UP, finish: 'done', fail: 'failed' }[one.kind]);
        }
        await settled();
        for (const asked of everyone) if (lines[asked.keys[0]!]!.includes(asked)) assert.is(asked.started, isFirst(asked));
        for (let place = 0; place < KEYS; place++) assert.is(turns.isFree(place), lines[place]!.length === 0);
      }
    }),
    { seed: SEED, numRuns: 200 },
  ));

test.run();

function ask(turns: Turns<number>, asked: Question): Asked {
  const end = Promise.withResolvers<string>();
  let started = false;
  let giveUp: (() => void) | undefined;
  const work = (): Promise<string> => {
    assert.not.ok(started, 'work runs once');
    started = true;
    return end.promise;
  };
  const take = (): string | GaveUp | Promise<string | GaveUp> => {
    if (asked.kind === 'all') return turns.takeAll(asked.keys, work);
    if (asked.kind === 'take') return turns.take(asked.key, work);
    return turns.tryTake(asked.key, work, (abandon) => {
      giveUp = abandon;
      return never();
    });
  };
  const done = Promise.resolve(take());
  done.catch(() => undefined);
  return {
    keys: asked.kind === 'all' ? asked.keys : [asked.key],
    giveUp,
    done,
    end,
    get started() {
      return started;
    },
  };
}

/** Objects that can be reached from the lines. */
function objectsIn(lines: ReadonlyMap<string, unknown>): number {
  const found = new Set<unknown>();
  const open: unknown[] = [...lines.values()];
  for (let one = open.pop(); one !== undefined; one = open.pop()) {
    if (typeof one !== 'object' || one === null || found.has(one)) continue;
    found.add(one);
    open.push(...(Object.values(one) as unknown[]).filter((part) => part !== undefined));
  }
  return found.size;
}

/** As a promise, whatever it is. */
async function later<R>(result: R | Promise<R>): Promise<R> {
  return result;
}

function thrown(message: string): never {
  throw new Error(message);
}
