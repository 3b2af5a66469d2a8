/** Time and chance, injected: nothing else in the library reads a clock, starts a timer or draws a random number. */

export interface Timer {
  cancel(): void;
}

export interface Clock {
  /** Milliseconds since the Unix epoch, fractions included. Never goes back and does not follow jumps of the wall clock. */
  now(): number;
  /** Calls `run` once, after at least `delayMs`, however long; `Infinity` is never. Keeps the process alive only where that is asked for. */
  after(delayMs: number, run: () => void, keepsAlive?: boolean): Timer;
  /** Resolves after other waiting work of the event loop had its turn. */
  yield(): Promise<void>;
  /** Uniform in [0, 1). */
  random(): number;
}

/** Read once: the getter costs twice as much as the time itself. */
const EPOCH_MS: number = performance.timeOrigin;
/** Longest delay setTimeout takes; what is longer it would call at once. */
const DELAY_MAX_MS = 2 ** 31 - 1;

/** The machine's clock: monotonic time anchored at the epoch when the process began. */
export const systemClock: Clock = Object.freeze({
  now: () => EPOCH_MS + performance.now(),
  after(delayMs: number, run: () => void, keepsAlive = false): Timer {
    let timer: NodeJS.Timeout;
    const wait = (restMs: number): void => {
      const onceMs = Math.min(restMs, DELAY_MAX_MS);
      timer = setTimeout(() => (restMs > onceMs ? wait(restMs - onceMs) : run()), onceMs);
      if (!keepsAlive) timer.unref();
    };
    wait(delayMs);
    return { cancel: () => clearTimeout(timer) };
  },
  yield: () => new Promise<void>((resolve) => setImmediate(resolve)),
  random: () => Math.random(),
});
