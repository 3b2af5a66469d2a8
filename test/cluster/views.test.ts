/** How views reach members, and how changes of them are proposed. */
import * as assert from 'uvu/assert';
import type { ClusterView } from '../../lib/api/coordinator.ts';
import { changeOf, withChange } from '../../lib/cluster/view-change.ts';
import { describe } from '../kit/describe.ts';
import { SEED } from '../kit/seed.ts';
import { MembersWorld } from './members-world.ts';
import { TableWorld } from './table-world.ts';

const test = describe('views');

const bumped = (partition: number) => (view: ClusterView, version: number) => ({
  ...view,
  partitions: view.partitions.with(partition, { ...view.partitions[partition]!, epoch: version }),
});

test('a change of a view makes the next one of the one before, and of no other', () => {
  const world = new TableWorld(['a', 'b', 'c'], 20, { sync: 1, async: 1 }, () => 0.2);
  world.join('d');
  world.remove('a');
  let known = world.view;
  const stale = known;
  for (let rounds = 0; rounds < 5; rounds++) {
    const before = world.view;
    world.announce(`${'bcd'[rounds % 3]}`);
    assert.equal(withChange(before, changeOf(before, world.view)), world.view);
    known = withChange(known, changeOf(before, world.view))!;
  }
  assert.equal(known, world.view);
  assert.is(withChange(stale, changeOf(known, { ...known, version: known.version + 1 })), undefined);
  const empty = { version: 0, members: [], partitions: [] };
  const first = new TableWorld(['a', 'b'], 3, { sync: 1, async: 0 }).view;
  assert.equal(withChange({ ...empty, version: first.version - 1 }, changeOf({ ...empty, version: first.version - 1 }, first)), first);
});

test('members hear of changes from who made them: nobody else asks the coordinator', async () => {
  const world = new MembersWorld(SEED, { leaseMs: Infinity });
  world.hints = false;
  const [a, b, c] = await world.start('a', 'b', 'c');
  await world.whole();
  for (const member of [a!, b!, c!]) member.calls.length = 0;
  assert.ok(await world.done(a!.membership.propose(bumped(3))));
  await world.time.pass(1);
  assert.is(b!.membership.view.version, a!.membership.view.version);
  assert.equal(b!.membership.view, c!.membership.view);
  assert.equal([...b!.calls, ...c!.calls], []);
});

test('who missed a change asks the coordinator', async () => {
  const world = new MembersWorld(SEED, { leaseMs: Infinity });
  const [a, b] = await world.start('a', 'b');
  await world.whole();
  world.hints = false;
  const { view } = a!.membership;
  await world.local.propose(view.version, { ...view, members: [...view.members] });
  assert.is(await world.done(a!.membership.propose(bumped(1))), true);
  await world.time.until(() => b!.membership.view.version === view.version + 2, 1000);
  assert.equal(b!.calls.slice(-1), ['read']);
});

test('listeners are told of each view in order, with the one before', async () => {
  const world = new MembersWorld(SEED);
  const [a, b] = await world.start('a', 'b');
  const versions: number[] = [];
  let last = b!.membership.view;
  const end = b!.membership.onView((view, before) => {
    assert.is(before, last);
    assert.is(b!.membership.view, view);
    versions.push(view.version);
    last = view;
  });
  for (let change = 0; change < 10; change++) await world.done(a!.membership.propose(bumped(change)));
  await world.time.pass(100);
  assert.equal(
    versions,
    versions.toSorted((left, right) => left - right),
  );
  assert.is(b!.membership.view.version, versions.at(-1));
  end();
  const count = versions.length;
  await world.done(a!.membership.propose(bumped(0)));
  await world.time.pass(100);
  assert.is(versions.length, count);
});

test('what several propose at a time is stored together, and made anew for the view that others have changed', async () => {
  const world = new MembersWorld(SEED);
  const members = await world.start('a', 'b', 'c');
  await world.whole();
  const { version } = members[0]!.membership.view;
  const outcomes = Array.from({ length: 60 }, (_, at) => members[at % 3]!.membership.propose(bumped(at % 12)));
  assert.ok((await world.done(Promise.all(outcomes))).every((outcome) => outcome === true));
  await world.time.pass(10);
  const { view } = members[0]!.membership;
  assert.ok(view.version - version <= 6, `${view.version - version} versions for 60 changes`);
  assert.ok(view.partitions.every(({ epoch }) => epoch > version));
});

test('a proposal comes to nothing when there is nothing to propose, and fails with what its change throws', async () => {
  const world = new MembersWorld(SEED);
  const [a] = await world.start('a');
  const { membership } = a!;
  const fault = new Error('a fault in the change');
  const outcomes = [
    membership.propose(() => undefined),
    membership.propose(() => {
      throw fault;
    }),
    membership.propose(bumped(2)),
  ];
  const [nothing, failed, stored] = await world.done(Promise.allSettled(outcomes));
  assert.equal(nothing, { status: 'fulfilled', value: false });
  assert.equal(failed, { status: 'rejected', reason: fault });
  assert.equal(stored, { status: 'fulfilled', value: true });
});

test('when the coordinator does not answer nobody knows the outcome, and all is well with the next proposal', async () => {
  const world = new MembersWorld(SEED);
  const [a] = await world.start('a');
  const { membership } = a!;
  await world.time.pass(100);
  const { version } = membership.view;
  a!.reach = 'mute';
  assert.is(await world.done(membership.propose(bumped(2))), undefined);
  assert.is(membership.view.version, version);
  assert.is((await world.local.read()).view.version, version + 1);
  a!.reach = 'down';
  assert.is(await world.done(membership.propose(bumped(2))), undefined);
  assert.is(await world.done(membership.refresh()), false);
  a!.reach = 'up';
  assert.is(await world.done(membership.propose(bumped(2))), true);
  assert.is(membership.view.version, version + 2);
});

test('questions at the same time are one, and a question asked while one is under way is asked after it', async () => {
  const world = new MembersWorld(SEED, { leaseMs: Infinity });
  const [a] = await world.start('a');
  await world.time.pass(1000);
  a!.calls.length = 0;
  const { membership } = a!;
  const first = membership.refresh();
  const second = Promise.all([membership.refresh(), membership.refresh(), membership.refresh()]);
  await world.done(first);
  assert.equal(await world.done(second), [true, true, true]);
  assert.equal(a!.calls, ['read', 'read']);
  assert.is(await world.done(membership.atLeast(membership.view.version)), true);
  assert.equal(a!.calls, ['read', 'read']);
  await world.done(membership.atLeast(membership.view.version + 1));
  assert.equal(a!.calls, ['read', 'read', 'read']);
});

test.run();
