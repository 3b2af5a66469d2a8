/** At most one member at a time takes itself for the primary of a partition, whatever happens to members, clocks and the coordinator. */
import * as assert from 'uvu/assert';
import type { MembershipRules } from '../../lib/cluster/cluster-membership.ts';
import { describe } from '../kit/describe.ts';
import { EFFORT, SEED } from '../kit/seed.ts';
import { MembersWorld, type TestMember } from './members-world.ts';

const test = describe('leases');
const LEASE_MS = 1000;
const ALL: MembershipRules = { lease: true, evictAfterLease: true, gapRule: true };

interface Run {
  /** Moments at which two members could serve the same partition. */
  readonly twice: number;
  readonly evictions: number;
}

/** Pauses, crashes and losses of the coordinator; clocks that differ by up to a tenth. Partitions do not move but by eviction. */
async function run(seed: number, rules: MembershipRules): Promise<Run> {
  const world = new MembersWorld(seed, { rules, initialMembers: 4, partitionCount: 4, backups: { sync: 3, async: 0 } });
  const { time } = world;
  world.moves = false;
  const members = ['a', 'b', 'c', 'd'].map((id) => world.add(id, { rate: 0.95 + time.random() * 0.1 }));
  await world.done(Promise.all(members.map(({ membership }) => membership.join())));
  let twice = 0;
  time.afterEach = () => {
    for (let partition = 0; partition < 4; partition++) if (world.serving(partition).length > 1) twice++;
  };
  for (let trouble = 0; trouble < 12; trouble++) {
    const member: TestMember = members[Math.floor(time.random() * 4)]!;
    const dice = time.random();
    if (dice < 0.35) member.pausedUntil = time.now + time.random() * 3 * LEASE_MS;
    else if (dice < 0.6) member.reach = 'down';
    else if (dice < 0.75) member.reach = 'mute';
    else if (dice < 0.8) for (const other of members) other.reach = 'down';
    else for (const other of members) other.reach = 'up';
    await time.pass(time.random() * 1.5 * LEASE_MS);
  }
  const { view } = await world.local.read();
  return { twice, evictions: 4 - view.members.length };
}

async function runs(count: number, rules: MembershipRules): Promise<Run> {
  let [twice, evictions] = [0, 0];
  for (let seed = 0; seed < count; seed++) {
    const outcome = await run(SEED + seed, rules);
    twice += outcome.twice;
    evictions += outcome.evictions;
  }
  return { twice, evictions };
}

test('no two members serve a partition at a time, though some are evicted', async () => {
  const { twice, evictions } = await runs(10 * EFFORT, ALL);
  assert.is(twice, 0);
  assert.ok(evictions > 0);
});

test('without leases two do', async () => assert.ok((await runs(10, { ...ALL, lease: false })).twice > 0));

test('with evictions before the lease is over two do', async () =>
  assert.ok((await runs(10, { ...ALL, evictAfterLease: false })).twice > 0));

test.run();
