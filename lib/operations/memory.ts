/** The steps verbs share: look a key up, keep a value, drop an entry. All synchronous, all counted. */
import { fromKey, hashKey } from '../data/key.ts';
import type { Expiry } from '../partition/record-store.ts';
import type { KeyAddress, MapHome } from './home.ts';

/** The entry's slot, or -1. */
export function slotOf(home: MapHome, at: KeyAddress): number {
  return home.records.find(at.partition, at.key, at.hash, home.clock.now());
}

/** The present value as kept, or `undefined`. */
export function storedOf(home: MapHome, at: KeyAddress): unknown {
  const slot = slotOf(home, at);
  return slot < 0 ? undefined : home.records.storedFormAt(slot);
}

/** Writes a value to memory; makes the entry when there is none. */
export function keep(home: MapHome, at: KeyAddress, stored: unknown, expiry: Expiry | undefined): void {
  const { records, counters, clock } = home;
  const now = clock.now();
  const slot = records.find(at.partition, at.key, at.hash, now);
  if (slot < 0) records.insert(at.partition, at.key, at.hash, stored, now, expiry);
  else records.update(slot, stored, now, expiry);
  counters.puts++;
  counters.lastUpdateTime = now;
}

/** Drops the entry from memory; whether there was one. */
export function drop(home: MapHome, at: KeyAddress): boolean {
  const { records, counters, clock } = home;
  const now = clock.now();
  const slot = records.find(at.partition, at.key, at.hash, now);
  if (slot < 0) return false;
  records.remove(slot);
  counters.removes++;
  counters.lastUpdateTime = now;
  return true;
}

/** A stored value as users may have it; `undefined` stays. */
export function handOut(home: MapHome, stored: unknown): unknown {
  return stored === undefined ? undefined : home.records.form.handOut(stored);
}

/** The key as users see it. */
export function userKey(at: KeyAddress): unknown {
  return fromKey(at.key);
}

export function dropAll(home: MapHome, at: readonly KeyAddress[]): void {
  for (const address of at) drop(home, address);
}

/** The address of an entry that is in memory. */
export function addressAt(home: MapHome, slot: number): KeyAddress {
  const key = home.records.storedKeyAt(slot);
  return { key, hash: hashKey(key), partition: home.records.partitionAt(slot) };
}
