/** M56: closing a map never takes longer than it was told, whatever hangs; it stores what can be stored, and says what is lost. */
import * as assert from 'uvu/assert';
import type { CobnutError, IMap, MapLoaderLifecycle, MapStore, MapStoreOptions } from '../../lib/index.ts';
import { describe } from '../kit/describe.ts';
import { openMap, testClock } from '../kit/instance.ts';
import { turns } from './write-behind-map.ts';

const test = describe('manual: closing');
const never = (): Promise<never> => new Promise(() => undefined);

interface Case {
  readonly name: string;
  readonly store: MapStore<string, number> & MapLoaderLifecycle;
  readonly options?: MapStoreOptions;
  /** Calls that will hang. */
  readonly begin?: (map: IMap<string, number>) => Promise<unknown>;
  /** Milliseconds after which closing with 10 s must have ended. */
  readonly endsAfterMs: number;
  readonly hanging?: string;
  readonly unsaved: number;
  /** Keys that reached the store. */
  readonly stored: readonly string[];
}

const CALL = 'the initial load or a call that had begun';
const WRITE_BEHIND: MapStoreOptions = { writeDelaySeconds: 3600 };
const refused = (): never => {
  throw new Error('refused');
};

const CASES: readonly Case[] = [
  {
    name: 'load, write-through',
    store: { load: never },
    begin: (map) => map.get('k'),
    endsAfterMs: 10_000,
    hanging: CALL,
    unsaved: 0,
    stored: [],
  },
  {
    name: 'store, write-through',
    store: { store: never },
    begin: (map) => map.set('k', 1),
    endsAfterMs: 10_000,
    hanging: CALL,
    unsaved: 0,
    stored: [],
  },
  {
    name: 'loadAllKeys of the initial load',
    store: { loadAllKeys: never, loadAll: () => new Map() },
    begin: (map) => map.size(),
    endsAfterMs: 10_000,
    hanging: CALL,
    unsaved: 0,
    stored: [],
  },
  {
    name: 'loadAll of the initial load',
    store: { loadAllKeys: () => ['k'], loadAll: never },
    begin: (map) => map.size(),
    endsAfterMs: 10_000,
    hanging: CALL,
    unsaved: 0,
    stored: [],
  },
  {
    name: 'load, beside writes that are queued',
    store: { load: never },
    options: WRITE_BEHIND,
    begin: (map) => map.get('k'),
    endsAfterMs: 10_000,
    hanging: CALL,
    unsaved: 0,
    stored: ['a', 'b'],
  },
  {
    name: 'load, beside writes that are refused',
    store: { load: never, failureKind: () => 'poison', storeAll: refused },
    options: WRITE_BEHIND,
    begin: (map) => map.get('k'),
    endsAfterMs: 10_000,
    hanging: CALL,
    unsaved: 2,
    stored: [],
  },
  { name: 'storeAll', store: { storeAll: never }, options: WRITE_BEHIND, endsAfterMs: 10_000, unsaved: 2, stored: [] },
  {
    name: 'onDeadLetter, while it runs',
    store: { failureKind: () => 'poison', storeAll: refused },
    options: { ...WRITE_BEHIND, maxRetries: 0, onDeadLetter: never },
    endsAfterMs: 15_000,
    unsaved: 2,
    stored: [],
  },
  {
    name: 'onDeadLetter, at the end',
    store: { failureKind: () => 'connection', storeAll: refused },
    options: { ...WRITE_BEHIND, onDeadLetter: never },
    endsAfterMs: 15_000,
    unsaved: 2,
    stored: [],
  },
  { name: 'destroy', store: { destroy: never }, endsAfterMs: 10_000, hanging: "the store's destroy", unsaved: 0, stored: [] },
];

for (const { name, store, options, begin, endsAfterMs, hanging, unsaved, stored } of CASES) {
  test(`M56 a hung ${name}`, async () => {
    const reached: string[] = [];
    const clock = testClock();
    const implementation: MapStore<string, number> = { storeAll: (entries) => void reached.push(...entries.keys()), ...store };
    const { map, instance } = await openMap<string, number>({ mapStore: { implementation, ...options } }, { clock });
    if (options !== undefined) {
      await map.set('a', 1);
      await map.set('b', 2);
    }
    begin?.(map).catch(() => undefined);
    await turns();
    let error: CobnutError | undefined;
    const closing = instance.close({ timeoutMs: 10_000 }).catch((reason: unknown) => (error = reason as CobnutError));
    await turns();
    assert.equal(reached, stored, 'not kept from being stored');
    for (let ms = 0; ms < endsAfterMs; ms += 1000) {
      assert.is(error, undefined, `at ${ms} ms`);
      clock.advance(1000);
      await turns();
    }
    await closing;
    assert.equal([error?.code, error?.details['hanging'], error?.details['unsaved']], ['ERR_MAP_STORE', hanging, unsaved]);
    assert.match(error!.message, hanging ?? `${unsaved} writes are not stored`);
  });
}

test('M56 calls that the end of the patience sets free do not count as hanging; what comes back after it finds no room any more', async () => {
  const clock = testClock();
  const { promise: loaded, resolve: answer } = Promise.withResolvers<void>();
  const implementation: MapStore<string, number> = {
    failureKind: () => 'connection',
    load: (key) => (key === 'slow' ? loaded.then(() => undefined) : undefined),
    storeAll: refused,
  };
  const { map, instance } = await openMap<string, number>({ mapStore: { implementation, ...WRITE_BEHIND } }, { clock });
  await map.set('a', 1);
  const flushed = map.flush().catch((error: CobnutError) => error.code);
  const late = map.put('slow', 1).catch((error: CobnutError) => [error.code, error.message]);
  const closing = instance.close({ timeoutMs: 10_000 }).catch((error: CobnutError) => [error.code, error.message]);
  await turns();
  clock.advance(10_000);
  assert.is(await flushed, 'ERR_ABORTED');
  const lost =
    "map 'test': closing was given up after 10000 ms, because the initial load or a call that had begun has not ended; writes not stored: 1";
  assert.equal(await closing, ['ERR_MAP_STORE', lost]);
  answer();
  assert.equal(await late, ['ERR_WRITE_BEHIND_FULL', "map 'test': the map is being closed: the write-behind queue takes no more"]);
});

test('M56 closing as long as it takes', async () => {
  const clock = testClock();
  const { promise: released, resolve: release } = Promise.withResolvers<void>();
  const stored: string[] = [];
  const implementation: MapStore<string, number> = {
    async storeAll(entries) {
      await released;
      stored.push(...entries.keys());
    },
  };
  const { map, instance } = await openMap<string, number>({ mapStore: { implementation, ...WRITE_BEHIND } }, { clock });
  await map.set('a', 1);
  const closing = instance.close({ timeoutMs: Infinity });
  await turns();
  clock.advance(86_400_000);
  await turns();
  release();
  await closing;
  assert.equal(stored, ['a']);
});

test.run();
