/** Time that goes on only when told, in steps from one event to the next; each is followed by all the promises it settles. */
import type { Clock, Timer } from '../../lib/base/clock.ts';

interface Event {
  readonly at: number;
  readonly run: () => void;
  cancelled: boolean;
}

export class VirtualTime {
  now = 0;
  readonly #events: Event[] = [];
  readonly #random: () => number;
  /** Called after each event. */
  afterEach: () => void = () => undefined;

  constructor(seed: number) {
    this.#random = mulberry(seed);
  }

  random(): number {
    return this.#random();
  }

  /** A clock of its own rate and origin. `held`: until when nothing of its timers runs, as when the process is stopped. */
  clock(rate = 1, held: () => number = () => 0): Clock {
    const originMs = 1e12 + this.#random() * 1e6;
    const run = (job: () => void): void => (held() > this.now ? void this.at(held(), () => run(job)) : job());
    return {
      now: () => originMs + this.now * rate,
      after: (delayMs: number, job: () => void): Timer => {
        const event = this.at(this.now + delayMs / rate, () => run(() => event.cancelled || job()));
        return { cancel: () => void (event.cancelled = true) };
      },
      yield: () => new Promise<void>((resolve) => void this.at(this.now, () => run(resolve))),
      random: this.#random,
    };
  }

  at(at: number, run: () => void): Event {
    const event = { at: Math.max(at, this.now), run, cancelled: false };
    if (at === Infinity) return event;
    // Among equals in order of asking.
    let place = this.#events.length;
    while (place > 0 && this.#events[place - 1]!.at > event.at) place--;
    this.#events.splice(place, 0, event);
    return event;
  }

  wait(ms: number): Promise<void> {
    return new Promise((resolve) => void this.at(this.now + ms, resolve));
  }

  async pass(ms: number): Promise<void> {
    const until = this.now + ms;
    await settled();
    while ((this.#events[0]?.at ?? Infinity) <= until) {
      const event = this.#events.shift()!;
      this.now = event.at;
      if (!event.cancelled) event.run();
      await settled();
      this.afterEach();
    }
    this.now = until;
  }

  /** Lets time go on until it is so; fails when that takes longer. */
  async until(what: () => boolean, withinMs: number): Promise<void> {
    const end = this.now + withinMs;
    while (!what()) {
      if (this.now >= end) throw new Error(`not within ${withinMs} ms`);
      await this.pass(1);
    }
  }
}

function settled(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}

function mulberry(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
