/**
 * What changed in a partition, as it goes to its replicas: for each map the present images of keys that were changed, whole, so that several changes of
 * a key are one and the same image may come twice. A snapshot is many of the same.
 *
 * Times are the sender's. Clocks of machines differ, so a receiver moves them by the difference that it sees, the way included: what expires does so
 * too late by that, never too early.
 */
import { keyFromWire, keyToWire } from '../data/codec.ts';
import type { LockImage, LockToken } from '../partition/key-locks.ts';
import type { RecordImage, Records } from '../partition/record-store.ts';
import type { QueuedWrite } from '../persistence/write-behind.ts';

/** What happened in a partition, as it travels: plain data. */
export interface StateChange {
  /** The sender's time, epoch milliseconds. */
  readonly now: number;
  readonly maps: readonly MapChange[];
}

export interface MapChange {
  readonly name: string;
  /** The map was destroyed: nothing of it is left. */
  readonly forgotten?: true;
  /** All entries went before what follows. */
  readonly cleared?: true;
  /** Keys of entries, their values, and `STATISTICS` numbers for each. */
  readonly keys: readonly unknown[];
  readonly values: readonly unknown[];
  readonly statistics: readonly number[];
  /** Keys without entry. */
  readonly gone: readonly unknown[];
  readonly locks?: LocksChange;
  readonly queue?: QueueChange;
  /** Whether the partition has what the store gave for the start. */
  readonly loaded?: boolean;
}

export interface LocksChange {
  readonly lastToken: LockToken;
  readonly held: readonly (readonly [key: unknown, token: LockToken, deadline: number, holder: string | undefined])[];
  readonly free: readonly unknown[];
}

export interface QueueChange {
  readonly queued: readonly WireWrite[];
  /** Sequence numbers of what has left the queue. */
  readonly settled: readonly number[];
}

type WireWrite = readonly [
  sequence: number,
  isDelete: boolean,
  key: unknown,
  value: unknown,
  queuedAt: number,
  dueAt: number,
  attempts: number,
];

const STATISTICS = 9;
/** Entries of one piece of a snapshot. */
const PIECE = 1000;

/** To be filled. */
export interface OpenChange extends MapChange {
  readonly keys: unknown[];
  readonly values: unknown[];
  readonly statistics: number[];
  readonly gone: unknown[];
}

export function emptyChange(name: string): OpenChange {
  return { name, keys: [], values: [], statistics: [], gone: [] };
}

/** All that is held of a partition. */
export interface Holdings {
  readonly name: string;
  readonly records: Records;
  readonly locks: readonly LockImage[];
  readonly lastToken: LockToken;
  readonly queue: readonly QueuedWrite[];
  /** From a value as it is held. */
  readonly toWire: (held: unknown) => unknown;
  readonly isLoaded: boolean;
}

/** A snapshot: pieces of moderate size. */
export function* piecesOf(partition: number, { name, records, ...extras }: Holdings): Generator<MapChange, void, undefined> {
  const { locks, lastToken, queue, toWire, isLoaded } = extras;
  yield {
    ...emptyChange(name),
    locks: { lastToken, held: locks.map(lockToWire), free: [] },
    queue: { queued: queue.map((write) => writeToWire(write, toWire)), settled: [] },
    loaded: isLoaded,
  };
  const slots = records.slotsOf(partition);
  for (let from = 0; from < slots.length; from += PIECE) {
    const change = emptyChange(name);
    for (const slot of slots.subarray(from, from + PIECE)) addImage(change, records.imageAt(slot), toWire);
    yield change;
  }
}

export function addImage({ keys, values, statistics }: OpenChange, image: RecordImage, toWire: (held: unknown) => unknown): void {
  values.push(toWire(image.stored));
  keys.push(keyToWire(image.key));
  const { creationTime, lastAccessTime, lastUpdateTime, lastStoredTime, hits, version, ttlMs, maxIdleMs, deadline } = image;
  statistics.push(creationTime, lastAccessTime, lastUpdateTime, lastStoredTime, deadline, hits, version, ttlMs, maxIdleMs);
}

/** `shiftMs`: what the receiver's clock is ahead by. Values are as they came. */
export function* imagesIn({ keys, values, statistics }: MapChange, shiftMs: number): Generator<RecordImage, void, undefined> {
  for (let position = 0; position < keys.length; position++) {
    const first = position * STATISTICS;
    const time = (offset: number): number => shifted(statistics[first + offset]!, shiftMs);
    yield {
      key: keyFromWire(keys[position]),
      stored: values[position],
      creationTime: time(0),
      lastAccessTime: time(1),
      lastUpdateTime: time(2),
      lastStoredTime: time(3),
      deadline: statistics[first + 4]! + shiftMs,
      hits: statistics[first + 5]!,
      version: statistics[first + 6]!,
      ttlMs: statistics[first + 7]!,
      maxIdleMs: statistics[first + 8]!,
    };
  }
}

export function lockToWire({ key, token, deadline, holder }: LockImage): LocksChange['held'][number] {
  return [keyToWire(key), token, deadline, holder];
}

export function lockFromWire([key, token, deadline, holder]: LocksChange['held'][number], shiftMs: number): LockImage {
  return { key: keyFromWire(key), token, deadline: deadline + shiftMs, holder };
}

export function writeToWire(write: QueuedWrite, toWire: (held: unknown) => unknown): WireWrite {
  const { sequence, kind, key, stored, queuedAt, dueAt, attempts } = write;
  const isDelete = kind === 'delete';
  return [sequence, isDelete, keyToWire(key), isDelete ? undefined : toWire(stored), queuedAt, dueAt, attempts];
}

/** Its value is as it came. */
export function writeFromWire(partition: number, wire: WireWrite, shiftMs: number): QueuedWrite {
  const [sequence, isDelete, key, stored, queuedAt, dueAt, attempts] = wire;
  const times = { queuedAt: queuedAt + shiftMs, dueAt: dueAt + shiftMs };
  return { sequence, kind: isDelete ? 'delete' : 'store', key: keyFromWire(key), partition, stored, ...times, attempts };
}

/** 0 is never. */
function shifted(time: number, shiftMs: number): number {
  return time === 0 ? 0 : time + shiftMs;
}
