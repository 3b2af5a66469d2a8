/** Several pieces of work of one call: after the first error none that waits is begun any more, and the call ends when those that have begun have ended. */

export class ErrorGroup {
  readonly #stop = new AbortController();
  readonly #works: Promise<unknown>[] = [];
  #failure: { readonly error: unknown } | undefined;

  /** Aborted after the first error. */
  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  /** Pieces that have not been waited for. */
  get size(): number {
    return this.#works.length;
  }

  /** Begins a piece of work now; nothing happens after an error. */
  go(work: () => unknown): void {
    if (this.#failure !== undefined) return;
    try {
      const result = work();
      if (result instanceof Promise) this.#works.push(result.catch((error: unknown) => this.#fail(error)));
    } catch (error) {
      this.#fail(error);
    }
  }

  /** Resolves when all that has begun has ended, what was begun meanwhile included; rejects with the first error. */
  async wait(): Promise<void> {
    while (this.#works.length > 0) await Promise.all(this.#works.splice(0));
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  #fail(error: unknown): void {
    this.#failure ??= { error };
    this.#stop.abort();
  }
}
