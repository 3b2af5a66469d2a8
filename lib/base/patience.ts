/** How long somebody is willing to wait, in one or several steps: until a moment, until a signal is aborted, or for ever. */
import { AbortedError } from '../errors.ts';
import type { Clock, Timer } from './clock.ts';

const NO_TIMER: Timer = { cancel: () => undefined };

export class Patience {
  readonly #clock: Clock;
  readonly #deadline: number;
  readonly #signal: AbortSignal | undefined;

  /** Throws AbortedError when the signal is aborted already. */
  constructor(clock: Clock, timeoutMs: number, signal?: AbortSignal) {
    this.#clock = clock;
    this.#deadline = clock.now() + timeoutMs;
    this.#signal = signal;
    this.check();
  }

  /** Throws AbortedError once the signal is aborted. */
  check(): void {
    if (this.#signal?.aborted === true) throw new AbortedError('the call was aborted while it waited', { cause: this.#signal.reason });
  }

  /** Calls `giveUp` once, when the patience is over: at once if it is. Cancel the timer when there is nothing to wait for any more. */
  start(giveUp: () => void): Timer {
    const restMs = this.#deadline - this.#clock.now();
    if (restMs <= 0 || this.#signal?.aborted === true) {
      giveUp();
      return NO_TIMER;
    }
    const stopListening = (): void => this.#signal?.removeEventListener('abort', aborted);
    const timer = restMs === Infinity ? NO_TIMER : this.#clock.after(restMs, () => (stopListening(), giveUp()));
    const cancel = (): void => {
      timer.cancel();
      stopListening();
    };
    const aborted = (): void => (cancel(), giveUp());
    this.#signal?.addEventListener('abort', aborted);
    return { cancel };
  }
}
