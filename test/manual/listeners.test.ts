/** M16: listeners and the iteration over events. What each call tells is in events-of-calls.test.ts. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { AsyncLocalStorage } from 'node:async_hooks';
import { getEventListeners } from 'node:events';
import * as assert from 'uvu/assert';
import { Predicates, type EntryEvent, type EntryListener } from '../../lib/index.ts';
import { describe } from '../kit/describe.ts';
import { openMap, testClock } from '../kit/instance.ts';
import { refusal } from '../kit/refusal.ts';
import { TestStore } from '../kit/store.ts';

interface Employee {
  readonly name: string;
  readonly age: number;
}

const test = describe('manual: listeners');

test('M16 an event has key, old and new value, time and the map’s name, and is frozen', async () => {
  const clock = testClock();
  await using opened = await openMap<{ id: number }, Employee>({}, { clock });
  const { map } = opened;
  const events: EntryEvent<{ id: number }, Employee>[] = [];
  await map.addEntryListener((event) => events.push(event));
  const first = clock.now();
  await map.put({ id: 1 }, { name: 'Joe', age: 30 });
  clock.advance(10);
  await map.put({ id: 1 }, { name: 'Joe', age: 31 });
  await map.remove({ id: 1 });
  await map.clear();
  await turn();
  const about = { mapName: 'test', key: { id: 1 } };
  assert.equal(events, [
    { type: 'added', ...about, value: { name: 'Joe', age: 30 }, oldValue: undefined, at: first },
    { type: 'updated', ...about, value: { name: 'Joe', age: 31 }, oldValue: { name: 'Joe', age: 30 }, at: first + 10 },
    { type: 'removed', ...about, value: undefined, oldValue: { name: 'Joe', age: 31 }, at: first + 10 },
    { type: 'cleared', mapName: 'test', key: undefined, value: undefined, oldValue: undefined, at: first + 10, count: 0 },
  ]);
  assert.ok(events.every((event) => Object.isFrozen(event)));
});

test('M16 values are handed out: what a listener does to bytes changes nothing', async () => {
  await using opened = await openMap<string, Uint8Array>();
  const { map } = opened;
  await map.addEntryListener((event) => event.value?.fill(0));
  await map.put('k', Uint8Array.of(1, 2));
  await turn();
  assert.equal(await map.get('k'), Uint8Array.of(1, 2));
});

test('M16 a listener of one key, and one without values', async () => {
  await using opened = await openMap<string | number, string>();
  const { map } = opened;
  const one: string[] = [];
  const bare: unknown[] = [];
  await map.addEntryListener(({ type, key, value }) => one.push(`${type} ${key} ${value}`), { key: '1' });
  await map.addEntryListener({ updated: ({ value, oldValue }) => bare.push(value, oldValue) }, { includeValue: false });
  await map.put('1', 'text');
  await map.put(1, 'number');
  await map.put(1, 'number again');
  await map.clear();
  await turn();
  assert.equal(one, ['added 1 text', 'cleared undefined undefined']);
  assert.equal(bare, [undefined, undefined]);
});

test('M16 an object’s methods are called as its methods, and only those it has', async () => {
  class Counting {
    readonly seen: string[] = [];
    added({ key }: { readonly key: string }): void {
      this.seen.push(`added ${key}`);
    }
    removed({ key }: { readonly key: string }): void {
      this.seen.push(`removed ${key}`);
    }
  }
  await using opened = await openMap<string, number>();
  const listener = new Counting();
  await opened.map.addEntryListener(listener);
  await opened.map.put('a', 1);
  await opened.map.put('a', 2);
  await opened.map.remove('a');
  await turn();
  assert.equal(listener.seen, ['added a', 'removed a']);
});

for (const natural of [false, true]) {
  test(`M16 predicates decide as the page says${natural ? ', with natural event types' : ''}`, async () => {
    await using opened = await openMap<string, Employee>();
    const { map } = opened;
    const seen: string[] = [];
    const note = ({ type, value, oldValue }: EntryEvent<string, Employee>): unknown =>
      seen.push(`${type} ${oldValue?.age ?? ''}>${value?.age ?? ''}`);
    await map.addEntryListener(note, { predicate: 'age >= ?', parameters: [30], naturalEventTypes: natural });
    for (const age of [20, 30, 40, 25, 26, 50]) await map.put('k', { name: 'Joe', age });
    await map.remove('k');
    await map.put('k', { name: 'Joe', age: 1 });
    await map.remove('k');
    await turn();
    assert.equal(
      seen,
      natural
        ? ['added >30', 'updated 30>40', 'removed 40>', 'added >50', 'removed 50>']
        : ['updated 20>30', 'updated 30>40', 'updated 26>50', 'removed 50>'],
    );
  });
}

test('M16 natural event types, for a listener that hears of comings and goings only', async () => {
  await using opened = await openMap<string, number>();
  const { map } = opened;
  const seen: string[] = [];
  const listener = { added: ({ value }: { value: number }) => seen.push(`in ${value}`), removed: () => seen.push('out') };
  await map.addEntryListener(listener, { predicate: 'this > 10', naturalEventTypes: true });
  for (const value of [5, 15, 16, 6]) await map.put('k', value);
  await turn();
  assert.equal(seen, ['in 15', 'out']);
});

test('M16 criteria functions and predicate objects; the key in a predicate', async () => {
  await using opened = await openMap<string, Employee>();
  const { map } = opened;
  const seen: string[] = [];
  await map.addEntryListener(({ key }) => seen.push(`function ${key}`), { predicate: (e) => e.get('age').lessThan(30) });
  await map.addEntryListener(({ key }) => seen.push(`object ${key}`), { predicate: Predicates.like('name', 'J%') });
  await map.addEntryListener(({ key }) => seen.push(`key ${key}`), { predicate: "__key = 'b'" });
  await map.put('a', { name: 'Joe', age: 40 });
  await map.put('b', { name: 'Ali', age: 20 });
  await turn();
  assert.equal(seen, ['object a', 'function b', 'key b']);
});

test('M16 a removed listener hears nothing more, whoever removes it and whenever', async () => {
  await using opened = await openMap<string, number>();
  const { map } = opened;
  const seen: string[] = [];
  const first = await map.addEntryListener(({ key }) => {
    seen.push(`first ${key}`);
    assert.is(second.remove(), true); // in the midst of delivery, before its turn
    first.remove();
  });
  const second = await map.addEntryListener(({ key }) => seen.push(`second ${key}`));
  const aborter = new AbortController();
  const third = await map.addEntryListener(({ key }) => seen.push(`third ${key}`), { signal: aborter.signal });
  {
    using _ = await map.addEntryListener(({ key }) => seen.push(`fourth ${key}`));
    void map.put('a', 1);
  }
  void map.put('b', 1);
  await turn();
  assert.equal(seen, ['first a', 'third a', 'third b']);
  aborter.abort();
  assert.is(getEventListeners(aborter.signal, 'abort').length, 0);
  await map.put('c', 1);
  await turn();
  assert.is(seen.length, 3);
  assert.equal([first.remove(), second.remove(), third.remove()], [false, false, false]);
  const late = await map.addEntryListener(({ key }) => seen.push(`late ${key}`), { signal: aborter.signal });
  await map.put('d', 1);
  await turn();
  assert.is(seen.length, 3);
  assert.is(late.remove(), false);
});

test('M16 who ends leaves nothing at its signal', async () => {
  await using opened = await openMap<string, number>();
  const { signal } = new AbortController();
  const listening = await opened.map.addEntryListener(() => undefined, { signal });
  const stream = opened.map.events({ signal });
  assert.is(getEventListeners(signal, 'abort').length, 2);
  listening.remove();
  await stream.return();
  assert.is(getEventListeners(signal, 'abort').length, 0);
});

test('M16 who is added in the midst hears of what happens from then on', async () => {
  await using opened = await openMap<string, number>();
  const { map } = opened;
  const seen: string[] = [];
  void map.put('a', 1);
  await map.addEntryListener(async ({ key }) => {
    if (key === 'b') await map.addEntryListener((event) => seen.push(`${event.key}`));
  });
  void map.put('b', 1);
  void map.put('c', 1);
  await turn();
  await map.put('d', 1);
  await turn();
  assert.equal(seen, ['d']);
});

test('M16 a listener may call the map, and hears of what it did', async () => {
  await using opened = await openMap<string, number>();
  const { map } = opened;
  await map.addEntryListener({ added: async ({ key, value }) => value < 100 && map.put(`${key}+`, value + 1) });
  await map.put('k', 0);
  while ((await map.size()) < 101) await turn();
  assert.is(await map.get(`k${'+'.repeat(100)}`), 100);
});

test('M16 errors of a listener, thrown or rejected, reach neither the map nor other listeners', async () => {
  const published: { map: string; listener: unknown; event: { type: string }; error: Error }[] = [];
  const onError = (message: unknown): unknown => published.push(message as (typeof published)[0]);
  subscribe('cobnut.listener', onError);
  try {
    await using opened = await openMap<string, number>();
    const { map } = opened;
    const seen: string[] = [];
    const throwing: EntryListener<string, number> = { added: () => fail('thrown') };
    await map.addEntryListener(throwing);
    await map.addEntryListener(async ({ key }) => fail(`rejected ${key}`));
    await map.addEntryListener(({ key }) => seen.push(String(key)));
    assert.is(await map.put('a', 1), undefined);
    assert.is(await map.put('a', 2), 1);
    await turn();
    assert.equal(seen, ['a', 'a']);
    assert.equal(
      published.map(({ map: name, event, error }) => [name, event.type, error.message]),
      [
        ['test', 'added', 'thrown'],
        ['test', 'added', 'rejected a'],
        ['test', 'updated', 'rejected a'],
      ],
    );
    assert.is(published[0]!.listener, throwing);
  } finally {
    unsubscribe('cobnut.listener', onError);
  }
});

test('M16 when nobody subscribed to errors, a listener’s first one becomes a process warning', async () => {
  const warnings: Error[] = [];
  const onWarning = (warning: Error): unknown => warnings.push(warning);
  process.on('warning', onWarning);
  try {
    await using opened = await openMap<string, number>();
    await opened.map.addEntryListener(() => fail('thrown'));
    await opened.map.put('a', 1);
    await opened.map.put('b', 1);
    await turn();
    assert.equal(
      warnings.map((warning) => [warning.name, (warning as { code?: string }).code]),
      [['CobnutWarning', 'COBNUT_LISTENER_ERROR']],
    );
    assert.match(warnings[0]!.message, /map 'test'.*thrown/);
  } finally {
    process.off('warning', onWarning);
  }
});

test('M16 a listener runs in the context it was added in, not in that of the change', async () => {
  const context = new AsyncLocalStorage<string>();
  await using opened = await openMap<string, number>();
  const { map } = opened;
  const seen: (string | undefined)[] = [];
  await context.run('listener', () => map.addEntryListener(() => seen.push(context.getStore())));
  await context.run('writer', () => map.put('a', 1));
  await turn();
  assert.equal(seen, ['listener']);
});

test('M16 what happened is delivered before close and destroy end; a closed map takes no listeners', async () => {
  for (const end of ['close', 'destroy'] as const) {
    const { map, instance } = await openMap<string, number>();
    const seen: string[] = [];
    await map.addEntryListener(({ type, key }) => seen.push(`${type} ${key}`));
    const stream = map.events();
    const calls = [map.put('a', 1), map.put('b', 1)];
    await (end === 'close' ? instance.close() : map.destroy());
    assert.equal(seen, ['added a', 'added b']);
    assert.equal(
      (await Array.fromAsync(stream)).map(({ key }) => key),
      ['a', 'b'],
    );
    await Promise.all(calls);
    const code = end === 'close' ? 'ERR_INSTANCE_CLOSED' : 'ERR_MAP_DESTROYED';
    assert.is((await refusal(map.addEntryListener(() => undefined))).code, code);
    assert.throws(
      () => map.events(),
      (error: { code: string }) => error.code === code,
    );
    await instance.close();
  }
});

test('M16 the initial load tells of what it loads, and listening does not begin it', async () => {
  const store = new TestStore<string, number>([['a', 1], ['b', 2]]); // prettier-ignore
  await using opened = await openMap<string, number>({ mapStore: { implementation: store } });
  const { map } = opened;
  const seen: string[] = [];
  await map.addEntryListener(({ type, key, value }) => seen.push(`${type} ${key} ${value}`));
  await turn();
  assert.equal(store.methods, []);
  await map.size();
  await turn();
  assert.equal(seen.toSorted(), ['loaded a 1', 'loaded b 2']);
});

test('M16 what is no listener and no option is refused', async () => {
  await using opened = await openMap<string, Employee>();
  const { map } = opened;
  const refused = async (listener: never, options?: object): Promise<string> =>
    (await refusal(map.addEntryListener(listener, options))).code;
  for (const listener of [undefined, null, 'text', {}, { entryAdded: () => undefined }, { added: 'text' }])
    assert.is(await refused(listener as never), 'ERR_CONFIG');
  const fine = (() => undefined) as never;
  const wrong = [
    null,
    5,
    { kee: 'a' },
    { includeValue: 1 },
    { signal: {} },
    { parameters: 5 },
    { naturalEventTypes: 'yes' },
    { capacity: 5 },
  ];
  for (const options of wrong) assert.is(await refused(fine, options as object), 'ERR_CONFIG', JSON.stringify(options));
  assert.is(await refused(fine, { predicate: 'age >' }), 'ERR_PREDICATE_SYNTAX');
  assert.is(await refused(fine, { predicate: 'age > ?' }), 'ERR_PREDICATE_PARAMETERS');
  assert.is(await refused(fine, { predicate: Predicates.paging(Predicates.sql('age > 3'), 10) }), 'ERR_CONFIG');
  assert.is(await refused(fine, { key: () => 1 }), 'ERR_KEY');
  for (const options of [
    { types: [] },
    { types: ['gone'] },
    { types: 'added' },
    { capacity: 0 },
    { capacity: 1.5 },
    { includeValue: false },
  ]) {
    assert.throws(
      () => map.events(options as never),
      (error: { code: string }) => error.code === 'ERR_CONFIG',
    );
  }
});

test('M16 events one by one: types, key, predicate; the loop’s end ends it', async () => {
  await using opened = await openMap<string, Employee>();
  const { map } = opened;
  const stream = map.events({ types: ['added', 'removed'], predicate: (e) => e.get('age').greaterThan(20) });
  await map.put('a', { name: 'Joe', age: 30 });
  await map.put('b', { name: 'Ali', age: 10 });
  await map.put('a', { name: 'Joe', age: 31 });
  await map.remove('a');
  await map.put('c', { name: 'Avi', age: 50 });
  const seen: string[] = [];
  for await (const { type, key } of stream) {
    seen.push(`${type} ${key}`);
    if (seen.length === 3) break;
  }
  assert.equal(seen, ['added a', 'removed a', 'added c']);
  await map.put('d', { name: 'Avi', age: 50 });
  assert.equal(await stream.next(), { done: true, value: undefined });
});

test('M16 a consumer that waits gets each event as it comes; several may wait', async () => {
  await using opened = await openMap<string, number>();
  await using stream = opened.map.events();
  const waiting = [stream.next(), stream.next()];
  await opened.map.put('a', 1);
  await opened.map.put('b', 1);
  assert.equal(
    (await Promise.all(waiting)).map(({ value }) => value?.key),
    ['a', 'b'],
  );
});

test('M16 when events were lost, the consumer is told so after those that were not', async () => {
  await using opened = await openMap<number, number>();
  const { map } = opened;
  const stream = map.events({ capacity: 3 });
  for (let i = 0; i < 10; i++) await map.put(i, i);
  const seen: unknown[] = [];
  const error = await refusal(
    (async () => {
      for await (const { key } of stream) seen.push(key);
    })(),
  );
  assert.equal(seen, [0, 1, 2]);
  assert.equal([error.code, error.details], ['ERR_EVENTS_LOST', { map: 'test', capacity: 3 }]);
  assert.match(error.message, /more than 3 events/);
  assert.equal(await stream.next(), { done: true, value: undefined });
});

test('M16 a signal ends the iteration with an error, at once', async () => {
  await using opened = await openMap<string, number>();
  const aborter = new AbortController();
  const stream = opened.map.events({ signal: aborter.signal });
  await opened.map.put('a', 1);
  aborter.abort(new Error('enough'));
  const error = await refusal(stream.next());
  assert.equal([error.code, (error.cause as Error).message], ['ERR_ABORTED', 'enough']);
  assert.equal(await stream.next(), { done: true, value: undefined });
  const waiting = opened.map.events({ signal: AbortSignal.timeout(1) }).next();
  assert.is((await refusal(waiting)).code, 'ERR_ABORTED');
  assert.is((await refusal(opened.map.events({ signal: aborter.signal }).next())).code, 'ERR_ABORTED');
});

test.run();

function fail(message: string): never {
  throw new Error(message);
}

/** Lets everything that is under way have its turn. */
async function turn(): Promise<void> {
  for (let i = 0; i < 3; i++) await new Promise((resolve) => setImmediate(resolve));
}
