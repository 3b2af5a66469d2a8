/**
 * A member of a cluster by lease: it joins, beats, hears of changes, proposes some, and leads when it is the first.
 *
 * Everything it knows comes from the coordinator; other members only tell it sooner. It serves until a lease after the moment, by its own clock, when it
 * sent the last beat that was counted.
 */
import type { ClusterView, Coordinator, Proposed, ProposalExtras } from '../api/coordinator.ts';
import type { MemberId } from '../api/transport.ts';
import type { Clock, Timer } from '../base/clock.ts';
import { backOff } from '../base/pause.ts';
import { InstanceClosedError, UnavailableError } from '../errors.ts';
import type { Transport } from '../transport/transport.ts';
import { eligibleMembers, type WantedBackups } from './assignment.ts';
import { BeatWatch } from './beat-watch.ts';
import { withoutMembers } from './departures.ts';
import { Leader } from './leader.ts';
import { EMPTY_VIEW } from './local-coordinator.ts';
import { publishChanges } from './membership-events.ts';
import type { Membership, Outcome } from './membership.ts';
import { Proposals, type Change } from './proposals.ts';
import { changeOf, withChange, type ViewChange } from './view-change.ts';

/** Rules that tests switch off, to show that each of them is needed. */
export interface MembershipRules {
  /** A member serves only while its lease lasts. */
  readonly lease: boolean;
  /** Others are evicted only when their lease has ended for certain, and if they have not beaten since. */
  readonly evictAfterLease: boolean;
  /** Who could not read the beats for a while counts anew. */
  readonly gapRule: boolean;
}

export interface MembershipParts {
  readonly transport: Transport;
  readonly coordinator: Coordinator;
  readonly clock: Clock;
  /** Milliseconds; Infinity: nobody is ever taken for dead, ends are told by `evict`. */
  readonly leaseMs: number;
  /** How many partitions there are: the same for all members. */
  readonly partitionCount: number;
  /** Copies each partition should have beside its primary. */
  readonly backups: WantedBackups;
  /** Holds no partitions. Default false. */
  readonly lite?: boolean;
  /** Partitions are first given out when so many members can hold some: evenly, with backups, without copying. Default 1. */
  readonly initialMembers?: number;
  /** Default: all. */
  readonly rules?: MembershipRules;
}

const ALL_RULES: MembershipRules = Object.freeze({ lease: true, evictAfterLease: true, gapRule: true });
/** Beats in a lease. */
const BEATS = 5;
/** Most beats that wait for an answer at a time. */
const BEATS_UNDER_WAY = 3;
/** So long others may tell what changed before the coordinator is asked. */
const HINT_MS = 5;
const JOIN_FIRST_MS = 20;
const JOIN_LONGEST_MS = 1000;
/** How long members without leases try to say something before they go. */
const PATIENCE_MS = 5000;

export class ClusterMembership implements Membership {
  readonly self: MemberId;
  readonly leaseMs: number;
  readonly #parts: MembershipParts;
  readonly #rules: MembershipRules;
  readonly #beats: BeatWatch;
  readonly #proposals: Proposals;
  readonly #leader: Leader;
  readonly #deposed = new AbortController();
  readonly #stopping = new AbortController();
  readonly #listeners = new Set<(view: ClusterView, before: ClusterView) => void>();
  #view: ClusterView = EMPTY_VIEW;
  #validUntil = -Infinity;
  /** It says that it leaves for good: what comes then is no eviction. */
  #gone = false;
  #beatsUnderWay = 0;
  #reading: Promise<boolean> | undefined;
  #readingNext: Promise<boolean> | undefined;
  #beatTimer: Timer | undefined;
  #hintTimer: Timer | undefined;
  #unwatch: (() => void) | undefined;

  constructor(parts: MembershipParts) {
    const { transport, coordinator, clock, leaseMs, rules = ALL_RULES } = parts;
    this.self = transport.self;
    this.leaseMs = leaseMs;
    this.#parts = parts;
    this.#rules = rules;
    this.#beats = new BeatWatch(clock, leaseMs, rules.gapRule);
    this.#proposals = new Proposals({
      coordinator,
      view: () => this.#view,
      learned: (view, before) => this.#learned(view, before),
      answered: (answer: Promise<Proposed>) => this.#answered(answer),
    });
    this.#leader = new Leader({
      membership: this,
      clock,
      beats: this.#beats,
      wanted: parts.backups,
      partitionCount: parts.partitionCount,
      initialMembers: parts.initialMembers ?? 1,
      evictAfterLease: rules.evictAfterLease,
      ask: (primary, partition, to) => transport.post(primary, 'replication.handover', { partition, to }),
    });
    transport.handle('cluster.view', (_, change) => this.#told(change as ViewChange)); // oxlint-disable-line typescript/no-unsafe-type-assertion -- from #learned
  }

  get view(): ClusterView {
    return this.#view;
  }

  get deposed(): AbortSignal {
    return this.#deposed.signal;
  }

  mayServe(): boolean {
    if (this.#ended) return false;
    return this.#parts.clock.now() < this.#validUntil || (!this.#rules.lease && this.#validUntil > -Infinity);
  }

  /**
   * Becomes a member; resolves when it is one and may serve. Tries until the signal is aborted; rejects with its reason then, with InstanceClosedError
   * when it is stopped, with UnavailableError when it was evicted in the middle.
   */
  async join(signal?: AbortSignal): Promise<void> {
    this.#unwatch = this.#parts.coordinator.watch((version) => this.#hint(version));
    for (let failures = 0; !(await this.#joined()); failures++) {
      await this.#wait(backOff(this.#parts.clock, failures, JOIN_FIRST_MS, Math.min(JOIN_LONGEST_MS, this.leaseMs)));
      if (signal?.aborted === true) this.stop();
      signal?.throwIfAborted();
    }
    this.#beat();
  }

  /**
   * Says to all that this member is going to leave: it gets nothing new, and what it has moves away. Resolves to whether that is known to have been
   * heard within `patienceMs`. Default two leases, or 5 s where they never end.
   */
  async announceLeaving(patienceMs: number = this.#patienceMs): Promise<boolean> {
    const said = (): boolean => this.#view.members.some(({ id, leaving }) => id === this.self && leaving);
    return this.#insist(patienceMs, said, (view) => {
      const members = view.members.map((member) => (member.id === this.self ? { ...member, leaving: true } : member));
      return view.members.some(({ id }) => id === this.self) ? { ...view, members } : undefined;
    });
  }

  /** Resolves to true when this member holds nothing any more that somebody else could hold, to false when `patienceMs` are over. */
  emptied(patienceMs: number): Promise<boolean> {
    return new Promise((resolve) => {
      const end = (): void => {
        timer.cancel();
        unlisten();
        this.#stopping.signal.removeEventListener('abort', end);
        resolve(this.#holdsNothing());
      };
      const timer = this.#parts.clock.after(patienceMs, end, true);
      const unlisten = this.onView(() => this.#holdsNothing() && end());
      this.#stopping.signal.addEventListener('abort', end);
      if (this.#holdsNothing() || this.#ended) end();
    });
  }

  /**
   * Leaves: from now on it may not serve. What it is still primary of is taken over by backups, or lost. Then it stops; whom it could not tell within
   * `patienceMs` find out by themselves. Default two leases, or 5 s where they never end.
   */
  async leave(patienceMs: number = this.#patienceMs): Promise<void> {
    // Before anybody may take over: an answer that comes late must find it silent.
    this.#gone = true;
    this.#validUntil = -Infinity;
    const away = (): boolean => !this.#view.members.some(({ id }) => id === this.self);
    await this.#insist(patienceMs, away, (view, version) => withoutMembers(view, new Set([this.self]), version), { leave: this.self });
    this.stop();
  }

  /** Says that these members have ended, known for certain. Tries until that is stored, or this member has ended. */
  async evict(ended: readonly MemberId[]): Promise<void> {
    const gone = new Set(ended);
    const away = (): boolean => !this.#view.members.some(({ id }) => gone.has(id));
    const evict = ended.map((id) => ({ id }));
    await this.#insist(Infinity, away, (view, version) => withoutMembers(view, gone, version), { evict });
  }

  /** Stops as if the process had ended: it beats no more, serves no more, and says nothing to anybody. */
  stop(): void {
    if (this.#stopping.signal.aborted) return;
    this.#stopping.abort();
    this.#beatTimer?.cancel();
    this.#hintTimer?.cancel();
    this.#unwatch?.();
    this.#leader.stop();
    this.#proposals.close();
  }

  onView(listener: (view: ClusterView, before: ClusterView) => void): () => void {
    const own = (view: ClusterView, before: ClusterView): void => listener(view, before);
    this.#listeners.add(own);
    return () => void this.#listeners.delete(own);
  }

  refresh(): Promise<boolean> {
    if (this.#ended) return Promise.resolve(false);
    if (this.#reading === undefined) return this.#read();
    // The one under way may have been answered before what this caller wants to know of.
    const again = (): Promise<boolean> => {
      this.#readingNext = undefined;
      return this.#read();
    };
    return (this.#readingNext ??= this.#reading.then(again, again));
  }

  async atLeast(version: number): Promise<boolean> {
    if (this.#view.version < version && this.#reading !== undefined) await this.#reading;
    return this.#view.version >= version || this.refresh();
  }

  propose(change: Change, extras?: ProposalExtras): Promise<Outcome> {
    return this.#proposals.propose(change, extras);
  }

  get #ended(): boolean {
    return this.#stopping.signal.aborted || this.#deposed.signal.aborted;
  }

  get #patienceMs(): number {
    return this.leaseMs === Infinity ? PATIENCE_MS : 2 * this.leaseMs;
  }

  // --- becoming a member and remaining one ---

  async #joined(): Promise<boolean> {
    if (!(await this.refresh())) return this.#refuseIfEnded();
    if (this.#isMember()) return (await this.#renew()) || this.#refuseIfEnded();
    const sentAt = this.#parts.clock.now();
    const stored = await this.propose((view, version) => this.#withSelf(view, version), { join: this.self });
    if (stored !== true) return this.#refuseIfEnded();
    this.#validUntil = sentAt + this.leaseMs;
    return !this.#refuseIfEnded();
  }

  #withSelf(view: ClusterView, version: number): ClusterView | undefined {
    if (view.members.some(({ id }) => id === this.self)) return undefined;
    const joined = { ...view, members: [...view.members, { id: this.self, lite: this.#parts.lite ?? false, leaving: false }] };
    return this.#leader.begun(joined, version) ?? joined;
  }

  #refuseIfEnded(): false {
    if (this.#deposed.signal.aborted) throw this.#deposed.signal.reason;
    if (this.#stopping.signal.aborted) throw new InstanceClosedError('the member was stopped while it joined');
    return false;
  }

  #isMember(): boolean {
    return this.#view.members.some(({ id }) => id === this.self);
  }

  #beat(): void {
    if (this.#ended || this.leaseMs === Infinity) return;
    this.#beatTimer = this.#parts.clock.after(this.leaseMs / BEATS, () => this.#beat());
    if (this.#beatsUnderWay < BEATS_UNDER_WAY) void this.#renew();
  }

  async #renew(): Promise<boolean> {
    if (this.leaseMs === Infinity) {
      this.#validUntil = Infinity;
      return true;
    }
    const sentAt = this.#parts.clock.now();
    this.#beatsUnderWay++;
    const answer = await this.#answered(this.#parts.coordinator.renew(this.self));
    this.#beatsUnderWay--;
    if (answer === undefined || this.#gone || this.#ended) return false;
    if (answer.value === undefined) {
      this.#depose();
      return false;
    }
    this.#validUntil = Math.max(this.#validUntil, sentAt + this.leaseMs);
    this.#beats.note(answer.value.beats);
    this.#hint(answer.value.version);
    return true;
  }

  #depose(): void {
    if (this.#gone || this.#ended) return;
    this.#deposed.abort(new UnavailableError(`the cluster goes on without ${this.self}: it gave no sign of life for too long`));
    this.stop();
  }

  // --- hearing of views ---

  /** There is a newer view: if nobody tells what changed, the coordinator is asked. */
  #hint(version: number): void {
    if (version <= this.#view.version || this.#hintTimer !== undefined || this.#ended) return;
    this.#hintTimer = this.#parts.clock.after(HINT_MS, () => {
      this.#hintTimer = undefined;
      if (version > this.#view.version) void this.refresh();
    });
  }

  #told(change: ViewChange): void {
    if (this.#ended || change.version <= this.#view.version) return;
    const next = withChange(this.#view, change);
    if (next === undefined) this.#hint(change.version);
    else this.#install(next);
  }

  /** The others hear of it in the same envelope as whatever follows from it, and before that. */
  #learned(view: ClusterView, stored: ClusterView | undefined): void {
    if (stored !== undefined && !this.#stopping.signal.aborted) {
      const change = changeOf(stored, view);
      for (const { id } of view.members) if (id !== this.self) this.#parts.transport.post(id, 'cluster.view', change);
    }
    this.#install(view);
  }

  #read(): Promise<boolean> {
    const reading = this.#readOnce().finally(() => {
      if (this.#reading === reading) this.#reading = undefined;
    });
    this.#reading = reading;
    return reading;
  }

  async #readOnce(): Promise<boolean> {
    const answer = await this.#answered(this.#parts.coordinator.read());
    if (answer === undefined || this.#ended) return false;
    this.#beats.note(answer.value.beats);
    this.#install(answer.value.view);
    return true;
  }

  #install(view: ClusterView): void {
    if (view.version <= this.#view.version || this.#ended) return;
    const before = this.#view;
    const was = this.#isMember();
    this.#view = view;
    publishChanges(this.self, view, before);
    if (was && !this.#isMember()) this.#depose();
    for (const listener of Array.from(this.#listeners)) listener(view, before);
  }

  // --- asking the coordinator ---

  /** What a coordinator answers; `undefined` when it fails, or takes half a lease: too long to be of use. */
  #answered<T>(answer: Promise<T>): Promise<{ readonly value: T } | undefined> {
    return new Promise((resolve) => {
      const timer = this.leaseMs === Infinity ? undefined : this.#parts.clock.after(this.leaseMs / 2, () => resolve(undefined));
      const end = (settled: { readonly value: T } | undefined): void => {
        timer?.cancel();
        resolve(settled);
      };
      answer.then(
        (value) => end({ value }),
        () => end(undefined),
      );
    });
  }

  /** Proposes until it is so. */
  async #insist(patienceMs: number, done: () => boolean, change: Change, extras?: ProposalExtras): Promise<boolean> {
    const until = this.#parts.clock.now() + patienceMs;
    for (let failures = 0; !done() && !this.#ended; failures++) {
      if (failures > 0) {
        await this.#wait(backOff(this.#parts.clock, failures, JOIN_FIRST_MS, JOIN_LONGEST_MS));
        await this.refresh();
        if (done() || this.#parts.clock.now() >= until) break;
      }
      await this.propose(change, extras);
    }
    return done();
  }

  #wait(ms: number): Promise<void> {
    return new Promise((resolve) => void this.#parts.clock.after(ms, resolve, true));
  }

  #holdsNothing(): boolean {
    const others = eligibleMembers(this.#view.members).filter((id) => id !== this.self);
    if (others.length === 0) return true;
    return this.#view.partitions.every(({ primary, backups }) => primary !== this.self && !backups.includes(this.self));
  }
}
