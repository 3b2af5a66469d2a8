/** What the code reads of a map: frozen, complete, checked. Made by `resolve` from what users write (`lib/api/instance.ts`). */
import type { MaxSizePolicy } from '../api/instance.ts';
import type {
  Awaitable,
  DeadLetter,
  LoadProgress,
  MapLoaderLifecycle,
  MapStore,
  MapStoreFactory,
  ModuleReference,
} from '../api/map-store.ts';
import type { EvictionPolicy } from '../eviction/eviction-order.ts';
import type { IndexDefinition } from '../indexes/index-contract.ts';

export type AnyStore = MapStore<unknown, unknown> & MapLoaderLifecycle;

export interface NearCacheConfig {
  /** `Infinity`: no limit. */
  readonly maxSize: number;
  /** 0: for ever. */
  readonly timeToLiveMs: number;
  readonly maxIdleMs: number;
  readonly policy: EvictionPolicy | 'NONE';
  readonly invalidateOnChange: boolean;
}

export interface MapConfig {
  readonly indexes: readonly IndexDefinition[];
  readonly mapStore: MapStoreConfig | undefined;
  /** 0: for ever. */
  readonly timeToLiveMs: number;
  readonly maxIdleMs: number;
  readonly eviction: EvictionConfig | undefined;
  readonly partitionKey: ((key: unknown) => unknown) | ModuleReference | undefined;
  readonly backupCount: number;
  readonly asyncBackupCount: number;
  readonly minSyncBackups: number;
  readonly readBackupData: boolean;
  readonly nearCache: NearCacheConfig | undefined;
  readonly values: 'frozen' | 'trusted' | 'binary';
  /** `Infinity`: no limit. */
  readonly resultSizeLimit: number;
  readonly columnBudgetBytes: number;
}

/** `undefined` where there is no limit, or no policy to keep it by. */
export interface EvictionConfig {
  readonly policy: EvictionPolicy;
  readonly maxSize: number;
  /** `per_member` stands for `map_size_per_jvm` too. */
  readonly maxSizePolicy: Exclude<MaxSizePolicy, 'map_size_per_jvm'>;
  /** 1..100. */
  readonly percentage: number;
  /** 0: at each write. */
  readonly delayMs: number;
}

export interface WriteBehindConfig {
  readonly delayMs: number;
  readonly batchSize: number;
  readonly coalescing: boolean;
  readonly capacity: number;
  readonly onFull: 'wait' | 'reject';
  readonly maxRetries: number;
  readonly onDeadLetter: ((letter: DeadLetter) => Awaitable<void>) | undefined;
}

export interface MapStoreConfig {
  readonly implementation: AnyStore | ModuleReference | undefined;
  readonly factory: MapStoreFactory<unknown, unknown> | ModuleReference | undefined;
  /** `undefined`: write-through. */
  readonly writeBehind: WriteBehindConfig | undefined;
  readonly initialMode: 'EAGER' | 'LAZY';
  readonly loadBatchSize: number;
  readonly onProgress: ((progress: LoadProgress) => void) | undefined;
  readonly properties: Readonly<Record<string, string>>;
}
