/** `loadAll` (M20): brings keys, or all that the store gives for the start, into memory, where the user says so over what is there. */
import { keyFromWire, keyToWire } from '../data/codec.ts';
import { fromKey } from '../data/key.ts';
import { each } from './each.ts';
import type { ArrivedAt, KeyAddress, MapHome, MemberOperation, PartitionTest } from './home.ts';
import { canLoad } from './load.ts';
import { loadFromStore, type KeyAddresser } from './load-from-store.ts';
import { LoadRoom } from './load-room.ts';
import { keepLoaded, slotOf, userKey } from './memory.ts';
import { refuseOwnEntry } from './processing.ts';
import { allDone } from './sum-share.ts';
import { staying } from './stays.ts';
import { byKey } from './through.ts';
import { inTurns } from './turn.ts';

export interface LoadAllArguments {
  /** Distinct. `undefined`: what `loadAllKeys` or `loadOwned` gives. */
  readonly at: readonly KeyAddress[] | undefined;
  readonly replaceExisting: boolean;
  readonly addresses: KeyAddresser;
  readonly signal: AbortSignal | undefined;
}

export const loadAll: MemberOperation<LoadAllArguments, void> = {
  name: 'loadAll',
  share: {
    changes: true,
    toWire: ({ at, replaceExisting }: LoadAllArguments) => [at?.map(({ key }) => keyToWire(key)), replaceExisting],
    fromWire(wire: unknown, { addresses, signal }: ArrivedAt): LoadAllArguments {
      const [keys, replaceExisting] = wire as readonly [readonly unknown[] | undefined, boolean];
      return { at: keys?.map((key) => addresses.of(fromKey(keyFromWire(key)))), replaceExisting, addresses, signal };
    },
    run(home: MapHome, { at, ...rest }: LoadAllArguments, only: PartitionTest | undefined): void | Promise<void> {
      return loadAll.run(home, { ...rest, at: only === undefined ? at : at?.filter(({ partition }) => only(partition)) });
    },
    merge: allDone,
  },
  signal: ({ signal }) => signal,
  async run(home: MapHome, { at, replaceExisting, addresses, signal }): Promise<void> {
    if (home.store === undefined) return;
    const stop = signal === undefined ? home.closing : AbortSignal.any([home.closing, signal]);
    try {
      stop.throwIfAborted();
      if (at === undefined) await loadFromStore(home, addresses, { signal: stop, replaceExisting });
      else if (canLoad(home)) await loadInBatches(home, at, replaceExisting, stop);
    } catch (error) {
      home.closing.throwIfAborted(); // what a store makes of a signal is its own affair: the caller hears why
      throw error;
    }
  },
};

async function loadInBatches(home: MapHome, at: readonly KeyAddress[], replaceExisting: boolean, stop: AbortSignal): Promise<void> {
  for (const { key } of at) refuseOwnEntry(home, key);
  const { loadBatchSize } = home.config.mapStore!;
  for (let from = 0; from < at.length; from += loadBatchSize) {
    if (from > 0) await home.slices.pause();
    stop.throwIfAborted();
    const batch = at.slice(from, from + loadBatchSize);
    // In the keys' turns: what is read can't be overtaken by a change. What only fills in is a read, and passes locks.
    const load = (positions?: readonly number[]): Promise<void> =>
      loadBatch(home, positions?.map((position) => batch[position]!) ?? batch, replaceExisting, stop);
    const keys = batch.map(({ key }) => key);
    await (replaceExisting ? inTurns(home, batch, load) : home.turns.takeAll(keys, () => load()));
  }
}

async function loadBatch(home: MapHome, batch: readonly KeyAddress[], replaceExisting: boolean, stop: AbortSignal): Promise<void> {
  stop.throwIfAborted();
  const room = new LoadRoom(home, replaceExisting);
  const isOurs = staying(home);
  const isWanted = (at: KeyAddress): boolean => isOurs(at) && (replaceExisting || slotOf(home, at) < 0) && room.admits(at);
  const wanted = batch.filter((address) => home.behind?.isPending(address.key) !== true && isWanted(address));
  if (wanted.length === 0) return;
  const loaded = byKey(home, 'loadAll', await home.store!.loadAll(wanted.map(userKey)));
  await each(home, wanted.length, (position) => {
    stop.throwIfAborted();
    const address = wanted[position]!;
    const value = loaded.get(address.key);
    const now = home.clock.now();
    if (value === undefined || !isOurs(address) || !room.takes(address, slotOf(home, address, now))) return;
    const stored = home.store!.accept('loadAll', userKey(address), () => home.records.form.takeIn(value));
    keepLoaded(home, address, stored, now);
  });
}
