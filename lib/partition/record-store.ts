/** The entries of one map on one member: keys, values and statistics by slot, changed together with columns and indexes. */
import type { LiveRows } from '../columns/live-rows.ts';
import { costOfKey, costOfStored } from '../data/cost.ts';
import { fromKey, hashKey, type StoredKey } from '../data/key.ts';
import type { ValueForm } from '../data/value.ts';
import type { AttributeSet } from '../indexes/attribute-set.ts';
import { Evictor, type EvictableEntries, type EvictionOptions, type Surplus } from './evictor.ts';
import { ExpirySchedule } from './expiry-schedule.ts';
import { KeyTable } from './key-table.ts';
import { RECORD_BLOCK_MASK, RECORD_BLOCK_SHIFT, type RecordBlock } from './record-block.ts';
import { RecordSlots } from './record-slots.ts';
import type { Expiry, RecordImage, Records, RecordView } from './records.ts';

export type { EvictionOptions, Surplus } from './evictor.ts';
export type { Expiry, RecordImage, Records, RecordStatistics, RecordView } from './records.ts';

/** What a record store is made of. */
export interface RecordStoreOptions {
  /** Partitions of the key space, 65,536 at most; partition numbers are below it. */
  readonly partitionCount: number;
  /** Which slots are in use, for scans. */
  readonly live: LiveRows;
  /** Columns and indexes, if any. All or nothing: when one of its methods throws, it must have changed nothing. */
  readonly attributes?: AttributeSet | undefined;
  /** How values are kept. */
  readonly form: ValueForm;
  /** Expiry of entries that bring none of their own, milliseconds; 0 (default) for ever. */
  readonly ttlMs?: number;
  readonly maxIdleMs?: number;
  /** Called when an entry is found to have expired, just before it goes. Must not change anything. */
  readonly onExpire?: (slot: number) => void;
  /** Called when an entry may expire at `time`, and none could sooner until now. Must not change anything. */
  readonly onNextExpiry?: (time: number) => void;
  /** Whether an entry must not expire now, nor before `unpinned`. Asked only when it should. Default: none. */
  readonly isLocked?: (slot: number) => boolean;
  /** Left out: entries are never given up. */
  readonly eviction?: EvictionOptions | undefined;
  /** Who must know of changes before they happen. Left out: nobody. */
  readonly watch?: RecordWatch | undefined;
  /** `false`: nothing expires by itself or by being looked for, it is only kept. Default true. */
  readonly expires?: boolean;
}

/**
 * Called just before something changes; what is thrown keeps it from happening. Hits are no changes, nor is what `install...` and `dropPartition`
 * bring and take.
 */
export interface RecordWatch {
  /** An entry comes, changes, or goes for whatever reason. `stored`: the value it is to have, where that is what changes. */
  changes(partition: number, key: StoredKey, stored?: unknown): void;
  /** After `changes`: what was read of the entry is so no longer: its value, or how long it lives, changes, or it goes. */
  outdates(partition: number, key: StoredKey): void;
  /** All entries of a partition go. */
  clears(partition: number): void;
}

/** Bytes of an entry's share of tables and statistics, for the estimate of one entry. */
const OVERHEAD_BYTES = 70;
const SAMPLE_SIZE = 512;
/** Entries that a write looks at, at most, to give up what has expired rather than what has not. */
const EXPIRY_STEPS = 512;
const NONE = -1;

const nothing = (): void => undefined;
const never = (): boolean => false;

/**
 * All changes go through `#put` (a new entry), `#set` (another value) and `#drop` (an entry goes). Each of them first makes the calls that may fail
 * (memory, columns, indexes) and then writes what can't. Whoever watches is asked before.
 */
export class RecordStore implements Records {
  readonly live: LiveRows;
  readonly attributes: AttributeSet | undefined;
  readonly form: ValueForm;
  readonly #ttlMs: number;
  readonly #maxIdleMs: number;
  readonly #onExpire: (slot: number) => void;
  readonly #watch: RecordWatch | undefined;
  readonly #expires: boolean;
  readonly #slots = new RecordSlots();
  readonly #blocks: readonly RecordBlock[] = this.#slots.blocks;
  /** By partition; made with the partition's first entry. */
  readonly #tables: (KeyTable | undefined)[];
  #size = 0;
  #changes = 0;
  #removals = 0;
  /** Entries whose value can't be handed out as it is. */
  #unshared = 0;
  readonly #expiries: ExpirySchedule;
  readonly #evictor: Evictor | undefined;

  constructor(options: RecordStoreOptions) {
    const { partitionCount, ttlMs = 0, maxIdleMs = 0, onExpire = nothing, onNextExpiry = nothing, isLocked = never } = options;
    const { eviction, watch, expires = true } = options;
    this.live = options.live;
    this.attributes = options.attributes;
    this.form = options.form;
    this.#ttlMs = ttlMs;
    this.#maxIdleMs = maxIdleMs;
    this.#onExpire = onExpire;
    this.#watch = watch;
    this.#expires = expires;
    this.#tables = Array.from<KeyTable | undefined>({ length: partitionCount });
    this.#expiries = new ExpirySchedule({
      timeOf: (slot) => this.#expirationTime(slot),
      isLocked,
      onSooner: onNextExpiry,
      expire: (slot) => this.#expire(slot),
    });
    this.#evictor = eviction && new Evictor(this.#watched(eviction), this.#evictable(), partitionCount);
  }

  get size(): number {
    return this.#size;
  }

  get top(): number {
    return this.#slots.top;
  }

  get changes(): number {
    return this.#changes;
  }

  get removals(): number {
    return this.#removals;
  }

  get nextExpiry(): number {
    return this.#expiries.next;
  }

  get overheadBytes(): number {
    const tables = this.#tables.reduce((sum, table) => sum + (table?.bytes ?? 0), 0);
    return tables + this.#slots.bytes + this.#expiries.bytes + (this.#evictor?.order.bytes ?? 0);
  }

  find(partition: number, key: StoredKey, hash: number, now: number): number {
    const slot = this.#tables[partition]?.find(key, hash) ?? -1;
    if (slot < 0 || now < this.#expiries.next || !this.#expiries.hasExpired(slot, now)) return slot;
    this.#expire(slot);
    return -1;
  }

  insert(partition: number, key: StoredKey, hash: number, stored: unknown, now: number, expiry?: Expiry): number {
    if (this.#watch !== undefined) this.#watch.changes(partition, key, stored);
    const slot = this.#put(partition, key, hash, stored);
    this.#block(slot).created(slot & RECORD_BLOCK_MASK, now);
    this.#setExpiry(slot, Infinity, now, expiry);
    if (this.#evictor !== undefined) this.#keepLimit(slot, slot, now);
    return slot;
  }

  update(slot: number, stored: unknown, now: number, expiry?: Expiry): void {
    if (this.#watch !== undefined) this.#tellOutdated(this.#watch, slot, stored);
    this.#set(slot, stored);
    const before = this.#expirationTime(slot);
    this.#block(slot).updated(slot & RECORD_BLOCK_MASK, now);
    this.#setExpiry(slot, before, now, expiry);
    if (this.#evictor !== undefined) this.#keepLimit(slot, slot, now);
  }

  remove(slot: number): void {
    if (this.#watch !== undefined) this.#tellOutdated(this.#watch, slot);
    this.#drop(slot);
  }

  touch(slot: number, now: number): void {
    this.#block(slot).touched(slot & RECORD_BLOCK_MASK, now);
    if (this.#evictor !== undefined) this.#evictor.order.touched(slot);
  }

  setTtl(slot: number, ttlMs: number, now: number): void {
    if (this.#watch !== undefined) this.#tellOutdated(this.#watch, slot);
    const maxIdleMs = this.#block(slot).maxIdleMs(slot & RECORD_BLOCK_MASK);
    this.#setExpiry(slot, this.#expirationTime(slot), now, { ttlMs, maxIdleMs });
  }

  unpinned(slots: readonly number[], now: number): void {
    for (const slot of slots) {
      this.#expiries.unlocked(slot, now);
      this.#evictor?.order.unpinned(slot);
    }
    // What had to stay above the limit because everything was pinned goes now: when all are free, so that they go in their order.
    for (const slot of slots) this.#keepLimit(slot, NONE, now);
  }

  markStored(slot: number, now: number): void {
    if (this.#watch !== undefined) this.#tell(this.#watch, slot);
    this.#block(slot).savedToDatabase(slot & RECORD_BLOCK_MASK, now);
  }

  view(slot: number): RecordView {
    const statistics = this.#block(slot).statistics(slot & RECORD_BLOCK_MASK);
    return { ...statistics, cost: OVERHEAD_BYTES + this.#contentsCostAt(slot), expirationTime: this.#expirationTime(slot) };
  }

  isLive(slot: number): boolean {
    return this.#slots.isTaken(slot);
  }

  keyAt(slot: number): unknown {
    return fromKey(this.#slots.storedKeyAt(slot));
  }

  storedKeyAt(slot: number): StoredKey {
    return this.#slots.storedKeyAt(slot);
  }

  storedFormAt(slot: number): unknown {
    return this.#block(slot).stored[slot & RECORD_BLOCK_MASK];
  }

  storedAt(slot: number): unknown {
    const block = this.#block(slot);
    const row = slot & RECORD_BLOCK_MASK;
    const stored = block.stored[row];
    return this.#unshared === 0 || block.unshared[row] === 0 ? stored : this.form.peek(stored);
  }

  valueAt(slot: number): unknown {
    const block = this.#block(slot);
    const row = slot & RECORD_BLOCK_MASK;
    const stored = block.stored[row];
    return this.#unshared === 0 || block.unshared[row] === 0 ? stored : this.form.handOut(stored);
  }

  valuesAt(slots: Int32Array, from: number, to: number, rows: unknown[], at: number): void {
    const blocks = this.#blocks;
    if (this.#unshared > 0) for (let i = from; i < to; i++) rows[at++] = this.valueAt(slots[i]!);
    else
      for (let i = from; i < to; i++) {
        const slot = slots[i]!;
        rows[at++] = blocks[slot >>> RECORD_BLOCK_SHIFT]!.stored[slot & RECORD_BLOCK_MASK];
      }
  }

  keysAt(slots: Int32Array, from: number, to: number, rows: unknown[], at: number): void {
    const blocks = this.#blocks;
    for (let i = from; i < to; i++) {
      const slot = slots[i]!;
      const key = blocks[slot >>> RECORD_BLOCK_SHIFT]!.keys[slot & RECORD_BLOCK_MASK]!;
      rows[at++] = typeof key === 'object' ? fromKey(key) : key;
    }
  }

  partitionAt(slot: number): number {
    return this.#block(slot).partition[slot & RECORD_BLOCK_MASK]!;
  }

  partitions(): number[] {
    return [...this.#tables.keys()].filter((partition) => this.sizeOf(partition) > 0);
  }

  sizeOf(partition: number): number {
    return this.#tables[partition]?.size ?? 0;
  }

  slotsOf(partition: number): Int32Array {
    // Not in the order of the table: who inserts keys in the order of their hashes makes another table crowded in one place while it grows.
    return this.#tables[partition]?.slots().sort() ?? new Int32Array();
  }

  expireDue(now: number, steps = Infinity): boolean {
    return now < this.#expiries.next || this.#expiries.expireDue(now, steps);
  }

  room(partition?: number): number {
    return this.#evictor?.room(partition) ?? Infinity;
  }

  surplus(percentage: number): Surplus[] {
    return this.#evictor?.surplus(percentage) ?? [];
  }

  evict(surplus: Surplus, steps: number): boolean {
    return this.#evictor === undefined || this.#evictor.evict(surplus, steps);
  }

  clear(): void {
    this.attributes?.clear();
    this.live.free();
    this.#changes += this.#size;
    this.#removals += this.#size;
    this.#size = 0;
    this.#unshared = 0;
    this.#clearOrders();
    this.#slots.clear();
    this.#tables.fill(undefined);
  }

  free(): void {
    this.#clearOrders();
    this.#slots.clear();
    this.#tables.fill(undefined);
    this.#size = 0;
    this.live.free();
  }

  estimateBytes(): number {
    // Every nth slot: entries of one age or kind tend to lie together.
    const step = Math.max(1, Math.floor(this.top / SAMPLE_SIZE));
    let sampled = 0;
    let sum = 0;
    for (let slot = 0; slot < this.top; slot += step) {
      if (!this.isLive(slot)) continue;
      sampled++;
      sum += this.#contentsCostAt(slot);
    }
    return this.overheadBytes + (sampled === 0 ? 0 : Math.round((sum / sampled) * this.#size));
  }

  clearPartition(partition: number): void {
    if (this.#watch !== undefined) this.#watch.clears(partition);
    this.dropPartition(partition);
  }

  imageAt(slot: number): RecordImage {
    const statistics = this.#block(slot).statistics(slot & RECORD_BLOCK_MASK);
    return { key: this.storedKeyAt(slot), stored: this.storedFormAt(slot), ...statistics };
  }

  snapshotPartition(partition: number): RecordImage[] {
    return Array.from(this.slotsOf(partition), (slot) => this.imageAt(slot));
  }

  installPartition(partition: number, images: Iterable<RecordImage>, now: number): void {
    this.dropPartition(partition);
    for (const image of images) this.installImage(partition, image, now);
  }

  installImage(partition: number, image: RecordImage, now: number): void {
    const { key, stored } = image;
    const hash = hashKey(key);
    let slot = this.#tables[partition]?.find(key, hash) ?? NONE;
    const before = slot < 0 ? Infinity : this.#expirationTime(slot);
    if (slot < 0) slot = this.#put(partition, key, hash, stored);
    else this.#set(slot, stored);
    this.#block(slot).restore(slot & RECORD_BLOCK_MASK, image);
    if (this.#expires) this.#expiries.changed(slot, before, this.#expirationTime(slot), now);
  }

  dropPartition(partition: number): void {
    for (const slot of this.slotsOf(partition)) this.#drop(slot);
    this.#tables[partition] = undefined;
  }

  /** A new entry, its statistics blank. */
  #put(partition: number, key: StoredKey, hash: number, stored: unknown): number {
    // Nobody is left: begin anew at slot 0, so that scans need not go over what once was.
    if (this.#size === 0) this.#slots.clear();
    const table = (this.#tables[partition] ??= new KeyTable(this.#slots));
    const slot = this.#slots.next();
    table.reserve();
    this.live.set(slot);
    try {
      this.attributes?.insert(slot, fromKey(key), this.form.peek(stored));
    } catch (error) {
      this.live.clear(slot);
      throw error;
    }
    const block = this.#slots.take(slot);
    const row = slot & RECORD_BLOCK_MASK;
    block.keys[row] = key;
    block.partition[row] = partition;
    this.#write(block, row, stored);
    table.add(key, hash, slot);
    this.#size++;
    this.#changes++;
    if (this.#evictor !== undefined) this.#evictor.added(slot, hash);
    return slot;
  }

  /** Another value. */
  #set(slot: number, stored: unknown): void {
    const block = this.#block(slot);
    const row = slot & RECORD_BLOCK_MASK;
    this.attributes?.update(slot, this.keyAt(slot), this.storedAt(slot), this.form.peek(stored));
    this.#unshared -= block.unshared[row]!;
    this.#write(block, row, stored);
    this.#changes++;
    if (this.#evictor !== undefined) this.#evictor.updated(slot);
  }

  #expire(slot: number): void {
    if (this.#watch !== undefined) this.#tellOutdated(this.#watch, slot);
    this.#onExpire(slot);
    this.#drop(slot);
  }

  /** An entry goes, for whatever reason. */
  #drop(slot: number): void {
    const block = this.#block(slot);
    const row = slot & RECORD_BLOCK_MASK;
    const key = this.#slots.storedKeyAt(slot);
    this.attributes?.remove(slot, fromKey(key), this.storedAt(slot));
    this.live.clear(slot);
    this.#tables[block.partition[row]!]!.remove(key, hashKey(key), slot);
    this.#expiries.removed(slot);
    if (this.#evictor !== undefined) this.#evictor.removed(slot);
    this.#unshared -= block.unshared[row]!;
    this.#slots.release(slot);
    this.#size--;
    this.#changes++;
    this.#removals++;
  }

  #block(slot: number): RecordBlock {
    return this.#blocks[slot >>> RECORD_BLOCK_SHIFT]!;
  }

  #write(block: RecordBlock, row: number, stored: unknown): void {
    const unshared = this.form.isShared(stored) ? 0 : 1;
    block.stored[row] = stored;
    block.unshared[row] = unshared;
    this.#unshared += unshared;
  }

  /** `before`: when the entry was to expire; Infinity for a new one. */
  #setExpiry(slot: number, before: number, now: number, expiry: Expiry | undefined): void {
    const ttlMs = expiry?.ttlMs ?? this.#ttlMs;
    const maxIdleMs = expiry?.maxIdleMs ?? this.#maxIdleMs;
    this.#block(slot).setExpiry(slot & RECORD_BLOCK_MASK, ttlMs, maxIdleMs, ttlMs === 0 ? Infinity : now + ttlMs);
    if (ttlMs !== 0 || maxIdleMs !== 0) this.#expiries.changed(slot, before, this.#expirationTime(slot), now);
  }

  /** Where the slot is; others than `spared` go, and what has expired rather than what has not. */
  #keepLimit(slot: number, spared: number, now: number): void {
    const evictor = this.#evictor;
    if (evictor === undefined || !evictor.isOver(slot)) return;
    this.expireDue(now, EXPIRY_STEPS);
    if (evictor.isOver(slot)) evictor.keepLimit(slot, spared);
  }

  #tell(watch: RecordWatch, slot: number, stored?: unknown): void {
    watch.changes(this.partitionAt(slot), this.storedKeyAt(slot), stored);
  }

  #tellOutdated(watch: RecordWatch, slot: number, stored?: unknown): void {
    this.#tell(watch, slot, stored);
    watch.outdates(this.partitionAt(slot), this.storedKeyAt(slot));
  }

  #watched(eviction: EvictionOptions): EvictionOptions {
    const watch = this.#watch;
    if (watch === undefined) return eviction;
    const onEvict = (slot: number): void => {
      this.#tellOutdated(watch, slot);
      eviction.onEvict(slot);
    };
    return { ...eviction, onEvict };
  }

  #evictable(): EvictableEntries {
    return {
      count: () => this.#size,
      countOf: (partition) => this.sizeOf(partition),
      partitionAt: (slot) => this.partitionAt(slot),
      measure: (slot) => OVERHEAD_BYTES + this.#contentsCostAt(slot),
      noted: (slot) => this.#block(slot).cost(slot & RECORD_BLOCK_MASK),
      note: (slot, bytes) => this.#block(slot).setCost(slot & RECORD_BLOCK_MASK, bytes),
      drop: (slot) => this.#drop(slot),
    };
  }

  #clearOrders(): void {
    this.#expiries.clear();
    this.#evictor?.cleared();
  }

  #expirationTime(slot: number): number {
    return this.#block(slot).expirationTime(slot & RECORD_BLOCK_MASK);
  }

  #contentsCostAt(slot: number): number {
    return costOfKey(this.storedKeyAt(slot)) + costOfStored(this.storedFormAt(slot), this.form);
  }
}
