/**
 * A world of members with near caches over a bad network: entries are one register per key, in a store that never fails and a memory that is replicated
 * perfectly by the world itself; all the rest (messages, views that come late, moves, members that are put away) is as bad as it can be. It watches every
 * hit:
 * - no value older than one whose invalidation has arrived, or than the reader's own last write (M70, M71);
 * - no value that was changed longer ago than a lease.
 */
import type { ClusterView, MemberInfo, Replicas } from '../../lib/api/coordinator.ts';
import type { MemberId } from '../../lib/api/transport.ts';
import { hashKey } from '../../lib/data/key.ts';
import type { NearCacheConfig } from '../../lib/config/map-config.ts';
import { SimNetwork, type NetworkOptions } from '../sim/sim-network.ts';
import { SimProcess } from '../sim/sim-process.ts';
import { Simulation } from '../sim/simulation.ts';
import { LEASE_MS, NearMember, type MembersWorld } from './near-member.ts';

const DRIFT = 0.02;

export interface NearWorldOptions {
  readonly seed: number;
  readonly keys?: number;
  readonly partitions?: number;
  readonly config?: Partial<NearCacheConfig>;
  readonly network?: NetworkOptions;
  /** Some views come later than a lease lasts. */
  readonly viewsLateMs?: number;
  readonly trace?: (line: string) => void;
}

const CONFIG: NearCacheConfig = { maxSize: Infinity, timeToLiveMs: 0, maxIdleMs: 0, policy: 'NONE', invalidateOnChange: true };

interface Change {
  readonly time: number;
  readonly version: number;
}

export class NearWorld implements MembersWorld {
  readonly simulation: Simulation;
  readonly network: SimNetwork;
  readonly keys: number;
  readonly members: NearMember[] = [];
  view: ClusterView;
  hits = 0;
  reads = 0;
  /** Keys whose entries are in the memory of their primary: others have to be loaded. */
  readonly inMemory = new Set<number>();
  /** By key: the version there is; `undefined`: no entry. */
  readonly #present = new Map<number, number>();
  readonly #changes = new Map<number, Change[]>();
  readonly #config: NearCacheConfig;
  readonly #partitions: number;
  readonly #viewsLateMs: number;
  #versions = 0;
  #incarnations = 0;

  constructor(options: NearWorldOptions) {
    const { seed, keys = 12, partitions = 5, config, network, viewsLateMs = 800, trace } = options;
    this.simulation = new Simulation(seed, trace);
    this.network = new SimNetwork(this.simulation, network);
    this.keys = keys;
    this.#partitions = partitions;
    this.#viewsLateMs = viewsLateMs;
    this.#config = { ...CONFIG, ...config };
    this.view = { version: 0, members: [], partitions: [] };
    for (const lite of [false, false, true, true]) this.join(lite);
    const [first] = this.owners;
    this.#next({
      partitions: Array.from({ length: partitions }, (): Replicas => ({
        epoch: 1,
        term: 1,
        primary: first!.id,
        backups: [],
        asyncBackups: [],
        learner: undefined,
        losses: 0,
      })),
    });
    for (let partition = 0; partition < partitions; partition++) this.move(partition, this.simulation.chance.pick(this.owners).id);
  }

  get owners(): NearMember[] {
    return this.members.filter(({ lite, isGone }) => !lite && !isGone);
  }

  get readers(): NearMember[] {
    return this.members.filter(({ isGone }) => !isGone);
  }

  partitionOf(key: number): number {
    return hashKey(key) % this.#partitions;
  }

  join(lite: boolean): void {
    const { chance } = this.simulation;
    const process = new SimProcess(this.simulation, `m#${++this.#incarnations}`, { drift: DRIFT });
    const member = new NearMember({ world: this, process, lite, config: this.#config, partitions: this.#partitions });
    this.members.push(member);
    const info: MemberInfo = { id: process.id, lite, leaving: false };
    this.#next({ members: [...this.view.members, info] });
    if (chance.happens(0.5)) member.learn(this.view);
  }

  /** As a planned move: who gives it away knows at once, and nobody serves it in between. */
  move(partition: number, to: MemberId): void {
    const before = this.view.partitions[partition]!.primary;
    if (before === to) return;
    this.#next({ partitions: this.view.partitions.map((replicas, at) => (at === partition ? this.#led(replicas, to) : replicas)) });
    this.members.find(({ id }) => id === before)?.learn(this.view);
  }

  /** As `move`, if the member is there still. */
  moveBack(partition: number, to: MemberId): void {
    if (this.owners.some(({ id }) => id === to)) this.move(partition, to);
  }

  /** The member's lease has ended; others take its place, and it may go on for a while without knowing. */
  putAway(member: MemberId): void {
    const gone = this.members.find(({ id }) => id === member)!;
    gone.isGone = true;
    if (this.simulation.chance.happens(0.5)) gone.process.crash();
    const others = this.owners.map(({ id }) => id);
    const { chance } = this.simulation;
    this.#next({
      members: this.view.members.filter(({ id }) => id !== member),
      partitions: this.view.partitions.map((replicas) =>
        replicas.primary === member ? this.#led(replicas, chance.pick(others)) : replicas,
      ),
    });
  }

  isPrimary(member: MemberId, partition: number, term: number): boolean {
    const { primary, term: present } = this.view.partitions[partition]!;
    return primary === member && present === term && !this.members.find(({ id }) => id === member)!.isGone;
  }

  versionOf(key: number): number | undefined {
    return this.#present.get(key);
  }

  /** By its primary. The version the key has from now on. */
  change(key: number, isThere: boolean, now: number): number {
    const version = ++this.#versions;
    if (isThere) this.#present.set(key, version);
    else this.#present.delete(key);
    const changes = this.#changes.get(key) ?? [];
    changes.push({ time: now, version });
    this.#changes.set(key, changes);
    return version;
  }

  watchHit(member: Parameters<MembersWorld['watchHit']>[0], key: number, version: number, floor: number): void {
    this.hits++;
    if (version < floor) this.simulation.fault(`${member.id} hit key ${key} at ${version}, although it must know of ${floor}`);
    if (!this.#config.invalidateOnChange) return;
    const next = this.#changes.get(key)?.find((change) => change.version > version);
    const behindMs = next === undefined ? 0 : member.process.now - next.time;
    if (behindMs > LEASE_MS * (1 + 2 * DRIFT)) this.simulation.fault(`${member.id} hit key ${key} ${behindMs} ms after it had changed`);
  }

  /** The newest view reaches everybody, sooner or later. */
  #next(part: Partial<ClusterView>): void {
    this.view = { ...this.view, ...part, version: this.view.version + 1 };
    const { view, simulation } = this;
    for (const member of this.members) {
      const ms = simulation.chance.happens(0.8) ? simulation.chance.around(5) : simulation.chance.between(0, this.#viewsLateMs);
      member.process.deliver('learns', () =>
        simulation.at(simulation.now + ms, 'view', () => member.process.deliver('view', () => member.learn(view))),
      );
    }
  }

  #led(replicas: Replicas, primary: MemberId): Replicas {
    const version = this.view.version + 1;
    return { ...replicas, primary, epoch: version, term: version };
  }
}
