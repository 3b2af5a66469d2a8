/** M17: entry processors. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { ConfigError, EntryProcessorError, type EntryProcessor, type ProcessorEntry } from '../../lib/index.ts';
import { describe } from '../kit/describe.ts';
import { openMap, testClock } from '../kit/instance.ts';
import { refusal } from '../kit/refusal.ts';
import { settled } from '../kit/settled.ts';
import { TestStore } from '../kit/store.ts';

interface Account {
  readonly balance: number;
  readonly owner?: string;
}

const test = describe('manual: entry processors');
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

test('M17 executeOnKey runs the processor on the entry and resolves to what it returns', async () => {
  await using opened = await openMap<string, Account>();
  const { map } = opened;
  await map.set('joe', { balance: 10 });
  assert.is(await map.executeOnKey('joe', add(5)), 15);
  assert.is(await map.executeOnKey('joe', async (entry) => add(5)(entry)), 20);
  assert.equal(await map.get('joe'), { balance: 20 });
  assert.is(await map.executeOnKey('joe', (entry, by: number) => add(by)(entry), 3), 23);
  assert.is(await map.executeOnKey('joe', (entry) => entry.key), 'joe');
});

test('M17 a processor sees whether there is an entry, and may make or remove it', async () => {
  await using opened = await openMap<string, Account>();
  const { map } = opened;
  assert.equal(await map.executeOnKey('joe', ({ exists, value }) => [exists, value]), [false, undefined]);
  assert.is(await map.size(), 0, 'looking makes nothing');
  await map.executeOnKey('joe', add(1));
  assert.equal(await map.executeOnKey('joe', ({ exists, value }) => [exists, value]), [true, { balance: 1 }]);
  await map.executeOnKey('joe', (entry) => entry.remove());
  assert.is(await map.get('joe'), undefined);
  await map.executeOnKey('joe', (entry) => entry.remove());
});

test('M17 a processor sees its own changes; others see them when it has ended', async () => {
  await using opened = await openMap<string, Account>();
  const { map } = opened;
  await map.set('joe', { balance: 1 });
  const goOn = Promise.withResolvers<void>();
  const call = map.executeOnKey('joe', async (entry) => {
    entry.setValue({ balance: 2 });
    assert.equal(entry.value, { balance: 2 });
    entry.remove();
    assert.equal([entry.exists, entry.value], [false, undefined]);
    entry.setValue({ balance: 3 });
    assert.equal([entry.exists, entry.value], [true, { balance: 3 }]);
    await goOn.promise;
  });
  await settled();
  assert.equal(await map.get('joe'), { balance: 1 });
  assert.equal(await map.values(), [{ balance: 1 }]);
  goOn.resolve();
  await call;
  assert.equal(await map.get('joe'), { balance: 3 });
});

test('M17 values are copied on the way in and frozen on the way out', async () => {
  await using opened = await openMap<string, { list: number[] }>();
  const { map } = opened;
  const mine = { list: [1] };
  await map.executeOnKey('k', (entry) => {
    entry.setValue(mine);
    mine.list.push(2);
    assert.ok(Object.isFrozen(entry.value));
  });
  mine.list.push(3);
  assert.equal(await map.get('k'), { list: [1] });
});

test('M17 an error leaves the entry untouched and reaches the caller as it is', async () => {
  const store = new TestStore<string, Account>([['joe', { balance: 1 }]]);
  await using opened = await openMap<string, Account>({ mapStore: { implementation: store } });
  const { map } = opened;
  const mine = new Error('no');
  for (const processor of [
    (entry: ProcessorEntry<string, Account>): void => {
      entry.setValue({ balance: 2 });
      throw mine;
    },
    async (entry: ProcessorEntry<string, Account>): Promise<void> => {
      entry.remove();
      await settled();
      throw mine;
    },
  ]) {
    assert.is(await thrownBy(map.executeOnKey('joe', processor)), mine);
    assert.equal(await map.get('joe'), { balance: 1 });
  }
  assert.equal((await refusal(map.executeOnKey('joe', (entry) => entry.setValue((() => 1) as never)))).code, 'ERR_VALUE');
  assert.equal((await refusal(map.executeOnKey('joe', (entry) => entry.setValue({ balance: 2 }, { ttlSeconds: -1 })))).code, 'ERR_CONFIG');
  store.fail(new Error('disk full'), 'store');
  assert.is((await refusal(map.executeOnKey('joe', add(1)))).code, 'ERR_MAP_STORE');
  assert.equal(await map.get('joe'), { balance: 1 });
  assert.equal(store.entries.get('joe'), { balance: 1 });
});

test('M17 what a processor starts and does not wait for can change nothing', async () => {
  await using opened = await openMap<string, Account>();
  const { map } = opened;
  let kept: ProcessorEntry<string, Account> | undefined;
  await map.executeOnKey('joe', (entry) => {
    kept = entry;
  });
  for (const change of [() => kept!.setValue({ balance: 1 }), () => kept!.remove()]) {
    assert.throws(change, (error: unknown) => error instanceof EntryProcessorError && error.details['key'] === 'joe');
  }
  await thrownBy(map.executeOnKey('joe', (entry) => ((kept = entry), Promise.reject(new Error('no')))));
  assert.throws(() => kept!.remove(), (error: unknown) => error instanceof EntryProcessorError); // prettier-ignore
  assert.is(await map.size(), 0);
});

const STORES: Readonly<Record<string, () => TestStore<string, Account> | undefined>> = {
  'without a store': () => undefined,
  'with a store': () => new TestStore<string, Account>(),
};

for (const [how, newStore] of Object.entries(STORES)) {
  test(`M17 ${how}, a processor is atomic: concurrent ones lose nothing, other changes wait`, async () => {
    const implementation = newStore();
    await using opened = await openMap<string, Account>(implementation === undefined ? {} : { mapStore: { implementation } });
    const { map } = opened;
    const slowly = async (entry: ProcessorEntry<string, Account>): Promise<number> => {
      const before = entry.value?.balance ?? 0;
      await settled();
      entry.setValue({ balance: before + 1 });
      return before;
    };
    const results = await Promise.all(Array.from({ length: 20 }, () => map.executeOnKey('joe', slowly)));
    assert.equal(results, [...Array(20).keys()]);
    const order: string[] = [];
    const note = (name: string) => (): void => void order.push(name);
    const goOn = Promise.withResolvers<void>();
    const calls = [
      map.executeOnKey('joe', () => goOn.promise).then(note('processor')),
      map.set('joe', { balance: 100 }).then(note('set')),
      map.executeOnKey('joe', add(1)).then(note('second')),
      map.putAll([['joe', { balance: 7 }], ['ann', { balance: 1 }]]).then(note('putAll')), // prettier-ignore
      map.removeAll('balance = 20').then(note('removeAll')),
      map.clear().then(note('clear')),
    ];
    await map.set('bob', { balance: 1 });
    await settled();
    goOn.resolve();
    assert.equal(order, [], 'nobody passes, other keys are free');
    await Promise.all(calls);
    assert.equal(order.slice(0, 3), ['processor', 'set', 'second']);
  });

  test(`M17 ${how}, clear and evictAll do not come between what a processor reads and what it writes`, async () => {
    const implementation = newStore();
    for (const sweep of ['clear', 'evictAll'] as const) {
      await using opened = await openMap<string, Account>(implementation === undefined ? {} : { mapStore: { implementation } });
      const { map } = opened;
      await map.set('joe', { balance: 1 });
      const goOn = Promise.withResolvers<void>();
      const call = map.executeOnKey('joe', async (entry) => {
        const before = entry.value;
        await goOn.promise;
        entry.setValue({ balance: before!.balance + 1 });
      });
      await settled();
      const sweeping = map[sweep]();
      await settled();
      goOn.resolve();
      await Promise.all([call, sweeping]);
      if (sweep === 'clear' || implementation === undefined) assert.is(await map.size(), 0, 'the sweep came afterwards');
      else assert.equal(await map.get('joe'), { balance: 2 });
    }
  });
}

test('M17 a processor gets what was loaded for it, also when memory gives it up at that very moment', async () => {
  for (let ticks = 0; ticks < 20; ticks++) {
    const load = Promise.withResolvers<Account>();
    await using opened = await openMap<string, Account>({ mapStore: { implementation: { load: () => load.promise } } });
    const { map } = opened;
    await map.size();
    const call = map.executeOnKey('joe', ({ value }) => value);
    await settled();
    load.resolve({ balance: 1 });
    for (let i = 0; i < ticks; i++) await Promise.resolve();
    await map.evictAll();
    assert.equal(await call, { balance: 1 }, `${ticks}`);
  }
});

test('M17 a processor keeps its entry from being idle, and may give it a time to live', async () => {
  const clock = testClock();
  await using opened = await openMap<string, Account>({ maxIdleSeconds: 10 }, { clock });
  const { map } = opened;
  await map.set('read', { balance: 1 });
  await map.set('alone', { balance: 1 });
  clock.advance(9_000);
  await map.executeOnKey('read', ({ value }) => value);
  clock.advance(2_000);
  assert.equal(await map.keySet(), ['read']);
  await map.executeOnKey('read', (entry) => entry.setValue({ balance: 2 }, { ttlSeconds: 1, maxIdleSeconds: 0 }));
  clock.advance(999);
  assert.is((await map.get('read'))!.balance, 2);
  clock.advance(1);
  assert.is(await map.get('read'), undefined);
});

test('M17 a processor that waits for its own entry is told so instead', async () => {
  for (const implementation of [undefined, new TestStore<string, Account>()]) {
    await using opened = await openMap<string, Account>(implementation === undefined ? {} : { mapStore: { implementation } });
    const { map } = opened;
    const other = await openMap<string, Account>();
    const inside = (call: () => Promise<unknown>): Promise<unknown> => map.executeOnKey('joe', async () => call());
    for (const call of [
      () => map.set('joe', { balance: 1 }),
      () => map.remove('joe'),
      () => map.tryPut('joe', { balance: 1 }, 5),
      () => map.executeOnKey('joe', add(1)),
      () => map.lock('joe'),
      () => map.tryLock('joe'),
      () =>
        map.putAll([
          ['ann', { balance: 1 }],
          ['joe', { balance: 1 }],
        ]),
      () => map.executeOnKeys(['ann', 'joe'], add(1)),
      () => map.executeOnKey('ann', async () => map.set('joe', { balance: 1 })),
    ]) {
      // prettier-ignore
      const error = await refusal(inside(call), String(call));
      assert.instance(error, EntryProcessorError, String(call));
      assert.equal(error.details, { map: 'test', key: 'joe' });
    }
    if (implementation !== undefined) {
      for (const call of [() => map.get('joe'), () => map.containsKey('joe'), () => map.getAll(['joe', 'ann'])])
        assert.instance(await refusal(inside(call)), EntryProcessorError, String(call));
      const reading = map.get('joe'); // a load that is under way, and would wait for the processor
      await reading;
    }
    const held = await map.lock('joe');
    assert.instance(await refusal(held.executeOnKey(async () => map.set('joe', { balance: 1 }))), EntryProcessorError, 'also past a lock');
    assert.instance(await refusal(held.executeOnKey(async () => held.set({ balance: 1 }))), EntryProcessorError);
    await held.unlock();
    await inside(async () => {
      await map.set('bob', { balance: 1 });
      await other.map.set('joe', { balance: 1 });
      await map.values();
    });
    assert.is(await map.size(), (await map.keySet()).length);
    let late: Promise<void> | undefined;
    await map.executeOnKey('joe', () => {
      late = settled().then(() => map.set('joe', { balance: 9 }));
    });
    await late;
    assert.equal(await map.get('joe'), { balance: 9 }, 'what is started and left behind may use the map afterwards');
    const goOn = Promise.withResolvers<void>();
    const meanwhile = map.executeOnKey('ann', () => goOn.promise);
    await map.executeOnKey('joe', () => {
      late = settled().then(() => map.set('joe', { balance: 10 }));
    });
    await late;
    goOn.resolve();
    await meanwhile;
    await other[Symbol.asyncDispose]();
  }
});

test('M17 who waited for a processor does not count as called from it', async () => {
  await using opened = await openMap<string, Account>();
  const { map } = opened;
  const goOn = Promise.withResolvers<void>();
  let second: Promise<unknown> | undefined;
  await map.executeOnKey('outer', async () => {
    const first = map.executeOnKey('k', () => goOn.promise);
    second ??= Promise.resolve();
    goOn.resolve();
    await first;
  });
  const gate = Promise.withResolvers<void>();
  const outer = map.executeOnKey('a', async () => {
    await map.executeOnKey('b', () => gate.promise);
    await settled();
    await settled();
  });
  await settled();
  // Waits for b behind a processor that was called from the one of a; waiting for a is its own affair.
  const stranger = map.executeOnKey('b', async () => {
    await map.set('a', { balance: 5 });
  });
  await settled();
  gate.resolve();
  await Promise.all([outer, stranger]);
  assert.equal(await map.get('a'), { balance: 5 });
});

test('M17 a processor may come from a module, with arguments', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'processors-'));
  try {
    const module = join(folder, 'processors.mjs');
    writeFileSync(
      module,
      'export const add = (entry, { by }) => { entry.setValue((entry.value ?? 0) + by); return entry.value; };\nexport const argsOf = (_, args) => args;\nexport const none = 1;\n',
    );
    await using opened = await openMap<string, number>();
    const { map } = opened;
    assert.is(await map.executeOnKey('k', { module, export: 'add' }, { by: 2 }), 2);
    assert.is(await map.executeOnKey('k', { module, export: 'add', args: { by: 3 } }), 5);
    assert.equal([...(await map.executeOnKeys(['k', 'l'], { module, export: 'add' }, { by: 1 })).values()], [6, 1]);
    assert.is(await map.executeOnKey('k', { module, export: 'argsOf', args: 1 }, null), null);
    assert.equal((await map.executeOnEntries({ module, export: 'add', args: { by: 1 } }, 'this > 1')).get('k'), 7);
    for (const wrong of [{ module, export: 'nothing' }, { module, export: 'none' }, { module: join(folder, 'missing.mjs') }])
      assert.instance(await refusal(map.executeOnKey('k', wrong)), ConfigError);
    assert.is(await map.get('k'), 7);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('M17 what is no processor is refused', async () => {
  await using opened = await openMap<string, number>();
  const { map } = opened;
  for (const wrong of [undefined, null, 'add', {}, { export: 'add' }, { module: 1 }] as unknown as (() => void)[]) {
    for (const call of [map.executeOnKey('k', wrong), map.executeOnKeys(['k'], wrong), map.executeOnEntries(wrong)])
      assert.instance(await refusal(call), ConfigError);
  }
});

test('M17 anything that can be awaited is', async () => {
  await using opened = await openMap<string, number>();
  // oxlint-disable-next-line unicorn/no-thenable -- as query builders are
  const thenable = { then: (resolve: (value: number) => void) => setImmediate(() => resolve(7)) };
  assert.is(
    await opened.map.executeOnKey('k', (entry) => {
      entry.setValue(1);
      return thenable as unknown as Promise<number>;
    }),
    7,
  );
});

/** Section 6 of the contract: what calls the store. */
const CALLS: readonly (readonly [string, EntryProcessor<string, Account>, string, string])[] = [
  ['set', add(1), 'store', 'load store'],
  ['remove', (entry) => entry.remove(), 'delete', 'load delete'],
  ['read', (entry) => entry.value, '', 'load'],
];

for (const [name, processor, inMemory, elsewhere] of CALLS) {
  test(`M17 store calls of a processor that does ${name}`, async () => {
    const store = new TestStore<string, Account>([['k', { balance: 1 }]]);
    await using opened = await openMap<string, Account>({ mapStore: { implementation: store } });
    const { map } = opened;
    await map.size();
    const calls = async (prepare: () => Promise<unknown>, key: string, run = () => map.executeOnKey(key, processor)): Promise<string> => {
      await prepare();
      store.forget();
      await run();
      return store.methods.join(' ');
    };
    assert.is(await calls(() => map.set('k', { balance: 1 }), 'k'), inMemory);
    await map.set('k', { balance: 1 });
    assert.is(await calls(() => map.evictAll(), 'k'), elsewhere);
    assert.is(await calls(() => map.evictAll(), 'nowhere'), elsewhere);
    await map.clear();
    await map.set('k', { balance: 1 });
    assert.is(await calls(() => settled(), 'k', () => map.executeOnEntries(processor)), inMemory); // prettier-ignore
    await map.set('k', { balance: 1 });
    assert.is(await calls(() => map.evictAll(), 'k', () => map.executeOnEntries(processor)), ''); // prettier-ignore
  });
}

test('M17 a processor under way when the map is closed ends well first', async () => {
  const { map, instance } = await openMap<string, Account>();
  const goOn = Promise.withResolvers<void>();
  const call = map.executeOnKey('k', async (entry) => {
    await goOn.promise;
    entry.setValue({ balance: 1 });
    return entry.value!.balance;
  });
  const waiting = map.executeOnKey('k', add(1));
  await settled();
  const closing = instance.close();
  goOn.resolve();
  assert.equal(await Promise.all([call, waiting, closing]), [1, 2, undefined]);
});

test.run();
