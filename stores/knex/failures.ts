/** What a failed statement means for the write that it carried. Reference: PostgreSQL manual, appendix A, "Error Codes". */
import { backOff, pause } from '../../lib/base/pause.ts';
import type { FailureKind } from '../../lib/api/map-store.ts';
import type { Clock } from '../../lib/base/clock.ts';
import { CobnutError, KeyError, StoreConflictError, ValueError } from '../../lib/errors.ts';

/** Ways to say what an error is, the first that fits. Codes are SQLSTATEs, or Node's names of system errors. */
const KINDS: readonly (readonly [RegExp, FailureKind])[] = [
  // Deadlock, serialisation failure, a lock or the answer not in time, a snapshot too old.
  [/^40(?:001|P01)$|^55P03$|^57014$|^72000$/, 'retry'],
  // 25006: the server has become a standby. 25P03, 25P04: it has ended the session.
  [/^(?:08|53|57|58)...$|^25(?:006|P03|P04)$|^40003$|^E[A-Z]+$/, 'connection'],
  // What the server can't do, or not for this role, in this database, in this state of a session: all rows would be refused.
  [/^(?:03|0A|0B|0L|0P|25|26|28|2B|2D|34|3B|3D|3F|42|55|F0|HV|XX)...$/, 'fatal'],
  // All others are about the row: 22, 23, 44 what it holds, 21000 two of one statement with keys that only the database finds equal, 54 too large for
  // an index, and whatever code a trigger raises, which may be any.
  [/^[\dA-Z]{5}$/, 'poison'],
];

/** Where the server's source raises what is about the row, though its code may be another's: a policy of row-level security, and RAISE in a trigger. */
const ROW_ROUTINES: readonly unknown[] = ['ExecWithCheckOptions', 'exec_stmt_raise'];

/** `undefined`: nothing the database or its driver says, such as an error of a converter. */
export function failureKind(error: unknown): FailureKind | undefined {
  if (!(error instanceof Error)) return undefined;
  if (error instanceof StoreConflictError) return 'conflict';
  if (error instanceof ValueError || error instanceof KeyError) return 'poison';
  if (error instanceof CobnutError) return 'fatal';
  const code = 'code' in error ? String(error.code) : '';
  const kind = KINDS.find(([pattern]) => pattern.test(code))?.[1];
  if (kind === 'fatal' && 'routine' in error && ROW_ROUTINES.includes(error.routine)) return 'poison';
  if (kind !== undefined) return kind;
  if (error.name === 'KnexTimeoutError' || /terminated|ended unexpectedly|not queryable/i.test(error.message)) return 'connection';
  return undefined;
}

/** Whether a statement of many rows may have failed because of one of them, a locked one too. One that took too long tells of the server. */
export function mayBeOfOneRow(error: unknown): boolean {
  const kind = failureKind(error);
  return kind === 'poison' || (kind === 'retry' && !hasCode(error, '57014'));
}

const LOST_RACES_MAX = 5;
const BACKOFF_MIN_MS = 20;

/** Runs again what lost a race with another transaction: up to five more times, after a random wait that doubles (full jitter). */
export async function againAfterLostRace<T>(run: () => Promise<T>, clock: Clock): Promise<T> {
  for (let lost = 0; ; lost++) {
    try {
      return await run();
    } catch (error) {
      if (!lostRace(error) || lost === LOST_RACES_MAX) throw error;
      await pause(clock, backOff(clock, lost, BACKOFF_MIN_MS, Infinity));
    }
  }
}

/** Deadlock or serialisation failure: the server has undone the transaction. (A timeout is no such thing: waiting longer was tried.) */
function lostRace(error: unknown): boolean {
  return hasCode(error, '40P01') || hasCode(error, '40001');
}

export function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
