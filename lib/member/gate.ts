/**
 * The door of a map on a member: open, waiting for the initial load, or closed for good. It knows who is inside, so that a map is closed
 * only when the last call has ended.
 */

export interface Opening {
  /**
   * Called when somebody first wants to go in; until it resolves everybody waits. When it fails, those who wait get its error, and the next one
   * who must wait tries again.
   */
  readonly open: () => Promise<void>;
  /** Whether `enterEarly` lets calls in meanwhile. Default false. */
  readonly early?: boolean;
}

/** A call that waits for the door to open. */
interface Waiting {
  readonly enter: () => void;
  readonly refuse: (error: unknown) => void;
}

export class Gate {
  /** Whether calls may go in at once. Then give their results to `watch`; otherwise use `enter`. */
  isOpen: boolean;
  readonly #open: () => Promise<void>;
  readonly #early: boolean;
  #opening: Promise<void> | undefined;
  #waiting: Waiting[] = [];
  #tried = false;
  #refusal: (() => Error) | undefined;
  #inside = 0;
  #left: (() => void) | undefined;

  /** Left out: open. */
  constructor(opening?: Opening) {
    this.isOpen = opening === undefined;
    this.#open = opening?.open ?? (async () => undefined);
    this.#early = opening?.early ?? false;
  }

  /** Runs the call when the door is open; those who waited go in by order of arrival. Throws when the map is closed. */
  enter<R>(call: () => R | Promise<R>): R | Promise<R> {
    if (this.#refusal !== undefined) throw this.#refusal();
    if (this.isOpen) return this.watch(call());
    this.#opening ??= this.#try();
    return new Promise<R>((resolve, reject) => {
      const enter = (): void => {
        try {
          resolve(this.watch(call()));
        } catch (error) {
          reject(error);
        }
      };
      this.#waiting.push({ enter, refuse: reject });
    });
  }

  /** As `enter`, for calls that can do without what the opening brings: they begin it, but wait for it only where `early` is not allowed. */
  enterEarly<R>(call: () => R | Promise<R>): R | Promise<R> {
    if (!this.#early) return this.enter(call);
    if (this.#refusal !== undefined) throw this.#refusal();
    if (!this.isOpen && !this.#tried) this.#opening = this.#try(); // after a failure it is for those who must wait to try again
    return this.watch(call());
  }

  /** Counts a call that went in as inside until its result is there. Gives the result back as it is. */
  watch<R>(result: R | Promise<R>): R | Promise<R> {
    if (!(result instanceof Promise)) return result;
    this.#inside++;
    const leave = (): void => {
      if (--this.#inside === 0) this.#left?.();
    };
    result.then(leave, leave);
    return result;
  }

  /** Throws when the map is closed: for those who were inside once and go on using what they found. */
  check(): void {
    if (this.#refusal !== undefined) throw this.#refusal();
  }

  /** Everybody who comes from now on, or is waiting now, gets this error. Resolves when the opening has ended and nobody is inside. */
  async close(refusal: () => Error): Promise<void> {
    this.#refusal ??= refusal;
    this.isOpen = false;
    for (const { refuse } of this.#takeWaiting()) refuse(this.#refusal());
    await this.#opening;
    if (this.#inside > 0) await new Promise<void>((resolve) => (this.#left = resolve));
  }

  /** Never rejects. */
  async #try(): Promise<void> {
    this.#tried = true;
    try {
      await Promise.resolve().then(this.#open); // later, and never thrown: whoever comes while it runs must find `#opening`
      this.isOpen = this.#refusal === undefined;
      for (const { enter } of this.#takeWaiting()) enter();
    } catch (error) {
      for (const { refuse } of this.#takeWaiting()) refuse(error);
    }
    this.#opening = undefined;
  }

  #takeWaiting(): Waiting[] {
    const waiting = this.#waiting;
    this.#waiting = [];
    return waiting;
  }
}
