/** What a map expects of its store, whatever is behind it: one suite of tests, for `node:test`, uvu, Vitest, Jest, Mocha or any other runner. */
import assert from 'node:assert/strict';
import type { Awaitable, LoadSink, MapLoaderLifecycle, MapStore } from '../../lib/api/map-store.ts';

type Store<K, V> = MapStore<K, V> & MapLoaderLifecycle;

export interface MapStoreSuiteOptions<K, V> {
  /** Registers one test, as the `test` or `it` of a runner does. */
  readonly test: (title: string, body: () => Promise<void>) => unknown;
  /** A new store with nothing in its database; not yet opened by `init` when it has that. Called once for each test. */
  readonly open: () => Awaitable<Store<K, V>>;
  /** Called after each test, `destroy` done: to drop what `open` made. */
  readonly close?: (store: Store<K, V>) => Awaitable<void>;
  /**
   * Entry number `n`, from 0 on: another key for each `n`; for each `version`, from 0 on, another value. Equal arguments give equal entries. The
   * values must be such that they come back from the database as they went in.
   */
  readonly entry: (n: number, version: number) => readonly [K, V];
  /** Puts entries into the database, for stores that only load. Default: the store's own methods. */
  readonly seed?: (store: Store<K, V>, entries: ReadonlyMap<K, V>) => Awaitable<void>;
  /** Entries of the test with many. Default 2,500. */
  readonly many?: number;
}

/** Throws TypeError when the options are not enough. Tests of methods that the store lacks do nothing. */
export function mapStoreSuite<K, V>(options: MapStoreSuiteOptions<K, V>): void {
  for (const name of ['test', 'open', 'entry'] as const) {
    if (typeof options[name] !== 'function') throw new TypeError(`mapStoreSuite needs the function \`${name}\``);
  }
  const run = (title: string, body: (bench: Bench<K, V>) => Promise<void>): void => {
    options.test(title, () => inStore(options, body));
  };
  loading(run, options);
  writing(run);
  inBulk(run, options);
  misuse(run);
}

type Run<K, V> = (title: string, body: (bench: Bench<K, V>) => Promise<void>) => void;

async function inStore<K, V>(options: MapStoreSuiteOptions<K, V>, body: (bench: Bench<K, V>) => Promise<void>): Promise<void> {
  const store = await options.open();
  try {
    await store.init?.({ mapName: 'conformance', properties: {} });
    try {
      await body(new Bench(store, options));
    } finally {
      await store.destroy?.();
    }
  } finally {
    await options.close?.(store);
  }
}

/** A store, and its database as far as the store shows it. */
class Bench<K, V> {
  readonly store: Store<K, V>;
  readonly #options: MapStoreSuiteOptions<K, V>;

  constructor(store: Store<K, V>, options: MapStoreSuiteOptions<K, V>) {
    this.store = store;
    this.#options = options;
  }

  get canSeed(): boolean {
    return this.#options.seed !== undefined || this.store.store !== undefined || this.store.storeAll !== undefined;
  }

  key(n: number): K {
    return this.#options.entry(n, 0)[0];
  }

  value(n: number, version = 0): V {
    return frozen(this.#options.entry(n, version)[1]);
  }

  /** The entries of those numbers. */
  entries(...numbers: readonly number[]): Map<K, V> {
    return new Map(numbers.map((n) => [this.key(n), this.value(n)]));
  }

  async seed(...numbers: readonly number[]): Promise<void> {
    const entries = this.entries(...numbers);
    if (this.#options.seed !== undefined) await this.#options.seed(this.store, entries);
    else if (this.store.storeAll !== undefined) await this.store.storeAll(entries);
    else for (const [key, value] of entries) await this.store.store!(key, value);
  }

  async load(n: number): Promise<V | undefined> {
    if (this.store.load !== undefined) return (await this.store.load(this.key(n))) ?? undefined;
    const [pair] = [...((await this.store.loadAll?.([this.key(n)])) ?? [])];
    return pair?.[1];
  }

  /** Whether the database has the value, and no other. */
  async has(n: number, value: V | undefined): Promise<void> {
    assert.deepEqual(await this.load(n), value);
  }

  /** Numbers of the entries that `loadAllKeys` names, out of the first `count`. */
  async numbers(count: number): Promise<number[]> {
    const texts = new Map(Array.from({ length: count }, (_, n) => [spell(this.key(n)), n]));
    const found: number[] = [];
    for await (const key of (await this.store.loadAllKeys!()) ?? []) {
      const n = texts.get(spell(key));
      assert.notEqual(n, undefined, `loadAllKeys gave ${spell(key)}, which nobody stored`);
      found.push(n!);
    }
    return found.toSorted((a, b) => a - b);
  }
}

function loading<K, V>(run: Run<K, V>, { entry }: MapStoreSuiteOptions<K, V>): void {
  run('the entries of this suite are fit for it: keys and versions differ', async (bench) => {
    assert.notDeepEqual(entry(0, 0)[0], entry(1, 0)[0]);
    assert.notDeepEqual(entry(0, 0)[1], entry(0, 1)[1]);
    assert.deepEqual(entry(0, 1)[0], entry(0, 0)[0]);
    assert.ok(bench.canSeed, 'a store that only loads needs the option `seed`');
  });

  run('an empty database has nothing', async (bench) => {
    await bench.has(0, undefined);
    if (bench.store.loadAll !== undefined) assert.equal((await bench.store.loadAll([bench.key(0), bench.key(1)])).size, 0);
    if (bench.store.loadAllKeys !== undefined) assert.deepEqual(await bench.numbers(0), []);
  });

  run('load gives what is there, and nothing for other keys', async (bench) => {
    await bench.seed(0, 1, 2);
    for (const n of [0, 1, 2]) await bench.has(n, bench.value(n));
    await bench.has(3, undefined);
  });

  run('loadAll gives those that are there, by the keys that were asked for', async (bench) => {
    const { store } = bench;
    if (store.loadAll === undefined) return;
    await bench.seed(0, 1, 2);
    const asked = [bench.key(2), bench.key(3), bench.key(0)];
    const loaded = new Map(await store.loadAll(asked));
    assert.equal(loaded.size, 2);
    for (const n of [0, 2]) {
      const pair = [...loaded].find(([key]) => spell(key) === spell(bench.key(n)));
      assert.deepEqual(pair?.[1], bench.value(n));
    }
    assert.equal((await store.loadAll([])).size, 0);
  });

  run('loadAllKeys names each key once, as often as it is asked', async (bench) => {
    if (bench.store.loadAllKeys === undefined) return;
    await bench.seed(0, 1, 2);
    assert.deepEqual(await bench.numbers(3), [0, 1, 2]);
    assert.deepEqual(await bench.numbers(3), [0, 1, 2]);
  });

  run('a reading of keys that is broken off does no harm', async (bench) => {
    const { store } = bench;
    if (store.loadAllKeys === undefined) return;
    await bench.seed(0, 1, 2);
    for await (const _ of (await store.loadAllKeys()) ?? []) break;
    assert.deepEqual(await bench.numbers(3), [0, 1, 2]);
  });

  run('loadOwned gives the wanted rows and counts them; it stops when it is told to', async (bench) => {
    const { store } = bench;
    if (store.loadOwned === undefined) return;
    await bench.seed(0, 1, 2);
    const unwanted = spell(bench.key(1));
    const { sink, rows } = collector<K, V>((key) => spell(key) !== unwanted);
    assert.deepEqual(await store.loadOwned(sink, new AbortController().signal), { read: 3, kept: 2 });
    assert.deepEqual(rows, new Map([0, 2].map((n) => [spell(bench.key(n)), bench.value(n)])));
    await assert.rejects(store.loadOwned(collector<K, V>().sink, AbortSignal.abort(new Error('given up'))));
    await bench.has(0, bench.value(0));
  });
}

function writing<K, V>(run: Run<K, V>): void {
  run('what was stored is loaded; storing again replaces', async (bench) => {
    const { store } = bench;
    if (store.store === undefined) return;
    const kept = (await store.store(bench.key(0), bench.value(0))) ?? bench.value(0);
    await bench.has(0, kept);
    const keptNow = (await store.store(bench.key(0), bench.value(0, 1))) ?? bench.value(0, 1);
    await bench.has(0, keptNow);
  });

  run('delete removes, and does not mind an absent key', async (bench) => {
    const { store } = bench;
    if (store.delete === undefined) return;
    await bench.seed(0, 1);
    await store.delete(bench.key(0));
    await store.delete(bench.key(0));
    await bench.has(0, undefined);
    await bench.has(1, bench.value(1));
  });

  run('concurrent writes of one key take effect in the order of the calls', async (bench) => {
    const { store } = bench;
    if (store.store === undefined) return;
    const key = bench.key(0);
    const writes = Array.from({ length: 20 }, async (_, version) => store.store!(key, bench.value(0, version)));
    const kept = (await Promise.all(writes)).at(-1) ?? bench.value(0, 19);
    await bench.has(0, kept);
    if (store.delete === undefined) return;
    await Promise.all([store.store(key, bench.value(0)), store.delete(key), store.store(key, bench.value(0, 7)), store.delete(key)]);
    await bench.has(0, undefined);
  });
}

function inBulk<K, V>(run: Run<K, V>, { many = 2500 }: MapStoreSuiteOptions<K, V>): void {
  run('storeAll stores all, new and old', async (bench) => {
    const { store } = bench;
    if (store.storeAll === undefined) return;
    await store.storeAll(new Map([[bench.key(1), bench.value(1, 1)]]));
    const entries = bench.entries(0, 1, 2);
    const kept = new Map((await store.storeAll(entries)) ?? []);
    for (const n of [0, 1, 2]) await bench.has(n, kept.get([...entries.keys()][n]!) ?? bench.value(n));
  });

  run('deleteAll removes those that it names, in any order, one of them twice', async (bench) => {
    const { store } = bench;
    if (store.deleteAll === undefined) return;
    await bench.seed(0, 1, 2);
    await store.deleteAll([bench.key(2), bench.key(3), bench.key(0), bench.key(2)]);
    await bench.has(0, undefined);
    await bench.has(1, bench.value(1));
    await bench.has(2, undefined);
  });

  run('batches of nothing do nothing', async (bench) => {
    const { store } = bench;
    await store.storeAll?.(new Map());
    await store.deleteAll?.([]);
    await bench.has(0, undefined);
  });

  run(`${many} entries at once`, async (bench) => {
    const { store } = bench;
    if (store.storeAll === undefined) return;
    const numbers = Array.from({ length: many }, (_, n) => n);
    const entries = bench.entries(...numbers);
    await store.storeAll(entries);
    if (store.loadAllKeys !== undefined) assert.deepEqual(await bench.numbers(many), numbers);
    if (store.loadAll !== undefined) assert.equal((await store.loadAll([...entries.keys()])).size, many);
    if (store.deleteAll === undefined) return;
    await store.deleteAll([...entries.keys()]);
    await bench.has(many - 1, undefined);
    if (store.loadAllKeys !== undefined) assert.deepEqual(await bench.numbers(many), []);
  });
}

function misuse<K, V>(run: Run<K, V>): void {
  const kinds = new Set<unknown>(['retry', 'connection', 'poison', 'conflict', 'fatal', undefined]);
  run('failureKind knows every error, and what is none', async ({ store }) => {
    if (store.failureKind === undefined) return;
    for (const error of [new Error('x'), Object.assign(new Error('x'), { code: 'ECONNRESET' }), 'text', undefined, null, {}]) {
      assert.ok(kinds.has(store.failureKind(error)));
    }
  });
}

function collector<K, V>(owns: (key: K) => boolean = () => true): { sink: LoadSink<K, V>; rows: Map<string, V> } {
  const rows = new Map<string, V>();
  return { rows, sink: { owns, put: (key, value) => void rows.set(spell(key), value), drained() {} } };
}

/** Keys that are equal by value have equal texts. */
function spell(key: unknown): string {
  if (typeof key === 'bigint') return `${key}n`;
  if (key instanceof Date) return `date ${key.getTime()}`;
  if (Array.isArray(key)) return `[${key.map(spell).join()}]`;
  if (typeof key !== 'object' || key === null) return JSON.stringify(key) ?? String(key);
  const parts = Object.entries(key).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return `{${parts.map(([name, part]) => `${JSON.stringify(name)}:${spell(part)}`).join()}}`;
}

/** Maps give stores frozen values: a store that changes them should fail here. */
function frozen<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !ArrayBuffer.isView(value) && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const part of Object.values(value)) frozen(part);
  }
  return value;
}
