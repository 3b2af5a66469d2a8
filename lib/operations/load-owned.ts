/** The initial load of what a member owns (M59): of all there is, where it is the only one. */
import type { MapHome } from './home.ts';
import { loadFromStore, type KeyAddresser } from './load-from-store.ts';

/**
 * In a cluster each member loads the partitions it owns, those that do not have yet what the store gives for the start. Where a partition was lost, or
 * its last member had not come to the end, it is loaded again; moves that are planned wait meanwhile.
 */
export async function loadOwned(home: MapHome, addresses: KeyAddresser, signal: AbortSignal): Promise<void> {
  const { share } = home;
  if (share === undefined) return loadFromStore(home, addresses, { signal });
  for (let stays = share.stays('unloaded'); stays.size > 0; stays = share.stays('unloaded')) {
    const release = share.hold();
    try {
      await loadFromStore(home, addresses, { signal, stays });
      share.loaded(stays);
    } finally {
      release();
    }
  }
}
