/** A member of a cluster: its part in membership and replication, the maps it holds, and the calls it makes and serves. */
import type { LocalMapStats } from '../../api/map.ts';
import type { MemberId } from '../../api/transport.ts';
import type { Clock } from '../../base/clock.ts';
import { endsWithin } from '../../base/ends-within.ts';
import type { ClusterMembership } from '../../cluster/cluster-membership.ts';
import type { MapOptions } from '../../api/instance.ts';
import type { InstanceConfig } from '../../config/instance-config.ts';
import { InstanceClosedError } from '../../errors.ts';
import type { NearCache } from '../../near-cache/near-cache.ts';
import type { Invalidations } from '../../near-cache/invalidations.ts';
import { NearCaches } from '../../near-cache/near-caches.ts';
import { NotServedError } from '../../replication/replication.ts';
import type { Replicator } from '../../replication/replicator.ts';
import type { Transport } from '../../transport/transport.ts';
import { CallClient } from '../calls/call-client.ts';
import { CallLines } from '../calls/call-lines.ts';
import type { CallNetwork } from '../calls/call-search.ts';
import { CallServer } from '../calls/call-server.ts';
import type { Catalog, KnownMap } from './catalog.ts';
import { ClusterRoutes } from './cluster-routes.ts';
import { EventServer } from '../events/event-server.ts';
import { emptyStats, localStats } from '../local-stats.ts';
import { MapLives } from './map-lives.ts';
import type { MapsState } from '../replicas/maps-state.ts';
import { memberGround, type ClusterParts } from './member-ground.ts';
import { MemberQueries } from '../queries/query-server.ts';
import { RemoteEvents, type MapListening } from '../events/remote-events.ts';
import { Spread } from '../queries/spread.ts';

/** A map as this member calls it, wherever its entries are. */
export interface MapAccess extends KnownMap {
  readonly routes: ClusterRoutes;
  readonly near: NearCache | undefined;
  readonly events: MapListening;
  readonly stats: () => LocalMapStats;
  /** Closes the map on all members, and forgets what it had. */
  destroy(timeoutMs: number): Promise<void>;
}

export interface LeaveOptions {
  /** Milliseconds; see `CloseOptions`. Default 20,000. */
  readonly timeoutMs?: number;
  /** false: partitions are not given to others first, nobody is told: the whole cluster ends. Default true. */
  readonly evacuates?: boolean;
  /** Ends all other members, when this one's own calls have ended. Default: they go on. */
  readonly end?: (timeoutMs: number) => Promise<void>;
}

const CLOSE_TIMEOUT_MS = 20_000;

/** Resolves when the member belongs to the cluster. Errors: those of `ClusterMembership.join`. */
export async function joinCluster(parts: ClusterParts): Promise<ClusterMember> {
  const member = new ClusterMember(parts);
  await member.join();
  return member;
}

export class ClusterMember {
  readonly id: MemberId;
  readonly config: InstanceConfig;
  readonly transport: Transport;
  readonly membership: ClusterMembership;
  readonly replication: Replicator;
  readonly nearCaches: NearCaches;
  /** Stands for this member in calls that its stores and entry processors must not make. */
  readonly memory: object;
  readonly #catalog: Catalog;
  readonly #state: MapsState;
  readonly #network: CallNetwork;
  readonly #client: CallClient;
  readonly #server: CallServer;
  readonly #queries: MemberQueries;
  readonly #invalidations: Invalidations;
  readonly #events: RemoteEvents;
  readonly #lives: MapLives;
  readonly #accesses = new Map<string, Promise<MapAccess>>();
  #closing: Promise<void> | undefined;
  #isEnded = false;

  constructor(parts: ClusterParts) {
    const { config, clock } = parts;
    const ground = memberGround(parts);
    const { transport, membership, replication, catalog, invalidations } = ground;
    this.id = transport.self;
    this.config = config;
    this.transport = transport;
    this.membership = membership;
    this.replication = replication;
    this.memory = ground.memory;
    this.nearCaches = new NearCaches({ transport, membership, clock, partitionCount: config.partitionCount });
    this.#catalog = catalog;
    this.#state = ground.state;
    this.#invalidations = invalidations;
    this.#client = new CallClient({ transport, membership, clock });
    this.#network = this.#networkOf(clock);
    const stampFor = invalidations.stampFor.bind(invalidations);
    this.#server = new CallServer({ transport, membership, replication, catalog, stampFor });
    const slices = { now: () => clock.now(), sliceMs: config.querySliceMs, pause: () => clock.yield() };
    const server = new EventServer({ transport, membership, catalog });
    this.#events = new RemoteEvents({ transport, membership, clock, slices, server });
    this.#lives = new MapLives({
      transport,
      network: this.#network,
      catalog,
      endCalls: (map, refusal) => this.#endCalls(map, refusal),
      forget: (map) => this.#state.forget(map),
    });
    this.#queries = new MemberQueries({
      config,
      clock,
      transport,
      membership,
      replication,
      openMap: async (name) => (await catalog.open(name)).open,
      queryMap: (name) => catalog.knownNow(name),
    });
  }

  async join(): Promise<void> {
    await this.membership.join();
    await this.#lives.learn();
  }

  /** Adds a configuration for maps that nobody uses yet. Errors: ERR_CONFIG. */
  configure(name: string, options: MapOptions): Promise<void> {
    return this.#lives.configure(name, options);
  }

  /** The map of that name, ready to be called. Errors: as `Instance.getMap`. */
  map(name: string): Promise<MapAccess> {
    const found = this.#accesses.get(name);
    if (found !== undefined) return found;
    const access = this.#access(name);
    this.#accesses.set(name, access);
    access.catch(() => this.#accesses.delete(name)); // whoever asks next tries again
    return access;
  }

  /** Gives what it holds to others, leaves the cluster and ends. Closing again is the same closing. Errors: as `Instance.close`. */
  close(options: LeaveOptions = {}): Promise<void> {
    this.#closing ??= this.#close(options);
    return this.#closing;
  }

  /** Stops as if its process had ended: nothing is said to anybody, nothing is stored any more. For tests. */
  stop(): void {
    this.membership.stop();
    void this.#end();
  }

  /** Nothing is asked, answered, kept or told any more. */
  #end(): Promise<void> {
    this.#isEnded = true;
    this.#server.close();
    this.#queries.close();
    this.nearCaches.stop();
    this.#invalidations.close();
    this.#client.close();
    this.#state.close();
    return this.replication.close();
  }

  #networkOf(clock: Clock): CallNetwork {
    const { membership, replication, transport, config } = this;
    let newerView = new AbortController();
    membership.onView(() => {
      newerView.abort();
      newerView = new AbortController();
    });
    return {
      self: this.id,
      clock,
      membership,
      replication,
      client: this.#client,
      lines: new CallLines(this.id),
      callTimeoutMs: config.callTimeoutMs,
      newerView: () => newerView.signal,
      post: (to, type, body) => transport.post(to, type, body),
      check: () => this.#check(),
    };
  }

  async #access(name: string): Promise<MapAccess> {
    this.#check();
    const known = await this.#catalog.known(name);
    const spread = new Spread(this.#queries, known);
    const { config, form } = known;
    // Where a store can't be opened the map is not there. In a cluster of processes that is each member's own affair.
    const isOneProgram = this.membership.leaseMs === Infinity && config.mapStore !== undefined;
    if (isOneProgram || config.mapStore?.initialMode === 'EAGER' || config.indexes.length > 0) await this.#lives.prepare(name);
    const routes = new ClusterRoutes({
      name,
      config,
      form,
      network: this.#network,
      catalog: this.#catalog,
      state: this.#state,
      spread,
      addIndex: (definition) => this.#lives.addIndex(name, definition),
    });
    const near = config.nearCache === undefined ? undefined : this.nearCaches.open(name, config.nearCache);
    const since = this.#network.clock.now();
    const stats = (): LocalMapStats => {
      const held = this.#catalog.held(name);
      return held === undefined ? emptyStats(since, near?.statistics) : localStats(held.open, near?.statistics);
    };
    const events = this.#events.of(name, form);
    return { ...known, routes, near, events, stats, destroy: (timeoutMs) => this.#lives.destroy(name, timeoutMs) };
  }

  /** Whoever uses the map here hears that it has ended; the next one who asks for it gets another. */
  #endCalls(map: string, refusal: () => Error): void {
    const access = this.#accesses.get(map);
    this.#accesses.delete(map);
    access?.then(
      ({ routes, events }) => {
        void routes.close(refusal);
        void events.close();
        this.nearCaches.close(map);
      },
      () => undefined,
    );
  }

  async #close({ timeoutMs = CLOSE_TIMEOUT_MS, end, evacuates = end === undefined }: LeaveOptions): Promise<void> {
    const { clock } = this.#network;
    const deadline = clock.now() + timeoutMs;
    const restMs = (): number => Math.max(0, deadline - clock.now());
    const refusal = this.#refusal;
    const accesses = await Promise.allSettled(this.#accesses.values());
    const used = accesses.flatMap((access) => (access.status === 'fulfilled' ? [access.value] : []));
    const left = Promise.all(used.map(({ routes }) => routes.close(refusal)));
    if (end !== undefined)
      for (const { id } of this.membership.view.members) if (id !== this.id) this.transport.post(id, 'call.ending', this.config.name);
    await endsWithin(clock, restMs(), left);
    if (evacuates && !this.membership.deposed.aborted) {
      await this.membership.announceLeaving(Math.min(restMs(), CLOSE_TIMEOUT_MS));
      await endsWithin(clock, restMs(), this.replication.evacuate());
      await this.membership.emptied(restMs()); // its backups too: so that nothing is held by fewer afterwards
      await endsWithin(clock, restMs(), this.replication.evacuate()); // what has come from those who died meanwhile
    }
    // To others: somebody else may serve them.
    const notHere = (): Error => new NotServedError(this.membership.view.version);
    const failures: unknown[] = [];
    failures.push(...(await this.#catalog.closeAll(notHere, restMs())));
    await end?.(restMs()).catch((error: unknown) => failures.push(error));
    if (evacuates) await this.membership.leave(Math.max(restMs(), 1000));
    else this.membership.stop();
    await endsWithin(clock, Math.max(restMs(), 1000), Promise.all(used.map(({ events }) => events.close())));
    await this.#end();
    await this.transport.close();
    if (failures.length === 1) throw failures[0];
    if (failures.length > 1) throw new AggregateError(failures, `${failures.length} maps of '${this.config.name}' did not close cleanly`);
  }

  readonly #refusal = (): Error => new InstanceClosedError(`the instance '${this.config.name}' was closed`);

  #check(): void {
    const { deposed } = this.membership;
    if (deposed.aborted)
      throw new InstanceClosedError(`the cluster goes on without this member, '${this.id}'`, { cause: deposed.reason as unknown });
    if (this.#isEnded) throw this.#refusal();
  }
}
