/** A member of a cluster by lease: it joins, beats, hears of changes, proposes some, leads when it is the first, and leaves. */
import type { ClusterView, Coordinator, ProposalExtras } from '../api/coordinator.ts';
import type { MemberId } from '../api/transport.ts';
import type { Clock } from '../base/clock.ts';
import { backOff } from '../base/pause.ts';
import { InstanceClosedError, UnavailableError } from '../errors.ts';
import type { Transport } from '../transport/transport.ts';
import { answeredWithin } from './answered.ts';
import { eligibleMembers, type WantedBackups } from './assignment.ts';
import { BeatWatch } from './beat-watch.ts';
import { withoutMembers } from './departures.ts';
import { KnownView } from './known-view.ts';
import { Leader } from './leader.ts';
import { Lease } from './lease.ts';
import { publishChanges } from './membership-events.ts';
import type { Membership, Outcome } from './membership.ts';
import { Proposals, type Change } from './proposals.ts';

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
const RETRY_FIRST_MS = 20;
const RETRY_LONGEST_MS = 1000;
/** How long members without leases try to say something before they go. */
const PATIENCE_MS = 5000;

export class ClusterMembership implements Membership {
  readonly self: MemberId;
  readonly leaseMs: number;
  readonly #parts: MembershipParts;
  readonly #known: KnownView;
  readonly #lease: Lease;
  readonly #proposals: Proposals;
  readonly #beats: BeatWatch;
  readonly #leader: Leader;
  readonly #deposed = new AbortController();
  readonly #stopping = new AbortController();
  /** It says that it leaves for good: what comes then is no eviction. */
  #gone = false;
  #unwatch: (() => void) | undefined;

  constructor(parts: MembershipParts) {
    const { transport, coordinator, clock, leaseMs, rules = ALL_RULES } = parts;
    const { self } = transport;
    this.self = self;
    this.leaseMs = leaseMs;
    this.#parts = parts;
    const beats = (this.#beats = new BeatWatch(clock, leaseMs, rules.gapRule));
    const answered = answeredWithin(clock, leaseMs);
    this.#known = new KnownView({
      transport,
      coordinator,
      clock,
      answered,
      read: (snapshot) => beats.note(snapshot.beats),
      arrived: (view, before) => this.#arrived(view, before),
    });
    this.#lease = new Lease({
      self,
      coordinator,
      clock,
      leaseMs,
      answered,
      rule: rules.lease,
      counted: (counted, version) => {
        beats.note(counted);
        this.#known.hint(version);
      },
      evicted: () => this.#depose(),
    });
    this.#proposals = new Proposals({
      coordinator,
      answered,
      view: () => this.view,
      learned: (view, stored) => this.#known.learned(view, stored),
    });
    this.#leader = new Leader({
      membership: this,
      clock,
      beats,
      wanted: parts.backups,
      partitionCount: parts.partitionCount,
      initialMembers: parts.initialMembers ?? 1,
      evictAfterLease: rules.evictAfterLease,
      ask: (primary, partition, to) => transport.post(primary, 'replication.handover', { partition, to }),
    });
  }

  get view(): ClusterView {
    return this.#known.view;
  }

  get deposed(): AbortSignal {
    return this.#deposed.signal;
  }

  mayServe(): boolean {
    return this.#lease.isValid;
  }

  /**
   * Becomes a member; resolves when it is one and may serve. Tries until the signal is aborted; rejects with its reason then, with InstanceClosedError
   * when it is stopped, with UnavailableError when it was evicted in the middle.
   */
  async join(signal?: AbortSignal): Promise<void> {
    this.#unwatch = this.#parts.coordinator.watch((version) => this.#known.hint(version));
    for (let failures = 0; !(await this.#joined()); failures++) {
      await this.#wait(backOff(this.#parts.clock, failures, RETRY_FIRST_MS, Math.min(RETRY_LONGEST_MS, this.leaseMs)));
      if (signal?.aborted === true) this.stop();
      signal?.throwIfAborted();
    }
    this.#lease.keep();
  }

  /**
   * Says to all that this member is going to leave: it gets nothing new, and what it has moves away. Resolves to whether that is known to have been
   * heard within `patienceMs`. Default two leases, or 5 s where they never end.
   */
  async announceLeaving(patienceMs: number = this.#patienceMs): Promise<boolean> {
    const said = (): boolean => this.view.members.some(({ id, leaving }) => id === this.self && leaving);
    return this.#insist(patienceMs, said, (view) => {
      const members = view.members.map((member) => (member.id === this.self ? { ...member, leaving: true } : member));
      return isIn(view, this.self) ? { ...view, members } : undefined;
    });
  }

  /**
   * Resolves to true when nothing is lost that somebody else could hold if this member goes, to false when `patienceMs` are over. Where the others are
   * too few for as many copies as there should be, it keeps its own until each of them has given a sign of life.
   */
  async emptied(patienceMs: number): Promise<boolean> {
    const { clock } = this.#parts;
    const until = clock.now() + patienceMs;
    const beats = new Map<MemberId, number>();
    for (;;) {
      const holdsNothing = await this.#heldByOthers(Math.max(0, until - clock.now()));
      if (!holdsNothing || this.#ended || this.leaseMs === Infinity) return holdsNothing;
      const others = this.#others();
      if (others.length === 0 || !this.#isBackup()) return true;
      const unknown = others.filter((id) => !beats.has(id));
      // From now on: what was seen last may be older.
      if (unknown.length > 0 && (await this.refresh())) for (const id of unknown) beats.set(id, this.#beats.beatOf(id) ?? 0);
      if (others.every((id) => (this.#beats.beatOf(id) ?? 0) > (beats.get(id) ?? Infinity))) return true;
      if (clock.now() >= until) return false;
      await this.#wait(this.leaseMs / 10);
    }
  }

  #heldByOthers(patienceMs: number): Promise<boolean> {
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
    this.#lease.end();
    const away = (): boolean => !isIn(this.view, this.self);
    await this.#insist(patienceMs, away, (view, version) => withoutMembers(view, new Set([this.self]), version), { leave: this.self });
    this.stop();
  }

  /** Says that these members have ended, known for certain. Tries until that is stored, or this member has ended. */
  async evict(ended: readonly MemberId[]): Promise<void> {
    const gone = new Set(ended);
    const away = (): boolean => !this.view.members.some(({ id }) => gone.has(id));
    const evict = ended.map((id) => ({ id }));
    // They may have joined without this member's having heard of it.
    await this.refresh();
    await this.#insist(Infinity, away, (view, version) => withoutMembers(view, gone, version), { evict });
  }

  /** Stops as if the process had ended: it beats no more, serves no more, and says nothing to anybody. */
  stop(): void {
    if (this.#stopping.signal.aborted) return;
    this.#stopping.abort();
    this.#lease.end();
    this.#known.end();
    this.#unwatch?.();
    this.#leader.stop();
    this.#proposals.close();
  }

  onView(listener: (view: ClusterView, before: ClusterView) => void): () => void {
    return this.#known.onView(listener);
  }

  refresh(): Promise<boolean> {
    return this.#known.refresh();
  }

  atLeast(version: number): Promise<boolean> {
    return this.#known.atLeast(version);
  }

  propose(change: Change, extras?: ProposalExtras): Promise<Outcome> {
    return this.#proposals.propose(change, extras);
  }

  get #ended(): boolean {
    return this.#stopping.signal.aborted;
  }

  get #patienceMs(): number {
    return this.leaseMs === Infinity ? PATIENCE_MS : 2 * this.leaseMs;
  }

  async #joined(): Promise<boolean> {
    if (!(await this.refresh())) return this.#refuseIfEnded();
    if (isIn(this.view, this.self)) return (await this.#lease.renew()) || this.#refuseIfEnded();
    const sentAt = this.#parts.clock.now();
    const stored = await this.propose((view, version) => this.#withSelf(view, version), { join: this.self });
    if (stored !== true) return this.#refuseIfEnded();
    this.#lease.granted(sentAt);
    return !this.#refuseIfEnded();
  }

  #withSelf(view: ClusterView, version: number): ClusterView | undefined {
    if (isIn(view, this.self)) return undefined;
    const joined = { ...view, members: [...view.members, { id: this.self, lite: this.#parts.lite ?? false, leaving: false }] };
    return this.#leader.begun(joined, version) ?? joined;
  }

  #refuseIfEnded(): false {
    if (this.#deposed.signal.aborted) throw this.#deposed.signal.reason;
    if (this.#ended) throw new InstanceClosedError('the member was stopped while it joined');
    return false;
  }

  #arrived(view: ClusterView, before: ClusterView): void {
    publishChanges(this.self, view, before);
    if (isIn(before, this.self) && !isIn(view, this.self)) this.#depose();
  }

  #depose(): void {
    if (this.#gone || this.#ended) return;
    this.#deposed.abort(new UnavailableError(`the cluster goes on without ${this.self}: it gave no sign of life for too long`));
    this.stop();
  }

  /** Proposes until it is so. */
  async #insist(patienceMs: number, done: () => boolean, change: Change, extras?: ProposalExtras): Promise<boolean> {
    const until = this.#parts.clock.now() + patienceMs;
    for (let failures = 0; !done() && !this.#ended; failures++) {
      if (failures > 0) {
        await this.#wait(backOff(this.#parts.clock, failures, RETRY_FIRST_MS, RETRY_LONGEST_MS));
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
    const others = this.#others();
    if (others.length === 0) return true;
    return this.view.partitions.every(
      ({ primary, backups }) =>
        primary !== this.self && (!backups.includes(this.self) || others.every((id) => id === primary || backups.includes(id))),
    );
  }

  /** Who stays. */
  #others(): MemberId[] {
    return eligibleMembers(this.view.members).filter((id) => id !== this.self);
  }

  #isBackup(): boolean {
    return this.view.partitions.some(({ backups }) => backups.includes(this.self));
  }
}

function isIn(view: ClusterView, member: MemberId): boolean {
  return view.members.some(({ id }) => id === member);
}
