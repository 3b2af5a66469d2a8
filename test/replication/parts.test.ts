/** The parts of replication by themselves. */
import * as assert from 'uvu/assert';
import type { ClusterView, Replicas } from '../../lib/api/coordinator.ts';
import { BatchTail } from '../../lib/replication/batch-tail.ts';
import { Callers } from '../../lib/replication/callers.ts';
import { CommitLine } from '../../lib/replication/commit-line.ts';
import { CopySlots } from '../../lib/replication/copy-slots.ts';
import { KeptAnswers } from '../../lib/replication/kept-answers.ts';
import { type GroupHost, PrimaryGroup } from '../../lib/replication/primary-group.ts';
import { PromotionQueue } from '../../lib/replication/promotion-queue.ts';
import { ALL_RULES } from '../../lib/replication/protocol-rules.ts';
import type { PartitionState } from '../../lib/replication/replication.ts';
import { Stream } from '../../lib/replication/stream.ts';
import { VirtualTime } from '../cluster/virtual-time.ts';
import { describe } from '../kit/describe.ts';
import { Texts } from './members.ts';

const test = describe('parts of replication');

const batch = (seq: number) => ({ seq, change: seq, answers: undefined });

test('a tail keeps what may have to be sent again', () => {
  const tail = new BatchTail(10);
  assert.ok(tail.reaches(10));
  assert.not.ok(tail.reaches(9));
  for (let seq = 11; seq <= 20; seq++) tail.push(batch(seq));
  assert.ok(tail.reaches(10));
  tail.forget(13);
  assert.not.ok(tail.reaches(12));
  assert.ok(tail.reaches(13));
  for (let seq = 14; seq <= 20; seq++) assert.is(tail.get(seq).seq, seq);
  tail.forget(12);
  tail.forget(18);
  tail.push(batch(21));
  for (let seq = 19; seq <= 21; seq++) assert.is(tail.get(seq).seq, seq);
  tail.forget(Infinity);
  assert.ok(tail.reaches(21));
  assert.not.ok(tail.reaches(20));
  tail.reset(30);
  tail.push(batch(31));
  assert.is(tail.get(31).seq, 31);
});

test('a tail does not grow for ever', () => {
  const tail = new BatchTail(0);
  for (let seq = 1; seq <= 10_000; seq++) tail.push(batch(seq));
  assert.ok(tail.reaches(10_000 - 4096));
  assert.not.ok(tail.reaches(10_000 - 4097));
  assert.is(tail.get(6000).seq, 6000);
});

test('who waits for a batch hears of it, or of the end', async () => {
  const line = new CommitLine(5);
  assert.is(line.committed, -1);
  const heard: string[] = [];
  const wait = (seq: number): void =>
    void line.until(seq).then(
      () => heard.push(`committed ${seq}`),
      (error: Error) => heard.push(`${error.message} ${seq}`),
    );
  assert.is(line.next(), 6);
  for (const seq of [6, 5, 6, 7]) wait(seq);
  assert.is(line.commit(6), true);
  assert.is(line.commit(6), false);
  assert.is(line.commit(4), false);
  wait(6);
  await Promise.resolve();
  await Promise.resolve();
  line.end(new Error('ended'));
  wait(8);
  await new Promise((resolve) => setImmediate(resolve));
  // The order of settling is not what is tested.
  assert.equal(heard.toSorted(), ['committed 5', 'committed 6', 'committed 6', 'committed 6', 'ended 7', 'ended 8']);
});

function view(version: number, ...members: string[]): ClusterView {
  return { version, members: members.map((id) => ({ id, lite: false, leaving: false })), partitions: [] };
}

test('callers are known while they are members, and from the word of somebody who knows more', () => {
  const callers = new Callers();
  assert.is(callers.line('a', 0, view(3, 'b')), undefined);
  const known = callers.line('b', 0, view(3, 'b'))!;
  assert.is(callers.line('b', 0, view(3, 'b')), known);
  assert.is.not(callers.line('b', 1, view(3, 'b')), known);
  const newcomer = callers.line('c', 0, view(3, 'b'), 5)!;
  assert.is(callers.line('d', 0, view(3, 'b'), 3), undefined);
  assert.is(callers.follow(view(4, 'a')), true);
  assert.is(known.isGone, true);
  assert.is(newcomer.isGone, false);
  assert.is(callers.follow(view(5, 'a')), true);
  assert.is(newcomer.isGone, true);
  assert.is(callers.follow(view(6, 'a')), false);
});

test('answers are kept until their callers have gone on, and travel', () => {
  const callers = new Callers();
  const known = view(1, 'a', 'b');
  const line = callers.line('a', 0, known)!;
  const kept = new KeptAnswers();
  for (let number = 1; number <= 4; number++) kept.add(line, { number, seq: number, answer: `answer ${number}`, running: undefined });
  const other = callers.line('b', 0, known)!;
  kept.add(other, { number: 1, seq: 0, answer: undefined, running: Promise.resolve() });
  line.doneBelow = 3;
  assert.equal(kept.toWire(), ['a', 0, 3, 3, 3, 'answer 3', 'a', 0, 4, 3, 4, 'answer 4']);
  kept.prune();
  assert.is(kept.find(line, 2), undefined);
  assert.is(kept.find(line, 4)?.answer, 'answer 4');

  const replica = new KeptAnswers();
  const elsewhere = new Callers();
  replica.take(kept.toWire(), elsewhere, known, 1);
  replica.take(['a', 0, 4, 4, 9, 'again'], elsewhere, known, 1);
  replica.take(['nobody', 0, 4, 4, 9, 'again'], elsewhere, known, 1);
  assert.equal(replica.toWire(), ['a', 0, 4, 4, 9, 'again']);

  kept.forgetRunning();
  assert.is(kept.find(other, 1), undefined);
  callers.follow(view(2, 'b'));
  kept.prune();
  assert.equal(kept.toWire(), []);
});

const REPLICAS: Replicas = { epoch: 2, term: 2, primary: 'a', backups: [], asyncBackups: [], learner: undefined, losses: 0 };

function newGroup(partition: number): PrimaryGroup {
  const host: GroupHost = {
    state: new Texts(),
    rules: ALL_RULES,
    now: () => 0,
    nextStream: () => 1,
    send: () => undefined,
    needsCopy: () => undefined,
    copyEnded: () => undefined,
    caughtUp: () => undefined,
    ranLate: () => undefined,
    isDirty: () => undefined,
  };
  return new PrimaryGroup(host, partition, REPLICAS, { term: 0, seq: 0 }, new KeptAnswers());
}

interface Promotions {
  readonly queue: PromotionQueue;
  readonly time: VirtualTime;
  readonly log: string[];
  /** What a promotion of the partition does. */
  readonly how: Map<number, () => void | Promise<void>>;
  readonly unready: Set<number>;
}

function promotions(): Promotions {
  const time = new VirtualTime(1);
  const log: string[] = [];
  const how = new Map<number, () => void | Promise<void>>();
  const unready = new Set<number>();
  const state: Partial<PartitionState> = {
    promote: (partition) => {
      log.push(`promote ${partition}`);
      return how.get(partition)?.();
    },
  };
  const serves = (group: PrimaryGroup): void => {
    group.serve();
    log.push(`serve ${group.partition}`);
  };
  const queue = new PromotionQueue(state as PartitionState, time.clock(), ({ partition }) => !unready.has(partition), serves);
  return { queue, time, log, how, unready };
}

test('promotions that take no time are done at once', () => {
  const { queue, log } = promotions();
  for (const partition of [1, 2]) queue.add(newGroup(partition), false);
  queue.work();
  assert.equal(log, ['promote 1', 'serve 1', 'promote 2', 'serve 2']);
});

test('promotions go one after the other, those first that somebody waits for', async () => {
  const { queue, time, log, how } = promotions();
  const groups = [1, 2, 3].map(newGroup);
  for (const group of groups) queue.add(group, false);
  const first = Promise.withResolvers<void>();
  how.set(1, () => first.promise);
  queue.work();
  groups[2]!.promoted().catch(() => undefined);
  queue.work();
  assert.equal(log, ['promote 1']);
  first.resolve();
  await time.pass(1);
  assert.equal(log, ['promote 1', 'serve 1', 'promote 3', 'serve 3', 'promote 2', 'serve 2']);
});

test('a promotion that is called off keeps nobody waiting', async () => {
  const { queue, time, log, how } = promotions();
  const [one, two] = [newGroup(1), newGroup(2)];
  how.set(1, () => new Promise(() => undefined));
  queue.add(one, false);
  queue.add(two, false);
  queue.work();
  one.end(new Error('ended'));
  await time.pass(1);
  assert.equal(log, ['promote 1', 'promote 2', 'serve 2']);
});

test('a promotion that fails is tried again', async () => {
  const { queue, time, log, how } = promotions();
  let failures = 2;
  how.set(1, () => {
    if (failures-- > 0) throw new Error('no store');
  });
  how.set(2, () => (failures-- > 0 ? Promise.reject(new Error('no store')) : undefined));
  queue.add(newGroup(1), false);
  queue.work();
  await time.pass(200);
  assert.equal(log, ['promote 1', 'promote 1', 'promote 1', 'serve 1']);
  failures = 1;
  queue.add(newGroup(2), false);
  queue.work();
  await time.pass(200);
  assert.equal(log.slice(4), ['promote 2', 'promote 2', 'serve 2']);
});

test('many promotions are looked at a few times each, not once for each of the others', () => {
  const { queue, log, unready } = promotions();
  let looks = 0;
  unready.has = () => (looks++, false);
  for (let partition = 0; partition < 1000; partition++) queue.add(newGroup(partition), false);
  queue.work();
  assert.is(log.length, 2000);
  assert.ok(looks <= 2000, `${looks} looks`);
});

test('what is not ready is promoted later', () => {
  const { queue, log, unready } = promotions();
  unready.add(1);
  for (const partition of [1, 2]) queue.add(newGroup(partition), false);
  queue.work();
  assert.equal(log, ['promote 2', 'serve 2']);
  unready.clear();
  queue.work();
  assert.equal(log.slice(2), ['promote 1', 'serve 1']);
});

test('few snapshots at a time, those of backups first', () => {
  const slots = new CopySlots();
  const group = newGroup(1);
  const copied: string[] = [];
  group.copy = (stream) => void copied.push(stream.to);
  const roles = ['async', 'learner', 'backup', 'async', 'backup', 'async'] as const;
  const streams = roles.map((role, i) => new Stream(i, `${role} ${i}`, role, 0));
  for (const stream of streams) {
    group.streams.set(stream.to, stream);
    slots.wait(group, stream);
  }
  slots.begin();
  assert.equal(copied, []); // not promoted yet
  group.serve();
  assert.ok(slots.hasNext);
  slots.begin();
  assert.equal(copied, ['backup 2', 'backup 4', 'learner 1', 'async 0']);
  assert.not.ok(slots.hasNext);
  slots.ended(streams[2]!);
  group.streams.delete('async 3');
  slots.begin();
  assert.equal(copied.slice(4), ['async 5']);
});

test.run();
