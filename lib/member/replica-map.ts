/**
 * What a member has of a map as a replica, partition by partition: entries, locks, and what write-behind has yet to store. Only kept: it has no indexes
 * and no columns, nothing expires or is given up, no lease ends, no store is opened or written to. That is for the primary, who tells.
 */
import type { LiveRows } from '../columns/live-rows.ts';
import type { MapConfig } from '../config/map-config.ts';
import { hashKey, type StoredKey } from '../data/key.ts';
import { keyFromWire } from '../data/codec.ts';
import { KeyMap } from '../data/key-map.ts';
import { valueForm, type ValueForm } from '../data/value.ts';
import type { LockImage, LockToken } from '../partition/key-locks.ts';
import { RecordStore } from '../partition/record-store.ts';
import type { QueuedWrite } from '../persistence/write-behind.ts';
import { imagesIn, lockFromWire, piecesOf, writeFromWire, type MapChange } from './replica-wire.ts';

/** What is held of a partition beside its entries. */
export interface ReplicaExtras {
  locks: KeyMap<LockImage>;
  lastToken: LockToken;
  /** By sequence number. */
  readonly queue: Map<number, QueuedWrite>;
  /** Whether it has what the store gave for the start. */
  isLoaded: boolean;
}

/** No scan ever goes over a replica. */
const UNSCANNED: LiveRows = {
  count: 0,
  bytes: 0,
  has: () => false,
  set: () => undefined,
  clear: () => undefined,
  address: () => 0,
  rows: () => 0,
  free: () => undefined,
};

export class ReplicaMap {
  readonly name: string;
  readonly form: ValueForm;
  readonly records: RecordStore;
  readonly #extras = new Map<number, ReplicaExtras>();

  constructor(name: string, config: MapConfig, partitionCount: number) {
    this.name = name;
    this.form = valueForm(config.values);
    this.records = new RecordStore({ partitionCount, live: UNSCANNED, form: this.form, expires: false });
  }

  has(partition: number): boolean {
    return this.#extras.has(partition) || this.records.sizeOf(partition) > 0;
  }

  /** Made when there is none. */
  extrasOf(partition: number): ReplicaExtras {
    const known = this.#extras.get(partition);
    if (known !== undefined) return known;
    const extras: ReplicaExtras = { locks: new KeyMap(), lastToken: 0, queue: new Map(), isLoaded: false };
    this.#extras.set(partition, extras);
    return extras;
  }

  /** What is held beside entries, for somebody else: it is not held here any more. */
  takeExtras(partition: number): ReplicaExtras {
    const extras = this.extrasOf(partition);
    this.#extras.delete(partition);
    return extras;
  }

  /** All there is of a partition, in pieces. */
  snapshot(partition: number): Iterable<MapChange> {
    const { locks, lastToken, queue, isLoaded } = this.extrasOf(partition);
    const { name, records } = this;
    return piecesOf(partition, { name, records, locks: [...locks.values()], lastToken, queue: [...queue.values()], isLoaded });
  }

  drop(partition: number): void {
    this.records.dropPartition(partition);
    this.#extras.delete(partition);
  }

  apply(partition: number, change: MapChange, shiftMs: number): void {
    const { records, form } = this;
    if (change.cleared === true) records.dropPartition(partition);
    for (const wire of change.gone) this.#remove(partition, keyFromWire(wire));
    for (const image of imagesIn(change, form, shiftMs)) records.installImage(partition, image, 0);
    const { locks, queue, loaded } = change;
    const extras = this.extrasOf(partition);
    if (locks !== undefined) {
      extras.lastToken = Math.max(extras.lastToken, locks.lastToken);
      for (const key of locks.free) extras.locks.delete(keyFromWire(key));
      for (const wire of locks.held) {
        const image = lockFromWire(wire, shiftMs);
        extras.locks.set(image.key, image);
      }
    }
    if (queue !== undefined) {
      for (const wire of queue.queued) extras.queue.set(wire[0], writeFromWire(form, partition, wire, shiftMs));
      for (const sequence of queue.settled) extras.queue.delete(sequence);
    }
    if (loaded !== undefined) extras.isLoaded = loaded;
  }

  /** The entry's slot, or -1; also when it should have expired. */
  find(partition: number, key: StoredKey): number {
    return this.records.find(partition, key, hashKey(key), -Infinity);
  }

  #remove(partition: number, key: StoredKey): void {
    const slot = this.find(partition, key);
    if (slot >= 0) this.records.remove(slot);
  }
}
