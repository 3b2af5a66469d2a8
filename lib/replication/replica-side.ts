/** A member as a replica: takes snapshots and batches from primaries, in order and without gaps, and says how far it has come. */
import type { MemberId } from '../api/transport.ts';
import type { Membership } from '../cluster/membership.ts';
import type { Callers } from './callers.ts';
import type { Held } from './held.ts';
import type { AnswerItem, AnswersOnWire, BatchItem, Offer, Piece, StreamItem, StreamMessage } from './messages.ts';
import type { PartitionState, ProtocolRules } from './replication.ts';

export interface ReplicaParts {
  readonly membership: Membership;
  readonly state: PartitionState;
  readonly rules: ProtocolRules;
  readonly callers: Callers;
  held(partition: number): Held;
  /** Whether this member believes to be its primary. */
  isPrimary(partition: number): boolean;
  /** To be sent at the end of this tick. */
  answer(to: MemberId, item: AnswerItem): void;
  /** `acknowledge` is to be called at the end of this tick. */
  wake(): void;
}

export class ReplicaSide {
  readonly #parts: ReplicaParts;
  #due: Held[] = [];

  constructor(parts: ReplicaParts) {
    this.#parts = parts;
  }

  receive(from: MemberId, message: StreamMessage): void {
    for (const item of message.items) this.#take(from, item, message.version);
  }

  /** Sends one acknowledgement for all that came in this tick. */
  acknowledge(): void {
    if (this.#due.length === 0) return;
    const due = this.#due;
    this.#due = [];
    const acks = new Map<MemberId, ['ack', ...number[]]>();
    for (const held of due) {
      held.ackIsDue = false;
      if (held.from === undefined) continue;
      let ack = acks.get(held.from);
      if (ack === undefined) acks.set(held.from, (ack = ['ack']));
      ack.push(held.partition, held.stream, held.streamSeq, held.arriving?.pieces.length ?? 0);
    }
    for (const [to, ack] of acks) this.#parts.answer(to, ack);
  }

  #take(from: MemberId, item: StreamItem, version: number): void {
    const [, partition, epoch, , stream] = item;
    const held = this.#parts.held(partition);
    if (epoch < held.epoch && this.#parts.rules.fence) {
      this.#parts.answer(from, ['stale', partition, stream, held.epoch]);
      return;
    }
    if (this.#parts.isPrimary(partition)) {
      this.#superseded(from, item, epoch);
      return;
    }
    if (epoch > held.epoch) held.epoch = epoch;
    if (item[0] === 'offer') this.#offered(from, held, item);
    else if (item[0] === 'batch') this.#batch(from, held, item, version);
    else this.#piece(from, held, item, version);
  }

  /** Somebody else is primary now: this member's view is old. */
  #superseded(from: MemberId, item: StreamItem, epoch: number): void {
    const { membership } = this.#parts;
    if (item[0] !== 'offer' || epoch <= membership.view.version) return;
    void membership.atLeast(epoch).then(() => {
      if (membership.view.version >= epoch && !this.#parts.isPrimary(item[1])) this.#take(from, item, 0);
    });
  }

  #offered(from: MemberId, held: Held, offer: Offer): void {
    const [, , , term, stream, attempt, inheritedTerm, inherited, losses] = offer;
    if (held.stream !== stream || held.from !== from) {
      held.unfollow();
      held.from = from;
      held.stream = stream;
      held.streamTerm = term;
      held.streamLosses = losses;
      // The same past: what the primary began with is here already.
      if (held.term !== term && this.#isSame(held, inheritedTerm, inherited)) {
        held.term = term;
        held.seq = inherited;
        held.losses = losses;
      }
    }
    this.#position(from, held, attempt, false);
  }

  #isSame(held: Held, term: number, seq: number): boolean {
    return !this.#parts.rules.reconcile || (held.term === term && held.seq === seq);
  }

  #piece(from: MemberId, held: Held, item: Piece, version: number): void {
    const [, partition, , term, stream, attempt, seq, index, count, piece, answers] = item;
    if (!this.#follows(from, held, stream, attempt)) return;
    if (held.term === term && held.seq >= seq) {
      this.#isDue(held);
      return;
    }
    const arriving = (held.arriving ??= { stream, pieces: [] });
    if (index > arriving.pieces.length) {
      this.#gap(from, held, attempt);
      return;
    }
    if (index === arriving.pieces.length) arriving.pieces.push(piece);
    if (arriving.pieces.length === count) {
      this.#parts.state.install(partition, arriving.pieces);
      held.arriving = undefined;
      held.term = term;
      held.seq = seq;
      held.losses = held.streamLosses;
      held.answers.clear();
      this.#keep(held, answers ?? [], version);
    }
    this.#isDue(held);
  }

  #batch(from: MemberId, held: Held, item: BatchItem, version: number): void {
    const [, partition, , term, stream, attempt, seq, change, answers] = item;
    if (!this.#follows(from, held, stream, attempt)) return;
    if (held.term === term && seq <= held.seq) {
      this.#isDue(held);
      return;
    }
    if (held.term !== term || (seq !== held.seq + 1 && this.#parts.rules.resendTail)) {
      this.#gap(from, held, attempt);
      return;
    }
    if (change !== undefined) this.#parts.state.apply(partition, change);
    held.seq = seq;
    if (answers !== undefined) this.#keep(held, answers, version);
    this.#isDue(held);
  }

  /** Whether the stream is the one that is followed: what is left of another one counts for nothing. */
  #follows(from: MemberId, held: Held, stream: number, attempt: number): boolean {
    if (held.from === from && held.stream === stream) return true;
    // Its offer was lost.
    if (held.from !== from || held.stream < stream) this.#parts.answer(from, ['position', held.partition, stream, -1, 0, attempt, true]);
    return false;
  }

  #gap(from: MemberId, held: Held, attempt: number): void {
    if (held.gapAttempt === attempt) return;
    held.gapAttempt = attempt;
    this.#position(from, held, attempt, true);
  }

  #position(from: MemberId, held: Held, attempt: number, missing: boolean): void {
    const pieces = held.arriving?.pieces.length ?? 0;
    this.#parts.answer(from, ['position', held.partition, held.stream, held.streamSeq, pieces, attempt, missing]);
  }

  #keep(held: Held, answers: AnswersOnWire, version: number): void {
    held.answers.take(answers, this.#parts.callers, this.#parts.membership.view, version);
  }

  #isDue(held: Held): void {
    if (held.ackIsDue) return;
    held.ackIsDue = true;
    this.#due.push(held);
    this.#parts.wake();
  }
}
