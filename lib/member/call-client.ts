/**
 * What this member has asked of others and has no answer to yet. A call ends with its answer, or is known to be lost: the link broke, the member is
 * none any more, or it does not know of the call when asked. A call may take as long as it likes: it is not given a time, its member is asked
 * now and then whether it is at work still.
 */
import type { MemberId } from '../api/transport.ts';
import type { Clock } from '../base/clock.ts';
import type { Membership } from '../cluster/membership.ts';
import { LostCallError } from '../transport/lost-call-error.ts';
import type { Transport } from '../transport/transport.ts';

interface Pending {
  readonly lost: (why: string) => void;
  /** Round of asking that it was begun after. */
  readonly round: number;
}

export interface CallClientParts {
  readonly transport: Transport;
  readonly membership: Pick<Membership, 'onView' | 'leaseMs'>;
  readonly clock: Clock;
}

/** Rounds of asking are so far apart, with a lease that never ends: a member's end is known then. */
const NEVER = Infinity;
const ROUND_MAX_MS = 2000;

export class CallClient {
  readonly #transport: Transport;
  readonly #clock: Clock;
  readonly #roundMs: number;
  /** By member, then by ticket. */
  readonly #pending = new Map<MemberId, Map<number, Pending>>();
  #tickets = 0;
  #round = 0;
  #isWatching = false;
  #isClosed = false;

  constructor({ transport, membership, clock }: CallClientParts) {
    this.#transport = transport;
    this.#clock = clock;
    this.#roundMs = membership.leaseMs === Infinity ? NEVER : Math.min(ROUND_MAX_MS, membership.leaseMs / 2);
    membership.onView((view) => {
      for (const [member, calls] of this.#pending) {
        if (!view.members.some(({ id }) => id === member)) lose(calls, 'its member has left the cluster');
      }
    });
  }

  /** Milliseconds after which a call that has no answer is known to be at work, or lost. */
  get patienceMs(): number {
    return 3 * this.#roundMs;
  }

  /** A number for a sending; goes into its body. */
  ticket(): number {
    return ++this.#tickets;
  }

  /** Rejects with LostCallError, or with what the call threw. */
  ask(to: MemberId, type: string, body: unknown, ticket: number): Promise<unknown> {
    const calls = this.#callsTo(to);
    return new Promise<unknown>((resolve, reject) => {
      const lost = (why: string): void => {
        calls.delete(ticket);
        reject(new LostCallError(to, why));
      };
      calls.set(ticket, { lost, round: this.#round });
      this.#transport.request(to, type, body).then(
        (answer) => {
          calls.delete(ticket);
          resolve(answer);
        },
        (error: unknown) => {
          calls.delete(ticket);
          reject(error);
        },
      );
      this.#watch();
    });
  }

  close(): void {
    this.#isClosed = true;
  }

  #callsTo(member: MemberId): Map<number, Pending> {
    const known = this.#pending.get(member);
    if (known !== undefined) return known;
    const calls = new Map<number, Pending>();
    this.#pending.set(member, calls);
    return calls;
  }

  #watch(): void {
    if (this.#isWatching || this.#isClosed || this.#roundMs === NEVER) return;
    this.#isWatching = true;
    const ask = (): void => {
      this.#isWatching = false;
      this.#askRound();
    };
    this.#clock.after(this.#roundMs, ask, true); // somebody waits for the answers
  }

  #askRound(): void {
    if (this.#isClosed) return;
    this.#round++;
    let isWaiting = false;
    for (const [member, calls] of this.#pending) {
      if (calls.size === 0) this.#pending.delete(member);
      else isWaiting = true;
      const old = [...calls].filter(([, { round }]) => round < this.#round - 1);
      if (old.length > 0) void this.#askAfter(member, old);
    }
    if (isWaiting) this.#watch();
  }

  async #askAfter(member: MemberId, calls: readonly (readonly [number, Pending])[]): Promise<void> {
    const tickets = calls.map(([ticket]) => ticket);
    let running: readonly number[] = [];
    let why = 'its member does not know of it';
    try {
      running = (await this.#transport.request(member, 'call.running', tickets, { timeoutMs: this.#roundMs })) as readonly number[];
    } catch {
      why = 'its member does not answer';
    }
    const known = new Set(running);
    // Those that were answered meanwhile don't mind.
    for (const [ticket, { lost }] of calls) if (!known.has(ticket)) lost(why);
  }
}

function lose(calls: ReadonlyMap<number, Pending>, why: string): void {
  for (const { lost } of Array.from(calls.values())) lost(why);
}
