/** The initial load of a map (M59): what the store gives is kept as `putTransient` does, but never over what memory has already. */
import { loadInitially, type LoadTarget } from '../persistence/initial-load.ts';
import type { KeyAddress, MapHome } from './home.ts';

export interface KeyAddresser {
  of(key: unknown): KeyAddress;
}

export async function loadFromStore(home: MapHome, addresses: KeyAddresser, signal: AbortSignal): Promise<void> {
  const { records, clock } = home;
  const target: LoadTarget = {
    owns: () => true,
    put(key: unknown, value: unknown, isFresh: boolean): boolean {
      const at = addresses.of(key);
      const now = clock.now();
      if (records.find(at.partition, at.key, at.hash, now) >= 0) return false;
      const slot = records.insert(at.partition, at.key, at.hash, isFresh ? records.form.takeOver(value) : records.form.takeIn(value), now);
      records.markStored(slot, now);
      return true;
    },
  };
  await loadInitially(home.store!, home.config.mapStore!, target, clock, home.slices.sliceMs, signal);
}
