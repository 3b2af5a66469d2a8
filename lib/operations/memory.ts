/** The steps verbs share: look a key up, write a value, drop an entry. Synchronous, counted, and with one look at the clock. */
import { fromKey, hashKey } from '../data/key.ts';
import type { KeyAddress, MapHome, NewValue } from './home.ts';

/** The entry's slot, or -1. */
export function slotOf(home: MapHome, at: KeyAddress, now: number = home.clock.now()): number {
  return home.records.find(at.partition, at.key, at.hash, now);
}

/** The present value as users may have it, or `undefined`. */
export function valueOf(home: MapHome, at: KeyAddress): unknown {
  const slot = slotOf(home, at);
  return slot < 0 ? undefined : home.records.valueAt(slot);
}

/** The present value as kept, or `undefined`. */
export function storedOf(home: MapHome, at: KeyAddress): unknown {
  const slot = slotOf(home, at);
  return slot < 0 ? undefined : home.records.storedFormAt(slot);
}

/** Writes a value to the entry at `slot`; makes one when that is -1. The slot it is at. */
export function write(home: MapHome, at: KeyAddress, slot: number, { stored, expiry }: NewValue, now: number): number {
  const { records, counters, changedKeys } = home;
  if (changedKeys.isWatching) changedKeys.add(at.key);
  counters.puts++;
  counters.lastUpdateTime = now;
  if (slot < 0) return records.insert(at.partition, at.key, at.hash, stored, now, expiry);
  records.update(slot, stored, now, expiry);
  return slot;
}

/** Writes a value to memory; makes the entry when there is none. */
export function keep(home: MapHome, at: KeyAddress, value: NewValue): void {
  const now = home.clock.now();
  write(home, at, slotOf(home, at, now), value, now);
}

/** As `keep`, for a value that the store has too. */
export function keepStored(home: MapHome, at: KeyAddress, value: NewValue): void {
  const now = home.clock.now();
  home.records.markStored(write(home, at, slotOf(home, at, now), value, now), now);
}

/** Keeps what the store has of a key, also over what memory has of it: a load of many rows may have come first. Not counted as a put. */
export function keepLoaded(home: MapHome, at: KeyAddress, stored: unknown, now: number): void {
  const { records } = home;
  const slot = slotOf(home, at, now);
  if (slot >= 0) records.update(slot, stored, now);
  records.markStored(slot >= 0 ? slot : records.insert(at.partition, at.key, at.hash, stored, now), now);
}

/** Removes the entry from memory, if there is one. */
export function drop(home: MapHome, at: KeyAddress): void {
  const now = home.clock.now();
  if (home.changedKeys.isWatching) home.changedKeys.add(at.key);
  const slot = slotOf(home, at, now);
  if (slot < 0) return;
  home.records.remove(slot);
  home.counters.removes++;
  home.counters.lastUpdateTime = now;
}

/** A stored value as users may have it; `undefined` stays. */
export function handOut(home: MapHome, stored: unknown): unknown {
  return stored === undefined ? undefined : home.records.form.handOut(stored);
}

/** The key as users see it. */
export function userKey(at: KeyAddress): unknown {
  return fromKey(at.key);
}

/** The address of an entry that is in memory. */
export function addressAt(home: MapHome, slot: number): KeyAddress {
  const key = home.records.storedKeyAt(slot);
  return { key, hash: hashKey(key), partition: home.records.partitionAt(slot) };
}
