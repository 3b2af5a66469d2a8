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

/** Errors: ERR_ABORTED, also where the reader was aborted between two pages; pg's own. */
export async function* pagesOf(
  database: Database,
  { text, values }: Statement,
  { hurried, signal }: PageOptions,
): AsyncGenerator<Page, void> {
  const loan = await borrow(database, signal);
  const ask = (statement: string, parameters: readonly unknown[] = []): Promise<Page> =>
    database.query(loan.session, statement, parameters);
  const fetch = `FETCH ${ROWS_PER_PAGE} FROM cobnut_rows`;
  try {
    await ask(hurried ? 'BEGIN READ ONLY' : 'BEGIN READ ONLY; SET LOCAL cursor_tuple_fraction = 1');
    await ask(`DECLARE cobnut_rows NO SCROLL CURSOR FOR ${text}`, values);
    for (;;) {
      const page = await ask(fetch);
      if (page.length > 0) yield page;
      throwIfAborted(signal);
      if (page.length < ROWS_PER_PAGE) return;
    }
  } catch (error) {
    throwIfAborted(signal);
    throw error;
  } finally {
    // Nobody waits for the end of the transaction. Where even this fails the connection is broken, and the server ends it by itself.
    if (!loan.isOver) void ask('ROLLBACK').catch(loan.giveUp).finally(loan.release);
  }
}

/** One answer to one statement. Errors: ERR_ABORTED; pg's own. */
export async function rowsOf(database: Database, { text, values }: Statement, signal?: AbortSignal): Promise<Page> {
  const loan = await borrow(database, signal);
  try {
    return await database.query(loan.session, text, values);
  } catch (error) {
    throwIfAborted(signal);
    throw error;
  } finally {
    loan.release();
  }
}

/** A connection of the pool that is ours for a while: a generator can't be the callback that `session` wants. */
class Loan {
  readonly session: Session;
  readonly #end: () => void;
  readonly #signal: AbortSignal | undefined;
  isOver = false;

  /** `end` gives it back. */
  constructor(session: Session, end: () => void, signal: AbortSignal | undefined) {
    this.session = session;
    this.#end = end;
    this.#signal = signal;
    signal?.addEventListener('abort', this.giveUp, { once: true });
  }

  readonly release = (): void => {
    this.isOver = true;
    this.#signal?.removeEventListener('abort', this.giveUp);
    this.#end();
  };

  /** Breaks the connection, whatever is under way on it, and gives it back at once: whoever reads may never come again. */
  readonly giveUp = (): void => {
    this.session.connection.stream.destroy();
    this.release();
  };
}

/** Errors: ERR_ABORTED, at once, though the connection may still be waited for: it is given back when it comes. */
function borrow(database: Database, signal: AbortSignal | undefined): Promise<Loan> {
  return new Promise((resolve, reject) => {
    const stop = (): void => reject(aborted(signal));
    if (signal?.aborted === true) return stop();
    signal?.addEventListener('abort', stop, { once: true });
    database
      .session((session) => {
        signal?.removeEventListener('abort', stop);
        if (signal?.aborted === true) return Promise.resolve();
        const { promise: used, resolve: end } = Promise.withResolvers<void>();
        resolve(new Loan(session, end, signal));
        return used;
      })
      .catch(reject);
  });
}

function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw aborted(signal);
}

function aborted(signal: AbortSignal | undefined): AbortedError {
  return new AbortedError('the query was aborted', { cause: signal?.reason });
}
