/** `containsKey` (M6): touches the entry; loads it when it is not in memory. */
import type { KeyAddress, KeyOperation, MapHome } from './home.ts';
import { slotOf } from './memory.ts';
import { canLoad, loadOnce } from './through.ts';

export const containsKey: KeyOperation<undefined, boolean> = {
  name: 'containsKey',
  changes: false,
  run(home: MapHome, at: KeyAddress): boolean | Promise<boolean> {
    const slot = slotOf(home, at);
    if (slot >= 0) {
      home.records.touch(slot, home.clock.now());
      return true;
    }
    return canLoad(home) ? loadOnce(home, at).then((stored) => stored !== undefined) : false;
  },
};
