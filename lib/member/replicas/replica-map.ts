/**
 * What a member has of a map as a replica, partition by partition: entries, locks, and what write-behind has yet to store. Only kept: it has no indexes
 * and no columns, nothing expires or is given up, no lease ends, no store is opened or written to. That is for the primary, who tells.
 */
import type { LiveRows } from '../../columns/live-rows.ts';
import type { MapConfig } from '../../config/map-config.ts';
import { hashKey, type StoredKey } from '../../data/key.ts';
import { keyFromWire, storedFromWire, storedToWire } from '../../data/codec.ts';
import { KeyMap } from '../../data/key-map.ts';
import { valueForm, type ValueForm } from '../../data/value.ts';
import type { LockImage, LockToken } from '../../partition/key-locks.ts';
import { RecordStore, type RecordImage } from '../../partition/record-store.ts';
import type { QueuedWrite } from '../../persistence/write-behind.ts';
import { lockFromWire, piecesOf, takeImages, writeFromWire, type MapChange, type RareChange } from './replica-wire.ts';

/** What is held of a partition beside its entries. */
export interface ReplicaExtras {
  locks: KeyMap<LockImage>;
  lastToken: LockToken;
  /** By sequence number; values as they are held. */
  readonly queue: Map<number, QueuedWrite>;
  /** Whether it has what the store gave for the start. */
  isLoaded: boolean;
}

/** A value that is no wire any more: it was read here, or was this member's own. All others are kept as they came, and decoded when they are needed. */
class Decoded {
  readonly stored: unknown;

  constructor(stored: unknown) {
    this.stored = stored;
  }
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
  /** Its values are for `stored`. */
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
    const toWire = (held: unknown): unknown => (held instanceof Decoded ? storedToWire(this.form, held.stored) : held);
    return piecesOf(partition, { name, records, locks: [...locks.values()], lastToken, queue: [...queue.values()], toWire, isLoaded });
  }

  drop(partition: number): void {
    this.records.dropPartition(partition);
    this.#extras.delete(partition);
  }

  apply(partition: number, entries: MapChange[1], gone: MapChange[2], rare: MapChange[3], shiftMs: number): void {
    const { records } = this;
    if (rare !== 0 && rare.cleared === true) records.dropPartition(partition);
    if (gone !== 0) for (const wire of gone) this.#remove(partition, keyFromWire(wire));
    takeImages(entries, shiftMs, (image) => records.installImage(partition, image, 0));
    if (rare !== 0) this.#applyRare(partition, rare, shiftMs);
  }

  #applyRare(partition: number, { locks, queue, loaded }: RareChange, shiftMs: number): void {
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
      for (const wire of queue.queued) extras.queue.set(wire[0], writeFromWire(partition, wire, shiftMs));
      for (const sequence of queue.settled) extras.queue.delete(sequence);
    }
    if (loaded !== undefined) extras.isLoaded = loaded;
  }

  /** The entry at a slot, its value as the map's form keeps it. */
  imageAt(slot: number): RecordImage {
    const image = this.records.imageAt(slot);
    return { ...image, stored: this.stored(image.stored) };
  }

  /** Keeps an entry that was this member's own. */
  keep(partition: number, image: RecordImage): void {
    this.records.installImage(partition, { ...image, stored: new Decoded(image.stored) }, 0);
  }

  keepWrite(write: QueuedWrite): void {
    this.extrasOf(write.partition).queue.set(write.sequence, { ...write, stored: new Decoded(write.stored) });
  }

  /** Of what is held: as the map's form keeps it. */
  stored(held: unknown): unknown {
    return held instanceof Decoded ? held.stored : storedFromWire(this.form, held);
  }

  /** The value of the entry at a slot; it is decoded once. */
  storedAt(slot: number): unknown {
    const held = this.records.storedFormAt(slot);
    if (held instanceof Decoded || typeof held !== 'object') return this.stored(held);
    const image = this.imageAt(slot);
    this.keep(this.records.partitionAt(slot), image);
    return image.stored;
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
