/** What primaries and replicas tell each other. Tuples, because there are many of them: one message per member and tick carries all. */
import type { MemberId } from '../api/transport.ts';

/** From a primary to its replicas: StreamMessage. */
export const STREAM = 'replication.stream';
/** From a replica to its primary: AnswerMessage. */
export const ANSWERS = 'replication.answers';
/** From the leader to a primary: HandoverRequest. */
export const HANDOVER = 'replication.handover';

/** Answers that are kept, `ANSWER_PLACES` each: caller, line, number, doneBelow, seq of the batch it goes with, the answer. */
export type AnswersOnWire = readonly unknown[];
export const ANSWER_PLACES = 6;

/** Opens a stream, or asks how far it has come: kind, partition, epoch, term, stream, attempt, term and seq that the primary inherited, losses. */
export type Offer = readonly ['offer', number, number, number, number, number, number, number, number];
/** Part of a snapshot: kind, partition, epoch, term, stream, attempt, seq, index, count, the piece, answers (with the last piece). */
export type Piece = readonly ['piece', number, number, number, number, number, number, number, number, unknown, AnswersOnWire | undefined];
/** Changes of a tick: kind, partition, epoch, term, stream, attempt, seq, the changes, answers. */
export type BatchItem = readonly ['batch', number, number, number, number, number, number, unknown, AnswersOnWire | undefined];
export type StreamItem = Offer | Piece | BatchItem;

export interface StreamMessage {
  /** Of the primary's view: it knows all callers. */
  readonly version: number;
  readonly items: readonly StreamItem[];
}

/** What is there: kind, then `ACK_PLACES` for each stream of which something came: partition, stream, seq (-1: nothing of this term), pieces of a snapshot. */
export type Ack = readonly ['ack', ...number[]];
export const ACK_PLACES = 4;
/** As in `ack`, after an offer or a gap: kind, partition, stream, seq, pieces, attempt, whether something is missing. */
export type Position = readonly ['position', number, number, number, number, number, boolean];
/** The primary is behind: kind, partition, stream, epoch that is known here. */
export type Stale = readonly ['stale', number, number, number];
export type AnswerItem = Ack | Position | Stale;

export interface AnswerMessage {
  readonly items: readonly AnswerItem[];
}

export interface HandoverRequest {
  readonly partition: number;
  /** A backup. */
  readonly to: MemberId;
}
