/**
 * What the rooms above see of replication, and what it sees of the memory it replicates. The protocol is described in docs/replication.md.
 *
 * A partition's changes go to its replicas as batches, one per tick: at the end of the tick the memory is asked what has changed, and that goes out
 * under the next sequence number, with the answers of the calls that changed it. So what a call changed and what it answered are one batch: a replica
 * has both or neither.
 */
import type { MemberId } from '../api/transport.ts';

/** All replicated memory of a member, by partition. What it gives is plain data, and becomes the receiver's. */
export interface PartitionState {
  /** What has changed since last asked, to go out as batch `seq`; `undefined`: nothing that is replicated. Only of partitions it was told to promote. */
  collect(partition: number, seq: number): unknown;
  /** Batches up to `seq` are committed. */
  committed(partition: number, seq: number): void;
  /** On a replica: what a primary's `collect` gave. In order, without gaps. */
  apply(partition: number, change: unknown): void;
  /** Everything as of now, in pieces of moderate size, at least one. What has changed was collected before. */
  snapshot(partition: number): readonly unknown[];
  /** On a replica: replaces everything by what a `snapshot` gave. */
  install(partition: number, pieces: readonly unknown[]): void;
  /**
   * From a replica's memory to a primary's; nothing is served until it has ended. `lost`: there was no replica, it begins empty. It may be called off by
   * `demote` or `drop` while it goes on.
   */
  promote(partition: number, term: number, lost: boolean): void | Promise<void>;
  /** A planned move begins, or is called off: while it is frozen nothing new is served, and whoever waits there for long is to be refused with NotServedError. */
  freeze?(partition: number, frozen: boolean): void;
  /** No primary any more, but a replica with the same contents. */
  demote(partition: number): void;
  /** Nothing of it is held here any more. */
  drop(partition: number): void;
}

/** Who calls, and which of its calls this is. Numbers grow; all below `doneBelow` have ended: nobody waits for them any more. */
export interface CallId {
  readonly caller: MemberId;
  /** Calls that may wait for long have a line of their own, so that they keep no answers of others: default 0. */
  readonly line?: number;
  readonly number: number;
  readonly doneBelow: number;
}

/** A call on one partition, as its primary is asked to serve it. */
export interface ServedCall {
  readonly partition: number;
  /** The term under which the caller knows the primary: a call sent under another one is refused. */
  readonly term: number;
  /** Of calls that change something: so that a repetition gives the first answer. */
  readonly id: CallId | undefined;
  /** Asked when the call has been run: batches up to this number must be committed before it is answered; 0: none. */
  pending(): number;
}

/** This member does not serve the partition now, or not under that term: ask again, of whom the view with `version` names. */
export class NotServedError extends Error {
  readonly version: number;

  constructor(version: number) {
    super('the partition is not served here');
    this.name = 'NotServedError';
    this.version = version;
  }
}

export interface Replication {
  /** Grows whenever the set of partitions that are served here changes. */
  readonly generation: number;
  /** The partitions that are served here now: this member is their primary, they are promoted, not frozen, and the lease holds. */
  served(): readonly number[];
  /** Whether calls on the partition are served here now. */
  serves(partition: number): boolean;
  /** Whether this member's memory of the partition may change: it is its primary, or becomes it; frozen or not. */
  owns(partition: number): boolean;
  /**
   * Says that the memory of a partition changes: it will be collected at the end of this tick. The number of the batch; 0 when nobody has to have it,
   * and then it need not be remembered. Throws NotServedError when the partition is not owned (any more): call it before anything changes.
   */
  changes(partition: number): number;
  /**
   * Runs a call as the partition's primary, and answers when everything it saw or did is committed: at once where nothing is pending. Waits while the
   * partition is being promoted. Rejects with NotServedError, after which it may have been done or not: the same id tells. Errors of `run` come
   * through; calls that failed are not remembered. Where nothing has to be waited for, errors are thrown at once, as `run` does.
   *
   * What `run` gives is kept, and sent to replicas, when the call has an `id`: plain data then. Its last change and its answer must come in the same tick:
   * only microtasks between them. Callers (of calls with an id) are members of the view, lite ones included.
   */
  serve<R>(call: ServedCall, run: () => R | Promise<R>): R | Promise<R>;
  /** Resolves to whether everything that happened in these partitions up to now is committed and they have been served here all the time. */
  settled(partitions: Iterable<number>): boolean | Promise<boolean>;
  /** A look at whole partitions begins: moves that are planned wait until the function that is returned is called. */
  hold(): () => void;
  /** How many sync backups the partition has: what `minSyncBackups` is compared with. */
  backupsOf(partition: number): number;
  /** Moves all this member is primary of away, and resolves when nothing is left, or nobody can take it and all of it is here. */
  evacuate(): Promise<void>;
  close(): Promise<void>;
}

/** Rules of the protocol that tests switch off, to show that each of them is needed. All on, always. */
export interface ProtocolRules {
  readonly fence: boolean;
  readonly lease: boolean;
  readonly leaseAfter: boolean;
  readonly gate: boolean;
  readonly promotionGate: boolean;
  readonly dedupe: boolean;
  readonly dedupeNoEffect: boolean;
  readonly evictAfterLease: boolean;
  readonly removeBeforeCommit: boolean;
  readonly reconcile: boolean;
  readonly incarnation: boolean;
  readonly freeze: boolean;
  readonly barrier: boolean;
  readonly gateLearner: boolean;
  readonly termCheck: boolean;
  readonly adoptCaughtUp: boolean;
  readonly keepNewer: boolean;
  readonly resendTail: boolean;
  readonly gapRule: boolean;
}
