/** `putTransient` (M9): memory only. */
import type { KeyAddress, KeyOperation, MapHome, NewValue } from './home.ts';
import { keep } from './memory.ts';

export const putTransient: KeyOperation<NewValue, void> = {
  name: 'putTransient',
  changes: true,
  run: (home: MapHome, at: KeyAddress, value: NewValue): void => keep(home, at, value),
};
