/** Where the calls of one map go when there are several members: to the member that holds the key, be it this one, until somebody has answered. */
import { GAVE_UP, type GaveUp } from '../base/turns.ts';
import type { KeyAddress, KeyOperation, KeysOperation, MemberOperation } from '../operations/home.ts';
import type { LockToken } from '../partition/key-locks.ts';
import type { ReadStamp } from '../near-cache/near-network.ts';
import type { MapRoutes } from './router.ts';

/** An answer, with what a near cache must know of it. */
export interface Stamped<R> {
  readonly answer: R;
  /** `undefined`: read from this member's own memory, or nobody tells this member of changes. */
  readonly stamp: ReadStamp | undefined;
}

export class ClusterRoutes implements MapRoutes {
  onKey<A, R>(operation: KeyOperation<A, R>, at: KeyAddress, args: A): R | Promise<R> {
    throw new Error(`not yet: ${operation.name} ${at.partition} ${String(args)}`);
  }

  /** As `onKey`, for verbs that only read: with the state of the partition. `near`: a near cache of this member is to be told of changes. */
  read<A, R>(
    operation: KeyOperation<A, R>,
    at: KeyAddress,
    args: A,
    _options: { readonly near: boolean },
  ): Stamped<R> | Promise<Stamped<R>> {
    throw new Error(`not yet: ${operation.name} ${at.partition} ${String(args)}`);
  }

  tryOnKey<A, R>(_operation: KeyOperation<A, R>, _at: KeyAddress, _args: A, _timeoutMs: number): R | GaveUp | Promise<R | GaveUp> {
    return GAVE_UP;
  }

  heldOnKey<A, R>(operation: KeyOperation<A, R>, at: KeyAddress, args: A, _token: LockToken): R | Promise<R> {
    return this.onKey(operation, at, args);
  }

  onKeys<A, R>(operation: KeysOperation<A, R>, _at: readonly KeyAddress[], args: A): R | Promise<R> {
    throw new Error(`not yet: ${operation.name} ${String(args)}`);
  }

  onMember<A, R>(operation: MemberOperation<A, R>, args: A): R | Promise<R> {
    throw new Error(`not yet: ${operation.name} ${String(args)}`);
  }

  check(): void {
    // nothing is closed yet
  }
}
