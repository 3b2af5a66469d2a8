/**
 * What changed in a partition, as it goes to its replicas: for each map the present images of keys that were changed, whole, so that several changes of
 * a key are one and the same image may come twice. A snapshot is many of the same.
 *
 * Times are the sender's. Clocks of machines differ, so a receiver moves them by the difference that it sees, the way included: what expires does so
 * too late by that, never too early.
 */
import { keyFromWire, keyToWire } from '../../data/codec.ts';
import type { LockImage, LockToken } from '../../partition/key-locks.ts';
import type { RecordImage, Records } from '../../partition/record-store.ts';
import type { QueuedWrite } from '../../persistence/write-behind.ts';

/**
 * What happened in a partition, as it travels: plain data, in few arrays, because there are many of them. The sender's time, epoch milliseconds; then four
 * places for each map: its name, its entries, keys without entry (0: none), and what is rare (0: nothing).
 *
 * Of each entry `ENTRY_PLACES`: key, value, times of creation, access and update, hits, version, and how long it lives (`Life`; 0: for ever).
 */
export type StateChange = readonly unknown[];
export type OpenStateChange = unknown[];

/** One map of a StateChange. */
export type MapChange = readonly [name: string, entries: readonly unknown[], gone: readonly unknown[] | 0, rare: RareChange | 0];

type Life = readonly [lastStoredTime: number, deadline: number, ttlMs: number, maxIdleMs: number];

export interface RareChange {
  /** The map was destroyed: nothing of it is left. */
  readonly forgotten?: true;
  /** All entries went before what follows. */
  readonly cleared?: true;
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

const ENTRY_PLACES = 8;
/** Entries of one piece of a snapshot. */
const PIECE = 1000;

const MAP_PLACES = 4;

/** Gives the maps of a change. */
export function takeMaps(change: StateChange, take: (...map: MapChange) => void): void {
  for (let i = 1; i < change.length; i += MAP_PLACES)
    take(change[i] as string, change[i + 1] as unknown[], change[i + 2] as unknown[] | 0, change[i + 3] as RareChange | 0);
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
  const rare: RareChange = {
    locks: { lastToken, held: locks.map(lockToWire), free: [] },
    queue: { queued: queue.map((write) => writeToWire(write, toWire)), settled: [] },
    loaded: isLoaded,
  };
  yield [name, [], 0, rare];
  const slots = records.slotsOf(partition);
  for (let from = 0; from < slots.length; from += PIECE) {
    const entries: unknown[] = [];
    for (const slot of slots.subarray(from, from + PIECE)) addImage(entries, records.imageAt(slot), toWire);
    yield [name, entries, 0, 0];
  }
}

export function addImage(entries: unknown[], image: RecordImage, toWire: (held: unknown) => unknown): void {
  const { creationTime, lastAccessTime, lastUpdateTime, lastStoredTime, hits, version, ttlMs, maxIdleMs, deadline } = image;
  const isPlain = lastStoredTime === 0 && ttlMs === 0 && maxIdleMs === 0 && deadline === Infinity;
  const life: Life | 0 = isPlain ? 0 : [lastStoredTime, deadline, ttlMs, maxIdleMs];
  const value = toWire(image.stored); // may throw: then nothing is added
  entries.push(keyToWire(image.key), value, creationTime, lastAccessTime, lastUpdateTime, hits, version, life);
}

/** `shiftMs`: what the receiver's clock is ahead by. Values are as they came. */
export function takeImages(entries: readonly unknown[], shiftMs: number, take: (image: RecordImage) => void): void {
  for (let i = 0; i < entries.length; i += ENTRY_PLACES) {
    const life = entries[i + 7] as Life | 0;
    take({
      key: keyFromWire(entries[i]),
      stored: entries[i + 1],
      creationTime: shifted(entries[i + 2] as number, shiftMs),
      lastAccessTime: shifted(entries[i + 3] as number, shiftMs),
      lastUpdateTime: shifted(entries[i + 4] as number, shiftMs),
      hits: entries[i + 5] as number,
      version: entries[i + 6] as number,
      lastStoredTime: life === 0 ? 0 : shifted(life[0], shiftMs),
      deadline: life === 0 ? Infinity : life[1] + shiftMs,
      ttlMs: life === 0 ? 0 : life[2],
      maxIdleMs: life === 0 ? 0 : life[3],
    });
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
