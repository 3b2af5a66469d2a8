/** What a failed statement means for the write that it carried. Reference: PostgreSQL manual, appendix A, "Error Codes". */
import type { Clock } from '../../lib/base/clock.ts';

/**
 * - `retry`: nothing is wrong with the write, it lost a race (deadlock, serialisation, lock or statement timeout).
 * - `connection`: the server can't be reached, or ended the session; whether the write took place is unknown.
 * - `poison`: the write itself is refused (constraint, range, encoding) and always will be.
 * - `fatal`: the statement can't run at all (missing table or right, wrong password).
 */
export type FailureKind = 'retry' | 'connection' | 'poison' | 'fatal';

export function failureKind(error: unknown): FailureKind {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (/^40(001|P01)$|^55P03$|^57014$/.test(code)) return 'retry';
  // 21000: two rows of one statement with keys that only the database finds equal.
  if (/^(22|23)...$|^21000$/.test(code)) return 'poison';
  if (/^(08|53|57P|58)|^E[A-Z]+$/.test(code)) return 'connection';
  if (error instanceof Error && (error.name === 'KnexTimeoutError' || /terminated|ended unexpectedly|not queryable/i.test(error.message)))
    return 'connection';
  return 'fatal';
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
