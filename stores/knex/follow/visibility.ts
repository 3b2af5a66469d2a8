/**
 * Whether transactions that the server's log tells of can be seen by those who read.
 *
 * A commit is in the log, and with us, a moment before other sessions see it (with synchronous replication, long before). Who read the row in this
 * moment would find it as it was, and keep that for good: so changes are told only when a reading sees them.
 */
import type { Clock } from '../../../lib/base/clock.ts';
import { pause } from '../../../lib/base/pause.ts';
import type { Database } from '../database.ts';

const WAIT_MIN_MS = 1;
const WAIT_MAX_MS = 1_000;
const XIDS = 2n ** 32n;

/** Resolves when every new snapshot sees all of these transactions (their numbers without epoch), or the signal is aborted. */
export async function untilVisible(database: Database, xids: Iterable<number>, signal: AbortSignal, clock: Clock): Promise<void> {
  let left = [...xids];
  for (let waitMs = WAIT_MIN_MS; left.length > 0 && !signal.aborted; waitMs = Math.min(WAIT_MAX_MS, waitMs * 2)) {
    try {
      const [row] = await database.rows('SELECT pg_current_snapshot()::text', []);
      const isVisible = visibleIn(row![0]!);
      left = left.filter((xid) => !isVisible(xid));
    } catch {
      // The server can't be asked now. The stream tells of that, or goes on.
    }
    if (left.length > 0) await pause(clock, waitMs, signal);
  }
}

/** `snapshot`: `xmin:xmax:xid,xid,…`, what is under way between the two. */
export function visibleIn(snapshot: string): (xid: number) => boolean {
  const [, xmax = '0', list = ''] = snapshot.split(':');
  const next = BigInt(xmax);
  const underWay = new Set(list.split(',').filter((xid) => xid !== ''));
  return (xid) => {
    // The latest number with these 32 bits that is not far ahead of the newest: ahead by less than half of the circle.
    const ahead = (BigInt(xid) - next) & (XIDS - 1n);
    const whole = next + (ahead < XIDS / 2n ? ahead : ahead - XIDS);
    return whole < next && !underWay.has(String(whole));
  };
}
