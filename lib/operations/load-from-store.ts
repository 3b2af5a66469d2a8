/** The initial load of a map (M59): what the store gives is kept as `putTransient` does, but never over what memory has already. */
import { loadInitially, type LoadTarget } from '../persistence/initial-load.ts';
import type { KeyAddress, MapHome } from './home.ts';
import { keepLoaded, slotOf } from './memory.ts';

export interface KeyAddresser {
  of(key: unknown): KeyAddress;
}

export async function loadFromStore(home: MapHome, addresses: KeyAddresser, signal: AbortSignal): Promise<void> {
  const { records, clock } = home;
  const { form } = records;
  const store = home.store!;
  const { streams } = store;
  const operation = streams ? 'loadOwned' : 'loadAll';
  const target: LoadTarget = {
    owns: () => true,
    put(key: unknown, value: unknown): boolean {
      const now = clock.now();
      return store.accept(operation, key, () => {
        const at = addresses.of(key);
        if (slotOf(home, at, now) >= 0) return false;
        // What comes in a stream was made for this map (`LoadSink.put`): no need to copy it.
        keepLoaded(home, at, streams ? form.takeOver(value) : form.takeIn(value), now);
        return true;
      });
    },
  };
  await loadInitially(store, home.config.mapStore!, target, clock, home.slices.sliceMs, signal);
}
