/** Long work that must not keep the event loop from turning: a pause when a slice of time is over. */
import type { Clock } from './clock.ts';

export class Pace {
  readonly #clock: Clock;
  readonly #sliceMs: number;
  #began: number;

  constructor(clock: Clock, sliceMs: number) {
    this.#clock = clock;
    this.#sliceMs = sliceMs;
    this.#began = clock.now();
  }

  /** To be awaited between two steps; costs a look at the clock while the slice lasts. */
  async step(): Promise<void> {
    if (this.#clock.now() - this.#began < this.#sliceMs) return;
    await this.#clock.yield();
    this.#began = this.#clock.now();
  }
}
