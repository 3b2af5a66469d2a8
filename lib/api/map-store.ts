/** What a user writes to put a database behind a map. Source: Hazelcast manual, "Map Persistence"; contract M54-M61. */

import type { ChangeFeed, ChangeSink } from './change-feed.ts';
import type { StoreAnswer, StoreQuery } from './store-query.ts';

export type Awaitable<T> = T | Promise<T>;

/** Reads from the database. */
export interface MapLoader<K, V> {
  /** The value of one key; `undefined` or `null` when there is none. */
  load?(key: K): Awaitable<V | undefined | null>;
  /** The values of many keys; keys without a row are left out. */
  loadAll?(keys: readonly K[]): Awaitable<ReadonlyMap<K, V>>;
  /** All keys to load at the start, some of them (hot ones), or none (`undefined`, `null`). May be lazy: it is never held whole. */
  loadAllKeys?(): Awaitable<Iterable<K> | AsyncIterable<K> | undefined | null>;
  /** One pass over all rows instead of `loadAllKeys` and `loadAll`; preferred where a loader has it. */
  loadOwned?(sink: LoadSink<K, V>, signal: AbortSignal): Promise<LoadCount>;
  /**
   * Follows what other programs change in the database (B4), until the signal is aborted. Resolves as soon as no change that is committed from now on
   * can be missed: it is called before the first load. `undefined`, or left out: the map is not told. Needs `load` or `loadAll`.
   */
  follow?(sink: ChangeSink<K, V>, signal: AbortSignal): Promise<ChangeFeed | undefined>;
  /** How the store answers a query by itself: for `query({ source: 'store' | 'both' })` (B3). See `StoreAnswer`. */
  find?(query: StoreQuery): Awaitable<StoreAnswer<K, V>>;
}

export interface LoadCount {
  /** Rows read from the database. */
  readonly read: number;
  /** Rows given to the sink. */
  readonly kept: number;
}

/** Where `loadOwned` puts its rows. */
export interface LoadSink<K, V> {
  /** Whether this member wants the key: ask before decoding the rest of a row. */
  owns(key: K): boolean;
  /** The value must have been made for this call: from now on it belongs to the map, which freezes it as it is if it can. */
  put(key: K, value: V): void;
  /** Resolves when more may be put: await it every few thousand rows. Rejects when the load is given up, as the signal says too. */
  drained(): Awaitable<void>;
}

/** Also writes to the database. Any method may be missing: without `storeAll` or `deleteAll` keys are written one by one, without both forms not at all. */
export interface MapStore<K, V> extends MapLoader<K, V> {
  /** Inserts or replaces. A returned value is kept in memory instead of the one that was put (generated id, version): M60. */
  store?(key: K, value: V): Awaitable<V | undefined | void>;
  /** A returned Map has, for the keys it names, the values to keep; anything else says nothing. */
  storeAll?(entries: ReadonlyMap<K, V>): Awaitable<ReadonlyMap<K, V> | undefined | void>;
  delete?(key: K): Awaitable<void>;
  deleteAll?(keys: readonly K[]): Awaitable<void>;
  /** What an error thrown by this store means, for write-behind; `undefined`, or left out: not known, and treated as `retry`: no entry is given up alone. */
  failureKind?(error: unknown): FailureKind | undefined;
}

/**
 * What an error of a store means for the write that met it.
 *
 * - `retry`: nothing is wrong with the write, it lost a race: tried again, and counted while other writes get through
 * - `connection`: the database can't be reached, or it is unknown whether the write took place: tried again without limit
 * - `poison`: the write itself is refused (a constraint, a range), and always will be
 * - `conflict`: somebody else has written the row since it was read
 * - `fatal`: no write can succeed until somebody repairs something (a missing table or right): tried again without limit
 */
export type FailureKind = 'retry' | 'connection' | 'poison' | 'conflict' | 'fatal';

/** A write that write-behind has given up. */
export interface DeadLetter {
  readonly mapName: string;
  readonly key: unknown;
  readonly operation: 'store' | 'delete';
  /** The value that was to be stored; undefined for `delete`. */
  readonly value: unknown;
  /** The store's own error. */
  readonly error: unknown;
  readonly kind: FailureKind | undefined;
  readonly attempts: number;
}

/** Something exported by a module: how a member in a worker thread finds it. `export` is a name, default `default`. */
export interface ModuleReference {
  /** What `import()` takes: a package, an absolute path or a `file:` URL; a relative path is seen from the working directory. */
  readonly module: string;
  readonly export?: string;
}

export interface MapStoreContext {
  readonly mapName: string;
  readonly properties: Readonly<Record<string, string>>;
}

/** Called around a store's life, when it has them. */
export interface MapLoaderLifecycle {
  /** Before the first call. */
  init?(context: MapStoreContext): Awaitable<void>;
  /** After the last call. */
  destroy?(): Awaitable<void>;
}

/** Makes a store of its own for each map of a wildcard configuration. */
export interface MapStoreFactory<K, V> {
  newMapStore(
    mapName: string,
    properties: Readonly<Record<string, string>>,
  ): Awaitable<(MapStore<K, V> & MapLoaderLifecycle) | undefined | null>;
}

/** How far an initial load is. */
export interface LoadProgress {
  readonly mapName: string;
  /** Entries in memory so far. */
  readonly rows: number;
  readonly rowsPerSecond: number;
  readonly elapsedMs: number;
  readonly done: boolean;
}
