/**
 * Fair turns per key: who asks first goes first, one at a time, without a lock of the operating system in sight.
 *
 * A turn is taken synchronously when the key is free, so that an uncontended call pays one map look-up; only a call that finds the key
 * held waits, in order of arrival. A call over several keys queues on all of them within one tick, therefore two such calls always
 * meet in the same order on each key and can't wait for each other in a circle.
 *
 * Who waited goes on behind a promise: in the asynchronous context it came in, not in that of whoever went before it.
 */
import type { Timer } from './clock.ts';

/** The part of Map that turns need; lets keys be compared by value. */
export interface TurnMap<K, T> {
  get(key: K): T | undefined;
  set(key: K, value: T): unknown;
  delete(key: K): unknown;
}

/** What `tryTake` answers when the turn did not come in time: no value that work could give. */
export const GAVE_UP: unique symbol = Symbol('gave up');
export type GaveUp = typeof GAVE_UP;

/** A place in a line: doubly linked, so that those who give up leave nothing behind. */
interface Ticket {
  /** Called when the turn has come; only tells, so that a long line does not overflow the stack. */
  readonly granted: () => void;
  before: Ticket | undefined;
  after: Ticket | undefined;
  isLeft: boolean;
}

/** The tickets behind the present holder, first come first served. */
interface Line {
  first: Ticket | undefined;
  last: Ticket | undefined;
}

export class Turns<K> {
  /** A key that is held has a line, be it empty. */
  readonly #lines: TurnMap<K, Line>;
  #size = 0;

  constructor(lines: TurnMap<K, unknown> = new Map()) {
    this.#lines = lines as TurnMap<K, Line>;
  }

  /** Keys that are held. */
  get size(): number {
    return this.#size;
  }

  isFree(key: K): boolean {
    return this.#lines.get(key) === undefined;
  }

  /** Runs `work` in the key's turn; at once, synchronously, when the key is free. The turn ends when `work` returns or its promise settles. */
  take<R>(key: K, work: () => R | Promise<R>): R | Promise<R> {
    if (this.#enter(key)) return this.#hold([key], work);
    return new Promise<void>((resolve) => this.#queue(key, resolve)).then(() => this.#hold([key], work));
  }

  /**
   * As `take`, but when `giveUp` is called before the turn has come, answers GAVE_UP and never runs `work`. `giveUpAfter` is asked for
   * a timer only when the key is not free; the timer is cancelled when the turn comes.
   */
  tryTake<R>(key: K, work: () => R | Promise<R>, giveUpAfter: (giveUp: () => void) => Timer): R | GaveUp | Promise<R | GaveUp> {
    if (this.#enter(key)) return this.#hold([key], work);
    const waited = new Promise<boolean>((resolve) => {
      const leaveLine = this.#queue(key, () => {
        timer.cancel();
        resolve(true);
      });
      const timer = giveUpAfter(() => {
        leaveLine();
        resolve(false);
      });
    });
    return waited.then((hasCome) => (hasCome ? this.#hold([key], work) : GAVE_UP));
  }

  /** Runs `work` while holding the turns of all `keys`, which must be distinct. */
  takeAll<R>(keys: readonly K[], work: () => R | Promise<R>): R | Promise<R> {
    const taken = keys.filter((key) => !this.#enter(key));
    if (taken.length === 0) return this.#hold(keys, work);
    const waited = new Promise<void>((resolve) => {
      let missing = taken.length;
      const granted = (): void => {
        if (--missing === 0) resolve();
      };
      for (const key of taken) this.#queue(key, granted);
    });
    return waited.then(() => this.#hold(keys, work));
  }

  #enter(key: K): boolean {
    if (this.#lines.get(key) !== undefined) return false;
    this.#lines.set(key, { first: undefined, last: undefined });
    this.#size++;
    return true;
  }

  /** Gets in line; the function that is returned leaves it. */
  #queue(key: K, granted: () => void): () => void {
    const line = this.#lines.get(key)!;
    const ticket: Ticket = { granted, before: line.last, after: undefined, isLeft: false };
    if (line.last === undefined) line.first = ticket;
    else line.last.after = ticket;
    line.last = ticket;
    return () => leave(line, ticket);
  }

  #hold<R>(keys: readonly K[], work: () => R | Promise<R>): R | Promise<R> {
    let result: R | Promise<R>;
    try {
      result = work();
    } catch (error) {
      this.#leave(keys);
      throw error;
    }
    if (!(result instanceof Promise)) {
      this.#leave(keys);
      return result;
    }
    return result.then(
      (value) => {
        this.#leave(keys);
        return value;
      },
      (error: unknown) => {
        this.#leave(keys);
        throw error;
      },
    );
  }

  #leave(keys: readonly K[]): void {
    for (const key of keys) this.#nextOf(key)?.();
  }

  /** Who holds the key now; nobody, and it is free, when nobody waits. */
  #nextOf(key: K): (() => void) | undefined {
    const line = this.#lines.get(key)!;
    const next = line.first;
    if (next !== undefined) leave(line, next);
    else {
      this.#lines.delete(key);
      this.#size--;
    }
    return next?.granted;
  }
}

function leave(line: Line, ticket: Ticket): void {
  if (ticket.isLeft) return;
  ticket.isLeft = true;
  if (ticket.before === undefined) line.first = ticket.after;
  else ticket.before.after = ticket.after;
  if (ticket.after === undefined) line.last = ticket.before;
  else ticket.after.before = ticket.before;
}
