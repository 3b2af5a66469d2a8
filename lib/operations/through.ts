/** Where memory meets the database: the steps of read-through and write-through that verbs share (M54, M55, M60). */
import { KeyMap } from '../data/key-map.ts';
import { toKey } from '../data/key.ts';
import type { KeyAddress, MapHome, NewValue } from './home.ts';
import { drop, handOut, keep, storedOf, userKey } from './memory.ts';

/** Whether a key that is not in memory may be in the database. */
export function canLoad(home: MapHome): boolean {
  return home.store?.loads === true;
}

/**
 * The value of a key that is not in memory, from the database; it is kept, as `putTransient` does. Concurrent misses share one load.
 * Takes the key's turn, so that a change made meanwhile is not overwritten by what was read before it.
 */
export function loadOnce(home: MapHome, at: KeyAddress): Promise<unknown> {
  const running = home.loads.get(at.key);
  if (running !== undefined) return running;
  const load = Promise.resolve(home.turns.take(at.key, () => storedOf(home, at) ?? loadAndKeep(home, at)));
  return share(home, at, load);
}

/** As `loadOnce`, for a caller that holds the key's turn already. Resolves to the stored value or `undefined`. */
export async function loadAndKeep(home: MapHome, at: KeyAddress): Promise<unknown> {
  const value = await home.store!.load(userKey(at));
  if (value === undefined) return undefined;
  const stored = home.records.form.takeIn(value);
  keep(home, at, stored, undefined);
  return stored;
}

/** Makes a load visible to those who miss the same key while it runs. */
function share(home: MapHome, at: KeyAddress, load: Promise<unknown>): Promise<unknown> {
  const shared = load.finally(() => home.loads.delete(at.key));
  home.loads.set(at.key, shared);
  return shared;
}

/** The value before a change: from memory, else from the database (without keeping it: it is about to be replaced). */
export function valueBefore(home: MapHome, at: KeyAddress): unknown {
  const stored = storedOf(home, at);
  if (stored !== undefined) return handOut(home, stored);
  return canLoad(home) ? home.store!.load(userKey(at)) : undefined;
}

/** Writes the value to the store, if there is one that writes, then to memory. A store that throws leaves memory as it was. */
export function storeAndKeep(home: MapHome, at: KeyAddress, value: NewValue): void | Promise<void> {
  if (home.store?.stores !== true) return keep(home, at, value.stored, value.expiry);
  return storeThenKeep(home, at, value);
}

async function storeThenKeep(home: MapHome, at: KeyAddress, value: NewValue): Promise<void> {
  const instead = await home.store!.store(userKey(at), handOut(home, value.stored));
  const stored = instead === undefined ? value.stored : home.records.form.takeIn(instead);
  keep(home, at, stored, value.expiry);
  markStored(home, at);
}

/** The same for many keys, in one call of the store. */
export async function storeAllThenKeep(home: MapHome, at: readonly KeyAddress[], values: readonly NewValue[]): Promise<void> {
  const entries = new Map(at.map((address, position) => [userKey(address), handOut(home, values[position]!.stored)]));
  const instead = new KeyMap<unknown>();
  for (const [key, value] of (await home.store!.storeAll(entries)) ?? []) instead.set(toKey(key), home.records.form.takeIn(value));
  for (const [position, address] of at.entries()) {
    const value = values[position]!;
    keep(home, address, instead.get(address.key) ?? value.stored, value.expiry);
    markStored(home, address);
  }
}

/** Deletes from the store, if there is one that deletes, then from memory. */
export function deleteAndDrop(home: MapHome, at: KeyAddress): boolean | Promise<boolean> {
  if (home.store?.deletes !== true) return drop(home, at);
  return home.store.delete(userKey(at)).then(() => drop(home, at));
}

function markStored(home: MapHome, at: KeyAddress): void {
  const now = home.clock.now();
  const slot = home.records.find(at.partition, at.key, at.hash, now);
  if (slot >= 0) home.records.markStored(slot, now);
}
