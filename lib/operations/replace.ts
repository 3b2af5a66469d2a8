/** `replace` and `replaceIfSame` (M4): change an entry only where there is one, or only where it has a given value. */
import { deepEqual } from '../data/deep-equal.ts';
import type { KeyAddress, KeyOperation, MapHome, NewValue } from './home.ts';
import { handOut, storedOf } from './memory.ts';
import { canLoad, loadAndKeep, storeAndKeep } from './through.ts';

/** Answers with the old value, `undefined` when there was none and nothing changed. */
export const replace: KeyOperation<NewValue, unknown> = {
  name: 'replace',
  changes: true,
  run(home: MapHome, at: KeyAddress, value: NewValue): unknown {
    return withPresent(home, at, (before) => {
      const done = storeAndKeep(home, at, value);
      return done instanceof Promise ? done.then(() => before) : before;
    });
  },
};

export interface Replacement extends NewValue {
  /** As users see it; compared by structure. */
  readonly expected: unknown;
}

/** Answers whether it replaced. */
export const replaceIfSame: KeyOperation<Replacement, boolean> = {
  name: 'replaceIfSame',
  changes: true,
  run(home: MapHome, at: KeyAddress, value: Replacement): boolean | Promise<boolean> {
    const changed = withPresent(home, at, (before) => {
      if (!deepEqual(before, value.expected)) return false;
      const done = storeAndKeep(home, at, value);
      return done instanceof Promise ? done.then(() => true) : true;
    });
    return changed instanceof Promise ? changed.then((answer) => answer ?? false) : (changed ?? false);
  },
};

/** Calls `use` with the present value, as users see it, loading it if need be; `undefined` when there is none. */
export function withPresent<R>(
  home: MapHome,
  at: KeyAddress,
  use: (value: unknown) => R | Promise<R>,
): R | undefined | Promise<R | undefined> {
  const present = storedOf(home, at);
  if (present !== undefined) return use(handOut(home, present));
  if (!canLoad(home)) return undefined;
  return loadAndKeep(home, at).then((stored) => (stored === undefined ? undefined : use(handOut(home, stored))));
}
