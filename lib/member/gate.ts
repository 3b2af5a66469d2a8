/**
 * The door of a map on a member: open, waiting for the initial load, or closed for good. It knows who is inside, so that a map is closed
 * only when the last call has ended.
 *
 * Who waited goes in behind a promise: in the asynchronous context it came in, not in that of whoever opened.
 */
import type { Patience } from '../base/patience.ts';

export interface Opening {
  /**
   * Called when somebody first wants to go in; until it resolves everybody waits. When it fails, those who wait get its error, and the next one
   * who must wait tries again.
   */
  readonly open: () => Promise<void>;
  /** Whether calls that need only some of what it brings are let in meanwhile. Default false. */
  readonly early?: boolean;
}

/** What a call needs of what the opening brings. Those that need nothing begin it all the same, and never wait. */
export type Needs = 'all' | 'some' | 'nothing';

/** A call that waits no longer than it likes. */
export interface Waiting<R> {
  readonly patience: Patience;
  /** What becomes of it when the patience is over before the door is open: it has not been run then, and never will be. */
  readonly gaveUp: () => R;
}

/** A call in front of the door. */
interface Waiter {
  readonly granted: () => void;
  readonly refused: (error: unknown) => void;
}

export class Gate {
  /** Whether calls may go in at once. Then give their results to `watch`; otherwise use `enter`. */
  isOpen: boolean;
  readonly #open: () => Promise<void>;
  readonly #early: boolean;
  #opening: Promise<void> | undefined;
  /** In order of arrival. */
  readonly #waiters = new Set<Waiter>();
  #tried = false;
  /** Whether what is being opened must be opened once more. */
  #again = false;
  #refusal: (() => Error) | undefined;
  #inside = 0;
  #left: (() => void) | undefined;

  /** Left out: open. */
  constructor(opening?: Opening) {
    this.isOpen = opening === undefined;
    this.#open = opening?.open ?? (async () => undefined);
    this.#early = opening?.early ?? false;
  }

  /** Runs the call, at once when it need not wait; those who waited go in by order of arrival. Throws when the map is closed. */
  enter<R>(call: () => R | Promise<R>, needs: Needs = 'all', waiting?: Waiting<R>): R | Promise<R> {
    this.check();
    if (this.isOpen) return this.watch(call());
    const mustWait = needs === 'all' || (needs === 'some' && !this.#early);
    if (mustWait || !this.#tried) this.#opening ??= this.#try(); // after a failure it is for those who must wait to try again
    if (!mustWait) return this.watch(call());
    return this.#wait(waiting?.patience).then((isOpen): R | Promise<R> => {
      if (!isOpen) return waiting!.gaveUp();
      this.check(); // it may have been closed since
      return this.watch(call());
    });
  }

  /** What the opening brought is not all there any more: it is begun anew, and who needs all of it waits. Does nothing when nobody has wanted it yet. */
  reopen(): void {
    if (!this.#tried || this.#refusal !== undefined) return;
    this.isOpen = false;
    this.#again = true;
    this.#opening ??= this.#try();
  }

  /** Counts a call that went in as inside until its result is there. Gives the result back as it is. */
  watch<R>(result: R | Promise<R>): R | Promise<R> {
    if (!(result instanceof Promise)) return result;
    this.#inside++;
    result.then(this.#leave, this.#leave);
    return result;
  }

  readonly #leave = (): void => {
    if (--this.#inside === 0) this.#left?.();
  };

  /** Throws when the map is closed: for those who were inside once and go on using what they found. */
  check(): void {
    if (this.#refusal !== undefined) throw this.#refusal();
  }

  /** Everybody who comes from now on, or is waiting now, gets this error. Resolves when the opening has ended and nobody is inside. */
  async close(refusal: () => Error): Promise<void> {
    this.#refusal ??= refusal;
    this.isOpen = false;
    for (const { refused } of this.#takeWaiters()) refused(this.#refusal());
    await this.#opening;
    if (this.#inside > 0) await new Promise<void>((resolve) => (this.#left = resolve));
  }

  /** Never rejects. */
  async #try(): Promise<void> {
    this.#tried = true;
    try {
      do {
        await Promise.resolve(); // later, and never thrown: whoever comes while it runs must find `#opening`
        this.#again = false;
        await this.#open();
      } while (this.#again && this.#refusal === undefined);
      // Whoever comes while these go in stands behind them.
      for (let waiters = this.#takeWaiters(); waiters.length > 0; waiters = this.#takeWaiters()) {
        for (const { granted } of waiters) granted();
        await Promise.resolve();
      }
      this.isOpen = this.#refusal === undefined && !this.#again;
    } catch (error) {
      for (const { refused } of this.#takeWaiters()) refused(error);
    }
    this.#opening = this.#again && this.#refusal === undefined ? this.#try() : undefined;
  }

  /** Resolves to whether it is open; to false when the patience was over before. */
  #wait(patience: Patience | undefined): Promise<boolean> {
    return new Promise<boolean>((resolve, reject) => {
      const waiter: Waiter = {
        granted: () => (timer?.cancel(), resolve(true)),
        refused: (error) => (timer?.cancel(), reject(error)),
      };
      this.#waiters.add(waiter);
      const timer = patience?.start(() => {
        this.#waiters.delete(waiter);
        resolve(false);
      });
    });
  }

  #takeWaiters(): Waiter[] {
    const waiters = [...this.#waiters];
    this.#waiters.clear();
    return waiters;
  }
}
