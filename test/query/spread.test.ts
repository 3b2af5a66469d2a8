/** Who is asked for what, and again: answers that cover a part, members that are lost, callers that give up. What members answer is said by the test. */
import * as assert from 'uvu/assert';
import type { ClusterView } from '../../lib/api/coordinator.ts';
import { AbortedError, OutcomeUnknownError, QueryResultSizeError, UnavailableError } from '../../lib/errors.ts';
import { defaultMapConfig, resolve } from '../../lib/config/resolve.ts';
import { valueForm } from '../../lib/data/value.ts';
import { KeyAddresses } from '../../lib/member/key-addresses.ts';
import { MemberQueries, type QueryParts } from '../../lib/member/queries/query-server.ts';
import type { RunAnswer, RunBody } from '../../lib/member/queries/query-wire.ts';
import { Spread } from '../../lib/member/queries/spread.ts';
import { clear } from '../../lib/operations/clear.ts';
import { count, find } from '../../lib/operations/find.ts';
import { size } from '../../lib/operations/size.ts';
import { LostCallError } from '../../lib/transport/lost-call-error.ts';
import type { RequestOptions } from '../../lib/transport/transport.ts';
import { describe } from '../kit/describe.ts';
import { testClock } from '../kit/instance.ts';
import { refusal } from '../kit/refusal.ts';

const test = describe('asking all members');

interface Sent {
  readonly to: string;
  readonly body: RunBody;
  answer(answer: Partial<RunAnswer>): Promise<void>;
  fail(error: unknown): Promise<void>;
}

/** A caller without partitions, and three others that have them: a, b and c have two each. */
class World {
  readonly clock = testClock();
  readonly sent: Sent[] = [];
  readonly posts: string[] = [];
  refreshes = 0;
  view: ClusterView = viewOf(1, ['a', 'a', 'b', 'b', 'c', 'c']);
  readonly self = 'me';
  readonly #listeners = new Set<(view: ClusterView, before: ClusterView) => void>();
  readonly #handlers = new Map<string, (from: string, body: unknown) => unknown>();
  readonly spread: Spread;

  constructor() {
    const queries = new MemberQueries({
      config: resolve({ partitionCount: 6, callTimeoutSeconds: 10 }),
      clock: this.clock,
      transport: {
        handle: (type: string, handler: (from: string, body: unknown) => unknown) => void this.#handlers.set(type, handler),
        onDown: () => () => undefined,
        post: (to: string, type: string, body: unknown) => void this.posts.push(`${type} ${to} ${String(body)}`),
        request: (to: string, _type: string, body: unknown, options: RequestOptions = {}) => this.#request(to, body as RunBody, options),
      },
      membership: this,
    } as unknown as QueryParts);
    const config = { ...defaultMapConfig(), resultSizeLimit: 5 };
    this.spread = new Spread(queries, { name: 'm', config, addresses: new KeyAddresses(6, undefined), form: valueForm('frozen') });
  }

  onView(listener: (view: ClusterView, before: ClusterView) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async refresh(): Promise<boolean> {
    return ++this.refreshes > 0;
  }

  atLeast(): Promise<boolean> {
    return this.refresh();
  }

  /** What was sent since last asked, as `to:partitions`. */
  asked(): readonly string[] {
    return this.sent.map(({ to, body }) => `${to}:${body.asked?.join() ?? '-'}`);
  }

  take(): readonly Sent[] {
    return this.sent.splice(0);
  }

  async become(view: ClusterView): Promise<void> {
    const before = this.view;
    this.view = view;
    for (const listener of this.#listeners) listener(view, before);
    await settle();
  }

  async pass(ms: number): Promise<void> {
    this.clock.advance(ms);
    await settle();
  }

  alive(from: string, ticket: number): void {
    this.#handlers.get('query.alive')!(from, ticket);
  }

  #request(to: string, body: RunBody, { signal }: RequestOptions): Promise<unknown> {
    const asked = Promise.withResolvers<unknown>();
    signal?.addEventListener('abort', () => asked.reject(signal.reason));
    this.sent.push({
      to,
      body: structuredClone(body),
      async answer(answer) {
        asked.resolve(structuredClone({ covered: body.asked, parts: [], version: 1, ...answer }));
        await settle();
      },
      async fail(error) {
        asked.reject(error);
        await settle();
      },
    });
    return asked.promise;
  }
}

function viewOf(version: number, primaries: readonly string[]): ClusterView {
  const members = [...new Set(['a', 'b', 'c', ...primaries])].map((id) => ({ id, lite: false, leaving: false }));
  const partitions = primaries.map((primary) => ({
    epoch: version,
    term: version,
    primary,
    backups: [],
    asyncBackups: [],
    learner: undefined,
    losses: 0,
  }));
  return { version, members: [...members, { id: 'me', lite: true, leaving: false }], partitions };
}

/** Lets everything that can go on do so. */
const settle = (): Promise<void> => new Promise((granted) => setImmediate(granted));
const everything = { condition: { kind: 'constant', value: true }, request: undefined } as const;

test('each member is asked for its partitions, once, and the parts become one answer', async () => {
  const world = new World();
  const total = world.spread.run(size, undefined);
  assert.equal(world.asked(), ['a:0,1', 'b:2,3', 'c:4,5']);
  for (const [i, sent] of world.take().entries()) await sent.answer({ parts: [10 ** i] });
  assert.is(await total, 111);
});

test('what was not covered is asked for again, of whom the newest view names', async () => {
  const world = new World();
  const total = world.spread.run(count, everything);
  const [a, b, c] = world.take();
  await a!.answer({ parts: [1] });
  await b!.answer({ covered: [3], parts: [20], version: 2 });
  await c!.answer({ parts: [300] });
  assert.equal(world.refreshes, 1, 'somebody knows a newer view');
  await world.become(viewOf(2, ['a', 'a', 'c', 'b', 'c', 'c']));
  assert.equal(world.asked(), ['c:2']);
  await world.take()[0]!.answer({ parts: [4000] });
  assert.is(await total, 4321);
});

test('a member that is lost is asked again, by and by; one that has lost its partitions not at all', async () => {
  const world = new World();
  const total = world.spread.run(count, everything);
  const [a, b, c] = world.take();
  await a!.answer({ parts: [1] });
  await b!.fail(new LostCallError('b', 'the link broke'));
  await world.become(viewOf(2, ['a', 'a', 'b', 'b', 'a', 'a']));
  assert.equal(world.asked(), ['a:4,5', 'b:2,3'], 'c has nothing any more');
  await c!.answer({ parts: [1000] });
  const [instead, again] = world.take();
  await again!.answer({ covered: [] });
  await instead!.answer({ parts: [30] });
  await world.pass(100);
  assert.equal(world.asked(), ['b:2,3']);
  await world.take()[0]!.answer({ parts: [200] });
  assert.is(await total, 231);
});

test('an error of one ends the call for all', async () => {
  const world = new World();
  const failing = refusal(world.spread.run(find, { ...everything, wanted: 'keys' }));
  const [a] = world.take();
  await a!.fail(new QueryResultSizeError('too many'));
  assert.instance(await failing, QueryResultSizeError);
  assert.equal(world.posts, ['query.cancel b 2', 'query.cancel c 3']);
});

test('whoever aborts hears so at once, and members stop', async () => {
  const world = new World();
  const aborter = new AbortController();
  const aborted = refusal(world.spread.run(find, { ...everything, wanted: 'keys', request: { signal: aborter.signal } }));
  await settle();
  aborter.abort('enough');
  assert.instance(await aborted, AbortedError);
  assert.equal(world.posts.length, 3);
});

test('silence is given up after callTimeoutSeconds, work that is said to go on is not', async () => {
  const world = new World();
  const total = world.spread.run(size, undefined);
  const unfinished = refusal(total);
  const [a, b, c] = world.take();
  await a!.answer({ parts: [1] });
  await b!.answer({ parts: [2] });
  for (let seconds = 0; seconds < 60; seconds += 5) {
    world.alive('c', c!.body.ticket);
    await world.pass(5000);
  }
  assert.equal(world.asked(), []);
  for (let ms = 0; ms < 25_000; ms += 100) await world.pass(100);
  assert.instance(await unfinished, UnavailableError);
});

test('of a change that found nobody in the end nobody knows what was done', async () => {
  const world = new World();
  await world.become(viewOf(2, ['a', 'a', 'b', 'b', 'a', 'a']));
  const unknown = refusal(world.spread.run(clear, undefined));
  for (let ms = 0; ms < 15_000; ms += 100) {
    for (const sent of world.take())
      await (sent.to === 'b' ? sent.fail(new LostCallError('b', 'no link')) : sent.answer({ parts: [null] }));
    await world.pass(100);
  }
  assert.instance(await unknown, OutcomeUnknownError);
});

test('one partition is asked of its primary alone; rows beyond the limit of all are too many', async () => {
  const world = new World();
  const one = world.spread.run(count, { ...everything, request: { partition: 3, partitions: (partition) => partition === 3 } });
  assert.equal(world.asked(), ['b:3']);
  await world.take()[0]!.answer({ parts: [7] });
  assert.is(await one, 7);
  const many = refusal(world.spread.run(find, { ...everything, wanted: 'keys' }));
  for (const sent of world.take()) await sent.answer({ parts: [['keys', [1, 2], undefined]] });
  assert.instance(await many, QueryResultSizeError);
});

test.run();
