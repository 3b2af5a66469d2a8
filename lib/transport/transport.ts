/**
 * Calls between members. One envelope per link and tick: whatever is posted, asked and answered in a tick goes out together at its end and is
 * handled together when it arrives.
 */
import type { MemberId } from '../api/transport.ts';

export interface RequestOptions {
  /** Milliseconds until it is given up. Default: as long as the link stays up. */
  readonly timeoutMs?: number;
  /** Gives it up, with the signal's reason; the other member is not told. */
  readonly signal?: AbortSignal | undefined;
  readonly transfer?: readonly ArrayBuffer[];
}

/** What a handler may return instead of a plain answer: buffers that are moved, not copied. */
export class Moved {
  readonly body: unknown;
  readonly transfer: readonly ArrayBuffer[];

  constructor(body: unknown, transfer: readonly ArrayBuffer[]) {
    this.body = body;
    this.transfer = transfer;
  }
}

/** What a handler may return instead of a plain answer: with a note beside it, for who asked by `ask`. */
export class Noted {
  readonly body: unknown;
  readonly note: unknown;

  constructor(body: unknown, note: unknown) {
    this.body = body;
    this.note = note;
  }
}

/** Who waits for an answer without a promise. One of the two is called, once. Neither may throw. */
export interface Waiter {
  readonly to: MemberId;
  /** `note`: `undefined` unless the handler gave one. */
  answered(answer: unknown, note: unknown): void;
  failed(error: unknown): void;
}

/** Answers a request; what it returns for a post is left. */
export type Handler = (from: MemberId, body: unknown) => unknown;

export interface Transport {
  readonly self: MemberId;
  /**
   * Asks a member. Rejects with what its handler threw (errors of the library keep class, code and details), or with a LostCallError when the link
   * broke or the time was over: then nobody knows whether it was done. To itself: by a tick of its own, with a copy, as to others.
   */
  request(to: MemberId, type: string, body: unknown, options?: RequestOptions): Promise<unknown>;
  /** As `request` without options, for calls that are many: there is no promise. It may fail within the call. */
  ask(type: string, body: unknown, waiter: Waiter): void;
  /** Tells a member something, without an answer. */
  post(to: MemberId, type: string, body: unknown, transfer?: readonly ArrayBuffer[]): void;
  /**
   * Sets the handler of a type, once. A request of a type without handler is refused, a post is dropped. What a handler of a post throws is an error of
   * the program.
   */
  handle(type: string, handler: Handler): void;
  /** Runs a job at the end of this tick, before what was posted goes out: what it posts goes with it. In order of asking. */
  atTickEnd(job: () => void): void;
  /** Told when the link to a member broke; the function that is returned ends that. */
  onDown(listener: (member: MemberId) => void): () => void;
  /** Sends what waits, then rejects what is under way, and whatever is asked later. */
  close(): Promise<void>;
}
