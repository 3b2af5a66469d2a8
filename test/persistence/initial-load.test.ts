/** The initial load (M59): bounded memory, slices, progress, and a clean end whatever fails. */
import * as assert from 'uvu/assert';
import type { LoadProgress, LoadSink } from '../../lib/api/map-store.ts';
import type { Clock } from '../../lib/base/clock.ts';
import type { AnyStore, MapStoreConfig } from '../../lib/config/map-config.ts';
import { MapStoreError } from '../../lib/errors.ts';
import { loadInitially } from '../../lib/persistence/initial-load.ts';
import { StoreCalls } from '../../lib/persistence/store-calls.ts';
import { describe } from '../kit/describe.ts';
import { testClock } from '../kit/instance.ts';
import { refusal } from '../kit/refusal.ts';

const test = describe('initial load');

interface Run {
  readonly store: AnyStore;
  readonly batchSize?: number;
  readonly clock?: Clock;
  readonly sliceMs?: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: LoadProgress) => void;
  readonly onPut?: () => void;
  readonly owns?: (key: unknown) => boolean;
}

/** What came into memory. */
async function load(run: Run): Promise<Map<unknown, unknown>> {
  const { store, batchSize = 10, clock = testClock(), sliceMs = 5, signal = new AbortController().signal } = run;
  const config = { loadBatchSize: batchSize, onProgress: run.onProgress } as MapStoreConfig;
  const kept = new Map<unknown, unknown>();
  const target = {
    owns: run.owns ?? (() => true),
    put(key: unknown, value: unknown): boolean {
      run.onPut?.();
      if (kept.has(key)) return false;
      kept.set(key, value);
      return true;
    },
  };
  assert.is(await loadInitially(new StoreCalls('m', store), config, target, clock, sliceMs, signal), kept.size);
  return kept;
}

const numbers = (count: number): number[] => Array.from({ length: count }, (_, i) => i);
const echo = (keys: readonly unknown[]): Map<unknown, unknown> => new Map(keys.map((key) => [key, `v${String(key)}`]));

test('keys from an array, an iterable, an async iterable, none: in batches, each key once', async () => {
  const sources: readonly (readonly [() => unknown, number])[] = [
    [() => numbers(25), 25],
    [() => new Set(numbers(25)), 25],
    [async () => slowly(25), 25],
    [() => undefined, 0],
    [() => null, 0],
    [() => [], 0],
  ];
  for (const [loadAllKeys, count] of sources) {
    const batches: number[] = [];
    const loadAll = (keys: readonly unknown[]): Map<unknown, unknown> => {
      batches.push(keys.length);
      return echo(keys);
    };
    const kept = await load({ store: { loadAllKeys, loadAll } as AnyStore });
    assert.equal(
      [...kept.keys()].toSorted((a, b) => Number(a) - Number(b)),
      numbers(count),
    );
    assert.equal(
      batches.toSorted((a, b) => b - a),
      count === 0 ? [] : [10, 10, 5],
    );
  }
});

test('keys without a row are no error, those of other members are not asked for', async () => {
  const asked: unknown[] = [];
  const store = {
    loadAllKeys: () => numbers(10),
    loadAll: (keys: readonly unknown[]) => {
      asked.push(...keys);
      return echo(keys.filter((key) => key !== 4));
    },
  };
  const kept = await load({ store, owns: (key) => (key as number) % 2 === 0 });
  assert.equal(asked, [0, 2, 4, 6, 8]);
  assert.equal([...kept.keys()], [0, 2, 6, 8]);
});

test('a store that only writes, or gives no keys, loads nothing', async () => {
  assert.is((await load({ store: { store: () => undefined, loadAllKeys: () => [1] } })).size, 0);
  assert.is((await load({ store: { load: () => 1 } })).size, 0);
});

test('never more than two batches of keys are outstanding, however slow the store', async () => {
  let given = 0;
  let answered = 0;
  let most = 0;
  async function* keys(): AsyncGenerator<number> {
    for (const key of numbers(1000)) {
      given++;
      most = Math.max(most, given - answered);
      yield key;
    }
  }
  const store = {
    loadAllKeys: keys,
    async loadAll(some: readonly unknown[]) {
      await new Promise((resolve) => setImmediate(resolve));
      answered += some.length;
      return echo(some);
    },
  };
  assert.is((await load({ store, batchSize: 20 })).size, 1000);
  assert.ok(most <= 2 * 20 + 1, `${most} keys`);
});

test('an error in the middle of the keys, of a batch, or of a row ends the load and closes the iteration', async () => {
  const cause = new Error('line cut');
  let closed = 0;
  async function* keys(failAt: number): AsyncGenerator<number> {
    try {
      for (const key of numbers(100)) {
        if (key === failAt) throw cause;
        yield key;
      }
    } finally {
      closed++;
    }
  }
  const inKeys = await refusal(load({ store: { loadAllKeys: () => keys(35), loadAll: echo } }));
  assert.instance(inKeys, MapStoreError);
  assert.is(inKeys.cause, cause);
  assert.is(closed, 1);

  let batches = 0;
  const failing = (some: readonly unknown[]): Map<unknown, unknown> => {
    if (++batches === 3) throw cause;
    return echo(some);
  };
  const inBatch = await refusal(load({ store: { loadAllKeys: () => keys(-1), loadAll: failing } }));
  assert.is(inBatch.cause, cause);
  assert.is(closed, 2);
  assert.ok(batches <= 4, `${batches} batches: no more than the other lane had begun`);

  const bad = new MapStoreError('no value');
  const inRow = await refusal(
    load({
      store: { loadAllKeys: () => keys(-1), loadAll: echo },
      onPut() {
        throw bad;
      },
    }),
  );
  assert.is(inRow, bad);
  assert.is(closed, 3);
});

test('an aborted load ends with the reason before its next batch, and closes the iteration', async () => {
  for (const streams of [false, true]) {
    const stop = new AbortController();
    const reason = new MapStoreError('closing');
    let closed = false;
    let puts = 0;
    async function* keys(): AsyncGenerator<number> {
      try {
        yield* numbers(1000);
      } finally {
        closed = true;
      }
    }
    const loadOwned = async (sink: LoadSink<unknown, unknown>): Promise<never> => {
      try {
        for (let key = 0; ; key++) {
          sink.put(key, key);
          await sink.drained();
        }
      } finally {
        closed = true;
      }
    };
    const error = await refusal(
      load({
        store: streams ? { loadOwned } : { loadAllKeys: keys, loadAll: echo },
        signal: stop.signal,
        onPut: () => {
          if (++puts === 25) stop.abort(reason);
        },
      }),
    );
    assert.ok(error === reason || error.cause === reason);
    assert.ok(closed);
    assert.ok(puts <= 45, `${puts} rows`);
  }
});

test('works in slices: the event loop turns while rows come in', async () => {
  for (const streams of [false, true]) {
    const clock = testClock();
    let turns = 0;
    const counting: Clock = {
      ...clock,
      yield: () => {
        turns++;
        return Promise.resolve();
      },
    };
    const loadOwned = async (sink: LoadSink<unknown, unknown>) => {
      for (const key of numbers(6400)) {
        sink.put(key, key);
        if (key % 64 === 63) await sink.drained();
      }
      return { read: 6400, kept: 6400 };
    };
    // Each row takes 0.1 ms: 640 ms of work.
    const kept = await load({
      store: streams ? { loadOwned } : { loadAllKeys: () => numbers(6400), loadAll: echo },
      clock: counting,
      batchSize: 1000,
      sliceMs: 5,
      onPut: () => clock.advance(0.1),
    });
    assert.is(kept.size, 6400);
    assert.ok(turns >= 640 / (5 + 6.4) - 1 && turns <= 640 / 5 + 1, `${turns} turns`);
  }
});

test('progress: at most a few times a second, rows as kept, and once at the end', async () => {
  const clock = testClock();
  const told: LoadProgress[] = [];
  await load({
    store: { loadAllKeys: () => numbers(1000), loadAll: echo },
    clock,
    batchSize: 100,
    onPut: () => clock.advance(1),
    onProgress: (progress) => void told.push(progress),
  });
  assert.ok(told.length >= 3 && told.length <= 5, String(told.length));
  assert.ok(told.every((progress, i) => i === 0 || progress.rows >= told[i - 1]!.rows));
  assert.equal(told.at(-1), { mapName: 'm', rows: 1000, rowsPerSecond: 1000, elapsedMs: 1000, done: true });
  assert.equal(told.filter(({ done }) => done).length, 1);
  assert.ok(told.every((progress) => Object.isFrozen(progress)));
});

test.run();

async function* slowly(count: number): AsyncGenerator<number> {
  yield* numbers(count);
}
