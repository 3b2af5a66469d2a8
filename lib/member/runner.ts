/**
 * Runs a verb at the member that has the key, past the key's lock and in its turn where that is needed.
 *
 * A verb over memory alone is synchronous, so nothing can come between its look and its write: it needs no turn, and a map without a
 * store never pays for one, as long as nobody locks a key or runs an entry processor that takes time. With a store a change waits for the
 * database in the middle; then the turn keeps others of the same key out.
 */
import type { Patience } from '../base/patience.ts';
import type { GaveUp } from '../base/turns.ts';
import type { KeyAddress, KeyOperation, MapHome } from '../operations/home.ts';
import { checkHeld } from '../operations/lock.ts';
import { refuseOwnEntry } from '../operations/processing.ts';
import { inTurn, isQuiet, tryInTurn } from '../operations/turn.ts';
import type { LockToken } from '../partition/key-locks.ts';

export function runOnKey<A, R>(home: MapHome, operation: KeyOperation<A, R>, at: KeyAddress, args: A): R | Promise<R> {
  const { changes } = operation;
  if (changes === false) return operation.run(home, at, args);
  if (home.store === undefined && changes === true && isQuiet(home)) return operation.run(home, at, args);
  return runInTurn(home, operation, at, args);
}

/** A function of its own, so that the short way stays short enough to be inlined. */
function runInTurn<A, R>(home: MapHome, operation: KeyOperation<A, R>, at: KeyAddress, args: A): R | Promise<R> {
  if (operation.ifLocked !== undefined && home.locks.isLocked(at.key)) return operation.ifLocked;
  return inTurn(home, at, () => operation.run(home, at, args));
}

/** GAVE_UP when lock, turn and room in the write-behind queue did not come in time; then nothing has happened. */
export function tryOnKey<A, R>(
  home: MapHome,
  operation: KeyOperation<A, R>,
  at: KeyAddress,
  args: A,
  patience: Patience,
): R | GaveUp | Promise<R | GaveUp> {
  const { behind } = home;
  const run = (): R | Promise<R> => operation.run(home, at, args);
  return tryInTurn<R | GaveUp>(home, at, behind === undefined ? run : () => behind.tryWithRoom(at.key, run, patience), patience);
}

/** For the holder of the key's lock. Throws NotLockOwnerError when it is not held any more. */
export function runHeld<A, R>(home: MapHome, operation: KeyOperation<A, R>, at: KeyAddress, args: A, token: LockToken): R | Promise<R> {
  checkHeld(home, at, token);
  if (!operation.changes) return operation.run(home, at, args);
  refuseOwnEntry(home, at.key);
  return home.turns.take(at.key, () => operation.run(home, at, args));
}
