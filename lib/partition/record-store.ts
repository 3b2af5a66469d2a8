/** The entries of one map on one member: keys, values and statistics by slot, changed together with columns and indexes. */
import type { StoredKey } from '../data/key.ts';
import type { ValueForm } from '../data/value.ts';
import type { LiveRows } from '../columns/live-rows.ts';
import type { AttributeSet, EntryReader } from '../indexes/attribute-set.ts';

/** What a record store is made of. */
export interface RecordStoreOptions {
  /** Partitions of the key space; partition numbers are below it. */
  readonly partitionCount: number;
  /** Which slots are in use, for scans. */
  readonly live: LiveRows;
  /** Columns and indexes, if any. They must be all or nothing: a method that throws has changed nothing. */
  readonly attributes: AttributeSet | undefined;
  /** How values are kept. */
  readonly form: ValueForm;
  /** Expiry of entries that bring none of their own, milliseconds; 0 (default) for ever. */
  readonly ttlMs?: number;
  readonly maxIdleMs?: number;
}

/** Expiry of one entry, milliseconds; 0 for ever, undefined for the map's default. */
export interface Expiry {
  readonly ttlMs?: number | undefined;
  readonly maxIdleMs?: number | undefined;
}

/** The statistics of one entry (M63). Times are epoch milliseconds as given by the caller, 0 for never. */
export interface RecordView {
  readonly cost: number;
  readonly creationTime: number;
  /** Infinity when it never expires. */
  readonly expirationTime: number;
  readonly hits: number;
  readonly lastAccessTime: number;
  readonly lastUpdateTime: number;
  readonly lastStoredTime: number;
  readonly version: number;
  readonly ttlMs: number;
  readonly maxIdleMs: number;
}

/** One entry as plain data: what a snapshot of a partition consists of. */
export interface RecordImage {
  readonly key: StoredKey;
  readonly stored: unknown;
  readonly creationTime: number;
  readonly lastAccessTime: number;
  readonly lastUpdateTime: number;
  readonly lastStoredTime: number;
  readonly hits: number;
  readonly version: number;
  readonly ttlMs: number;
  readonly maxIdleMs: number;
}

/** Signatures only, for now. */
export class RecordStore implements EntryReader {
  constructor(options: RecordStoreOptions) {
    throw new Error(`not written yet: ${options.partitionCount}`);
  }

  /** Entries, those included that expired but were not yet asked for: call `expireDue` first where it matters. */
  declare readonly size: number;
  declare readonly top: number;
  declare readonly changes: number;
  declare readonly removals: number;
  declare readonly live: LiveRows;
  declare readonly attributes: AttributeSet | undefined;
  declare readonly form: ValueForm;
  /** Bytes of keys' table and statistics, keys and values themselves excluded. */
  declare readonly overheadBytes: number;
  /** No entry expires before this time. */
  declare readonly nextExpiry: number;

  /** The entry's slot, or -1. An entry that expired by `now` is dropped and not found. `hash` is `hashKey(key)`. */
  declare readonly find: (partition: number, key: StoredKey, hash: number, now: number) => number;
  /** Adds an entry, which must not exist (`find` gave -1); returns its slot. `stored` is what `form.takeIn` gave. */
  declare readonly insert: (partition: number, key: StoredKey, hash: number, stored: unknown, now: number, expiry?: Expiry) => number;
  /** Gives the entry another value: version + 1, expiry anew (from `expiry` or the map's default). The slot stays. */
  declare readonly update: (slot: number, stored: unknown, now: number, expiry?: Expiry) => void;
  declare readonly remove: (slot: number) => void;
  /** Counts a hit: hits + 1, last access, idle time anew. */
  declare readonly touch: (slot: number, now: number) => void;
  /** Another time to live, counted from `now`; 0 for ever. */
  declare readonly setTtl: (slot: number, ttlMs: number, now: number) => void;
  /** The entry was stored in the database. */
  declare readonly markStored: (slot: number, now: number) => void;
  declare readonly view: (slot: number) => RecordView;

  declare readonly isLive: (slot: number) => boolean;
  /** The key as users see it. */
  declare readonly keyAt: (slot: number) => unknown;
  declare readonly storedKeyAt: (slot: number) => StoredKey;
  /** The value as kept; give it to `form.handOut`. */
  declare readonly storedFormAt: (slot: number) => unknown;
  /** The value for conditions (`form.peek`). */
  declare readonly storedAt: (slot: number) => unknown;
  /** The value for users (`form.handOut`). */
  declare readonly valueAt: (slot: number) => unknown;
  declare readonly partitionAt: (slot: number) => number;

  declare readonly sizeOf: (partition: number) => number;
  /** The slots of a partition as of now, in no promised order. */
  declare readonly slotsOf: (partition: number) => Int32Array;
  /** Removes what expired by `now`; returns how many. Costs a comparison when nothing can be due. */
  declare readonly expireDue: (now: number) => number;
  declare readonly clear: () => void;

  /** Images of a partition's entries as of now. */
  declare readonly snapshotPartition: (partition: number) => RecordImage[];
  /** Replaces what the partition holds. */
  declare readonly installPartition: (partition: number, images: Iterable<RecordImage>) => void;
  declare readonly dropPartition: (partition: number) => void;
}
