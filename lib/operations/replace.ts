/** `replace` and `replaceIfSame` (M4): change an entry only where there is one, or only where it has a given value. */
import { userFromWire, userToWire } from '../data/codec.ts';
import { deepEqual } from '../data/deep-equal.ts';
import { after, elseFalse } from './answer.ts';
import type { KeyAddress, KeyOperation, MapHome, NewValue } from './home.ts';
import { withPresent } from './load.ts';
import { storeAndKeep } from './through.ts';
import { newValueWire, handedWire, type Wire } from './wire.ts';

/** Answers with the old value, `undefined` when there was none and nothing changed. */
export const replace: KeyOperation<NewValue, unknown> = {
  name: 'replace',
  changes: true,
  once: 'short',
  stores: true,
  args: newValueWire,
  answer: handedWire,
  run: (home: MapHome, at: KeyAddress, value: NewValue): unknown =>
    withPresent(home, at, (before) => after(storeAndKeep(home, at, value), before)),
};

export interface Replacement extends NewValue {
  /** As users see it; compared by structure. */
  readonly expected: unknown;
}

const replacementWire: Wire<Replacement> = {
  to: (value, form) => [newValueWire.to(value, form), userToWire(value.expected)],
  from(wire, form) {
    const [value, expected] = wire as [unknown, unknown];
    return { ...newValueWire.from(value, form), expected: userFromWire(expected) };
  },
};

/** Answers whether it replaced. */
export const replaceIfSame: KeyOperation<Replacement, boolean> = {
  name: 'replaceIfSame',
  changes: true,
  once: 'short',
  stores: true,
  args: replacementWire,
  run: (home: MapHome, at: KeyAddress, value: Replacement): boolean | Promise<boolean> =>
    elseFalse(withPresent(home, at, (before) => deepEqual(before, value.expected) && after(storeAndKeep(home, at, value), true))),
};
