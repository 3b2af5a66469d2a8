/** What any coordinator must do, whatever engine it stands on: memory, a member that serves it, and later PostgreSQL and etcd. */
import * as assert from 'uvu/assert';
import { systemClock } from '../../lib/base/clock.ts';
import type { ClusterView, Coordinator, MemberInfo, Replicas } from '../../lib/api/coordinator.ts';
import { describe } from '../kit/describe.ts';

export interface OpenedCoordinators {
  /** Two doors to one new, empty cluster; they may be the same. */
  readonly coordinators: readonly [Coordinator, Coordinator];
  close(): Promise<void>;
}

const member = (id: string): MemberInfo => ({ id, lite: false, leaving: false });
const group: Replicas = {
  epoch: 3,
  term: 2,
  primary: 'a#1',
  backups: ['b#1', 'c#7'],
  asyncBackups: ['d#1'],
  learner: undefined,
  losses: 1,
};

/** Runs as a suite of its own. */
export function coordinatorSuite(engine: string, open: () => Promise<OpenedCoordinators>): void {
  const test = describe(`coordinator: ${engine}`);
  const check = (title: string, run: (one: Coordinator, other: Coordinator) => Promise<void>): void =>
    test(title, async () => {
      const { coordinators, close } = await open();
      try {
        await run(...coordinators);
      } finally {
        await close();
      }
    });

  /** The view with these members, upon whatever is there. */
  const withMembers = async (coordinator: Coordinator, ...ids: readonly string[]): Promise<ClusterView> => {
    const { view } = await coordinator.read();
    return { ...view, members: ids.map(member) };
  };
  const join = async (coordinator: Coordinator, id: string): Promise<void> => {
    const { view } = await coordinator.read();
    const next = { ...view, members: [...view.members, member(id)] };
    assert.ok((await coordinator.propose(view.version, next, { join: id })).stored);
  };
  const beatOf = async (coordinator: Coordinator, id: string): Promise<number | undefined> => (await coordinator.read()).beats.get(id);

  check('begins with nothing', async (one, other) => {
    for (const coordinator of [one, other]) {
      const { view, beats } = await coordinator.read();
      assert.is(view.version, 0);
      assert.equal(view.members, []);
      assert.equal(view.partitions, []);
      assert.is(beats.size, 0);
    }
  });

  check('stores a view under the version that follows, for all to see', async (one, other) => {
    const first = await one.propose(0, { version: 77, members: [member('a#1')], partitions: [] });
    assert.ok(first.stored);
    assert.is(first.view.version, 1);
    const second = await other.propose(1, { ...first.view, members: [member('a#1'), member('b#1')] });
    assert.ok(second.stored);
    assert.is((await one.read()).view.version, 2);
    assert.equal((await one.read()).view.members, [member('a#1'), member('b#1')]);
  });

  check('gives a view back as it was, with what is undefined in it, however large', async (one, other) => {
    const none: Replicas = { ...group, primary: undefined, backups: [], asyncBackups: [], losses: 0 };
    const learning: Replicas = { ...group, learner: 'e#1' };
    const partitions = Array.from({ length: 271 }, (_, at) => [group, none, learning][at % 3]!);
    const members = [member('a#1'), { ...member('b#1'), lite: true }, { ...member('c#7'), leaving: true }];
    await one.propose(0, { version: 1, members, partitions });
    const { view } = await other.read();
    assert.equal(view.members, members);
    for (const [at, replicas] of view.partitions.entries()) assert.equal(replicas, partitions[at]);
    assert.is(view.partitions.length, 271);
  });

  check('refuses another version than the one that is there, and gives that', async (one, other) => {
    await join(one, 'a#1');
    for (const expected of [0, 2]) {
      const refused = await other.propose(expected, await withMembers(other, 'x#1'), { join: 'x#1', evict: [{ id: 'a#1' }] });
      assert.not.ok(refused.stored);
      assert.is(refused.view.version, 1);
      assert.equal(refused.view.members, [member('a#1')]);
    }
    const { view, beats } = await one.read();
    assert.is(view.version, 1);
    assert.equal([...beats.keys()], ['a#1']);
  });

  check('stores one of many proposals for one version', async (one, other) => {
    const names = Array.from({ length: 12 }, (_, at) => `m${at}`);
    const outcomes = await Promise.all(
      names.map((name, at) => (at % 2 === 0 ? one : other).propose(0, { version: 1, members: [member(name)], partitions: [] })),
    );
    assert.is(outcomes.filter(({ stored }) => stored).length, 1);
    const winner = names[outcomes.findIndex(({ stored }) => stored)]!;
    for (const { view } of outcomes) assert.equal(view.members, [member(winner)]);
  });

  check('counts beats from the moment of joining, of members only', async (one, other) => {
    assert.is(await one.renew('a#1'), undefined);
    await join(one, 'a#1');
    await join(other, 'b#1');
    const before = (await beatOf(one, 'a#1'))!;
    const renewed = await other.renew('a#1');
    assert.is(renewed?.version, 2);
    assert.ok(renewed!.beats.get('a#1')! > before);
    assert.ok(renewed!.beats.has('b#1'));
    const again = await one.renew('a#1');
    assert.ok(again!.beats.get('a#1')! > renewed!.beats.get('a#1')!);
    assert.is(await beatOf(other, 'a#1'), again!.beats.get('a#1'));
    assert.is(await one.renew('c#1'), undefined);
    assert.not.ok((await one.read()).beats.has('c#1'));
  });

  check('goes on counting where a member joins once more', async (one) => {
    await join(one, 'a#1');
    const renewed = await one.renew('a#1');
    await join(one, 'a#1');
    assert.is(await beatOf(one, 'a#1'), renewed!.beats.get('a#1'));
  });

  check('evicts a member whose beat is still the one that was seen', async (one, other) => {
    await join(one, 'a#1');
    await join(one, 'b#1');
    const beat = (await beatOf(one, 'a#1'))!;
    const evicted = await other.propose(2, await withMembers(other, 'b#1'), { evict: [{ id: 'a#1', beat }] });
    assert.ok(evicted.stored);
    assert.is(await one.renew('a#1'), undefined);
    assert.equal([...(await other.read()).beats.keys()], ['b#1']);
  });

  check('does not evict a member that has beaten since, nor one that is gone', async (one, other) => {
    await join(one, 'a#1');
    await join(one, 'b#1');
    const beat = (await beatOf(one, 'a#1'))!;
    await other.renew('a#1');
    for (const id of ['a#1', 'nobody#1']) {
      const refused = await other.propose(2, await withMembers(other, 'b#1'), { evict: [{ id, beat }] });
      assert.not.ok(refused.stored);
      assert.is(refused.view.version, 2);
      assert.is(refused.view.members.length, 2);
    }
    assert.ok((await one.renew('a#1')) !== undefined);
  });

  check('evicts several, or none of them', async (one) => {
    for (const id of ['a#1', 'b#1', 'c#1']) await join(one, id);
    const { beats } = await one.read();
    const evict = ['a#1', 'b#1'].map((id) => ({ id, beat: beats.get(id)! }));
    await one.renew('b#1');
    assert.not.ok((await one.propose(3, await withMembers(one, 'c#1'), { evict })).stored);
    assert.is((await one.read()).beats.size, 3);
    const now = (await one.read()).beats;
    const again = ['a#1', 'b#1'].map((id) => ({ id, beat: now.get(id)! }));
    assert.ok((await one.propose(3, await withMembers(one, 'c#1'), { evict: again })).stored);
    assert.equal([...(await one.read()).beats.keys()], ['c#1']);
  });

  check('evicts at any beat where none is named', async (one) => {
    await join(one, 'a#1');
    await one.renew('a#1');
    assert.ok((await one.propose(1, await withMembers(one), { evict: [{ id: 'a#1' }] })).stored);
    assert.is(await one.renew('a#1'), undefined);
  });

  check('lets a member leave', async (one, other) => {
    await join(one, 'a#1');
    await join(other, 'b#1');
    assert.ok((await one.propose(2, await withMembers(one, 'b#1'), { leave: 'a#1' })).stored);
    assert.is(await other.renew('a#1'), undefined);
    assert.equal([...(await other.read()).beats.keys()], ['b#1']);
  });

  check('hints at newer versions until it need not any more', async (one, other) => {
    const heard: number[] = [];
    const end = other.watch((version) => void heard.push(version));
    // A hint may be lost while the watch begins.
    for (let version = 0; heard.length === 0; version++) {
      await one.propose(version, await withMembers(one, `m${version}#1`));
      await systemClock.yield();
    }
    const { version } = (await one.read()).view;
    assert.ok(heard.every((hinted) => hinted >= 1 && hinted <= version));
    end();
    const count = heard.length;
    await one.propose(version, await withMembers(one, 'last#1'));
    await other.read();
    assert.is(heard.length, count);
  });

  test.run();
}
