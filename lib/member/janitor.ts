/**
 * Removes by itself what nobody looks at: entries that have expired, as they do, and entries above a limit that is not kept at each write.
 *
 * One timer for a map, at the time when the next entry may expire or the limit is to be checked; none when nothing does. It works a slice at a time,
 * so a million entries that expire at once are no pause; nobody sees them meanwhile, for who looks something up looks at its time, and
 * who looks at everything removes what has expired first.
 */
import type { Clock, Timer } from '../base/clock.ts';
import type { EvictionConfig } from '../config/map-config.ts';
import type { Slices } from '../indexes/attribute-set.ts';
import type { Records, Surplus } from '../partition/record-store.ts';

/** Entries between two looks at the clock: well below a millisecond, indexes included. */
const STEPS = 64;
/** Shortest time between two rounds, so that a map of which something expires all the time does not wake up all the time. */
const REST_MS = 10;

export interface JanitorOptions {
  /** Asked for when first needed: it may be made later. */
  readonly records: () => Records;
  readonly clock: Clock;
  readonly slices: Slices;
  readonly eviction: EvictionConfig | undefined;
  /** Aborted when the map is being closed. */
  readonly closing: AbortSignal;
}

export class Janitor {
  readonly #options: JanitorOptions;
  readonly #began: number;
  #timer: Timer | undefined;
  /** When the timer rings; Infinity: there is none. */
  #wakesAt = Infinity;
  #isAtWork = false;
  #restsUntil = -Infinity;
  /** When the limit is to be checked; Infinity: it was kept when last written. */
  #checksAt = Infinity;
  /** What the check has found. */
  #surplus: Surplus[] | undefined;

  constructor(options: JanitorOptions) {
    this.#options = options;
    this.#began = options.clock.now();
    options.closing.addEventListener('abort', () => this.#timer?.cancel(), { once: true });
  }

  /** Something may be to do at `time`. */
  wakeAt(time: number): void {
    const at = Math.max(time, this.#restsUntil);
    const { clock, closing } = this.#options;
    if (this.#isAtWork || at >= this.#wakesAt || closing.aborted) return;
    this.#timer?.cancel();
    this.#wakesAt = at;
    this.#timer = clock.after(Math.max(0, at - clock.now()), () => void this.#work());
  }

  /** There is more than there may be: to be seen to at the next check. */
  checkLimit(): void {
    if (this.#checksAt !== Infinity) return;
    this.#checksAt = this.#nextCheck();
    this.wakeAt(this.#checksAt);
  }

  /** Checks are `delayMs` apart, counted from the beginning. */
  #nextCheck(): number {
    const { delayMs } = this.#options.eviction!;
    const sinceMs = this.#options.clock.now() - this.#began;
    return this.#began + (Math.floor(sinceMs / delayMs) + 1) * delayMs;
  }

  async #work(): Promise<void> {
    const { records, clock, slices, closing } = this.#options;
    this.#isAtWork = true;
    this.#timer = undefined;
    this.#wakesAt = Infinity;
    try {
      while (!this.#slice()) {
        await slices.pause();
        if (closing.aborted) return;
      }
    } finally {
      this.#isAtWork = false;
      this.#restsUntil = clock.now() + REST_MS;
    }
    const next = Math.min(records().nextExpiry, this.#checksAt);
    if (next !== Infinity) this.wakeAt(next);
  }

  /** Whether all is done. */
  #slice(): boolean {
    const { clock, slices } = this.#options;
    const began = clock.now();
    while (!this.#step(began)) if (clock.now() - began >= slices.sliceMs) return false;
    return true;
  }

  #step(now: number): boolean {
    const records = this.#options.records();
    if (!records.expireDue(now, STEPS)) return false;
    if (now < this.#checksAt) return true;
    const { percentage } = this.#options.eviction!;
    this.#surplus ??= records.surplus(percentage);
    const [next] = this.#surplus;
    if (next !== undefined) {
      if (records.evict(next, STEPS)) this.#surplus.shift();
      return false;
    }
    this.#surplus = undefined;
    // What is pinned can't go: to be looked at again.
    this.#checksAt = records.surplus(percentage).length === 0 ? Infinity : this.#nextCheck();
    return true;
  }
}
