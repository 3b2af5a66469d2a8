/**
 * The rows of a SELECT, some at a time: a cursor in a read-only transaction, so that a result of any size takes the memory of one page, and all pages
 * are of one moment. It holds a connection until the last page, or until the reader stops.
 */
import { AbortedError } from '../../../lib/errors.ts';
import type { Database, Session } from '../database.ts';
import type { Statement } from './fragments.ts';

/** Decoded in 2 to 4 ms, so that the event loop turns in between; twice as many are no faster. */
export const ROWS_PER_PAGE = 500;

export type Page = readonly (readonly (string | null)[])[];

export interface PageOptions {
  /** Whether the reader may stop early: then the server should hurry with the first rows. */
  readonly hurried: boolean;
  readonly signal: AbortSignal | undefined;
}

/** Errors: ERR_ABORTED; pg's own. */
export async function* pagesOf(
  database: Database,
  { text, values }: Statement,
  { hurried, signal }: PageOptions,
): AsyncGenerator<Page, void> {
  const { session, release } = await borrow(database);
  const giveUp = (): void => session.connection.stream.destroy();
  const ask = (statement: string, parameters: readonly unknown[] = []): Promise<Page> => database.query(session, statement, parameters);
  const fetch = `FETCH ${ROWS_PER_PAGE} FROM cobnut_rows`;
  try {
    throwIfAborted(signal);
    signal?.addEventListener('abort', giveUp, { once: true });
    await ask(hurried ? 'BEGIN READ ONLY' : 'BEGIN READ ONLY; SET LOCAL cursor_tuple_fraction = 1');
    await ask(`DECLARE cobnut_rows NO SCROLL CURSOR FOR ${text}`, values);
    for (;;) {
      const page = await ask(fetch);
      if (page.length > 0) yield page;
      if (page.length < ROWS_PER_PAGE) return;
    }
  } catch (error) {
    throwIfAborted(signal);
    throw error;
  } finally {
    signal?.removeEventListener('abort', giveUp);
    // Nobody waits for the end of the transaction. Where even this fails the connection is broken, and the server ends it by itself.
    void ask('ROLLBACK').catch(giveUp).finally(release);
  }
}

/** One answer to one statement. Errors: ERR_ABORTED; pg's own. */
export async function rowsOf(database: Database, { text, values }: Statement, signal?: AbortSignal): Promise<Page> {
  const { session, release } = await borrow(database);
  const giveUp = (): void => session.connection.stream.destroy();
  try {
    throwIfAborted(signal);
    signal?.addEventListener('abort', giveUp, { once: true });
    return await database.query(session, text, values);
  } catch (error) {
    throwIfAborted(signal);
    throw error;
  } finally {
    signal?.removeEventListener('abort', giveUp);
    release();
  }
}

/** A connection of the pool that is ours until `release`: a generator can't be the callback that `session` wants. */
async function borrow(database: Database): Promise<{ readonly session: Session; readonly release: () => void }> {
  const { promise: used, resolve: release } = Promise.withResolvers<void>();
  const session = await new Promise<Session>((resolve, reject) => {
    database
      .session((lent) => {
        resolve(lent);
        return used;
      })
      .catch(reject);
  });
  return { session, release };
}

function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw new AbortedError('the query was aborted', { cause: signal.reason });
}
