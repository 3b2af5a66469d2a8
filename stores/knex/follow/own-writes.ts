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
  /** Before the statement is sent. */
  began(rows: readonly BoundRow[]): void;
  /** It failed; `isUnknown`: it may be committed all the same, or be committed later. */
  failed(rows: readonly BoundRow[], isUnknown: boolean): void;
}

/** A name for this store that no other one has. Letters and digits only. */
export function newOrigin(): string {
  return randomBytes(12).toString('hex');
}

/** An SQL expression that marks the transaction which evaluates it. */
export function originMark(follow: ResolvedFollow, origin: string): string {
  if (follow.mode === 'replication') return `pg_logical_emit_message(true, '${MESSAGE_PREFIX}', '${origin}')`;
  return follow.announce ? `set_config('cobnut.origin', '${origin}', true)` : `set_config('cobnut.quiet', 'on', true)`;
}
