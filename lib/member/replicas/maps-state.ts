/**
 * All replicated memory of a member (`PartitionState`): what of each partition it holds as a primary, and what as a replica.
 *
 * A primary's memory is that of the open maps: indexed records, locks, the queue of writes (`SharedMap`). A replica's is kept beside them, plain, for
 * maps that may not even be open here (`ReplicaMap`). `promote` moves a partition from there to here, `demote` back. A map that is not open when a
 * partition is promoted is opened then, without keeping others waiting: nobody can call it before it is open, and has all that is its own.
 */
import type { ClusterView } from '../../api/coordinator.ts';
import type { MemberId } from '../../api/transport.ts';
import type { Timer } from '../../base/clock.ts';
import { backOff, pause } from '../../base/pause.ts';
import type { Membership } from '../../cluster/membership.ts';
import type { InstanceConfig } from '../../config/instance-config.ts';
import type { MapConfig } from '../../config/map-config.ts';
import type { KeyAddress, MapHome, MapShare } from '../../operations/home.ts';
import { NotServedError, type PartitionState, type Replication } from '../../replication/replication.ts';
import { MapsByPartition } from './maps-by-partition.ts';
import { ReplicaMap } from './replica-map.ts';
import { takeMaps, type MapChange, type StateChange } from './replica-wire.ts';
import { SharedMap } from './shared-map.ts';

export interface MapsStateParts {
  readonly config: InstanceConfig;
  readonly membership: Pick<Membership, 'view' | 'onView' | 'refresh' | 'mayServe' | 'deposed'>;
  /** Asked for when first needed: replication is made of this state. */
  readonly replication: () => Pick<Replication, 'changes' | 'owns' | 'hold' | 'settled'>;
  /** Opens the map on this member, if it is not: ends in `Member.open`. */
  readonly openMap: (name: string) => Promise<unknown>;
  /** Who tells the near caches of a map what has changed. Left out: nobody. */
  readonly invalidated?: (map: string) => MapShare['onInvalidated'];
}

/** What a replica has of a key. */
export interface ReplicaValue {
  /** As the map's form keeps it; `undefined`: there is no such entry. */
  readonly stored: unknown;
}

/** What this member is for a partition, and which time it is that: what takes time looks whether it is that still. */
interface Role {
  is: 'none' | 'replica' | 'primary';
  term: number;
  time: number;
}

/** Between attempts to open a map that has entries here. */
const OPEN_FIRST_MS = 50;
const OPEN_LONGEST_MS = 5000;
/** Until it is asked again whether members that hold locks are gone, when nobody could tell. */
const ASK_AGAIN_MS = 1000;

export class MapsState implements PartitionState {
  readonly #parts: MapsStateParts;
  readonly #roles: readonly Role[];
  /** Maps that are open here, or being opened. */
  readonly #shared = new Map<string, SharedMap>();
  readonly #replicas = new Map<string, ReplicaMap>();
  /** Maps with changes that are to be collected, and with changes that are not committed, by partition. */
  readonly #changed = new MapsByPartition<SharedMap>();
  readonly #uncommitted = new MapsByPartition<SharedMap>();
  /** Maps that were destroyed and whose replicas have yet to be told, by partition. */
  readonly #forgotten = new Map<number, Set<string>>();
  /** Maps that are being opened because they have entries here. */
  readonly #opening = new Set<string>();
  readonly #closing = new AbortController();
  readonly #endViews: () => void;
  #askTimer: Timer | undefined;
  #isAsking = false;

  constructor(parts: MapsStateParts) {
    this.#parts = parts;
    this.#roles = Array.from({ length: parts.config.partitionCount }, () => ({ is: 'none', term: 0, time: 0 }));
    this.#endViews = parts.membership.onView((view, before) => this.#viewed(view, before));
    parts.membership.deposed.addEventListener('abort', () => this.#dropAll(), { once: true });
  }

  /** The part of a map that is being opened here in the cluster. */
  shareOf(name: string, config: MapConfig): SharedMap {
    const { replication, config: instance, membership } = this.#parts;
    const { partitionCount } = instance;
    const isPrimary = (partition: number): boolean => this.#roles[partition]!.is === 'primary';
    const mayServe = (): boolean => this.#mayServe();
    const changed = (map: SharedMap, partition: number): void => this.#changed.add(partition, map);
    const shared = new SharedMap({ name, config, partitionCount, replication, isPrimary, mayServe, changed });
    shared.membersAre(holdersIn(membership.view));
    shared.onInvalidated = this.#parts.invalidated?.(name);
    this.#shared.set(name, shared);
    return shared;
  }

  /** The map's memory is there. Resolves when it has all that is its own: before that nobody may call it. */
  async attach(shared: SharedMap, home: MapHome): Promise<void> {
    shared.attach(home);
    // Partitions that come meanwhile bring what is theirs by themselves.
    for (const [partition, role] of this.#roles.entries()) if (role.is === 'primary') await this.#moveIn(shared, partition);
    this.#askForHolders();
  }

  /** The map could not be opened, or was closed because this member leaves: as a primary it holds nothing of it. */
  detach(shared: SharedMap): void {
    if (this.#shared.get(shared.name) === shared) this.#forgetShared(shared);
  }

  /** The map was destroyed: nothing of it is kept here, and its replicas are told so. */
  forget(name: string): void {
    const { replication } = this.#parts;
    for (const [partition, role] of this.#roles.entries()) {
      if (role.is !== 'primary' || !replication().owns(partition)) continue;
      if (replication().changes(partition) === 0) continue;
      const names = this.#forgotten.get(partition) ?? new Set();
      this.#forgotten.set(partition, names.add(name));
    }
    const shared = this.#shared.get(name);
    if (shared !== undefined) this.#forgetShared(shared);
    this.#replicas.delete(name);
  }

  /** What this member's replica has of the key (M51); `undefined` when it holds none. Nothing is counted. */
  readReplica(mapName: string, { partition, key }: KeyAddress): ReplicaValue | undefined {
    if (this.#roles[partition]!.is !== 'replica') return undefined;
    const replica = this.#replicas.get(mapName);
    const slot = replica?.find(partition, key) ?? -1;
    if (replica === undefined || slot < 0) return NOTHING;
    const isOver = replica.records.view(slot).deadline <= this.#parts.config.clock.now();
    return isOver ? NOTHING : { stored: replica.storedAt(slot) };
  }

  /** Nothing is moved or opened any more, and no timer is left. */
  close(): void {
    this.#closing.abort();
    this.#endViews();
    this.#askTimer?.cancel();
  }

  collect(partition: number, seq: number): StateChange | undefined {
    const change: unknown[] = [this.#parts.config.clock.now()];
    const forgotten = this.#forgotten.get(partition);
    if (forgotten !== undefined) {
      for (const name of forgotten) change.push(...forgottenMap(name));
      this.#forgotten.delete(partition);
    }
    for (const shared of this.#changed.take(partition)) {
      if (shared.collect(partition, seq, change)) this.#uncommitted.add(partition, shared);
    }
    return change.length === 1 ? undefined : change;
  }

  committed(partition: number, seq: number): void {
    for (const shared of this.#uncommitted.of(partition)) {
      if (shared.committed(partition, seq)) this.#uncommitted.delete(partition, shared);
    }
  }

  apply(partition: number, change: unknown): void {
    const role = this.#roles[partition]!;
    if (role.is === 'none') become(role, 'replica', 0);
    this.#take(partition, change as StateChange);
  }

  snapshot(partition: number): readonly StateChange[] {
    const now = this.#parts.config.clock.now();
    const pieces: StateChange[] = [];
    for (const shared of this.#shared.values()) {
      if (shared.home !== undefined) for (const change of shared.snapshot(partition)) pieces.push([now, ...change]);
    }
    // Of maps that are not open yet.
    for (const replica of this.#replicas.values()) {
      if (replica.has(partition)) for (const change of replica.snapshot(partition)) pieces.push([now, ...change]);
    }
    return pieces.length === 0 ? [[now]] : pieces;
  }

  install(partition: number, pieces: readonly unknown[]): void {
    const role = this.#roles[partition]!;
    become(role, 'replica', 0);
    for (const replica of this.#replicas.values()) replica.drop(partition);
    for (const piece of pieces) this.#take(partition, piece as StateChange);
  }

  promote(partition: number, term: number, lost: boolean): void | Promise<void> {
    const role = this.#roles[partition]!;
    become(role, 'primary', term);
    if (lost) for (const replica of this.#replicas.values()) replica.drop(partition);
    const moves: Promise<void>[] = [];
    for (const shared of this.#shared.values()) {
      if (shared.home === undefined) continue; // it takes what is its own when it is there
      const moved = this.#moveIn(shared, partition);
      if (moved !== undefined) moves.push(moved);
    }
    for (const { name } of this.#replicas.values()) if (this.#hasUnopened(name, partition)) void this.#open(name);
    if (moves.length > 0) return Promise.all(moves).then(() => this.#promoted(partition));
    this.#promoted(partition);
  }

  freeze(partition: number, frozen: boolean): void {
    if (!frozen) return;
    for (const { home } of this.#shared.values()) home?.locks.refuse(partition, this.#refusal());
  }

  demote(partition: number): void {
    const role = this.#roles[partition]!;
    if (role.is !== 'primary') return;
    become(role, 'replica', 0);
    for (const shared of this.#shared.values()) {
      if (shared.home !== undefined) shared.moveOut(partition, this.#replicaOf(shared.name), this.#refusal());
    }
    this.#forgotten.delete(partition);
    this.#changed.take(partition);
    this.#uncommitted.take(partition);
  }

  drop(partition: number): void {
    const role = this.#roles[partition]!;
    become(role, 'none', 0);
    for (const shared of this.#shared.values()) if (shared.home !== undefined) shared.drop(partition, this.#refusal());
    for (const replica of this.#replicas.values()) replica.drop(partition);
    this.#forgotten.delete(partition);
    this.#changed.take(partition);
    this.#uncommitted.take(partition);
  }

  #forgetShared(shared: SharedMap): void {
    this.#shared.delete(shared.name);
    this.#changed.forget(shared);
    this.#uncommitted.forget(shared);
  }

  #mayServe(): boolean {
    return !this.#closing.signal.aborted && this.#parts.membership.mayServe();
  }

  /** The cluster goes on without this member: nothing it has counts any more, and nothing of it must reach a store. */
  #dropAll(): void {
    for (const partition of this.#roles.keys()) this.drop(partition);
  }

  #take(partition: number, change: StateChange): void {
    const shiftMs = this.#parts.config.clock.now() - (change[0] as number);
    takeMaps(change, (name, entries, gone, rare) => {
      if (rare !== 0 && rare.forgotten === true) this.#replicas.get(name)?.drop(partition);
      else this.#replicaOf(name).apply(partition, entries, gone, rare, shiftMs);
    });
  }

  #replicaOf(name: string): ReplicaMap {
    const known = this.#replicas.get(name);
    if (known !== undefined) return known;
    const { maps, partitionCount } = this.#parts.config;
    const replica = new ReplicaMap(name, maps.for(name), partitionCount);
    this.#replicas.set(name, replica);
    return replica;
  }

  #moveIn(shared: SharedMap, partition: number): void | Promise<void> {
    const role = this.#roles[partition]!;
    const { time, term } = role;
    const isCurrent = (): boolean => role.time === time && !this.#closing.signal.aborted && this.#shared.get(shared.name) === shared;
    const moving = shared.moving.get(partition);
    if (moving?.time === time) return moving.done;
    const done = shared.moveIn(partition, term, this.#replicas.get(shared.name), isCurrent);
    if (done === undefined) return undefined;
    const move = { time, done: done.finally(() => shared.moving.get(partition) === move && shared.moving.delete(partition)) };
    shared.moving.set(partition, move);
    return move.done;
  }

  #promoted(partition: number): void {
    for (const shared of this.#shared.values()) {
      shared.onArrived?.(partition);
      if (shared.home?.store !== undefined && shared.stays('unloaded').size > 0) shared.onUnloaded?.();
    }
    this.#askForHolders();
  }

  #hasUnopened(name: string, partition: number): boolean {
    return this.#shared.get(name)?.home === undefined && this.#replicas.get(name)?.has(partition) === true;
  }

  /** Opens a map that has entries here as a primary; until then its calls wait for somebody to open it, and its store for what is queued. */
  async #open(name: string): Promise<void> {
    if (this.#opening.has(name)) return;
    this.#opening.add(name);
    const { clock } = this.#parts.config;
    const isWanted = (): boolean => this.#roles.some((role, partition) => role.is === 'primary' && this.#hasUnopened(name, partition));
    try {
      for (let failures = 1; isWanted() && !this.#closing.signal.aborted; failures++) {
        try {
          await this.#parts.openMap(name);
          return;
        } catch {
          await pause(clock, backOff(clock, failures, OPEN_FIRST_MS, OPEN_LONGEST_MS), this.#closing.signal);
        }
      }
    } catch {
      // It is over.
    } finally {
      this.#opening.delete(name);
    }
  }

  #refusal(): NotServedError {
    return new NotServedError(this.#parts.membership.view.version);
  }

  #viewed(view: ClusterView, before: ClusterView): void {
    if (view.members === before.members) return;
    const holders = holdersIn(view);
    for (const shared of this.#shared.values()) shared.membersAre(holders);
    this.#askForHolders();
  }

  /** Sees to it that locks of members that have left end. */
  #askForHolders(): void {
    if (!this.#isAsking && this.#gone().size > 0) void this.#releaseGone();
  }

  /** A holder that is not in the view may be newer than that: it is gone when it is not in one that was asked for later. */
  async #releaseGone(): Promise<void> {
    const { membership, config } = this.#parts;
    this.#isAsking = true;
    const suspects = this.#gone();
    const isAnswered = await membership.refresh().catch(() => false);
    this.#isAsking = false;
    if (this.#closing.signal.aborted) return;
    const gone = this.#gone();
    if (isAnswered)
      for (const { home } of this.#shared.values()) home?.locks.releaseOf((holder) => suspects.has(holder) && gone.has(holder));
    if (this.#gone().size === 0) return;
    this.#askTimer?.cancel();
    this.#askTimer = config.clock.after(ASK_AGAIN_MS, () => this.#askForHolders());
  }

  /** Members that hold locks and are in the view no longer, or not yet. */
  #gone(): Set<MemberId> {
    const gone = new Set<MemberId>();
    for (const { home } of this.#shared.values()) for (const holder of home?.locks.holders() ?? []) gone.add(holder);
    if (gone.size > 0) for (const { id } of this.#parts.membership.view.members) gone.delete(id);
    return gone;
  }
}

const NOTHING: ReplicaValue = Object.freeze({ stored: undefined });

function become(role: Role, is: Role['is'], term: number): void {
  role.is = is;
  role.term = term;
  role.time++;
}

/** Members that hold partitions. */
function holdersIn({ members }: ClusterView): number {
  return Math.max(1, members.filter(({ lite }) => !lite).length);
}

function forgottenMap(name: string): MapChange {
  return [name, [], 0, { forgotten: true }];
}
