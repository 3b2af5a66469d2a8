/** Serves the calls of other members on keys that live here. */
import type { MemberId } from '../api/transport.ts';
import type { Membership } from '../cluster/membership.ts';
import { hashKey } from '../data/key.ts';
import { keyFromWire } from '../data/codec.ts';
import { lock, type LockRequest } from '../operations/lock.ts';
import type { KeyAddress } from '../operations/home.ts';
import type { ReadStamp } from '../near-cache/near-network.ts';
import { NotServedError, type CallId, type Replication } from '../replication/replication.ts';
import { errorToWire } from '../transport/error-wire.ts';
import type { Transport } from '../transport/transport.ts';
import { answerToWire, serveCall, type KeyCall } from './call-runner.ts';
import { keysVerb, keyVerb, type AnyKeysOperation } from './call-verbs.ts';
import type { KeyAnswer, KeyBody, KeysBody, KeysPartBody, PartAnswer, WireId } from './call-wire.ts';
import type { Catalog, HeldMap } from './catalog.ts';
import { stampInMemory } from './near-stamps.ts';
import { serveKeys, type KeysCall, type KeysOutcome } from './keys-runner.ts';

export interface CallServerParts {
  readonly transport: Transport;
  readonly membership: Pick<Membership, 'onView'>;
  readonly replication: Replication;
  readonly catalog: Catalog;
  /** As `Invalidations.stampFor`. */
  readonly stampFor: (reader: MemberId, map: string) => ReadStamp | undefined;
}

export class CallServer {
  readonly #parts: CallServerParts;
  /** Tickets of calls that take their time, by caller. */
  readonly #running = new Map<MemberId, Set<number>>();
  /** Locks that are waited for, by caller, line and number. */
  readonly #waiting = new Map<string, { readonly caller: MemberId; readonly stop: AbortController }>();

  constructor(parts: CallServerParts) {
    this.#parts = parts;
    const { transport, membership } = parts;
    transport.handle('call.key', (from, body) => this.#onKey(from, body as KeyBody));
    transport.handle('call.keys', (from, body) => this.#onKeys(from, body as KeysBody));
    transport.handle('call.running', (from, body) =>
      (body as readonly number[]).filter((ticket) => this.#running.get(from)?.has(ticket) === true),
    );
    transport.handle('call.cancel', (from, body) => this.#waiting.get(waitingId(from, body as WireId))?.stop.abort());
    // Who is gone would get locks that nobody uses.
    membership.onView(({ members }) => {
      for (const { caller, stop } of this.#waiting.values()) if (!members.some(({ id }) => id === caller)) stop.abort();
    });
  }

  /** Nobody waits any more. */
  close(): void {
    for (const { stop } of this.#waiting.values()) stop.abort();
  }

  #onKey(from: MemberId, body: KeyBody): KeyAnswer | Promise<KeyAnswer> {
    const { catalog } = this.#parts;
    const [map, , , , , , , ticket] = body;
    const held = catalog.held(map);
    const answer = held === undefined ? this.#serveLater(from, body) : this.#serve(from, held, body);
    return answer instanceof Promise ? this.#track(from, ticket, answer) : answer;
  }

  /** When the map is open. */
  async #serveLater(from: MemberId, body: KeyBody): Promise<KeyAnswer> {
    try {
      return await this.#serve(from, await this.#parts.catalog.open(body[0]), body);
    } catch (error) {
      if (error instanceof NotServedError) return [1, error.version, false]; // this member is leaving
      throw error;
    }
  }

  #serve(from: MemberId, held: HeldMap, body: KeyBody): KeyAnswer | Promise<KeyAnswer> {
    const [, verb, key, hash, partition, term, args, , id, how, stamped, again] = body;
    const operation = keyVerb(verb);
    const { form } = held.open.home.records;
    const call: KeyCall = {
      operation,
      at: { key: keyFromWire(key), hash, partition },
      args: operation.args === undefined ? args : operation.args.from(args, form),
      how,
      again,
    };
    if (operation === lock && id !== undefined) return this.#serveLock(from, held, call, term, id);
    const stamp = stamped ? this.#parts.stampFor(from, held.name) : undefined;
    return this.#answer(held, call, term, callId(from, id), stamp);
  }

  #answer(held: HeldMap, call: KeyCall, term: number, id: CallId | undefined, stamp?: ReadStamp): KeyAnswer | Promise<KeyAnswer> {
    let began = false;
    let found: ReadStamp | undefined;
    const given = (answer: unknown): KeyAnswer => (found === undefined ? [0, answer] : [0, answer, found]);
    const refused = (error: unknown): KeyAnswer => {
      if (error instanceof NotServedError) return [1, error.version, began];
      throw error;
    };
    try {
      const answer = serveCall(
        this.#parts.replication,
        held,
        { ...call, term, id },
        (raw) => answerToWire(call, held, raw),
        () => {
          began = true;
          found = stamp && stampInMemory(stamp, held, call.at);
        },
      );
      return answer instanceof Promise ? answer.then(given, refused) : given(answer);
    } catch (error) {
      return refused(error);
    }
  }

  /** With a signal, so that its caller can stop waiting. */
  async #serveLock(from: MemberId, held: HeldMap, call: KeyCall, term: number, id: WireId): Promise<KeyAnswer> {
    const waiting = waitingId(from, id);
    const stop = this.#waiting.get(waiting)?.stop ?? new AbortController();
    this.#waiting.set(waiting, { caller: from, stop });
    try {
      const args: LockRequest = { ...(call.args as LockRequest), signal: stop.signal, holder: from };
      return await this.#answer(held, { ...call, args }, term, callId(from, id));
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

function keysCall(
  from: MemberId,
  operation: AnyKeysOperation,
  [partition, term, id, keys, args]: KeysPartBody,
  shared: unknown,
  decode: (wire: unknown) => unknown,
): KeysCall {
  const at = keys.map((wire): KeyAddress => {
    const key = keyFromWire(wire);
    return { key, hash: hashKey(key), partition };
  });
  return { partition, term, id: callId(from, id), at, args: decode(operation.argsOf === undefined ? shared : args) };
}

function partAnswer(outcome: KeysOutcome): PartAnswer {
  switch (outcome.kind) {
    case 'answer':
      return outcome.stamps === undefined ? [0, outcome.answer] : [0, outcome.answer, outcome.stamps];
    case 'refused':
      return [1, outcome.version, outcome.began];
    case 'error':
      return [2, errorToWire(outcome.error)];
  }
}

function callId(caller: MemberId, id: WireId | undefined): CallId | undefined {
  return id && { caller, line: id[0], number: id[1], doneBelow: id[2] };
}

function waitingId(caller: MemberId, [line, number]: WireId): string {
  return `${caller} ${line} ${number}`;
}
