/** Partitions are spread evenly, move no more than they must, and are never held by fewer on the way (M47, M53). */
import fc from 'fast-check';
import * as assert from 'uvu/assert';
import type { ClusterView, Replicas } from '../../lib/api/coordinator.ts';
import { assign } from '../../lib/cluster/assignment.ts';
import { inStep } from '../../lib/cluster/replica-targets.ts';
import { describe } from '../kit/describe.ts';
import { EFFORT, SEED } from '../kit/seed.ts';
import { isAsync, isPrimary, isReplica, range, TableWorld } from './table-world.ts';

const test = describe('assignment');

const names = (count: number): string[] => Array.from({ length: count }, (_, at) => `m${at}`);
const sizes = { members: fc.integer({ min: 1, max: 7 }), count: fc.integer({ min: 1, max: 60 }), sync: fc.integer({ min: 0, max: 3 }) };
const params = { seed: SEED, numRuns: 60 * EFFORT };

function assertWhole({ view, wanted }: TableWorld): void {
  const eligible = view.members.filter(({ lite, leaving }) => !lite && !leaving).length;
  const copies = Math.min(1 + wanted.sync, eligible);
  for (const replicas of view.partitions) {
    assert.is(inStep(replicas).length, copies);
    assert.is(replicas.asyncBackups.length, Math.min(wanted.async, eligible - copies));
    assert.is(replicas.learner, undefined);
  }
}

function assertEven(world: TableWorld): void {
  assert.ok(range(world.loads(isPrimary)) <= 1, `primaries ${world.loads(isPrimary).join()}`);
  assert.ok(range(world.loads(isReplica)) <= 1, `replicas ${world.loads(isReplica).join()}`);
  assert.ok(range(world.loads(isAsync)) <= 2, `asynchronous ${world.loads(isAsync).join()}`);
  assertWhole(world);
}

function assertSound(view: ClusterView): void {
  const members = new Set(view.members.map(({ id }) => id));
  for (const replicas of view.partitions) {
    const { primary, backups, asyncBackups, learner, epoch, term } = replicas;
    const holding = [primary, ...backups, ...asyncBackups, learner].filter((id) => id !== undefined);
    assert.is(new Set(holding).size, holding.length, `a member twice: ${JSON.stringify(replicas)}`);
    assert.ok(
      holding.every((id) => members.has(id)),
      'holds though it is no member',
    );
    assert.ok(term <= epoch && epoch <= view.version);
  }
}

test('271 partitions on 1 to 12 members: no member is primary of more than one above the mean, nothing is copied to begin with', () => {
  for (let count = 1; count <= 12; count++) {
    const world = new TableWorld(names(count), 271, { sync: 1, async: 1 });
    assertEven(world);
    assert.ok(Math.max(...world.loads(isPrimary)) - 271 / count < 1);
    assert.ok(range(world.loads(isAsync)) <= 1);
    assert.ok(world.round());
    assert.is(world.copies, 0);
  }
});

test('the backups of one primary are spread over all others, so that nobody inherits much more than others', () => {
  const world = new TableWorld(names(6), 271, { sync: 1, async: 0 });
  for (const { id } of world.view.members) {
    const heirs = world.view.partitions.filter(({ primary }) => primary === id).map(({ backups }) => backups[0]!);
    const counts = names(6).flatMap((other) => (other === id ? [] : [heirs.filter((heir) => heir === other).length]));
    assert.ok(range(counts) <= 2, `${id}: ${counts.join()}`);
  }
});

test('who joins gets its share and no copy more; nobody else gets any', () => {
  fc.assert(
    fc.property(fc.record(sizes), ({ members, count, sync }) => {
      const world = new TableWorld(names(members), count, { sync, async: 0 });
      const copies = world.view.partitions.reduce((sum, replicas) => sum + inStep(replicas).length, 0);
      world.join('new');
      world.settle();
      assertEven(world);
      const wanted = count * Math.min(1 + sync, members + 1);
      const share = Math.max(Math.floor(wanted / (members + 1)), wanted - copies);
      assert.ok(world.copies === share, `${world.copies} copies for ${share}`);
      assert.is(world.copies, world.loads(isReplica).at(-1));
    }),
    params,
  );
});

test('who dies is replaced by copies of what it had, and hardly more', () => {
  fc.assert(
    fc.property(fc.record({ ...sizes, dead: fc.nat() }), ({ members, count, sync, dead }) => {
      const world = new TableWorld(names(members + 1), count, { sync, async: 0 });
      const gone = `m${dead % (members + 1)}`;
      const had = world.view.partitions.filter((replicas) => isReplica(replicas, gone)).length;
      world.remove(gone);
      assertSound(world.view);
      world.settle();
      assertEven(world);
      assert.ok(world.copies <= had + members, `${world.copies} copies for ${had}`);
    }),
    params,
  );
});

test('who leaves is emptied while everything stays held by as many as before', () => {
  fc.assert(
    fc.property(fc.record({ ...sizes, leaver: fc.nat() }), ({ members, count, sync, leaver }) => {
      const world = new TableWorld(names(members + 1), count, { sync, async: 1 });
      const leaving = `m${leaver % (members + 1)}`;
      world.announce(leaving);
      const copies = Math.min(1 + sync, members);
      for (let rounds = 0; !world.round(); rounds++) {
        assertSound(world.view);
        assert.ok(world.view.partitions.every((replicas) => inStep(replicas).length >= copies));
        assert.ok(rounds < 2000);
      }
      // Where the others are too few it keeps its copies to the end.
      const keeps = members < 1 + sync;
      assert.not.ok(world.view.partitions.some((replicas) => (!keeps && isReplica(replicas, leaving)) || isAsync(replicas, leaving)));
      assert.not.ok(world.view.partitions.some((replicas) => isPrimary(replicas, leaving)));
      world.remove(leaving);
      assertEven(world);
      assert.is(
        world.view.partitions.reduce((sum, { losses }) => sum + losses, 0),
        0,
      );
    }),
    params,
  );
});

const step = fc.oneof(
  { weight: 12, arbitrary: fc.constant({ kind: 'round' as const, at: 0 }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('join' as const), at: fc.nat() }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('remove' as const), at: fc.nat() }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('leave' as const), at: fc.nat() }) },
);

test('whatever happens while things move: the plan never takes a copy away before another is in step, and all ends even', () => {
  const dice = fc.infiniteStream(fc.double({ min: 0, max: 0.999, noNaN: true }));
  const world = fc.record({ ...sizes, async: fc.integer({ min: 0, max: 2 }), steps: fc.array(step, { maxLength: 80 }), dice });
  fc.assert(
    fc.property(world, ({ members, count, sync, async, steps, dice: thrown }) => {
      const chance = (): number => thrown.next().value ?? 0;
      const table = new TableWorld(names(members), count, { sync, async }, chance);
      let joined = 0;
      for (const { kind, at } of steps) {
        const before = table.view;
        const some = before.members[at % Math.max(1, before.members.length)]?.id;
        if (kind === 'join') table.join(`new${joined++}`, at % 5 === 0);
        if (kind === 'remove' && some !== undefined) table.remove(some);
        if (kind === 'leave' && some !== undefined) table.announce(some);
        if (kind === 'round') {
          table.round();
          assertNothingGivenUp(before, table.view, sync);
        }
        assertSound(table.view);
      }
      table.settle();
      for (const { id, leaving } of table.view.members) if (leaving) table.remove(id);
      table.settle();
      if (table.loads(isPrimary).length > 0) assertEven(table);
      assert.ok(table.copiesAtOnce <= 8);
    }),
    params,
  );
});

/** Copies that were in step go only when as many as wanted stay, on members that stay. */
function assertNothingGivenUp(before: ClusterView, after: ClusterView, sync: number): void {
  const staying = new Set(after.members.filter(({ lite, leaving }) => !lite && !leaving).map(({ id }) => id));
  for (const [partition, then] of before.partitions.entries()) {
    const now: Replicas = after.partitions[partition]!;
    const gone = inStep(then).filter((id) => !inStep(now).includes(id));
    if (gone.length > 0) assert.is(inStep(now).filter((id) => staying.has(id)).length, Math.min(1 + sync, staying.size));
    if (then.primary !== undefined) assert.ok(now.losses === then.losses);
  }
}

test('a partition that all its holders left at once begins again, empty, and says so', () => {
  const world = new TableWorld(names(4), 60, { sync: 1, async: 0 });
  const both = world.view.partitions.filter((replicas) => inStep(replicas).every((id) => id === 'm0' || id === 'm1'));
  assert.ok(both.length > 0);
  world.remove('m0', 'm1');
  const lost = world.view.partitions.filter(({ losses }) => losses === 1);
  assert.is(lost.length, both.length);
  assert.ok(lost.every(({ term, primary }) => term === world.view.version && primary !== undefined));
  world.settle();
  assertEven(world);
});

test('while nobody can hold partitions nobody does, and who comes then begins with all of them', () => {
  const world = new TableWorld(names(1), 10, { sync: 1, async: 0 });
  world.join('lite', true);
  world.remove('m0');
  assert.ok(world.view.partitions.every(({ primary, losses }) => primary === undefined && losses === 1));
  assert.ok(world.round());
  world.join('late');
  world.settle();
  assert.equal(world.loads(isPrimary), [10]);
  assert.ok(world.view.partitions.every(({ losses }) => losses === 1));
});

test('an asynchronous backup takes over when no other is left, and that is no loss of the partition', () => {
  const world = new TableWorld(names(3), 9, { sync: 0, async: 2 });
  world.remove('m0');
  assert.ok(world.view.partitions.every(({ primary, losses }) => primary !== 'm0' && losses === 0));
});

test('where a copy has just failed another member is tried first, and that one when there is no other', () => {
  const world = new TableWorld(names(4), 12, { sync: 1, async: 0 });
  world.remove('m3');
  const version = world.view.version + 1;
  const learners = (avoided: readonly string[]): (string | undefined)[] => {
    const { view } = assign(world.view, version, { wanted: world.wanted, avoid: (_, member) => avoided.includes(member) });
    return view!.partitions.flatMap(({ learner }) => (learner === undefined ? [] : [learner]));
  };
  const lacking = world.view.partitions.filter(({ backups }) => backups.length === 0);
  assert.is(learners([]).length, lacking.length);
  assert.is(learners(['m0', 'm1', 'm2']).length, lacking.length);
  assert.is(learners(['m0']).filter((id) => id === 'm0').length, 0);
  assert.is(learners(['m0', 'm1']).filter((id) => id !== 'm2').length, lacking.filter(({ primary }) => primary === 'm2').length);
});

test('backups that stay take over before those that are leaving', () => {
  const world = new TableWorld(names(3), 9, { sync: 2, async: 0 });
  world.announce('m1');
  world.remove('m0');
  const inherited = world.view.partitions.filter(({ term }) => term === world.view.version);
  assert.ok(inherited.length > 0);
  assert.ok(inherited.every(({ primary }) => primary === 'm2'));
});

test.run();
