/** Requests that wait for their answers. */
import type { MemberId } from '../api/transport.ts';
import type { Clock, Timer } from '../base/clock.ts';
import { LostCallError } from './lost-call-error.ts';
import type { RequestOptions } from './transport.ts';

interface Call {
  readonly to: MemberId;
  readonly resolve: (answer: unknown) => void;
  readonly reject: (error: unknown) => void;
  /** `Infinity`: as long as the link stays up. */
  readonly deadline: number;
  /** Ends listening to the signal. */
  readonly unlisten: (() => void) | undefined;
}

export class Pending {
  readonly #clock: Clock;
  readonly #onWaiting: (some: boolean) => void;
  readonly #calls = new Map<number, Call>();
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
    const number = ++this.#last;
    return new Promise((resolve, reject) => {
      if (this.#calls.size === 0) this.#onWaiting(true);
      const deadline = options?.timeoutMs === undefined ? Infinity : this.#clock.now() + options.timeoutMs;
      this.#calls.set(number, { to, resolve, reject, deadline, unlisten: signal && this.#listen(signal, number) });
      if (deadline < this.#timerAt) this.#setTimer(deadline);
      send(number);
    });
  }

  resolve(number: number, answer: unknown): void {
    this.#take(number)?.resolve(answer);
  }

  reject(number: number, error: unknown): void {
    this.#take(number)?.reject(error);
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
  #take(number: number): Call | undefined {
    const call = this.#calls.get(number);
    if (call === undefined) return undefined;
    this.#calls.delete(number);
    call.unlisten?.();
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
    for (const [number, { to, deadline }] of this.#calls) {
      if (deadline <= now) this.reject(number, new LostCallError(to, 'the time was over'));
      else next = Math.min(next, deadline);
    }
    if (next < Infinity) this.#setTimer(next);
  }
}
