/** From what users write about expiry, in seconds, to milliseconds. */
import type { ExpiryOptions } from '../api/entry.ts';
import { milliseconds, SECONDS_MAX } from '../config/seconds.ts';
import { ConfigError } from '../errors.ts';
import type { Expiry } from '../partition/record-store.ts';

/** Throws ConfigError for other options, and for what is not a number of seconds from 0 on. Kept to 1 ms; what is above 0 stays above 0. */
export function expiryOf(options: ExpiryOptions): Expiry {
  if (typeof options !== 'object' || options === null)
    throw new ConfigError(`expiry is written { ttlSeconds, maxIdleSeconds }, not ${String(options)}`);
  for (const name in options) {
    if (name !== 'ttlSeconds' && name !== 'maxIdleSeconds') {
      throw new ConfigError(`there is no option '${name}': expiry is written { ttlSeconds, maxIdleSeconds }`);
    }
  }
  return { ttlMs: read('ttlSeconds', options.ttlSeconds), maxIdleMs: read('maxIdleSeconds', options.maxIdleSeconds) };
}

/** Throws ConfigError for what is not a number of seconds from 0 on. */
export function ttlMsOf(ttlSeconds: number): number {
  return read('ttlSeconds', ttlSeconds ?? NaN)!;
}

function read(name: string, seconds: number | undefined): number | undefined {
  if (seconds === undefined) return undefined;
  if (typeof seconds === 'number' && seconds >= 0 && seconds <= SECONDS_MAX) return milliseconds(seconds);
  throw new ConfigError(`${name} must be a number of seconds from 0 (for ever) to ${SECONDS_MAX}, not ${String(seconds)}`);
}
