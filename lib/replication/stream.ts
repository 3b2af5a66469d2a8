/** What a primary knows of one replica: how far it has come, and what has been sent. */
import type { MemberId } from '../api/transport.ts';
import type { AnswersOnWire } from './messages.ts';

export type Role = 'backup' | 'learner' | 'async';

/**
 * `asking`: where the replica stands is not known; `waiting`: it needs a snapshot, which others get before it; `copying`: it is being sent one;
 * `following`: it gets batches.
 */
export type Phase = 'asking' | 'waiting' | 'copying' | 'following';

export class Stream {
  /** Tells answers to this stream from answers to others: of all streams of a member. */
  readonly id: number;
  readonly to: MemberId;
  role: Role;
  phase: Phase = 'asking';
  /** Counts what is sent anew, so that a gap is reported once. */
  attempt = 0;
  /** The replica has everything up to this number; -1: not known. */
  acked = -1;
  /** Batches up to this number have been sent. */
  sent = -1;
  /** A learner that was in step once: commits wait for it from then on, because it may be made a backup at any time. */
  isGating = false;
  /** What a learner must have acknowledged before it is made a backup. */
  target = Infinity;
  /** Commits don't wait for it any more although nobody has agreed to that: a test's mutant. */
  isIgnored = false;
  /** When something of what is under way was acknowledged last, or it began. */
  progressAt: number;
  askedAt: number;
  /** What had been sent when it was asked last. */
  sentAtAsk = -1;
  piecesAtAsk = 0;
  /** Has not answered for long: batches are not kept for it. */
  isQuiet = false;
  pieces: readonly unknown[] = [];
  /** The answers that belong to the snapshot. */
  answers: AnswersOnWire = [];
  piecesSent = 0;
  piecesAcked = 0;
  snapshotSeq = -1;

  constructor(id: number, to: MemberId, role: Role, now: number) {
    this.id = id;
    this.to = to;
    this.role = role;
    this.progressAt = now;
    this.askedAt = now;
  }

  /** Batches after this number may have to be sent (again). */
  get floor(): number {
    if (this.isQuiet || this.phase === 'waiting') return Infinity;
    return this.phase === 'copying' ? Math.max(this.acked, this.snapshotSeq) : this.acked;
  }

  /** Whether an answer of the replica is to be expected; `seq` is the last batch there is. */
  isUnderWay(seq: number): boolean {
    return this.phase === 'waiting' ? false : this.phase === 'following' ? this.acked < seq : true;
  }
}
