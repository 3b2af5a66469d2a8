/**
 * Which calls the present one was made from, of those that must not be called back.
 *
 * The context that Node carries along with asynchronous work tells. What such a call has started and left behind (a timer, a listener) carries it on,
 * long after the call: so a call that has ended is marked, and counts no more.
 */
import { AsyncLocalStorage } from 'node:async_hooks';

interface Entered<C> {
  readonly call: C;
  /** The call that this one was made from. */
  readonly outer: Entered<C> | undefined;
  isUnderWay: boolean;
}

/** Calls of one kind. `C` says which call it is. */
export class CallContext<C> {
  readonly #current = new AsyncLocalStorage<Entered<C>>();
  #underWay = 0;

  /** Whether no such call is under way anywhere. Costs one comparison: ask before anything else. */
  get isQuiet(): boolean {
    return this.#underWay === 0;
  }

  /** Does the work of a call, which ends with it. */
  run<R>(call: C, work: () => R | Promise<R>): R | Promise<R> {
    const entered: Entered<C> = { call, outer: this.#current.getStore(), isUnderWay: true };
    const end = (): void => {
      this.#underWay--;
      entered.isUnderWay = false;
    };
    this.#underWay++;
    let result: R | Promise<R>;
    try {
      result = this.#current.run(entered, work);
    } catch (error) {
      end();
      throw error;
    }
    if (result instanceof Promise) return result.finally(end);
    end();
    return result;
  }

  /** The calls under way that the present one was made from, the innermost first. */
  *around(): Generator<C, void, undefined> {
    for (let entered = this.#current.getStore(); entered !== undefined; entered = entered.outer) {
      if (entered.isUnderWay) yield entered.call;
    }
  }
}
