/** What the code reads: frozen, complete, checked. Made by `resolve` from what users write (`lib/api/instance.ts`). */
import type { LoadProgress, MapLoaderLifecycle, MapStore, MapStoreFactory } from '../api/map-store.ts';
import type { Clock } from '../base/clock.ts';
import type { IndexDefinition } from '../indexes/index-contract.ts';

export type AnyStore = MapStore<unknown, unknown> & MapLoaderLifecycle;

export interface InstanceConfig {
  readonly name: string;
  readonly partitionCount: number;
  readonly maps: ReadonlyMap<string, MapConfig>;
  readonly querySliceMs: number;
  readonly simd: boolean;
  readonly clock: Clock;
}

export interface MapConfig {
  readonly indexes: readonly IndexDefinition[];
  readonly mapStore: MapStoreConfig | undefined;
  /** 0: for ever. */
  readonly timeToLiveMs: number;
  readonly maxIdleMs: number;
  readonly partitionKey: ((key: unknown) => unknown) | undefined;
  readonly values: 'frozen' | 'trusted' | 'binary';
  /** `Infinity`: no limit. */
  readonly resultSizeLimit: number;
  readonly columnBudgetBytes: number;
}

export interface MapStoreConfig {
  readonly implementation: AnyStore | undefined;
  readonly factory: MapStoreFactory<unknown, unknown> | undefined;
  readonly initialMode: 'EAGER' | 'LAZY';
  readonly loadBatchSize: number;
  readonly onProgress: ((progress: LoadProgress) => void) | undefined;
  readonly properties: Readonly<Record<string, string>>;
}
