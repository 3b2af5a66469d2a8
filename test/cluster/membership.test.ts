/** Members join, are known to be alive or not, leave, and are replaced (M52, M53). */
import { channel } from 'node:diagnostics_channel';
import * as assert from 'uvu/assert';
import { describe } from '../kit/describe.ts';
import { SEED } from '../kit/seed.ts';
import { MembersWorld, type TestMember } from './members-world.ts';

const test = describe('membership');
const LEASE_MS = 1000;

const primariesOf = ({ id }: TestMember, { membership }: TestMember): number =>
  membership.view.partitions.filter(({ primary }) => primary === id).length;
const idsIn = ({ membership }: TestMember): string[] => membership.view.members.map(({ id }) => id);

test('who comes first has all partitions; who comes later gets its part', async () => {
  const world = new MembersWorld(SEED);
  const [first] = await world.start('a');
  assert.ok(first!.membership.mayServe());
  assert.is(primariesOf(first!, first!), 12);
  const [second, third] = await world.start('b', 'c');
  await world.whole();
  for (const member of [first!, second!, third!]) assert.is(primariesOf(member, second!), 4);
});

test('with initialMembers partitions wait for so many, and nothing is copied then', async () => {
  const world = new MembersWorld(SEED, { initialMembers: 3 });
  const [a, b] = await world.start('a', 'b');
  assert.is(a!.membership.view.partitions.length, 0);
  const lite = world.add('lite', { lite: true });
  await world.done(lite.membership.join());
  assert.is(b!.membership.view.partitions.length, 0);
  const [c] = await world.start('c');
  assert.ok(c!.membership.view.partitions.every(({ backups, epoch, term }) => backups.length === 1 && epoch === term));
  assert.is(c!.membership.view.partitions[0]!.epoch, c!.membership.view.version);
  await world.time.pass(2000);
  assert.is(a!.membership.view.version, 4);
});

test('a lite member holds nothing, and may lead', async () => {
  const world = new MembersWorld(SEED);
  const lite = world.add('lite', { lite: true });
  await world.done(lite.membership.join());
  const members = await world.start('a', 'b', 'c');
  await world.whole();
  assert.is(primariesOf(lite, members[0]!), 0);
  world.crash(members[1]!);
  await world.time.until(() => !idsIn(lite).includes('b'), 3 * LEASE_MS);
  await world.whole();
});

test('a member serves a lease from the sending of its last beat, and not longer; then it goes on without loss', async () => {
  const world = new MembersWorld(SEED);
  const members = await world.start('a', 'b');
  await world.whole();
  for (const member of members) member.reach = 'down';
  await world.time.pass(0.7 * LEASE_MS);
  assert.ok(members.every(({ membership }) => membership.mayServe()));
  await world.time.pass(0.4 * LEASE_MS);
  assert.not.ok(members.some(({ membership }) => membership.mayServe()));
  await world.time.pass(10 * LEASE_MS);
  const { version } = members[0]!.membership.view;
  for (const member of members) member.reach = 'up';
  await world.time.pass(LEASE_MS);
  assert.ok(members.every(({ membership }) => membership.mayServe() && !membership.deposed.aborted));
  assert.is(members[0]!.membership.view.version, version);
});

test('who could not read the beats counts anew: without that an outage of the coordinator makes members evict each other', async () => {
  for (const gapRule of [true, false]) {
    const world = new MembersWorld(SEED, { rules: { lease: true, evictAfterLease: true, gapRule } });
    const members = await world.start('a', 'b', 'c');
    await world.whole();
    for (const member of members.toReversed()) {
      member.reach = 'down';
      await world.time.pass(0.3 * LEASE_MS);
    }
    await world.time.pass(3 * LEASE_MS);
    members[0]!.reach = 'up';
    await world.time.pass(0.6 * LEASE_MS);
    for (const member of members) member.reach = 'up';
    await world.time.pass(LEASE_MS);
    assert.is(idsIn(members[0]!).length, gapRule ? 3 : 1);
  }
});

test('who ends is evicted after its lease, its backups take over, and what they lack is made good', async () => {
  const world = new MembersWorld(SEED);
  const [a, b, c] = await world.start('a', 'b', 'c');
  await world.whole();
  const before = b!.membership.view;
  const since = world.time.now;
  world.crash(a!);
  await world.time.until(() => !idsIn(b!).includes('a'), 3 * LEASE_MS);
  assert.ok(world.time.now - since > LEASE_MS, 'not before the lease was over');
  assert.ok(world.time.now - since < 2 * LEASE_MS);
  for (const [partition, { primary, backups, losses }] of b!.membership.view.partitions.entries()) {
    const then = before.partitions[partition]!;
    assert.is(primary, then.primary === 'a' ? then.backups[0] : then.primary);
    assert.not.ok(backups.includes('a'));
    assert.is(losses, 0);
  }
  await world.whole();
  assert.is(c!.membership.view.members.length, 2);
});

test('when the leader ends the next one leads', async () => {
  const world = new MembersWorld(SEED);
  const members = await world.start('a', 'b', 'c', 'd');
  await world.whole();
  world.crash(members[0]!);
  world.crash(members[1]!);
  await world.time.until(() => idsIn(members[2]!).join() === 'c,d', 4 * LEASE_MS);
  await world.whole();
});

test('who was stopped for longer than its lease does not serve when it goes on, and learns that it was evicted', async () => {
  const world = new MembersWorld(SEED);
  const [a, b] = await world.start('a', 'b');
  await world.whole();
  b!.pausedUntil = world.time.now + 3 * LEASE_MS;
  await world.time.pass(3 * LEASE_MS);
  assert.equal(idsIn(a!), ['a']);
  assert.not.ok(b!.membership.mayServe());
  await world.time.pass(LEASE_MS);
  assert.ok(b!.membership.deposed.aborted);
  assert.match(String(b!.membership.deposed.reason), 'goes on without b');
  assert.is(await b!.membership.propose((view) => view), false);
});

test('a leader that was stopped evicts nobody for what it did not see', async () => {
  const world = new MembersWorld(SEED);
  const [a, b] = await world.start('a', 'b');
  await world.whole();
  // Short enough not to be evicted itself.
  a!.pausedUntil = world.time.now + 0.9 * LEASE_MS;
  await world.time.pass(3 * LEASE_MS);
  assert.equal(idsIn(b!), ['a', 'b']);
});

test('an eviction is refused when the member has beaten since', async () => {
  const world = new MembersWorld(SEED);
  const [a, b] = await world.start('a', 'b');
  const { beats } = await world.local.read();
  await world.time.pass(LEASE_MS);
  const evict = [{ id: 'b', beat: beats.get('b')! }];
  const outcome = a!.membership.propose((view) => ({ ...view, members: view.members.slice(0, 1) }), { evict });
  assert.is(await world.done(outcome), false);
  assert.ok(b!.membership.mayServe());
});

test('without waiting for the end of its lease a member is evicted that may serve still', async () => {
  for (const evictAfterLease of [true, false]) {
    const world = new MembersWorld(SEED, { rules: { lease: true, evictAfterLease, gapRule: true } });
    const [, b] = await world.start('a', 'b');
    await world.whole();
    b!.pausedUntil = world.time.now + 0.9 * LEASE_MS;
    await world.time.pass(2 * LEASE_MS);
    assert.is(b!.membership.deposed.aborted, !evictAfterLease);
  }
});

test('who leaves is emptied first, loses nothing, and is not said to be evicted', async () => {
  const world = new MembersWorld(SEED);
  const [a, b, c] = await world.start('a', 'b', 'c');
  await world.whole();
  assert.ok(await world.done(a!.membership.announceLeaving()));
  assert.ok(await world.done(a!.membership.emptied(5000)));
  assert.is(primariesOf(a!, b!), 0);
  await world.done(a!.membership.leave());
  assert.not.ok(a!.membership.deposed.aborted);
  assert.not.ok(a!.membership.mayServe());
  await world.time.pass(100);
  assert.equal(idsIn(c!), ['b', 'c']);
  assert.ok(c!.membership.view.partitions.every(({ losses }) => losses === 0));
});

test('who leaves keeps its copies until those who stay have given a sign of life, where they are too few', async () => {
  const world = new MembersWorld(SEED);
  const [a, b] = await world.start('a', 'b');
  await world.whole();
  b!.pausedUntil = world.time.now + 0.7 * LEASE_MS;
  assert.ok(await world.done(a!.membership.announceLeaving()));
  let isEmptied = false;
  void a!.membership.emptied(10 * LEASE_MS).then(() => (isEmptied = true));
  await world.time.pass(0.6 * LEASE_MS);
  assert.not.ok(isEmptied);
  await world.time.pass(2 * LEASE_MS);
  assert.ok(isEmptied);
  assert.ok(a!.membership.view.partitions.every(({ primary, backups }) => primary === 'b' && backups.includes('a')));
});

test('all leave, one after the other, and the last need not wait for anybody', async () => {
  const world = new MembersWorld(SEED);
  const members = await world.start('a', 'b', 'c');
  await world.whole();
  for (const { membership } of members) {
    await world.done(membership.announceLeaving());
    assert.ok(await world.done(membership.emptied(5000)));
    await world.done(membership.leave());
  }
  const { view, beats } = await world.local.read();
  assert.equal(view.members, []);
  assert.is(beats.size, 0);
  assert.ok(view.partitions.every(({ primary, losses }) => primary === undefined && losses === 1));
});

test('who leaves does not serve from the moment it says so, whenever the answer comes', async () => {
  const world = new MembersWorld(SEED);
  const [a, b] = await world.start('a', 'b');
  await world.whole();
  a!.reach = 'mute';
  const left = a!.membership.leave();
  assert.not.ok(a!.membership.mayServe());
  await world.time.pass(100);
  assert.equal(
    (await world.local.read()).view.members.map(({ id }) => id),
    ['b'],
  );
  assert.is(world.serving(0).length, b!.membership.view.partitions[0]!.primary === 'b' ? 1 : 0);
  await world.done(left);
});

test('where ends are known for certain nobody beats, and who has ended is gone at once', async () => {
  const world = new MembersWorld(SEED, { leaseMs: Infinity });
  const [a, b, c] = await world.start('a', 'b', 'c');
  await world.whole();
  const calls = a!.calls.length;
  await world.time.pass(100_000);
  assert.is(a!.calls.length, calls);
  assert.ok(a!.membership.mayServe());
  world.crash(b!);
  await world.done(c!.membership.evict(['b']), 100);
  assert.equal(idsIn(c!), ['a', 'c']);
  await world.whole();
});

test('a member joins as soon as the coordinator can be reached', async () => {
  const world = new MembersWorld(SEED);
  const a = world.add('a');
  a.reach = 'down';
  const joined = a.membership.join();
  await world.time.pass(10_000);
  assert.not.ok(a.membership.mayServe());
  a.reach = 'up';
  await world.done(joined, 2000);
  assert.ok(a.membership.mayServe());
});

test('a join whose answer was lost counts', async () => {
  const world = new MembersWorld(SEED);
  const a = world.add('a');
  a.onCall = (name) => void (a.reach = name === 'propose' ? 'mute' : a.reach);
  const joined = a.membership.join();
  await world.time.pass(LEASE_MS);
  a.reach = 'up';
  await world.done(joined);
  assert.is((await world.local.read()).view.version, 1);
  assert.ok(a.membership.mayServe());
});

test('who waits to join can be called off', async () => {
  const world = new MembersWorld(SEED);
  const a = world.add('a');
  a.reach = 'down';
  const stop = new AbortController();
  const joined = a.membership.join(stop.signal);
  await world.time.pass(500);
  stop.abort(new Error('enough'));
  const [outcome] = await world.done(Promise.allSettled([joined]));
  assert.match(String(outcome.status === 'rejected' && outcome.reason), 'enough');
  const b = world.add('b');
  b.reach = 'down';
  const stopped = b.membership.join();
  await world.time.pass(500);
  b.membership.stop();
  const [ended] = await world.done(Promise.allSettled([stopped]));
  assert.match(String(ended.status === 'rejected' && ended.reason), 'stopped while it joined');
});

test('many who come at once all join, and what they get is even', async () => {
  const world = new MembersWorld(SEED, { initialMembers: 8 });
  const members = Array.from({ length: 8 }, (_, at) => world.add(`m${at}`));
  await world.done(Promise.all(members.map(({ membership }) => membership.join())));
  await world.whole();
});

test('tells of members and partitions that come and go', async () => {
  const heard: string[] = [];
  const onMember = (message: unknown): void => {
    const { self, event, member } = message as { self: string; event: string; member: string };
    if (self === 'a') heard.push(`${member} ${event}`);
  };
  const lost = new Set<number>();
  const onPartition = (message: unknown): void => {
    const { event, partition } = message as { event: string; partition: number };
    if (event === 'lost') lost.add(partition);
  };
  channel('cobnut.members').subscribe(onMember);
  channel('cobnut.partitions').subscribe(onPartition);
  const world = new MembersWorld(SEED, { backups: { sync: 0, async: 0 } });
  const [, b, c] = await world.start('a', 'b', 'c');
  await world.time.pass(3000);
  await world.done(b!.membership.announceLeaving());
  await world.done(b!.membership.emptied(5000));
  await world.done(b!.membership.leave());
  await world.time.pass(1000);
  assert.is(lost.size, 0);
  world.crash(c!);
  await world.time.pass(5000);
  assert.equal(heard, ['a joined', 'b joined', 'c joined', 'b left', 'c evicted']);
  assert.is(lost.size, 6);
  channel('cobnut.members').unsubscribe(onMember);
  channel('cobnut.partitions').unsubscribe(onPartition);
});

test.run();
