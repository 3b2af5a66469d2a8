/** The lock table against a plain model: who holds, who waits and in which order, who is let pass, to the millisecond. */
import fc from 'fast-check';
import * as assert from 'uvu/assert';
import { KeyLocks, type LockToken } from '../../lib/partition/key-locks.ts';
import { describe } from '../kit/describe.ts';
import { testClock } from '../kit/instance.ts';
import { EFFORT, SEED } from '../kit/seed.ts';

const test = describe('key locks');

interface Person {
  readonly name: number;
  readonly key: number;
  readonly takes: boolean;
  readonly leaseMs: number;
}

/** What the table must be like, in the plainest form: an array for each line, everything computed anew. */
class Model {
  readonly holders = new Map<number, { person: Person; deadline: number }>();
  readonly lines = new Map<number, Person[]>();
  readonly served: string[] = [];
  readonly released: number[] = [];

  arrive(person: Person, now: number): void {
    if (this.holders.has(person.key)) this.line(person.key).push(person);
    else if (person.takes) this.hold(person, now);
  }

  hold(person: Person, now: number): void {
    this.holders.set(person.key, { person, deadline: person.leaseMs === 0 ? Infinity : now + person.leaseMs });
  }

  line(key: number): Person[] {
    const line = this.lines.get(key) ?? [];
    this.lines.set(key, line);
    return line;
  }

  release(key: number, now: number): void {
    this.holders.delete(key);
    for (let next = this.line(key).shift(); next !== undefined; next = this.line(key).shift()) {
      this.served.push(`${next.name} at ${now}`);
      if (next.takes) return this.hold(next, now);
    }
    this.released.push(key);
  }

  /** Ends leases in the order in which they are over; those that begin meanwhile too. */
  advance(until: number): void {
    for (;;) {
      const due = [...this.holders.entries()].filter(([, { deadline }]) => deadline <= until);
      const first = due.toSorted((a, b) => a[1].deadline - b[1].deadline)[0];
      if (first === undefined) return;
      this.release(first[0], first[1].deadline);
    }
  }
}

type Step =
  | { readonly kind: 'lock' | 'pass'; readonly key: number; readonly leaseMs: number }
  | { readonly kind: 'unlock' | 'leave'; readonly which: number }
  | { readonly kind: 'force'; readonly key: number }
  | { readonly kind: 'advance'; readonly ms: number };

const key = fc.nat(2);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ kind: fc.constantFrom('lock' as const, 'pass' as const), key, leaseMs: fc.constantFrom(0, 0, 3, 10) }),
  },
  { weight: 5, arbitrary: fc.record({ kind: fc.constantFrom('unlock' as const, 'leave' as const), which: fc.nat() }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('force' as const), key }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('advance' as const), ms: fc.nat(6) }) },
);

test('random runs: at each moment the table is what the model says', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
      const clock = testClock(0);
      const released: number[] = [];
      const locks = new KeyLocks({
        after: (delayMs, run) => clock.after(delayMs, run),
        onReleased: ({ key: one }) => released.push(one as number),
      });
      const model = new Model();
      const people: Person[] = [];
      const tokens = new Map<Person, LockToken>();
      const leavers = new Map<Person, () => void>();
      const served: string[] = [];
      const began = (person: Person, token: LockToken): void => {
        tokens.set(person, token);
        locks.confirm(person.key, token);
        if (person.leaseMs > 0) locks.lease(person.key, token, person.leaseMs, clock.now());
      };
      const arrive = (person: Person): void => {
        const at = { key: person.key, partition: person.key % 2 };
        const token = person.takes ? locks.tryLock(at) : undefined;
        if (token !== undefined) return began(person, token);
        if (!person.takes && locks.isFree(person.key)) return;
        const granted = (next: LockToken): void => {
          served.push(`${person.name} at ${clock.now()}`);
          if (person.takes) began(person, next);
          else assert.is(next, 0);
        };
        leavers.set(person, locks.wait(at, { takes: person.takes, granted, refused: () => assert.unreachable() }));
      };
      for (const one of steps) {
        const now = clock.now();
        if ('leaseMs' in one) {
          const person = { name: people.length, key: one.key, takes: one.kind === 'lock', leaseMs: one.leaseMs };
          people.push(person);
          arrive(person);
          model.arrive(person, now);
        } else if ('ms' in one) {
          clock.advance(one.ms);
          model.advance(now + one.ms);
        } else if ('key' in one) {
          assert.is(locks.forceUnlock(one.key), model.holders.has(one.key));
          if (model.holders.has(one.key)) model.release(one.key, now);
        } else {
          const person = people[one.which % people.length];
          if (person === undefined) continue;
          if (one.kind === 'unlock') {
            const token = tokens.get(person);
            if (token === undefined) continue;
            const holds = model.holders.get(person.key)?.person === person;
            assert.is(locks.unlock(person.key, token, now), holds);
            if (holds) model.release(person.key, now);
          } else {
            leavers.get(person)?.(); // also when it was served long ago: nothing happens
            const line = model.line(person.key);
            if (line.includes(person)) line.splice(line.indexOf(person), 1);
          }
        }
        assert.equal(served, model.served);
        assert.equal(released, model.released);
        assert.is(locks.size, model.holders.size);
        for (let place = 0; place < 3; place++) {
          const holder = model.holders.get(place);
          assert.is(locks.isLocked(place), holder !== undefined);
          assert.is(locks.isFree(place), holder === undefined);
        }
        for (const [person, token] of tokens) {
          assert.is(locks.isHeldBy(person.key, token, clock.now()), model.holders.get(person.key)?.person === person);
        }
        for (const partition of [0, 1]) {
          const expected = [...model.holders].filter(([place]) => place % 2 === partition);
          const images = expected.map(([place, { person, deadline }]) => ({
            key: place,
            token: tokens.get(person),
            deadline,
            holder: undefined,
          }));
          assert.equal(locks.imagesOf(partition).toSorted(byKey), images.toSorted(byKey));
        }
      }
      assert.is(new Set(tokens.values()).size, tokens.size, 'no two locks have the same token');
    }),
    { seed: SEED, numRuns: 300 * EFFORT },
  );
});

test('locks taken over from elsewhere hold on: their holders, their deadlines, and no token given twice', () => {
  const clock = testClock(1000);
  const after = (delayMs: number, run: () => void): ReturnType<typeof clock.after> => clock.after(delayMs, run);
  const old = new KeyLocks({ after });
  const a = old.tryLock({ key: 'a', partition: 7 })!;
  const b = old.tryLock({ key: 'b', partition: 7 })!;
  old.lease('b', b, 100, clock.now());
  old.tryLock({ key: 'c', partition: 8 });
  old.tryLock({ key: 'e', partition: 7 }); // nobody was told: it is not there elsewhere
  old.confirm('a', a);
  old.confirm('b', b);
  const images = structuredClone(old.imagesOf(7));
  assert.is(images.length, 2);
  const taken = new KeyLocks({ after });
  taken.install(7, images, clock.now());
  assert.equal([taken.isHeldBy('a', a, clock.now()), taken.isHeldBy('b', b, clock.now()), taken.isLocked('c')], [true, true, false]);
  assert.not.ok([a, b].includes(taken.tryLock({ key: 'd', partition: 7 })!));
  clock.advance(99);
  assert.ok(taken.isHeldBy('b', b, clock.now()));
  clock.advance(1);
  assert.not.ok(taken.isLocked('b'));
  assert.ok(taken.isLocked('a'));
  assert.ok(taken.unlock('a', a, clock.now()));
});

test('who comes while those in line are let pass gets in line behind them', () => {
  const locks = new KeyLocks({ after: () => ({ cancel: () => undefined }) });
  const at = { key: 'k', partition: 0 };
  const order: string[] = [];
  const refused = (): void => assert.unreachable();
  const token = locks.tryLock(at)!;
  const pass = (name: string, also: () => void = () => undefined): void => {
    locks.wait(at, { takes: false, granted: () => (order.push(name), also()), refused });
  };
  pass('first', () => {
    assert.equal([locks.isLocked('k'), locks.isFree('k'), locks.tryLock(at), locks.forceUnlock('k')], [false, false, undefined, false]);
    assert.equal(locks.imagesOf(0), []);
    pass('third');
  });
  pass('second');
  assert.ok(locks.unlock('k', token, 0));
  assert.equal(order, ['first', 'second', 'third']);
  assert.equal([locks.size, locks.isFree('k')], [0, true]);
});

test('a line of a hundred thousand does not overflow the stack, and those who give up leave nothing behind', () => {
  const locks = new KeyLocks({ after: () => ({ cancel: () => undefined }) });
  const at = { key: 'k', partition: 0 };
  const token = locks.tryLock(at)!;
  let passed = 0;
  for (let i = 0; i < 100_000; i++) {
    const leave = locks.wait(at, { takes: false, granted: () => passed++, refused: () => undefined });
    if (i % 2 === 0) leave();
  }
  locks.unlock('k', token, 0);
  assert.is(passed, 50_000);
});

test('closing refuses who waits and who would, leaves locks where they are, and ends no lease any more', () => {
  const clock = testClock();
  const locks = new KeyLocks({ after: (delayMs, run) => clock.after(delayMs, run) });
  const at = { key: 'k', partition: 0 };
  const token = locks.tryLock(at)!;
  locks.lease('k', token, 10, clock.now());
  const reasons: unknown[] = [];
  const waiter = { takes: true, granted: () => assert.unreachable(), refused: (reason: unknown) => void reasons.push(reason) };
  locks.wait(at, waiter);
  locks.wait(at, { ...waiter, takes: false });
  const reason = new Error('closed');
  locks.close(reason);
  locks.close(new Error('again'));
  assert.equal(reasons, [reason, reason]);
  assert.throws(() => locks.wait(at, waiter), (error: unknown) => error === reason); // prettier-ignore
  clock.advance(1000);
  assert.ok(locks.isLocked('k'));
});

test.run();

function byKey(a: { readonly key: unknown }, b: { readonly key: unknown }): number {
  return Number(a.key) - Number(b.key);
}
