/** The longest time the event loop was not given back. */

export interface StallWatch {
  /** Milliseconds of the longest stall since the start; ends the watch. */
  stop(): number;
}

/** Ticks as often as the loop allows and remembers the longest gap. Costs a busy loop: do not time anything else meanwhile. */
export function watchStalls(): StallWatch {
  let longest = 0;
  let last = performance.now();
  let running = true;
  const tick = (): void => {
    const now = performance.now();
    longest = Math.max(longest, now - last);
    last = now;
    if (running) setImmediate(tick);
  };
  setImmediate(tick);
  return {
    stop() {
      running = false;
      return Math.max(longest, performance.now() - last);
    },
  };
}
