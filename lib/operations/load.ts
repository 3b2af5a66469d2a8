/**
 * Read-through: what is not in memory comes from the database (M54), or from the write-behind queue while the database does not have it. One load
 * per key at a time: concurrent misses of one key share it.
 */
import { KeyMap } from '../data/key-map.ts';
import { each } from './each.ts';
import type { KeyAddress, MapHome } from './home.ts';
import { handOut, keepAgain, keepLoaded, storedOf, userKey, valueOf } from './memory.ts';
import { refuseOwnEntry } from './processing.ts';
import { byKey } from './through.ts';

/** Whether a key that is not in memory may be in the database. */
export function canLoad(home: MapHome): boolean {
  return home.store?.loads === true;
}

/**
 * The stored value of a key that is not in memory, or `undefined`; it is kept. Takes the key's turn, so that a change made meanwhile is not
 * overwritten by what was read before it.
 */
export function loadOnce(home: MapHome, at: KeyAddress): Promise<unknown> {
  refuseOwnEntry(home, at.key);
  const running = home.loads.get(at.key);
  if (running !== undefined) return running;
  const { promise, resolve, reject } = Promise.withResolvers<unknown>();
  home.loads.set(at.key, promise);
  void home.turns.take(at.key, async () => {
    try {
      resolve(storedOf(home, at) ?? (await loadAndKeep(home, at)));
    } catch (error) {
      reject(error);
    } finally {
      home.loads.delete(at.key); // before the turn ends: who misses the key after a later change must not find this load
    }
  });
  return promise;
}

/** The same for many keys, those nobody loads already together by one `loadAll` for each `loadBatchSize` of them. Stored values by position. */
export async function loadManyOnce(home: MapHome, at: readonly KeyAddress[]): Promise<readonly unknown[]> {
  for (const { key } of at) refuseOwnEntry(home, key);
  const { loadBatchSize } = home.config.mapStore!;
  const parts: (readonly unknown[])[] = [];
  for (let from = 0; from < at.length; from += loadBatchSize) {
    if (from > 0) await home.slices.pause();
    parts.push(await loadBatchOnce(home, at.slice(from, from + loadBatchSize)));
  }
  return parts.flat();
}

function loadBatchOnce(home: MapHome, at: readonly KeyAddress[]): Promise<readonly unknown[]> {
  const mine: KeyAddress[] = [];
  const batch = Promise.withResolvers<KeyMap<unknown>>();
  const loads = at.map((address) => {
    const running = home.loads.get(address.key);
    if (running !== undefined) return running;
    mine.push(address);
    const load = batch.promise.then((loaded) => loaded.get(address.key));
    home.loads.set(address.key, load);
    return load;
  });
  if (mine.length > 0)
    void home.turns.takeAll(
      mine.map(({ key }) => key),
      () => settleBatch(home, mine, batch),
    );
  return Promise.all(loads);
}

async function settleBatch(home: MapHome, at: readonly KeyAddress[], batch: PromiseWithResolvers<KeyMap<unknown>>): Promise<void> {
  try {
    batch.resolve(await loadTogether(home, at));
  } catch (error) {
    batch.reject(error);
  } finally {
    for (const address of at) home.loads.delete(address.key);
  }
}

/** Loads and keeps the keys that are still absent now that their turns have come; gives the stored values of all. */
async function loadTogether(home: MapHome, at: readonly KeyAddress[]): Promise<KeyMap<unknown>> {
  const found = new KeyMap<unknown>();
  const absent = at.filter((address) => {
    const stored = storedOf(home, address);
    if (stored !== undefined) found.set(address.key, stored);
    if (stored !== undefined) return false;
    const pending = home.behind?.pendingOf(address.key);
    if (pending?.kind === 'store') found.set(address.key, keepPending(home, address, pending.stored));
    return pending === undefined;
  });
  if (absent.length === 0) return found;
  const loaded = byKey(home, 'loadAll', await home.store!.loadAll(absent.map(userKey)));
  await each(home, absent.length, (position) => {
    const address = absent[position]!;
    const value = loaded.get(address.key);
    if (value !== undefined) found.set(address.key, takeLoaded(home, 'loadAll', address, value));
  });
  return found;
}

/** Loads and keeps a key whose turn the caller holds. Resolves to the stored value or `undefined`. */
export async function loadAndKeep(home: MapHome, at: KeyAddress): Promise<unknown> {
  const pending = home.behind?.pendingOf(at.key);
  if (pending !== undefined) return pending.kind === 'delete' ? undefined : keepPending(home, at, pending.stored);
  const value = await home.store!.load(userKey(at));
  return value === undefined ? undefined : takeLoaded(home, 'load', at, value);
}

/** Keeps again what memory has lost (it expired) and the database has yet to get. */
function keepPending(home: MapHome, at: KeyAddress, stored: unknown): unknown {
  keepAgain(home, at, stored, home.clock.now());
  return stored;
}

function takeLoaded(home: MapHome, operation: string, at: KeyAddress, value: unknown): unknown {
  const stored = home.store!.accept(operation, userKey(at), () => home.records.form.takeIn(value));
  keepLoaded(home, at, stored, home.clock.now());
  return stored;
}

/** The value before a change, as users see it: from memory, else from the database (without keeping it: it is about to be replaced). */
export function valueBefore(home: MapHome, at: KeyAddress): unknown {
  const present = valueOf(home, at);
  if (present !== undefined || !canLoad(home)) return present;
  const pending = home.behind?.pendingOf(at.key);
  return pending === undefined ? home.store!.load(userKey(at)) : handOut(home, pending.stored);
}

/** Calls `use` with the present value, as users see it, loading it if need be; `undefined` when there is none. */
export function withPresent<R>(
  home: MapHome,
  at: KeyAddress,
  use: (value: unknown) => R | Promise<R>,
): R | undefined | Promise<R | undefined> {
  const present = valueOf(home, at);
  if (present !== undefined) return use(present);
  if (!canLoad(home)) return undefined;
  return loadAndKeep(home, at).then((stored) => (stored === undefined ? undefined : use(home.records.form.handOut(stored))));
}
