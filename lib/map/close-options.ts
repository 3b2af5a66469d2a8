/** How long closing waits, as users say it. */
import type { CloseOptions } from '../api/map.ts';
import { ConfigError } from '../errors.ts';

/** When nobody says: less than the 30 s that orchestrators grant. */
export const CLOSE_TIMEOUT_MS = 20_000;

/** Milliseconds. Throws ConfigError. */
export function patienceOf({ timeoutMs = CLOSE_TIMEOUT_MS }: CloseOptions = {}): number {
  if (typeof timeoutMs === 'number' && timeoutMs >= 0) return timeoutMs;
  throw new ConfigError(`timeoutMs must be a number of milliseconds from 0 on, not ${String(timeoutMs)}`);
}
