/** `putAll`, `setAll` (M8): all keys in one call of the store, then memory, in slices. Keys that somebody has locked follow one by one. */
import { each } from './each.ts';
import type { KeyAddress, KeysOperation, MapHome, NewValue } from './home.ts';
import { keep } from './memory.ts';
import { set } from './set.ts';
import { storeAndKeepAll } from './through.ts';
import { eachInTurn, inTurns } from './turn.ts';
import { newValuesWire, ofSome } from './wire.ts';

export const putAll: KeysOperation<readonly NewValue[], void> = {
  name: 'putAll',
  once: 'short',
  stores: true,
  apart: { operation: set, argsOf: (values: readonly NewValue[], position) => values[position] },
  argsOf: ofSome,
  merge: () => undefined,
  args: newValuesWire,
  run(home: MapHome, at: readonly KeyAddress[], values: readonly NewValue[]): void | Promise<void> {
    if (at.length === 0) return;
    if (home.store === undefined) {
      return eachInTurn(
        home,
        at.length,
        (position) => at[position],
        (address, position) => keep(home, address, values[position]!),
      );
    }
    return inTurns(home, at, (some) =>
      some === undefined
        ? putTogether(home, at, values)
        : putTogether(
            home,
            some.map((position) => at[position]!),
            some.map((position) => values[position]!),
          ),
    );
  },
};

function putTogether(home: MapHome, at: readonly KeyAddress[], values: readonly NewValue[]): void | Promise<void> {
  if (home.store?.stores === true) return storeAndKeepAll(home, at, values);
  return each(home, at.length, (position) => keep(home, at[position]!, values[position]!));
}
