/**
 * How the writes of this store are known again among the changes that its table tells of.
 *
 * Each writing statement says who it comes from, in the very statement, so that it costs no round trip and leaves nothing behind in a session that
 * may be somebody else's: by a setting for this transaction alone, which the triggers see, or by a message in the log before the rows.
 */
import { randomBytes } from 'node:crypto';
import type { BoundRow } from '../rows.ts';
import type { ResolvedFollow } from './follow-options.ts';

/** Of messages in the server's log. */
export const MESSAGE_PREFIX = 'cobnut';

/** Hears of this store's writes. */
export interface OwnWrites {
  /** Before the statement is sent. No key comes twice. */
  began(rows: readonly BoundRow[]): void;
  /** It changed fewer rows than these; nobody will tell of the others. */
  wroteFewer(rows: readonly BoundRow[]): void;
  /** It failed; `isUnknown`: it may be committed all the same, or be committed later. */
  failed(rows: readonly BoundRow[], isUnknown: boolean): void;
}

/** A name for this store that no other one has. Letters and digits only. */
export function newOrigin(): string {
  return randomBytes(12).toString('hex');
}

/** An SQL expression that marks the transaction which evaluates it. `table`: the id of the one that is written, so that no other is kept quiet. */
export function originMark(follow: ResolvedFollow, origin: string, table: string): string {
  if (follow.mode === 'replication') return `pg_logical_emit_message(true, '${MESSAGE_PREFIX}', '${origin}')`;
  return follow.announce ? `set_config('cobnut.origin', '${origin}', true)` : `set_config('cobnut.quiet', '${table}', true)`;
}

/** After that many, writes of ours that never came back (they changed nothing) are forgotten: at worst a row is read once more. */
const UNSEEN_MAX = 100_000;

/** Writes of ours that the table has not told of yet, by key: only they may be passed over when it does. */
export class UnseenWrites {
  readonly #counts = new Map<string, number>();

  began(rows: readonly BoundRow[]): void {
    if (this.#counts.size > UNSEEN_MAX) this.#counts.clear();
    for (const { identity } of rows) this.#counts.set(identity, this.of(identity) + 1);
  }

  /** These need not come back. One that does is taken for a change, and read: so much for not knowing which of them changed nothing. */
  uncount(rows: readonly BoundRow[]): void {
    for (const { identity } of rows) this.seen(identity);
  }

  /** How many of this key. */
  of(identity: string): number {
    return this.#counts.get(identity) ?? 0;
  }

  seen(identity: string, count = 1): void {
    subtract(this.#counts, identity, count);
  }

  /** What has not come back may have been lost. */
  clear(): void {
    this.#counts.clear();
  }
}

/** None is left out of the map, and there are never fewer than none. */
export function subtract(counts: Map<string, number>, identity: string, count: number): void {
  const left = (counts.get(identity) ?? 0) - count;
  if (left > 0) counts.set(identity, left);
  else counts.delete(identity);
}
