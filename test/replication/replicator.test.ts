/** Primaries and replicas: what is committed when, who is in step how, and what is refused. */
import * as assert from 'uvu/assert';
import { describe } from '../kit/describe.ts';
import { Members, outcome } from './members.ts';

const test = describe('replicator');

async function pair(): Promise<Members> {
  const members = new Members(['a', 'b', 'x']);
  members.table.assign({ primary: 'a', backups: ['b'] });
  await members.pass();
  return members;
}

test('replicas that begin together are in step without a copy', async () => {
  const members = await pair();
  assert.equal(await outcome(members.put('a', 'k', 'one')), 'waits');
  await members.pass();
  assert.is(members.of('b').texts.values.get('k'), 'one');
  assert.not.ok(members.of('a').texts.log.includes('snapshot'));
});

test('a change is answered when the backup has it, and so is a read of it', async () => {
  const members = await pair();
  members.lose = (kind) => kind === 'ack';
  const put = members.put('a', 'k', 'one');
  const read = members.get('a', 'k');
  const other = members.get('a', 'other');
  await members.pass();
  assert.is(await outcome(put), 'waits');
  assert.is(await outcome(read), 'waits');
  assert.is(await outcome(other), 'answers undefined');
  members.lose = () => false;
  await members.pass(400);
  assert.is(await outcome(put), 'answers undefined');
  assert.is(await outcome(read), 'answers one');
});

test('several changes of a tick are one batch, with one acknowledgement', async () => {
  const members = await pair();
  members.sent.length = 0;
  const puts = [members.put('a', 'k', 'one'), members.put('a', 'k', 'two'), members.put('a', 'l', 'three')];
  await members.pass();
  await Promise.all(puts);
  assert.equal(members.sent, ['batch a>b', 'ack b>a']);
});

test('what a batch lost is sent again', async () => {
  const members = await pair();
  let losses = 1;
  members.lose = (kind) => kind === 'batch' && losses-- > 0;
  const first = members.put('a', 'k', 'one');
  await members.pass(5);
  const second = members.put('a', 'l', 'two');
  await members.pass(5);
  // The gap was reported at once: nobody waited for a timer.
  assert.is(await outcome(first), 'answers undefined');
  assert.is(await outcome(second), 'answers undefined');
  assert.not.ok(members.of('a').texts.log.includes('snapshot'));
});

test('a batch that was lost alone is found out by asking', async () => {
  const members = await pair();
  let losses = 1;
  members.lose = (kind) => kind === 'batch' && losses-- > 0;
  const put = members.put('a', 'k', 'one');
  await members.pass(50);
  assert.is(await outcome(put), 'waits');
  await members.pass(400);
  assert.is(await outcome(put), 'answers undefined');
});

test('a broken link is asked about at once', async () => {
  const members = await pair();
  await members.pass(100);
  let losses = 1;
  members.lose = (kind) => kind === 'batch' && losses-- > 0;
  const put = members.put('a', 'k', 'one');
  await members.pass(5);
  members.breakLink('a', 'b');
  await members.pass(10);
  assert.is(await outcome(put), 'answers undefined');
});

test('a backup that stays silent is removed before anything is committed without it', async () => {
  const members = await pair();
  members.lose = (_, __, to) => to === 'b';
  const put = members.put('a', 'k', 'one');
  await members.pass(550);
  assert.equal(members.table.group.backups, ['b']);
  assert.is(await outcome(put), 'waits');
  await members.pass(400);
  assert.equal(members.table.group.backups, []);
  assert.is(await outcome(put), 'answers undefined');
});

test('without leases nobody is removed for silence', async () => {
  const members = new Members(['a', 'b'], Infinity);
  members.table.assign({ primary: 'a', backups: ['b'] });
  await members.pass();
  members.lose = (_, __, to) => to === 'b';
  const put = members.put('a', 'k', 'one');
  await members.pass(60_000);
  assert.is(await outcome(put), 'waits');
  members.lose = () => false;
  await members.pass(2000);
  assert.is(await outcome(put), 'answers undefined');
});

test('a primary that has been away does not blame its backups', async () => {
  const members = await pair();
  const put = members.put('a', 'k', 'one');
  members.time.now += 900;
  await members.pass(5);
  assert.equal(members.table.group.backups, ['b']);
  await members.pass(50);
  assert.is(await outcome(put), 'answers undefined');
});

test('an async backup is not waited for', async () => {
  const members = new Members(['a', 'b']);
  members.table.assign({ primary: 'a', asyncBackups: ['b'] });
  await members.pass();
  members.lose = (kind) => kind === 'batch';
  const put = members.put('a', 'k', 'one');
  await members.pass(2);
  assert.is(await outcome(put), 'answers undefined');
  members.lose = () => false;
  await members.pass(2000);
  assert.is(members.of('b').texts.values.get('k'), 'one');
  assert.equal(members.table.group.asyncBackups, ['b']);
});

test('an async backup that was away for long gets a copy', async () => {
  const members = new Members(['a', 'b'], Infinity);
  members.table.assign({ primary: 'a', asyncBackups: ['b'] });
  await members.pass();
  members.lose = (_, __, to) => to === 'b';
  await Promise.all([members.put('a', 'k', 'one'), members.pass(5000)]);
  await Promise.all([members.put('a', 'k', 'two'), members.pass(6000)]);
  await Promise.all([members.put('a', 'l', 'three'), members.pass(20)]);
  members.lose = () => false;
  await members.pass(3000);
  assert.equal(members.of('b').texts.values, members.of('a').texts.values);
  assert.ok(members.of('b').texts.log.includes('install'));
});

test('an async backup that was removed and chosen again, unseen by the primary, gets a copy', async () => {
  const members = new Members(['a', 'b']);
  members.table.assign({ primary: 'a', asyncBackups: ['b'] });
  await members.pass();
  await Promise.all([members.put('a', 'k', 'one'), members.pass()]);
  const { membership } = members.of('a');
  membership.isDeaf = true;
  members.table.assign({ asyncBackups: [] });
  assert.equal([...members.of('b').texts.values], []);
  members.table.assign({ asyncBackups: ['b'] });
  membership.isDeaf = false;
  membership.tell();
  await Promise.all([members.put('a', 'l', 'two'), members.pass(500)]);
  assert.equal(members.of('b').texts.values, members.of('a').texts.values);
});

test('calls that take time and have no name are let end, well or not', async () => {
  const members = await pair();
  const read = members.call('a', 'k', undefined, () => members.time.wait(5).then(() => 'found'));
  const failing = members.call('a', 'k', undefined, () => members.time.wait(5).then(() => Promise.reject(new Error('no'))));
  await members.pass();
  assert.is(await outcome(read), 'answers found');
  assert.is(await outcome(failing), 'fails: Error: no');
});

test('a learner gets a snapshot and what changes meanwhile, and becomes a backup', async () => {
  const members = await pair();
  for (let i = 0; i < 30; i++) await Promise.all([members.put('a', `k${i}`, 'old'), members.pass(3)]);
  members.table.assign({ learner: 'x' });
  for (let i = 0; i < 30; i++) {
    void members.put('a', `k${i}`, `new ${i}`);
    await members.pass(1);
  }
  await members.pass(100);
  assert.equal(members.table.group.backups, ['b', 'x']);
  assert.is(members.table.group.learner, undefined);
  assert.equal(members.of('x').texts.values, members.of('a').texts.values);
});

test('a piece that is lost is sent again, and only from there', async () => {
  const members = await pair();
  for (let i = 0; i < 30; i++) void members.put('a', `k${i}`, 'old');
  await members.pass();
  let pieces = 0;
  members.lose = (kind) => kind === 'piece' && ++pieces === 5;
  members.table.assign({ learner: 'x' });
  await members.pass(100);
  assert.equal(members.table.group.backups, ['b', 'x']);
  assert.equal(members.of('x').texts.values, members.of('a').texts.values);
  assert.is(members.of('a').texts.log.filter((line) => line === 'snapshot').length, 1);
});

test('a partition whose backup takes over goes on, and the others need no copy', async () => {
  const members = new Members(['a', 'b', 'x']);
  members.table.assign({ primary: 'a', backups: ['b', 'x'] });
  await members.pass();
  await Promise.all([members.put('a', 'k', 'one'), members.pass()]);
  members.table.assign({ primary: 'b', backups: ['x'] });
  await members.pass();
  assert.is(await members.get('b', 'k'), 'one');
  await Promise.all([members.put('b', 'k', 'two'), members.pass()]);
  assert.is(members.of('x').texts.values.get('k'), 'two');
  assert.not.ok(members.of('b').texts.log.includes('snapshot'));
});

test('after a promotion nothing is told before the other backups are in step', async () => {
  const members = new Members(['a', 'b', 'x']);
  members.table.assign({ primary: 'a', backups: ['b', 'x'] });
  await members.pass();
  // It reaches b only.
  members.lose = (kind, _, to) => kind === 'batch' && to === 'x';
  const put = members.put('a', 'k', 'one');
  await members.pass(5);
  members.lose = (_, __, to) => to === 'x';
  members.table.assign({ primary: 'b', backups: ['x'] });
  assert.is(await outcome(put), 'not served');
  const read = members.get('b', 'k');
  await members.pass(100);
  assert.is(await outcome(read), 'waits');
  members.lose = () => false;
  await members.pass(300);
  assert.is(await outcome(read), 'answers one');
  assert.is(members.of('x').texts.values.get('k'), 'one');
});

test('a replica with another past gets a copy', async () => {
  const members = new Members(['a', 'b', 'x']);
  members.table.assign({ primary: 'a', backups: ['b', 'x'] });
  await members.pass();
  // It reaches x only, which does not take over.
  members.lose = (_, __, to) => to === 'b';
  void members.put('a', 'k', 'one').catch(() => undefined);
  await members.pass(5);
  members.lose = () => false;
  members.of('a').membership.isDeaf = true;
  members.table.assign({ primary: 'b', backups: ['x'] });
  await members.pass(300);
  assert.is(members.of('x').texts.values.get('k'), undefined);
  assert.is(await members.get('b', 'k'), undefined);
});

test('a primary that was replaced is refused by its backups, and asks who is', async () => {
  const members = await pair();
  const { membership } = members.of('a');
  membership.isDeaf = true;
  members.table.assign({ primary: 'b', backups: ['a'] });
  const put = members.put('a', 'k', 'one');
  await members.pass(5);
  assert.is(await outcome(put), 'waits');
  membership.isDeaf = false;
  await members.pass(400);
  assert.is(await outcome(put), 'not served');
  assert.is(await members.get('b', 'k'), undefined);
  assert.is(members.of('a').texts.values.get('k'), undefined);
});

test('a member that holds a partition no more drops it, unless it was told of something newer', async () => {
  const members = await pair();
  await Promise.all([members.put('a', 'k', 'one'), members.pass()]);
  members.table.assign({ backups: [] });
  await members.pass();
  assert.ok(members.of('b').texts.log.includes('drop'));
  // Becomes a learner again; hears so from the primary, before it sees the views that say so.
  members.of('b').membership.isDeaf = true;
  members.table.assign({ learner: 'b' });
  await members.pass();
  assert.is(members.of('b').texts.values.get('k'), 'one');
  members.of('b').membership.isDeaf = false;
  members.of('b').membership.tell();
  assert.is(members.of('b').texts.values.get('k'), 'one');
});

test('a backup that dropped everything behind views nobody else saw is not taken for one in step', async () => {
  const members = await pair();
  await Promise.all([members.put('a', 'k', 'one'), members.pass()]);
  // The primary misses that b was removed; b comes back as a learner.
  members.of('a').membership.isDeaf = true;
  members.table.assign({ backups: [] });
  members.table.assign({ learner: 'b' });
  members.of('a').membership.isDeaf = false;
  members.of('a').membership.tell();
  await members.pass(100);
  assert.equal(members.table.group.backups, ['b']);
  assert.is(members.of('b').texts.values.get('k'), 'one');
});

test('a partition that was lost begins empty', async () => {
  const members = new Members(['a', 'b']);
  members.table.assign({ primary: 'a' });
  await members.pass();
  await Promise.all([members.put('a', 'k', 'one'), members.pass()]);
  members.table.assign({ primary: 'b', losses: 1, learner: 'a' });
  await members.pass(100);
  assert.is(await members.get('b', 'k'), undefined);
  assert.equal(members.of('b').texts.log, ['promote 3 lost', 'snapshot']);
  assert.equal(members.table.group.backups, ['a']);
  assert.is(members.of('a').texts.values.get('k'), undefined);
});

test('a change without replicas has no number, and is told apart all the same', async () => {
  const members = await pair();
  await Promise.all([members.put('a', 'k', 'one'), members.pass()]);
  members.of('b').membership.isDeaf = true;
  members.table.assign({ backups: [] });
  assert.is(members.of('a').replicator.changes(0), 0);
  await members.put('a', 'k', 'two');
  members.table.assign({ learner: 'b' });
  await members.pass(100);
  assert.is(members.of('b').texts.values.get('k'), 'two');
});

test('calls wait for a promotion, and are refused when it is called off', async () => {
  const members = new Members(['a', 'b']);
  const { promise, resolve } = Promise.withResolvers<void>();
  members.of('a').texts.promotion = promise;
  members.table.assign({ primary: 'a' });
  const { replicator } = members.of('a');
  const read = members.get('a', 'k');
  await members.pass();
  assert.is(await outcome(read), 'waits');
  assert.is(replicator.owns(0), true);
  assert.is(replicator.serves(0), false);
  resolve();
  await members.pass();
  assert.is(await outcome(read), 'answers undefined');
  assert.equal(replicator.served(), [0]);

  members.of('b').texts.promotion = new Promise(() => undefined);
  members.table.assign({ primary: 'b' });
  const other = members.get('b', 'k');
  members.table.assign({ primary: 'a' });
  assert.is(await outcome(other), 'not served');
});

test('a call that was begun under an earlier term has no effect under the next one, which waits for its end', async () => {
  const members = await pair();
  const { replicator, texts } = members.of('a');
  const store = Promise.withResolvers<void>();
  const late = members.call('a', 'k', { number: 1 }, () =>
    store.promise.then(() => {
      texts.set('k', 'late', replicator.changes(0));
      return 'done';
    }),
  );
  members.table.assign({ primary: 'b', backups: ['a'] });
  await members.pass();
  await Promise.all([members.put('b', 'k', 'one'), members.pass()]);
  members.table.assign({ primary: 'a', backups: ['b'] });
  const read = members.get('a', 'k');
  await members.pass();
  assert.is(await outcome(read), 'waits');
  store.resolve();
  await members.pass();
  assert.is(await outcome(late), 'not served');
  assert.is(await outcome(read), 'answers one');
});

test('without a lease nothing is served, and nothing told that was waited for', async () => {
  const members = await pair();
  const { membership, replicator } = members.of('a');
  const put = members.put('a', 'k', 'one');
  membership.leaseHolds = false;
  await members.pass();
  assert.is(await outcome(put), 'not served');
  assert.is(await outcome(members.get('a', 'k')), 'not served');
  assert.is(replicator.serves(0), false);
  assert.equal(replicator.served(), []);
  assert.is(await replicator.settled([0]), false);
});

test('memory that is owned no more may not change', async () => {
  const members = await pair();
  assert.throws(
    () => members.of('b').replicator.changes(0),
    (error: Error) => error.name === 'NotServedError',
  );
});

test('settled waits for what has happened', async () => {
  const members = await pair();
  const { replicator } = members.of('a');
  assert.is(await replicator.settled([0]), true);
  void members.put('a', 'k', 'one');
  const settled = Promise.resolve(replicator.settled([0]));
  assert.is(await outcome(settled), 'waits');
  await members.pass();
  assert.is(await outcome(settled), 'answers true');
});

test('a primary that is closed refuses what waits', async () => {
  const members = await pair();
  members.lose = () => true;
  const put = members.put('a', 'k', 'one');
  await members.pass(5);
  await members.of('a').replicator.close();
  assert.is(await outcome(put), 'not served');
});

test.run();
