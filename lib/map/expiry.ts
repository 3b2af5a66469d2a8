/** From what users write about expiry, in seconds, to milliseconds. */
import type { ExpiryOptions } from '../api/map.ts';
import { ConfigError } from '../errors.ts';
import type { Expiry } from '../partition/record-store.ts';

/** Throws ConfigError for what is not a number of seconds from 0 on. Kept to 1 ms; what is above 0 stays above 0. */
export function expiryOf(options: ExpiryOptions): Expiry {
  return { ttlMs: milliseconds('ttlSeconds', options.ttlSeconds), maxIdleMs: milliseconds('maxIdleSeconds', options.maxIdleSeconds) };
}

function milliseconds(name: string, seconds: number | undefined): number | undefined {
  if (seconds === undefined) return undefined;
  if (typeof seconds !== 'number' || !(seconds >= 0))
    throw new ConfigError(`${name} must be a number of seconds from 0 on, not ${String(seconds)}`);
  return seconds === 0 ? 0 : Math.max(1, Math.round(seconds * 1000));
}
