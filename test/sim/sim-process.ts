/**
 * One process of a simulated world: a clock of its own rate and origin, pauses, a crash.
 *
 * A pause may come between two events (the process was stopped), or in the midst of one, at any look at the clock (`stall`: a collection of
 * garbage, a stop of the whole machine): then the rest of that event happens later, by its own clock and for everybody who hears of it, while the rest of
 * the world went on. As an event sees the world only through its own memory and its clock, that is all there is to it.
 */
import type { Clock, Timer } from '../../lib/base/clock.ts';
import type { MemberId } from '../../lib/api/transport.ts';
import type { Chance } from './chance.ts';
import type { Simulation } from './simulation.ts';

/** Longest a timer comes late by itself. */
const LATE_MAX_MS = 1;

export interface ProcessOptions {
  /** How far its clock may run fast or slow: 0.02 is 2 %. */
  readonly drift?: number;
  /** Probability of a stall at each look at the clock. */
  readonly stallProbability?: number;
  readonly stallMaxMs?: number;
  readonly stallsUntilMs?: number;
}

export class SimProcess {
  readonly id: MemberId;
  readonly clock: Clock;
  alive = true;
  readonly #simulation: Simulation;
  readonly #chance: Chance;
  readonly #rate: number;
  readonly #originMs: number;
  readonly #options: ProcessOptions;
  readonly #ends: (() => void)[] = [];
  #pausedUntil = 0;
  #stalledUntil = 0;
  /** What came during a pause, and what runs first after it. */
  #kept: { readonly label: string; readonly job: () => void; readonly timer: boolean }[] = [];
  #waking = false;

  constructor(simulation: Simulation, id: MemberId, options: ProcessOptions = {}) {
    this.#simulation = simulation;
    this.id = id;
    this.#options = options;
    this.#chance = simulation.chance.fork();
    this.#rate = 1 + this.#chance.between(-1, 1) * (options.drift ?? 0);
    this.#originMs = 1_767_225_600_000 + this.#chance.between(0, 1e6);
    this.clock = Object.freeze({
      now: () => this.#lookAtClock(),
      after: (delayMs: number, run: () => void) => this.#after(delayMs, run),
      yield: () => new Promise<void>((resolve) => this.deliver('yield', resolve)),
      random: () => this.#chance.next(),
    });
  }

  /** The world's time as far as this process has come: later than the world's during the rest of an event that stalled. */
  get now(): number {
    return Math.max(this.#simulation.now, this.#stalledUntil);
  }

  get isPaused(): boolean {
    return this.#pausedUntil > this.#simulation.now || this.#stalledUntil > this.#simulation.now;
  }

  /** Runs nothing until then. */
  pause(ms: number): void {
    this.#pausedUntil = Math.max(this.#pausedUntil, this.#simulation.now + ms);
  }

  /** Ends at once; nothing of it happens any more. */
  crash(): void {
    if (!this.alive) return;
    this.alive = false;
    this.#kept = [];
    for (const end of this.#ends) end();
  }

  onEnd(listener: () => void): void {
    this.#ends.push(listener);
  }

  /** Runs a job in this process, as soon as it runs at all. */
  deliver(label: string, job: () => void, timer = false, time = this.now): void {
    this.#simulation.at(time, `${this.id} ${label}`, () => this.#take(label, job, timer));
  }

  #take(label: string, job: () => void, timer: boolean): void {
    if (!this.alive) return;
    if (!this.isPaused && this.#kept.length === 0) return job();
    this.#kept.push({ label, job, timer });
    this.#wakeLater();
  }

  #wakeLater(): void {
    if (this.#waking) return;
    this.#waking = true;
    this.#simulation.at(Math.max(this.#pausedUntil, this.#stalledUntil), `${this.id} wakes`, () => this.#wake());
  }

  /** One job an event; after a pause, timers that are due may come before messages that have arrived, as they do in an event loop. */
  #wake(): void {
    this.#waking = false;
    if (!this.alive) return;
    if (this.isPaused) return this.#wakeLater();
    const timersFirst = this.#chance.happens(0.5);
    const at = timersFirst
      ? Math.max(
          0,
          this.#kept.findIndex(({ timer }) => timer),
        )
      : 0;
    const [first] = this.#kept.splice(at, 1);
    if (this.#kept.length > 0) this.#wakeLater();
    first?.job();
  }

  #lookAtClock(): number {
    const { stallProbability = 0, stallMaxMs = 0, stallsUntilMs = Infinity } = this.#options;
    if (stallProbability > 0 && this.#simulation.now < stallsUntilMs && this.#chance.happens(stallProbability)) {
      this.#stalledUntil = this.now + this.#chance.between(0, stallMaxMs);
      this.#simulation.note(`${this.id} stalls until ${this.#stalledUntil.toFixed(3)}`);
    }
    return this.#originMs + this.now * this.#rate;
  }

  #after(delayMs: number, run: () => void): Timer {
    if (delayMs === Infinity) return { cancel: () => {} };
    let live = true;
    const time = this.now + Math.max(0, delayMs) / this.#rate + 0.001 + this.#chance.next() * LATE_MAX_MS;
    this.deliver('timer', () => live && run(), true, time);
    return {
      cancel: () => {
        live = false;
      },
    };
  }
}
