/**
 * Looks now and then whether the table still tells of its changes. Triggers can be disabled and a table be put in another one's place while all
 * connections are well: nothing arrives then, and nothing would say so.
 */
import type { ChangeSink } from '../../../lib/api/change-feed.ts';
import type { Database } from '../database.ts';

/** Whatever statements can be run on. */
export type Asked = Pick<Database, 'rows'>;

export interface Findings {
  /** What keeps changes from being told; nothing when all is well. */
  readonly problems: readonly string[];
  /** Another one when what tells of changes was made anew, or changed, since the last look: it may have been away in between. */
  readonly print: string;
}

export interface TableWatchOptions {
  /** Rejects when the database can't be asked. */
  readonly look: (asked: Asked) => Promise<Findings>;
  readonly sink: Pick<ChangeSink<never, never>, 'report'>;
  /** Changes may have been missed. */
  readonly onGap: (reason: string) => void;
}

export class TableWatch {
  readonly #options: TableWatchOptions;
  #findings: Findings | undefined;
  #isConnected = true;

  constructor(options: TableWatchOptions) {
    this.#options = options;
  }

  /** The state of the connection; the table's own is the worse where there is one. */
  report(state: 'following' | 'reconnecting', error?: unknown): void {
    const { sink } = this.#options;
    this.#isConnected = state === 'following';
    const problems = this.#findings?.problems ?? [];
    if (this.#isConnected && problems.length > 0) sink.report('failing', new Error(`changes are not told: ${problems.join('; ')}`));
    else sink.report(state, error);
  }

  /** Resolves when it has looked; a database that can't be asked is no finding. */
  async look(asked: Asked): Promise<void> {
    let found: Findings;
    try {
      found = await this.#options.look(asked);
    } catch {
      return;
    }
    const before = this.#findings;
    this.#findings = found;
    if (before === undefined) return;
    if (found.problems.length === 0 && found.print !== before.print) this.#options.onGap('what tells of changes was away, or made anew');
    if (found.problems.join() !== before.problems.join() && this.#isConnected) this.report('following');
  }
}
