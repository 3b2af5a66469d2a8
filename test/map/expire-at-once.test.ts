/** Thousands of entries that expire at the same moment: nobody sees one of them afterwards, and the event loop goes on turning. */
import * as assert from 'uvu/assert';
import type { IMap } from '../../lib/index.ts';
import { describe } from '../kit/describe.ts';
import { openMap, testClock, type TestClock } from '../kit/instance.ts';

const test = describe('expiry of many at once');

const COUNT = 20_000;
const LASTING = 5000;

interface Row {
  readonly n: number;
  readonly group: number;
  readonly text: string;
}

/** A clock on which each look takes `lookMs`, and which counts how often the event loop turned. Its timers never ring, so nothing is removed by itself. */
class SlowClock {
  readonly base = testClock();
  lookMs = 0;
  turns = 0;
  onTurn: (() => void) | undefined;
  #spentMs = 0;
  readonly clock: TestClock = {
    ...this.base,
    now: () => this.base.now() + (this.#spentMs += this.lookMs),
    after: () => ({ cancel: () => undefined }),
    yield: () => {
      this.turns++;
      this.onTurn?.();
      return this.base.yield();
    },
  };

  advance(ms: number): void {
    this.#spentMs += ms;
  }
}

type Look = (map: IMap<number, Row>) => Promise<unknown>;

const LOOKS: Readonly<Record<string, readonly [look: Look, expected: unknown]>> = {
  size: [(map) => map.size(), LASTING],
  isEmpty: [(map) => map.isEmpty(), false],
  containsValue: [(map) => map.containsValue({ n: 1, group: 1, text: 'x' }), false],
  values: [async (map) => (await map.values()).filter(({ n }) => n < COUNT).length, 0],
  'keySet by an index': [async (map) => (await map.keySet('group = 3')).length, LASTING / 5],
  'keySet by a scan': [async (map) => (await map.keySet('n < 5')).length, 0],
  'an ordered page': [async (map) => (await map.query().orderBy('n').limit(1).toArray()).map(({ n }) => n), [COUNT]],
  count: [(map) => map.query().where('group = 3').count(), LASTING / 5],
  'count of all': [(map) => map.query().count(), LASTING],
  'an iteration': [
    async (map) => {
      let count = 0;
      for await (const { n } of map.query())
        if (n >= COUNT) count++;
        else throw new Error(`${n} has expired`);
      return count;
    },
    LASTING,
  ],
  removeAll: [async (map) => (await map.removeAll('group = 3'), map.size()), (LASTING / 5) * 4],
  clear: [async (map) => (await map.clear(), map.size()), 0],
  evictAll: [async (map) => (await map.evictAll(), map.size()), 0],
};

async function filled(slow: SlowClock): Promise<Awaited<ReturnType<typeof openMap<number, Row>>>> {
  const opened = await openMap<number, Row>(
    { values: 'trusted', indexes: [{ attribute: 'group' }, { attribute: 'n', ordered: true }] },
    { clock: slow.clock },
  );
  for (let n = 0; n < COUNT; n++) await opened.map.set(n, { n, group: n % 5, text: 'x' }, { ttlSeconds: 10 });
  for (let n = COUNT; n < COUNT + LASTING; n++) await opened.map.set(n, { n, group: n % 5, text: 'x' });
  return opened;
}

for (const [name, [look, expected]] of Object.entries(LOOKS)) {
  test(`${name}: sees none, and waits in slices until they are gone`, async () => {
    const slow = new SlowClock();
    await using opened = await filled(slow);
    slow.advance(10_000);
    slow.lookMs = 0.25;
    slow.turns = 0;
    assert.equal(await look(opened.map), expected);
    assert.ok(slow.turns > 10, `${slow.turns} turns of the event loop`);
    const { expirationCount, evictionCount, removeCount } = opened.map.getLocalMapStats();
    assert.is(expirationCount, COUNT);
    assert.ok(evictionCount + removeCount <= LASTING);
  });
}

test('a query that is under way while they expire gives none of them that it had not found before', async () => {
  const slow = new SlowClock();
  await using opened = await filled(slow);
  slow.lookMs = 2;
  slow.turns = 0;
  slow.onTurn = () => {
    if (slow.turns === 1) slow.advance(10_000);
  };
  const rows = await opened.map.values('text LIKE "%x%"');
  assert.is(rows.filter(({ n }) => n >= COUNT).length, LASTING);
  assert.ok(rows.length > LASTING && rows.length < COUNT, `${rows.length}`);
  assert.is(opened.map.getLocalMapStats().expirationCount, COUNT);
  assert.ok(slow.turns > 100);
});

test('containsValue does not find what expires while it looks', async () => {
  const slow = new SlowClock();
  await using opened = await filled(slow);
  slow.lookMs = 6;
  slow.turns = 0;
  slow.onTurn = () => {
    if (slow.turns === 1) slow.advance(10_000);
  };
  const n = COUNT - 1;
  assert.not.ok(await opened.map.containsValue({ n, group: n % 5, text: 'x' }));
});

test('a query that is aborted while it waits for them says so', async () => {
  const slow = new SlowClock();
  await using opened = await filled(slow);
  slow.advance(10_000);
  slow.lookMs = 0.25;
  const abort = new AbortController();
  slow.onTurn = () => abort.abort();
  const error = await opened.map
    .query()
    .toArray({ signal: abort.signal })
    .catch((thrown: unknown) => thrown);
  assert.is((error as { code?: string }).code, 'ERR_ABORTED');
});

test.run();
