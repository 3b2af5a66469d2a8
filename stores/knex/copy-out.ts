/**
 * Reads `COPY … TO STDOUT (FORMAT BINARY)` from a `pg` session, row by row, no faster than the sink takes them.
 *
 * The stream begins with a signature, flags and an extension; each row is a count of fields and, for each, a length (-1: null) and that
 * many bytes; a count of -1 ends it. The server sends each row as one message, the first together with the header.
 * References: PostgreSQL manual, "COPY", Binary Format, and "Message Formats", CopyData.
 */
import { AbortedError } from '../../lib/errors.ts';
import type { LoadCount, LoadSink } from '../../lib/api/map-store.ts';
import type { Session, Submittable } from './database.ts';
import type { Rows } from './rows.ts';
import type { Reader } from './wire.ts';

/** Rows between two looks at whether the sink keeps up. */
const ROWS_PER_DRAIN = 4_096;
/** Signature and flags; the length of the extension follows. */
const HEADER_BYTES = 15;
const END_OF_DATA = -1;

export interface CopyOut<K, V> {
  readonly session: Session;
  readonly text: string;
  readonly rows: Rows<K, V>;
  readonly sink: LoadSink<K, V>;
  readonly signal: AbortSignal;
}

/**
 * Resolves after the last row is in the sink. When the sink or a field fails, or the signal is aborted, the connection is given up in the
 * middle of the stream (the server notices and ends the query) and the promise rejects with that reason.
 */
export function copyOut<K, V>(task: CopyOut<K, V>): Promise<LoadCount> {
  return new Promise((resolve, reject) => {
    if (task.signal.aborted) return reject(aborted(task.signal));
    task.session.query(new CopyQuery(task, resolve, reject));
  });
}

class CopyQuery<K, V> implements Submittable {
  readonly #task: CopyOut<K, V>;
  readonly #readers: readonly Reader[];
  readonly #resolve: (count: LoadCount) => void;
  readonly #reject: (reason: unknown) => void;
  /** The fields of the row being read; the same list for all rows. */
  readonly #fields: unknown[];
  readonly #onAbort = (): void => this.#giveUp(aborted(this.#task.signal));
  #headed = false;
  #over = false;
  #read = 0;
  #kept = 0;
  #sinceDrain = 0;
  #drain: Promise<void> | undefined;

  constructor(task: CopyOut<K, V>, resolve: (count: LoadCount) => void, reject: (reason: unknown) => void) {
    this.#task = task;
    this.#readers = task.rows.manyReaders();
    this.#resolve = resolve;
    this.#reject = reject;
    this.#fields = Array.from({ length: task.rows.columns.length }, () => null);
  }

  submit(connection: { query(text: string): void }): void {
    this.#task.signal.addEventListener('abort', this.#onAbort, { once: true });
    connection.query(this.#task.text);
  }

  handleCopyData({ chunk }: { readonly chunk: Buffer }): void {
    if (this.#over) return;
    try {
      const at = this.#headed ? 0 : this.#skipHeader(chunk);
      if (at < chunk.length) this.#row(chunk, at);
      if (this.#sinceDrain >= ROWS_PER_DRAIN) this.#waitForSink();
    } catch (error) {
      this.#giveUp(error);
    }
  }

  handleError(error: Error): void {
    this.#end(() => this.#reject(error));
  }

  handleReadyForQuery(): void {
    void this.#finish();
  }

  handleCommandComplete(): void {}
  handleRowDescription(): void {}
  handleDataRow(): void {}
  handleEmptyQuery(): void {}
  handlePortalSuspended(): void {}

  #skipHeader(chunk: Buffer): number {
    this.#headed = true;
    return HEADER_BYTES + 4 + chunk.readInt32BE(HEADER_BYTES);
  }

  #row(chunk: Buffer, at: number): void {
    const count = chunk.readInt16BE(at);
    if (count === END_OF_DATA) return;
    const { rows, sink } = this.#task;
    if (count !== this.#fields.length) throw new Error(`a row of COPY has ${count} fields instead of ${this.#fields.length}`);

    const afterKey = this.#readFields(chunk, at + 2, 0, rows.keyCount);
    const key = rows.keyOf(this.#fields);
    this.#read++;
    this.#sinceDrain++;
    if (!sink.owns(key)) return;
    this.#readFields(chunk, afterKey, rows.keyCount, count);
    const value = rows.valueOf(this.#fields);
    if (value === null) return;
    sink.put(key, value);
    this.#kept++;
  }

  #readFields(chunk: Buffer, start: number, from: number, to: number): number {
    let at = start;
    let field = from;
    try {
      for (; field < to; field++) {
        const length = chunk.readInt32BE(at);
        at += 4;
        if (length < 0) {
          this.#fields[field] = null;
        } else {
          this.#fields[field] = this.#readers[field]!(chunk, at, length);
          at += length;
        }
      }
    } catch (error) {
      throw this.#task.rows.unreadable(error, field, this.#fields);
    }
    return at;
  }

  /** Stops reading from the socket while the sink is busy; what has arrived already is still put (some 64 KB). */
  #waitForSink(): void {
    this.#sinceDrain = 0;
    const drained = this.#task.sink.drained();
    if (this.#drain !== undefined || !(drained instanceof Promise)) return;
    this.#task.session.connection.stream.pause();
    this.#drain = this.#resumeAfter(drained);
  }

  async #resumeAfter(drained: Promise<void>): Promise<void> {
    try {
      await drained;
      this.#drain = undefined;
      this.#task.session.connection.stream.resume();
    } catch (error) {
      this.#giveUp(error);
    }
  }

  async #finish(): Promise<void> {
    await this.#drain;
    this.#end(() => this.#resolve({ read: this.#read, kept: this.#kept }));
  }

  #giveUp(reason: unknown): void {
    this.#end(() => {
      this.#task.session.connection.stream.destroy();
      this.#reject(reason);
    });
  }

  /** The first end counts. */
  #end(settle: () => void): void {
    if (this.#over) return;
    this.#over = true;
    this.#task.signal.removeEventListener('abort', this.#onAbort);
    settle();
  }
}

function aborted(signal: AbortSignal): AbortedError {
  return new AbortedError('the load was aborted', { cause: signal.reason });
}
