/**
 * Whether a program goes on when its own thread has nothing left to do: as long as a worker has, as it would if that were done in its own thread. Writes
 * that wait for the store, connections that are open.
 *
 * Nothing is asked until the event loop is empty. Then the workers are; it goes on until all have answered, and once more if there were calls meanwhile.
 */
export class KeepsAlive {
  readonly #idle: () => Promise<void>;
  readonly #calls: () => number;
  /** Calls there had been when all were idle. */
  #idleAt = -1;
  readonly #onEmpty = (): void => void this.#ask();

  constructor(idle: () => Promise<void>, calls: () => number) {
    this.#idle = idle;
    this.#calls = calls;
  }

  begin(): void {
    process.on('beforeExit', this.#onEmpty);
  }

  end(): void {
    process.off('beforeExit', this.#onEmpty);
  }

  async #ask(): Promise<void> {
    const calls = this.#calls();
    if (calls === this.#idleAt) return; // nobody has given them anything to do since
    await this.#idle();
    this.#idleAt = calls;
  }
}
