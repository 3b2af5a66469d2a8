/**
 * Values of one map that this member has read from others, so that it need not ask again (M69).
 *
 * What is here must go when it changes where it lives, and a value that was on its way while it changed must not come in: who reads
 * reserves the key first, then reads, then publishes; whatever drops the key meanwhile also makes the reservation void (M70). Whether changes
 * are heard of at all is known by the coverage of the key's partition: without it nothing is served and nothing comes in. `near-caches.ts` sees to both.
 *
 * A hit is synchronous: a hash table, a comparison of times, a step in the order of eviction; nothing is made, sent or awaited.
 */
import type { NearCacheStats } from '../api/map.ts';
import type { Clock, Timer } from '../base/clock.ts';
import type { NearCacheConfig } from '../config/map-config.ts';
import { hashKey, type StoredKey } from '../data/key.ts';
import { KeyMap } from '../data/key-map.ts';
import { isPlainObject } from '../data/plain.ts';
import { valueForm } from '../data/value.ts';
import { createEvictionOrder } from '../eviction/create-eviction-order.ts';
import type { EvictionOrder } from '../eviction/eviction-order.ts';
import { ExpirySchedule } from '../partition/expiry-schedule.ts';
import { KeyTable } from '../partition/key-table.ts';
import { NearEntries } from './near-entries.ts';
import type { ReadStamp } from './near-network.ts';

/** A key with its hash and partition. */
export interface NearKey {
  readonly key: StoredKey;
  readonly hash: number;
  readonly partition: number;
}

/** How well this member hears of changes of a partition. */
export interface Coverage {
  /** What is here may be served before this time. */
  readonly freshUntil: number;
  /** Whether all changes after a read with this stamp were heard of, or will be. */
  accepts(stamp: ReadStamp | undefined): boolean;
}

/** A read under way. Reads of the same key at the same time share one. */
export interface Reservation {
  readonly at: NearKey;
  readonly began: number;
  /** How often the partition had been dropped when it began. */
  readonly drops: number;
  isVoid: boolean;
  reads: number;
}

/** Values stay as users had them: what could be changed from outside is copied in and out. */
const FORM = valueForm('frozen');
/** Entries that one round of sweeping looks at, and the least time between two rounds. */
const SWEEP_STEPS = 256;
const SWEEP_REST_MS = 100;

export interface NearCacheParts {
  readonly config: NearCacheConfig;
  readonly partitionCount: number;
  readonly clock: Clock;
}

export class NearCache {
  readonly #clock: Clock;
  readonly #maxSize: number;
  readonly #entries: NearEntries;
  /** Whether any entry may. */
  #expires: boolean;
  readonly #order: EvictionOrder | undefined;
  readonly #expiries: ExpirySchedule;
  /** By partition. */
  readonly #tables: (KeyTable | undefined)[];
  readonly #coverages: (Coverage | undefined)[];
  readonly #drops: Int32Array;
  readonly #reservations = new KeyMap<Reservation>();
  #size = 0;
  #timer: Timer | undefined;
  #wakesAt = Infinity;
  #isClosed = false;
  #hits = 0;
  #misses = 0;
  #evictions = 0;
  #expirations = 0;
  #invalidations = 0;

  constructor({ config, partitionCount, clock }: NearCacheParts) {
    const { maxSize, policy, timeToLiveMs, maxIdleMs } = config;
    this.#clock = clock;
    this.#maxSize = maxSize;
    this.#entries = new NearEntries(timeToLiveMs, maxIdleMs);
    this.#expires = timeToLiveMs > 0 || maxIdleMs > 0;
    this.#order = policy === 'NONE' || maxSize === Infinity ? undefined : createEvictionOrder(policy, () => clock.random());
    this.#expiries = new ExpirySchedule({
      timeOf: (slot) => this.#entries.expirationTime(slot),
      isLocked: () => false,
      onSooner: (time) => this.#wakeAt(time),
      expire: (slot) => this.#expire(slot),
    });
    this.#tables = Array.from<KeyTable | undefined>({ length: partitionCount });
    this.#coverages = Array.from<Coverage | undefined>({ length: partitionCount });
    this.#drops = new Int32Array(partitionCount);
  }

  get statistics(): NearCacheStats {
    return Object.freeze({
      hits: this.#hits,
      misses: this.#misses,
      entries: this.#size,
      evictions: this.#evictions,
      expirations: this.#expirations,
      invalidations: this.#invalidations,
    });
  }

  /** Whether values of the partition may be here: it lives elsewhere, and changes of it are heard of. */
  covers(partition: number): boolean {
    return this.#coverages[partition] !== undefined;
  }

  /** The value, or `undefined`. Counted as a hit or a miss where the partition is covered. */
  get(at: NearKey): unknown {
    const coverage = this.#coverages[at.partition];
    if (coverage === undefined) return undefined;
    const table = this.#tables[at.partition];
    const slot = table === undefined ? -1 : table.find(at.key, at.hash);
    if (slot < 0 || !this.#mayServe(slot, coverage)) {
      this.#misses++;
      return undefined;
    }
    this.#hits++;
    if (this.#order !== undefined) this.#order.touched(slot);
    return FORM.handOut(this.#entries.valueAt(slot));
  }

  /** Whether the value is here. Not counted, and no reading of it. */
  has({ key, hash, partition }: NearKey): boolean {
    const coverage = this.#coverages[partition];
    const slot = coverage === undefined ? -1 : (this.#tables[partition]?.find(key, hash) ?? -1);
    if (slot < 0) return false;
    const now = this.#clock.now();
    return now < coverage!.freshUntil && (!this.#expires || now < this.#entries.expirationTime(slot));
  }

  /** To be called before the read is sent; `publish` or `release` must follow. */
  reserve(at: NearKey): Reservation {
    const drops = this.#drops[at.partition]!;
    const present = this.#reservations.get(at.key);
    if (present !== undefined && present.drops === drops) {
      present.reads++;
      return present;
    }
    const made: Reservation = { at, began: this.#clock.now(), drops, isVoid: false, reads: 1 };
    this.#reservations.set(at.key, made);
    return made;
  }

  /** The read has failed, or found nothing. */
  release(reservation: Reservation): void {
    if (--reservation.reads > 0) return;
    const { key } = reservation.at;
    if (this.#reservations.get(key) === reservation) this.#reservations.delete(key);
  }

  /** What the read has found, as users have it. Kept, unless the key may have changed since it was looked at. */
  publish(reservation: Reservation, value: unknown, stamp: ReadStamp | undefined): void {
    this.release(reservation);
    if (value === undefined || !this.#isValid(reservation) || this.#isClosed) return;
    const { at, began } = reservation;
    if (this.#coverages[at.partition]?.accepts(stamp) !== true) return;
    const until = stamp?.livesMs === undefined ? Infinity : began + stamp.livesMs;
    this.#keep(at, isFlat(value) ? value : FORM.takeIn(value), until);
  }

  /** The key changes, or has changed. */
  invalidate({ key, hash, partition }: NearKey): void {
    const reservation = this.#reservations.get(key);
    if (reservation !== undefined) {
      reservation.isVoid = true;
      this.#reservations.delete(key);
    }
    const slot = this.#tables[partition]?.find(key, hash) ?? -1;
    if (slot < 0) return;
    this.#remove(slot);
    this.#invalidations++;
  }

  /** Anything in the partition may have changed, or will be heard of by other means: `undefined` is not at all. */
  cover(partition: number, coverage: Coverage | undefined): void {
    this.#coverages[partition] = coverage;
    this.drop(partition);
  }

  /** Anything in the partition may have changed. */
  drop(partition: number): void {
    this.#drops[partition]!++;
    const table = this.#tables[partition];
    if (table === undefined) return;
    this.#invalidations += table.size;
    for (const slot of table.slots()) this.#remove(slot);
    this.#tables[partition] = undefined;
  }

  /** Anything may have changed. */
  clear(): void {
    for (let partition = 0; partition < this.#drops.length; partition++) this.#drops[partition]!++;
    this.#invalidations += this.#size;
    this.#size = 0;
    this.#tables.fill(undefined);
    this.#entries.clear();
    this.#order?.clear();
    this.#expiries.clear();
  }

  close(): void {
    this.#isClosed = true;
    this.#timer?.cancel();
    this.#coverages.fill(undefined);
    this.clear();
  }

  #isValid({ isVoid, at, drops }: Reservation): boolean {
    return !isVoid && this.#drops[at.partition] === drops;
  }

  #mayServe(slot: number, { freshUntil }: Coverage): boolean {
    if (freshUntil === Infinity && !this.#expires) return true;
    const now = this.#clock.now();
    if (now >= freshUntil) return false;
    if (!this.#expires) return true;
    if (now >= this.#entries.expirationTime(slot)) {
      this.#expire(slot);
      return false;
    }
    this.#entries.wasRead(slot, now);
    return true;
  }

  #keep(at: NearKey, stored: unknown, until: number): void {
    const present = this.#tables[at.partition]?.find(at.key, at.hash) ?? -1;
    if (present >= 0) {
      this.#entries.setValue(present, stored);
      this.#order?.touched(present);
      this.#came(present, this.#entries.expirationTime(present), until);
      return;
    }
    if (this.#size >= this.#maxSize && !this.#makeRoom()) return;
    const table = (this.#tables[at.partition] ??= new KeyTable(this.#entries));
    table.reserve();
    const slot = this.#entries.add(at.partition, at.key, stored);
    table.add(at.key, at.hash, slot);
    this.#size++;
    this.#order?.added(slot, at.hash);
    this.#came(slot, Infinity, until);
    if (this.#size > this.#maxSize) this.#evictOne(slot);
  }

  #came(slot: number, before: number, until: number): void {
    const now = this.#clock.now();
    this.#entries.came(slot, now, until);
    const time = this.#entries.expirationTime(slot);
    if (time === Infinity) return;
    this.#expires = true;
    this.#expiries.changed(slot, before, time, now);
  }

  /** Whether one more may come, if need be in another's place. What is over goes rather than what is not. */
  #makeRoom(): boolean {
    if (this.#expires) this.#expiries.expireDue(this.#clock.now(), SWEEP_STEPS);
    return this.#size < this.#maxSize || this.#order !== undefined;
  }

  #evictOne(spared: number): void {
    const slot = this.#order!.victim(nobody, spared);
    if (slot < 0) return;
    this.#remove(slot);
    this.#evictions++;
  }

  #expire(slot: number): void {
    this.#remove(slot);
    this.#expirations++;
  }

  #remove(slot: number): void {
    const key = this.#entries.storedKeyAt(slot);
    this.#tables[this.#entries.partitionAt(slot)]!.remove(key, hashKey(key), slot);
    if (this.#expires) this.#expiries.removed(slot);
    this.#order?.removed(slot);
    this.#entries.release(slot);
    this.#size--;
  }

  #wakeAt(time: number): void {
    if (time >= this.#wakesAt || this.#isClosed) return;
    this.#timer?.cancel();
    this.#wakesAt = time;
    this.#timer = this.#clock.after(Math.max(0, time - this.#clock.now()), () => this.#sweep());
  }

  /** Gives memory back; nobody sees what is over in any case. */
  #sweep(): void {
    this.#wakesAt = Infinity;
    const now = this.#clock.now();
    const isAll = this.#expiries.expireDue(now, SWEEP_STEPS);
    if (this.#expiries.next !== Infinity) this.#wakeAt(isAll ? Math.max(this.#expiries.next, now + SWEEP_REST_MS) : now);
  }
}

const nobody = (): boolean => false;

/** Whether it is a frozen object of primitives, as most values that come from other members are: there is nothing to copy, and no need to look closer. */
function isFlat(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || !Object.isFrozen(value) || !isPlainObject(value)) return false;
  for (const name in value) if (typeof value[name] === 'object' && value[name] !== null) return false;
  return true;
}
