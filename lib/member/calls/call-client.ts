/**
 * What this member has asked of others and has no answer to yet. A call ends with its answer, or is known to be lost: the link broke, the member is
 * none any more, or it does not know of the call when asked. A call may take as long as it likes: it is not given a time, its member is asked
 * now and then whether it is at work still.
 */
import type { MemberId } from '../../api/transport.ts';
import type { Clock } from '../../base/clock.ts';
import type { Membership } from '../../cluster/membership.ts';
import { LostCallError } from '../../transport/lost-call-error.ts';
import { Noted, type Transport, type Waiter } from '../../transport/transport.ts';

/** A call that was sent. One of `ended` and `broke` is called, once; neither may throw. */
export abstract class SentCall implements Waiter {
  readonly to: MemberId;
  /** A number for this sending; goes into its body. */
  readonly ticket: number;
  /** Round of asking that it was begun after. */
  readonly round: number;
  readonly #others: Map<number, SentCall>;

  constructor(client: CallClient, to: MemberId) {
    this.to = to;
    this.ticket = client.ticket();
    this.round = client.round;
    this.#others = client.callsTo(to);
    this.#others.set(this.ticket, this);
  }

  /** As `Waiter.answered`. */
  protected abstract ended(answer: unknown, note: unknown): void;
  /** With what it threw, or a LostCallError. */
  protected abstract broke(error: unknown): void;

  answered(answer: unknown, note: unknown): void {
    if (this.#others.delete(this.ticket)) this.ended(answer, note);
  }

  failed(error: unknown): void {
    if (this.#others.delete(this.ticket)) this.broke(error);
  }

  lost(why: string): void {
    this.failed(new LostCallError(this.to, why));
  }
}

/** A call that a promise stands for. */
class PromisedCall extends SentCall {
  readonly promise: Promise<Noted>;
  #resolve: ((answer: Noted) => void) | undefined;
  #reject: ((error: unknown) => void) | undefined;

  constructor(client: CallClient, to: MemberId) {
    super(client, to);
    this.promise = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  protected ended(answer: unknown, note: unknown): void {
    this.#resolve!(new Noted(answer, note));
  }

  protected broke(error: unknown): void {
    this.#reject!(error);
  }
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
  readonly #pending = new Map<MemberId, Map<number, SentCall>>();
  #tickets = 0;
  /** Of asking. */
  round = 0;
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

  /** The next number for a sending. */
  ticket(): number {
    return ++this.#tickets;
  }

  /** Calls that were sent to the member and have not ended, by ticket. */
  callsTo(member: MemberId): Map<number, SentCall> {
    const known = this.#pending.get(member);
    if (known !== undefined) return known;
    const calls = new Map<number, SentCall>();
    this.#pending.set(member, calls);
    return calls;
  }

  /** Sends a call, which must be new; it may break within the call. */
  send(type: string, body: unknown, call: SentCall): void {
    this.#transport.ask(type, body, call);
    this.#watch();
  }

  /** Sends a call; `body` is given its ticket. Rejects with LostCallError, or with what the call threw. */
  ask(to: MemberId, type: string, body: (ticket: number) => unknown): Promise<Noted> {
    const call = new PromisedCall(this, to);
    this.send(type, body(call.ticket), call);
    return call.promise;
  }

  close(): void {
    this.#isClosed = true;
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
    this.round++;
    let isWaiting = false;
    for (const [member, calls] of this.#pending) {
      if (calls.size === 0) this.#pending.delete(member);
      else isWaiting = true;
      const old = [...calls].filter(([, { round }]) => round < this.round - 1);
      if (old.length > 0) void this.#askAfter(member, old);
    }
    if (isWaiting) this.#watch();
  }

  async #askAfter(member: MemberId, calls: readonly (readonly [number, SentCall])[]): Promise<void> {
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
    for (const [ticket, call] of calls) if (!known.has(ticket)) call.lost(why);
  }
}

function lose(calls: ReadonlyMap<number, SentCall>, why: string): void {
  for (const call of Array.from(calls.values())) call.lost(why);
}
