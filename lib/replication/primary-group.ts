/**
 * A partition as its primary sees it: its batches, how far they are committed, and a stream to each replica.
 *
 * A batch is committed when all backups have it, and the learner, once that was in step. Batches that a replica misses are sent again from the tail; a
 * replica that is too far behind, or has another past, gets a snapshot and the batches after it.
 */
import type { Replicas } from '../api/coordinator.ts';
import type { MemberId } from '../api/transport.ts';
import { BatchTail } from './batch-tail.ts';
import { CommitLine } from './commit-line.ts';
import type { Kept, KeptAnswers } from './kept-answers.ts';
import type { AnswersOnWire, StreamItem } from './messages.ts';
import type { CallId, PartitionState, ProtocolRules } from './replication.ts';
import { type Role, Stream } from './stream.ts';

/** Pieces of a snapshot that are on their way at the same time. */
const PIECES_UNDER_WAY = 8;

/** What a group needs of its member. */
export interface GroupHost {
  readonly state: PartitionState;
  readonly rules: ProtocolRules;
  now(): number;
  nextStream(): number;
  send(to: MemberId, item: StreamItem): void;
  /** The stream needs a snapshot: `copy` is to be called when it is its turn, at the end of a tick. */
  needsCopy(group: PrimaryGroup, stream: Stream): void;
  /** A copy has ended, well or not. */
  copyEnded(stream: Stream): void;
  /** The learner can be made a backup. */
  caughtUp(group: PrimaryGroup, stream: Stream): void;
  /** A call has ended that was begun before this member was replaced. */
  ranLate(group: PrimaryGroup): void;
  /** The memory of the partition has changed in this tick. */
  isDirty(group: PrimaryGroup): void;
}

/** `queued`, `promoting`: it is becoming primary; `frozen`: it is being moved away. */
export type GroupPhase = 'queued' | 'promoting' | 'serving' | 'frozen' | 'ended';

export class PrimaryGroup {
  readonly partition: number;
  readonly term: number;
  readonly losses: number;
  /** What was there when it became primary: counts as not committed until the backups are known to have it. */
  readonly inherited: number;
  readonly line: CommitLine;
  readonly answers: KeptAnswers;
  readonly streams = new Map<MemberId, Stream>();
  phase: GroupPhase = 'queued';
  /** Calls that are being run. */
  running = 0;
  /** Whether memory has changed since it was collected. */
  dirty = false;
  /** Somebody waits for the promotion. */
  isWanted = false;
  #epoch = 0;
  readonly #inheritedTerm: number;
  readonly #host: GroupHost;
  readonly #tail: BatchTail;
  readonly #ready = Promise.withResolvers<void>();
  #answersOfTick: { readonly id: CallId; readonly kept: Kept }[] = [];
  #drained: (() => void) | undefined;

  constructor(host: GroupHost, partition: number, replicas: Replicas, inherited: { term: number; seq: number }, answers: KeptAnswers) {
    this.#host = host;
    this.partition = partition;
    this.term = replicas.term;
    this.losses = replicas.losses;
    this.inherited = inherited.seq;
    this.#inheritedTerm = inherited.term;
    this.line = new CommitLine(inherited.seq);
    this.#tail = new BatchTail(inherited.seq);
    this.answers = answers;
    this.#ready.promise.catch(() => undefined);
  }

  get epoch(): number {
    return this.#epoch;
  }

  /** Whether memory may change. */
  get isOwned(): boolean {
    return this.phase !== 'queued' && this.phase !== 'ended';
  }

  /** Resolves when it serves, rejects when it never will. */
  promoted(): Promise<void> {
    this.isWanted = true;
    return this.#ready.promise;
  }

  serve(): void {
    this.phase = 'serving';
    this.#ready.resolve();
  }

  end(error: Error): void {
    this.phase = 'ended';
    this.#ready.reject(error);
    this.line.end(error);
    for (const stream of this.streams.values()) this.#host.copyEnded(stream);
    this.streams.clear();
    this.#drained?.();
  }

  /** Opens and closes streams as a newer view says. */
  follow(replicas: Replicas): void {
    if (replicas.epoch === this.#epoch) return;
    this.#epoch = replicas.epoch;
    const roles = new Map<MemberId, Role>();
    for (const id of replicas.backups) roles.set(id, 'backup');
    if (replicas.learner !== undefined) roles.set(replicas.learner, 'learner');
    for (const id of replicas.asyncBackups) if (!roles.has(id)) roles.set(id, 'async');
    for (const [id, stream] of this.streams) if (!roles.has(id)) this.#close(stream);
    for (const [id, role] of roles) {
      const stream = this.streams.get(id);
      if (stream === undefined) this.#open(id, role);
      else if (stream.role === role && role !== 'learner') continue;
      // What it acknowledged as a learner of an older epoch it may have dropped since: views can be skipped.
      else if (stream.role === 'learner' && role === 'backup' && stream.isGating) stream.role = role;
      else {
        this.#close(stream);
        this.#open(id, role);
      }
    }
    this.advance();
  }

  /** Says that memory changes; the number of the batch, 0 when nobody has to have it. */
  changes(): number {
    if (this.dirty) return this.line.seq + 1;
    if (this.streams.size === 0) {
      // It takes a number all the same: whoever comes back with what was there before must be told apart.
      const seq = this.line.next();
      this.#tail.reset(seq);
      this.line.commit(seq);
      return 0;
    }
    this.dirty = true;
    this.#host.isDirty(this);
    return this.line.seq + 1;
  }

  /** The answer of a call that ended in this tick: goes along if something has changed. */
  answered(id: CallId, kept: Kept): void {
    if (this.dirty) this.#answersOfTick.push({ id, kept });
  }

  /** At the end of a tick: what has changed goes out. */
  collect(): void {
    if (!this.dirty) return;
    const change = this.#host.state.collect(this.partition, this.line.seq + 1);
    this.dirty = false;
    const seq = this.line.next();
    const answers = this.#takeAnswers(seq);
    if (this.streams.size === 0) this.#tail.reset(seq);
    else {
      this.#tail.push({ seq, change, answers });
      for (const stream of this.streams.values()) this.#pump(stream);
    }
    this.advance();
  }

  #takeAnswers(seq: number): AnswersOnWire | undefined {
    const all = this.#answersOfTick;
    if (all.length === 0) return undefined;
    this.#answersOfTick = [];
    const answers: unknown[] = [];
    for (const { id, kept } of all) answers.push(id.caller, id.line ?? 0, id.number, id.doneBelow, seq, kept.answer);
    return answers;
  }

  /** Sends a snapshot, at the end of a tick. */
  copy(stream: Stream): void {
    this.collect();
    stream.pieces = this.#host.state.snapshot(this.partition);
    stream.answers = this.answers.toWire();
    stream.snapshotSeq = this.line.seq;
    stream.phase = 'copying';
    stream.progressAt = this.#host.now();
    this.#pump(stream);
  }

  /** The replica has everything up to `seq`, and so many pieces of a snapshot. */
  acked(from: MemberId, id: number, seq: number, pieces: number, now: number): void {
    const stream = this.#stream(from, id);
    if (stream !== undefined) this.#progress(stream, seq, pieces, now);
  }

  /** The replica says where it stands: it was asked, or misses something. */
  positioned(from: MemberId, id: number, seq: number, pieces: number, attempt: number, missing: boolean, now: number): void {
    const stream = this.#stream(from, id);
    if (stream === undefined) return;
    if (stream.phase === 'asking') {
      if (seq >= 0 && this.#tail.reaches(seq)) {
        stream.phase = 'following';
        stream.sent = seq;
        this.#progress(stream, seq, 0, now);
        this.#pump(stream);
      } else {
        stream.phase = 'waiting';
        this.#host.needsCopy(this, stream);
      }
      return;
    }
    if (stream.phase === 'waiting' || stream.attempt !== attempt) return;
    if (stream.phase === 'following' && seq < 0) {
      this.#reopen(stream);
      return;
    }
    this.#progress(stream, seq, pieces, now);
    if (!this.#host.rules.resendTail) return;
    if (stream.phase === 'copying' ? missing || pieces < stream.piecesAtAsk : missing || seq < stream.sentAtAsk)
      this.#rewind(stream, seq, pieces);
  }

  /** Asks a replica how far it has come: it has not said so for a while. */
  ask(stream: Stream): void {
    stream.attempt++;
    stream.askedAt = this.#host.now();
    stream.sentAtAsk = stream.sent;
    stream.piecesAtAsk = stream.piecesSent;
    const inheritedTerm = this.#inheritedTerm;
    this.#host.send(stream.to, [
      'offer',
      this.partition,
      this.#epoch,
      this.term,
      stream.id,
      stream.attempt,
      inheritedTerm,
      this.inherited,
      this.losses,
    ]);
  }

  /** Commits what all have that must have it. */
  advance(): void {
    const { state, rules } = this.#host;
    const { line } = this;
    let seq = line.seq;
    let floor = line.seq;
    for (const stream of this.streams.values()) {
      if (stream.floor < floor) floor = stream.floor;
      const isWaitedFor = stream.role === 'backup' || (stream.isGating && rules.gateLearner);
      if (isWaitedFor && !stream.isIgnored && stream.acked < seq) seq = stream.acked;
    }
    this.#tail.forget(floor);
    if (line.commit(seq) && this.isOwned) state.committed(this.partition, seq);
  }

  /** Whether all calls have ended and all batches are committed. */
  get isDrained(): boolean {
    return this.running === 0 && !this.dirty && this.line.committed >= this.line.seq;
  }

  /** A call has ended. */
  ran(): void {
    if (--this.running === 0) this.#drained?.();
    if (this.phase === 'ended') this.#host.ranLate(this);
  }

  /** Resolves when no call is being run, or it has ended. */
  idle(): Promise<void> {
    if (this.running === 0 || this.phase === 'ended') return Promise.resolve();
    return new Promise((resolve) => (this.#drained = resolve));
  }

  #stream(from: MemberId, id: number): Stream | undefined {
    const stream = this.streams.get(from);
    return stream?.id === id ? stream : undefined;
  }

  #progress(stream: Stream, seq: number, pieces: number, now: number): void {
    if (pieces > stream.piecesAcked && stream.phase === 'copying') {
      stream.piecesAcked = pieces;
      this.#moved(stream, now);
      this.#pump(stream);
    }
    if (seq <= stream.acked) return;
    stream.acked = seq;
    this.#moved(stream, now);
    if (stream.phase === 'copying' && seq >= stream.snapshotSeq) {
      stream.phase = 'following';
      stream.pieces = [];
      stream.answers = [];
      this.#host.copyEnded(stream);
      this.#pump(stream);
    }
    if (stream.role === 'learner' && stream.phase === 'following') this.#taught(stream);
    this.advance();
  }

  #moved(stream: Stream, now: number): void {
    stream.progressAt = now;
    stream.isQuiet = false;
  }

  #taught(stream: Stream): void {
    if (!stream.isGating) {
      stream.isGating = true;
      stream.target = this.#host.rules.adoptCaughtUp ? this.line.seq : -1;
    }
    if (stream.acked >= stream.target) this.#host.caughtUp(this, stream);
  }

  #open(to: MemberId, role: Role): Stream {
    const stream = new Stream(this.#host.nextStream(), to, role, this.#host.now());
    this.streams.set(to, stream);
    this.ask(stream);
    return stream;
  }

  #close(stream: Stream): void {
    this.streams.delete(stream.to);
    this.#host.copyEnded(stream);
  }

  /** The replica has lost what it had, or needs batches that are gone: from the beginning. */
  #reopen(stream: Stream): void {
    this.#close(stream);
    const again = this.#open(stream.to, stream.role);
    again.isGating = stream.isGating;
    again.target = stream.target;
    again.progressAt = stream.progressAt;
  }

  #rewind(stream: Stream, seq: number, pieces: number): void {
    stream.attempt++;
    stream.sentAtAsk = -1;
    stream.piecesAtAsk = 0;
    if (stream.phase === 'copying') {
      stream.piecesSent = pieces;
      stream.sent = -1;
    } else stream.sent = seq;
    this.#pump(stream);
  }

  /** Sends what there is and what may be under way. */
  #pump(stream: Stream): void {
    if (stream.phase === 'asking' || stream.phase === 'waiting') return;
    const { partition, term } = this;
    if (stream.phase === 'copying') {
      const { pieces, snapshotSeq } = stream;
      while (stream.piecesSent < pieces.length && stream.piecesSent - stream.piecesAcked < PIECES_UNDER_WAY) {
        const index = stream.piecesSent++;
        const answers = index === pieces.length - 1 ? stream.answers : undefined;
        this.#host.send(stream.to, [
          'piece',
          partition,
          this.#epoch,
          term,
          stream.id,
          stream.attempt,
          snapshotSeq,
          index,
          pieces.length,
          pieces[index],
          answers,
        ]);
      }
      if (stream.piecesSent < pieces.length) return;
      if (stream.sent < snapshotSeq) stream.sent = this.#host.rules.resendTail ? snapshotSeq : this.line.seq;
    }
    if (!this.#tail.reaches(stream.sent)) {
      this.#reopen(stream);
      return;
    }
    if (stream.sent >= this.line.seq) return;
    if (stream.phase === 'following' && stream.acked >= stream.sent) stream.progressAt = this.#host.now();
    while (stream.sent < this.line.seq) {
      const { seq, change, answers } = this.#tail.get(++stream.sent);
      this.#host.send(stream.to, ['batch', partition, this.#epoch, term, stream.id, stream.attempt, seq, change, answers]);
    }
  }
}
