/** An instance that is a member of a cluster, and the maps people ask it for. */
import type { Instance, MapOptions } from '../api/instance.ts';
import type { CloseOptions, IMap } from '../api/map.ts';
import type { InstanceConfig } from '../config/instance-config.ts';
import { resolveMapOptions } from '../config/resolve.ts';
import { InstanceClosedError } from '../errors.ts';
import type { ClusterMember, MapAccess } from '../member/cluster/cluster-member.ts';
import type { MapRoutes } from '../member/router.ts';
import { prometheusText } from '../metrics/prometheus.ts';
import { refuseWithinProcessor } from '../operations/processing.ts';
import { refuseReentry } from '../persistence/reentry.ts';
import { checkedName } from './checked-name.ts';
import { patienceOf } from './close-options.ts';
import { NearRoutes } from './near-routes.ts';
import { PartitionedMap } from './partitioned-map.ts';
import { refuseFunctions } from './threads/thread-options.ts';

/**
 * Over a member that has joined, or is about to: whoever asks for a map waits for it, and gets its error. `end`: the cluster is this instance's own, and
 * ends with it: called in the middle of closing, see `LeaveOptions`.
 */
export function clusterInstance(
  config: InstanceConfig,
  joining: Promise<ClusterMember>,
  end?: (timeoutMs: number) => Promise<void>,
): Instance {
  return new ClusterInstance(config, joining, end);
}

interface Proxy {
  readonly access: MapAccess;
  readonly map: IMap<unknown, unknown>;
}

class ClusterInstance implements Instance {
  readonly name: string;
  readonly #config: InstanceConfig;
  readonly #joining: Promise<ClusterMember>;
  readonly #end: ((timeoutMs: number) => Promise<void>) | undefined;
  readonly #maps = new Map<string, Proxy>();
  /** When it has joined. */
  #member: ClusterMember | undefined;
  #closing: Promise<void> | undefined;

  constructor(config: InstanceConfig, joining: Promise<ClusterMember>, end: ((timeoutMs: number) => Promise<void>) | undefined) {
    this.name = config.name;
    this.#config = config;
    this.#joining = joining;
    this.#end = end;
    joining.then(
      (member) => (this.#member = member),
      () => undefined, // told to whoever asks for a map
    );
  }

  async getMap<K = unknown, V = unknown>(name: string): Promise<IMap<K, V>> {
    checkedName(name);
    this.#check();
    const member = await this.#joining;
    this.#check();
    refuseReentry(member.memory, 'getMap', name);
    const access = await member.map(name);
    const known = this.#maps.get(name);
    if (known?.access === access) return known.map as IMap<K, V>;
    const map = proxyOf(access, member.memory);
    this.#maps.set(name, { access, map });
    return map as IMap<K, V>;
  }

  async addMapConfig(name: string, options: MapOptions): Promise<void> {
    checkedName(name);
    this.#check();
    resolveMapOptions(options, `maps.${name}`);
    refuseFunctions(options, `maps.${name}`, 'other members');
    const member = await this.#joining;
    this.#check();
    await member.configure(name, options);
  }

  metricsText(): string {
    return prometheusText([...this.#maps].map(([map, { access }]) => ({ instance: this.name, map, stats: access.stats() })));
  }

  async close(options?: CloseOptions): Promise<void> {
    const timeoutMs = patienceOf(options);
    if (this.#member !== undefined) {
      refuseReentry(this.#member.memory, 'close');
      refuseWithinProcessor(this.#member.memory, 'close');
    }
    this.#closing ??= this.#close(timeoutMs);
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(timeoutMs: number): Promise<void> {
    const member = await this.#joining.catch(() => undefined); // it has told whoever waited for it
    await member?.close(this.#end === undefined ? { timeoutMs } : { timeoutMs, end: this.#end });
  }

  #check(): void {
    if (this.#closing !== undefined) throw new InstanceClosedError(`the instance '${this.#config.name}' was closed`);
  }
}

/** `memory` stands for the member, in calls that stores and processors there must not make. */
function proxyOf(access: MapAccess, memory: object): IMap<unknown, unknown> {
  const { name, addresses, form, routes, events, near, stats } = access;
  const nearby: MapRoutes = near === undefined ? routes : new NearRoutes(routes, near);
  const destroy = async (options?: CloseOptions): Promise<void> => {
    refuseReentry(memory, 'destroy', name);
    refuseWithinProcessor(memory, 'destroy', name);
    await access.destroy(patienceOf(options));
  };
  return new PartitionedMap<unknown, unknown>({ name, addresses, routes: nearby, form, events, stats, destroy });
}
