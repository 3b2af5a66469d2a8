/** One member of a near world: serves the partitions it is primary of, and reads and writes through a near cache. */
import type { ClusterView } from '../../lib/api/coordinator.ts';
import type { MemberId } from '../../lib/api/transport.ts';
import type { NearCacheConfig } from '../../lib/config/map-config.ts';
import { hashKey } from '../../lib/data/key.ts';
import { NearRoutes, type ReadRoutes } from '../../lib/map/near-routes.ts';
import { Invalidations } from '../../lib/near-cache/invalidations.ts';
import type { NearCache } from '../../lib/near-cache/near-cache.ts';
import { NearCaches } from '../../lib/near-cache/near-caches.ts';
import { INVALIDATE, type Invalidate, type NearMembership, type NearTransport, type ReadStamp } from '../../lib/near-cache/near-network.ts';
import { get } from '../../lib/operations/get.ts';
import type { KeyAddress, KeyOperation } from '../../lib/operations/home.ts';
import { set } from '../../lib/operations/set.ts';
import { Endpoint } from '../../lib/transport/endpoint.ts';
import type { SimProcess } from '../sim/sim-process.ts';
import type { SimNetwork } from '../sim/sim-network.ts';
import type { Simulation } from '../sim/simulation.ts';

export const LEASE_MS = 1000;

/** The world as a member sees it. */
export interface MembersWorld {
  readonly simulation: Simulation;
  readonly network: SimNetwork;
  readonly keys: number;
  readonly view: ClusterView;
  /** Keys whose entries are in the memory of their primary: others have to be loaded. */
  readonly inMemory: Set<number>;
  reads: number;
  partitionOf(key: number): number;
  isPrimary(member: MemberId, partition: number, term: number): boolean;
  versionOf(key: number): number | undefined;
  change(key: number, isThere: boolean, now: number): number;
  watchHit(member: { readonly id: MemberId; readonly process: SimProcess }, key: number, version: number, floor: number): void;
}

const MAP = 'm';
const TIMEOUT_MS = 300;

interface Parts {
  readonly world: MembersWorld;
  readonly process: SimProcess;
  readonly lite: boolean;
  readonly config: NearCacheConfig;
  readonly partitions: number;
}

/** What is done to a key by its primary. */
export type Deed = 'set' | 'remove' | 'evict' | 'clear';

type Served =
  | { readonly refused: true }
  | { readonly refused: false; readonly version: number | undefined; readonly stamp: ReadStamp | undefined };

export class NearMember {
  readonly id: MemberId;
  readonly lite: boolean;
  readonly process: SimProcess;
  cache: NearCache;
  isGone = false;
  view: ClusterView = { version: 0, members: [], partitions: [] };
  routes: NearRoutes;
  readonly #world: MembersWorld;
  readonly #transport: Endpoint;
  readonly #invalidations: Invalidations;
  readonly #caches: NearCaches;
  readonly #config: NearCacheConfig;
  readonly #listeners: ((view: ClusterView, before: ClusterView) => void)[] = [];
  /** By key: hits must not be older. */
  readonly #floors = new Map<number, number>();
  /** As an owner: the version after its own last change. */
  readonly #changed = new Map<number, number>();

  constructor({ world, process, lite, config, partitions }: Parts) {
    this.id = process.id;
    this.lite = lite;
    this.process = process;
    this.#world = world;
    const { clock } = process;
    this.#transport = new Endpoint(world.network.links(process), clock);
    const transport = this.#watched(this.#transport);
    const membership = this.#membership();
    this.#invalidations = new Invalidations({ transport, membership });
    this.#config = config;
    this.#caches = new NearCaches({ transport, membership, clock, partitionCount: partitions });
    this.cache = this.#caches.open(MAP, config);
    this.#transport.handle('call.read', (from, body) => this.#serve(from, body as [number, number], undefined));
    this.#transport.handle('call.write', (from, body) => this.#serve(from, body as [number, number], (body as [number, number, Deed])[2]));
    this.routes = new NearRoutes(this.#remote(), this.cache);
  }

  learn(view: ClusterView): void {
    if (view.version <= this.view.version) return;
    const before = this.view;
    this.view = view;
    for (const listener of this.#listeners) listener(view, before);
  }

  /** The map is closed here, and opened again. */
  reopen(): void {
    this.#caches.close(MAP);
    this.cache = this.#caches.open(MAP, this.#config);
    this.routes = new NearRoutes(this.#remote(), this.cache);
  }

  /** What `get` of the map would do. */
  read(key: number): unknown {
    const at = this.#at(key);
    const floor = this.#floors.get(key) ?? 0;
    const before = this.cache.statistics.hits;
    this.#world.reads++;
    const found = this.routes.onKey(get, at, undefined);
    if (this.cache.statistics.hits > before) this.#world.watchHit(this, key, found as number, floor);
    return found;
  }

  write(key: number, deed: Deed): Promise<unknown> {
    const { routes } = this;
    const told = Promise.resolve(routes.onKey(set as unknown as KeyOperation<Deed, unknown>, this.#at(key), deed));
    // Not before the caller knows: what is read while the answer is on its way through the near cache may come before the change. Nor when the map was
    // closed meanwhile: a member's calls on it end with that, and nobody is told.
    return told.then((version) => {
      if (version !== undefined && deed !== 'clear' && routes === this.routes)
        this.#floors.set(key, Math.max(version as number, this.#floors.get(key) ?? 0));
    });
  }

  #at(key: number): KeyAddress {
    return { key, hash: hashKey(key), partition: this.#world.partitionOf(key) };
  }

  /** Also by the primary itself. */
  async #serve(from: MemberId, [key, term]: readonly [number, number], deed: Deed | undefined): Promise<Served> {
    const partition = this.#world.partitionOf(key);
    const isServed = (): boolean => this.#world.isPrimary(this.id, partition, term);
    if (!isServed()) return { refused: true };
    const { chance } = this.#world.simulation;
    const { inMemory } = this.#world;
    const stamp = inMemory.has(key) ? this.#invalidations.stampFor(from, MAP) : undefined;
    const version = deed === undefined ? this.#world.versionOf(key) : this.#do(key, partition, deed);
    if (deed === undefined && version !== undefined && !inMemory.has(key)) {
      await new Promise<void>((resolve) => this.process.clock.after(chance.around(8), resolve));
      if (isServed() && this.#world.versionOf(key) === version) inMemory.add(key);
    }
    if (chance.happens(0.4)) await new Promise<void>((resolve) => this.process.clock.after(chance.around(8), resolve));
    return isServed() ? { refused: false, version, stamp } : { refused: true };
  }

  #do(key: number, partition: number, deed: Deed): number | undefined {
    const keys =
      deed === 'clear' ? [...Array(this.#world.keys).keys()].filter((each) => this.#world.partitionOf(each) === partition) : [key];
    const told = this.#invalidations.map(MAP);
    if (deed === 'clear') told.cleared(partition);
    for (const each of keys) {
      const { inMemory } = this.#world;
      if (deed !== 'clear' && inMemory.has(each)) told.changed(each, partition);
      if (deed === 'set') inMemory.add(each);
      else inMemory.delete(each);
      if (deed === 'evict') continue; // it comes back as it was
      if (deed !== 'set' && this.#world.versionOf(each) === undefined) continue;
      this.#changed.set(each, this.#world.change(each, deed === 'set', this.process.now));
    }
    return this.#changed.get(key);
  }

  /** Asks whoever it thinks is primary, until somebody has served it. */
  async #call(key: number, deed: Deed | undefined): Promise<Served & { readonly refused: false }> {
    const partition = this.#world.partitionOf(key);
    for (;;) {
      const replicas = this.view.partitions[partition];
      const primary = replicas?.primary;
      if (primary !== undefined) {
        const body = deed === undefined ? [key, replicas!.term] : [key, replicas!.term, deed];
        const asked =
          primary === this.id
            ? this.#serve(this.id, [key, replicas!.term], deed)
            : this.#transport.request(primary, deed === undefined ? 'call.read' : 'call.write', body, { timeoutMs: TIMEOUT_MS });
        const served = (await (deed === undefined ? asked.catch(() => ({ refused: true })) : asked)) as Served;
        if (!served.refused) return served;
        if (deed !== undefined) throw new Error('refused: done or not');
      }
      await new Promise<void>((resolve) => this.process.clock.after(20, resolve));
    }
  }

  #remote(): ReadRoutes {
    const refuse = (): never => {
      throw new Error('not in this world');
    };
    const change = async (at: KeyAddress, deed: Deed): Promise<unknown> => (await this.#call(at.key as number, deed)).version;
    return {
      read: async <A, R>(_: KeyOperation<A, R>, at: KeyAddress) => {
        const { version, stamp } = await this.#call(at.key as number, undefined);
        return { answer: version as R, stamp };
      },
      onKey: <A, R>(operation: KeyOperation<A, R>, at: KeyAddress, args: A) =>
        ((operation as unknown) === get
          ? this.#call(at.key as number, undefined).then(({ version }) => version)
          : change(at, args as Deed)) as Promise<R>,
      tryOnKey: refuse,
      heldOnKey: refuse,
      onKeys: refuse,
      readKeys: refuse,
      onMember: refuse,
      onThisMember: refuse,
      check: () => undefined,
    };
  }

  #membership(): NearMembership {
    // eslint-disable-next-line @typescript-eslint/no-this-alias
    const member = this;
    return {
      self: this.id,
      leaseMs: LEASE_MS,
      get view() {
        return member.view;
      },
      mayServe: () => !this.isGone,
      onView: (listener) => {
        this.#listeners.push(listener);
        return () => undefined;
      },
      atLeast: async (version) => {
        await new Promise<void>((resolve) => this.process.clock.after(this.#world.simulation.chance.around(5), resolve));
        if (this.#world.simulation.chance.happens(0.7)) this.learn(this.#world.view);
        return this.view.version >= version;
      },
    };
  }

  /** Notes which versions a message is about when it is posted, and holds hits to them when it has arrived. */
  #watched(transport: Endpoint): NearTransport {
    return {
      request: (to, type, body, options) => transport.request(to, type, body, options),
      post: (to, type, body) => transport.post(to, type, { ...(body as Invalidate), versions: this.#versionsOf(body as Invalidate) }),
      handle: (type, handler) =>
        transport.handle(type, (from, body) => {
          const answer = handler(from, body);
          if (type === INVALIDATE) {
            for (const [key, version] of (body as { versions: readonly (readonly [number, number])[] }).versions) {
              this.#floors.set(key, Math.max(version, this.#floors.get(key) ?? 0));
            }
          }
          return answer;
        }),
      atTickEnd: (job) => transport.atTickEnd(job),
      onDown: (listener) => transport.onDown(listener),
    };
  }

  #versionsOf({ changes }: Invalidate): (readonly [number, number])[] {
    const keys = changes.flatMap(([, partition, told]) =>
      told === 0 ? [...this.#changed.keys()].filter((key) => this.#world.partitionOf(key) === partition) : (told as readonly number[]),
    );
    return keys.map((key) => [key, this.#changed.get(key) ?? 0]);
  }
}
