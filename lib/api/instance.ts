/// <reference lib="esnext.disposable" preserve="true" />
/** What `newInstance` returns, and the options it takes. All options may be left out; ERR_CONFIG tells all that is wrong with them at once. */
import type { Clock } from '../base/clock.ts';
import type { Coordinator } from './coordinator.ts';
import type { CloseOptions, IMap, SortedOrHashIndex } from './map.ts';
import type { Awaitable, DeadLetter, LoadProgress, MapLoaderLifecycle, MapStore, MapStoreFactory, ModuleReference } from './map-store.ts';
import type { Links } from './transport.ts';

/** A running Cobnut: a member in this thread, with its maps. */
export interface Instance extends AsyncDisposable {
  readonly name: string;
  /**
   * The map of that name, made on first use from the configuration that fits the name best. Several callers share one map.
   * With `initialMode: 'EAGER'`, or with indexes, it resolves when all is loaded (M59). After an error the next call tries again.
   * Errors: ERR_CONFIG (the name, or two patterns that fit it equally well), ERR_MAP_STORE, ERR_STORE_SCHEMA, ERR_INSTANCE_CLOSED.
   */
  getMap<K = unknown, V = unknown>(name: string): Promise<IMap<K, V>>;
  /**
   * Adds to the configuration, for maps that nobody uses yet: `name` is a name or a pattern, as in `maps`. With several members all of them learn it, so
   * functions are given as `{ module, export }`; more backups than partitions have since the start are not made. Errors: ERR_CONFIG, when `name` has a
   * configuration or a map that is in use would get another one too.
   */
  addMapConfig(name: string, options: MapOptions): Promise<void>;
  /** The statistics of all maps that are open on this member, as text for Prometheus (exposition format 0.0.4). */
  metricsText(): string;
  /**
   * Refuses further calls with ERR_INSTANCE_CLOSED, gives initial loads up, waits for all other calls under way, brings to the stores what
   * write-behind has queued (see `CloseOptions`), closes them and gives memory back. Closing again is the same closing. Errors: ERR_MAP_STORE when
   * a store can't be closed, or has not taken everything (`details.unsaved`); AggregateError when there are several.
   */
  close(options?: CloseOptions): Promise<void>;
}

export interface InstanceOptions {
  /** Default `cobnut`. */
  readonly name?: string;
  /** Slices of the key space, 1..65,535. Default 271. */
  readonly partitionCount?: number;
  /** By map name; a `*` in a name stands for any run of characters; `default` is for maps no other name fits. */
  readonly maps?: Readonly<Record<string, MapOptions>>;
  /** Milliseconds a query, a load or another long call may work before it gives the event loop back, 0.1..60,000. Default 5. */
  readonly querySliceMs?: number;
  /** false: scan with plain JavaScript instead of WebAssembly SIMD. Default true, with the plain form where SIMD is refused. */
  readonly simd?: boolean;
  /**
   * Members in worker threads, 1..64; this thread holds no entries then, and has near caches where maps say so. 0 (default): one member in this
   * thread. Functions can't go to workers: stores, factories, entry processors and `partitionKey` are given as `{ module, export }`.
   */
  readonly threads?: number;
  /** Modules that each worker imports before anything else, such as one that calls `registerClass`. Default none. */
  readonly workerImports?: readonly string[];
  /** Makes this instance a member of a cluster. Default none. Not together with `threads`. */
  readonly cluster?: ClusterOptions;
  /**
   * Seconds a call on several members looks for somebody who can answer, 0.001..86,400; what waits for a lock, a store or an entry processor
   * takes as long as that takes. Default 60.
   */
  readonly callTimeoutSeconds?: number;
  /** For tests: time and chance. Default the machine's. */
  readonly clock?: Clock;
}

export interface ClusterOptions {
  /** How this member reaches others; it carries the member's id. */
  readonly links: Links;
  /** Where the members find each other and agree on who holds what. */
  readonly coordinator: Coordinator;
  /** true: it holds no entries, it only calls those that do. Default false. */
  readonly lite?: boolean;
  /** Seconds after which a member that gives no sign of life is replaced; it stops serving before that. 0.01..3,600, or Infinity. Default 5. */
  readonly leaseSeconds?: number;
}

export interface NearCacheOptions {
  /** Most entries; 0 (default) is no limit. */
  readonly maxSize?: number;
  /** Seconds an entry stays after it was read from its member; 0 (default) is for ever. */
  readonly timeToLiveSeconds?: number;
  /** Seconds an entry stays without being read; 0 (default) is for ever. */
  readonly maxIdleSeconds?: number;
  /** What goes when it is full. `NONE` (default): nothing, and nothing new comes in. */
  readonly evictionPolicy?: 'NONE' | 'LRU' | 'LFU' | 'W_TINYLFU';
  /** Whether entries go when they are changed anywhere. Default true; false: they stay until their time is over. */
  readonly invalidateOnChange?: boolean;
}

/** An index as the manual writes it (`addIndex("age", true)`), or with its type. */
export type IndexOptions = { readonly attribute: string; readonly ordered?: boolean } | SortedOrHashIndex;

export interface MapOptions {
  /** Made when the map is. Default none. */
  readonly indexes?: readonly IndexOptions[];
  /** Default: no store, the map is in memory only. */
  readonly mapStore?: MapStoreOptions;
  /** Seconds an entry lives after its last update, kept to 1 ms; 0 (default) is for ever, 9,223,372,036 the most. */
  readonly timeToLiveSeconds?: number;
  /** Seconds an entry lives without being touched; 0 (default) is for ever. */
  readonly maxIdleSeconds?: number;
  /** Which entries go when `maxSize` is reached. `NONE` (default): none, the map grows. */
  readonly evictionPolicy?: 'NONE' | 'LRU' | 'LFU' | 'W_TINYLFU';
  /** How large the map may become, counted as `maxSizePolicy` says; 0 (default) is no limit. */
  readonly maxSize?: number;
  /**
   * What `maxSize` limits. `cluster_wide_map_size` (default): entries on all members together; `map_size_per_jvm`, also spelled `per_member`: entries
   * on each member; `partitions_wide_map_size`: entries in each partition; `used_heap_size`: megabytes of this map's entries on each member;
   * `used_heap_percentage`: the same in percent of the heap's limit, up to 100.
   */
  readonly maxSizePolicy?: MaxSizePolicy;
  /** Percent of the map that goes when the limit is reached, 1..100. Default 25. With `evictionDelaySeconds: 0` just what is too much goes. */
  readonly evictionPercentage?: number;
  /** Seconds between two checks of the limit. Default 3; 0: checked at each write, and the limit is exact. */
  readonly evictionDelaySeconds?: number;
  /** What of a key decides its partition (data affinity, M26). Default: its `partitionKey` property, else the whole key. */
  readonly partitionKey?: ((key: never) => unknown) | ModuleReference;
  /**
   * Copies of each entry on other members that have every change before the call that makes it returns, 0..6 (default 1). As many as there are other
   * members at most. With `asyncBackupCount` at most 6 together. An instance of one member has none (M48).
   */
  readonly backupCount?: number;
  /** Copies that follow without being waited for, 0 (default) to 6. */
  readonly asyncBackupCount?: number;
  /** Changes are refused with ERR_NOT_ENOUGH_BACKUPS while their partition has fewer synchronous backups, 0 (default) to `backupCount`. */
  readonly minSyncBackups?: number;
  /** Whether `get` may read a copy on this member instead of asking the one that holds the key; it may be a little behind. Default false (M51). */
  readonly readBackupData?: boolean;
  /** Keeps values that this thread has read from other members. Default none; does nothing where entries live in this thread (M69). */
  readonly nearCache?: NearCacheOptions;
  /**
   * `frozen` (default): values are copied in and deeply frozen. `trusted`: kept as they are; who changes one later breaks indexes.
   * `binary`: kept as bytes, decoded at each read.
   */
  readonly values?: 'frozen' | 'trusted' | 'binary';
  /** Most entries one query may return; 0 (default) is no limit. Error: ERR_QUERY_RESULT_SIZE. */
  readonly resultSizeLimit?: number;
  /** Megabytes for columns of attributes that have no index but are queried again and again, 0..1,048,576. Default 256. */
  readonly columnBudgetMegabytes?: number;
}

export type MaxSizePolicy =
  | 'cluster_wide_map_size'
  | 'map_size_per_jvm'
  | 'per_member'
  | 'partitions_wide_map_size'
  | 'used_heap_size'
  | 'used_heap_percentage';

export interface MapStoreOptions {
  /** false: as if there were no `mapStore`. Default true. */
  readonly enabled?: boolean;
  /** The loader or store itself, for one map, or where it is exported; or `factory`, not both. */
  readonly implementation?: (MapStore<unknown, unknown> & MapLoaderLifecycle) | ModuleReference;
  readonly factory?: MapStoreFactory<unknown, unknown> | ModuleReference;
  /** 0 (default) is write-through; above 0 is write-behind: memory at once, the store after this many seconds (M56). */
  readonly writeDelaySeconds?: number;
  /** Write-behind: entries of one `storeAll` or `deleteAll`, 1..100,000. Default 1,000. */
  readonly writeBatchSize?: number;
  /** Write-behind: true (default) keeps only the last operation of a key, false stores every one. */
  readonly writeCoalescing?: boolean;
  /** Write-behind: most operations that wait, 1..100,000,000. Default 50,000. */
  readonly queueCapacity?: number;
  /** Write-behind: what a write does when the queue is full: `wait` (default) for room, or `reject` with ERR_WRITE_BEHIND_FULL. */
  readonly onQueueFull?: 'wait' | 'reject';
  /** Write-behind: how often a failed operation is tried again before it is given to `onDeadLetter`, 0..1,000,000. Default 10. */
  readonly maxRetries?: number;
  /**
   * Write-behind: takes what can't be stored. Without it nothing is ever given up: what fails stays in the queue and is tried again, every few
   * seconds at last.
   */
  readonly onDeadLetter?: (letter: DeadLetter) => Awaitable<void>;
  /** `EAGER`: `getMap` waits until all is loaded. `LAZY` (default): loading starts when the map is first touched; indexes make it EAGER. */
  readonly initialMode?: 'EAGER' | 'LAZY';
  /** Keys of one `loadAll` call, 1..100,000. Default 5,000. */
  readonly loadBatchSize?: number;
  /** Called during the initial load, a few times a second, and at its end. What it throws ends the load. */
  readonly onProgress?: (progress: LoadProgress) => void;
  /** Handed to the store's `init` or the factory. */
  readonly properties?: Readonly<Record<string, string>>;
}
