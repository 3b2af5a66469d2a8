/** `putTransient` (M9): memory only. */
import type { KeyAddress, KeyOperation, MapHome, NewValue } from './home.ts';
import { keep } from './memory.ts';
import { newValueWire } from './wire.ts';

export const putTransient: KeyOperation<NewValue, void> = {
  name: 'putTransient',
  changes: true,
  once: 'short',
  args: newValueWire,
  run: (home: MapHome, at: KeyAddress, value: NewValue): void => keep(home, at, value),
};
