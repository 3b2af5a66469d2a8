/** Connections to PostgreSQL: a pool that is ours or borrowed, statements on it, and what happens when the server doesn't answer. */
import knex, { type Knex } from 'knex';
import { systemClock, type Clock } from '../../lib/base/clock.ts';
import { ConfigError } from '../../lib/errors.ts';
import type { DataConnection, Timeouts } from './options.ts';

/** A session's socket. */
interface SessionStream {
  pause(): void;
  resume(): void;
  destroy(reason?: Error): void;
  readonly destroyed: boolean;
  once(event: 'close', listener: () => void): unknown;
  off(event: 'close', listener: () => void): unknown;
}

/** What we use of a `pg` client. */
export interface Session {
  query(query: {
    name?: string;
    text: string;
    values?: unknown[];
    rowMode: 'array';
    types: object;
  }): Promise<{ rows: (string | null)[][]; rowCount: number | null }>;
  /** Runs a query that handles the protocol's messages itself. */
  query(query: Submittable): unknown;
  readonly connection: { readonly stream: SessionStream };
}

export interface Statement {
  /** Under which the server keeps it prepared; the same text has the same name. */
  readonly name: string;
  readonly text: string;
}

export interface Answer {
  readonly rows: (string | null)[][];
  /** Rows that the statement gave or wrote. */
  readonly count: number;
}

/** A query of `pg` in the raw: each method is called with the protocol's message of its name. */
export interface Submittable {
  submit(connection: { query(text: string): void }): void;
  handleError(error: Error): void;
  handleReadyForQuery(): void;
  handleCopyData(message: { readonly chunk: Buffer }): void;
  handleCommandComplete(): void;
  handleRowDescription(): void;
  handleDataRow(): void;
  handleEmptyQuery(): void;
  handlePortalSuspended(): void;
}

/** A connection outside the pool. */
export interface OwnSession extends Session {
  /** Resolves, with the reason if there is one, when the connection is gone. */
  readonly lost: Promise<Error | undefined>;
  readonly connection: Session['connection'] & {
    sendCopyFromChunk(chunk: Buffer): void;
    once(event: 'replicationStart', listener: () => void): unknown;
  };
  query: Session['query'] & ((text: string) => Promise<{ rows: Record<string, unknown>[] }>);
  on(event: 'notification', listener: (message: { readonly payload?: string }) => void): unknown;
  end(): Promise<void>;
}

interface Client extends OwnSession {
  connect(): Promise<unknown>;
  on(event: 'notification', listener: (message: { readonly payload?: string }) => void): unknown;
  on(event: 'error' | 'end', listener: (error?: Error) => void): unknown;
  lost: Promise<Error | undefined>;
}

interface Pool {
  /** Name of knex's client. */
  readonly driverName: string;
  acquireConnection(): Promise<Session>;
  releaseConnection(session: Session): Promise<void>;
  readonly driver: { readonly Client: new (settings: object) => Client };
  readonly connectionSettings?: { readonly password?: unknown };
  readonly connectionConfigProvider?: () => Promise<object>;
}

export interface DatabaseOptions {
  readonly connection: DataConnection;
  readonly timeouts?: Timeouts | undefined;
  readonly connections?: number | undefined;
  readonly clock?: Clock | undefined;
}

const STATEMENT_MS = 30_000;
const LOCK_MS = 10_000;
const ACQUIRE_MS = 30_000;
const CLIENT_GRACE_MS = 5_000;
const CONNECTIONS = 4;

/** Fields as the server wrote them; our codecs read them. */
const RAW = { getTypeParser: () => (text: string) => text };
const silent = { debug() {}, warn() {}, error() {}, deprecate() {} };

export class Database {
  readonly #knex: Knex;
  readonly #pool: Pool;
  readonly #ours: boolean;
  readonly #clientMs: number;
  readonly #acquireMs: number;
  readonly #clock: Clock;
  /** Part of the names of prepared statements: those of before are not used again, on any connection. */
  #generation = 0;

  constructor({ connection, timeouts = {}, connections = CONNECTIONS, clock = systemClock }: DatabaseOptions) {
    const statementMs = timeouts.statementMs ?? STATEMENT_MS;
    this.#ours = typeof connection !== 'function';
    this.#knex = typeof connection === 'function' ? connection : openPool(connection, timeouts, connections);
    this.#pool = this.#knex.client;
    refuseOtherClients(this.#pool.driverName);
    this.#clientMs = timeouts.clientMs ?? (statementMs === 0 || !this.#ours ? 0 : statementMs + CLIENT_GRACE_MS);
    this.#acquireMs = timeouts.acquireMs ?? ACQUIRE_MS;
    this.#clock = clock;
  }

  /** Runs one statement on any connection. */
  rows(statement: Statement | string, parameters: readonly unknown[]): Promise<readonly (readonly (string | null)[])[]> {
    return this.session((session) => this.query(session, statement, parameters));
  }

  /**
   * Lends a connection for as long as `use` runs. Those that broke meanwhile are not used again. When a statement that is prepared there fits the table no
   * longer, or is gone, it has done nothing: `use` runs once more, with statements prepared anew.
   */
  async session<T>(use: (session: Session) => Promise<T>): Promise<T> {
    const generation = this.#generation;
    try {
      return await this.#lend(use);
    } catch (error) {
      if (!isOutdated(error)) throw error;
      if (this.#generation === generation) this.#generation++;
      return this.#lend(use);
    }
  }

  async #lend<T>(use: (session: Session) => Promise<T>): Promise<T> {
    const session = await this.#acquire();
    const { stream } = session.connection;
    const { promise: closed, resolve: onClose } = Promise.withResolvers<void>();
    if (!stream.destroyed) stream.once('close', onClose);
    else onClose();
    try {
      return await use(session);
    } finally {
      // Only when it is closed the pool knows that it is broken: before, the next one who asks would get it.
      if (stream.destroyed) await closed;
      stream.off('close', onClose);
      await this.#pool.releaseConnection(session);
    }
  }

  async #acquire(): Promise<Session> {
    try {
      return await this.#pool.acquireConnection();
    } catch (error) {
      // knex asks here whether a call of `transacting` is missing.
      throw error instanceof Error && error.name === 'KnexTimeoutError' ? new NoConnection(error) : error;
    }
  }

  /** Runs `use` in a transaction: committed when it resolves, undone when it rejects. */
  transaction<T>(begin: string, use: (session: Session) => Promise<T>): Promise<T> {
    return this.session(async (session) => {
      await this.query(session, begin, []);
      let result: T;
      try {
        result = await use(session);
      } catch (error) {
        // The reason is what matters; where even this fails the connection is broken, and the server undoes the transaction by itself.
        await this.query(session, 'ROLLBACK', []).catch(() => session.connection.stream.destroy());
        throw error;
      }
      await this.query(session, 'COMMIT', []);
      return result;
    });
  }

  async query(session: Session, statement: Statement | string, parameters: readonly unknown[]): Promise<(string | null)[][]> {
    return (await this.run(session, statement, parameters)).rows;
  }

  /** Rejects when there is no answer in time, and gives the connection up: a late answer would be taken for the next query's. */
  async run(session: Session, statement: Statement | string, parameters: readonly unknown[]): Promise<Answer> {
    const limit =
      this.#clientMs === 0
        ? undefined
        : this.#clock.after(this.#clientMs, () => session.connection.stream.destroy(new NoAnswer(this.#clientMs)));
    try {
      const named =
        typeof statement === 'string' ? { text: statement } : { name: `${statement.name}_${this.#generation}`, text: statement.text };
      const { rows, rowCount } = await session.query({
        ...named,
        ...(parameters.length > 0 && { values: [...parameters] }),
        rowMode: 'array',
        types: RAW,
      });
      return { rows, count: rowCount ?? 0 };
    } finally {
      limit?.cancel();
    }
  }

  /** Opens a connection outside the pool, with the pool's settings and these. Whoever asks for it ends it. Rejects after `acquireMs`, or when aborted. */
  async connect(settings: object, signal: AbortSignal): Promise<OwnSession> {
    const { driver, connectionSettings, connectionConfigProvider } = this.#pool;
    const given = connectionSettings ?? (await connectionConfigProvider?.());
    // knex hides the password from those who list the settings.
    const client = new driver.Client({ ...given, password: connectionSettings?.password, keepAlive: true, ...settings });
    client.lost = new Promise((resolve) => {
      client.on('error', resolve);
      client.on('end', () => resolve(undefined));
    });
    try {
      await inTime(client, { clock: this.#clock, limitMs: this.#acquireMs, signal }, () => client.connect());
    } catch (error) {
      void client.end().catch(() => undefined);
      throw error;
    }
    return client;
  }

  /** Closes the pool if it is ours. */
  async close(): Promise<void> {
    if (this.#ours) await this.#knex.destroy();
  }
}

export interface InTime {
  readonly clock: Clock;
  readonly limitMs: number;
  readonly signal: AbortSignal;
}

/** What goes over the connection until there is an answer; when there is none in time, or the signal is aborted, the connection is given up. */
export async function inTime<R>(session: Session, { clock, limitMs, signal }: InTime, work: () => Promise<R>): Promise<R> {
  signal.throwIfAborted();
  const giveUp = (reason?: Error): void => session.connection.stream.destroy(reason);
  const onAbort = (): void => giveUp(new Error('given up', { cause: signal.reason }));
  const overdue = clock.after(limitMs, () => giveUp(new NoAnswer(limitMs)));
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await work();
  } finally {
    overdue.cancel();
    signal.removeEventListener('abort', onAbort);
  }
}

/** A column's type was changed, or all that was prepared in a session was forgotten (DISCARD ALL). */
function isOutdated(error: unknown): boolean {
  if (!(error instanceof Error) || !('code' in error)) return false;
  return error.code === '26000' || (error.code === '0A000' && 'routine' in error && error.routine === 'RevalidateCachedQuery');
}

class NoAnswer extends Error {
  readonly code = 'ETIMEDOUT';

  constructor(waitedMs: number) {
    super(`PostgreSQL did not answer within ${waitedMs} ms`);
  }
}

/** We speak PostgreSQL's protocol ourselves, so it must be the client that does so in JavaScript. CockroachDB's is that client too. */
function refuseOtherClients(driverName: string): void {
  if (driverName === 'pg' || driverName === 'cockroachdb') return;
  throw new ConfigError(`KnexMapStore needs PostgreSQL and a knex instance made with client: 'pg', not '${driverName}'`, {
    details: { client: driverName },
  });
}

class NoConnection extends Error {
  readonly code = 'ETIMEDOUT';

  constructor(cause: Error) {
    super(
      'no connection of the pool became free in time (acquireMs, or acquireConnectionTimeout of your knex instance): all are busy, or the server gives no more',
      { cause },
    );
  }
}

function openPool(connection: string | Knex.PgConnectionConfig, timeouts: Timeouts, connections: number): Knex {
  const settings = {
    statement_timeout: timeouts.statementMs ?? STATEMENT_MS,
    lock_timeout: timeouts.lockMs ?? LOCK_MS,
    keepAlive: true,
    application_name: 'cobnut',
    ...(typeof connection === 'string' ? { connectionString: connection } : connection),
  };
  return knex({
    client: 'pg',
    connection: settings,
    pool: { min: 0, max: connections },
    acquireConnectionTimeout: timeouts.acquireMs ?? ACQUIRE_MS,
    log: silent, // a dying server is reported by the calls that it fails
  });
}
