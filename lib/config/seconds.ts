/** Times that users write in seconds. */

/** Longest time an entry can be given, in seconds: about 292 years. */
export const SECONDS_MAX = 9_223_372_036;

/** Seconds to milliseconds, kept to 1 ms; what is above 0 stays above 0. */
export function milliseconds(seconds: number): number {
  return seconds === 0 ? 0 : Math.max(1, Math.round(seconds * 1000));
}
