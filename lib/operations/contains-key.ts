/** `containsKey` (M6): touches the entry; loads it when it is not in memory. */
import type { KeyAddress, KeyOperation, MapHome } from './home.ts';
import { canLoad, loadOnce } from './load.ts';
import { slotOf } from './memory.ts';

export const containsKey: KeyOperation<undefined, boolean> = {
  name: 'containsKey',
  changes: false,
  run(home: MapHome, at: KeyAddress): boolean | Promise<boolean> {
    const now = home.clock.now();
    const slot = slotOf(home, at, now);
    if (slot >= 0) {
      home.records.touch(slot, now);
      return true;
    }
    return canLoad(home) ? loadOnce(home, at).then((stored) => stored !== undefined) : false;
  },
};
