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
    if (this.#signal?.aborted === true) throw this.aborted;
  }

  /** What is thrown when the signal is aborted. */
  get aborted(): AbortedError {
    return new AbortedError('the call was aborted while it waited', { cause: this.#signal?.reason });
  }

  /** What the work gives, or AbortedError as soon as the signal is aborted; the work goes on then, and nobody hears of its end. */
  race<R>(work: R | Promise<R>): R | Promise<R> {
    if (this.#signal === undefined || !(work instanceof Promise)) return work;
    return new Promise<R>((resolve, reject) => {
      const listening = onAbort(this.#signal, () => reject(this.aborted));
      void work.then(resolve, reject).then(() => listening.cancel());
    });
  }

  /** Calls `giveUp` once, when the patience is over: at once if it is. Cancel the timer when there is nothing to wait for any more. */
  start(giveUp: () => void): Timer {
    const restMs = this.#deadline - this.#clock.now();
    if (restMs <= 0 || this.#signal?.aborted === true) {
      giveUp();
      return NO_TIMER;
    }
    const timer = restMs === Infinity ? NO_TIMER : this.#clock.after(restMs, () => (listening.cancel(), giveUp()), true); // somebody waits
    const listening = onAbort(this.#signal, () => (timer.cancel(), giveUp()));
    return { cancel: () => (timer.cancel(), listening.cancel()) };
  }
}

/** Those who wait for a signal. A signal looks through all its listeners whenever one comes or goes, so it has one for all of them. */
class Listeners {
  readonly #signal: AbortSignal;
  readonly #waiting = new Set<() => void>();

  constructor(signal: AbortSignal) {
    this.#signal = signal;
  }

  add(run: () => void): Timer {
    if (this.#waiting.size === 0) this.#signal.addEventListener('abort', this.#aborted);
    this.#waiting.add(run);
    return { cancel: () => this.#remove(run) };
  }

  #remove(run: () => void): void {
    if (this.#waiting.delete(run) && this.#waiting.size === 0) this.#signal.removeEventListener('abort', this.#aborted);
  }

  readonly #aborted = (): void => {
    for (const run of this.#waiting) {
      this.#remove(run);
      run();
    }
  };
}

const listenersOf = new WeakMap<AbortSignal, Listeners>();

/** Calls `run` once, when the signal is aborted: at once if it is. Cheap however many there are for one signal. */
export function onAbort(signal: AbortSignal | undefined, run: () => void): Timer {
  if (signal?.aborted === true) run();
  if (signal === undefined || signal.aborted) return NO_TIMER;
  let listeners = listenersOf.get(signal);
  if (listeners === undefined) listenersOf.set(signal, (listeners = new Listeners(signal)));
  return listeners.add(run);
}
