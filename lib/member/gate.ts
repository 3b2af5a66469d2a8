/** The door of a map on a member: open, waiting for the initial load, or closed for good. */

export class Gate {
  #opening: Promise<void> | undefined;
  #open: (() => Promise<void>) | undefined;
  #refusal: (() => Error) | undefined;

  /** `open` is called once, when somebody first wants to pass; until it resolves everybody waits. Left out: open. */
  constructor(open?: () => Promise<void>) {
    this.#open = open;
  }

  /** `undefined` when one may go on at once, else what to wait for. Throws when the map is closed. Cost when open: two comparisons. */
  pass(): Promise<void> | undefined {
    if (this.#refusal !== undefined) throw this.#refusal();
    return this.#open === undefined ? undefined : this.#wait(this.#open);
  }

  /** Everybody who passes from now on, or is waiting now, gets this error. */
  close(refusal: () => Error): void {
    this.#refusal ??= refusal;
  }

  /** After a failed opening the next caller tries again. */
  #wait(open: () => Promise<void>): Promise<void> {
    this.#opening ??= open().then(
      () => {
        this.#open = undefined;
        this.#opening = undefined;
      },
      (error: unknown) => {
        this.#opening = undefined;
        throw error;
      },
    );
    return this.#opening.then(() => {
      if (this.#refusal !== undefined) throw this.#refusal();
    });
  }
}
