/** Waiting for a while: for a given time, or for a random one after failures. */
import type { Clock } from './clock.ts';
import { onAbort } from './patience.ts';

/** Resolves after that time, or when the signal is aborted. `keepsAlive`: the process meanwhile; default false. */
export function pause(clock: Clock, delayMs: number, signal?: AbortSignal, keepsAlive = false): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      listening.cancel();
      resolve();
    };
    const timer = clock.after(delayMs, end, keepsAlive);
    const listening = onAbort(signal, () => {
      timer.cancel();
      resolve();
    });
  });
}

/**
 * Milliseconds to wait before what failed is tried again: exponential back-off with full jitter, so that many who failed together do not come back
 * together. Random, below `firstMs` doubled `doublings` times, `longestMs` at most.
 */
export function backOff(clock: Clock, doublings: number, firstMs: number, longestMs: number): number {
  return clock.random() * Math.min(longestMs, firstMs * 2 ** Math.min(doublings, 30));
}
