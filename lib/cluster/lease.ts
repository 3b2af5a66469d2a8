/**
 * A member's right to serve: until a lease after the moment, by its own clock, when it sent the last beat that was counted.
 *
 * Beats go out five times a lease, whether those before were answered or not: one that is lost costs a fifth of a lease.
 */
import type { Beats, Coordinator } from '../api/coordinator.ts';
import type { MemberId } from '../api/transport.ts';
import type { Clock, Timer } from '../base/clock.ts';
import type { Answered } from './answered.ts';

/** Beats in a lease. */
const BEATS = 5;
/** Most beats that wait for an answer at a time. */
const UNDER_WAY_MAX = 3;

export interface LeaseParts {
  readonly self: MemberId;
  readonly coordinator: Coordinator;
  readonly clock: Clock;
  /** Infinity: it never ends, and nothing beats. */
  readonly leaseMs: number;
  readonly answered: Answered;
  /** false: it is not asked whether the lease lasts, in tests only. */
  readonly rule: boolean;
  /** Told what the coordinator has counted. */
  readonly counted: (beats: Beats, version: number) => void;
  /** Told that it counts no beats of this member any more. */
  readonly evicted: () => void;
}

export class Lease {
  readonly #parts: LeaseParts;
  #validUntil = -Infinity;
  #underWay = 0;
  #timer: Timer | undefined;
  #ended = false;

  constructor(parts: LeaseParts) {
    this.#parts = parts;
  }

  get isValid(): boolean {
    if (this.#ended) return false;
    if (this.#validUntil === Infinity) return true; // threads ask for each call: no look at the clock
    return this.#parts.clock.now() < this.#validUntil || (!this.#parts.rule && this.#validUntil > -Infinity);
  }

  /** Something that counts as a beat was sent at that time, and counted. */
  granted(sentAt: number): void {
    this.#validUntil = Math.max(this.#validUntil, sentAt + this.#parts.leaseMs);
  }

  /** Beats now; whether that was counted. */
  async renew(): Promise<boolean> {
    const { coordinator, clock, leaseMs, self, answered, counted, evicted } = this.#parts;
    const sentAt = clock.now();
    if (leaseMs === Infinity) {
      this.granted(sentAt);
      return true;
    }
    this.#underWay++;
    const answer = await answered(coordinator.renew(self));
    this.#underWay--;
    if (answer === undefined || this.#ended) return false;
    if (answer.value === undefined) {
      evicted();
      return false;
    }
    this.granted(sentAt);
    counted(answer.value.beats, answer.value.version);
    return true;
  }

  /** Beats from now on. */
  keep(): void {
    const { clock, leaseMs } = this.#parts;
    if (this.#ended || leaseMs === Infinity) return;
    this.#timer = clock.after(leaseMs / BEATS, () => this.keep());
    if (this.#underWay < UNDER_WAY_MAX) void this.renew();
  }

  /** From now on it is not valid, whatever answers come. */
  end(): void {
    this.#ended = true;
    this.#timer?.cancel();
  }
}
