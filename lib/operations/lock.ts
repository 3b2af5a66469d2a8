/** `lock`, `tryLock`, `unlock`, `isLocked`, `forceUnlock` (M15, M62). The store is not asked, and the key need not exist. */
import type { MemberId } from '../api/transport.ts';
import { Patience } from '../base/patience.ts';
import { GAVE_UP, type GaveUp } from '../base/turns.ts';
import { NotLockOwnerError } from '../errors.ts';
import type { LockToken } from '../partition/key-locks.ts';
import type { KeyAddress, KeyOperation, MapHome } from './home.ts';
import { slotOf, userKey } from './memory.ts';
import { refuseOwnEntry } from './processing.ts';
import { inLine } from './turn.ts';
import type { Wire } from './wire.ts';

export interface LockRequest {
  /** 0: until it is unlocked. */
  readonly leaseMs: number;
  /** How long to wait; `Infinity`: until it is free. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
  /** The member that asks: the lock ends with it. Left out where there is one member only. */
  readonly holder?: MemberId | undefined;
}

/** Whose signal and holder are those of the call. */
const requestWire: Wire<LockRequest> = {
  to: ({ leaseMs, timeoutMs }) => [leaseMs, timeoutMs],
  from(wire) {
    const [leaseMs, timeoutMs] = wire as [number, number];
    return { leaseMs, timeoutMs, signal: undefined };
  },
};

/** Answers with the token of the lock, `undefined` when it was not free in time. The lease begins when the lock is there. */
export const lock: KeyOperation<LockRequest, LockToken | undefined> = {
  name: 'lock',
  changes: false,
  once: 'long',
  args: requestWire,
  needsLoaded: false,
  run(home: MapHome, at: KeyAddress, { leaseMs, timeoutMs, signal, holder }): LockToken | undefined | Promise<LockToken | undefined> {
    const patience = new Patience(home.clock, timeoutMs, signal);
    const answer = (token: LockToken | GaveUp): LockToken | undefined => {
      if (token === GAVE_UP) {
        patience.check();
        return undefined;
      }
      home.locks.confirm(at.key, token);
      if (leaseMs > 0) home.locks.lease(at.key, token, leaseMs, home.clock.now());
      return token;
    };
    const token = acquire(home, at, patience, holder);
    return token instanceof Promise ? token.then(answer) : answer(token);
  },
};

/** Takes the lock, then waits for the changes that passed before it. */
function acquire(
  home: MapHome,
  at: KeyAddress,
  patience: Patience,
  holder: MemberId | undefined,
): LockToken | GaveUp | Promise<LockToken | GaveUp> {
  refuseOwnEntry(home, at.key);
  const { locks } = home;
  slotOf(home, at); // an entry that has expired goes now: the lock would keep it, and show it again
  const token = locks.tryLock(at, holder);
  if (token !== undefined) return afterChanges(home, at, token, patience, holder);
  return inLine(home, at, patience, { takes: true, holder }, (next) => afterChanges(home, at, next, patience, holder));
}

function afterChanges(
  home: MapHome,
  at: KeyAddress,
  token: LockToken,
  patience: Patience,
  holder: MemberId | undefined,
): LockToken | GaveUp | Promise<LockToken | GaveUp> {
  const turn = home.turns.tryTake(
    at.key,
    () => token,
    (giveUp) => patience.start(giveUp),
  );
  if (!(turn instanceof Promise)) return turn;
  return turn.then((outcome) => {
    const now = home.clock.now();
    if (outcome === GAVE_UP) home.locks.unlock(at.key, token, now);
    home.closing.throwIfAborted(); // nobody could use the lock
    return outcome === GAVE_UP || home.locks.isHeldBy(at.key, token, now) ? outcome : acquire(home, at, patience, holder); // it was forced open meanwhile
  });
}

/** Throws NotLockOwnerError when the lock is not held any more; then the key is as it was. */
export const unlock: KeyOperation<LockToken, void> = {
  name: 'unlock',
  changes: false,
  once: 'short',
  needsLoaded: false,
  run(home: MapHome, at: KeyAddress, token: LockToken): void {
    if (!home.locks.unlock(at.key, token, home.clock.now())) throw notHeld(home, at);
  },
};

/** Whether the lock is held still. */
export const isHeld: KeyOperation<LockToken, boolean> = {
  name: 'isHeld',
  changes: false,
  needsLoaded: false,
  run: (home: MapHome, at: KeyAddress, token: LockToken): boolean => home.locks.isHeldBy(at.key, token, home.clock.now()),
};

export const isLocked: KeyOperation<undefined, boolean> = {
  name: 'isLocked',
  changes: false,
  needsLoaded: false,
  run: (home: MapHome, at: KeyAddress): boolean => home.locks.isLocked(at.key),
};

/** Answers whether the key was locked. */
export const forceUnlock: KeyOperation<undefined, boolean> = {
  name: 'forceUnlock',
  changes: false,
  once: 'short',
  needsLoaded: false,
  run: (home: MapHome, at: KeyAddress): boolean => home.locks.forceUnlock(at.key),
};

/** Throws NotLockOwnerError when the lock is not held any more. */
export function checkHeld(home: MapHome, at: KeyAddress, token: LockToken): void {
  if (!home.locks.isHeldBy(at.key, token, home.clock.now())) throw notHeld(home, at);
}

function notHeld(home: MapHome, at: KeyAddress): NotLockOwnerError {
  return new NotLockOwnerError(
    `map '${home.name}': the lock is not held any more: it was unlocked, its lease is over, or it was forced open`,
    {
      details: { map: home.name, key: userKey(at) },
    },
  );
}
