/** M17: entry processors on many entries. */
import * as assert from 'uvu/assert';
import type { ProcessorEntry } from '../../lib/index.ts';
import { describe } from '../kit/describe.ts';
import { openMap } from '../kit/instance.ts';
import { settled } from '../kit/settled.ts';
import { TestStore } from '../kit/store.ts';

interface Account {
  readonly balance: number;
  readonly owner?: string;
}

const test = describe('manual: entry processors on many entries');
const add =
  (amount: number) =>
  (entry: ProcessorEntry<string, Account>): number => {
    const balance = (entry.value?.balance ?? 0) + amount;
    entry.setValue({ ...entry.value, balance });
    return balance;
  };

/** The error of a call that is not the library's own. */
async function thrownBy(call: Promise<unknown>): Promise<unknown> {
  return call.then(
    () => assert.unreachable('it succeeded'),
    (error: unknown) => error,
  );
}

test('M17 executeOnKeys gives the results by the keys that were given', async () => {
  await using opened = await openMap<string, Account>();
  const { map } = opened;
  await map.set('a', { balance: 1 });
  const results = await map.executeOnKeys(['b', 'a', 'b'], (entry, by: number) => add(by)(entry), 10);
  assert.equal([...results], [['b', 10], ['a', 11]]); // prettier-ignore
  assert.equal([...(await map.executeOnKeys([], add(1)))], []);
});

test('M17 executeOnEntries runs on the matching entries in memory, as they are when their turn comes', async () => {
  await using opened = await openMap<string, Account>();
  const { map } = opened;
  for (let i = 0; i < 100; i++) await map.set(`k${i}`, { balance: i, owner: i % 2 === 0 ? 'joe' : 'ann' });
  const results = await map.executeOnEntries(add(1000), "owner = 'joe' AND balance < ?", 50);
  assert.is(results.size, 25);
  assert.is(results.get('k48'), 1048);
  assert.is((await map.get('k50'))!.balance, 50);
  assert.is((await map.executeOnEntries(() => 1)).size, 100);
  const held = await map.lock('k49');
  const call = map.executeOnEntries((entry) => entry.remove(), "owner = 'ann'");
  await settled();
  await held.set({ balance: 0, owner: 'bob' });
  await held.unlock();
  assert.is((await call).size, 49, 'it matched when the call was made, but not when its turn came');
  assert.is(await map.size(), 51);
});

test('M17 after an error no further entry is begun, those before it stay changed', async () => {
  const store = new TestStore<string, Account>();
  await using opened = await openMap<string, Account>({ mapStore: { implementation: store } });
  const { map } = opened;
  const keys = Array.from({ length: 100 }, (_, i) => `k${i}`);
  const mine = new Error('no');
  let begun = 0;
  const call = map.executeOnKeys(keys, (entry) => {
    begun++;
    if (entry.key === 'k40') throw mine;
    entry.setValue({ balance: 1 });
  });
  assert.is(await thrownBy(call), mine);
  assert.ok(begun >= 41 && begun < 60, String(begun));
  assert.is(await map.size(), begun - 1);
  assert.is(store.entries.size, begun - 1, 'and the call ended after those that had begun');
});

test('M17 an error gives up waiting for locked entries', async () => {
  await using opened = await openMap<string, Account>();
  const { map } = opened;
  const held = await map.lock('a');
  const mine = new Error('no');
  assert.is(await thrownBy(map.executeOnKeys(['a', 'b'], ({ key }) => (key === 'b' ? Promise.reject(mine) : 1))), mine);
  await held.unlock();
  assert.not.ok(await map.isLocked('a'));
});

test('M17 M45 executeOnEntries gives the event loop its turns', async () => {
  await using opened = await openMap<number, number>({}, { querySliceMs: 1 });
  const { map } = opened;
  await map.putAll(Array.from({ length: 20_000 }, (_, i) => [i, i] as const));
  let turns = 0;
  let isDone = false;
  const tick = (): void => {
    turns++;
    if (!isDone) setImmediate(tick);
  };
  setImmediate(tick);
  await map.executeOnEntries((entry) => entry.setValue(entry.value! + 1));
  isDone = true;
  assert.ok(turns > 3, String(turns));
  assert.is(await map.get(19_999), 20_000);
});

test.run();
