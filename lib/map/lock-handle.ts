/** A held lock: the calls of a map for one key, by a way that passes the lock. */
import type { EntryProcessor, ProcessorReference } from '../api/entry-processor.ts';
import type { LockHandle } from '../api/lock.ts';
import type { EntryView, ExpiryOptions } from '../api/entry.ts';
import type { IMap } from '../api/map.ts';
import type { GaveUp } from '../base/turns.ts';
import { InstanceClosedError, MapDestroyedError } from '../errors.ts';
import type { MapRoutes } from '../member/router.ts';
import type { KeyAddress, KeyOperation, KeysOperation, MemberOperation } from '../operations/home.ts';
import { isHeld, unlock } from '../operations/lock.ts';
import type { LockToken } from '../partition/key-locks.ts';

/** The routes of a map for the holder of a lock: calls on one key show the token. */
export class HeldRoutes implements MapRoutes {
  readonly #routes: MapRoutes;
  readonly #token: LockToken;

  constructor(routes: MapRoutes, token: LockToken) {
    this.#routes = routes;
    this.#token = token;
  }

  onKey<A, R>(operation: KeyOperation<A, R>, at: KeyAddress, args: A): R | Promise<R> {
    return this.#routes.heldOnKey(operation, at, args, this.#token);
  }

  heldOnKey<A, R>(operation: KeyOperation<A, R>, at: KeyAddress, args: A, token: LockToken): R | Promise<R> {
    return this.#routes.heldOnKey(operation, at, args, token);
  }

  tryOnKey<A, R>(operation: KeyOperation<A, R>, at: KeyAddress, args: A, timeoutMs: number): R | GaveUp | Promise<R | GaveUp> {
    return this.#routes.tryOnKey(operation, at, args, timeoutMs);
  }

  onKeys<A, R>(operation: KeysOperation<A, R>, at: readonly KeyAddress[], args: A): R | Promise<R> {
    return this.#routes.onKeys(operation, at, args);
  }

  onMember<A, R>(operation: MemberOperation<A, R>, args: A): R | Promise<R> {
    return this.#routes.onMember(operation, args);
  }

  onThisMember<A, R>(operation: MemberOperation<A, R>, args: A): R | undefined | Promise<R | undefined> {
    return this.#routes.onThisMember(operation, args);
  }

  check(): void {
    this.#routes.check();
  }
}

/** What a handle is about. */
export interface HeldLock<K, V> {
  readonly key: K;
  readonly at: KeyAddress;
  readonly token: LockToken;
  /** The map's own routes. */
  readonly routes: MapRoutes;
  /** The map by `HeldRoutes`. */
  readonly map: IMap<K, V>;
}

export class KeyLockHandle<K, V> implements LockHandle<K, V> {
  readonly key: K;
  readonly #lock: HeldLock<K, V>;
  readonly #map: IMap<K, V>;
  #isUnlocked = false;

  constructor(lock: HeldLock<K, V>) {
    this.key = lock.key;
    this.#lock = lock;
    this.#map = lock.map;
  }

  async isHeld(): Promise<boolean> {
    const { routes, at, token } = this.#lock;
    return routes.onKey(isHeld, at, token);
  }

  async unlock(): Promise<void> {
    const { routes, at, token } = this.#lock;
    this.#isUnlocked = true;
    return routes.onKey(unlock, at, token);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isUnlocked) return;
    try {
      await this.unlock();
    } catch (error) {
      if (!(error instanceof InstanceClosedError || error instanceof MapDestroyedError)) throw error; // a map that is gone has no locks
    }
  }

  get(): Promise<V | undefined> {
    return this.#map.get(this.key);
  }

  containsKey(): Promise<boolean> {
    return this.#map.containsKey(this.key);
  }

  getEntryView(): Promise<EntryView<K, V> | undefined> {
    return this.#map.getEntryView(this.key);
  }

  put(value: V, options?: ExpiryOptions): Promise<V | undefined> {
    return this.#map.put(this.key, value, options);
  }

  set(value: V, options?: ExpiryOptions): Promise<void> {
    return this.#map.set(this.key, value, options);
  }

  putIfAbsent(value: V, options?: ExpiryOptions): Promise<V | undefined> {
    return this.#map.putIfAbsent(this.key, value, options);
  }

  putTransient(value: V, options?: ExpiryOptions): Promise<void> {
    return this.#map.putTransient(this.key, value, options);
  }

  replace(value: V): Promise<V | undefined> {
    return this.#map.replace(this.key, value);
  }

  replaceIfSame(expected: V, value: V): Promise<boolean> {
    return this.#map.replaceIfSame(this.key, expected, value);
  }

  remove(): Promise<V | undefined> {
    return this.#map.remove(this.key);
  }

  removeIfSame(expected: V): Promise<boolean> {
    return this.#map.removeIfSame(this.key, expected);
  }

  delete(): Promise<void> {
    return this.#map.delete(this.key);
  }

  setTtl(ttlSeconds: number): Promise<boolean> {
    return this.#map.setTtl(this.key, ttlSeconds);
  }

  evict(): Promise<boolean> {
    return this.#map.evict(this.key);
  }

  executeOnKey<R, A = unknown>(processor: EntryProcessor<K, V, R, A> | ProcessorReference, args?: A): Promise<R> {
    return this.#map.executeOnKey(this.key, processor, args);
  }
}
