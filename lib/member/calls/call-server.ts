/** Serves the calls of other members on keys that live here. */
import type { MemberId } from '../../api/transport.ts';
import type { Membership } from '../../cluster/membership.ts';
import { hashKey } from '../../data/key.ts';
import { AbortedError, InstanceClosedError } from '../../errors.ts';
import { keyFromWire } from '../../data/codec.ts';
import { lock, type LockRequest } from '../../operations/lock.ts';
import type { KeyAddress } from '../../operations/home.ts';
import type { ReadStamp } from '../../near-cache/near-network.ts';
import { NotServedError, type CallId, type Replication } from '../../replication/replication.ts';
import { errorToWire } from '../../transport/error-wire.ts';
import { Noted, type Transport } from '../../transport/transport.ts';
import { answerToWire, serveCall, type OwnersCall } from './call-runner.ts';
import { keysVerb, keyVerb, type AnyKeysOperation } from './call-verbs.ts';
import {
  IS_AGAIN,
  WANTS_STAMP,
  type KeyBody,
  type KeyNote,
  type KeysBody,
  type KeysPartBody,
  type PartAnswer,
  type WireId,
} from './call-wire.ts';
import type { Catalog, HeldMap } from '../cluster/catalog.ts';
import { stampInMemory } from './near-stamps.ts';
import { serveKeys, type KeysCall, type KeysOutcome } from './keys-runner.ts';

export interface CallServerParts {
  readonly transport: Transport;
  readonly membership: Pick<Membership, 'onView' | 'leaseMs' | 'view'>;
  readonly replication: Replication;
  readonly catalog: Catalog;
  /** As `Invalidations.stampFor`. */
  readonly stampFor: (reader: MemberId, map: string) => ReadStamp | undefined;
}

/** Why a waiting ended that its caller did not end. */
const ENDED_HERE = new Error('this member waits for nobody any more');

export class CallServer {
  readonly #parts: CallServerParts;
  /** Whether callers ask which of their calls are at work: without leases nobody needs to. */
  readonly #tracks: boolean;
  /** Tickets of calls that take their time, by caller. */
  readonly #running = new Map<MemberId, Set<number>>();
  /** Locks that are waited for, by caller, line and number. */
  readonly #waiting = new Map<string, { readonly caller: MemberId; readonly stop: AbortController }>();

  constructor(parts: CallServerParts) {
    this.#parts = parts;
    const { transport, membership, catalog } = parts;
    this.#tracks = membership.leaseMs !== Infinity;
    transport.handle('call.key', (from, body) => this.#onKey(from, body as KeyBody));
    transport.handle('call.keys', (from, body) => this.#onKeys(from, body as KeysBody));
    transport.handle('call.running', (from, body) =>
      (body as readonly number[]).filter((ticket) => this.#running.get(from)?.has(ticket) === true),
    );
    transport.handle('call.cancel', (from, body) => this.#waiting.get(waitingId(from, body as WireId))?.stop.abort());
    // The whole cluster ends, with the instance of this name: who waits for a lock waits in vain.
    transport.handle('call.ending', (_, name) => {
      for (const { open } of catalog.all()) open.home.locks.refuseAll(new InstanceClosedError(`the instance '${String(name)}' was closed`));
    });
    // Who is gone would get locks that nobody uses.
    membership.onView(({ members }) => {
      for (const { caller, stop } of this.#waiting.values()) if (!members.some(({ id }) => id === caller)) stop.abort(ENDED_HERE);
    });
  }

  /** Nobody waits any more. */
  close(): void {
    for (const { stop } of this.#waiting.values()) stop.abort(ENDED_HERE);
  }

  #onKey(from: MemberId, body: KeyBody): unknown {
    const held = this.#parts.catalog.held(body[0]);
    const answer = held === undefined ? this.#serveLater(from, body) : this.#serve(from, held, body);
    return answer instanceof Promise && this.#tracks ? this.#track(from, body[5], answer) : answer;
  }

  /** When the map is open. */
  async #serveLater(from: MemberId, body: KeyBody): Promise<unknown> {
    try {
      return await this.#serve(from, await this.#parts.catalog.open(body[0]), body);
    } catch (error) {
      if (error instanceof NotServedError) return refused(error.version, false); // this member is leaving
      throw error;
    }
  }

  #serve(from: MemberId, held: HeldMap, [, verb, wire, partition, term, , flags, args, line, number, doneBelow, how]: KeyBody): unknown {
    const operation = keyVerb(verb);
    const key = keyFromWire(wire);
    const id = line === undefined ? undefined : { caller: from, line, number: number!, doneBelow: doneBelow! };
    const call: OwnersCall = {
      operation,
      at: { key, hash: hashKey(key), partition },
      args: operation.args === undefined ? args : operation.args.from(args, held.open.home.records.form),
      how,
      again: (flags & IS_AGAIN) !== 0,
      term,
      id,
    };
    if (operation === lock && id !== undefined) return this.#serveLock(from, held, call, id);
    const stamp = (flags & WANTS_STAMP) === 0 ? undefined : this.#parts.stampFor(from, held.name);
    return new Serving(held, call, stamp).answer(this.#parts.replication);
  }

  /** With a signal, so that its caller can stop waiting. */
  async #serveLock(from: MemberId, held: HeldMap, call: OwnersCall, id: CallId): Promise<unknown> {
    const waiting = waitingId(from, [id.line!, id.number]);
    const stop = this.#waiting.get(waiting)?.stop ?? new AbortController();
    this.#waiting.set(waiting, { caller: from, stop });
    try {
      const args: LockRequest = { ...(call.args as LockRequest), signal: stop.signal, holder: from };
      return await new Serving(held, { ...call, args }, undefined).answer(this.#parts.replication);
    } catch (error) {
      // The caller has not asked for that: it looks for somebody else.
      if (error instanceof AbortedError && stop.signal.reason === ENDED_HERE) return refused(this.#parts.membership.view.version, true);
      throw error;
    } finally {
      this.#waiting.delete(waiting);
    }
  }

  #onKeys(from: MemberId, [map, verb, ticket, args, parts, stamped]: KeysBody): Promise<PartAnswer[]> {
    const operation = keysVerb(verb);
    const stamp = stamped ? this.#parts.stampFor(from, map) : undefined;
    const work = this.#parts.catalog.open(map).then(
      async (held) => {
        const { form } = held.open.home.records;
        const decode = (wire: unknown): unknown => (operation.args === undefined ? wire : operation.args.from(wire, form));
        const calls = parts.map((part) => keysCall(from, operation, part, args, decode));
        const use = (answer: unknown): unknown => (operation.answer === undefined ? answer : operation.answer.to(answer, form));
        const outcomes = await serveKeys(this.#parts.replication, held, operation, calls, use, stamp);
        return outcomes.map(partAnswer);
      },
      (error: unknown) => {
        if (!(error instanceof NotServedError)) throw error;
        return parts.map((): PartAnswer => [1, error.version, false]); // this member is leaving
      },
    );
    return this.#track(from, ticket, work);
  }

  #track<R>(from: MemberId, ticket: number, work: Promise<R>): Promise<R> {
    let tickets = this.#running.get(from);
    if (tickets === undefined) this.#running.set(from, (tickets = new Set()));
    tickets.add(ticket);
    return work.finally(() => {
      tickets.delete(ticket);
      if (tickets.size === 0) this.#running.delete(from);
    });
  }
}

/** A call on a key, as plain data comes of it. */
class Serving {
  readonly #held: HeldMap;
  readonly #call: OwnersCall;
  readonly #stamp: ReadStamp | undefined;
  #began = false;
  #found: ReadStamp | undefined;

  /** `stamp`: for a near cache. */
  constructor(held: HeldMap, call: OwnersCall, stamp: ReadStamp | undefined) {
    this.#held = held;
    this.#call = call;
    this.#stamp = stamp;
  }

  answer(replication: Replication): unknown {
    try {
      const answer = serveCall(replication, this.#held, this.#call, this);
      if (!(answer instanceof Promise)) return this.#given(answer);
      return answer.then(
        (one) => this.#given(one),
        (error) => this.#refused(error),
      );
    } catch (error) {
      return this.#refused(error);
    }
  }

  begun(): void {
    this.#began = true;
    if (this.#stamp !== undefined) this.#found = stampInMemory(this.#stamp, this.#held, this.#call.at);
  }

  use(answer: unknown): unknown {
    return answerToWire(this.#call, this.#held, answer);
  }

  #given(answer: unknown): unknown {
    if (this.#found === undefined) return answer;
    const note: KeyNote = [0, this.#found];
    return new Noted(answer, note);
  }

  #refused(error: unknown): unknown {
    if (error instanceof NotServedError) return refused(error.version, this.#began);
    throw error;
  }
}

function refused(version: number, began: boolean): Noted {
  const note: KeyNote = [1, version, began];
  return new Noted(undefined, note);
}

function keysCall(
  from: MemberId,
  operation: AnyKeysOperation,
  [partition, term, id, keys, args, again]: KeysPartBody,
  shared: unknown,
  decode: (wire: unknown) => unknown,
): KeysCall {
  const at = keys.map((wire): KeyAddress => {
    const key = keyFromWire(wire);
    return { key, hash: hashKey(key), partition };
  });
  return { partition, term, id: callId(from, id), at, args: decode(operation.argsOf === undefined ? shared : args), again };
}

function partAnswer(outcome: KeysOutcome): PartAnswer {
  switch (outcome.kind) {
    case 'answer':
      return outcome.stamps === undefined ? [0, outcome.answer] : [0, outcome.answer, outcome.stamps];
    case 'refused':
      return [1, outcome.version, outcome.began];
    case 'error':
      return [2, errorToWire(outcome.error)];
    case 'apart':
      return [3];
  }
}

function callId(caller: MemberId, id: WireId | undefined): CallId | undefined {
  return id && { caller, line: id[0], number: id[1], doneBelow: id[2] };
}

function waitingId(caller: MemberId, [line, number]: readonly [number, number, ...unknown[]]): string {
  return `${caller} ${line} ${number}`;
}
