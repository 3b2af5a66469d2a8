/** Planned moves: nothing is lost, nothing is answered twice, and nothing is served while it is not certain who serves. */
import * as assert from 'uvu/assert';
import { describe } from '../kit/describe.ts';
import { Members, outcome } from './members.ts';

const test = describe('moves');

async function pair(): Promise<Members> {
  const members = new Members(['a', 'b', 'x']);
  members.table.assign({ primary: 'a', backups: ['b'] });
  await members.pass();
  await Promise.all([members.put('a', 'k', 'one'), members.pass()]);
  return members;
}

/** As the leader would. */
function move(members: Members): Promise<void> {
  return members.of('a').replicator.evacuate();
}

test('a partition moves to its backup without a copy, and back', async () => {
  const members = await pair();
  const moved = move(members);
  await members.pass(100);
  await moved;
  assert.is(members.table.group.primary, 'b');
  assert.equal(members.table.group.backups, ['a']);
  assert.is(await members.get('b', 'k'), 'one');
  await Promise.all([members.put('b', 'k', 'two'), members.pass()]);
  assert.is(members.of('a').texts.values.get('k'), 'two');
  assert.equal(
    members.of('a').texts.log.filter((line) => !/collect|apply/.test(line)),
    ['promote 2', 'freeze', 'demote'],
  );
});

test('calls that run are let end, and new ones refused meanwhile', async () => {
  const members = await pair();
  const store = Promise.withResolvers<string>();
  const running = members.call('a', 'k', { number: 1 }, () => store.promise);
  const moved = move(members);
  await members.pass(20);
  assert.is(await outcome(members.get('a', 'k')), 'not served');
  assert.is(members.of('a').replicator.serves(0), false);
  assert.is(members.of('a').replicator.owns(0), true);
  assert.is(members.table.group.primary, 'a');
  store.resolve('done');
  await members.pass(100);
  assert.is(await outcome(running), 'answers done');
  await moved;
  assert.is(members.table.group.primary, 'b');
});

test('a move whose calls do not end is called off', async () => {
  const members = await pair();
  void members.call('a', 'k', { number: 1 }, () => new Promise(() => undefined));
  void move(members);
  await members.pass(1030);
  assert.ok(members.of('a').texts.log.includes('thaw'));
  assert.is(members.table.group.primary, 'a');
});

test('a look at whole partitions is waited for, not for ever', async () => {
  const members = await pair();
  const end = members.of('a').replicator.hold();
  const moved = move(members);
  await members.pass(100);
  assert.is(await outcome(members.get('a', 'k')), 'answers one');
  end();
  await members.pass(100);
  await moved;
  assert.is(members.table.group.primary, 'b');

  members.of('b').replicator.hold();
  const back = members.of('b').replicator.evacuate();
  await members.pass(1200);
  await back;
  assert.is(members.table.group.primary, 'a');
});

test('when nobody knows whether it has moved, nobody serves until a newer view', async () => {
  const members = await pair();
  const { membership, replicator } = members.of('a');
  let late: (() => void) | undefined;
  membership.swallow = (store) => (late ??= store);
  membership.isDeaf = true;
  void move(members);
  await members.pass(300);
  assert.is(replicator.serves(0), false);
  // It was stored after all, and b serves; a has not heard of it.
  late!();
  await members.pass(100);
  const put = members.put('b', 'k', 'two');
  await members.pass(100);
  assert.is(await outcome(members.get('a', 'k')), 'not served');
  membership.isDeaf = false;
  await members.pass(400);
  assert.is(await outcome(put), 'answers one');
});

test('a move that another change of the view has overtaken is tried again', async () => {
  const members = await pair();
  const { membership } = members.of('a');
  membership.swallow = (store) => {
    membership.swallow = undefined;
    members.table.store(members.table.view);
    store();
  };
  const moved = move(members);
  await members.pass(500);
  await moved;
  assert.is(members.table.group.primary, 'b');
});

test('who leaves waits for backups that come, and not when nobody can take over', async () => {
  const alone = new Members(['a']);
  alone.table.assign({ primary: 'a' });
  await alone.pass();
  await alone.of('a').replicator.evacuate();

  const members = new Members(['a', 'b']);
  members.table.assign({ primary: 'a' });
  await members.pass();
  const left = members.of('a').replicator.evacuate();
  await members.pass(200);
  assert.is(await outcome(left), 'waits');
  members.table.assign({ learner: 'b' });
  await members.pass(300);
  assert.is(await outcome(left), 'answers undefined');
  assert.is(members.table.group.primary, 'b');
});

test('a learner is not made a backup by a proposal that was made for an older stream', async () => {
  const members = await pair();
  const { membership } = members.of('a');
  let store: (() => void) | undefined;
  membership.swallow = (late) => (store ??= late);
  members.table.assign({ learner: 'x' });
  await members.pass(100);
  assert.ok(store !== undefined);
  // It gates commits: the proposal may be stored at any time.
  members.lose = (_, __, to) => to === 'x';
  const put = members.put('a', 'k', 'two');
  await members.pass(50);
  assert.is(await outcome(put), 'waits');
  store();
  assert.equal(members.table.group.backups, ['b', 'x']);
  await members.pass(50);
  assert.is(await outcome(put), 'waits');
  membership.swallow = undefined;
  await members.pass(1500);
  assert.is(await outcome(put), 'answers one');
  assert.equal(members.table.group.backups, ['b']);
});

test.run();
