/**
 * Whose beat stands still, as one member sees it.
 *
 * A member serves until the lease after the moment, by its own clock, when it sent its last beat. An observer sees that beat later than it was sent,
 * so when the beat has stood still for a lease and a quarter by the observer's clock, the member's lease is over as long as no clock runs a quarter
 * faster than another. No two clocks are ever compared.
 */
import type { Beats } from '../api/coordinator.ts';
import type { MemberId } from '../api/transport.ts';
import type { Clock } from '../base/clock.ts';

/** How much longer than a lease a beat must stand still: for clocks that do not run equally fast. */
const LEASES_OF_SILENCE = 1.25;
/** Who has not read the beats for so much of a lease can't tell whose stood still meanwhile. */
const LEASES_OF_GAP = 0.5;

interface Seen {
  readonly beat: number;
  /** When it was seen first. */
  since: number;
}

export class BeatWatch {
  readonly #clock: Clock;
  readonly #leaseMs: number;
  readonly #gapRule: boolean;
  readonly #seen = new Map<MemberId, Seen>();
  #readAt = 0;

  constructor(clock: Clock, leaseMs: number, gapRule: boolean) {
    this.#clock = clock;
    this.#leaseMs = leaseMs;
    this.#gapRule = gapRule;
  }

  /** Takes in what the coordinator has counted. Answers may come out of order: beats only grow. */
  note(beats: Beats): void {
    const now = this.#clock.now();
    if (this.#gapRule && now - this.#readAt > this.#leaseMs * LEASES_OF_GAP) for (const seen of this.#seen.values()) seen.since = now;
    this.#readAt = now;
    for (const [id, beat] of beats) {
      const seen = this.#seen.get(id);
      if (seen === undefined || beat > seen.beat) this.#seen.set(id, { beat, since: now });
    }
    for (const id of this.#seen.keys()) if (!beats.has(id)) this.#seen.delete(id);
  }

  /** The last beat of a member that was seen; `undefined`: none yet. */
  beatOf(id: MemberId): number | undefined {
    return this.#seen.get(id)?.beat;
  }

  /** Milliseconds until the lease of a member that does not beat again is over for certain; 0: it is. Infinity: it was never seen. */
  untilSilentMs(id: MemberId, leases: number = LEASES_OF_SILENCE): number {
    const seen = this.#seen.get(id);
    return seen === undefined ? Infinity : Math.max(0, seen.since + this.#leaseMs * leases - this.#clock.now());
  }
}
