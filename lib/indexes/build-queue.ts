/** Builds one after the other, in the order they came. */

export class BuildQueue {
  #last: Promise<void> = Promise.resolve();
  #waiting = 0;

  /** Runs `build` at once if nothing else is being built, otherwise in its turn. Its failure is that of the promise, and does not stop the others. */
  async run(build: () => Promise<void>): Promise<void> {
    const done = this.#waiting++ === 0 ? build() : this.#last.then(build);
    this.#last = this.#end(done);
    return done;
  }

  /** Waits until nothing is being built. */
  async settled(): Promise<void> {
    while (this.#waiting > 0) await this.#last;
  }

  async #end(done: Promise<void>): Promise<void> {
    try {
      await done;
    } catch {
      // Whoever asked for the build hears of it.
    }
    this.#waiting--;
  }
}
