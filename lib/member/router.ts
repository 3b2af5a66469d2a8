/**
 * Where a call goes. Today there is one member, in this thread: a call is a function call, nothing is copied and nothing is sent.
 *
 * Routes belong to one map. They pass the map's gate, then give the verb to the runner; with several members this is the place that
 * looks up the owner of a partition, sends, and asks again after a migration.
 */
import type { GaveUp } from '../base/turns.ts';
import type { KeyAddress, KeyOperation, KeysOperation, MapHome, MemberOperation } from '../operations/home.ts';
import type { LockToken } from '../partition/key-locks.ts';
import type { StoreCalls } from '../persistence/store-calls.ts';
import type { Gate } from './gate.ts';
import { runHeld, runOnKey, tryOnKey } from './runner.ts';

export interface MapRoutes {
  /** At the owner of the key's partition. */
  onKey<A, R>(operation: KeyOperation<A, R>, at: KeyAddress, args: A): R | Promise<R>;
  /** As `onKey`; GAVE_UP when the key was not free within `timeoutMs`. */
  tryOnKey<A, R>(operation: KeyOperation<A, R>, at: KeyAddress, args: A, timeoutMs: number): R | GaveUp | Promise<R | GaveUp>;
  /** As `onKey`, for whoever holds the key's lock. Errors: ERR_NOT_LOCK_OWNER. */
  heldOnKey<A, R>(operation: KeyOperation<A, R>, at: KeyAddress, args: A, token: LockToken): R | Promise<R>;
  /** At the owners of the keys' partitions. `at` must be distinct keys. */
  onKeys<A, R>(operation: KeysOperation<A, R>, at: readonly KeyAddress[], args: A): R | Promise<R>;
  /** On every member. */
  onMember<A, R>(operation: MemberOperation<A, R>, args: A): R | Promise<R>;
  /** Throws when the map is closed: to be asked before going on with rows that come one by one. */
  check(): void;
}

/** Routes to the one local member. */
export class LocalRoutes implements MapRoutes {
  readonly #home: MapHome;
  readonly #gate: Gate;
  readonly #store: StoreCalls | undefined;

  constructor(home: MapHome, gate: Gate) {
    this.#home = home;
    this.#gate = gate;
    this.#store = home.store;
  }

  onKey<A, R>(operation: KeyOperation<A, R>, at: KeyAddress, args: A): R | Promise<R> {
    this.#store?.refuseReentry(operation.name);
    if (this.#gate.isOpen) return this.#gate.watch(runOnKey(this.#home, operation, at, args));
    const run = (): R | Promise<R> => runOnKey(this.#home, operation, at, args);
    return operation.needsLoaded === true ? this.#gate.enter(run) : this.#gate.enterEarly(run);
  }

  tryOnKey<A, R>(operation: KeyOperation<A, R>, at: KeyAddress, args: A, timeoutMs: number): R | GaveUp | Promise<R | GaveUp> {
    this.#store?.refuseReentry(operation.name);
    return this.#gate.enterEarly(() => tryOnKey(this.#home, operation, at, args, timeoutMs));
  }

  heldOnKey<A, R>(operation: KeyOperation<A, R>, at: KeyAddress, args: A, token: LockToken): R | Promise<R> {
    this.#store?.refuseReentry(operation.name);
    const run = (): R | Promise<R> => runHeld(this.#home, operation, at, args, token);
    return operation.needsLoaded === true ? this.#gate.enter(run) : this.#gate.enterEarly(run);
  }

  onKeys<A, R>(operation: KeysOperation<A, R>, at: readonly KeyAddress[], args: A): R | Promise<R> {
    this.#store?.refuseReentry(operation.name);
    return this.#gate.enterEarly(() => operation.run(this.#home, at, args));
  }

  onMember<A, R>(operation: MemberOperation<A, R>, args: A): R | Promise<R> {
    this.#store?.refuseReentry(operation.name);
    const run = (): R | Promise<R> => operation.run(this.#home, args);
    return operation.needsLoaded === false ? this.#gate.enterEarly(run) : this.#gate.enter(run);
  }

  check(): void {
    this.#gate.check();
  }
}
