/** What a near cache knows of one owner, message by message: when something is missing, when reads may come in, and how long it may be relied on. */
import * as assert from 'uvu/assert';
import type { ClusterView } from '../../lib/api/coordinator.ts';
import { Invalidations } from '../../lib/near-cache/invalidations.ts';
import { INVALIDATE, type Invalidate, type NearMembership, type NearTransport, type Sequences } from '../../lib/near-cache/near-network.ts';
import { OwnerLink } from '../../lib/near-cache/owner-link.ts';
import { describe } from '../kit/describe.ts';
import { SEED } from '../kit/seed.ts';
import { Simulation } from '../sim/simulation.ts';
import { SimProcess } from '../sim/sim-process.ts';

const test = describe('near cache, owner link');

const LEASE_MS = 300;

class Stage {
  readonly simulation = new Simulation(SEED);
  readonly clock = new SimProcess(this.simulation, 'm#1').clock;
  version = 1;
  known = 1;
  /** What the owner answers; `undefined`: nothing. */
  answer: Omit<Sequences, 'version'> | undefined = { stream: 1, seq: 0 };
  missed = 0;
  asked = 0;
  readonly link: OwnerLink;

  constructor(leaseMs = LEASE_MS) {
    const membership = {
      leaseMs,
      view: { version: 0 },
      atLeast: async () => false,
    } as unknown as NearMembership;
    Object.defineProperty(membership, 'view', { get: () => ({ version: this.known }) });
    this.link = new OwnerLink({
      owner: 'o#1',
      clock: this.clock,
      membership,
      transport: {
        request: async () => {
          this.asked++;
          if (this.answer === undefined) throw new Error('lost');
          return { ...this.answer, version: this.version };
        },
      } as unknown as NearTransport,
      maps: () => ['m'],
      onMissed: () => void this.missed++,
    });
  }

  async begin(): Promise<void> {
    this.link.ask();
    await this.simulation.run(this.simulation.now + 1);
  }

  get isFresh(): boolean {
    return this.clock.now() < this.link.freshUntil;
  }
}

test('M71 messages in order are nothing missed; a number that was left out is', async () => {
  const stage = new Stage();
  await stage.begin();
  const { missed } = stage;
  for (const seq of [1, 2, 3]) stage.link.came({ stream: 1, seq });
  stage.link.came({ stream: 1, seq: 2 });
  assert.is(stage.missed, missed);
  stage.link.came({ stream: 1, seq: 5 });
  assert.is(stage.missed, missed + 1);
});

test('M71 a number that only the answer tells of, or another stream, is something missed', async () => {
  const stage = new Stage();
  await stage.begin();
  const { missed } = stage;
  stage.link.came({ stream: 1, seq: 1 });
  stage.answer = { stream: 1, seq: 1 };
  await stage.begin();
  assert.is(stage.missed, missed);
  stage.answer = { stream: 1, seq: 2 };
  await stage.begin();
  assert.is(stage.missed, missed + 1);
  stage.answer = { stream: 2, seq: 2 };
  await stage.begin();
  assert.is(stage.missed, missed + 2);
});

test('M70 reads come in when they belong to the stream and to what came after the last gap', async () => {
  const { link, ...stage } = new Stage();
  assert.is(link.accepts({ stream: 1, seq: 0 }), false);
  link.ask();
  await stage.simulation.run(1);
  assert.is(link.accepts(undefined), false);
  assert.is(link.accepts({ stream: 2, seq: 0 }), false);
  assert.is(link.accepts({ stream: 1, seq: 0 }), true);
  link.came({ stream: 1, seq: 1 });
  assert.is(link.accepts({ stream: 1, seq: 0 }), true);
  link.came({ stream: 1, seq: 4 });
  assert.is(link.accepts({ stream: 1, seq: 3 }), false);
  assert.is(link.accepts({ stream: 1, seq: 4 }), true);
  link.lost();
  assert.is(link.accepts({ stream: 1, seq: 4 }), false);
});

test('M71 what was read is served for one lease after the last question that was answered, and no longer', async () => {
  const stage = new Stage();
  await stage.begin();
  await stage.simulation.run(2 * LEASE_MS);
  assert.ok(stage.isFresh);
  stage.answer = undefined;
  await stage.simulation.run(stage.simulation.now + LEASE_MS / 2);
  assert.ok(stage.isFresh);
  await stage.simulation.run(stage.simulation.now + LEASE_MS);
  assert.not(stage.isFresh);
  stage.answer = { stream: 1, seq: 0 };
  const { missed } = stage;
  await stage.simulation.run(stage.simulation.now + LEASE_MS);
  assert.ok(stage.isFresh);
  assert.is(stage.missed, missed, 'nothing was missing');
});

test('M71 an owner that knows of a newer view is not relied on before that view is known', async () => {
  const stage = new Stage();
  stage.version = 2;
  await stage.begin();
  assert.not(stage.isFresh);
  stage.known = 2;
  await stage.simulation.run(stage.simulation.now + LEASE_MS);
  assert.ok(stage.isFresh);
});

test('M71 a message of a stream that the answer tells of later is not missing', async () => {
  const stage = new Stage();
  stage.link.ask();
  stage.link.came({ stream: 1, seq: 1 });
  await stage.simulation.run(1);
  const { missed } = stage;
  stage.link.came({ stream: 1, seq: 2 });
  assert.is(stage.missed, missed);
});

test('without leases the owner is asked once, and relied on until the link breaks', async () => {
  const stage = new Stage(Infinity);
  await stage.begin();
  await stage.simulation.run(1e9);
  assert.is(stage.asked, 1);
  assert.is(stage.link.freshUntil, Infinity);
  stage.link.lost();
  assert.is(stage.link.freshUntil, -Infinity);
  await stage.simulation.run(2e9);
  assert.is(stage.link.freshUntil, Infinity);
});

test('M71 an owner tells once a tick, each key once, whoever asked for the map; it says nothing when it must not serve', () => {
  const posted: [string, Invalidate][] = [];
  const jobs: (() => void)[] = [];
  let serves = true;
  let asked: (from: string, body: unknown) => unknown = () => undefined;
  let viewed: (view: ClusterView) => void = () => undefined;
  const owner = new Invalidations({
    transport: {
      post: (to: string, type: string, body: Invalidate) => (assert.is(type, INVALIDATE), posted.push([to, body])),
      handle: (_: string, handler: typeof asked) => (asked = handler),
      atTickEnd: (job: () => void) => jobs.push(job),
    } as unknown as NearTransport,
    membership: {
      view: { version: 7 },
      mayServe: () => serves,
      onView: (listener: (view: ClusterView) => void) => {
        viewed = listener;
        return () => undefined;
      },
    } as unknown as NearMembership,
  });
  const map = owner.map('m');
  const tick = (): [string, Invalidate][] => {
    for (const job of jobs.splice(0)) job();
    return posted.splice(0);
  };
  map.changed('a', 1);
  assert.equal(tick(), []);
  assert.equal(asked('x#1', { maps: ['m'] }), { stream: 1, seq: 0, version: 7 });
  assert.equal(asked('y#1', { maps: ['other'] }), { stream: 2, seq: 0, version: 7 });
  assert.equal(owner.stampFor('x#1', 'm'), { stream: 1, seq: 0 });
  assert.is(owner.stampFor('y#1', 'm'), undefined);
  for (const key of ['a', 'b', 'a']) map.changed(key, 1);
  map.changed('c', 2);
  map.cleared(2);
  assert.is(jobs.length, 1);
  assert.equal(tick(), [
    [
      'x#1',
      {
        stream: 1,
        seq: 1,
        changes: [
          ['m', 2, 0],
          ['m', 1, ['a', 'b']],
        ],
      },
    ],
  ]);
  assert.equal(asked('x#1', { maps: ['m'] }), { stream: 1, seq: 1, version: 7 });
  serves = false;
  assert.is(asked('x#1', { maps: ['m'] }), undefined);
  serves = true;
  viewed({ version: 8, members: [{ id: 'y#1', lite: true, leaving: false }], partitions: [] });
  assert.is(map.isWatched, false);
  assert.equal(asked('x#1', { maps: ['m'] }), { stream: 3, seq: 0, version: 7 });
});

test.run();
