/** M56: what write-behind does when the store fails, for a while, for one entry or for good. */
import * as assert from 'uvu/assert';
import { BatchStoreError, type CobnutError, type DeadLetter, type FailureKind, type MapStore } from '../../lib/index.ts';
import { describe } from '../kit/describe.ts';
import { refusal } from '../kit/refusal.ts';
import { TestStore } from '../kit/store.ts';
import { open, turns } from './write-behind-map.ts';

const test = describe('manual: write-behind failures');

test('M56 a store that can not be reached: back-off without limit, nothing counted, nothing given up', async () => {
  for (const kind of ['connection', 'fatal'] as const) await outage(kind);
});

async function outage(kind: FailureKind): Promise<void> {
  const letters: DeadLetter[] = [];
  let isDown = true;
  let calls = 0;
  const store: MapStore<string, number> = {
    failureKind: () => kind,
    storeAll() {
      calls++;
      if (isDown) throw new Error('no line');
    },
  };
  const { map, clock, instance } = await open(store, {
    writeBatchSize: 1,
    maxRetries: 0,
    onDeadLetter: (letter) => void letters.push(letter),
  });
  await map.putAll([['a', 1], ['b', 2]]); // prettier-ignore
  clock.advance(1000);
  await turns();
  assert.equal([calls, map.getLocalMapStats().writeBehind!.retries], [2, 1], 'two batches have met the same outage');
  for (let i = 0; i < 300; i++) {
    clock.advance(1000);
    await turns();
  }
  assert.ok(calls > 120 && calls < 260, `both lanes every 2.5 s at last, with half of the jitter: ${calls}`);
  const { queued, oldestAgeMs, lastError, deadLetters } = map.getLocalMapStats().writeBehind!;
  assert.equal([queued, oldestAgeMs, lastError?.message, lastError?.kind, deadLetters], [2, 301_000, "map 'test': the store's storeAll failed: no line", kind, 0]); // prettier-ignore
  isDown = false;
  clock.advance(5000);
  await map.flush();
  assert.equal(letters, []);
  assert.is(map.getLocalMapStats().writeBehind!.queued, 0);
  await instance.close();
}

test('M56 a failing batch is split until the poison entry stands alone, which goes to onDeadLetter after maxRetries', async () => {
  for (const isClassified of [true, false]) {
    const letters: DeadLetter[] = [];
    const rows = new Map<string, number>();
    const cause = new Error('value out of range');
    const store: MapStore<string, number> = {
      ...(isClassified ? { failureKind: () => 'poison' as const } : {}),
      storeAll(entries) {
        if (entries.has('k37')) throw cause;
        for (const [key, value] of entries) rows.set(key, value);
      },
    };
    const { map, clock, instance } = await open(store, { maxRetries: 2, onDeadLetter: (letter) => void letters.push(letter) });
    await map.putAll(Array.from({ length: 100 }, (_, i) => [`k${i}`, i] as const));
    clock.advance(1000);
    await turns();
    await turns();
    assert.is(rows.size, 99, 'the others do not wait');
    assert.equal(letters, []);
    for (let i = 0; i < 6; i++) {
      await map.set('other', i); // only beside what gets through an entry is known to be refused, where errors say nothing
      clock.advance(1000);
      await turns();
    }
    assert.equal(letters, [
      { mapName: 'test', key: 'k37', operation: 'store', value: 37, error: cause, kind: isClassified ? 'poison' : undefined, attempts: 3 },
    ]);
    const { queued, deadLetters, written, retries } = map.getLocalMapStats().writeBehind!;
    assert.equal([queued, deadLetters, written, retries], [0, 1, 105, 2]);
    assert.is(await map.get('k37'), 37, 'memory keeps it');
    await instance.close();
  }
});

test('M56 a store whose errors say nothing, and that fails for all: it is the store, nothing is counted or given up, however long it lasts', async () => {
  const letters: DeadLetter[] = [];
  let isDown = false;
  const rows = new Map<string, number>();
  const store: MapStore<string, number> = {
    storeAll(entries) {
      if (isDown) throw new Error('?');
      for (const [key, value] of entries) rows.set(key, value);
    },
  };
  const { map, clock, instance } = await open(store, { maxRetries: 0, onDeadLetter: (letter) => void letters.push(letter) });
  await map.set('before', 1);
  clock.advance(1000);
  await turns();
  assert.is(rows.size, 1, 'a success long ago proves nothing');
  isDown = true;
  await map.putAll(Array.from({ length: 500 }, (_, i) => [`k${i}`, i] as const));
  for (let i = 0; i < 300; i++) {
    clock.advance(1000);
    await turns();
  }
  assert.is(map.getLocalMapStats().writeBehind!.queued, 500);
  isDown = false;
  clock.advance(5000);
  await turns();
  clock.advance(5000);
  await map.flush();
  assert.equal([rows.size, letters], [501, []]);
  await instance.close();
});

test('M56 a store whose errors say nothing: a lone entry that is refused waits until others get through, or the map is closed', async () => {
  const letters: unknown[] = [];
  const store: MapStore<string, number> = {
    storeAll(entries) {
      if (entries.has('bad')) throw new Error('?');
    },
  };
  const { map, clock, instance } = await open(store, { maxRetries: 1, onDeadLetter: ({ key }) => void letters.push(key) });
  const goOn = async (steps: number): Promise<void> => {
    for (let i = 0; i < steps; i++) {
      clock.advance(5000);
      await turns();
    }
  };
  await map.set('bad', 1);
  await goOn(50);
  assert.equal(letters, []);
  await map.set('good', 1);
  await goOn(3);
  await map.set('good', 2);
  await goOn(3);
  assert.equal(letters, ['bad']);
  await map.set('bad', 2);
  await goOn(50);
  assert.equal(letters, ['bad']);
  const closing = instance.close({ timeoutMs: 1000 });
  await turns();
  clock.advance(1000);
  await closing;
  assert.equal(letters, ['bad', 'bad']);
});

test('M56 entries at the head of a batch that are refused, for a reason not known, do not keep those behind from being stored', async () => {
  const rows = new Map<string, number>();
  const store: MapStore<string, number> = {
    storeAll(entries) {
      if ([...entries.values()].some((value) => value < 10)) throw new Error('?');
      for (const [key, value] of entries) rows.set(key, value);
    },
  };
  const { map, clock, instance } = await open(store, { maxRetries: 0, onDeadLetter: () => undefined });
  await map.putAll(Array.from({ length: 100 }, (_, i) => [`k${i}`, i] as const));
  for (let i = 0; i < 20; i++) {
    clock.advance(5000);
    await turns();
  }
  assert.is(rows.size, 90);
  await instance.close();
});

test('M56 a store that tells which entries failed: no splitting, the others are not written again', async () => {
  const calls: string[][] = [];
  const store: MapStore<string, number> = {
    failureKind: () => 'poison',
    storeAll(entries) {
      calls.push([...entries.keys()]);
      if (entries.has('b')) throw new BatchStoreError(new Map([['b', new Error('no')]]));
    },
  };
  const letters: DeadLetter[] = [];
  const { map, instance } = await open(store, { maxRetries: 0, onDeadLetter: (letter) => void letters.push(letter) });
  await map.putAll([['a', 1], ['b', 2], ['c', 3]]); // prettier-ignore
  await map.flush();
  assert.equal(calls, [['a', 'b', 'c']]);
  assert.equal(letters.map(({ key, error }) => [key, (error as Error).message]), [['b', 'no']]); // prettier-ignore
  await instance.close();
});

test('M55 the same with write-through: memory has what the store has', async () => {
  const failing = (keys: Iterable<string>): void => {
    if ([...keys].includes('b')) throw new BatchStoreError(new Map([['b', new Error('no')]]));
  };
  const store: MapStore<string, number> = { storeAll: (entries) => failing(entries.keys()), deleteAll: failing };
  const { map, instance } = await open(store, { writeDelaySeconds: 0 });
  assert.is((await refusal(map.putAll([['a', 1], ['b', 2], ['c', 3]]))).code, 'ERR_MAP_STORE'); // prettier-ignore
  assert.equal((await map.keySet()).toSorted(), ['a', 'c']);
  await map.putTransient('b', 2);
  assert.is((await refusal(map.clear())).code, 'ERR_MAP_STORE');
  assert.equal(await map.keySet(), ['b']);
  await instance.close();
});

test('M56 a BatchStoreError that names no keys, or without a Map of them, is an error like any other: the batch is split', async () => {
  const wrong: readonly (() => Error)[] = [
    () => new BatchStoreError(new Set(['a']) as never), // throws a TypeError itself
    () => Object.assign(new BatchStoreError(new Map()), { failed: new Set(['a']) }),
    () => Object.assign(new BatchStoreError(new Map()), { failed: undefined }),
    () => new BatchStoreError(new Map([[{ not: () => 'a key' }, 'reason']])),
  ];
  for (const makeError of wrong) {
    const stored: string[] = [];
    const store: MapStore<string, number> = {
      storeAll(entries) {
        if (entries.size > 1) throw makeError();
        stored.push(...entries.keys());
      },
    };
    const { map, instance } = await open(store);
    await map.putAll([['a', 1], ['b', 2]]); // prettier-ignore
    await map.flush();
    assert.equal(stored, ['a', 'b']);
    await instance.close();
  }
  assert.throws(() => new BatchStoreError([['a', 'reason']] as never), /needs a Map/);
});

test('M56, M60 what storeAll gives that is no Map says nothing: the entries are written, once, and kept as they were put', async () => {
  for (const writeDelaySeconds of [0, 1]) {
    for (const answer of [{ rowCount: 2 }, 2, ['a', 'b'], 'ok', true, [{ id: 1 }]]) {
      let calls = 0;
      const store: MapStore<string, number> = { storeAll: () => (calls++, answer as never) };
      const { map, instance } = await open(store, { writeDelaySeconds });
      await map.putAll([['a', 1], ['b', 2]]); // prettier-ignore
      await map.set('a', 3);
      await map.flush();
      assert.equal([calls, await map.getAll(['a', 'b'])], [writeDelaySeconds === 0 ? 2 : 1, new Map([['a', 3], ['b', 2]])]); // prettier-ignore
      assert.is(map.getLocalMapStats().writeBehind?.lastError, undefined);
      await instance.close();
    }
  }
});

test('M56 what a later change stands for is no dead letter; what waits behind one goes on when it is taken', async () => {
  for (const writeCoalescing of [true, false]) {
    const rows = new Map<string, number>();
    const { promise: asked, resolve: answer } = Promise.withResolvers<void>();
    const store: MapStore<string, number> = {
      failureKind: () => 'poison',
      async storeAll(entries) {
        await asked;
        if (entries.get('k')! < 0) throw new Error('negative');
        for (const [key, value] of entries) rows.set(key, value);
      },
    };
    const letters: unknown[] = [];
    const onDeadLetter = async ({ value }: DeadLetter): Promise<void> => {
      await turns(); // longer than the batch it was in
      letters.push(value);
    };
    const { map, clock, instance } = await open(store, { writeCoalescing, maxRetries: 0, onDeadLetter });
    await map.set('k', -1);
    clock.advance(1000);
    await turns();
    await map.set('k', 2);
    answer();
    clock.advance(1000);
    await turns();
    clock.advance(1000);
    await turns();
    await turns();
    assert.equal(letters, writeCoalescing ? [] : [-1]);
    assert.equal(rows, new Map([['k', 2]]));
    await instance.close();
  }
});

test('M56 onDeadLetter that fails: the entry stays, and is tried again', async () => {
  let isPoison = true;
  const rows = new Map<string, number>();
  const store: MapStore<string, number> = {
    failureKind: () => 'poison',
    storeAll(entries) {
      if (isPoison) throw new Error('no');
      for (const [key, value] of entries) rows.set(key, value);
    },
  };
  const { map, clock, instance } = await open(store, {
    maxRetries: 0,
    onDeadLetter: () => {
      throw new Error('disk full');
    },
  });
  await map.set('k', 1);
  clock.advance(1000);
  await turns();
  const { queued, deadLetters, lastError } = map.getLocalMapStats().writeBehind!;
  assert.equal([queued, deadLetters, lastError?.message], [1, 0, 'disk full']);
  isPoison = false;
  clock.advance(5000);
  await turns();
  assert.equal(rows, new Map([['k', 1]]));
  await instance.close();
});

test('M56 without onDeadLetter nothing is given up: flush and close say what is not stored, and why', async () => {
  const poison = new Set(['bad', 'worse']);
  const store: MapStore<string, number> = {
    failureKind: () => 'poison',
    storeAll(entries) {
      if ([...entries.keys()].some((key) => poison.has(key))) throw new Error('no such enum');
    },
  };
  const { map, clock, instance } = await open(store, { maxRetries: 1 });
  const attempt = async (call: Promise<void>): Promise<unknown> => {
    const outcome = call.then(
      () => 'stored',
      (error: CobnutError) => [error.code, error.details['unsaved'], error.message, (error.cause as Error).message],
    );
    for (let i = 0; i < 3; i++) {
      await turns();
      clock.advance(5000);
    }
    await turns();
    return outcome;
  };
  await map.putAll([['good', 1], ['bad', 2], ['worse', 3]]); // prettier-ignore
  const why = "map 'test': the store's storeAll failed: no such enum";
  assert.equal(await attempt(map.flush()), ['ERR_MAP_STORE', 2, `map 'test': 2 writes are not stored: ${why}`, why]);
  poison.delete('bad');
  assert.equal(await attempt(map.flush()), ['ERR_MAP_STORE', 1, `map 'test': 1 write is not stored: ${why}`, why]);
  poison.clear();
  assert.is(await attempt(map.flush()), 'stored');
  poison.add('bad');
  await map.set('bad', 3);
  assert.equal(await attempt(instance.close()), ['ERR_MAP_STORE', 1, `map 'test': 1 write is not stored: ${why}`, why]);
});

test('M56 destroy and close store what is queued', async () => {
  for (const how of ['destroy', 'close'] as const) {
    const store = new TestStore<string, number>();
    const { map, instance } = await open(store, { writeDelaySeconds: 3600 });
    await map.putAll([['a', 1], ['b', 2]]); // prettier-ignore
    await map.delete('a');
    if (how === 'destroy') await map.destroy();
    await instance.close();
    assert.equal(store.entries, new Map([['b', 2]]));
  }
});

test('M56 closing does not wait for ever: after timeoutMs the rest goes to onDeadLetter, or closing fails and says how much is lost', async () => {
  for (const hasLetters of [true, false]) {
    const letters: DeadLetter[] = [];
    const store: MapStore<string, number> = {
      failureKind: () => 'connection',
      storeAll: () => {
        throw new Error('no line');
      },
      deleteAll: () => new Promise(() => undefined), // a connection that hangs
    };
    const { map, clock, instance } = await open(store, {
      queueCapacity: 3,
      writeBatchSize: 2,
      ...(hasLetters ? { onDeadLetter: (letter: DeadLetter) => void letters.push(letter) } : {}),
    });
    await map.set('a', 1);
    await map.set('b', 2);
    await map.delete('c');
    const late = refusal(map.set('d', 4));
    await turns();
    const closing = instance.close({ timeoutMs: 10_000 }).then(
      () => undefined,
      (error: unknown) => error as { code: string; message: string; details: unknown },
    );
    await turns();
    clock.advance(9_999);
    await turns();
    assert.equal(letters, []);
    clock.advance(1);
    const error = await closing;
    assert.is((await late).code, 'ERR_WRITE_BEHIND_FULL', 'it was never acknowledged');
    if (hasLetters) {
      assert.is(error, undefined);
      assert.equal(letters.map(({ key, operation, value }) => [key, operation, value]).toSorted(), [['a', 'store', 1], ['b', 'store', 2], ['c', 'delete', undefined]]); // prettier-ignore
    } else {
      assert.equal([error?.code, error?.details], ['ERR_MAP_STORE', { map: 'test', operation: 'close', unsaved: 3 }]);
      assert.match(error!.message, /3 writes are not stored.*no line/);
    }
  }
});

test.run();
