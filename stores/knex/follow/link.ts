/** A connection that is lost and made again: the part that both ways of following share. */
import type { ChangeSink } from '../../../lib/api/change-feed.ts';
import type { Clock } from '../../../lib/base/clock.ts';
import { backOff, pause } from '../../../lib/base/pause.ts';
import type { OwnSession } from '../database.ts';

const BACKOFF_MIN_MS = 50;
const BACKOFF_MAX_MS = 5_000;
/** How long the server may take to end a connection before it is cut. */
const END_MS = 1_000;

/** What keeps a connection: makes it, and puts on it what it listens to. */
export interface LinkOptions {
  /** `isFirst`: nothing can have been missed yet. The connection is closed when it throws. */
  readonly open: (isFirst: boolean) => Promise<OwnSession>;
  readonly sink: Pick<ChangeSink<never, never>, 'report'>;
  readonly signal: AbortSignal;
  readonly clock: Clock;
}

export class Link {
  readonly #options: LinkOptions;
  #session: OwnSession | undefined;
  #closed: Promise<void> = Promise.resolve();

  constructor(options: LinkOptions) {
    this.#options = options;
  }

  /** Resolves when the signal was aborted and the connection is closed. */
  get closed(): Promise<void> {
    return this.#closed;
  }

  /** Connects for the first time; rejects when that fails. From then on it connects again whenever the connection is lost. */
  async start(): Promise<void> {
    const { signal, open } = this.#options;
    signal.throwIfAborted();
    this.#session = await open(true);
    signal.addEventListener('abort', () => this.#end(this.#session), { once: true });
    this.#closed = this.#keep(this.#session);
  }

  #end(session: OwnSession | undefined): void {
    if (session === undefined) return;
    const overdue = this.#options.clock.after(END_MS, () => session.connection.stream.destroy());
    void session.lost.then(() => overdue.cancel());
    void session.end().catch(() => undefined);
  }

  async #keep(first: OwnSession): Promise<void> {
    const { signal, sink } = this.#options;
    for (let session: OwnSession | undefined = first; session !== undefined; session = await this.#again()) {
      if (signal.aborted) this.#end(session);
      const reason = await session.lost;
      this.#session = undefined;
      if (signal.aborted) return;
      sink.report('reconnecting', reason);
    }
  }

  async #again(): Promise<OwnSession | undefined> {
    const { signal, sink, open, clock } = this.#options;
    for (let failures = 0; !signal.aborted; failures++) {
      await pause(clock, backOff(clock, failures, BACKOFF_MIN_MS, BACKOFF_MAX_MS), signal);
      if (signal.aborted) break;
      try {
        this.#session = await open(false);
        sink.report('following');
        return this.#session;
      } catch (error) {
        sink.report('reconnecting', error);
      }
    }
    return undefined;
  }
}
