/** A call that looks for the member that can answer it: how long it goes on, how long it waits between two attempts, and what it says when it gives up. */
import type { MemberId } from '../../api/transport.ts';
import type { Clock } from '../../base/clock.ts';
import { backOff, pause } from '../../base/pause.ts';
import type { Membership } from '../../cluster/membership.ts';
import { OutcomeUnknownError, UnavailableError } from '../../errors.ts';
import type { Replication } from '../../replication/replication.ts';
import type { CallClient } from './call-client.ts';
import type { CallLines } from './call-lines.ts';

/** What all calls of a member are made with. */
export interface CallNetwork {
  readonly self: MemberId;
  readonly clock: Clock;
  readonly membership: Membership;
  readonly replication: Replication;
  readonly client: CallClient;
  readonly lines: CallLines;
  readonly callTimeoutMs: number;
  /** Aborted when a newer view comes than the one of now. */
  readonly newerView: () => AbortSignal;
  /** Tells a member something. */
  readonly post: (to: MemberId, type: string, body: unknown) => void;
  /** Throws when this member has ended. */
  readonly check: () => void;
}

/** Why an attempt gave no answer. `began`: it may have been done all the same. */
export type Failure =
  | { readonly kind: 'refused'; readonly version: number; readonly began: boolean }
  | { readonly kind: 'lost' }
  /** Nobody holds the partition now. */
  | { readonly kind: 'nobody' };

/** Who calls what, for errors. */
export interface Searched {
  readonly map: string;
  readonly operation: string;
  readonly key?: unknown;
}

const FIRST_PAUSE_MS = 2;
const LONGEST_PAUSE_MS = 250;

export class Search {
  readonly #network: CallNetwork;
  readonly #searched: () => Searched;
  #since: number;
  #attemptBegan: number;
  #attempts = 0;
  #mayBeDone = false;

  constructor(network: CallNetwork, searched: () => Searched) {
    this.#network = network;
    this.#searched = searched;
    this.#since = this.#attemptBegan = network.clock.now();
  }

  /** The same for a part of what is looked for, which goes on by itself. */
  fork(): Search {
    const other = new Search(this.#network, this.#searched);
    other.#since = this.#since;
    other.#attemptBegan = this.#attemptBegan;
    other.#attempts = this.#attempts;
    other.#mayBeDone = this.#mayBeDone;
    return other;
  }

  /** Whether an attempt that gave no answer may have been done. */
  get mayBeDone(): boolean {
    return this.#mayBeDone;
  }

  /** Resolves when it may be tried again. `once`: it changes something. Throws OutcomeUnknownError or UnavailableError when the time is over. */
  async again(failure: Failure, once: boolean): Promise<void> {
    const { clock, membership, client, callTimeoutMs } = this.#network;
    if (once && (failure.kind === 'lost' || (failure.kind === 'refused' && failure.began))) this.#mayBeDone = true;
    const now = clock.now();
    // It was known to be at work: only looking for somebody counts.
    if (now - this.#attemptBegan > client.patienceMs) this.#since = now;
    this.#network.check();
    const restMs = this.#since + callTimeoutMs - now;
    if (restMs <= 0) throw this.#givenUp();
    const newer = this.#network.newerView();
    void (failure.kind === 'refused' ? membership.atLeast(failure.version) : membership.refresh());
    const pauseMs = backOff(clock, this.#attempts++, FIRST_PAUSE_MS, LONGEST_PAUSE_MS);
    await pause(clock, Math.min(pauseMs, restMs), newer, true);
    this.#network.check();
    this.#attemptBegan = clock.now();
  }

  /** The error when everybody who could tell is gone. */
  unknown(): OutcomeUnknownError {
    const { map, operation, key } = this.#searched();
    const details = key === undefined ? { map, operation } : { map, operation, key };
    return new OutcomeUnknownError(`map '${map}': '${operation}' was sent, and all members that could say whether it was done are gone`, {
      details,
    });
  }

  #givenUp(): Error {
    const { map, operation, key } = this.#searched();
    const details = key === undefined ? { map, operation } : { map, operation, key };
    const seconds = this.#network.callTimeoutMs / 1000;
    if (this.#mayBeDone)
      return new OutcomeUnknownError(
        `map '${map}': '${operation}' was sent, and nobody could say within ${seconds} s whether it was done`,
        { details },
      );
    return new UnavailableError(`map '${map}': nobody could be found within ${seconds} s who answers '${operation}'`, { details });
  }
}
