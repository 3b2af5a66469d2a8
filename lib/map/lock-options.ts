/** From what users write about locks to what the verb takes. */
import type { TryLockOptions } from '../api/lock.ts';
import { milliseconds, SECONDS_MAX } from '../config/seconds.ts';
import { ConfigError } from '../errors.ts';
import type { LockRequest } from '../operations/lock.ts';

/** Throws ConfigError for other options than `names`, and for values that are none. `timeoutMs`: how long to wait unless the options say. */
export function lockRequest(options: TryLockOptions, names: readonly string[], timeoutMs: number): LockRequest {
  const written = `a lock's options are written { ${names.join(', ')} }`;
  if (typeof options !== 'object' || options === null) throw new ConfigError(`${written}, not ${String(options)}`);
  for (const name in options) if (!names.includes(name)) throw new ConfigError(`there is no option '${name}': ${written}`);
  const { leaseSeconds = 0, signal } = options;
  if (typeof leaseSeconds !== 'number' || !(leaseSeconds >= 0 && leaseSeconds <= SECONDS_MAX)) {
    throw new ConfigError(
      `leaseSeconds must be a number of seconds from 0 (until unlocked) to ${SECONDS_MAX}, not ${String(leaseSeconds)}`,
    );
  }
  if (signal !== undefined && !(signal instanceof AbortSignal)) throw new ConfigError('signal must be an AbortSignal');
  return { leaseMs: milliseconds(leaseSeconds), timeoutMs: waitingTime(options.timeoutMs ?? timeoutMs), signal };
}

/** Throws ConfigError for what is no time to wait. */
export function waitingTime(timeoutMs: number): number {
  if (typeof timeoutMs === 'number' && timeoutMs >= 0) return timeoutMs;
  throw new ConfigError(`timeoutMs must be a number of milliseconds from 0 on, not ${String(timeoutMs)}`);
}
