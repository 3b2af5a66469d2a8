/** `newInstance`: a member in this thread, and the maps people ask it for. */
import type { Instance, InstanceOptions, MapOptions } from '../api/instance.ts';
import type { CloseOptions, IMap, LocalMapStats } from '../api/map.ts';
import type { InstanceConfig } from '../config/instance-config.ts';
import type { MapConfig } from '../config/map-config.ts';
import { resolve, resolveMapOptions } from '../config/resolve.ts';
import type { Affinity } from '../data/partitioning.ts';
import { InstanceClosedError, MapDestroyedError } from '../errors.ts';
import { joinCluster } from '../member/cluster/cluster-member.ts';
import { KeyAddresses } from '../member/key-addresses.ts';
import { localStats } from '../member/local-stats.ts';
import { Member } from '../member/member.ts';
import type { OpenMap } from '../member/open-map.ts';
import { LocalRoutes } from '../member/router.ts';
import { prometheusText } from '../metrics/prometheus.ts';
import { refuseWithinProcessor } from '../operations/processing.ts';
import { refuseReentry } from '../persistence/reentry.ts';
import { checkedName } from './checked-name.ts';
import { CLOSE_TIMEOUT_MS, patienceOf } from './close-options.ts';
import { clusterInstance } from './cluster-instance.ts';
import { PartitionedMap } from './partitioned-map.ts';
import { threadedInstance } from './threads/threads.ts';

/** Starts an instance. Throws ConfigError with all that is wrong in the options. */
export function newInstance(options?: InstanceOptions): Instance {
  const config = resolve(options);
  const { cluster, clock, threads } = config;
  if (threads > 0) return threadedInstance(config, options ?? {});
  return cluster === undefined ? new EmbeddedInstance(config) : clusterInstance(config, joinCluster({ config, clock, ...cluster }));
}

/** A map from the first `getMap` until it is closed. */
interface MapEntry {
  readonly name: string;
  readonly opened: Promise<OpenMap>;
  readonly proxy: Promise<IMap<unknown, unknown>>;
  /** When it is open. */
  stats: (() => LocalMapStats) | undefined;
  /** Set when the map is being closed; another one of that name must wait for it, because both may have the same store. */
  leaving: Promise<void> | undefined;
}

class EmbeddedInstance implements Instance {
  readonly name: string;
  readonly #config: InstanceConfig;
  readonly #member: Member;
  readonly #maps = new Map<string, MapEntry>();
  #closing: Promise<void> | undefined;

  constructor(config: InstanceConfig) {
    this.name = config.name;
    this.#config = config;
    this.#member = new Member(config);
  }

  async getMap<K = unknown, V = unknown>(name: string): Promise<IMap<K, V>> {
    checkedName(name);
    refuseReentry(this.#member, 'getMap', name);
    for (;;) {
      if (this.#closing !== undefined) throw this.#refusal();
      const entry = this.#maps.get(name) ?? this.#open(name, this.#config.maps.for(name));
      if (entry.leaving === undefined) return entry.proxy as Promise<IMap<K, V>>;
      refuseWithinProcessor(this.#member, 'getMap', name); // whoever destroys the map waits for it
      await entry.leaving.catch(() => undefined); // an error of closing is for whoever closed
    }
  }

  async addMapConfig(name: string, options: MapOptions): Promise<void> {
    if (this.#closing !== undefined) throw this.#refusal();
    this.#config.maps.add(checkedName(name), resolveMapOptions(options, `maps.${name}`), this.#maps.keys());
  }

  metricsText(): string {
    const open = [...this.#maps.values()].filter(({ stats }) => stats !== undefined);
    return prometheusText(open.map(({ name: map, stats }) => ({ instance: this.name, map, stats: stats!() })));
  }

  async close(options?: CloseOptions): Promise<void> {
    refuseReentry(this.#member, 'close');
    refuseWithinProcessor(this.#member, 'close');
    const timeoutMs = patienceOf(options);
    this.#closing ??= this.#closeAll(timeoutMs);
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #open(name: string, config: MapConfig): MapEntry {
    const addresses = new KeyAddresses(this.#config.partitionCount, affinityOf(config));
    const opened = this.#member.open(name, config, addresses);
    const proxy = opened.then(async (map) => {
      await map.prepare({ eager: config.mapStore?.initialMode === 'EAGER', indexes: config.indexes });
      return this.#proxy(entry, map, addresses);
    });
    const entry: MapEntry = { name, opened, proxy, stats: undefined, leaving: undefined };
    this.#maps.set(name, entry);
    proxy.catch(() => this.#leave(entry, () => this.#refusal(), CLOSE_TIMEOUT_MS)).catch(() => undefined); // whoever asks next tries again
    return entry;
  }

  #proxy(entry: MapEntry, map: OpenMap, addresses: KeyAddresses): IMap<unknown, unknown> {
    const { name } = entry;
    const { home, gate } = map;
    const stats = (entry.stats = () => localStats(map));
    return new PartitionedMap<unknown, unknown>({
      name,
      addresses,
      routes: new LocalRoutes(home, gate),
      form: home.records.form,
      events: home.events,
      stats,
      destroy: async (options) => {
        refuseReentry(this.#member, 'destroy', name);
        refuseWithinProcessor(this.#member, 'destroy', name);
        const refusal = (): Error => new MapDestroyedError(`map '${name}' was destroyed: ask for it by getMap again`);
        await this.#leave(entry, refusal, patienceOf(options));
      },
    });
  }

  /** Closes the map and forgets it. A map that never opened is closed already. */
  #leave(entry: MapEntry, refusal: () => Error, timeoutMs: number): Promise<void> {
    entry.leaving ??= entry.opened
      .then(
        (map) => map.close(refusal, timeoutMs),
        () => undefined,
      )
      .finally(() => this.#maps.delete(entry.name));
    return entry.leaving;
  }

  async #closeAll(timeoutMs: number): Promise<void> {
    const left = await Promise.allSettled([...this.#maps.values()].map((entry) => this.#leave(entry, () => this.#refusal(), timeoutMs)));
    const failures = left.filter((result) => result.status === 'rejected').map(({ reason }) => reason as unknown);
    if (failures.length === 1) throw failures[0];
    if (failures.length > 1) throw new AggregateError(failures, `${failures.length} maps of '${this.name}' did not close cleanly`);
  }

  #refusal(): InstanceClosedError {
    return new InstanceClosedError(`the instance '${this.name}' was closed`);
  }
}

/** A module's is for several members only. */
function affinityOf({ partitionKey }: MapConfig): Affinity | undefined {
  return typeof partitionKey === 'function' ? partitionKey : undefined;
}
