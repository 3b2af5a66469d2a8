/**
 * A map that is open on this member, as part of a cluster: hears of every change of its memory before it happens, knows what the replicas have yet to be
 * told of it, and gives and takes whole partitions.
 */
import type { MapConfig } from '../../config/map-config.ts';
import { keyToWire, storedToWire } from '../../data/codec.ts';
import { deepEqual } from '../../data/deep-equal.ts';
import { KeyMap } from '../../data/key-map.ts';
import { hashKey, type StoredKey } from '../../data/key.ts';
import { valueForm, type ValueForm } from '../../data/value.ts';
import type { KeyAddress, MapHome, MapShare } from '../../operations/home.ts';
import type { LockImage } from '../../partition/key-locks.ts';
import type { RecordWatch } from '../../partition/record-store.ts';
import type { SizeLimit } from '../../partition/size-limit.ts';
import type { QueuedWrite, WriteBehindFeed } from '../../persistence/write-behind.ts';
import type { Replication } from '../../replication/replication.ts';
import { PartitionChanges } from './partition-changes.ts';
import type { ReplicaMap } from './replica-map.ts';
import {
  addImage,
  lockToWire,
  piecesOf,
  writeToWire,
  type LocksChange,
  type MapChange,
  type OpenStateChange,
  type QueueChange,
  type RareChange,
} from './replica-wire.ts';

export interface SharedMapParts {
  readonly name: string;
  readonly config: MapConfig;
  readonly partitionCount: number;
  readonly replication: () => Pick<Replication, 'changes' | 'owns' | 'hold' | 'settled'>;
  /** Whether the partition's memory is that of a primary here. */
  readonly isPrimary: (partition: number) => boolean;
  /** Told when there is something to collect. */
  readonly changed: (map: SharedMap, partition: number) => void;
  /** Whether this member may serve what it is primary of. */
  readonly mayServe: () => boolean;
}

/** A partition as long as this member has it. */
interface SharedPartition {
  readonly changes: PartitionChanges;
  /** Whether it is known that there is something to collect. */
  isListed: boolean;
  isLoaded: boolean;
}

/** Entries between two looks at the clock. */
const STEPS = 64;
const NONE = -1;
/** Tokens of locks that one term can give before they could be those of another. */
const TOKENS_OF_TERM: number = 2 ** 20;

export class SharedMap implements MapShare, WriteBehindFeed {
  readonly name: string;
  readonly config: MapConfig;
  readonly form: ValueForm;
  arrivals = 0;
  onInvalidated: ((partition: number, key: StoredKey | undefined) => void) | undefined;
  /** Told when a partition has come. */
  onArrived: ((partition: number) => void) | undefined;
  /** Told when there are partitions here that do not have yet what the store gives for the start. */
  onUnloaded: (() => void) | undefined;
  /** Hears of changes of entries. */
  readonly watch: RecordWatch = {
    changes: (partition, key, stored) => this.#entryChanges(partition, key, stored),
    outdates: (partition, key) => this.onInvalidated?.(partition, key),
    clears: (partition) => this.#clears(partition),
  };
  /** Partitions that are on their way in, by the time they began. */
  readonly moving = new Map<number, { readonly time: number; readonly done: Promise<void> }>();
  readonly #toWire = (stored: unknown): unknown => storedToWire(this.form, stored);
  readonly #parts: SharedMapParts;
  readonly #isWaitedFor: boolean;
  readonly #partitions = new Map<number, SharedPartition>();
  #home: MapHome | undefined;
  #limit: SizeLimit | undefined;
  #members = 1;
  #isInstalling = false;

  constructor(parts: SharedMapParts) {
    this.#parts = parts;
    this.name = parts.name;
    this.config = parts.config;
    this.form = valueForm(parts.config.values);
    this.#isWaitedFor = parts.config.backupCount > 0;
  }

  /** `undefined` until its memory is there. */
  get home(): MapHome | undefined {
    return this.#home;
  }

  attach(home: MapHome): void {
    this.#home = home;
    if (home.behind !== undefined) home.behind.feed = this;
  }

  /** What a cluster-wide limit of entries is for this member; it is kept up to date. */
  limitIs(limit: SizeLimit): void {
    this.#limit = limit;
    this.membersAre(this.#members);
  }

  /** So many members hold entries. */
  membersAre(count: number): void {
    this.#members = count;
    const { eviction } = this.config;
    if (this.#limit !== undefined && eviction?.maxSizePolicy === 'cluster_wide_map_size')
      this.#limit.max = Math.max(1, Math.floor(eviction.maxSize / count));
  }

  // As verbs see it.

  owns(partition: number): boolean {
    return this.#parts.replication().owns(partition);
  }

  hasAll(partition: number): boolean {
    return !this.moving.has(partition);
  }

  pendingOf({ partition, key }: KeyAddress): number {
    return this.#isWaitedFor ? (this.#partitions.get(partition)?.changes.pendingOf(key) ?? 0) : 0;
  }

  changes({ partition, key }: Pick<KeyAddress, 'key' | 'partition'>): void {
    const seq = this.#parts.replication().changes(partition);
    if (seq > 0) this.#toTell(partition).add(key, seq);
  }

  hold(): () => void {
    return this.#parts.replication().hold();
  }

  stayOf(partition: number): SharedPartition | undefined {
    return this.#parts.isPrimary(partition) && this.owns(partition) ? this.#of(partition) : undefined;
  }

  stays(which: 'all' | 'unloaded'): ReadonlyMap<number, unknown> {
    const stays = new Map<number, unknown>();
    for (let partition = 0; partition < this.#parts.partitionCount; partition++) {
      const stay = this.stayOf(partition);
      if (stay !== undefined && (which === 'all' || !stay.isLoaded)) stays.set(partition, stay);
    }
    return stays;
  }

  loaded(stays: ReadonlyMap<number, unknown>): void {
    for (const [partition, stay] of stays) {
      const one = this.stayOf(partition);
      if (one === undefined || one !== stay) continue;
      one.isLoaded = true;
      if (this.#parts.replication().changes(partition) > 0) this.#toTell(partition).isLoadedChanged = true;
    }
  }

  /** Whether the store may be written to for keys that this member owns: as far as it knows nobody else does. */
  mayStore(): boolean {
    return this.#parts.mayServe();
  }

  /** Resolves to whether everything that has happened in these partitions up to now is committed, and this member has them still. */
  areCertain(partitions: Iterable<number>): boolean | Promise<boolean> {
    return this.#parts.replication().settled(partitions);
  }

  // As memory sees it.

  #entryChanges(partition: number, key: StoredKey, stored: unknown): void {
    if (typeof stored === 'object') storedToWire(this.form, stored); // what can't travel can't be kept
    const seq = this.#parts.replication().changes(partition);
    if (seq > 0) this.#toTell(partition).add(key, seq);
  }

  #clears(partition: number): void {
    const seq = this.#parts.replication().changes(partition);
    if (seq > 0) this.#toTell(partition).clear(seq);
    this.onInvalidated?.(partition, undefined);
  }

  lockChanges({ partition, key }: Pick<KeyAddress, 'key' | 'partition'>): void {
    const seq = this.#parts.replication().changes(partition);
    if (seq === 0) return;
    const changes = this.#toTell(partition);
    changes.add(key, seq);
    changes.locks.push(key);
  }

  /** Whoever queues it has said so by `changes` before. */
  queued(write: QueuedWrite): void {
    if (this.#isInstalling || !this.owns(write.partition)) return;
    const seq = this.#parts.replication().changes(write.partition);
    if (seq === 0) return;
    const changes = this.#toTell(write.partition);
    changes.add(write.key, seq);
    changes.queued.set(write.sequence, write);
  }

  settled(writes: readonly Pick<QueuedWrite, 'sequence' | 'partition'>[]): void {
    for (const { sequence, partition } of writes) {
      // Also while a queue is installed: what a later write of its key stands for there has to go from the other replicas too, or it comes back one day.
      if (!this.owns(partition) || this.#parts.replication().changes(partition) === 0) continue;
      const changes = this.#toTell(partition);
      if (!changes.queued.delete(sequence)) changes.settled.push(sequence);
    }
  }

  // As its replicas see it.

  /** Adds what has changed; whether there was anything. */
  collect(partition: number, seq: number, to: OpenStateChange): boolean {
    const one = this.#partitions.get(partition);
    if (one === undefined) return false;
    const { changes } = one;
    one.isListed = false;
    if (changes.isEmpty) return false;
    this.#add(partition, changes, to);
    changes.collected(seq);
    return true;
  }

  /** Whether nothing is left that is not committed. */
  committed(partition: number, seq: number): boolean {
    return this.#partitions.get(partition)?.changes.committed(seq) ?? true;
  }

  /** All there is of a partition, in pieces. */
  snapshot(partition: number): Iterable<MapChange> {
    const { records, locks, behind } = this.#home!;
    return piecesOf(partition, {
      name: this.name,
      records,
      locks: locks.imagesOf(partition),
      lastToken: locks.lastToken,
      queue: behind?.image(partition) ?? [],
      toWire: this.#toWire,
      isLoaded: this.#partitions.get(partition)?.isLoaded ?? false,
    });
  }

  // Whole partitions.

  /**
   * Takes over what a replica has of a partition, in slices; `isCurrent`: whether it is still to be done. What it has not come to is left to the
   * replica. Idle time counts from now at the earliest: hits are not told to replicas.
   */
  moveIn(partition: number, term: number, replica: ReplicaMap | undefined, isCurrent: () => boolean): void | Promise<void> {
    const home = this.#home!;
    if (replica === undefined || !replica.has(partition)) {
      home.locks.install(partition, [], home.clock.now(), term * TOKENS_OF_TERM);
      return;
    }
    this.#moveLocks(partition, term, replica); // first: what is locked does not expire
    const slots = replica.records.slotsOf(partition);
    const reached = this.#moveSlice(partition, replica, slots, 0);
    if (reached === slots.length) return this.#moveExtras(partition, replica);
    return this.#moveOn(partition, replica, slots, reached, isCurrent).then((isWhole) => {
      if (isWhole) this.#moveExtras(partition, replica);
    });
  }

  async #moveOn(partition: number, replica: ReplicaMap, slots: Int32Array, from: number, isCurrent: () => boolean): Promise<boolean> {
    for (let reached = from; reached < slots.length;) {
      await this.#home!.slices.pause();
      if (!isCurrent()) return false;
      reached = this.#moveSlice(partition, replica, slots, reached);
    }
    return true;
  }

  /** How far it came. */
  #moveSlice(partition: number, replica: ReplicaMap, slots: Int32Array, from: number): number {
    const { records, slices, clock } = this.#home!;
    this.arrivals++;
    const began = slices.now();
    const now = clock.now();
    let position = from;
    while (position < slots.length) {
      const slot = slots[position]!;
      const image = replica.imageAt(slot);
      records.installImage(partition, image.maxIdleMs === 0 ? image : { ...image, lastAccessTime: now }, now);
      replica.records.remove(slot);
      position++;
      if (position % STEPS === 0 && slices.now() - began >= slices.sliceMs) break;
    }
    return position;
  }

  #moveLocks(partition: number, term: number, replica: ReplicaMap): void {
    const { locks, clock } = this.#home!;
    const extras = replica.extrasOf(partition);
    const lastToken = Math.max(extras.lastToken, term * TOKENS_OF_TERM);
    locks.install(partition, [...extras.locks.values()], clock.now(), lastToken);
    extras.locks = new KeyMap();
  }

  #moveExtras(partition: number, replica: ReplicaMap): void {
    const { behind } = this.#home!;
    const extras = replica.takeExtras(partition);
    this.#of(partition).isLoaded = extras.isLoaded;
    this.#isInstalling = true; // the other replicas have it by the same numbers
    try {
      behind?.install(Array.from(extras.queue.values(), (write) => this.#asInMemory({ ...write, stored: replica.stored(write.stored) })));
    } finally {
      this.#isInstalling = false;
    }
  }

  /** What is stored is known by its being the very value that memory has: the two came by different ways. */
  #asInMemory(write: QueuedWrite): QueuedWrite {
    const { records } = this.#home!;
    const slot = write.kind === 'delete' ? NONE : records.find(write.partition, write.key, hashKey(write.key), -Infinity);
    if (slot < 0) return write;
    const stored = records.storedFormAt(slot);
    return deepEqual(this.form.peek(stored), this.form.peek(write.stored)) ? { ...write, stored } : write;
  }

  /** Gives what this member has of a partition to its replica; `refusal` is for those who wait there. */
  moveOut(partition: number, replica: ReplicaMap, refusal: Error): void {
    const { records, locks, behind } = this.#home!;
    for (const slot of records.slotsOf(partition)) replica.keep(partition, records.imageAt(slot));
    const extras = replica.extrasOf(partition);
    for (const image of locks.imagesOf(partition)) extras.locks.set(image.key, image);
    extras.lastToken = Math.max(extras.lastToken, locks.lastToken);
    for (const write of behind?.image(partition) ?? []) replica.keepWrite(write);
    extras.isLoaded ||= this.#partitions.get(partition)?.isLoaded ?? false;
    this.drop(partition, refusal);
  }

  drop(partition: number, refusal: Error): void {
    const { records, locks, behind } = this.#home!;
    records.dropPartition(partition);
    locks.drop(partition, refusal);
    behind?.drop(partition);
    this.#partitions.delete(partition);
  }

  #of(partition: number): SharedPartition {
    let known = this.#partitions.get(partition);
    if (known === undefined)
      this.#partitions.set(partition, (known = { changes: new PartitionChanges(), isListed: false, isLoaded: false }));
    return known;
  }

  /** Where it is noted that something changes. */
  #toTell(partition: number): PartitionChanges {
    const one = this.#of(partition);
    if (!one.isListed) {
      one.isListed = true;
      this.#parts.changed(this, partition);
    }
    return one.changes;
  }

  #add(partition: number, changes: PartitionChanges, to: OpenStateChange): void {
    const { records } = this.#home!;
    const entries: unknown[] = [];
    let gone: unknown[] | 0 = 0;
    for (const key of changes.keys) {
      const slot = records.find(partition, key, hashKey(key), -Infinity);
      if (slot >= 0) addImage(entries, records.imageAt(slot), this.#toWire);
      else if (gone === 0) gone = [keyToWire(key)];
      else gone.push(keyToWire(key));
    }
    to.push(this.name, entries, gone, changes.isOfKeys ? 0 : this.#rareOf(partition, changes));
  }

  #rareOf(partition: number, changes: PartitionChanges): RareChange {
    return {
      ...(changes.isCleared ? { cleared: true as const } : {}),
      ...(changes.locks.length === 0 ? {} : { locks: this.#locksOf(changes.locks) }),
      ...(changes.queued.size + changes.settled.length === 0 ? {} : { queue: this.#queueOf(changes) }),
      ...(changes.isLoadedChanged ? { loaded: this.#of(partition).isLoaded } : {}),
    };
  }

  #locksOf(keys: readonly StoredKey[]): LocksChange {
    const { locks } = this.#home!;
    const images = new KeyMap<LockImage | { readonly key: StoredKey; readonly token: undefined }>();
    for (const key of keys) images.set(key, locks.imageOf(key) ?? { key, token: undefined });
    const all = [...images.values()];
    return {
      lastToken: locks.lastToken,
      held: all.filter((image): image is LockImage => image.token !== undefined).map(lockToWire),
      free: all.filter(({ token }) => token === undefined).map(({ key }) => keyToWire(key)),
    };
  }

  #queueOf({ queued, settled }: PartitionChanges): QueueChange {
    return { queued: Array.from(queued.values(), (write) => writeToWire(write, this.#toWire)), settled };
  }
}
