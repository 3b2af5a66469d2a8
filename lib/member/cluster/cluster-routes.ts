/** Where the calls of one map go when there are several members: to the member that holds the key, be it this one, until somebody has answered. */
import type { GaveUp } from '../../base/turns.ts';
import { Patience } from '../../base/patience.ts';
import type { MapConfig } from '../../config/map-config.ts';
import type { ValueForm } from '../../data/value.ts';
import type { IndexDefinition } from '../../indexes/index-contract.ts';
import { addIndex } from '../../operations/add-index.ts';
import { callWire, executeOnKey, type ProcessorCall } from '../../operations/execute.ts';
import { find } from '../../operations/find.ts';
import { get } from '../../operations/get.ts';
import type { ByKey, KeyAddress, KeyOperation, KeysOperation, MemberOperation } from '../../operations/home.ts';
import { lock, unlock, type LockRequest } from '../../operations/lock.ts';
import type { LockToken } from '../../partition/key-locks.ts';
import { NotServedError } from '../../replication/replication.ts';
import { serveCall, type Server } from '../calls/call-runner.ts';
import type { CallNetwork } from '../calls/call-search.ts';
import type { Catalog } from './catalog.ts';
import { Gate } from '../gate.ts';
import { KeyCaller, type Patient, type Stamped } from '../calls/key-caller.ts';
import { callKeys, readKeys, type StampedKeys } from '../calls/keys-caller.ts';
import type { MapsState } from '../replicas/maps-state.ts';
import type { MapRoutes } from '../router.ts';
import type { Spread } from '../queries/spread.ts';

export interface ClusterRoutesParts {
  readonly name: string;
  readonly config: MapConfig;
  readonly form: ValueForm;
  readonly network: CallNetwork;
  readonly catalog: Catalog;
  readonly state: Pick<MapsState, 'readReplica'>;
  readonly spread: Pick<Spread, 'run' | 'runHere'>;
  /** On all members, those that join later included. */
  readonly addIndex: (definition: IndexDefinition) => Promise<void>;
}

export class ClusterRoutes implements MapRoutes {
  readonly #parts: ClusterRoutesParts;
  readonly #gate = new Gate();
  readonly #caller: KeyCaller;
  /** Ends what waits for others when the map is closed. */
  readonly #closing = new AbortController();

  constructor(parts: ClusterRoutesParts) {
    this.#parts = parts;
    this.#caller = new KeyCaller(parts);
  }

  onKey<A, R>(operation: KeyOperation<A, R>, at: KeyAddress, args: A): R | Promise<R> {
    this.#gate.check();
    if (operation === (get as unknown)) {
      const copy = this.#readCopy(at);
      if (copy !== undefined) return copy as R;
    }
    if (operation.once === undefined) return this.#gate.watch(this.#read(operation, at, args));
    if (operation === (lock as unknown)) return this.#gate.watch(this.#lock(at, args as LockRequest)) as R | Promise<R>;
    if (operation === (executeOnKey as unknown)) callWire.to(args as ProcessorCall, this.#parts.form); // refuses what can't travel
    return this.#gate.watch(this.#caller.call(operation, at, args, undefined) as Promise<R>);
  }

  /**
   * As `onKey`, for verbs that only read: with what near caches go by. `near`: a near cache of this member is told of changes; false: no stamp is
   * wanted.
   */
  read<A, R>(
    operation: KeyOperation<A, R>,
    at: KeyAddress,
    args: A,
    { near }: { readonly near: boolean },
  ): Stamped<R> | Promise<Stamped<R>> {
    this.#gate.check();
    return this.#gate.watch(this.#caller.stamped(operation, at, args, near));
  }

  async tryOnKey<A, R>(operation: KeyOperation<A, R>, at: KeyAddress, args: A, timeoutMs: number): Promise<R | GaveUp> {
    this.#gate.check();
    return this.#gate.watch(this.#caller.call(operation, at, args, { timeoutMs }));
  }

  async heldOnKey<A, R>(operation: KeyOperation<A, R>, at: KeyAddress, args: A, token: LockToken): Promise<R> {
    this.#gate.check();
    if (operation === (executeOnKey as unknown)) callWire.to(args as ProcessorCall, this.#parts.form);
    return this.#gate.watch(this.#caller.call(operation, at, args, { token }) as Promise<R>);
  }

  async onKeys<A, R>(operation: KeysOperation<A, R>, at: readonly KeyAddress[], args: A): Promise<R> {
    this.#gate.check();
    return this.#gate.watch(callKeys(this.#parts, this.#caller, operation, at, args));
  }

  /** As `onKeys`, for verbs that only read: with what a near cache goes by. */
  async readKeys<A, R>(operation: KeysOperation<A, R>, at: readonly KeyAddress[], args: A): Promise<StampedKeys<R>> {
    this.#gate.check();
    return this.#gate.watch(readKeys(this.#parts, this.#caller, operation, at, args));
  }

  async onMember<A, R>(operation: MemberOperation<A, R>, args: A): Promise<R> {
    this.#gate.check();
    if (operation === (addIndex as unknown)) return this.#gate.watch(this.#parts.addIndex(args as IndexDefinition) as Promise<R>);
    return this.#gate.watch(
      operation.byKey === undefined ? this.#parts.spread.run(operation, args) : this.#byKey(operation.byKey(args, this.#parts.form)),
    );
  }

  async onThisMember<A, R>(operation: MemberOperation<A, R>, args: A): Promise<R | undefined> {
    this.#gate.check();
    return this.#gate.watch(this.#parts.spread.runHere(operation, args));
  }

  check(): void {
    this.#gate.check();
  }

  /** On each entry that matches, by itself. */
  async #byKey<R>(asked: ByKey<R>): Promise<R> {
    const { condition, request, operation, args } = asked;
    const { spread, catalog, name } = this.#parts;
    const keys = await spread.run(find, { condition, request, wanted: 'keys' });
    const { addresses } = catalog.knownNow(name);
    const at = keys.map((key) => addresses.of(key));
    return asked.answer(keys, await callKeys(this.#parts, this.#caller, operation, at, args));
  }

  /** Refuses further calls, and those that wait for a lock; resolves when all others have ended. */
  close(refusal: () => Error): Promise<void> {
    const left = this.#gate.close(refusal);
    this.#closing.abort(refusal());
    return left;
  }

  /** At once, without a message, when the key lives here. */
  #read<A, R>(operation: KeyOperation<A, R>, at: KeyAddress, args: A): R | Promise<R> {
    const { network, catalog, name } = this.#parts;
    const replicas = network.membership.view.partitions[at.partition];
    const held = replicas?.primary === network.self ? catalog.held(name) : undefined;
    if (held === undefined) return this.#caller.call(operation, at, args, undefined) as Promise<R>;
    const elsewhere = (error: unknown): Promise<R> => {
      if (!(error instanceof NotServedError)) throw error;
      return this.#caller.call(operation, at, args, undefined) as Promise<R>;
    };
    try {
      const call = { operation, at, args, how: undefined, term: replicas!.term, id: undefined, again: false };
      const answer = serveCall(network.replication, held, call, PLAINLY) as R | Promise<R>;
      return answer instanceof Promise ? answer.catch(elsewhere) : answer;
    } catch (error) {
      return elsewhere(error);
    }
  }

  /** What this member's copy has (M51). Where there is nothing, the key's own member is asked. */
  #readCopy(at: KeyAddress): unknown {
    const { config, state, network, name, form } = this.#parts;
    if (!config.readBackupData || !network.membership.mayServe()) return undefined;
    const replica = state.readReplica(name, at);
    return replica?.stored === undefined ? undefined : form.handOut(replica.stored);
  }

  /** Whoever stops waiting hears so at once. A lock that comes later all the same is given back. */
  async #lock(at: KeyAddress, request: LockRequest): Promise<LockToken | undefined> {
    const { network } = this.#parts;
    const { signal } = request;
    const stop = signal === undefined ? this.#closing.signal : AbortSignal.any([signal, this.#closing.signal]);
    const patience = new Patience(network.clock, Infinity, stop);
    const patient: Patient = { timeoutMs: request.timeoutMs, signal: stop };
    const args: LockRequest = { ...request, signal: stop, holder: network.self };
    const call = this.#caller.lock(at, args, patient);
    try {
      return await patience.race(call);
    } catch (error) {
      if (!stop.aborted) throw error;
      call.then((token) => void (token !== undefined && this.#caller.call(unlock, at, token, undefined).catch(nothing)), nothing);
      this.#gate.check();
      throw error;
    }
  }
}

/** Its answer as it is. */
const PLAINLY: Server<unknown> = Object.freeze({ begun: nothing, use: (answer: unknown) => answer });

function nothing(): void {
  // nobody waits for it
}
