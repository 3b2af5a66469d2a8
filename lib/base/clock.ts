/** Time and chance, injected: nothing else in the library reads a clock, starts a timer or draws a random number. */

export interface Timer {
  cancel(): void;
}

export interface Clock {
  /** Milliseconds since the Unix epoch, fractions included. Never goes back and does not follow jumps of the wall clock. */
  now(): number;
  /** Calls `run` once, after at least `delayMs`. Does not keep the process alive. */
  after(delayMs: number, run: () => void): Timer;
  /** Resolves after other waiting work of the event loop had its turn. */
  yield(): Promise<void>;
  /** Uniform in [0, 1). */
  random(): number;
}

/** The machine's clock: monotonic time anchored at the epoch when the process began. */
export const systemClock: Clock = Object.freeze({
  now: () => performance.timeOrigin + performance.now(),
  after(delayMs: number, run: () => void): Timer {
    const timer = setTimeout(run, delayMs);
    timer.unref();
    return { cancel: () => clearTimeout(timer) };
  },
  yield: () => new Promise<void>((resolve) => setImmediate(resolve)),
  random: () => Math.random(),
});
