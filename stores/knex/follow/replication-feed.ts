/**
 * `follow: 'replication'`: reads the server's log through logical decoding, and says up to where the map has applied it.
 *
 * Only what the map has is acknowledged, so that a lasting slot begins again right there after a lost connection. While the map is busy the
 * stream is paused; acknowledging goes on, so that the server does not take us for dead.
 */
import type { ChangeFeed, ChangeSink, FollowLag } from '../../../lib/api/change-feed.ts';
import type { Clock, Timer } from '../../../lib/base/clock.ts';
import { inTime, type Database, type OwnSession, type Submittable } from '../database.ts';
import { quoteName } from '../names.ts';
import type { BoundRow } from '../rows.ts';
import type { ChangeLog } from './change-log.ts';
import { Link } from './link.ts';
import type { OwnWrites } from './own-writes.ts';
import { readFrame, writePosition, writeStatus } from './pgoutput.ts';
import { dropSlot, lastingSlot, literal, temporarySlot } from './replication-slot.ts';
import { TableWatch, type TableWatchOptions } from './table-watch.ts';
import { untilVisible } from './visibility.ts';

/** Changes that may wait before the stream is paused. */
const WAITING_MAX = 10_000;
/**
 * How often the server is told where we are. Delays of up to 10 s were seen on a loaded machine (PostgreSQL 18), which ended with the next commit or
 * with a message of ours. We infer, and have not proved, that since PostgreSQL 16 its sender may sleep through a commit that falls between its look
 * at the log and its falling asleep.
 */
const STATUS_MS = 500;
/** How long the server may take to make a slot (it waits for all transactions that write to end), and to begin to send. */
const SLOT_MS = 30_000;
const START_MS = 30_000;
/** Every so many times it is asked where it is; when it has not answered three times, the connection is given up. */
const ASKED_EVERY = 20;
const UNANSWERED_MAX = 3;
/** Every so many times the table is looked at. */
const LOOKS_EVERY = 60;

export interface ReplicationFeedOptions<K, V> {
  readonly database: Database;
  readonly log: ChangeLog<K, V>;
  readonly publication: string;
  /** Name of the slot; `isLasting`: it outlives its connection. */
  readonly slot: string;
  readonly isLasting: boolean;
  readonly scope: ChangeFeed['scope'];
  readonly sink: ChangeSink<K, V>;
  readonly signal: AbortSignal;
  readonly clock: Clock;
  readonly look: TableWatchOptions['look'];
}

export class ReplicationFeed<K, V> implements ChangeFeed, OwnWrites {
  readonly scope: ChangeFeed['scope'];
  readonly #options: ReplicationFeedOptions<K, V>;
  readonly #link: Link;
  readonly #watch: TableWatch;
  #session: OwnSession | undefined;
  #isPaused = false;
  /** Positions in the server's log: what the map has, and how far the server is. */
  #applied = 0n;
  #serverEnd = 0n;
  #unanswered = 0;
  #isApplying = false;
  #oldestAt: number | undefined;
  #wake: (() => void) | undefined;
  #delivery: Promise<void> = Promise.resolve();
  #closed: Promise<void> | undefined;

  constructor(options: ReplicationFeedOptions<K, V>) {
    this.#options = options;
    this.scope = options.scope;
    const { signal, sink, clock, look } = options;
    this.#watch = new TableWatch({ look, sink, onGap: (reason) => this.#missed(reason) });
    this.#link = new Link({ open: (isFirst) => this.#open(isFirst), signal, sink: this.#watch, clock });
  }

  /** Resolves when the slot keeps all that is committed from now on. */
  async start(): Promise<this> {
    await this.#link.start();
    this.#options.signal.addEventListener('abort', () => this.#wake?.(), { once: true });
    this.#delivery = this.#deliver();
    return this;
  }

  get closed(): Promise<void> {
    return (this.#closed ??= this.#close());
  }

  lag(): FollowLag {
    const bytes = this.#serverEnd > this.#applied ? Number(this.#serverEnd - this.#applied) : 0;
    return { bytes, ms: this.#oldestAt === undefined ? 0 : this.#options.clock.now() - this.#oldestAt };
  }

  began(rows: readonly BoundRow[]): void {
    this.#options.log.began(rows);
  }

  wroteFewer(rows: readonly BoundRow[]): void {
    this.#options.log.wroteFewer(rows);
  }

  failed(rows: readonly BoundRow[]): void {
    this.#options.log.failed(rows);
  }

  async #open(isFirst: boolean): Promise<OwnSession> {
    const { database, log, slot, isLasting, publication, clock, signal } = this.#options;
    const session = await database.connect({ replication: 'database', statement_timeout: 0, idle_session_timeout: 0 }, signal);
    try {
      const { start, gap } = await inTime(session, { clock, limitMs: SLOT_MS, signal }, () =>
        isLasting ? lastingSlot(session, slot, isFirst, this.#applied) : temporarySlot(session, slot, isFirst),
      );
      log.restart();
      if (gap !== undefined) this.#missed(gap);
      this.#applied = start;
      this.#serverEnd = start;
      this.#isPaused = false;
      await inTime(session, { clock, limitMs: START_MS, signal }, () =>
        this.#stream(
          session,
          `START_REPLICATION SLOT ${quoteName(slot)} LOGICAL ${writePosition(start)} ` +
            `(proto_version '1', publication_names ${literal(quoteName(publication))}, binary 'true', messages 'true')`,
        ),
      );
      this.#session = session;
      this.#beat(session);
      void this.#watch.look(database); // on another connection, which may have to be waited for
      return session;
    } catch (error) {
      void session.end().catch(() => undefined);
      throw error;
    }
  }

  /** Resolves when the stream has begun; rejects when the server refuses it. */
  #stream(session: OwnSession, text: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const stream: Submittable = {
        submit: (connection) => {
          // The answer that has no method of its own: copying in both directions begins.
          session.connection.once('replicationStart', () => resolve());
          connection.query(text);
        },
        handleCopyData: ({ chunk }) => this.#receive(session, chunk),
        handleError: (error) => {
          reject(error);
          session.connection.stream.destroy(error);
        },
        handleReadyForQuery: () => session.connection.stream.destroy(new Error('the server ended the replication stream')),
        handleCommandComplete() {},
        handleRowDescription() {},
        handleDataRow() {},
        handleEmptyQuery() {},
        handlePortalSuspended() {},
      };
      void session.lost.then((error) => reject(error ?? new Error('the connection was lost')));
      session.query(stream);
    });
  }

  #receive(session: OwnSession, chunk: Buffer): void {
    const { log } = this.#options;
    this.#unanswered = 0;
    try {
      const frame = readFrame(chunk);
      if (frame.serverEnd > this.#serverEnd) this.#serverEnd = frame.serverEnd;
      if (frame.kind === 'log') {
        log.read(frame.message);
        this.#arrived();
        if (log.size >= WAITING_MAX && !this.#isPaused) {
          this.#isPaused = true;
          session.connection.stream.pause();
        }
        return;
      }
      // All up to here was sent and, where nothing is on its way, applied: the log of other tables need not be kept.
      if (this.#isIdle && frame.serverEnd > this.#applied) this.#applied = frame.serverEnd;
      if (frame.wantsReply) this.#acknowledge(session, false);
    } catch (error) {
      session.connection.stream.destroy(error instanceof Error ? error : new Error(String(error)));
    }
  }

  get #isIdle(): boolean {
    return !this.#isApplying && this.#oldestAt === undefined && !this.#options.log.isInside;
  }

  #missed(reason: string): void {
    this.#options.log.gap(reason);
    this.#arrived();
  }

  #arrived(): void {
    this.#oldestAt ??= this.#options.clock.now();
    this.#wake?.();
  }

  async #deliver(): Promise<void> {
    const { database, sink, signal, log, clock } = this.#options;
    while (!signal.aborted) {
      const session = this.#session;
      const batch = log.take();
      if (this.#isPaused && session !== undefined) {
        this.#isPaused = false;
        session.connection.stream.resume();
      }
      this.#oldestAt = batch === undefined ? undefined : clock.now();
      if (batch === undefined) {
        await new Promise<void>((resolve) => (this.#wake = resolve));
        continue;
      }
      this.#isApplying = true;
      try {
        await untilVisible(database, batch.xids, signal, clock);
        await sink.apply(batch.changes);
      } catch {
        return; // all is over
      } finally {
        this.#isApplying = false;
      }
      log.applied(batch);
      // A stream that has begun anew since counts from where it began.
      if (batch.end !== undefined && batch.end > this.#applied) this.#applied = batch.end;
    }
  }

  async #close(): Promise<void> {
    const { database, slot, isLasting, clock } = this.#options;
    await Promise.all([this.#link.closed, this.#delivery]);
    if (isLasting) await dropSlot(database, slot, clock);
  }

  #acknowledge(session: OwnSession, wantsReply: boolean): void {
    session.connection.sendCopyFromChunk(writeStatus(this.#applied, this.#options.clock.now(), wantsReply));
  }

  #beat(session: OwnSession): void {
    const { clock, database } = this.#options;
    this.#unanswered = 0;
    let beats = 0;
    const beat = (): Timer =>
      clock.after(STATUS_MS, () => {
        const asks = ++beats % ASKED_EVERY === 0;
        // While the stream is paused no answer can come through.
        if (asks && !this.#isPaused && ++this.#unanswered > UNANSWERED_MAX) {
          session.connection.stream.destroy(new Error('PostgreSQL did not answer'));
          return;
        }
        this.#acknowledge(session, asks);
        if (beats % LOOKS_EVERY === 0) void this.#watch.look(database);
        timer = beat();
      });
    let timer = beat();
    void session.lost.then(() => timer.cancel());
  }
}
