/**
 * Who belongs to a cluster and who holds what, kept where all members find it: one row that changes by compare-and-set, and a beat per member.
 * The engine may be memory, PostgreSQL or etcd. Only members decide what changes; a coordinator keeps, compares, and counts.
 */
import type { MemberId } from './transport.ts';

export interface MemberInfo {
  readonly id: MemberId;
  /** It holds no partitions; it calls those that do. */
  readonly lite: boolean;
  /** It is leaving: it takes nothing on, and what it has moves away. */
  readonly leaving: boolean;
}

/** Who holds one partition. */
export interface Replicas {
  /** Version of the view with the last change of this group. */
  readonly epoch: number;
  /** Epoch of the last change of the primary. */
  readonly term: number;
  /** `undefined` only while no member can hold partitions. */
  readonly primary: MemberId | undefined;
  /** In step: each has everything that is committed. In the order in which they take over. */
  readonly backups: readonly MemberId[];
  /** Follow without being waited for; take over only when nobody else can. */
  readonly asyncBackups: readonly MemberId[];
  /** Is being brought in step, to be a backup then. */
  readonly learner: MemberId | undefined;
  /** How often every replica was lost. */
  readonly losses: number;
}

/** Immutable; versions grow by one with each change. Plain data. */
export interface ClusterView {
  readonly version: number;
  /** In order of joining. */
  readonly members: readonly MemberInfo[];
  /** By partition; empty until as many members have joined that can hold partitions as were to be waited for. */
  readonly partitions: readonly Replicas[];
}

/** How often a member has renewed its lease. */
export type Beats = ReadonlyMap<MemberId, number>;

export interface Snapshot {
  readonly view: ClusterView;
  readonly beats: Beats;
}

/** What else a change of the view does, all together or not at all. */
export interface ProposalExtras {
  /** Gets a beat. */
  readonly join?: MemberId;
  /** Loses its beat of its own will. */
  readonly leave?: MemberId;
  /** Lose their beats; refused when one of them has beaten since (`beat` left out: at any beat). */
  readonly evict?: readonly { readonly id: MemberId; readonly beat?: number }[];
}

export type Proposed = { readonly stored: boolean; readonly view: ClusterView };

/** Every promise may reject (the engine can't be reached, or does not answer in time): the outcome is unknown then. */
export interface Coordinator {
  /** Linearizable. */
  read(): Promise<Snapshot>;
  /** Stores `next`, with the version `expected + 1`, if the version is `expected` still; gives the view that is there then. */
  propose(expected: number, next: ClusterView, extras?: ProposalExtras): Promise<Proposed>;
  /** One more beat; `undefined` when the member has none: it was evicted, and must never serve again under this id. */
  renew(self: MemberId): Promise<{ readonly version: number; readonly beats: Beats } | undefined>;
  /** A hint that there is a newer version; nothing depends on it but speed. The function that is returned ends it. */
  watch(onVersion: (version: number) => void): () => void;
  close(): Promise<void>;
}
