/** A member of a cluster by lease: it joins, beats, watches the beats of others, and leads when it is the first. */
import type { ClusterView, Coordinator, ProposalExtras } from '../api/coordinator.ts';
import type { MemberId } from '../api/transport.ts';
import type { Clock } from '../base/clock.ts';
import type { Transport } from '../transport/transport.ts';
import { EMPTY_VIEW } from './local-coordinator.ts';
import type { Membership, Outcome } from './membership.ts';

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
  readonly backups: { readonly sync: number; readonly async: number };
  /** Holds no partitions. Default false. */
  readonly lite?: boolean;
  /** Partitions are first given out when so many members can hold some: evenly, with backups, without copying. Default 1. */
  readonly initialMembers?: number;
  /** Default: all. */
  readonly rules?: MembershipRules;
}

export class ClusterMembership implements Membership {
  readonly self: MemberId;
  readonly leaseMs: number;

  constructor(parts: MembershipParts) {
    this.self = parts.transport.self;
    this.leaseMs = parts.leaseMs;
  }

  get view(): ClusterView {
    return EMPTY_VIEW;
  }

  get deposed(): AbortSignal {
    throw new Error('soon');
  }

  /** Becomes a member; resolves when it is one and may serve. Tries until the signal is aborted. */
  join(_signal?: AbortSignal): Promise<void> {
    throw new Error('soon');
  }

  /** Says to all that this member is going to leave: it gets nothing new, and what it has moves away. */
  announceLeaving(): Promise<void> {
    throw new Error('soon');
  }

  /** Resolves to true when this member holds nothing any more that somebody else could hold, to false when `patienceMs` are over. */
  emptied(_patienceMs: number): Promise<boolean> {
    throw new Error('soon');
  }

  /** Leaves at once: it may not serve from now on. Whatever it is still primary of is taken over by backups, or lost. Then stops. */
  leave(_patienceMs?: number): Promise<void> {
    throw new Error('soon');
  }

  /** Says that these members have ended, known for certain. */
  evict(_members: readonly MemberId[]): Promise<void> {
    throw new Error('soon');
  }

  /** Stops as if the process had ended: no beats, no answers to `mayServe`, and nothing is said to anybody. */
  stop(): void {
    throw new Error('soon');
  }

  mayServe(): boolean {
    throw new Error('soon');
  }

  onView(_listener: (view: ClusterView, before: ClusterView) => void): () => void {
    throw new Error('soon');
  }

  refresh(): Promise<boolean> {
    throw new Error('soon');
  }

  atLeast(_version: number): Promise<boolean> {
    throw new Error('soon');
  }

  propose(_change: (view: ClusterView, version: number) => ClusterView | undefined, _extras?: ProposalExtras): Promise<Outcome> {
    throw new Error('soon');
  }
}
