/** `newInstance`: a member in this thread, and the maps people ask it for. */
import type { Instance, InstanceOptions } from '../api/instance.ts';
import type { IMap, LocalMapStats } from '../api/map.ts';
import type { InstanceConfig, MapConfig } from '../config/map-config.ts';
import { defaultMapConfig, resolve } from '../config/resolve.ts';
import { configFor } from '../config/wildcard.ts';
import { ConfigError, InstanceClosedError, MapDestroyedError } from '../errors.ts';
import { Member, type OpenMap } from '../member/member.ts';
import { LocalRoutes } from '../member/router.ts';
import { KeyAddresses } from './key-addresses.ts';
import { PartitionedMap } from './partitioned-map.ts';

/** Starts an instance. Throws ConfigError with all that is wrong in the options. */
export function newInstance(options?: InstanceOptions): Instance {
  return new EmbeddedInstance(resolve(options));
}

interface MapEntry {
  readonly open: Promise<OpenMap>;
  readonly proxy: Promise<IMap<unknown, unknown>>;
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
    if (this.#closing !== undefined) throw this.#refusal();
    if (typeof name !== 'string' || name === '') throw new ConfigError('a map needs a name: a text that is not empty');
    let entry = this.#maps.get(name);
    if (entry === undefined) {
      entry = this.#open(name, configFor(this.#config.maps, name) ?? defaultMapConfig());
      this.#maps.set(name, entry);
      entry.proxy.catch(() => this.#maps.delete(name)); // whoever asks next tries again
    }
    return entry.proxy as Promise<IMap<K, V>>;
  }

  close(): Promise<void> {
    this.#closing ??= this.#closeAll();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #open(name: string, config: MapConfig): MapEntry {
    const addresses = new KeyAddresses(this.#config.partitionCount, config.partitionKey);
    const open = this.#member.open(name, config, addresses);
    const proxy = open.then(
      ({ home, gate }) =>
        new PartitionedMap<unknown, unknown>({
          name,
          addresses,
          routes: new LocalRoutes(home, gate),
          form: home.records.form,
          stats: () => localStats(home),
          destroy: () => this.#destroy(name, open),
        }),
    );
    return { open, proxy };
  }

  async #destroy(name: string, open: Promise<OpenMap>): Promise<void> {
    this.#maps.delete(name);
    await (await open).close(() => new MapDestroyedError(`map '${name}' was destroyed: ask for it by getMap again`));
  }

  async #closeAll(): Promise<void> {
    const opened = await Promise.allSettled([...this.#maps.values()].map((entry) => entry.open));
    const closed = await Promise.allSettled(
      opened.filter((result) => result.status === 'fulfilled').map(({ value }) => value.close(() => this.#refusal())),
    );
    this.#maps.clear();
    const failures = closed.filter((result) => result.status === 'rejected').map(({ reason }) => reason as unknown);
    if (failures.length === 1) throw failures[0];
    if (failures.length > 1) throw new AggregateError(failures, `${failures.length} maps of '${this.name}' did not close cleanly`);
  }

  #refusal(): InstanceClosedError {
    return new InstanceClosedError(`the instance '${this.name}' was closed`);
  }
}

function localStats({ records, attributes, counters }: OpenMap['home']): LocalMapStats {
  const indexBytes = attributes.indexes.reduce((bytes, index) => bytes + index.bytes, 0);
  const columnBytes = attributes.bytes - indexBytes;
  return Object.freeze({
    ownedEntryCount: records.size,
    heapCost: records.estimateBytes() + attributes.bytes,
    columnBytes,
    indexBytes,
    hits: counters.hits,
    misses: counters.gets - counters.hits,
    putCount: counters.puts,
    removeCount: counters.removes,
    getCount: counters.gets,
    queryCount: counters.queries,
    creationTime: counters.creationTime,
    lastAccessTime: counters.lastAccessTime,
    lastUpdateTime: counters.lastUpdateTime,
  });
}
