/**
 * The routes of a map with a near cache: what was read before is found here, without a message; the rest goes on its way, and what it finds is kept.
 *
 * Own writes are seen by own reads (M70): a call that may change a key drops it before it is sent, so that nothing old is served meanwhile, and again when
 * it has ended, well or not, so that a read which began before that can't bring the old value back. Who holds a lock always reads from the owner.
 */
import type { GaveUp } from '../base/turns.ts';
import type { ClusterRoutes } from '../member/cluster/cluster-routes.ts';
import type { MapRoutes } from '../member/router.ts';
import type { NearCache, Reservation } from '../near-cache/near-cache.ts';
import { containsKey } from '../operations/contains-key.ts';
import { getAll } from '../operations/get-all.ts';
import { get } from '../operations/get.ts';
import type { KeyAddress, KeyOperation, KeysOperation, MemberOperation } from '../operations/home.ts';
import type { LockToken } from '../partition/key-locks.ts';

/** What it needs of the routes that go on. */
export type ReadRoutes = MapRoutes & Pick<ClusterRoutes, 'read' | 'readKeys'>;

export class NearRoutes implements MapRoutes {
  readonly #routes: ReadRoutes;
  readonly #cache: NearCache;

  /** Whoever closes the map closes the cache too. */
  constructor(routes: ReadRoutes, cache: NearCache) {
    this.#routes = routes;
    this.#cache = cache;
  }

  onKey<A, R>(operation: KeyOperation<A, R>, at: KeyAddress, args: A): R | Promise<R> {
    if ((operation as unknown) === get) return this.#get(at) as R | Promise<R>;
    if (operation.once !== undefined) return this.#changing([at], () => this.#routes.onKey(operation, at, args));
    if ((operation as unknown) === containsKey && this.#cache.has(at)) return true as R;
    return this.#routes.onKey(operation, at, args);
  }

  tryOnKey<A, R>(operation: KeyOperation<A, R>, at: KeyAddress, args: A, timeoutMs: number): R | GaveUp | Promise<R | GaveUp> {
    return this.#changing<R | GaveUp>([at], () => this.#routes.tryOnKey(operation, at, args, timeoutMs));
  }

  heldOnKey<A, R>(operation: KeyOperation<A, R>, at: KeyAddress, args: A, token: LockToken): R | Promise<R> {
    if (operation.once === undefined) return this.#routes.heldOnKey(operation, at, args, token);
    return this.#changing([at], () => this.#routes.heldOnKey(operation, at, args, token));
  }

  onKeys<A, R>(operation: KeysOperation<A, R>, at: readonly KeyAddress[], args: A): R | Promise<R> {
    if ((operation as unknown) === getAll) return this.#getAll(at) as R | Promise<R>;
    if (operation.once === undefined && operation.single?.once === undefined) return this.#routes.onKeys(operation, at, args);
    return this.#changing(at, () => this.#routes.onKeys(operation, at, args));
  }

  onMember<A, R>(operation: MemberOperation<A, R>, args: A): R | Promise<R> {
    if (operation.share?.changes !== true && operation.byKey === undefined) return this.#routes.onMember(operation, args);
    return aroundCall(
      () => this.#cache.clear(),
      () => this.#routes.onMember(operation, args),
    );
  }

  onThisMember<A, R>(operation: MemberOperation<A, R>, args: A): R | undefined | Promise<R | undefined> {
    return this.#routes.onThisMember(operation, args);
  }

  check(): void {
    this.#routes.check();
  }

  #get(at: KeyAddress): unknown {
    const found = this.#cache.get(at);
    if (found !== undefined) return found;
    return this.#cache.covers(at.partition) ? this.#read(at) : this.#routes.onKey(get, at, undefined);
  }

  async #read(at: KeyAddress): Promise<unknown> {
    const reservation = this.#cache.reserve(at);
    const { answer, stamp } = await this.#orRelease([reservation], () => this.#routes.read(get, at, undefined, { near: true }));
    this.#cache.publish(reservation, answer, stamp);
    return answer;
  }

  #getAll(at: readonly KeyAddress[]): readonly unknown[] | Promise<readonly unknown[]> {
    const values = at.map((address) => this.#cache.get(address));
    const missing = values.flatMap((value, position) => (value === undefined ? [position] : []));
    return missing.length === 0 ? values : this.#fillIn(at, values, missing);
  }

  /** Asks for what `values` lacks at the `missing` positions. */
  async #fillIn(at: readonly KeyAddress[], values: unknown[], missing: readonly number[]): Promise<readonly unknown[]> {
    const asked = missing.map((position) => at[position]!);
    const reservations = asked.map((address) => this.#cache.reserve(address));
    const { answer, stamps } = await this.#orRelease(reservations, () => this.#routes.readKeys(getAll, asked, undefined));
    for (const [i, position] of missing.entries()) {
      values[position] = answer[i];
      this.#cache.publish(reservations[i]!, answer[i], stamps[i]);
    }
    return values;
  }

  /** What is read; after an error nothing will be published. */
  async #orRelease<R>(reservations: readonly Reservation[], read: () => R | Promise<R>): Promise<R> {
    try {
      return await read();
    } catch (error) {
      for (const reservation of reservations) this.#cache.release(reservation);
      throw error;
    }
  }

  #changing<R>(at: readonly KeyAddress[], call: () => R | Promise<R>): R | Promise<R> {
    return aroundCall(() => {
      for (const address of at) this.#cache.invalidate(address);
    }, call);
  }
}

/** Does `step` before the call, and when it has ended. */
function aroundCall<R>(step: () => void, call: () => R | Promise<R>): R | Promise<R> {
  step();
  let result: R | Promise<R>;
  try {
    result = call();
  } catch (error) {
    step();
    throw error;
  }
  if (result instanceof Promise) return result.finally(step);
  step();
  return result;
}
