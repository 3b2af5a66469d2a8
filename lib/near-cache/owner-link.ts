/**
 * What a member with near caches knows of the stream of one owner: up to where it has heard of changes, and until when it may rely on that.
 *
 * It asks the owner again and again what was posted. A number above the last one that came, or another stream, says that something is missing: then all
 * that was read from this owner is dropped. An answer also says that nothing was missing when the question was sent: what was read from this owner may
 * be served for one lease from then, so a value is never older than that, whatever the network does. Without leases (threads) links don't fail silently,
 * and nothing is asked twice.
 */
import type { MemberId } from '../api/transport.ts';
import type { Clock, Timer } from '../base/clock.ts';
import type { Coverage } from './near-cache.ts';
import { SEQUENCES, type NearMembership, type NearTransport, type ReadStamp, type Sequences, type SequencesAsked } from './near-network.ts';

/** Questions in the time of a lease. */
const ROUNDS_PER_LEASE = 3;
const RETRY_MS = 100;

export interface OwnerLinkParts {
  readonly owner: MemberId;
  readonly transport: NearTransport;
  readonly membership: NearMembership;
  readonly clock: Clock;
  /** The maps that there are near caches of. */
  readonly maps: () => readonly string[];
  /** Something was missed: all that was read from the owner must go. */
  readonly onMissed: () => void;
}

/** A message of the owner, by its number. */
interface Numbered {
  readonly stream: number;
  readonly seq: number;
}

const NOTHING: Numbered = { stream: 0, seq: 0 };

export class OwnerLink implements Coverage {
  freshUntil = -Infinity;
  readonly #parts: OwnerLinkParts;
  /** The last message that came, with all before it; stream 0: nothing is known. */
  #known = NOTHING;
  /** Reads with this number or a later one may come in. */
  #since = 0;
  /** The last message of a stream that the answer under way will tell of. */
  #early = NOTHING;
  #timer: Timer | undefined;
  /** Of the question whose answer counts. */
  #round = 0;
  #isAsking = false;
  #isClosed = false;

  constructor(parts: OwnerLinkParts) {
    this.#parts = parts;
  }

  accepts(stamp: ReadStamp | undefined): boolean {
    return stamp !== undefined && stamp.stream === this.#known.stream && stamp.seq >= this.#since;
  }

  /** Asks now: at first, and when a near cache was added or closed. */
  ask(): void {
    if (this.#isClosed) return;
    this.#timer?.cancel();
    void this.#ask(++this.#round);
  }

  /** A message has come, and what it says is done. */
  came(message: Numbered): void {
    const { stream, seq } = message;
    if (stream !== this.#known.stream) {
      if (this.#isAsking) this.#early = message;
      else if (this.#known.stream !== 0) this.lost(); // nobody knows what is missing
      return;
    }
    if (seq <= this.#known.seq) return;
    const isNext = seq === this.#known.seq + 1;
    this.#known = message;
    if (!isNext) this.#missed();
  }

  /** The link broke. */
  lost(): void {
    this.#known = NOTHING;
    this.freshUntil = -Infinity;
    this.#parts.onMissed();
    this.#askAfter(RETRY_MS);
  }

  close(): void {
    this.#isClosed = true;
    this.#round++;
    this.#timer?.cancel();
    this.#known = NOTHING;
    this.freshUntil = -Infinity;
  }

  #askAfter(delayMs: number): void {
    this.#round++;
    this.#isAsking = false;
    this.#timer?.cancel();
    const mostMs = this.#parts.membership.leaseMs / ROUNDS_PER_LEASE;
    if (!this.#isClosed && delayMs < Infinity) this.#timer = this.#parts.clock.after(Math.min(delayMs, mostMs), () => this.ask());
  }

  async #ask(round: number): Promise<void> {
    const { owner, transport, membership, clock, maps } = this.#parts;
    const { leaseMs } = membership;
    const roundMs = leaseMs / ROUNDS_PER_LEASE;
    const asked: SequencesAsked = { maps: maps() };
    const sent = clock.now();
    this.#isAsking = true;
    this.#early = NOTHING;
    const timed = roundMs === Infinity ? {} : { timeoutMs: roundMs };
    const answer = await transport.request(owner, SEQUENCES, asked, timed).catch(() => undefined);
    if (round !== this.#round) return;
    if (answer !== undefined) this.#answered(answer as Sequences, sent + leaseMs);
    this.#askAfter(answer === undefined ? RETRY_MS : roundMs);
  }

  #answered({ stream, seq, version }: Sequences, freshUntil: number): void {
    if (stream !== this.#known.stream || seq > this.#known.seq) {
      this.#known = stream === this.#early.stream && this.#early.seq > seq ? this.#early : { stream, seq };
      this.#missed();
    }
    void this.#renew(stream, version, freshUntil);
  }

  /** What this member thinks the owner holds it must hold still: so the view must not be older than the one the owner knows. */
  async #renew(stream: number, version: number, freshUntil: number): Promise<void> {
    const { membership } = this.#parts;
    if (membership.view.version < version && !(await membership.atLeast(version))) return;
    if (stream === this.#known.stream) this.freshUntil = Math.max(this.freshUntil, freshUntil);
  }

  #missed(): void {
    this.#since = this.#known.seq;
    this.#parts.onMissed();
  }
}
