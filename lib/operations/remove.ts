/** `remove`, `removeIfSame` and `delete` (M5): the store first, then memory. */
import { userFromWire, userToWire } from '../data/codec.ts';
import { deepEqual } from '../data/deep-equal.ts';
import { after, elseFalse } from './answer.ts';
import type { KeyAddress, KeyOperation, MapHome } from './home.ts';
import { withPresent } from './load.ts';
import { deleteAndDrop } from './through.ts';
import { handedWire, type Wire } from './wire.ts';

/** Answers with the removed value; nothing is deleted when there was none. */
export const remove: KeyOperation<undefined, unknown> = {
  name: 'remove',
  changes: true,
  once: 'short',
  stores: true,
  answer: handedWire,
  run: (home: MapHome, at: KeyAddress): unknown => withPresent(home, at, (value) => after(deleteAndDrop(home, at), value)),
};

const expectedWire: Wire<{ readonly expected: unknown }> = {
  to: ({ expected }) => userToWire(expected),
  from: (wire) => ({ expected: userFromWire(wire) }),
};

/** Answers whether it removed; another value changes nothing, in memory or in the store. */
export const removeIfSame: KeyOperation<{ readonly expected: unknown }, boolean> = {
  name: 'removeIfSame',
  changes: true,
  once: 'short',
  stores: true,
  args: expectedWire,
  run: (home: MapHome, at: KeyAddress, { expected }): boolean | Promise<boolean> =>
    elseFalse(withPresent(home, at, (value) => deepEqual(value, expected) && after(deleteAndDrop(home, at), true))),
};

/** Never reads; the store is told even when memory knows nothing of the key. */
export const deleteKey: KeyOperation<undefined, void> = {
  name: 'delete',
  changes: true,
  once: 'short',
  stores: true,
  run: (home: MapHome, at: KeyAddress): void | Promise<void> => deleteAndDrop(home, at),
};
