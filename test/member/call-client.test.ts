/** Calls that are under way: each ends with its answer, or is known to be lost, however long its member works on it. */
import * as assert from 'uvu/assert';
import type { ClusterView } from '../../lib/api/coordinator.ts';
import { CallClient } from '../../lib/member/calls/call-client.ts';
import { Endpoint } from '../../lib/transport/endpoint.ts';
import { InProcessNetwork } from '../../lib/transport/in-process-network.ts';
import { LostCallError } from '../../lib/transport/lost-call-error.ts';
import { describe } from '../kit/describe.ts';
import { testClock, type TestClock } from '../kit/instance.ts';

const test = describe('call client');
const LEASE_MS = 1000;

type OnView = (view: ClusterView, before: ClusterView) => void;

function view(...members: string[]): ClusterView {
  return { version: 1, members: members.map((id) => ({ id, lite: false, leaving: false })), partitions: [] };
}

/** Two members; the second one works on its calls until it is told, and says which ones it works on. */
function opened(): {
  readonly clock: TestClock;
  readonly client: CallClient;
  readonly views: OnView[];
  readonly running: Set<number>;
  readonly answers: Map<number, (answer: string) => void>;
  readonly far: Endpoint;
} {
  const clock = testClock();
  const network = new InProcessNetwork(clock);
  const near = new Endpoint(network.links('a#1'), clock);
  const far = new Endpoint(network.links('b#1'), clock);
  const views: OnView[] = [];
  const membership = { leaseMs: LEASE_MS, onView: (listener: OnView) => (views.push(listener), () => undefined) };
  const running = new Set<number>();
  const answers = new Map<number, (answer: string) => void>();
  far.handle('work', (_, ticket) => {
    running.add(ticket as number);
    return new Promise<string>((resolve) => answers.set(ticket as number, resolve));
  });
  far.handle('call.running', (_, tickets) => (tickets as number[]).filter((ticket) => running.has(ticket)));
  return { clock, client: new CallClient({ transport: near, membership, clock }), views, running, answers, far };
}

async function turns(): Promise<void> {
  for (let i = 0; i < 8; i++) await new Promise((resolve) => setImmediate(resolve));
}

test('a call may take as long as it likes', async () => {
  const { clock, client, answers } = opened();
  const call = client.ask('b#1', 'work', (ticket) => ticket);
  for (let i = 0; i < 100; i++) {
    await turns();
    clock.advance(LEASE_MS / 10);
  }
  answers.get(1)!('done');
  assert.is((await call).body, 'done');
});

test('a call that its member does not know of is lost', async () => {
  const { clock, client, running } = opened();
  const call = client.ask('b#1', 'work', (ticket) => ticket).catch((error: unknown) => error);
  await turns();
  running.delete(1); // its answer got lost
  for (let i = 0; i < 5; i++) {
    clock.advance(LEASE_MS);
    await turns();
  }
  assert.instance(await call, LostCallError);
});

test('calls of a member that is none any more are lost at once', async () => {
  const { client, views } = opened();
  const call = client.ask('b#1', 'work', () => 1).catch((error: unknown) => error);
  await turns();
  for (const listener of views) listener(view('a#1', 'b#1'), view('a#1', 'b#1'));
  for (const listener of views) listener(view('a#1'), view('a#1', 'b#1'));
  assert.instance(await call, LostCallError);
});

test('calls of a member that does not answer are lost', async () => {
  const { clock, client, far } = opened();
  const call = client.ask('b#1', 'work', () => 1).catch((error: unknown) => error);
  await turns();
  await far.close();
  for (let i = 0; i < 6; i++) {
    clock.advance(LEASE_MS);
    await turns();
  }
  assert.instance(await call, LostCallError);
});

test.run();
