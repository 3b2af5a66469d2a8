/**
 * What the first member does for all: takes away members whose lease is over, and brings partitions where they should be.
 *
 * Every member runs this; only who finds nobody alive before itself, in the order of joining, acts. Whether there are two at a time does not matter:
 * all they do is to propose.
 */
import type { ClusterView } from '../api/coordinator.ts';
import type { MemberId } from '../api/transport.ts';
import type { Clock, Timer } from '../base/clock.ts';
import { assign, eligibleMembers, firstTable, type WantedBackups } from './assignment.ts';
import type { BeatWatch } from './beat-watch.ts';
import { withoutMembers } from './departures.ts';
import type { Membership } from './membership.ts';

/** Rounds between looks while there is something to do, where there are no leases. */
const ROUND_MS = 250;
/** Longest time from a change of the view to the next look. */
const SOON_MS = 10;
/** When members are evicted too early, in tests: after so much of a lease. */
const HASTY_LEASES = 0.45;
/** For how many leases another member is tried first, where a copy has just failed. */
const LEASES_OF_AVOIDING = 2;

export interface LeaderParts {
  readonly membership: Membership;
  readonly clock: Clock;
  readonly beats: BeatWatch;
  readonly wanted: WantedBackups;
  readonly partitionCount: number;
  readonly initialMembers: number;
  /** false: members are evicted before their lease has ended, in tests only. */
  readonly evictAfterLease: boolean;
  /** Asks a primary to hand a partition over. */
  readonly ask: (primary: MemberId, partition: number, to: MemberId) => void;
}

export class Leader {
  readonly #parts: LeaderParts;
  readonly #roundMs: number;
  readonly #soonMs: number;
  /** By partition and member: until when others are tried first. */
  readonly #avoided = new Map<string, number>();
  /** By partition: when it was last asked for, and to whom. */
  readonly #asked = new Map<number, { readonly to: MemberId; readonly at: number }>();
  readonly #unlisten: () => void;
  #timer: Timer | undefined;
  /** When the next look is due. */
  #dueAt = Infinity;
  #busy = false;
  #stopped = false;

  constructor(parts: LeaderParts) {
    this.#parts = parts;
    const { leaseMs } = parts.membership;
    this.#roundMs = leaseMs === Infinity ? ROUND_MS : leaseMs / 4;
    this.#soonMs = leaseMs === Infinity ? SOON_MS : Math.min(SOON_MS, leaseMs / 40);
    this.#unlisten = parts.membership.onView((view, before) => {
      this.#learn(view, before);
      this.#within(this.#soonMs);
    });
    this.#within(this.#soonMs);
  }

  stop(): void {
    this.#stopped = true;
    this.#timer?.cancel();
    this.#unlisten();
  }

  #within(ms: number): void {
    const at = this.#parts.clock.now() + ms;
    if (this.#stopped || this.#busy || at >= this.#dueAt) return;
    this.#timer?.cancel();
    this.#dueAt = at;
    this.#timer = this.#parts.clock.after(ms, () => void this.#round());
  }

  async #round(): Promise<void> {
    this.#dueAt = Infinity;
    this.#busy = true;
    const { version } = this.#parts.membership.view;
    const settled = await this.#look();
    this.#busy = false;
    if (this.#parts.membership.view.version !== version) this.#within(this.#soonMs);
    else if (!settled || this.#parts.membership.leaseMs !== Infinity) this.#within(this.#restMs());
  }

  /** Whether there is nothing to do until the view changes, but to watch beats. */
  async #look(): Promise<boolean> {
    const { membership } = this.#parts;
    const { view, self } = membership;
    if (!view.members.some(({ id }) => id === self) || !membership.mayServe()) return false;
    const expired = this.#expired(view);
    const first = view.members.find(({ id }) => !expired.has(id));
    if (first?.id !== self) return true;
    if (expired.size > 0) await this.#evict(expired);
    else if (view.partitions.length === 0) return this.#begin(view);
    else return this.#assign();
    return false;
  }

  /** The members whose lease is over, with their last beats. */
  #expired(view: ClusterView): Map<MemberId, number> {
    const expired = new Map<MemberId, number>();
    for (const { id } of view.members) {
      const beat = this.#untilSilentMs(id) === 0 ? this.#parts.beats.beatOf(id) : undefined;
      if (beat !== undefined) expired.set(id, beat);
    }
    return expired;
  }

  #untilSilentMs(id: MemberId): number {
    const { membership, beats, evictAfterLease } = this.#parts;
    if (id === membership.self || membership.leaseMs === Infinity) return Infinity;
    return beats.untilSilentMs(id, evictAfterLease ? undefined : HASTY_LEASES);
  }

  /** As long as usual, or until somebody's lease is over. */
  #restMs(): number {
    const silences = this.#parts.membership.view.members.map(({ id }) => this.#untilSilentMs(id)).filter((ms) => ms > 0);
    return Math.min(this.#roundMs, ...silences);
  }

  async #evict(expired: ReadonlyMap<MemberId, number>): Promise<void> {
    const gone = new Set(expired.keys());
    const evict = [...expired].map(([id, beat]) => (this.#parts.evictAfterLease ? { id, beat } : { id }));
    await this.#parts.membership.propose((view, version) => withoutMembers(view, gone, version), { evict });
  }

  async #begin(view: ClusterView): Promise<boolean> {
    if (eligibleMembers(view.members).length < this.#parts.initialMembers) return true;
    await this.#parts.membership.propose((newest, version) => this.begun(newest, version));
    return false;
  }

  /** The view with its first table, if it is time for that and there is none. */
  begun(view: ClusterView, version: number): ClusterView | undefined {
    const { wanted, partitionCount, initialMembers } = this.#parts;
    if (view.partitions.length > 0 || eligibleMembers(view.members).length < initialMembers) return undefined;
    return firstTable(view, partitionCount, wanted, version);
  }

  async #assign(): Promise<boolean> {
    const { membership } = this.#parts;
    const plan = this.#plan(membership.view, membership.view.version + 1);
    if (plan.view !== undefined) await membership.propose((view, version) => this.#plan(view, version).view);
    else this.#ask(plan.handovers);
    return plan.settled;
  }

  #plan(view: ClusterView, version: number): ReturnType<typeof assign> {
    const now = this.#parts.clock.now();
    const avoid = (partition: number, member: MemberId): boolean => (this.#avoided.get(pair(partition, member)) ?? -Infinity) > now;
    return assign(view, version, { wanted: this.#parts.wanted, avoid });
  }

  /** Asks again only when there was time enough for the last request. */
  #ask(handovers: ReturnType<typeof assign>['handovers']): void {
    const now = this.#parts.clock.now();
    for (const { partition, from, to } of handovers) {
      const last = this.#asked.get(partition);
      if (last?.to === to && now - last.at < this.#roundMs) continue;
      this.#asked.set(partition, { to, at: now });
      this.#parts.ask(from, partition, to);
    }
  }

  /** Remembers where copies failed: a learner or backup that was given up by its primary. */
  #learn(view: ClusterView, before: ClusterView): void {
    const now = this.#parts.clock.now();
    for (const [pairing, until] of this.#avoided) if (until <= now) this.#avoided.delete(pairing);
    const { leaseMs } = this.#parts.membership;
    const until = now + (leaseMs === Infinity ? 4 * ROUND_MS : LEASES_OF_AVOIDING * leaseMs);
    for (const [partition, { epoch, primary, backups, learner }] of view.partitions.entries()) {
      const then = before.partitions[partition];
      if (then === undefined || then.epoch === epoch || then.primary !== primary || backups.length >= this.#parts.wanted.sync) continue;
      for (const id of [...then.backups, ...(then.learner === undefined ? [] : [then.learner])])
        if (id !== learner && !backups.includes(id)) this.#avoided.set(pair(partition, id), until);
    }
  }
}

function pair(partition: number, member: MemberId): string {
  return `${partition}\n${member}`;
}
