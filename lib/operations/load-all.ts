/** `loadAll` (M20): brings keys, or all that the store gives for the start, into memory, where the user says so over what is there. */
import { AbortedError } from '../errors.ts';
import type { KeyAddress, MapHome, MemberOperation } from './home.ts';
import { canLoad } from './load.ts';
import { loadFromStore, type KeyAddresser } from './load-from-store.ts';
import { LoadRoom } from './load-room.ts';
import { keepLoaded, slotOf, userKey } from './memory.ts';
import { byKey } from './through.ts';

export interface LoadAllArguments {
  /** Distinct. `undefined`: what `loadAllKeys` or `loadOwned` gives. */
  readonly at: readonly KeyAddress[] | undefined;
  readonly replaceExisting: boolean;
  readonly addresses: KeyAddresser;
  readonly signal: AbortSignal | undefined;
}

export const loadAll: MemberOperation<LoadAllArguments, void> = {
  name: 'loadAll',
  async run(home: MapHome, { at, replaceExisting, addresses, signal }): Promise<void> {
    if (home.store === undefined) return;
    const stop = signal === undefined ? home.closing : AbortSignal.any([home.closing, signal]);
    try {
      stop.throwIfAborted();
      if (at === undefined) await loadFromStore(home, addresses, { signal: stop, replaceExisting });
      else if (canLoad(home)) await loadInBatches(home, at, replaceExisting, stop);
    } catch (error) {
      // What a store makes of a signal is its own affair: the caller hears why.
      if (home.closing.aborted) throw home.closing.reason;
      if (signal?.aborted === true) throw new AbortedError('the load was aborted', { cause: signal.reason });
      throw error;
    }
  },
};

async function loadInBatches(home: MapHome, at: readonly KeyAddress[], replaceExisting: boolean, stop: AbortSignal): Promise<void> {
  const { loadBatchSize } = home.config.mapStore!;
  for (let from = 0; from < at.length; from += loadBatchSize) {
    if (from > 0) await home.slices.pause();
    stop.throwIfAborted();
    const batch = at.slice(from, from + loadBatchSize);
    // In the keys' turns: what is read can't be overtaken by a change.
    const keys = batch.map(({ key }) => key);
    await home.turns.takeAll(keys, () => loadBatch(home, batch, replaceExisting));
  }
}

async function loadBatch(home: MapHome, batch: readonly KeyAddress[], replaceExisting: boolean): Promise<void> {
  const room = new LoadRoom(home, replaceExisting);
  const isWanted = (at: KeyAddress): boolean => (replaceExisting || slotOf(home, at) < 0) && room.admits(at);
  const wanted = batch.filter((address) => home.behind?.isPending(address.key) !== true && isWanted(address));
  if (wanted.length === 0) return;
  const loaded = byKey(home, 'loadAll', await home.store!.loadAll(wanted.map(userKey)));
  const now = home.clock.now();
  for (const address of wanted) {
    const value = loaded.get(address.key);
    if (value === undefined || !room.takes(address, now)) continue;
    const stored = home.store!.accept('loadAll', userKey(address), () => home.records.form.takeIn(value));
    keepLoaded(home, address, stored, now);
  }
}
