/** Calls between members: order, ticks, errors, deadlines, links that break. */
import { setImmediate as tick } from 'node:timers/promises';
import { MessageChannel } from 'node:worker_threads';
import * as assert from 'uvu/assert';
import type { Links } from '../../lib/api/transport.ts';
import { ValueError } from '../../lib/errors.ts';
import { Endpoint } from '../../lib/transport/endpoint.ts';
import { InProcessNetwork } from '../../lib/transport/in-process-network.ts';
import { LostCallError } from '../../lib/transport/lost-call-error.ts';
import { PortLinks } from '../../lib/transport/port-links.ts';
import { Moved, Noted, type Waiter } from '../../lib/transport/transport.ts';
import { describe } from '../kit/describe.ts';
import { testClock } from '../kit/instance.ts';
import { refusalOf } from './refusal-of.ts';

const test = describe('endpoint');

/** Links that remember what went out. */
function watched(links: Links, sent: unknown[][]): Links {
  return {
    self: links.self,
    send(to, envelope, transfer) {
      sent.push(envelope as unknown[]);
      links.send(to, envelope, transfer);
    },
    onEnvelope: (receive) => links.onEnvelope(receive),
    onDown: (listener) => links.onDown(listener),
    close: () => links.close(),
  };
}

/** Two members in one process. */
function pair() {
  const clock = testClock();
  const network = new InProcessNetwork(clock);
  const sent: unknown[][] = [];
  const a = new Endpoint(watched(network.links('a#1'), sent), clock);
  const b = new Endpoint(network.links('b#1'), clock);
  return { clock, network, sent, a, b };
}

async function ticks(count = 5): Promise<void> {
  for (let i = 0; i < count; i++) await tick();
}

test('answers come to those who asked, plain ones, late ones and errors', async () => {
  const { a, b } = pair();
  b.handle('twice', (from, body) => [from, (body as number) * 2]);
  b.handle('late', async (_, body) => {
    await tick();
    return body;
  });
  b.handle('no', () => {
    throw new ValueError('no value', { details: { path: 'a.b' } });
  });
  b.handle('late no', async () => {
    await tick();
    throw new TypeError('no');
  });
  const [one, two, three] = await Promise.all([
    a.request('b#1', 'late', 'x'),
    a.request('b#1', 'twice', 4),
    a.request('b#1', 'late', undefined),
  ]);
  assert.equal([one, two, three], ['x', ['a#1', 8], undefined]);
  const error = await refusalOf(a.request('b#1', 'no', 1));
  assert.instance(error, ValueError);
  assert.equal((error as ValueError).details, { path: 'a.b' });
  assert.instance(await refusalOf(a.request('b#1', 'late no', 1)), TypeError);
  assert.match((await refusalOf(a.request('b#1', 'unknown', 1))).message, /'b#1' knows no 'unknown'/);
  assert.throws(() => b.handle('no', () => 1), /has a handler already/);
});

test('all of a tick goes in one envelope, its promises included, in order, jobs of its end before it goes', async () => {
  const { a, b, sent } = pair();
  const got: unknown[] = [];
  b.handle('note', (_, body) => got.push(body));
  b.handle('ask', (_, body) => (got.push(body), body));
  a.atTickEnd(() => {
    a.post('b#1', 'note', 'at the end');
    a.atTickEnd(() => a.post('b#1', 'note', 'at the very end'));
  });
  a.post('b#1', 'note', 1);
  const asked = a.request('b#1', 'ask', 2);
  void Promise.resolve()
    .then(() => undefined)
    .then(() => a.post('b#1', 'note', 3));
  assert.is(await asked, 2);
  assert.equal(got, [1, 2, 3, 'at the end', 'at the very end']);
  assert.is(sent.length, 1);
  a.post('b#1', 'note', 4);
  await ticks();
  assert.is(sent.length, 2);
});

test('a job that throws keeps nothing from going out', async () => {
  const { a, b } = pair();
  const got: unknown[] = [];
  b.handle('note', (_, body) => got.push(body));
  const unhandled = once('unhandledRejection');
  a.atTickEnd(() => {
    throw new Error('a bad job');
  });
  a.atTickEnd(() => a.post('b#1', 'note', 1));
  assert.match(((await unhandled) as Error).message, /a bad job/);
  await ticks();
  assert.equal(got, [1]);
});

test('to itself: later, and with a copy', async () => {
  const { a } = pair();
  const got: unknown[] = [];
  a.handle('echo', (from, body) => (got.push(from), body));
  const body = { list: [1] };
  const asked = a.request('a#1', 'echo', body);
  assert.equal(got, []);
  const answer = await asked;
  assert.equal(answer, body);
  assert.not(answer === body);
  assert.equal(got, ['a#1']);
});

test('what can not be sent fails alone', async () => {
  const { a, b } = pair();
  const got: unknown[] = [];
  b.handle('note', (_, body) => void got.push(body));
  b.handle('bad answer', () => ({ run: (): void => undefined }));
  b.handle('echo', (_, body) => body);
  const bytes = new Uint8Array([1, 2]);
  a.post('b#1', 'note', 'also good');
  const [bad, badAnswer, good, moved] = await Promise.allSettled([
    a.request('b#1', 'echo', () => 1),
    a.request('b#1', 'bad answer', 1),
    a.request('b#1', 'echo', 'good'),
    a.request('b#1', 'echo', bytes, { transfer: [bytes.buffer] }),
  ]);
  assert.is(bad.status, 'rejected');
  assert.is(badAnswer.status, 'rejected');
  assert.equal(good, { status: 'fulfilled', value: 'good' });
  assert.equal(moved, { status: 'fulfilled', value: new Uint8Array([1, 2]) });
  assert.equal(got, ['also good']);
});

test('who asks without a promise is told the answer with its note, what was thrown, that the link broke, and that this end is closed', async () => {
  const { a, b, network } = pair();
  b.handle('echo', (_, body) => body);
  b.handle('noted', (_, body) => new Noted(body, { version: 3 }));
  b.handle('no', () => {
    throw new ValueError('no');
  });
  b.handle('never', () => new Promise(() => undefined));
  const told: unknown[] = [];
  const waiter = (name: string): Waiter => ({
    to: 'b#1',
    answered: (answer, note) => told.push([name, answer, note]),
    failed: (error) => told.push([name, (error as Error).constructor]),
  });
  for (const type of ['echo', 'noted', 'no', 'never']) a.ask(type, 1, waiter(type));
  await ticks();
  assert.equal(told, [
    ['echo', 1, undefined],
    ['noted', 1, { version: 3 }],
    ['no', ValueError],
  ]);
  network.cut('a#1', 'b#1');
  await ticks();
  assert.equal(told[3], ['never', LostCallError]);
  await a.close();
  a.ask('echo', 1, waiter('closed'));
  assert.equal(told[4], ['closed', LostCallError]);
});

test('buffers are moved there and back', async () => {
  const { a, b } = pair();
  b.handle('add', (_, body) => {
    const bytes = body as Uint8Array<ArrayBuffer>;
    bytes[0]! += 1;
    return new Moved({ bytes }, [bytes.buffer]);
  });
  const bytes = new Uint8Array([1, 2]);
  const answer = await a.request('b#1', 'add', bytes, { transfer: [bytes.buffer] });
  assert.equal(answer, { bytes: new Uint8Array([2, 2]) });
  assert.is(bytes.byteLength, 0);
});

test("a deadline ends a call, and a late answer is nobody's", async () => {
  const { a, b, clock } = pair();
  let answer: ((value: number) => void) | undefined;
  b.handle('slow', () => new Promise((resolve) => (answer = resolve)));
  const [long, short] = [a.request('b#1', 'slow', 1, { timeoutMs: 100 }), a.request('b#1', 'slow', 2, { timeoutMs: 50 })];
  await ticks();
  clock.advance(49);
  answer!(7); // the second one's
  await ticks();
  assert.is(await short, 7);
  const gone = refusalOf(long);
  clock.advance(51);
  const error = await gone;
  assert.instance(error, LostCallError);
  assert.match(error.message, /no answer from member 'b#1': the time was over/);
  answer!(8);
  await ticks();
});

test('a signal ends a call with its reason', async () => {
  const { a, b } = pair();
  b.handle('slow', () => new Promise(() => undefined));
  const abort = new AbortController();
  const asked = refusalOf(a.request('b#1', 'slow', 1, { signal: abort.signal }));
  await ticks();
  abort.abort(new Error('enough'));
  assert.is((await asked).message, 'enough');
  assert.is((await refusalOf(a.request('b#1', 'slow', 1, { signal: abort.signal }))).message, 'enough');
});

test('a link that breaks loses the calls that wait on it, and those only; later ones go by the new link', async () => {
  const { a, b, clock, network } = pair();
  const c = new Endpoint(network.links('c#1'), clock);
  let served = 0;
  for (const member of [b, c]) member.handle('slow', async (_, body) => (served++, await ticks(3), body));
  const downs: string[] = [];
  a.onDown((member) => downs.push(member));
  const stop = a.onDown((member) => downs.push(`again ${member}`));
  const [lost, kept] = [refusalOf(a.request('b#1', 'slow', 1)), a.request('c#1', 'slow', 2)];
  await ticks(3);
  assert.is(served, 2);
  network.cut('a#1', 'b#1');
  assert.instance(await lost, LostCallError);
  assert.is(await kept, 2);
  assert.equal(downs, ['b#1', 'again b#1']);
  stop();
  assert.instance(await refusalOf(a.request('b#1', 'slow', 3)), LostCallError);
  assert.equal(downs, ['b#1', 'again b#1', 'b#1']);
  network.heal('a#1', 'b#1');
  assert.is(await a.request('b#1', 'slow', 4), 4);
});

test('a member that ends without a word, and one that closes', async () => {
  const { a, b, network } = pair();
  b.handle('slow', () => new Promise(() => undefined));
  const waiting = refusalOf(a.request('b#1', 'slow', 1));
  await ticks();
  network.kill('b#1');
  assert.instance(await waiting, LostCallError);
  const own = refusalOf(a.request('b#1', 'slow', 1));
  await a.close();
  assert.match((await own).message, /this end was closed/);
  assert.match((await refusalOf(a.request('b#1', 'slow', 1))).message, /this end was closed/);
  await a.close();
});

test('what was posted before closing arrives', async () => {
  const { a, b } = pair();
  const got: unknown[] = [];
  b.handle('note', (_, body) => got.push(body));
  a.post('b#1', 'note', 'farewell');
  await a.close();
  a.post('b#1', 'note', 'too late');
  await ticks();
  assert.equal(got, ['farewell']);
});

test('over ports too: calls, farewells, and a program that may end when nothing is waited for', async () => {
  const waits: boolean[] = [];
  class Waiting extends PortLinks {
    override waiting(some: boolean): void {
      waits.push(some);
      super.waiting(some);
    }
  }
  const [one, two] = [new Waiting('a#1'), new PortLinks('b#1')];
  const { port1, port2 } = new MessageChannel();
  one.connect('b#1', port1);
  two.connect('a#1', port2);
  const [a, b] = [new Endpoint(one, testClock()), new Endpoint(two, testClock())];
  b.handle('echo', (_, body) => body);
  b.handle('never', () => new Promise(() => undefined));
  assert.equal(await Promise.all([a.request('b#1', 'echo', 1), a.request('b#1', 'echo', 2)]), [1, 2]);
  assert.equal(waits, [true, false]);
  const lost = refusalOf(a.request('b#1', 'never', 1));
  const down = new Promise((resolve) => a.onDown(resolve));
  await tick();
  await b.close();
  assert.instance(await lost, LostCallError);
  assert.is(await down, 'b#1');
  assert.equal(waits, [true, false, true, false]);
  await a.close();
});

function once(event: 'unhandledRejection'): Promise<unknown> {
  const others = process.listeners(event);
  process.removeAllListeners(event);
  return new Promise((resolve) => {
    process.once(event, (reason) => {
      for (const other of others) process.on(event, other);
      resolve(reason);
    });
  });
}

test.run();
