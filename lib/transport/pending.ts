/** Requests that wait for their answers. */
import type { MemberId } from '../api/transport.ts';
import type { Clock, Timer } from '../base/clock.ts';
import { LostCallError } from './lost-call-error.ts';
import type { RequestOptions, Waiter } from './transport.ts';

/** A call that a promise stands for. */
class Call implements Waiter {
  readonly to: MemberId;
  /** `Infinity`: as long as the link stays up. */
  readonly deadline: number;
  readonly answered: (answer: unknown) => void;
  readonly failed: (error: unknown) => void;

  constructor(to: MemberId, deadline: number, answered: (answer: unknown) => void, failed: (error: unknown) => void) {
    this.to = to;
    this.deadline = deadline;
    this.answered = answered;
    this.failed = failed;
  }
}

export class Pending {
  readonly #clock: Clock;
  readonly #onWaiting: (some: boolean) => void;
  readonly #calls = new Map<number, Waiter>();
  #last = 0;
  /** One timer for all, for the earliest deadline there was when it was set: most calls have ended by then. */
  #timer: Timer | undefined;
  #timerAt = Infinity;

  /** `onWaiting` is told when there is a first call, and when there is none any more. */
  constructor(clock: Clock, onWaiting: (some: boolean) => void) {
    this.#clock = clock;
    this.#onWaiting = onWaiting;
  }

  /** A call's answer; `send` is given its number. */
  add(to: MemberId, options: RequestOptions | undefined, send: (call: number) => void): Promise<unknown> {
    const signal = options?.signal;
    if (signal?.aborted === true) return Promise.reject(signal.reason);
    return new Promise((resolve, reject) => {
      const deadline = options?.timeoutMs === undefined ? Infinity : this.#clock.now() + options.timeoutMs;
      const number = this.#last + 1;
      const unlisten = signal && this.#listen(signal, number);
      this.wait(
        unlisten === undefined
          ? new Call(to, deadline, resolve, reject)
          : new Call(
              to,
              deadline,
              (answer) => (unlisten(), resolve(answer)),
              (error) => (unlisten(), reject(error)),
            ),
      );
      if (deadline < this.#timerAt) this.#setTimer(deadline);
      send(number);
    });
  }

  /** Somebody waits; the number of the call. */
  wait(waiter: Waiter): number {
    if (this.#calls.size === 0) this.#onWaiting(true);
    const number = ++this.#last;
    this.#calls.set(number, waiter);
    return number;
  }

  resolve(number: number, answer: unknown, note: unknown): void {
    this.#take(number)?.answered(answer, note);
  }

  reject(number: number, error: unknown): void {
    this.#take(number)?.failed(error);
  }

  /** Of all calls to a member. */
  rejectOf(member: MemberId, why: string): void {
    for (const [number, { to }] of this.#calls) if (to === member) this.reject(number, new LostCallError(to, why));
  }

  rejectAll(why: string): void {
    this.#timer?.cancel();
    for (const [number, { to }] of this.#calls) this.reject(number, new LostCallError(to, why));
  }

  /** A call that has ended already is not there any more. */
  #take(number: number): Waiter | undefined {
    const call = this.#calls.get(number);
    if (call === undefined) return undefined;
    this.#calls.delete(number);
    if (this.#calls.size === 0) this.#onWaiting(false);
    return call;
  }

  #listen(signal: AbortSignal, number: number): () => void {
    const onAbort = (): void => this.reject(number, signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    return () => signal.removeEventListener('abort', onAbort);
  }

  #setTimer(at: number): void {
    this.#timer?.cancel();
    this.#timerAt = at;
    this.#timer = this.#clock.after(at - this.#clock.now(), () => this.#expire());
  }

  #expire(): void {
    const now = this.#clock.now();
    let next = Infinity;
    this.#timerAt = Infinity;
    for (const [number, call] of this.#calls) {
      if (!(call instanceof Call)) continue;
      if (call.deadline <= now) this.reject(number, new LostCallError(call.to, 'the time was over'));
      else next = Math.min(next, call.deadline);
    }
    if (next < Infinity) this.#setTimer(next);
  }
}
