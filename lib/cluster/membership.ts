/** A member's part in the cluster, as the rest of the member sees it. */
import type { ClusterView, ProposalExtras } from '../api/coordinator.ts';
import type { MemberId } from '../api/transport.ts';

/** `true`: stored; `false`: refused, or nothing to propose; `undefined`: nobody knows. */
export type Outcome = boolean | undefined;

export interface Membership {
  readonly self: MemberId;
  /** The newest view this member knows. */
  readonly view: ClusterView;
  /** Whether this member may serve: its lease has not ended, as of now. */
  mayServe(): boolean;
  /** Milliseconds of a lease; Infinity where a member's end is known for certain (threads). */
  readonly leaseMs: number;
  /** Told of each newer view, in order, synchronously; the function that is returned ends that. */
  onView(listener: (view: ClusterView, before: ClusterView) => void): () => void;
  /** Asks the coordinator for the newest view; whether it answered. Calls made at the same time share one question. */
  refresh(): Promise<boolean>;
  /** As `refresh`, unless this version is known already. */
  atLeast(version: number): Promise<boolean>;
  /**
   * Proposes what `change` makes of the newest known view; `undefined`: nothing to propose. The new view has `version` one higher, which `change` uses as
   * the epoch of groups it changes.
   */
  propose(change: (view: ClusterView, version: number) => ClusterView | undefined, extras?: ProposalExtras): Promise<Outcome>;
  /** Rejected with the reason when the member was evicted: it must not go on under this id. */
  readonly deposed: AbortSignal;
}
