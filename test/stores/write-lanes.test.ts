/** Coalesced writes, without a database: what travels together, in which order, and who hears of a failure. */
import * as fc from 'fast-check';
import * as assert from 'uvu/assert';
import { WriteLanes, type WriteKind } from '../../stores/knex/write-lanes.ts';
import { describe } from '../kit/describe.ts';

interface Row {
  readonly identity: string;
  readonly value: number;
}

const SEED = Number(process.env['SEED'] ?? 7);
const test = describe('write lanes');
const row = (identity: string, value = 0): Row => ({ identity, value });
const NOTHING = (): void => {};
const tick = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Lanes whose statements wait until they are let go. */
function gated({ lanes = 1, rowsMax = 1_000 } = {}): { lanes: WriteLanes<Row>; sent: string[]; release(error?: unknown): Promise<void> } {
  const sent: string[] = [];
  const gates: ((error?: unknown) => void)[] = [];
  return {
    sent,
    lanes: new WriteLanes<Row>({
      lanes,
      rowsMax,
      commit: (kind, rows) => {
        sent.push(`${kind} ${rows.map(({ identity, value }) => `${identity}${value}`).join(' ')}`);
        return new Promise((resolve, reject) => gates.push((error) => (error === undefined ? resolve(NOTHING) : reject(error))));
      },
    }),
    async release(error) {
      gates.shift()!(error);
      await tick();
    },
  };
}

test('a lone write goes at once; those that come meanwhile go together', async () => {
  const { lanes, sent, release } = gated();
  const writes = [lanes.submit('store', row('a'))];
  await tick();
  for (const name of ['b', 'c', 'd']) writes.push(lanes.submit('store', row(name)));
  await tick();
  assert.equal(sent, ['store a0']);
  await release();
  assert.equal(sent, ['store a0', 'store b0 c0 d0']);
  await release();
  await Promise.all(writes);
});

test('writes of one key keep their order; others may go before them', async () => {
  const { lanes, sent, release } = gated({ lanes: 2 });
  const all = [lanes.submit('store', row('a', 1)), lanes.submit('delete', row('a', 2)), lanes.submit('store', row('a', 3)), lanes.submit('store', row('b', 4))]; // prettier-ignore
  await tick();
  assert.equal(sent, ['store a1 b4']);
  await release();
  assert.equal(sent.slice(1), ['delete a2']);
  await release();
  assert.equal(sent.slice(2), ['store a3']);
  await release();
  await Promise.all(all);
});

test('no statement is larger than allowed', async () => {
  const { lanes, sent, release } = gated({ rowsMax: 2 });
  const all = ['a', 'b', 'c', 'd', 'e'].map((name) => lanes.submit('store', row(name)));
  await tick();
  while (sent.length < 3) await release();
  await release();
  await Promise.all(all);
  assert.equal(sent, ['store a0 b0', 'store c0 d0', 'store e0']);
});

test('a lost connection is told to all, without trying each', async () => {
  const { lanes, sent, release } = gated();
  const all = Promise.allSettled(['a', 'b', 'c'].map((name) => lanes.submit('store', row(name))));
  await tick();
  await release(Object.assign(new Error('gone'), { code: '57P01' }));
  assert.equal(
    (await all).map(({ status }) => status),
    ['rejected', 'rejected', 'rejected'],
  );
  assert.is(sent.length, 1);
  await lanes.settled();
});

for (const code of ['55P03', '57014']) {
  test(`a row that is locked (${code}): ${code === '55P03' ? 'fails alone, and the others wait once' : 'who can tell'}`, async () => {
    const waits: boolean[] = [];
    const lanes = new WriteLanes<Row>({
      lanes: 1,
      rowsMax: 100,
      async commit(_, rows, isHurried) {
        waits.push(isHurried);
        if (rows.some(({ identity }) => identity === '7')) throw Object.assign(new Error('not in time'), { code });
        return NOTHING;
      },
    });
    const outcomes = await Promise.allSettled(Array.from({ length: 16 }, (_, id) => lanes.submit('store', row(String(id)))));
    const rejected = outcomes.flatMap(({ status }, id) => (status === 'rejected' ? [id] : []));
    assert.equal(rejected, code === '55P03' ? [7] : outcomes.map((_, id) => id));
    assert.is(waits.filter((isHurried) => !isHurried).length, 1);
    await lanes.settled();
  });
}

test('each write gets what became of its own row, and a row left out fails alone', async () => {
  const lanes = new WriteLanes<Row, string>({
    lanes: 1,
    rowsMax: 10,
    commit: async () => (one) => {
      if (one.identity === 'b') throw new Error('left out');
      return `${one.identity} as written`;
    },
  });
  const outcomes = await Promise.allSettled(['a', 'b', 'c'].map((name) => lanes.submit('store', row(name))));
  assert.equal(
    outcomes.map((outcome) => (outcome.status === 'fulfilled' ? outcome.value : String(outcome.reason))),
    ['a as written', 'Error: left out', 'c as written'],
  );
  await lanes.settled();
});

test('whatever is written and refused: the same as one by one', async () => {
  const write = fc.record({
    kind: fc.constantFrom<WriteKind>('store', 'delete'),
    key: fc.integer({ min: 0, max: 6 }),
    value: fc.integer({ min: 0, max: 9 }),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.array(write, { maxLength: 60 }),
      fc.integer({ min: 1, max: 3 }),
      fc.integer({ min: 1, max: 8 }),
      async (writes, lanes, rowsMax) => {
        const table = new Map<string, number>();
        const apply = (to: Map<string, number>, kind: WriteKind, { identity, value }: Row): void =>
          void (kind === 'store' ? to.set(identity, value) : to.delete(identity));
        const refused = (kind: WriteKind, { value }: Row): boolean => kind === 'store' && value === 0;
        const store = new WriteLanes<Row>({
          lanes,
          rowsMax,
          async commit(kind, rows) {
            assert.is(new Set(rows.map(({ identity }) => identity)).size, rows.length);
            await tick();
            if (rows.some((one) => refused(kind, one))) throw Object.assign(new Error('poison'), { code: '23514' });
            for (const one of rows) apply(table, kind, one);
            return NOTHING;
          },
        });
        const expected = new Map<string, number>();
        const outcomes = await Promise.allSettled(
          writes.map(({ kind, key, value }) => {
            const one = row(String(key), value);
            if (!refused(kind, one)) apply(expected, kind, one);
            return store.submit(kind, one);
          }),
        );
        assert.equal(outcomes.map(({ status }) => status), writes.map(({ kind, key, value }) => (refused(kind, row(String(key), value)) ? 'rejected' : 'fulfilled'))); // prettier-ignore
        assert.equal(Object.fromEntries(table), Object.fromEntries(expected));
      },
    ),
    { seed: SEED, numRuns: 150 },
  );
});

test.run();
