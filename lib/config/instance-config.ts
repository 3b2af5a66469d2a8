/** What the code reads of an instance: frozen, complete, checked. Made by `resolve` from what users write (`lib/api/instance.ts`). */
import type { Coordinator } from '../api/coordinator.ts';
import type { Links } from '../api/transport.ts';
import type { Clock } from '../base/clock.ts';
import type { MapConfigs } from './map-configs.ts';

export interface InstanceConfig {
  readonly name: string;
  readonly partitionCount: number;
  readonly maps: MapConfigs;
  readonly querySliceMs: number;
  readonly simd: boolean;
  readonly clock: Clock;
  /** 0: the member is in this thread. */
  readonly threads: number;
  readonly workerImports: readonly string[];
  readonly cluster: ClusterConfig | undefined;
  readonly callTimeoutMs: number;
}

export interface ClusterConfig {
  readonly links: Links;
  readonly coordinator: Coordinator;
  readonly lite: boolean;
  readonly leaseMs: number;
}
