/** What the entries of one map on one member look like to the rooms above: plain data and the contract of the record store. */
import type { LiveRows } from '../columns/live-rows.ts';
import type { StoredKey } from '../data/key.ts';
import type { ValueForm } from '../data/value.ts';
import type { AttributeSet, EntryReader } from '../indexes/attribute-set.ts';
import type { Surplus } from './evictor.ts';

/** Expiry of one entry, milliseconds; 0 for ever, undefined for the map's default. */
export interface Expiry {
  readonly ttlMs?: number | undefined;
  readonly maxIdleMs?: number | undefined;
}

/** What is kept about one entry beside key and value. Times are epoch milliseconds as given by the caller, 0 for never. */
export interface RecordStatistics {
  readonly creationTime: number;
  readonly lastAccessTime: number;
  readonly lastUpdateTime: number;
  readonly lastStoredTime: number;
  readonly hits: number;
  /** Updates since the entry was made. */
  readonly version: number;
  /** 0: for ever. */
  readonly ttlMs: number;
  readonly maxIdleMs: number;
  /** When the time to live is over; Infinity if never. */
  readonly deadline: number;
}

/** The statistics of one entry as they are shown (M63). */
export interface RecordView extends RecordStatistics {
  /** Bytes, estimated: see `cost.ts`. */
  readonly cost: number;
  /** By time to live or idle time, whichever is over first; Infinity when it never expires. */
  readonly expirationTime: number;
}

/** One entry as plain data: what a snapshot of a partition consists of. `stored` is a stored value of the map's form. */
export interface RecordImage extends RecordStatistics {
  readonly key: StoredKey;
  readonly stored: unknown;
}

/**
 * The entries of one map on one member, by slot.
 *
 * Synchronous, without clock and without I/O: `now` is an argument, epoch milliseconds that never go back. An entry keeps its slot while it lives;
 * a slot may be given to another entry after a removal (`removals` grows then). Slots given as arguments must be of present entries.
 *
 * A change of an entry, its columns, its indexes and the counters happen together: when a method throws, none of them has happened.
 */
export interface Records extends EntryReader {
  /** Entries, those included that expired and were not removed yet: call `expireDue` first where it matters. */
  readonly size: number;
  /** Slots in use are below it. */
  readonly top: number;
  /** Grows with every insert, update and removal. */
  readonly changes: number;
  readonly removals: number;
  readonly live: LiveRows;
  readonly attributes: AttributeSet | undefined;
  readonly form: ValueForm;
  /** Bytes of tables and statistics; keys and values themselves excluded. Cost: the number of partitions. */
  readonly overheadBytes: number;
  /** No entry expires before this time. */
  readonly nextExpiry: number;

  /** The entry's slot, or -1. An entry that has expired by `now` is removed and not found. `hash` is `hashKey(key)`. */
  find(partition: number, key: StoredKey, hash: number, now: number): number;
  /**
   * Adds an entry, which must not be there (`find` gave -1); its slot. May give up others, as an update may: the slots of all but this one are
   * to be looked up anew. `stored` is what `form.takeIn` gave.
   */
  insert(partition: number, key: StoredKey, hash: number, stored: unknown, now: number, expiry?: Expiry): number;
  /** Gives the entry another value: version + 1, expiry anew, from `expiry` or the map's default. */
  update(slot: number, stored: unknown, now: number, expiry?: Expiry): void;
  remove(slot: number): void;
  /** Counts a hit: hits + 1, last access, idle time from `now`. */
  touch(slot: number, now: number): void;
  /** Another time to live, counted from `now`; 0 for ever. */
  setTtl(slot: number, ttlMs: number, now: number): void;
  /** The entries are not pinned any more, or by one thing less: they may expire and be given up again, which may happen now. */
  unpinned(slots: readonly number[], now: number): void;
  /** The entry has been stored in the database. */
  markStored(slot: number, now: number): void;
  view(slot: number): RecordView;

  isLive(slot: number): boolean;
  /** The key as users see it. */
  keyAt(slot: number): unknown;
  storedKeyAt(slot: number): StoredKey;
  /** The value as kept; `form.handOut` and `form.peek` read it. */
  storedFormAt(slot: number): unknown;
  /** The value for conditions (`form.peek`): never for users. */
  storedAt(slot: number): unknown;
  /** The value for users (`form.handOut`). */
  valueAt(slot: number): unknown;
  /** `valueAt` and `keyAt` of `slots[from..to)`, written to `rows[at]` and on. */
  valuesAt(slots: Int32Array, from: number, to: number, rows: unknown[], at: number): void;
  keysAt(slots: Int32Array, from: number, to: number, rows: unknown[], at: number): void;
  partitionAt(slot: number): number;

  /** Partitions that have entries. Cost: the number of partitions. */
  partitions(): number[];
  sizeOf(partition: number): number;
  /** The slots of a partition as of now, ascending. */
  slotsOf(partition: number): Int32Array;
  /**
   * Removes what has expired by `now`, looking at `steps` entries at most (default all there are); whether that was all. Costs one comparison when
   * nothing can be due, and amortised over all calls O(1) per entry.
   */
  expireDue(now: number, steps?: number): boolean;
  /** Entries that may come, into the partition or (left out) into all together, without others going; estimated where bytes are limited. */
  room(partition?: number): number;
  /** For limits that are not kept at each write: what must go where more is than may be, `percentage` (1..100) of what is there at least. */
  surplus(percentage: number): Surplus[];
  /** Gives up what must go, `steps` entries at most; whether that was all that could go. */
  evict(surplus: Surplus, steps: number): boolean;
  /** Removes all entries. */
  clear(): void;
  /** Gives all memory back, that of columns and indexes excepted: the store must not be used any more. */
  free(): void;
  /** Bytes of all entries, keys and values included, estimated from a sample. */
  estimateBytes(): number;

  /** Removes all entries of a partition. */
  clearPartition(partition: number): void;

  imageAt(slot: number): RecordImage;
  /** Images of a partition's entries as of now. */
  snapshotPartition(partition: number): RecordImage[];
  /** Replaces what the partition holds. */
  installPartition(partition: number, images: Iterable<RecordImage>, now: number): void;
  /** Makes the entry this one, whether it was there or not. No limit of size is kept. */
  installImage(partition: number, image: RecordImage, now: number): void;
  /** Forgets all entries of a partition: they are held elsewhere. */
  dropPartition(partition: number): void;
}
