/**
 * Where a call goes. Today there is one member, in this thread: a call is a function call, nothing is copied and nothing is sent.
 *
 * Routes belong to one map. They pass the map's gate, then give the verb to the runner; with several members this is the place that
 * looks up the owner of a partition, sends, and asks again after a migration.
 */
import { Patience } from '../base/patience.ts';
import { GAVE_UP, type GaveUp } from '../base/turns.ts';
import type { KeyAddress, KeyOperation, KeysOperation, MapHome, MemberOperation } from '../operations/home.ts';
import type { LockToken } from '../partition/key-locks.ts';
import type { StoreCalls } from '../persistence/store-calls.ts';
import type { Gate, Needs } from './gate.ts';
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
  /** On this member only, of what it serves; `undefined`: nothing. */
  onThisMember<A, R>(operation: MemberOperation<A, R>, args: A): R | undefined | Promise<R | undefined>;
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
    return this.#gate.enter(() => runOnKey(this.#home, operation, at, args), needsOf(operation.needsLoaded));
  }

  tryOnKey<A, R>(operation: KeyOperation<A, R>, at: KeyAddress, args: A, timeoutMs: number): R | GaveUp | Promise<R | GaveUp> {
    this.#store?.refuseReentry(operation.name);
    const patience = new Patience(this.#home.clock, timeoutMs);
    return this.#gate.enter<R | GaveUp>(() => tryOnKey(this.#home, operation, at, args, patience), 'some', {
      patience,
      gaveUp: () => GAVE_UP,
    });
  }

  heldOnKey<A, R>(operation: KeyOperation<A, R>, at: KeyAddress, args: A, token: LockToken): R | Promise<R> {
    this.#store?.refuseReentry(operation.name);
    return this.#gate.enter(() => runHeld(this.#home, operation, at, args, token), needsOf(operation.needsLoaded));
  }

  onKeys<A, R>(operation: KeysOperation<A, R>, at: readonly KeyAddress[], args: A): R | Promise<R> {
    this.#store?.refuseReentry(operation.name);
    return this.#gate.enter(() => operation.run(this.#home, at, args), 'some');
  }

  onMember<A, R>(operation: MemberOperation<A, R>, args: A): R | Promise<R> {
    this.#store?.refuseReentry(operation.name);
    const needs = needsOf(operation.needsLoaded ?? true);
    const run = (): R | Promise<R> => operation.run(this.#home, args);
    const signal = operation.signal?.(args);
    if (signal === undefined) return this.#gate.enter(run, needs);
    const patience = new Patience(this.#home.clock, Infinity, signal);
    // Closing waits for what it leaves under way.
    const gaveUp = (): never => {
      throw patience.aborted;
    };
    return patience.race(this.#gate.enter(run, needs, { patience, gaveUp }));
  }

  onThisMember<A, R>(operation: MemberOperation<A, R>, args: A): R | Promise<R> {
    return this.onMember(operation, args);
  }

  check(): void {
    this.#gate.check();
  }
}

/** What a call needs of the initial load. */
function needsOf(needsLoaded: boolean | undefined): Needs {
  if (needsLoaded === undefined) return 'some';
  return needsLoaded ? 'all' : 'nothing';
}
