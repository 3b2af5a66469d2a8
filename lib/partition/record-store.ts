/** The entries of one map on one member: keys, values and statistics by slot, changed together with columns and indexes. */
import type { LiveRows } from '../columns/live-rows.ts';
import { costOfKey, costOfStored } from '../data/cost.ts';
import { fromKey, hashKey, type StoredKey } from '../data/key.ts';
import type { ValueForm } from '../data/value.ts';
import type { AttributeSet } from '../indexes/attribute-set.ts';
import { KeyTable } from './key-table.ts';
import { RECORD_BLOCK_MASK, RECORD_BLOCK_SHIFT, type RecordBlock } from './record-block.ts';
import { RecordSlots } from './record-slots.ts';
import type { Expiry, RecordImage, Records, RecordView } from './records.ts';

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
}

/** Bytes of an entry's share of tables and statistics, for the estimate of one entry. */
const OVERHEAD_BYTES = 70;
const SAMPLE_SIZE = 512;

/**
 * All changes go through `#put` (a new entry), `#set` (another value) and `#drop` (an entry goes), so that whatever must know of every change, such as
 * replication, has three places to listen at. Each of them first makes the calls that may fail (memory, columns, indexes) and then writes what can't.
 */
export class RecordStore implements Records {
  readonly live: LiveRows;
  readonly attributes: AttributeSet | undefined;
  readonly form: ValueForm;
  readonly #ttlMs: number;
  readonly #maxIdleMs: number;
  readonly #onExpire: (slot: number) => void;
  readonly #slots = new RecordSlots();
  readonly #blocks: readonly RecordBlock[] = this.#slots.blocks;
  /** By partition; made with the partition's first entry. */
  readonly #tables: (KeyTable | undefined)[];
  #size = 0;
  #changes = 0;
  #removals = 0;
  /** Entries whose value can't be handed out as it is. */
  #unshared = 0;
  #nextExpiry = Infinity;

  constructor({ partitionCount, live, attributes, form, ttlMs = 0, maxIdleMs = 0, onExpire = () => undefined }: RecordStoreOptions) {
    this.live = live;
    this.attributes = attributes;
    this.form = form;
    this.#ttlMs = ttlMs;
    this.#maxIdleMs = maxIdleMs;
    this.#onExpire = onExpire;
    this.#tables = Array.from<KeyTable | undefined>({ length: partitionCount });
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
    return this.#nextExpiry;
  }

  get overheadBytes(): number {
    return this.#tables.reduce((sum, table) => sum + (table?.bytes ?? 0), this.#slots.bytes);
  }

  find(partition: number, key: StoredKey, hash: number, now: number): number {
    const slot = this.#tables[partition]?.find(key, hash) ?? -1;
    if (slot < 0 || now < this.#nextExpiry || now < this.#expirationTime(slot)) return slot;
    this.#expire(slot);
    return -1;
  }

  insert(partition: number, key: StoredKey, hash: number, stored: unknown, now: number, expiry?: Expiry): number {
    const slot = this.#put(partition, key, hash, stored);
    this.#block(slot).created(slot & RECORD_BLOCK_MASK, now);
    this.#setExpiry(slot, now, expiry);
    return slot;
  }

  update(slot: number, stored: unknown, now: number, expiry?: Expiry): void {
    this.#set(slot, stored);
    this.#block(slot).updated(slot & RECORD_BLOCK_MASK, now);
    this.#setExpiry(slot, now, expiry);
  }

  remove(slot: number): void {
    this.#drop(slot);
  }

  touch(slot: number, now: number): void {
    this.#block(slot).touched(slot & RECORD_BLOCK_MASK, now);
  }

  setTtl(slot: number, ttlMs: number, now: number): void {
    this.#setExpiry(slot, now, { ttlMs, maxIdleMs: this.#block(slot).maxIdleMs(slot & RECORD_BLOCK_MASK) });
  }

  markStored(slot: number, now: number): void {
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

  sizeOf(partition: number): number {
    return this.#tables[partition]?.size ?? 0;
  }

  slotsOf(partition: number): Int32Array {
    return this.#tables[partition]?.slots() ?? new Int32Array();
  }

  expireDue(now: number): number {
    if (now < this.#nextExpiry) return 0;
    const before = this.#size;
    let next = Infinity;
    for (const [index, block] of this.#blocks.entries()) {
      const first = index << RECORD_BLOCK_SHIFT;
      if (block.nextExpiry <= now) block.expireDue(now, (row) => this.#expire(first + row));
      next = Math.min(next, block.nextExpiry);
    }
    this.#nextExpiry = next;
    return before - this.#size;
  }

  clear(): void {
    this.attributes?.clear();
    this.live.free();
    this.#changes += this.#size;
    this.#removals += this.#size;
    this.#size = 0;
    this.#unshared = 0;
    this.#nextExpiry = Infinity;
    this.#slots.clear();
    this.#tables.fill(undefined);
  }

  free(): void {
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

  snapshotPartition(partition: number): RecordImage[] {
    return Array.from(this.slotsOf(partition), (slot) => ({
      key: this.storedKeyAt(slot),
      stored: this.storedFormAt(slot),
      ...this.#block(slot).statistics(slot & RECORD_BLOCK_MASK),
    }));
  }

  installPartition(partition: number, images: Iterable<RecordImage>): void {
    this.dropPartition(partition);
    for (const image of images) {
      const slot = this.#put(partition, image.key, hashKey(image.key), image.stored);
      this.#block(slot).restore(slot & RECORD_BLOCK_MASK, image);
      this.#nextExpiry = Math.min(this.#nextExpiry, this.#expirationTime(slot));
    }
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
  }

  #expire(slot: number): void {
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

  #setExpiry(slot: number, now: number, expiry: Expiry | undefined): void {
    const ttlMs = expiry?.ttlMs ?? this.#ttlMs;
    const maxIdleMs = expiry?.maxIdleMs ?? this.#maxIdleMs;
    const block = this.#block(slot);
    block.setExpiry(slot & RECORD_BLOCK_MASK, ttlMs, maxIdleMs, ttlMs === 0 ? Infinity : now + ttlMs);
    this.#nextExpiry = Math.min(this.#nextExpiry, block.nextExpiry);
  }

  #expirationTime(slot: number): number {
    return this.#block(slot).expirationTime(slot & RECORD_BLOCK_MASK);
  }

  #contentsCostAt(slot: number): number {
    return costOfKey(this.storedKeyAt(slot)) + costOfStored(this.storedFormAt(slot), this.form);
  }
}
