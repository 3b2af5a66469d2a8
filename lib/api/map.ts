/** The distributed map as users see it. Contract: M1-M27, M39, M41, M63; names are Hazelcast's. Every method is async. */
import type { CheckedPath } from '../../grammar/checked-path.ts';
import type { ParametersOf } from '../../grammar/checked.ts';
import type { EntryPath } from '../../grammar/paths.ts';
import type { Aggregator, Query, Selection, Where } from './query.ts';

/** How long an entry may live. 0 means for ever; left out means the map's configuration. Fractions of a second are kept to 1 ms. */
export interface ExpiryOptions {
  readonly ttlSeconds?: number;
  readonly maxIdleSeconds?: number;
}

export interface SortedOrHashIndex {
  readonly type: 'SORTED' | 'HASH' | 'BITMAP';
  readonly attributes: readonly string[];
  /** Default: the attributes and the type, e.g. `age_sorted`. */
  readonly name?: string;
}

/** An entry with its statistics (M63). Times are epoch milliseconds, 0 for never. */
export interface EntryView<K, V> {
  readonly key: K;
  readonly value: V;
  /** Bytes, estimated. */
  readonly cost: number;
  readonly creationTime: number;
  /** `Infinity` when it never expires. */
  readonly expirationTime: number;
  readonly hits: number;
  readonly lastAccessTime: number;
  readonly lastUpdateTime: number;
  readonly lastStoredTime: number;
  /** Number of updates since the entry was made. */
  readonly version: number;
  /** Whether the entry was live when the view was taken. */
  readonly isValid: boolean;
  /** Milliseconds, 0 for ever. */
  readonly ttl: number;
  readonly maxIdle: number;
  /** Puts another value under the same key; resolves to the old one. */
  setValue(value: V): Promise<V | undefined>;
}

export interface LocalMapStats {
  readonly ownedEntryCount: number;
  /** Bytes of entries, columns and indexes, estimated. */
  readonly heapCost: number;
  readonly columnBytes: number;
  readonly indexBytes: number;
  readonly hits: number;
  readonly misses: number;
  readonly putCount: number;
  readonly removeCount: number;
  readonly getCount: number;
  readonly queryCount: number;
  readonly creationTime: number;
  readonly lastAccessTime: number;
  readonly lastUpdateTime: number;
}

export interface IMap<K, V> {
  readonly name: string;

  /** The value; loads it through the store when it is not in memory (M1). Errors: ERR_KEY, ERR_MAP_STORE. */
  get(key: K): Promise<V | undefined>;
  /** The values of those keys that are present; absent ones are loaded in one batch. */
  getAll(keys: Iterable<K>): Promise<Map<K, V>>;
  /** Resolves to the old value (M2). Errors: ERR_KEY, ERR_VALUE, ERR_MAP_STORE (memory keeps the old value). */
  put(key: K, value: V, options?: ExpiryOptions): Promise<V | undefined>;
  /** As `put`, without reading the old value. */
  set(key: K, value: V, options?: ExpiryOptions): Promise<void>;
  /** Stores only if absent; resolves to the existing value, or undefined when it stored (M3). */
  putIfAbsent(key: K, value: V, options?: ExpiryOptions): Promise<V | undefined>;
  /** Stores only if present; resolves to the old value (M4). */
  replace(key: K, value: V): Promise<V | undefined>;
  /** Stores only if the present value equals `expected` by structure. */
  replaceIfSame(key: K, expected: V, value: V): Promise<boolean>;
  /** Resolves to the removed value (M5). */
  remove(key: K): Promise<V | undefined>;
  removeIfSame(key: K, expected: V): Promise<boolean>;
  /** As `remove`, without reading the old value. */
  delete(key: K): Promise<void>;

  /** Loads through the store when it is not in memory (M6). */
  containsKey(key: K): Promise<boolean>;
  /** Looks at entries in memory only. Compares by structure. Cost: a scan. */
  containsValue(value: V): Promise<boolean>;
  size(): Promise<number>;
  isEmpty(): Promise<boolean>;

  /** Snapshot of the matching values, all of them without a predicate (M7). SQL literals are checked by the compiler; `?` take their types from the attributes they meet. */
  values<const S extends string = string>(predicate?: Where<V, S, K>, ...parameters: ParametersOf<S, V, K>): Promise<V[]>;
  keySet<const S extends string = string>(predicate?: Where<V, S, K>, ...parameters: ParametersOf<S, V, K>): Promise<K[]>;
  entrySet<const S extends string = string>(predicate?: Where<V, S, K>, ...parameters: ParametersOf<S, V, K>): Promise<[K, V][]>;
  /** This member's share of `keySet`. */
  localKeySet<const S extends string = string>(predicate?: Where<V, S, K>, ...parameters: ParametersOf<S, V, K>): Promise<K[]>;

  putAll(entries: ReadonlyMap<K, V> | Iterable<readonly [K, V]>): Promise<void>;
  setAll(entries: ReadonlyMap<K, V> | Iterable<readonly [K, V]>): Promise<void>;
  /** Removes the matching entries that are in memory (M8). */
  removeAll<const S extends string = string>(predicate: Where<V, S, K>, ...parameters: ParametersOf<S, V, K>): Promise<void>;
  /** Never calls the store (M9). */
  putTransient(key: K, value: V, options?: ExpiryOptions): Promise<void>;
  /** As `put`; false when the key was not free within `timeoutMs` (M10). */
  tryPut(key: K, value: V, timeoutMs: number): Promise<boolean>;
  tryRemove(key: K, timeoutMs: number): Promise<boolean>;
  /** Drops the entry from memory only (M11). */
  evict(key: K): Promise<boolean>;
  evictAll(): Promise<void>;
  /** Removes all entries; the store's `deleteAll` is called for the keys in memory, and only those (M12, M58). */
  clear(): Promise<void>;

  /** Not a hit (M14, M63). */
  getEntryView(key: K): Promise<EntryView<K, V> | undefined>;

  /** Builds the index on existing data, in slices (M18, M41). A second identical call does nothing. Errors: ERR_INDEX. */
  addIndex<const P extends string>(attribute: CheckedPath<P, V, K> & string, ordered: boolean): Promise<void>;
  addIndex(definition: SortedOrHashIndex): Promise<void>;

  /** (M19, M40) */
  aggregate<R, const S extends string = string>(
    aggregator: Aggregator<V, R>,
    predicate?: Where<V, S, K>,
    ...parameters: ParametersOf<S, V, K>
  ): Promise<R>;
  project<const P extends EntryPath<V, K>, const S extends string = string>(
    paths: readonly P[],
    predicate?: Where<V, S, K>,
    ...parameters: ParametersOf<S, V, K>
  ): Promise<Selection<V, K, P>[]>;
  query(): Query<K, V>;

  getLocalMapStats(): LocalMapStats;
  /** Empties the map on all members and closes its store; the database keeps its rows. */
  destroy(): Promise<void>;
}
