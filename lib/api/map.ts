/** The distributed map as users see it. Contract: M1-M27, M39, M41, M63; names are Hazelcast's. Every method is async. */
import type { CheckedPath } from '../../grammar/checked-path.ts';
import type { ParametersOf } from '../../grammar/checked.ts';
import type { EntryListener, EntryListenerOptions, EntryListening, EventStream, EventStreamOptions } from './entry-event.ts';
import type { EntryPath } from '../../grammar/paths.ts';
import type { FollowingStats } from './change-feed.ts';
import type { FailureKind } from './map-store.ts';
import type { EntryView, ExpiryOptions } from './entry.ts';
import type { EntryProcessor, ProcessorReference } from './entry-processor.ts';
import type { LockHandle, LockOptions, TryLockOptions } from './lock.ts';
import type { Aggregator, Query, QueryOptions, Selection, Where } from './query.ts';

export interface SortedOrHashIndex {
  readonly type: 'SORTED' | 'HASH' | 'BITMAP';
  readonly attributes: readonly string[];
  /** Default: the attributes and the type, e.g. `age_sorted`. No two indexes of a map may share a name. */
  readonly name?: string;
}

export interface LoadAllOptions {
  /** Whether rows replace entries that are in memory. Never what a call has changed since the load began. Default true. */
  readonly replaceExisting?: boolean;
  /** Gives the load up. */
  readonly signal?: AbortSignal;
}

/** What this member holds and has counted since the map was made. Times are epoch milliseconds, 0 for never. */
export interface LocalMapStats {
  /** Entries in memory, those included that have expired and will be removed in a moment. */
  readonly ownedEntryCount: number;
  /** Keys that are locked, whether or not there is an entry. */
  readonly lockedEntryCount: number;
  /** Entries that the store does not have yet as they are: with write-behind only. */
  readonly dirtyEntryCount: number;
  /** Bytes of entries, columns and indexes, estimated. */
  readonly heapCost: number;
  readonly columnBytes: number;
  readonly indexBytes: number;
  /** In order of making. */
  readonly indexes: readonly IndexStats[];
  /** Keys of `get` and `getAll` that were in memory, and those that were not. */
  readonly hits: number;
  readonly misses: number;
  /** Entries written by calls; loads are none. */
  readonly putCount: number;
  /** Entries removed by calls; evictions and expiries are none. */
  readonly removeCount: number;
  /** Entries given up because the map was full, or by `evict` and `evictAll`. */
  readonly evictionCount: number;
  /** Entries removed because they had expired. */
  readonly expirationCount: number;
  /** Keys of `get` and `getAll`. */
  readonly getCount: number;
  readonly queryCount: number;
  /** Events that somebody listened to, each once however many listeners there were. */
  readonly eventCount: number;
  readonly creationTime: number;
  readonly lastAccessTime: number;
  readonly lastUpdateTime: number;
  /** How the map follows its database; `undefined` when it does not (B4). */
  readonly following: FollowingStats | undefined;
  /** What waits for the store; `undefined` without write-behind (M56). */
  readonly writeBehind: WriteBehindStats | undefined;
  /** What was read from other members and kept here; `undefined` without a near cache (M69). */
  readonly nearCache: NearCacheStats | undefined;
}

/** Of an index on this member. */
export interface IndexStats {
  readonly name: string;
  readonly type: 'SORTED' | 'HASH' | 'BITMAP';
  readonly attributes: readonly string[];
  readonly entries: number;
  readonly bytes: number;
}

/** Of a near cache, since the map was made on this member. */
export interface NearCacheStats {
  /** Keys of `get` and `getAll` that were found here, and those that were asked for elsewhere. Keys that live on this member are neither. */
  readonly hits: number;
  readonly misses: number;
  /** Those included that have expired and will be removed in a moment. */
  readonly entries: number;
  /** Entries given up because the near cache was full. */
  readonly evictions: number;
  /** Entries removed because their time was over. */
  readonly expirations: number;
  /** Entries removed because they have changed, or may have. */
  readonly invalidations: number;
}

export interface FlushOptions {
  /** Ends the waiting; nothing else. */
  readonly signal?: AbortSignal | undefined;
}

/** How a map, or all maps of an instance, are closed. */
export interface CloseOptions {
  /**
   * Most milliseconds that closing waits for calls under way, and for the store to take what write-behind has queued; `Infinity`: as long as it takes.
   * What the store has not taken by then is given to `onDeadLetter`; where there is none, closing fails with ERR_MAP_STORE and `details.unsaved`, the
   * number of writes that are lost. What has not ended by then fails it too: `details.hanging`. Default 20,000.
   */
  readonly timeoutMs?: number;
}

/** The write-behind queue of a map on this member. Numbers count from when the map was made. */
export interface WriteBehindStats {
  /** Writes that the store does not have yet, those on their way included. */
  readonly queued: number;
  /** Milliseconds since the oldest of them was made; 0 when there is none. */
  readonly oldestAgeMs: number;
  /** Calls that wait for room in the queue. */
  readonly waitingForRoom: number;
  /** Writes the store has taken, and the batches they were sent in. */
  readonly written: number;
  readonly batches: number;
  /** Failures after which something was, or will be, tried again. */
  readonly retries: number;
  /** Writes that `onDeadLetter` has taken. */
  readonly deadLetters: number;
  /** The latest failure of the store, or of `onDeadLetter`; `kind` as the store says. Time is epoch milliseconds. */
  readonly lastError: { readonly message: string; readonly kind: FailureKind | undefined; readonly time: number } | undefined;
}

/**
 * Calls on one key take effect one after the other, each at some moment before its promise resolves (M24).
 *
 * Errors of every call: ERR_KEY and ERR_VALUE for what can't be stored; ERR_MAP_STORE when the store fails, or the initial load that the call
 * waits for; ERR_CONFIG for times that are none; ERR_MAP_DESTROYED and ERR_INSTANCE_CLOSED. After an error memory is as it was.
 */
export interface IMap<K, V> {
  readonly name: string;

  /** The value; loads it through the store when it is not in memory (M1). */
  get(key: K): Promise<V | undefined>;
  /** The values of those keys that are present, by the very keys that were given; those not in memory are loaded by one `loadAll`. */
  getAll(keys: Iterable<K>): Promise<Map<K, V>>;
  /** Resolves to the old value, loaded if need be (M2). Cost: the value is copied, about 0.1 µs for each property. */
  put(key: K, value: V, options?: ExpiryOptions): Promise<V | undefined>;
  /** As `put`, without reading the old value: the store's `load` is not called. */
  set(key: K, value: V, options?: ExpiryOptions): Promise<void>;
  /** Stores only if absent; resolves to the existing value, or undefined when it stored (M3). */
  putIfAbsent(key: K, value: V, options?: ExpiryOptions): Promise<V | undefined>;
  /** Stores only if present; resolves to the old value (M4). */
  replace(key: K, value: V): Promise<V | undefined>;
  /** Stores only if the present value equals `expected` by structure. */
  replaceIfSame(key: K, expected: V, value: V): Promise<boolean>;
  /** Resolves to the removed value (M5). */
  remove(key: K): Promise<V | undefined>;
  /** Removes only if the present value equals `expected` by structure; whether it did. */
  removeIfSame(key: K, expected: V): Promise<boolean>;
  /** As `remove`, without reading the old value; the store's `delete` is called in any case. */
  delete(key: K): Promise<void>;

  /** Loads through the store when it is not in memory (M6). */
  containsKey(key: K): Promise<boolean>;
  /** Looks at entries in memory only. Compares by structure. Cost: a scan. */
  containsValue(value: V): Promise<boolean>;
  /** Entries in memory. */
  size(): Promise<number>;
  isEmpty(): Promise<boolean>;

  /** Snapshot of the matching values, all of them without a predicate (M7). SQL literals are checked by the compiler; `?` take their types from the attributes they meet. */
  values<const S extends string = string>(predicate?: Where<V, S, K>, ...parameters: ParametersOf<S, V, K>): Promise<V[]>;
  keySet<const S extends string = string>(predicate?: Where<V, S, K>, ...parameters: ParametersOf<S, V, K>): Promise<K[]>;
  entrySet<const S extends string = string>(predicate?: Where<V, S, K>, ...parameters: ParametersOf<S, V, K>): Promise<[K, V][]>;
  /** This member's share of `keySet`. */
  localKeySet<const S extends string = string>(predicate?: Where<V, S, K>, ...parameters: ParametersOf<S, V, K>): Promise<K[]>;

  /**
   * Stores all entries: by one `storeAll` where the store has it, else one by one, and then an error leaves those before it stored. Of a repeated
   * key the last value counts. Nothing happens when a key or value can't be stored.
   *
   * Keys that somebody has locked are stored one by one, as soon as each is free; the others do not wait for them.
   *
   * Cost: keys and values are copied before the call returns, so that they are yours again, about 1 µs each; writing them gives the event loop
   * its turns. For a million entries make several calls.
   */
  putAll(entries: ReadonlyMap<K, V> | Iterable<readonly [K, V]>): Promise<void>;
  /** The same as `putAll`. */
  setAll(entries: ReadonlyMap<K, V> | Iterable<readonly [K, V]>): Promise<void>;
  /**
   * Removes the matching entries that are in memory (M8), from the store by `deleteAll`, 5,000 keys at a time: after an error the rest is still there.
   * Waits for those that are locked, and removes each by itself.
   */
  removeAll<const S extends string = string>(predicate: Where<V, S, K>, ...parameters: ParametersOf<S, V, K>): Promise<void>;
  /** Never calls the store (M9). */
  putTransient(key: K, value: V, options?: ExpiryOptions): Promise<void>;
  /**
   * As `put`; false when the key was not free within `timeoutMs`, locked or being changed, or the write-behind queue had no room, and then nothing has
   * happened (M10). 0: only if it is free now; `Infinity`: waits.
   */
  tryPut(key: K, value: V, timeoutMs: number): Promise<boolean>;
  /** As `remove`; false when the key, or the write-behind queue, was not free within `timeoutMs`. */
  tryRemove(key: K, timeoutMs: number): Promise<boolean>;
  /**
   * Gives an entry that is in memory another time to live, in seconds from now, 0 for ever; whether there was one (M13). Its idle time stays. Neither
   * an update nor an access; the store is not called. Errors: ERR_CONFIG.
   */
  setTtl(key: K, ttlSeconds: number): Promise<boolean>;
  /**
   * Drops the entry from memory only; whether it did (M11). False, without waiting, when somebody has locked the key, and when the store does not
   * have the entry yet.
   */
  evict(key: K): Promise<boolean>;
  /** Drops all entries but those that `evict` would not. */
  evictAll(): Promise<void>;
  /**
   * Removes all entries; the store's `deleteAll` is called for the keys in memory, and only those (M12, M58), 5,000 at a time: after an error the
   * rest is still there.
   */
  clear(): Promise<void>;

  /**
   * Locks the key, which need not exist, and waits until it can (M15, M62): others can neither lock nor change it, they wait, and are served in order
   * of arrival; changes under way have ended when it resolves. Reads never wait (M23). `clear`, `evict` and `evictAll` pass over locked entries,
   * which neither expire nor are evicted. The store is not called. Errors: ERR_ABORTED.
   *
   * Not reentrant: see `LockHandle`. A call that would wait for a lock of its own caller waits until the lease is over, or for ever.
   */
  lock(key: K, options?: LockOptions): Promise<LockHandle<K, V>>;
  /** As `lock`; `undefined` when the key was not free within `timeoutMs`, 0 by default. */
  tryLock(key: K, options?: TryLockOptions): Promise<LockHandle<K, V> | undefined>;
  /** Whether somebody has locked the key. */
  isLocked(key: K): Promise<boolean>;
  /** Takes the lock from whoever holds it, and gives it to the next who waits; whether the key was locked. The handle's calls fail from now on. */
  forceUnlock(key: K): Promise<boolean>;

  /**
   * Runs a processor on the entry, atomically, and resolves to what it returns (M17); loads the entry through the store when it is not in memory.
   * What the processor changes is kept when it ends, in the store first. An error it throws reaches the caller as it is, and nothing has changed.
   * Keeps the entry from being idle. Errors: ERR_ENTRY_PROCESSOR, see `EntryProcessor`; ERR_CONFIG for what is no processor.
   *
   * A function runs in this process; `{ module, export }` names one that can run elsewhere too. Cost: about 1 µs over a `set`.
   */
  executeOnKey<R, A = unknown>(key: K, processor: EntryProcessor<K, V, R, A> | ProcessorReference, args?: A): Promise<R>;
  /**
   * The same for several keys, each by itself; results by the very keys that were given. After an error no further entry is begun; those before it
   * stay changed.
   */
  executeOnKeys<R, A = unknown>(
    keys: Iterable<K>,
    processor: EntryProcessor<K, V, R, A> | ProcessorReference,
    args?: A,
  ): Promise<Map<K, R>>;
  /**
   * The same for the matching entries in memory, all of them without a predicate: each is looked at again when its turn has come. Gives the event loop
   * its turns.
   */
  executeOnEntries<R, const S extends string = string>(
    processor: EntryProcessor<K, V, R> | ProcessorReference,
    predicate?: Where<V, S, K>,
    ...parameters: ParametersOf<S, V, K>
  ): Promise<Map<K, R>>;

  /** An entry's statistics, `undefined` if it is not in memory. Not a hit (M14, M63). */
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
  /** A query put together call by call; `source` says whether the rows of the database take part (B3). Errors: ERR_CONFIG. */
  query(options?: QueryOptions): Query<K, V>;

  /**
   * Loads these keys from the store, in batches of `loadBatchSize`; without keys all that the store gives for the start. Rows replace entries that
   * are in memory unless `replaceExisting` is false; entries without a row stay. The store is not written to (M20). After an error what was
   * loaded before it stays. Where it replaces, it waits for those of these keys that somebody has locked; without keys it passes over them.
   * Errors: ERR_ABORTED, at once, also while the store does not answer; ERR_ENTRY_PROCESSOR when a processor asks for its own entry.
   */
  loadAll(keys?: Iterable<K>, options?: LoadAllOptions): Promise<void>;

  /**
   * Calls the listener for what happens from now on (M16), after it took effect and asynchronously, in the order in which it happened for each key.
   * It may call the map. The next event does not wait for a promise it returns. What it throws never reaches the map: it goes to the
   * diagnostics channel `cobnut.listener`, or, when nobody listens there, becomes a process warning, once for each listener. It hears of
   * everything that happens before the map is closed. Which call tells what is in docs/listeners.md. The store is not asked.
   *
   * Errors: ERR_CONFIG for what is no listener; those of predicates.
   */
  addEntryListener<const S extends string = string, const I extends boolean = true>(
    listener: EntryListener<K, I extends true ? V : undefined>,
    options?: EntryListenerOptions<K, V, S, I>,
  ): Promise<EntryListening>;
  /**
   * What happens from this call on, one by one: `for await (const event of map.events())`. As many events as `capacity` wait for the consumer;
   * when there are more, it gets those, then ERR_EVENTS_LOST. Errors: ERR_ABORTED; ERR_CONFIG; those of predicates.
   */
  events<const S extends string = string>(options?: EventStreamOptions<K, V, S>): EventStream<K, V>;

  /**
   * Write-behind: resolves when the store has everything that is queued now, or `onDeadLetter` has taken it; does not wait for the delay (M56).
   * Errors: ERR_MAP_STORE when only writes are left that the store has refused more than `maxRetries` times, ERR_ABORTED; both have
   * `details.unsaved`, and what is left goes on being tried. While the database can't be reached it waits: use `signal`.
   */
  flush(options?: FlushOptions): Promise<void>;

  getLocalMapStats(): LocalMapStats;
  /**
   * Refuses further calls with ERR_MAP_DESTROYED, waits for those under way, brings what write-behind has queued to the store (see `CloseOptions`),
   * closes it and gives all memory back; the database keeps its rows. `getMap` makes the map anew. Errors: ERR_MAP_STORE when the store can't be
   * closed, or has not taken everything (`details.unsaved`).
   */
  destroy(options?: CloseOptions): Promise<void>;
}
