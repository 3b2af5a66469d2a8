/**
 * Looks after replicas that are silent: asks how far they have come, because something may have been lost; and has those removed that stay silent, because
 * nothing can be committed as long as they belong to the group.
 */
import type { Clock, Timer } from '../base/clock.ts';
import type { PrimaryGroup } from './primary-group.ts';
import type { Stream } from './stream.ts';

/** Parts of a lease. */
const LOOK = 0.1;
const ASK = 0.15;
const REMOVE = 0.6;
const LOOK_MAX_MS = 500;
const ASK_MAX_MS = 1000;
/** Without leases: when batches are not kept any longer. */
const QUIET_MAX_MS = 10_000;

export interface WatchParts {
  readonly clock: Clock;
  /** Infinity: nobody is ever removed for silence. */
  readonly leaseMs: number;
  groups(): Iterable<PrimaryGroup>;
  /** The replica has been silent for too long. */
  silent(group: PrimaryGroup, stream: Stream): void;
  /** Called at each look. */
  looked(): void;
}

export class StreamWatch {
  readonly #parts: WatchParts;
  readonly #lookMs: number;
  readonly #askMs: number;
  #lookedAt: number;
  #timer: Timer;

  constructor(parts: WatchParts) {
    this.#parts = parts;
    this.#lookMs = Math.min(parts.leaseMs * LOOK, LOOK_MAX_MS);
    this.#askMs = Math.min(parts.leaseMs * ASK, ASK_MAX_MS);
    this.#lookedAt = parts.clock.now();
    this.#timer = parts.clock.after(this.#lookMs, () => this.#look());
  }

  stop(): void {
    this.#timer.cancel();
  }

  #look(): void {
    const { clock, leaseMs } = this.#parts;
    const now = clock.now();
    // This member itself has been away: what has arrived meanwhile was not looked at yet.
    const wasAway = now - this.#lookedAt > this.#lookMs * 3;
    this.#lookedAt = now;
    for (const group of this.#parts.groups()) {
      for (const stream of group.streams.values()) {
        if (wasAway) stream.progressAt = now;
        if (!stream.isUnderWay(group.line.seq)) continue;
        const quietMs = now - stream.progressAt;
        if (quietMs >= this.#askMs && now - stream.askedAt >= this.#askMs) group.ask(stream);
        if (quietMs >= Math.min(leaseMs * REMOVE, QUIET_MAX_MS)) stream.isQuiet = true;
        if (quietMs >= leaseMs * REMOVE && stream.role !== 'async') this.#parts.silent(group, stream);
      }
    }
    this.#parts.looked();
    this.#timer = clock.after(this.#lookMs, () => this.#look());
  }
}
