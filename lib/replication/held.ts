/** What a member holds of one partition, as primary or as replica. */
import type { MemberId } from '../api/transport.ts';
import { KeptAnswers } from './kept-answers.ts';

/** Pieces of a snapshot that have arrived. */
interface Arriving {
  readonly stream: number;
  readonly pieces: unknown[];
}

export class Held {
  readonly partition: number;
  /** The newest epoch that was heard of: who sends under an older one is refused. */
  epoch = 0;
  /** With `seq`: which of all the states the partition ever had this is. 0 and 0: the empty one. */
  term = 0;
  seq = 0;
  /** How often all replicas had been lost when this began. */
  losses = 0;
  readonly answers = new KeptAnswers();
  /** Whose stream is followed. */
  from: MemberId | undefined;
  stream = -1;
  streamTerm = -1;
  streamLosses = 0;
  arriving: Arriving | undefined;
  /** Attempt in which a gap was reported. */
  gapAttempt = -1;
  ackIsDue = false;
  /** Calls that run still, of terms in which this member was primary and is no more. */
  lateCalls = 0;

  constructor(partition: number) {
    this.partition = partition;
  }

  get isEmpty(): boolean {
    return this.term === 0 && this.seq === 0;
  }

  /** Nothing is held any more. */
  clear(): void {
    this.term = 0;
    this.seq = 0;
    this.losses = 0;
    this.answers.clear();
    this.unfollow();
  }

  unfollow(): void {
    this.from = undefined;
    this.stream = -1;
    this.streamTerm = -1;
    this.arriving = undefined;
    this.gapAttempt = -1;
  }

  /** What the stream's primary is told: the last batch of its term that is here, or -1. */
  get streamSeq(): number {
    return this.term === this.streamTerm ? this.seq : -1;
  }
}
