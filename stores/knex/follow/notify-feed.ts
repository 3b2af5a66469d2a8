/**
 * `follow: 'notify'`: a connection of its own LISTENs to what the triggers tell, and the map reads the keys again.
 *
 * What arrives faster than the map reads waits here as the texts that came, up to a bound; beyond it the keys are forgotten, and one `gap`
 * stands for all of them. So does one for all that was told while the connection was lost.
 */
import type { Change, ChangeFeed, ChangeSink, FollowLag } from '../../../lib/api/change-feed.ts';
import type { Clock, Timer } from '../../../lib/base/clock.ts';
import { pause } from '../../../lib/base/pause.ts';
import { inTime, type Database, type OwnSession } from '../database.ts';
import { quoteName } from '../names.ts';
import type { BoundRow, Rows } from '../rows.ts';
import { Link } from './link.ts';
import { UnseenWrites, type OwnWrites } from './own-writes.ts';
import { TableWatch, type TableWatchOptions } from './table-watch.ts';

/** Of texts that wait: some six million short keys. */
const WAITING_BYTES_MAX = 64 * 2 ** 20;
/** Keys of one batch; more than one text's, so that several changes of a key become one reading. */
const BATCH_KEYS = 5_000;
/** Texts of one batch, which may be about nothing but our own writes. */
const BATCH_TEXTS = 1_000;
/** How often the connection is tried, and how long it may take to answer: a network that is gone tells nobody. */
const HEARTBEAT_MS = 15_000;
const ANSWER_MS = 10_000;
/** After a write that nobody knows the outcome of: by then the server has given it up. */
const OUTCOME_MS = 40_000;

export interface NotifyFeedOptions<K, V> {
  readonly database: Database;
  readonly rows: Rows<K, V>;
  readonly channel: string;
  /** Whose tellings are our own; undefined: our own writes are not told at all. */
  readonly origin: string | undefined;
  readonly scope: ChangeFeed['scope'];
  readonly sink: ChangeSink<K, V>;
  readonly signal: AbortSignal;
  readonly clock: Clock;
  readonly look: TableWatchOptions['look'];
}

type Told = readonly [origin: string, what: 'gap' | 'truncate' | readonly (readonly string[])[]];

export class NotifyFeed<K, V> implements ChangeFeed, OwnWrites {
  readonly scope: ChangeFeed['scope'];
  readonly #options: NotifyFeedOptions<K, V>;
  readonly #link: Link;
  readonly #watch: TableWatch;
  readonly #unseen = new UnseenWrites();
  /** In the order of arrival; those before `#next` are taken. */
  #waiting: string[] = [];
  #next = 0;
  #waitingBytes = 0;
  /** Keys told by ourselves, and not by the table. */
  #doubtful: K[] = [];
  #gap: string | undefined;
  #oldestAt: number | undefined;
  #wake: (() => void) | undefined;
  #delivery: Promise<void> = Promise.resolve();

  constructor(options: NotifyFeedOptions<K, V>) {
    this.#options = options;
    this.scope = options.scope;
    const { signal, sink, clock, look } = options;
    this.#watch = new TableWatch({ look, sink, onGap: (reason) => this.#forget(reason) });
    this.#link = new Link({ open: (isFirst) => this.#listen(isFirst), signal, sink: this.#watch, clock });
  }

  /** Resolves when it listens. */
  async start(): Promise<this> {
    await this.#link.start();
    this.#options.signal.addEventListener('abort', () => this.#wake?.(), { once: true });
    this.#delivery = this.#deliver();
    return this;
  }

  get closed(): Promise<void> {
    return Promise.all([this.#link.closed, this.#delivery]).then(() => undefined);
  }

  lag(): FollowLag {
    return { ms: this.#oldestAt === undefined ? 0 : this.#options.clock.now() - this.#oldestAt };
  }

  began(rows: readonly BoundRow[]): void {
    if (this.#options.origin !== undefined) this.#unseen.began(rows);
  }

  wroteFewer(rows: readonly BoundRow[]): void {
    this.#unseen.uncount(rows);
  }

  /** What can't be known is looked at, now and when the outcome can't change any more. */
  failed(rows: readonly BoundRow[], isUnknown: boolean): void {
    this.#unseen.uncount(rows);
    if (!isUnknown) return;
    const keys = rows.map(({ key }) => key as K); // oxlint-disable-line typescript/no-unsafe-type-assertion -- bound from such keys
    const { clock, signal } = this.#options;
    const look = (): void => {
      this.#doubtful.push(...keys);
      this.#arrived();
    };
    look();
    void pause(clock, OUTCOME_MS, signal).then(look);
  }

  async #listen(isFirst: boolean): Promise<OwnSession> {
    const { database, channel, clock, signal } = this.#options;
    const session = await database.connect({ statement_timeout: 0, idle_session_timeout: 0 }, signal);
    session.on('notification', ({ payload }) => this.#take(payload ?? ''));
    try {
      await inTime(session, { clock, limitMs: ANSWER_MS, signal }, async () => {
        await this.#look(session);
        await session.query(`LISTEN ${quoteName(channel)}`);
      });
    } catch (error) {
      void session.end().catch(() => undefined);
      throw error;
    }
    if (!isFirst) this.#forget('the connection was lost');
    this.#beat(session);
    return session;
  }

  #look(session: OwnSession): Promise<void> {
    const { database } = this.#options;
    return this.#watch.look({ rows: (statement, parameters) => database.query(session, statement, parameters) });
  }

  /** Shows that the connection is alive, and the table well. */
  #beat(session: OwnSession): void {
    const { clock } = this.#options;
    let timer: Timer;
    const wait = (): void => {
      timer = clock.after(HEARTBEAT_MS, () => {
        const overdue = clock.after(ANSWER_MS, () => session.connection.stream.destroy(new Error('PostgreSQL did not answer')));
        void this.#look(session)
          .finally(() => overdue.cancel())
          .then(wait);
      });
    };
    wait();
    void session.lost.then(() => timer.cancel());
  }

  #take(payload: string): void {
    this.#waitingBytes += payload.length;
    if (this.#waitingBytes > WAITING_BYTES_MAX) return this.#forget('more was changed than can wait here');
    this.#waiting.push(payload);
    this.#arrived();
  }

  /** One comparison of everything instead of all that is known of single keys. */
  #forget(reason: string): void {
    this.#waiting = [];
    this.#next = 0;
    this.#waitingBytes = 0;
    this.#unseen.clear();
    this.#gap = reason;
    this.#arrived();
  }

  #arrived(): void {
    this.#oldestAt ??= this.#options.clock.now();
    this.#wake?.();
  }

  async #deliver(): Promise<void> {
    const { sink, signal, clock } = this.#options;
    while (!signal.aborted) {
      const arrivedAt = this.#oldestAt;
      const changes = this.#batch();
      if (changes.length === 0) {
        if (!this.#isEmpty) {
          await clock.yield();
          continue;
        }
        this.#oldestAt = undefined;
        await new Promise<void>((resolve) => (this.#wake = resolve));
        continue;
      }
      const takenAt = clock.now();
      try {
        await sink.apply(changes);
      } catch {
        return; // all is over
      }
      this.#oldestAt = this.#isEmpty ? undefined : Math.max(arrivedAt ?? takenAt, takenAt);
    }
  }

  get #isEmpty(): boolean {
    return this.#next === this.#waiting.length && this.#gap === undefined && this.#doubtful.length === 0;
  }

  #batch(): Change<K, V>[] {
    const changes: Change<K, V>[] = [];
    const told = new Set<string>();
    for (const key of this.#doubtful.splice(0)) changes.push({ op: 'changed', key });
    if (this.#gap !== undefined) changes.push({ op: 'gap', reason: this.#gap });
    this.#gap = undefined;
    const end = Math.min(this.#waiting.length, this.#next + BATCH_TEXTS);
    while (this.#next < end && told.size < BATCH_KEYS) {
      const payload = this.#waiting[this.#next++]!;
      this.#waitingBytes -= payload.length;
      this.#read(payload, told, changes);
    }
    if (this.#next === this.#waiting.length) {
      this.#waiting = [];
      this.#next = 0;
    }
    return changes;
  }

  /** Each key once, however often it is told. Of what we caused ourselves, only keys that no write of ours was about. */
  #read(payload: string, told: Set<string>, changes: Change<K, V>[]): void {
    const { rows } = this.#options;
    try {
      const [origin, what]: Told = JSON.parse(payload);
      if (what === 'truncate') changes.push({ op: 'truncate' });
      if (what === 'gap') changes.push({ op: 'gap', reason: 'a change was told without its keys' });
      if (typeof what === 'string') return;
      for (const texts of what) {
        const key = rows.keyOf(rows.fieldsOf(texts));
        if (origin === this.#options.origin && this.#isSeen(key)) continue;
        const identity = texts.join('\0');
        if (told.has(identity)) continue;
        told.add(identity);
        changes.push({ op: 'changed', key });
      }
    } catch {
      changes.push({ op: 'gap', reason: 'a change was told in words that are none of ours' });
    }
  }

  /** Whether a write of ours was about the key, which has been told now. */
  #isSeen(key: K): boolean {
    const { identity } = this.#options.rows.bindKey(key);
    if (this.#unseen.of(identity) === 0) return false;
    this.#unseen.seen(identity);
    return true;
  }
}
