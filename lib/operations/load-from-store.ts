/** Loads of many rows: the initial one (M59), and those that users ask for by `loadAll` (M20). Rows are kept as `putTransient` does. */
import { loadInitially, type LoadTarget } from '../persistence/initial-load.ts';
import type { KeyAddress, MapHome } from './home.ts';
import { LoadRoom } from './load-room.ts';
import { keepLoaded, slotOf } from './memory.ts';
import { staying } from './stays.ts';

export interface KeyAddresser {
  of(key: unknown): KeyAddress;
}

export interface LoadOptions {
  readonly signal: AbortSignal;
  /** Whether rows replace what memory has. Never what was changed since the load began, nor what somebody has locked. Default false. */
  readonly replaceExisting?: boolean;
  /** In a cluster: only keys of these partitions are wanted. Left out: of all that this member owns. */
  readonly stays?: ReadonlyMap<number, unknown>;
}

/** Loads what the store gives for the start: all rows, or those it picks; of those as many as there is room for. */
export async function loadFromStore(
  home: MapHome,
  addresses: KeyAddresser,
  { signal, replaceExisting = false, stays }: LoadOptions,
): Promise<void> {
  const { records, clock } = home;
  const { form } = records;
  const store = home.store!;
  const { streams } = store;
  const isOurs = staying(home, stays);
  const isAll = home.share === undefined;
  const operation = streams ? 'loadOwned' : 'loadAll';
  const room = new LoadRoom(home, replaceExisting);
  const target: LoadTarget = {
    owns: (key) => {
      if (isAll && (streams || !room.isLimited)) return true;
      return store.accept(streams ? operation : 'loadAllKeys', key, () => {
        const at = addresses.of(key);
        return isOurs(at) && (streams || !room.isLimited || room.admits(at));
      });
    },
    isFull: () => room.isFull,
    put(key: unknown, value: unknown): boolean {
      if (signal.aborted) return false; // nobody waits for this load any more, but its store goes on
      const now = clock.now();
      return store.accept(operation, key, () => {
        const at = addresses.of(key);
        if (!isOurs(at)) return false;
        const slot = slotOf(home, at, now);
        if (!room.takes(at, slot) || home.changedKeys.has(at.key)) return false;
        if (replaceExisting && home.locks.isLocked(at.key)) return false;
        // What comes in a stream was made for this map (`LoadSink.put`): no need to copy it.
        keepLoaded(home, at, streams ? form.takeOver(value) : form.takeIn(value), now, slot);
        return true;
      });
    },
  };
  const pending = home.behind?.pendingKeys() ?? []; // the store may have got them before their rows come along here
  await home.changedKeys.during(pending, () => loadInitially(store, home.config.mapStore!, target, clock, home.slices.sliceMs, signal));
}
