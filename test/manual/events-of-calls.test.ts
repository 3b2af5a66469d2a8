/** M16: what each call of a map tells listeners, as docs/listeners.md has it in its table; and that old and new values are what was in memory. */
import { readFileSync } from 'node:fs';
import * as assert from 'uvu/assert';
import { describe } from '../kit/describe.ts';
import { openMap, testClock } from '../kit/instance.ts';
import { refusal } from '../kit/refusal.ts';
import { TestStore } from '../kit/store.ts';
import { CALLS, type TextMap } from './listener-calls.ts';

const test = describe('manual: events of calls');
const PAGE = readFileSync(new URL('../../docs/listeners.md', import.meta.url), 'utf8');
const ROWS = callRows();

/** A key before a call. */
type State = 'nowhere' | 'memory' | 'store';

for (const { call, expected } of ROWS) {
  for (const withStore of [false, true]) {
    if (call === 'loadAll' && !withStore) continue;
    test(`M16 ${call}${withStore ? ', with a store' : ''}: tells what the page says`, async () => {
      for (const state of ['nowhere', 'memory', 'store'] as const) {
        if (state === 'store' && !withStore) continue;
        assert.equal(await toldBy(call, state, withStore), expected[state], state);
      }
    });
  }

  test(`M16 ${call}: an expired entry tells so, then it is as if the key were nowhere`, async () => {
    const clock = testClock();
    await using opened = await openMap<string, string>({}, { clock });
    const { map } = opened;
    await map.put('k', 'old', { ttlSeconds: 1 });
    const told = await listenTo(map);
    clock.advance(1001);
    await Promise.resolve(CALLS[call]!(map)).catch(() => undefined); // some need a store
    await map.size(); // at the latest now it is found to have expired
    const [first, ...others] = await told();
    assert.is(first, 'expired');
    assert.equal(others, call === 'loadAll' ? [] : expected.nowhere);
  });

  test(`M16 ${call}: tells nothing when the store fails, except of what was loaded`, async () => {
    for (const state of ['memory', 'store'] as const) {
      const store = new TestStore<string, string>();
      await using opened = await openMap<string, string>({ mapStore: { implementation: store } });
      await prepare(opened.map, state);
      const told = await listenTo(opened.map);
      store.fail(new Error('no'), 'store', 'storeAll', 'delete', 'deleteAll');
      store.forget();
      const failed = await Promise.resolve(CALLS[call]!(opened.map)).then(
        () => false,
        () => true,
      );
      const types = await told();
      if (failed)
        assert.equal(
          types,
          expected[state].filter((type) => type === 'loaded'),
          state,
        );
      else assert.equal(types, expected[state], state);
    }
  });
}

test('M16 the page has every call, and no others', () => {
  assert.equal(ROWS.map(({ call }) => call).toSorted(), Object.keys(CALLS).toSorted());
});

test('M16 a call that waits for a lock tells when it takes effect; those that pass a locked entry by tell nothing of it', async () => {
  for (const { call, expected } of ROWS) {
    if (['lock', 'tryLock', 'forceUnlock', 'loadAll', 'clear'].includes(call)) continue;
    await using opened = await openMap<string, string>();
    const { map } = opened;
    await map.put('k', 'old');
    const told = await listenTo(map);
    const held = await map.lock('k');
    const done = CALLS[call]!(map);
    const waits = ['updated', 'removed'].includes(expected.memory[0]!);
    assert.equal(await told(), waits || call.startsWith('evict') ? [] : expected.memory, call);
    await held.unlock();
    await done;
    assert.equal(await told(), call.startsWith('evict') ? [] : expected.memory, call);
  }
});

test('M16 clear tells how many entries went; a locked one stays', async () => {
  for (const withStore of [false, true]) {
    await using opened = await openMap<string, number>(withStore ? { mapStore: { implementation: new TestStore<string, number>() } } : {});
    const { map } = opened;
    const counts: number[] = [];
    await map.putAll([['a', 1], ['b', 2], ['c', 3]]); // prettier-ignore
    await map.addEntryListener({ cleared: ({ count }) => counts.push(count), removed: () => fail('told twice') });
    const held = await map.lock('b');
    await map.clear();
    await held.unlock();
    await map.clear();
    await map.clear();
    await turn();
    assert.equal(counts, [2, 1, 0]);
  }
});

test('M16 a clear that fails half-way tells how many went', async () => {
  const store = new TestStore<number, number>();
  await using opened = await openMap<number, number>({ mapStore: { implementation: store } });
  const { map } = opened;
  await map.putAll(Array.from({ length: 6000 }, (_, i) => [i, i] as const)); // more than one batch
  const counts: number[] = [];
  await map.addEntryListener({
    cleared: ({ count }) => counts.push(count),
  });
  const deleteAll = store.deleteAll.bind(store);
  let calls = 0;
  store.deleteAll = async (keys) => (++calls === 2 ? fail('no') : deleteAll(keys));
  await refusal(map.clear());
  await turn();
  assert.equal(counts, [5000]);
  store.deleteAll = async () => fail('no');
  await refusal(map.clear());
  await turn();
  assert.equal(counts, [5000]);
});

test('M16 calls through a lock’s handle tell what those of the map tell', async () => {
  await using opened = await openMap<string, string>();
  const told = await listenTo(opened.map);
  await using held = await opened.map.lock('k');
  await held.put('a');
  await held.set('b');
  await held.putTransient('c');
  await held.replace('d');
  await held.executeOnKey((entry) => entry.setValue('e'));
  await held.remove();
  await held.putIfAbsent('f');
  await held.evict();
  await held.delete();
  assert.equal(await told(), ['added', 'updated', 'updated', 'updated', 'updated', 'removed', 'added', 'evicted']);
});

test.run();

function fail(message: string): never {
  throw new Error(message);
}

/** Lets everything that is under way have its turn. */
async function turn(): Promise<void> {
  for (let i = 0; i < 3; i++) await new Promise((resolve) => setImmediate(resolve));
}

async function prepare(map: TextMap, state: State): Promise<void> {
  await map.size(); // the initial load is over
  if (state !== 'nowhere') await map.put('k', 'old');
  if (state === 'store') await map.evictAll();
}

/** The types of events that a call tells; that old and new values are right is checked against what is in memory. */
async function toldBy(call: string, state: State, withStore: boolean): Promise<string[]> {
  await using opened = await openMap<string, string>(withStore ? { mapStore: { implementation: new TestStore<string, string>() } } : {});
  await prepare(opened.map, state);
  const told = await listenTo(opened.map);
  await CALLS[call]!(opened.map);
  return await told();
}

/** Follows a map by its events; the function that is returned compares, and gives the types of events. */
async function listenTo(map: TextMap): Promise<() => Promise<string[]>> {
  const mirror = new Map(await map.entrySet());
  const types: string[] = [];
  const faults: string[] = [];
  await map.addEntryListener(({ type, key, value, oldValue }) => {
    types.push(type);
    if (key === undefined) return mirror.clear();
    if (mirror.get(key) !== oldValue) faults.push(`${type} ${key}: ${oldValue} was ${mirror.get(key)}`);
    if (value === undefined) mirror.delete(key);
    else mirror.set(key, value);
  });
  return async () => {
    await turn();
    const told = [...types];
    assert.equal(faults, []);
    assert.equal([...mirror], await map.entrySet());
    return told;
  };
}

/** The rows of the page's table of calls, a call each. */
function callRows(): { readonly call: string; readonly expected: Readonly<Record<State, string[]>> }[] {
  const table = PAGE.slice(PAGE.indexOf('| call |')).split('\n\n')[0]!;
  return table
    .split('\n')
    .slice(2)
    .flatMap((line) => {
      const [calls, ...cells] = line.split('|').slice(1, -1);
      const [nowhere, memory, store] = cells.map((cell) => (cell.trim() === '–' ? [] : cell.trim().split(', ')));
      return [...calls!.matchAll(/`([^`]+)`/g)].map((match) => ({
        call: match[1]!,
        expected: { nowhere: nowhere!, memory: memory!, store: store! },
      }));
    });
}
