/** What a user writes to put a database behind a map. Source: Hazelcast manual, "Map Persistence"; contract M54-M61. */

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
  /** A returned map has, for the keys it names, the values to keep. */
  storeAll?(entries: ReadonlyMap<K, V>): Awaitable<ReadonlyMap<K, V> | undefined | void>;
  delete?(key: K): Awaitable<void>;
  deleteAll?(keys: readonly K[]): Awaitable<void>;
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
