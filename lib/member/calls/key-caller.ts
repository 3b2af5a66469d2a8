/** Calls on one key: asked of its member, again and again under the same number, until somebody has answered. */
import { onAbort } from '../../base/patience.ts';
import { GAVE_UP, type GaveUp } from '../../base/turns.ts';
import type { Replicas } from '../../api/coordinator.ts';
import type { MemberId } from '../../api/transport.ts';
import type { MapConfig } from '../../config/map-config.ts';
import type { ValueForm } from '../../data/value.ts';
import { OutcomeUnknownError, UnavailableError } from '../../errors.ts';
import { keyToWire } from '../../data/codec.ts';
import { fromKey } from '../../data/key.ts';
import type { KeyAddress, KeyOperation } from '../../operations/home.ts';
import { lock, unlock, type LockRequest } from '../../operations/lock.ts';
import type { LockToken } from '../../partition/key-locks.ts';
import type { ReadStamp } from '../../near-cache/near-network.ts';
import { NotServedError } from '../../replication/replication.ts';
import { LostCallError } from '../../transport/lost-call-error.ts';
import { answerToWire, serveCall, type KeyCall } from './call-runner.ts';
import { Search, type CallNetwork, type Failure } from './call-search.ts';
import { IS_AGAIN, WANTS_STAMP, type How, type KeyBody, type KeyNote, type WireId } from './call-wire.ts';
import type { Catalog, HeldMap } from '../cluster/catalog.ts';
import { FirstAttempt, type Led, type Numbered } from './first-attempt.ts';

/** An answer, with what a near cache must know of it. */
export interface Stamped<R> {
  readonly answer: R;
  /** `undefined`: read from this member's own memory, or nobody tells this member of changes. */
  readonly stamp: ReadStamp | undefined;
}

/** A caller that does not wait for ever. */
export interface Patient {
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

/** The holder of a key's lock. */
export interface Holder {
  readonly token: LockToken;
}

export interface KeyCallerParts {
  readonly name: string;
  readonly config: MapConfig;
  readonly form: ValueForm;
  readonly network: CallNetwork;
  readonly catalog: Catalog;
}

/** One call, from its first attempt to its answer. */
interface Asked {
  readonly operation: KeyOperation<unknown, unknown>;
  readonly at: KeyAddress;
  readonly numbered: Numbered | undefined;
  readonly wantsStamp: boolean;
  /** As of now: who waits has less time at each attempt. */
  readonly args: () => unknown;
  readonly how: () => How;
  readonly signal: AbortSignal | undefined;
  /** The terms under which it may have been done, and the losses of the partition then. */
  readonly begunUnder: Map<number, number>;
}

type Attempt =
  | { readonly kind: 'answer'; readonly answer: unknown; readonly stamp: ReadStamp | undefined }
  | Failure
  | { readonly kind: 'forgotten' };

export class KeyCaller {
  readonly #parts: KeyCallerParts;

  constructor(parts: KeyCallerParts) {
    this.#parts = parts;
  }

  /** `of`: who does not wait for ever (then GAVE_UP may be the answer), or holds the key's lock. */
  call<A, R>(operation: KeyOperation<A, R>, at: KeyAddress, args: A, of: Patient | Holder | undefined): Promise<R | GaveUp> {
    const replicas = of === undefined ? this.#elsewhere(at) : undefined;
    if (replicas !== undefined) return this.#send(operation, at, args, false, replicas) as Promise<R>;
    return this.#ask(operation, at, { args: () => args, how: this.#how(of) }).then(({ answer }) => answer as R | GaveUp);
  }

  stamped<A, R>(operation: KeyOperation<A, R>, at: KeyAddress, args: A, wantsStamp: boolean): Promise<Stamped<R>> {
    const replicas = this.#elsewhere(at);
    if (replicas !== undefined && wantsStamp) return this.#send(operation, at, args, true, replicas) as Promise<Stamped<R>>;
    return this.#ask(operation, at, { args: () => args, how: () => undefined, wantsStamp }) as Promise<Stamped<R>>;
  }

  /** Who holds the partition, when it is another member. */
  #elsewhere({ partition }: KeyAddress): Led | undefined {
    const { membership, self } = this.#parts.network;
    const replicas = membership.view.partitions[partition];
    return replicas?.primary === undefined || replicas.primary === self ? undefined : (replicas as Led);
  }

  #send(operation: KeyOperation<unknown, unknown>, at: KeyAddress, args: unknown, wantsStamp: boolean, replicas: Led): Promise<unknown> {
    const { network, form, name } = this.#parts;
    let wire: unknown;
    try {
      wire = operation.args === undefined ? args : operation.args.to(args, form);
    } catch (error) {
      return Promise.reject(error);
    }
    const numbered = operation.once === undefined ? undefined : this.#number(operation.once);
    const attempt = new FirstAttempt(network.client, { operation, at, args, numbered, wantsStamp, replicas, form }, this.#goOn);
    const flags = wantsStamp ? WANTS_STAMP : 0;
    network.client.send(
      'call.key',
      keyBody(name, operation.name, at, replicas.term, attempt.ticket, flags, wire, numbered, undefined),
      attempt,
    );
    return attempt.promise;
  }

  /** After a first attempt without an answer. */
  readonly #goOn = async ({ call }: FirstAttempt, failure: Failure): Promise<unknown> => {
    const { operation, at, args, numbered, wantsStamp, replicas } = call;
    const asked: Asked = {
      operation,
      at,
      numbered,
      wantsStamp,
      args: () => args,
      how: () => undefined,
      signal: undefined,
      begunUnder: new Map(),
    };
    noteBegun(asked, failure, replicas);
    const found = await this.#search(asked, failure, false);
    return wantsStamp ? found : found.answer;
  };

  async lock(at: KeyAddress, request: LockRequest, patient: Patient): Promise<LockToken | undefined> {
    const restMs = this.#timeLeft(patient);
    const { signal } = patient;
    const args = (): LockRequest => ({ ...request, timeoutMs: signal?.aborted === true ? 0 : restMs() });
    const { answer } = await this.#ask(lock, at, { args, how: () => undefined, signal, givesBack: true });
    return answer as LockToken | undefined;
  }

  #how(of: Patient | Holder | undefined): () => How {
    if (of === undefined) return () => undefined;
    if ('token' in of) return () => ({ token: of.token });
    const restMs = this.#timeLeft(of);
    return () => ({ tries: restMs() });
  }

  #timeLeft({ timeoutMs }: Patient): () => number {
    const { clock } = this.#parts.network;
    const until = clock.now() + timeoutMs;
    return () => Math.max(0, until - clock.now());
  }

  async #ask<A, R>(
    operation: KeyOperation<A, R>,
    at: KeyAddress,
    rest: { args: () => unknown; how: () => How; signal?: AbortSignal | undefined; wantsStamp?: boolean; givesBack?: boolean },
  ): Promise<Stamped<unknown>> {
    const numbered = operation.once === undefined ? undefined : this.#number(operation.once);
    const asked: Asked = {
      operation,
      at,
      numbered,
      wantsStamp: rest.wantsStamp ?? false,
      args: rest.args,
      how: rest.how,
      signal: rest.signal,
      begunUnder: new Map(),
    };
    return this.#search(asked, undefined, rest.givesBack === true);
  }

  /** Until somebody has answered; `first`: why a first attempt gave no answer. */
  async #search(asked: Asked, first: Failure | undefined, givesBack: boolean): Promise<Stamped<unknown>> {
    const { operation, at, numbered } = asked;
    let isOpen = false;
    try {
      let search: Search | undefined;
      for (let attempt: Attempt | undefined = first; ; attempt = undefined) {
        attempt ??= await this.#attempt(asked);
        if (attempt.kind === 'answer') return attempt;
        search ??= this.#searchFor(operation, at);
        if (attempt.kind === 'forgotten') throw search.unknown();
        await search.again(attempt, numbered !== undefined);
      }
    } catch (error) {
      isOpen = givesBack && error instanceof OutcomeUnknownError;
      if (isOpen) void this.#giveBack(asked);
      throw error;
    } finally {
      if (!isOpen) numbered?.line.end(numbered.number);
    }
  }

  /** Nobody knows whether the lock was granted, and nobody would unlock it: asks on, without waiting in line, until that is known; then unlocks it. */
  async #giveBack(asked: Asked): Promise<void> {
    const { at, numbered } = asked;
    const again: Asked = { ...asked, args: () => ({ ...(asked.args() as LockRequest), timeoutMs: 0 }), signal: undefined };
    let search = this.#searchFor(lock, at);
    try {
      for (;;) {
        const attempt = await this.#attempt(again);
        if (attempt.kind === 'forgotten') return;
        if (attempt.kind !== 'answer') {
          await search.again(attempt, true).catch((error: unknown) => {
            if (!(error instanceof OutcomeUnknownError) && !(error instanceof UnavailableError)) throw error;
            search = this.#searchFor(lock, at);
          });
          continue;
        }
        if (attempt.answer !== undefined) await this.call(unlock, at, attempt.answer as LockToken, undefined);
        return;
      }
    } catch {
      // This member has ended, or the lock: there is nothing to give back.
    } finally {
      numbered?.line.end(numbered.number);
    }
  }

  #searchFor(operation: { readonly name: string }, at: KeyAddress): Search {
    return new Search(this.#parts.network, () => ({ map: this.#parts.name, operation: operation.name, key: fromKey(at.key) }));
  }

  #number(kind: 'short' | 'long'): Numbered {
    const { network, config } = this.#parts;
    const waits = kind === 'long' || config.mapStore !== undefined;
    const line = network.lines.next(waits ? 'long' : 'short');
    return { line, number: line.begin() };
  }

  async #attempt(asked: Asked): Promise<Attempt> {
    const { network, catalog, name } = this.#parts;
    const replicas = network.membership.view.partitions[asked.at.partition];
    const primary = replicas?.primary;
    if (primary === undefined) return { kind: 'nobody' };
    const { term, losses } = replicas!;
    // What was kept of it went with the partition.
    if (asked.numbered !== undefined && asked.begunUnder.values().some((before) => before < losses)) return { kind: 'forgotten' };
    const attempt =
      primary === network.self
        ? await this.#attemptHere(catalog.held(name) ?? (await catalog.open(name)), term, asked)
        : await this.#attemptAt(primary, term, asked);
    if (attempt.kind === 'lost' || attempt.kind === 'refused') noteBegun(asked, attempt, replicas!);
    return attempt;
  }

  /** Without a copy, when it has not been done before. */
  async #attemptHere(held: HeldMap, term: number, asked: Asked): Promise<Attempt> {
    const { operation, at, numbered, args, how } = asked;
    const { network, form } = this.#parts;
    const { lines, replication } = network;
    const call: KeyCall = { operation, at, args: args(), how: how(), again: isAgain(asked.begunUnder, term) };
    const id = numbered && lines.idOf(numbered.line, numbered.number);
    let began = false;
    let run: { readonly answer: unknown } | undefined;
    const use = (answer: unknown): unknown => {
      run = { answer };
      return id === undefined ? answer : answerToWire(call, held, answer);
    };
    try {
      const given = await serveCall(replication, held, { ...call, term, id }, { use, begun: () => void (began = true) });
      return { kind: 'answer', answer: run === undefined ? answerFromWire(call, form, given) : run.answer, stamp: undefined };
    } catch (error) {
      if (!(error instanceof NotServedError)) throw error;
      return { kind: 'refused', version: error.version, began };
    }
  }

  async #attemptAt(member: MemberId, term: number, asked: Asked): Promise<Attempt> {
    const { operation, at, numbered, wantsStamp, args, how, signal } = asked;
    const { network, form, name } = this.#parts;
    const given = args();
    const wire = operation.args === undefined ? given : operation.args.to(given, form);
    const call = { operation, how: how() };
    const flags = (wantsStamp ? WANTS_STAMP : 0) | (isAgain(asked.begunUnder, term) ? IS_AGAIN : 0);
    const body = (ticket: number): KeyBody => keyBody(name, operation.name, at, term, ticket, flags, wire, numbered, call.how);
    const id: WireId | undefined = numbered && [numbered.line.line, numbered.number, numbered.line.doneBelow];
    const listening = onAbort(signal, () => network.post(member, 'call.cancel', id));
    try {
      const answer = await network.client.ask(member, 'call.key', body);
      const known = answer.note as KeyNote | undefined;
      if (known?.[0] === 1) return { kind: 'refused', version: known[1], began: known[2] };
      return { kind: 'answer', answer: answerFromWire(call, form, answer.body), stamp: known?.[1] };
    } catch (error) {
      if (!(error instanceof LostCallError)) throw error;
      return { kind: 'lost' };
    } finally {
      listening.cancel();
    }
  }
}

function keyBody(
  map: string,
  verb: string,
  { key, partition }: KeyAddress,
  term: number,
  ticket: number,
  flags: number,
  args: unknown,
  numbered: Numbered | undefined,
  how: How,
): KeyBody {
  const wire = keyToWire(key);
  if (numbered === undefined && how === undefined)
    return args === undefined ? [map, verb, wire, partition, term, ticket, flags] : [map, verb, wire, partition, term, ticket, flags, args];
  const { line, number } = numbered ?? {};
  const id = [line?.line, number, line?.doneBelow] as const;
  return how === undefined
    ? [map, verb, wire, partition, term, ticket, flags, args, ...id]
    : [map, verb, wire, partition, term, ticket, flags, args, ...id, how];
}

/** An attempt without an answer may have been done all the same. */
function noteBegun({ begunUnder }: Asked, failure: Failure, { term, losses }: Replicas): void {
  if (failure.kind === 'lost' || (failure.kind === 'refused' && failure.began)) begunUnder.set(term, losses);
}

/** Whether a call may have been done under another term than this one. */
export function isAgain(begunUnder: ReadonlyMap<number, unknown>, term: number): boolean {
  return begunUnder.size > (begunUnder.has(term) ? 1 : 0);
}

function answerFromWire({ operation, how }: Pick<KeyCall, 'operation' | 'how'>, form: ValueForm, wire: unknown): unknown {
  const decode = (one: unknown): unknown => (operation.answer === undefined ? one : operation.answer.from(one, form));
  if (how === undefined || !('tries' in how)) return decode(wire);
  const [answer] = wire as [unknown?];
  return (wire as unknown[]).length === 0 ? GAVE_UP : decode(answer);
}
