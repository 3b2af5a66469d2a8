/** A call is run once, however often it is asked for, and whoever is asked. */
import * as assert from 'uvu/assert';
import { describe } from '../kit/describe.ts';
import { Members, outcome } from './members.ts';

const test = describe('kept answers');

async function pair(): Promise<Members> {
  const members = new Members(['a', 'b', 'x']);
  members.table.assign({ primary: 'a', backups: ['b'] });
  await members.pass();
  return members;
}

test('a repeated call gets the first answer and is not run again', async () => {
  const members = await pair();
  const first = members.put('a', 'k', 'one', { number: 1 });
  const again = members.put('a', 'k', 'one', { number: 1 });
  await members.pass();
  assert.is(await first, undefined);
  assert.is(await again, undefined);
  assert.is(await outcome(members.put('a', 'k', 'one', { number: 1 })), 'answers undefined');
  await Promise.all([members.put('a', 'k', 'two', { number: 2 }), members.pass()]);
  assert.is(await outcome(members.put('a', 'k', 'one', { number: 1 })), 'answers undefined');
  assert.is(members.of('a').texts.values.get('k'), 'two');
});

test('a repetition joins the run that is under way, and both hear of its error', async () => {
  const members = await pair();
  let runs = 0;
  const { promise, resolve } = Promise.withResolvers<string>();
  const run = (): Promise<string> => (runs++, promise);
  const both = [members.call('a', 'k', { number: 1 }, run), members.call('a', 'k', { number: 1 }, run)];
  resolve('done');
  assert.equal(await Promise.all(both), ['done', 'done']);
  assert.is(runs, 1);

  const failing = Promise.withResolvers<string>();
  const fails = [1, 2].map(() => members.call('a', 'k', { number: 2 }, () => failing.promise));
  failing.reject(new Error('no'));
  await members.pass();
  for (const one of fails) assert.is(await outcome(one), 'fails: Error: no');
  // Calls that failed are not remembered.
  assert.is(await members.call('a', 'k', { number: 2 }, () => 'run again'), 'run again');
});

test('the backup that takes over knows the answers', async () => {
  const members = await pair();
  await Promise.all([members.put('a', 'k', 'one', { number: 1 }), members.pass()]);
  await Promise.all([members.put('a', 'k', 'two', { number: 2, doneBelow: 1 }), members.pass()]);
  members.table.assign({ primary: 'b', backups: ['x'] });
  await members.pass();
  assert.is(await members.put('b', 'k', 'two', { number: 2, doneBelow: 1 }), 'one');
  assert.is(await members.put('b', 'k', 'one', { number: 1 }), undefined);
  assert.is(members.of('b').texts.values.get('k'), 'two');
});

test('answers go along with a snapshot, those of calls without effect too', async () => {
  const members = new Members(['a', 'b']);
  members.table.assign({ primary: 'a' });
  await members.pass();
  await members.put('a', 'k', 'one', { number: 1 });
  assert.is(await members.call('a', 'k', { number: 2 }, () => 'present'), 'present');
  members.table.assign({ learner: 'b' });
  await members.pass(100);
  members.table.assign({ primary: 'b', backups: [] });
  await members.pass();
  assert.is(await members.put('b', 'k', 'again', { number: 1 }), undefined);
  assert.is(await members.call('b', 'k', { number: 2 }, () => 'run again'), 'present');
});

test('a call without effect is not run again once it is answered', async () => {
  const members = await pair();
  assert.is(await members.call('a', 'k', { number: 1 }, () => 'absent'), 'absent');
  await Promise.all([members.put('a', 'k', 'one', { number: 2 }), members.pass()]);
  assert.is(await members.call('a', 'k', { number: 1 }, () => 'run again'), 'absent');
});

test('a call whose caller has gone on is refused', async () => {
  const members = await pair();
  await Promise.all([members.put('a', 'k', 'one', { number: 1 }), members.pass()]);
  await Promise.all([members.put('a', 'k', 'two', { number: 3, doneBelow: 3 }), members.pass()]);
  assert.is(await outcome(members.put('a', 'k', 'one', { number: 1 })), 'not served');
  // Another line, another caller: other numbers.
  assert.is(await outcome(members.call('a', 'k', { number: 1, line: 1 }, () => 'run')), 'answers run');
  assert.is(await outcome(members.call('a', 'k', { number: 1, caller: 'c2' }, () => 'run')), 'answers run');
});

test('a call of somebody who has left, or was never there, is refused', async () => {
  const members = await pair();
  assert.is(await members.call('a', 'k', { number: 1 }, () => 'run'), 'run');
  members.table.remove('c1');
  await members.pass();
  for (const caller of ['c1', 'nobody']) {
    const call = members.call('a', 'k', { number: 2, caller }, () => 'run');
    await members.pass();
    assert.is(await outcome(call), 'not served');
  }
});

test('a call of somebody who has joined just now is served after a look', async () => {
  const members = await pair();
  members.of('a').membership.isDeaf = true;
  const { view } = members.table;
  members.table.store({ ...view, members: [...view.members, { id: 'c9', lite: true, leaving: false }] });
  members.of('a').membership.isDeaf = false;
  assert.is(await members.call('a', 'k', { number: 1, caller: 'c9' }, () => 'run'), 'run');
});

test('a call that was sent under another term is refused; under one to come it waits for the view', async () => {
  const members = await pair();
  const term = members.table.group.term;
  assert.is(await outcome(members.call('a', 'k', { number: 1 }, () => 'run', term - 1)), 'not served');
  members.of('b').membership.isDeaf = true;
  members.table.assign({ primary: 'b', backups: ['a'] });
  members.of('b').membership.isDeaf = false;
  assert.is(await members.call('b', 'k', { number: 2 }, () => 'run', members.table.group.term), 'run');
  members.of('b').membership.isDeaf = true;
  const early = members.call('b', 'k', { number: 3 }, () => 'run', members.table.group.term + 5);
  await members.pass();
  assert.is(await outcome(early), 'not served');
});

test('an error is told when what it saw is committed', async () => {
  const members = await pair();
  members.lose = (kind) => kind === 'ack';
  void members.put('a', 'k', 'one');
  const fails = members.call('a', 'k', { number: 1 }, () => {
    throw new Error('taken');
  });
  await members.pass(5);
  assert.is(await outcome(fails), 'waits');
  members.lose = () => false;
  await members.pass(300);
  assert.is(await outcome(fails), 'fails: Error: taken');
});

test('a run that ends after its member was replaced is not remembered', async () => {
  const members = await pair();
  const store = Promise.withResolvers<string>();
  const call = members.call('a', 'k', { number: 1 }, () => store.promise);
  members.table.assign({ primary: 'b', backups: ['a'] });
  await members.pass();
  store.resolve('late');
  await members.pass();
  assert.is(await outcome(call), 'not served');
  members.table.assign({ primary: 'a', backups: ['b'] });
  await members.pass();
  assert.is(await members.call('a', 'k', { number: 1 }, () => 'run again'), 'run again');
});

test.run();
