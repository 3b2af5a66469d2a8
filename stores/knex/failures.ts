/** What a failed statement means for the write that it carried. Reference: PostgreSQL manual, appendix A, "Error Codes". */
import type { FailureKind } from '../../lib/api/map-store.ts';
import type { Clock } from '../../lib/base/clock.ts';
import { CobnutError, KeyError, StoreConflictError, ValueError } from '../../lib/errors.ts';

/** Ways to say what an error is, the first that fits. Codes are SQLSTATEs, or Node's names of system errors. */
const KINDS: readonly (readonly [RegExp, FailureKind])[] = [
  // Deadlock, serialisation failure, a lock or the answer not in time.
  [/^40(?:001|P01)$|^55P03$|^57014$/, 'retry'],
  // 21000: two rows of one statement with keys that only the database finds equal. 27000, 44000, P0001: a trigger or a view refuses the row.
  // 54000: it is too large for an index.
  [/^(?:22|23|P0)...$|^(?:21|27|44|54)000$/, 'poison'],
  // 25006: the server has become a standby.
  [/^(?:08|53|57P|58)|^25006$|^E[A-Z]+$/, 'connection'],
  [/^[\dA-Z]{5}$/, 'fatal'],
];

/** `undefined`: nothing the database or its driver says, such as an error of a converter. */
export function failureKind(error: unknown): FailureKind | undefined {
  if (!(error instanceof Error)) return undefined;
  if (error instanceof StoreConflictError) return 'conflict';
  if (error instanceof ValueError || error instanceof KeyError) return 'poison';
  if (error instanceof CobnutError) return 'fatal';
  const code = 'code' in error ? String(error.code) : '';
  // A row that a policy of row-level security refuses has the code of a missing right.
  if ('routine' in error && error.routine === 'ExecWithCheckOptions') return 'poison';
  const kind = KINDS.find(([pattern]) => pattern.test(code))?.[1];
  if (kind !== undefined) return kind;
  if (error.name === 'KnexTimeoutError' || /terminated|ended unexpectedly|not queryable/i.test(error.message)) return 'connection';
  return undefined;
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
      await new Promise<void>((resolve) => clock.after(clock.random() * BACKOFF_MIN_MS * 2 ** lost, resolve));
    }
  }
}

/** Deadlock or serialisation failure: the server has undone the transaction. (A timeout is no such thing: waiting longer was tried.) */
function lostRace(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === '40P01' || error.code === '40001');
}
