/**
 * The first attempt of a call on a key that lives elsewhere; nearly always it is the only one. An object, and no promise but the caller's own: there are
 * many of them.
 */
import type { Replicas } from '../../api/coordinator.ts';
import type { MemberId } from '../../api/transport.ts';
import type { ValueForm } from '../../data/value.ts';
import type { KeyAddress, KeyOperation } from '../../operations/home.ts';
import type { ReadStamp } from '../../near-cache/near-network.ts';
import { LostCallError } from '../../transport/lost-call-error.ts';
import { SentCall, type CallClient } from './call-client.ts';
import type { Line } from './call-lines.ts';
import type { Failure } from './call-search.ts';
import type { KeyNote } from './call-wire.ts';

/** The replicas of a partition that has a primary. */
export type Led = Replicas & { readonly primary: MemberId };

/** The number of a call that is done once. */
export interface Numbered {
  readonly line: Line;
  readonly number: number;
}

/** What is called. */
export interface FirstCall {
  readonly operation: KeyOperation<unknown, unknown>;
  readonly at: KeyAddress;
  readonly args: unknown;
  readonly numbered: Numbered | undefined;
  readonly wantsStamp: boolean;
  readonly replicas: Led;
  readonly form: ValueForm;
}

export class FirstAttempt extends SentCall {
  readonly call: FirstCall;
  /** Of the answer; with its stamp, where one is wanted. */
  readonly promise: Promise<unknown>;
  readonly #goOn: (attempt: FirstAttempt, failure: Failure) => Promise<unknown>;
  #resolve!: (answer: unknown) => void;
  #reject!: (error: unknown) => void;

  /** `goOn`: looks for who can answer, when this attempt has given no answer. */
  constructor(client: CallClient, call: FirstCall, goOn: (attempt: FirstAttempt, failure: Failure) => Promise<unknown>) {
    super(client, call.replicas.primary);
    this.call = call;
    this.#goOn = goOn;
    this.promise = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  protected ended(wire: unknown, note: unknown): void {
    const known = note as KeyNote | undefined;
    if (known !== undefined && known[0] === 1) {
      this.#resolve(this.#goOn(this, { kind: 'refused', version: known[1], began: known[2] }));
      return;
    }
    const { numbered } = this.call;
    if (numbered !== undefined) numbered.line.end(numbered.number);
    try {
      this.#resolve(this.#answer(wire, known?.[1]));
    } catch (error) {
      this.#reject(error);
    }
  }

  protected broke(error: unknown): void {
    const { numbered } = this.call;
    if (error instanceof LostCallError) {
      this.#resolve(this.#goOn(this, { kind: 'lost' }));
      return;
    }
    if (numbered !== undefined) numbered.line.end(numbered.number);
    this.#reject(error);
  }

  #answer(wire: unknown, stamp: ReadStamp | undefined): unknown {
    const { operation, form, wantsStamp } = this.call;
    const answer = operation.answer === undefined ? wire : operation.answer.from(wire, form);
    return wantsStamp ? { answer, stamp } : answer;
  }
}
