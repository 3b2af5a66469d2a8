/**
 * Fair turns per key: who asks first goes first, one at a time, without a lock of the operating system in sight.
 *
 * A turn is taken synchronously when the key is free, so that an uncontended call pays one map look-up; only a call that finds the key
 * held waits, in order of arrival. A call over several keys queues on all of them within one tick, therefore two such calls always
 * meet in the same order on each key and can't wait for each other in a circle.
 */

/** The part of Map that turns need; lets keys be compared by value. */
export interface TurnMap<K, T> {
  get(key: K): T | undefined;
  set(key: K, value: T): unknown;
  delete(key: K): unknown;
}

interface Ticket {
  granted(): void;
  cancelled: boolean;
  next: Ticket | undefined;
}

/** The tickets behind the present holder, first come first served. */
interface Line {
  first: Ticket | undefined;
  last: Ticket | undefined;
}

export class Turns<K> {
  readonly #lines: TurnMap<K, Line>;

  constructor(lines: TurnMap<K, unknown> = new Map()) {
    this.#lines = lines as TurnMap<K, Line>;
  }

  isFree(key: K): boolean {
    return this.#lines.get(key) === undefined;
  }

  /** Runs `work` in the key's turn; at once, synchronously, when the key is free. The turn ends when `work` returns or its promise settles. */
  take<R>(key: K, work: () => R | Promise<R>): R | Promise<R> {
    if (this.#enter(key)) return this.#hold([key], work);
    return new Promise<R>((resolve, reject) => {
      this.#queue(key, () => forward(() => this.#hold([key], work), resolve, reject));
    });
  }

  /**
   * As `take`, but gives up when the turn has not come before `waited` resolves, then answers `{ gaveUp: true }` and never runs `work`.
   * `waited` is asked for only when the key is not free.
   */
  tryTake<R>(key: K, work: () => R | Promise<R>, waited: () => Promise<void>): R | Promise<R | { readonly gaveUp: true }> {
    if (this.#enter(key)) return this.#hold([key], work);
    return new Promise((resolve, reject) => {
      const ticket = this.#queue(key, () => forward(() => this.#hold([key], work), resolve, reject));
      void waited().then(() => {
        ticket.cancelled = true;
        resolve({ gaveUp: true });
      });
    });
  }

  /** Runs `work` while holding the turns of all `keys`, which must be distinct. */
  takeAll<R>(keys: readonly K[], work: () => R | Promise<R>): R | Promise<R> {
    let missing = 0;
    let start: (() => void) | undefined;
    for (const key of keys) {
      if (this.#enter(key)) continue;
      missing++;
      this.#queue(key, () => {
        if (--missing === 0) start?.();
      });
    }
    if (missing === 0) return this.#hold(keys, work);
    return new Promise<R>((resolve, reject) => {
      start = () => forward(() => this.#hold(keys, work), resolve, reject);
    });
  }

  #enter(key: K): boolean {
    if (this.#lines.get(key) !== undefined) return false;
    this.#lines.set(key, { first: undefined, last: undefined });
    return true;
  }

  #queue(key: K, granted: () => void): Ticket {
    const line = this.#lines.get(key)!;
    const ticket: Ticket = { granted, cancelled: false, next: undefined };
    if (line.last === undefined) line.first = ticket;
    else line.last.next = ticket;
    line.last = ticket;
    return ticket;
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
    for (const key of keys) {
      const line = this.#lines.get(key)!;
      let next = line.first;
      while (next?.cancelled === true) next = next.next;
      if (next === undefined) {
        this.#lines.delete(key);
        continue;
      }
      line.first = next.next;
      if (line.first === undefined) line.last = undefined;
      next.granted();
    }
  }
}

function forward<R>(work: () => R | Promise<R>, resolve: (value: R | Promise<R>) => void, reject: (error: unknown) => void): void {
  try {
    resolve(work());
  } catch (error) {
    reject(error);
  }
}
