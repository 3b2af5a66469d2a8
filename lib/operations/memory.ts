/** The steps verbs share: look a key up, write a value, drop an entry. Synchronous, counted, and with one look at the clock. */
import { fromKey, hashKey } from '../data/key.ts';
import type { Expiry } from '../partition/record-store.ts';
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
  const { counters, changedKeys } = home;
  if (changedKeys.isWatching) changedKeys.add(at.key);
  counters.puts++;
  counters.lastUpdateTime = now;
  return place(home, at, slot, stored, now, expiry);
}

/** Puts a value at `slot`, or into a new entry when that is -1, and tells listeners: of what was loaded, else of what was added or updated. The slot. */
function place(home: MapHome, at: KeyAddress, slot: number, stored: unknown, now: number, expiry?: Expiry, told?: 'loaded'): number {
  const { records, events } = home;
  const before = events.active && slot >= 0 ? records.storedFormAt(slot) : undefined;
  if (slot >= 0) records.update(slot, stored, now, expiry);
  else slot = records.insert(at.partition, at.key, at.hash, stored, now, expiry);
  if (events.active) events.tell(told ?? (before === undefined ? 'added' : 'updated'), at.key, stored, before, now);
  return slot;
}

/** Removes the entry at `slot`; tells listeners, if they are to hear of it here. */
function takeAway({ records, events }: MapHome, at: KeyAddress, slot: number, now: number, tells = true): void {
  const before = events.active && tells ? records.storedFormAt(slot) : undefined;
  records.remove(slot);
  if (before !== undefined) events.tell('removed', at.key, undefined, before, now);
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
export function keepLoaded(home: MapHome, at: KeyAddress, stored: unknown, now: number, slot: number = slotOf(home, at, now)): void {
  home.records.markStored(keepAgain(home, at, stored, now, slot), now);
}

/** The same for what the store will have. The slot it is at. */
export function keepAgain(home: MapHome, at: KeyAddress, stored: unknown, now: number, slot: number = slotOf(home, at, now)): number {
  return place(home, at, slot, stored, now, undefined, 'loaded');
}

/** Keeps what the store gave in place of what is in memory; lives as long as that would from now on. */
export function keepInstead(home: MapHome, at: KeyAddress, stored: unknown): void {
  const now = home.clock.now();
  const slot = slotOf(home, at, now);
  home.records.markStored(place(home, at, slot, stored, now, home.records.view(slot)), now);
}

/** Keeps what another program has stored: an update like any other, but not counted as a put. `slot` is the entry's, or -1. The slot it is at. */
export function keepFollowed(home: MapHome, at: KeyAddress, slot: number, stored: unknown, now: number): number {
  home.counters.lastUpdateTime = now;
  const placed = place(home, at, slot, stored, now);
  home.records.markStored(placed, now);
  return placed;
}

/** Removes the entry at `slot`, whose row another program has deleted: not counted as a removal. */
export function dropFollowed(home: MapHome, at: KeyAddress, slot: number, now: number): void {
  takeAway(home, at, slot, now);
  home.counters.lastUpdateTime = now;
}

/** Removes the entry from memory, if there is one. */
export function drop(home: MapHome, at: KeyAddress): void {
  dropEntry(home, at, true);
}

/** As `drop`, when listeners are told by other means; whether there was one. */
export function dropSilently(home: MapHome, at: KeyAddress): boolean {
  return dropEntry(home, at, false);
}

function dropEntry(home: MapHome, at: KeyAddress, tells: boolean): boolean {
  const now = home.clock.now();
  if (home.changedKeys.isWatching) home.changedKeys.add(at.key);
  const slot = slotOf(home, at, now);
  if (slot < 0) return false;
  takeAway(home, at, slot, now, tells);
  home.counters.removes++;
  home.counters.lastUpdateTime = now;
  return true;
}

/** Counts, and tells listeners, that the entry at `slot` goes for other reasons than a call that removes it. To be called while it is still there. */
export function noteGone({ events, counters, records, clock }: MapHome, type: 'evicted' | 'expired', slot: number): void {
  if (type === 'evicted') counters.evictions++;
  else counters.expirations++;
  if (events.active) events.tell(type, records.storedKeyAt(slot), undefined, records.storedFormAt(slot), clock.now());
}

/** Whether the entry may not be given up: somebody has locked it, or the store does not have it yet. */
export function isPinned(home: MapHome, slot: number): boolean {
  return isLockedAt(home, slot) || isPendingAt(home, slot);
}

/** Whether the store does not have the entry yet. */
export function isPendingAt({ records, behind }: MapHome, slot: number): boolean {
  return behind?.isPending(records.storedKeyAt(slot)) === true;
}

/** Whether somebody has locked the entry: then it does not expire either. */
export function isLockedAt({ records, locks }: MapHome, slot: number): boolean {
  return locks.isLocked(records.storedKeyAt(slot));
}

/** The keys are not locked any more, or the store has them now: their entries may go. All in one call, so that they go in their order. */
export function unpin({ records, clock }: MapHome, at: readonly Pick<KeyAddress, 'key' | 'partition'>[]): void {
  // As of a time at which nothing has expired: an entry that should have gone while it was locked is there still.
  const slots = at.map(({ key, partition }) => records.find(partition, key, hashKey(key), -Infinity)).filter((slot) => slot >= 0);
  if (slots.length > 0) records.unpinned(slots, clock.now());
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
