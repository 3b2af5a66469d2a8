/**
 * Runs a verb at the member that has the key, in the key's turn where that is needed.
 *
 * A verb over memory alone is synchronous, so nothing can come between its look and its write: it needs no turn, and a map without a
 * store never pays for one. With a store a change waits for the database in the middle; then the turn keeps others of the same key out.
 */
import type { GaveUp } from '../base/turns.ts';
import type { KeyAddress, KeyOperation, KeysOperation, MapHome } from '../operations/home.ts';

export function runOnKey<A, R>(home: MapHome, operation: KeyOperation<A, R>, at: KeyAddress, args: A): R | Promise<R> {
  if (!operation.changes || home.store === undefined) return operation.run(home, at, args);
  return home.turns.take(at.key, () => operation.run(home, at, args));
}

/** GAVE_UP when the turn did not come within `timeoutMs`; then nothing has happened. */
export function tryOnKey<A, R>(
  home: MapHome,
  operation: KeyOperation<A, R>,
  at: KeyAddress,
  args: A,
  timeoutMs: number,
): R | GaveUp | Promise<R | GaveUp> {
  return home.turns.tryTake(
    at.key,
    () => operation.run(home, at, args),
    (giveUp) => home.clock.after(timeoutMs, giveUp),
  );
}

export function runOnKeys<A, R>(home: MapHome, operation: KeysOperation<A, R>, at: readonly KeyAddress[], args: A): R | Promise<R> {
  if (!operation.changes || home.store === undefined) return operation.run(home, at, args);
  const keys = at.map((address) => address.key);
  return home.turns.takeAll(keys, () => operation.run(home, at, args));
}
