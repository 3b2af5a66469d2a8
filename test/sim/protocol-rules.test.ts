/**
 * What each rule of the protocol is for, where trouble at random rarely shows it: a stage, a few calls, and the harm that is done without the rule. Among
 * them are the four errors that the protocol's first sketch had.
 */
import * as assert from 'uvu/assert';
import type { ProtocolRules } from '../../lib/replication/replication.ts';
import { describe } from '../kit/describe.ts';
import { Stage, type StageOptions } from './stage.ts';
import { toyWorld } from './toy-world.ts';

const test = describe('rules of the protocol');

/** Holds that no harm is done with all rules, and harm without this one. `harm` says what was done, or nothing. */
function needed(rule: keyof ProtocolRules, why: string, options: StageOptions, harm: (stage: Stage) => Promise<string | undefined>): void {
  test(`${rule}: ${why}`, async () => {
    const keeping = new Stage(options);
    await keeping.settled();
    assert.is(await harm(keeping), undefined, 'harm is done although all rules are kept');
    assert.equal(keeping.faults, []);
    const breaking = new Stage({ ...options, rules: { [rule]: false } });
    await breaking.settled();
    const done = await harm(breaking);
    assert.ok(done !== undefined || breaking.faults.length > 0, 'no harm is done without the rule');
  });
}

needed('gate', 'nobody reads what is not committed', { members: 2 }, async (stage) => {
  await stage.moves('m0').catch(() => undefined);
  const [primary, backup] = [stage.group.primary!, stage.group.backups[0]!];
  stage.cutBoth(primary, backup);
  stage.cutBoth(primary, 'S');
  stage.ask('c0', 'put', 1, 0, { patienceMs: 60 });
  await stage.run(20);
  const dirty = stage.ask('c0', 'get', 0, 0, { patienceMs: 60 });
  await stage.run(100);
  stage.crash(stage.name(primary));
  await stage.until('a takeover', () => stage.group.primary === backup);
  const later = await stage.answer('c0', 'get');
  return dirty.answer === 1 && later === null ? 'read 1, then nothing' : undefined;
});

needed('leaseAfter', 'no answer when the lease has ended meanwhile', { members: 2, backups: 0, waits: true }, async (stage) => {
  const { primary } = stage.group;
  const put = stage.ask('c0', 'put', 1, 0, { onceMs: 5000, patienceMs: 8000 });
  await stage.run(3);
  stage.cluster.process(stage.name(primary))!.pause(stage.leaseMs * 3);
  await stage.until('another primary', () => stage.group.primary !== primary);
  await stage.until('an answer', () => put.isOver);
  const later = await stage.answer('c0', 'get');
  return later === 1 ? undefined : `put 1 was answered, then ${String(later)} is there`;
});

needed('promotionGate', 'what was inherited counts as uncommitted', { members: 3, backups: 2 }, async (stage) => {
  const { primary } = stage.group;
  const [first, second] = stage.group.backups as [string, string];
  stage.cutBoth(primary!, second);
  stage.cutBoth(first, second);
  stage.ask('c0', 'put', 1, 0, { patienceMs: 60 });
  await stage.run(30);
  stage.crash(stage.name(primary));
  await stage.until('a takeover', () => stage.group.primary === first);
  const dirty = stage.ask('c0', 'get', 0, 0, { patienceMs: 100, onceMs: 50 });
  await stage.run(120);
  stage.crash(stage.name(first));
  await stage.until('another takeover', () => stage.group.primary === second);
  const later = await stage.answer('c0', 'get');
  return dirty.answer === 1 && later === null ? 'read 1, then nothing' : undefined;
});

needed(
  'dedupeNoEffect',
  'an attempt that was held up does not run after the answer to another (the first error)',
  { members: 3 },
  async (stage) => {
    await stage.answer('c0', 'put', 7);
    const [from, to] = [stage.group.primary!, stage.group.backups[0]!];
    // The new primary hears late that it is one; what it asks the coordinator takes even longer.
    stage.cut(from, to, 'stall');
    stage.cluster.coordinator.tamper = (process, what, way) => (process.id === to && what === 'read' && way === 'back' ? 120 : 0);
    stage.cluster.inhabitant(stage.name(from))!.handover(0, to);
    await stage.until('the move', () => stage.group.primary === to);
    await stage.run(5);
    const asked = stage.ask('c0', 'putIfAbsent', 1, 0, { onceMs: 15 });
    await stage.run(10);
    stage.cluster.network.heal();
    await stage.until('the answer to the second attempt', () => asked.isOver, 100);
    await stage.answer('m0', 'remove');
    await stage.run(300);
    const later = await stage.answer('m0', 'get');
    return asked.answer === 7 && later === 1 ? 'was refused, and done later' : undefined;
  },
);

needed('termCheck', 'what was sent to a primary of another term is refused', { members: 3 }, async (stage) => {
  await stage.answer('c0', 'put', 7);
  const [from, to] = [stage.group.primary!, stage.group.backups[0]!];
  stage.cut(stage.id('c0'), from, 'stall');
  const asked = stage.ask('c0', 'putIfAbsent', 1, 0, { onceMs: 15 });
  await stage.run(5);
  await stage.moves(stage.name(to));
  await stage.until('the answer to the second attempt', () => asked.isOver, 1000);
  await stage.moves(stage.name(from));
  await stage.answer(stage.name(to), 'remove');
  stage.cluster.network.heal();
  await stage.run(100);
  const later = await stage.answer(stage.name(to), 'get');
  return asked.answer === 7 && later === 1 ? 'was refused, and done later' : undefined;
});

needed('barrier', 'after a move of unknown outcome nothing is served until it is known', { members: 2 }, async (stage) => {
  const [from, to] = [stage.group.primary!, stage.group.backups[0]!];
  await stage.answer('c0', 'put', 1);
  let proposals = 0;
  // The move is stored late, and no answer but to beats comes back.
  stage.cluster.coordinator.tamper = (process, what, way) => {
    if (process.id !== from || what === 'renew') return 0;
    if (what.startsWith('propose') && proposals++ === 0 && way === 'there') return 250;
    return 'lose';
  };
  stage.cluster.inhabitant(stage.name(from))!.handover(0, to);
  await stage.until('the move', () => stage.group.primary === to);
  stage.cutBoth(from, to);
  stage.cut(stage.id('c0'), from);
  await stage.until('the old primary is given up', () => stage.group.backups.length === 0);
  await stage.until('a new value', () => stage.cluster.inhabitant('c0')!.membership.view.version >= stage.group.epoch);
  const put = await stage.answer('c0', 'put', 2);
  const stale = await stage.answer(stage.name(from), 'get').catch(() => undefined);
  return put === 1 && stale === 1 ? 'the old value was read after the new one was put' : undefined;
});

needed(
  'adoptCaughtUp',
  'a learner becomes a backup when it has all that was committed (the second error)',
  { members: 1, initialMembers: 1 },
  async (stage) => {
    await stage.answer('c0', 'put', 1);
    stage.join('m1');
    // Changes go on while the copy is on its way; what follows the copy is lost.
    stage.loses('m0', 'm1', 'batch');
    let last = 1;
    for (let i = 0; i < 400 && stage.group.backups.length === 0; i++) {
      const put = stage.ask('m0', 'put', last + 1, 0, { patienceMs: 3000, onceMs: 3000 });
      await stage.run(0.4);
      if (put.isOver && put.answer !== undefined) last++;
    }
    if (stage.group.backups.length === 0) return undefined;
    stage.crash('m0');
    await stage.until('a takeover', () => stage.name(stage.group.primary) === 'm1');
    const later = (await stage.answer('c0', 'get')) as number;
    return later >= last ? undefined : `${last} was put, ${later} is there`;
  },
);

needed('gateLearner', 'commits wait for a learner from when it may be made a backup', { members: 1, initialMembers: 1 }, async (stage) => {
  await stage.answer('c0', 'put', 1);
  // That the learner is a backup is stored late; what is sent to it meanwhile is lost.
  stage.cluster.coordinator.tamper = (process, what, way) => {
    const isAdoption = process.id === stage.id('m0') && what.startsWith('propose') && stage.group.learner !== undefined;
    return isAdoption && way === 'there' ? 120 : 0;
  };
  stage.join('m1');
  await stage.until('a learner', () => stage.group.learner !== undefined);
  await stage.run(20);
  stage.loses('m0', 'm1', 'batch');
  const put = stage.ask('m0', 'put', 2, 0, { onceMs: 3000 });
  await stage.until('a backup', () => stage.group.backups.length === 1);
  stage.crash('m0');
  await stage.until('a takeover', () => stage.name(stage.group.primary) === 'm1');
  const later = await stage.answer('c0', 'get');
  return put.isOver && later !== 2 ? `put 2 was answered, then ${String(later)} is there` : undefined;
});

needed('resendTail', 'a batch that was lost is sent again before later ones count (the third error)', { members: 2 }, async (stage) => {
  const [from, to] = [stage.group.primary!, stage.group.backups[0]!];
  stage.loses(stage.name(from), stage.name(to), 'batch', 1);
  const first = stage.ask('c0', 'put', 1, 0, { onceMs: 3000 });
  await stage.run(10);
  const second = stage.ask('c0', 'put', 2, 0, { onceMs: 3000, key: 'k1' });
  await stage.until('both answers', () => first.isOver && second.isOver);
  stage.crash(stage.name(from));
  await stage.until('a takeover', () => stage.group.primary === to);
  const later = await stage.answer('c0', 'get');
  return later === 1 ? undefined : `put 1 was answered, then ${String(later)} is there`;
});

needed('keepNewer', 'a late, older view does not wipe what came under a newer one (the fourth error)', { members: 3 }, async (stage) => {
  await stage.answer('c0', 'put', 1);
  const [from, to] = [stage.group.primary!, stage.group.backups[0]!];
  const other = stage.cluster.ids(false).find((id) => id !== from && id !== to)!;
  // The third member hears of views from the coordinator alone, and late.
  let asked = false;
  stage.cluster.coordinator.tamper = (process, what, way) => {
    if (process.id !== other || what !== 'read') return 0;
    asked = true;
    return way === 'back' ? 180 : 0;
  };
  stage.cluster.network.tamper = (_, receiver, envelope) => {
    const text = receiver === other ? JSON.stringify(envelope) : '';
    return text.includes('cluster.view') && !text.includes('replication.stream') ? 'lose' : undefined;
  };
  await stage.run(200);
  asked = false;
  await stage.moves(stage.name(to));
  await stage.until('its question', () => asked, 200);
  await stage.run(3);
  void stage.cluster.inhabitant(stage.name(from))!.leave();
  await stage.until('the third as backup', () => stage.group.backups.length === 1 && stage.group.backups[0] === other, 170);
  stage.crash(stage.name(to));
  stage.crash(stage.name(from));
  stage.cluster.coordinator.tamper = undefined;
  await stage.until('a takeover', () => stage.group.primary === other);
  const later = await stage.answer('c0', 'get');
  return later === 1 ? undefined : `put 1 was answered, then ${String(later)} is there`;
});

needed('fence', 'a primary of the past changes no replica', { members: 3, backups: 2 }, async (stage) => {
  await stage.answer('c0', 'put', 1);
  const { primary } = stage.group;
  const [first, second] = stage.group.backups as [string, string];
  stage.cutBoth(primary!, 'S');
  stage.cutBoth(primary!, first);
  stage.cut(second, primary!);
  stage.ask('c0', 'put', 2, 0, { patienceMs: 60 });
  await stage.run(30);
  stage.cut(stage.id('c0'), primary!);
  await stage.until('a takeover', () => stage.group.primary === first);
  await stage.answer('c0', 'put', 3);
  // The old primary asks the second backup, again and again, how far it has come; now it gets answers.
  stage.cluster.network.heal();
  stage.cutBoth(primary!, 'S');
  stage.cutBoth(primary!, first);
  await stage.run(200);
  stage.crash(stage.name(first));
  await stage.until('another takeover', () => stage.group.primary === second, 10_000);
  const later = await stage.answer('c0', 'get');
  return later === 3 ? undefined : `put 3 was answered, then ${String(later)} is there`;
});

test('gapRule: an outage of the coordinator makes nobody look dead', async () => {
  const evictions = async (gapRule: boolean): Promise<number> =>
    (await toyWorld(8, { profile: 'dark', members: 4, rules: { gapRule } })).evictions;
  assert.is(await evictions(true), 0);
  assert.ok((await evictions(false)) > 0);
});

test.run();
