/** `remove`, `removeIfSame` and `delete` (M5): the store first, then memory. */
import { deepEqual } from '../data/deep-equal.ts';
import type { KeyAddress, KeyOperation, MapHome } from './home.ts';
import { withPresent } from './replace.ts';
import { deleteAndDrop } from './through.ts';

/** Answers with the removed value; nothing is deleted when there was none. */
export const remove: KeyOperation<undefined, unknown> = {
  name: 'remove',
  changes: true,
  run(home: MapHome, at: KeyAddress): unknown {
    return withPresent(home, at, (value) => {
      const done = deleteAndDrop(home, at);
      return done instanceof Promise ? done.then(() => value) : value;
    });
  },
};

/** Answers whether it removed; another value changes nothing, in memory or in the store. */
export const removeIfSame: KeyOperation<{ readonly expected: unknown }, boolean> = {
  name: 'removeIfSame',
  changes: true,
  run(home: MapHome, at: KeyAddress, { expected }): boolean | Promise<boolean> {
    const removed = withPresent(home, at, (value) => (deepEqual(value, expected) ? deleteAndDrop(home, at) : false));
    return removed instanceof Promise ? removed.then((answer) => answer ?? false) : (removed ?? false);
  },
};

/** Never reads; the store is told even when memory knows nothing of the key. */
export const deleteKey: KeyOperation<undefined, void> = {
  name: 'delete',
  changes: true,
  run(home: MapHome, at: KeyAddress): void | Promise<void> {
    const done = deleteAndDrop(home, at);
    return done instanceof Promise ? done.then(() => undefined) : undefined;
  },
};
