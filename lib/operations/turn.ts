/**
 * Who may change a key now: a change passes the key's lock, then takes its turn, in the same tick. So whoever gets the lock afterwards, and takes
 * the turn once too, knows that no change is under way.
 *
 * Who waits for a lock has no turn, and no lock but those its user holds. Who waits for turns asks for all of them in one tick. Therefore calls
 * never wait for each other in a circle, unless users do: each holding a lock that the other one wants.
 */
import { ErrorGroup } from '../base/error-group.ts';
import { Patience } from '../base/patience.ts';
import { GAVE_UP, type GaveUp } from '../base/turns.ts';
import { KeyMap } from '../data/key-map.ts';
import type { StoredKey } from '../data/key.ts';
import { goOn } from './answer.ts';
import type { LockToken, LockWaiter } from '../partition/key-locks.ts';
import { each } from './each.ts';
import type { KeyAddress, MapHome } from './home.ts';
import { refuseOwnEntry } from './processing.ts';

/** Whether no key of the map is locked or in somebody's turn. */
export function isQuiet({ locks, turns }: MapHome): boolean {
  return locks.size === 0 && turns.size === 0;
}

function isFree({ locks, turns }: MapHome, key: StoredKey): boolean {
  return locks.isFree(key) && (turns.size === 0 || turns.isFree(key));
}

/** Whether a change of all these keys would wait neither for somebody else nor for room in the queue of writes. */
export function areFree(home: MapHome, at: readonly KeyAddress[]): boolean {
  return (isQuiet(home) || at.every(({ key }) => isFree(home, key))) && home.behind?.wouldWaitFor(at.length) !== true;
}

/** Runs `work` in the key's turn, when nobody has locked the key; at once, synchronously, when that is now. */
export function inTurn<R>(home: MapHome, at: KeyAddress, work: () => R | Promise<R>): R | Promise<R> {
  refuseOwnEntry(home, at.key);
  if (home.locks.isFree(at.key)) return home.turns.take(at.key, work);
  const { passed, begun } = behind(work);
  return new Promise<R>((resolve, reject) => {
    const granted = (): void => resolve(home.turns.take(at.key, () => (passed(), begun)));
    home.locks.wait(at, { takes: false, granted, refused: reject });
  });
}

/** As `inTurn`; GAVE_UP when the patience was over before, and then `work` is not run. */
export function tryInTurn<R>(
  home: MapHome,
  at: KeyAddress,
  work: () => R | Promise<R>,
  patience: Patience,
): R | GaveUp | Promise<R | GaveUp> {
  refuseOwnEntry(home, at.key);
  const take = <T>(run: () => T | Promise<T>): T | GaveUp | Promise<T | GaveUp> =>
    home.turns.tryTake(at.key, run, (giveUp) => patience.start(giveUp));
  if (home.locks.isFree(at.key)) return take(work);
  const { passed, begun } = behind(work);
  return inLine(home, at, patience, { takes: false }, () => take(() => (passed(), begun)));
}

/**
 * Waits in the line of a key that is not free: to take its lock, or to pass. Gives what `granted` makes when its turn has come; GAVE_UP when the
 * patience was over before.
 */
export function inLine<R>(
  home: MapHome,
  at: KeyAddress,
  patience: Patience,
  who: Pick<LockWaiter, 'takes' | 'holder'>,
  granted: (token: LockToken) => R | Promise<R>,
): Promise<R | GaveUp> {
  return new Promise<R | GaveUp>((resolve, reject) => {
    const leave = home.locks.wait(at, {
      ...who,
      granted: (token) => {
        timer.cancel();
        resolve(granted(token));
      },
      refused: (reason) => {
        timer.cancel();
        reject(reason);
      },
    });
    const timer = patience.start(() => {
      leave();
      resolve(GAVE_UP);
    });
  });
}

/**
 * Runs `work` in the turns of all keys, which must be distinct: at once for those that nobody has locked (for all: `undefined`), and for each of the
 * others by itself, as soon as it is free. After an error nothing more is begun; the first error is thrown when what had begun has ended.
 */
export function inTurns(
  home: MapHome,
  at: readonly KeyAddress[],
  work: (positions: readonly number[] | undefined) => void | Promise<void>,
): void | Promise<void> {
  for (const { key } of at) refuseOwnEntry(home, key);
  const isPassable = ({ key }: KeyAddress): boolean => home.locks.isFree(key);
  if (home.locks.size === 0 || at.every(isPassable))
    return home.turns.takeAll(
      at.map(({ key }) => key),
      () => work(undefined),
    );
  const positions = [...at.keys()];
  const free = positions.filter((position) => isPassable(at[position]!));
  const locked = positions.filter((position) => !isPassable(at[position]!));
  return inParts(home, at, free, locked, work);
}

/**
 * For maps without a store: calls `step` for each position from 0 to `count` - 1, in slices; at once where the key is free, afterwards for those
 * that are not, once for each key. `addressOf` gives `undefined` where there is nothing to do.
 */
export function eachInTurn(
  home: MapHome,
  count: number,
  addressOf: (position: number) => KeyAddress | undefined,
  step: (at: KeyAddress, position: number) => void,
): void | Promise<void> {
  const busy: Busy[] = [];
  const known = new KeyMap<true>();
  const first = each(home, count, (position) => {
    const at = addressOf(position);
    if (at === undefined) return;
    if (isQuiet(home) || isFree(home, at.key)) return step(at, position);
    if (known.get(at.key) === true) return; // it has come to another place meanwhile
    known.set(at.key, true);
    busy.push({ at, position });
  });
  return goOn(first, () => {
    if (busy.length === 0) return undefined;
    const addresses = busy.map(({ at }) => at);
    return inTurns(home, addresses, (some) =>
      each(home, some?.length ?? busy.length, (i) => {
        const { at, position } = busy[some?.[i] ?? i]!;
        step(at, position);
      }),
    );
  });
}

interface Busy {
  readonly at: KeyAddress;
  readonly position: number;
}

function inParts(
  home: MapHome,
  at: readonly KeyAddress[],
  free: readonly number[],
  locked: readonly number[],
  work: (positions: readonly number[]) => void | Promise<void>,
): Promise<void> {
  const group = new ErrorGroup();
  const patience = new Patience(home.clock, Infinity, group.signal);
  if (free.length > 0) {
    const keys = free.map((position) => at[position]!.key);
    group.go(() => home.turns.takeAll(keys, () => work(free))); // in this tick: nobody has locked them yet
  }
  group.go(() => each(home, locked.length, (i) => group.go(() => tryInTurn(home, at[locked[i]!]!, () => work([locked[i]!]), patience))));
  return group.wait();
}

/** Work that is begun later, from a place that is not its own, but in the asynchronous context it was asked for in. */
function behind<R>(work: () => R | Promise<R>): { readonly passed: () => void; readonly begun: Promise<R> } {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { passed: resolve, begun: promise.then(work) };
}
