/** What a verb finds at the member that holds its key: the map's memory, its store, its turns. */
import type { ModuleReference } from '../api/map-store.ts';
import type { Clock } from '../base/clock.ts';
import type { Turns } from '../base/turns.ts';
import type { MapConfig } from '../config/map-config.ts';
import type { KeyMap } from '../data/key-map.ts';
import type { StoredKey } from '../data/key.ts';
import type { AttributeSet, Slices } from '../indexes/attribute-set.ts';
import type { MapCounters } from '../metrics/map-counters.ts';
import type { ValueForm } from '../data/value.ts';
import type { KeyLocks } from '../partition/key-locks.ts';
import type { Expiry, Records } from '../partition/record-store.ts';
import type { StoreCalls } from '../persistence/store-calls.ts';
import type { WriteBehind } from '../persistence/write-behind.ts';
import type { Condition } from '../query/conditions/condition.ts';
import type { QueryEngine } from '../query/query-engine.ts';
import type { QueryRequest } from '../query/source/request.ts';
import type { ChangedKeys } from './changed-keys.ts';
import type { MapEvents } from './map-events.ts';
import type { Wire } from './wire.ts';

/** A key as it travels: canonical, hashed once, with its partition. */
export interface KeyAddress {
  readonly key: StoredKey;
  readonly hash: number;
  readonly partition: number;
}

/** The map's part in a cluster, as its verbs see it. */
export interface MapShare {
  /** Whether this member's memory of the partition may change: what loads and follows many keys takes only these. */
  owns(partition: number): boolean;
  /** Whether all that this member has of a partition it owns is in memory: not while it is being promoted. */
  hasAll(partition: number): boolean;
  /** Number of the batch with the last change of the key, 0 when that is committed. */
  pendingOf(at: KeyAddress): number;
  /** As Replication.changes, for what is not in the records: locks, the queue of writes. */
  changes(at: Pick<KeyAddress, 'key' | 'partition'>): void;
  /**
   * Grows when entries of a partition that is not served yet come into memory: it is being promoted. Who looks at all of memory looks again, by
   * partition, when it grew meanwhile. Entries of partitions this member neither is nor becomes the primary of are never in memory.
   */
  readonly arrivals: number;
  /**
   * What stands for the time since which this member owns the partition; `undefined`: it does not. What was read from the store at another time must not
   * be kept: the partition may have been elsewhere, and changed there.
   */
  stayOf(partition: number): unknown;
  /** The partitions this member owns, each with its stay; only those that do not have yet what the store gives for the start, if so asked. */
  stays(which: 'all' | 'unloaded'): ReadonlyMap<number, unknown>;
  /** They have it now, those that have stayed all the time. */
  loaded(stays: ReadonlyMap<number, unknown>): void;
  /** As Replication.hold. */
  hold(): () => void;
  /** Told before the value of an entry is so no longer, `undefined`: all of the partition; set by who tells near caches. */
  onInvalidated: ((partition: number, key: StoredKey | undefined) => void) | undefined;
}

export interface MapHome {
  readonly name: string;
  /** Stands for the instance that the map belongs to. */
  readonly instance: object;
  readonly config: MapConfig;
  readonly clock: Clock;
  readonly records: Records;
  readonly attributes: AttributeSet;
  readonly queries: QueryEngine;
  readonly slices: Slices;
  readonly counters: MapCounters;
  /** The map's loader or store. */
  readonly store: StoreCalls | undefined;
  /** What the store does not have yet; `undefined` without write-behind. */
  readonly behind: WriteBehind | undefined;
  /** Who may change a key now. A map without a store uses them only while an entry processor waits for something: otherwise no change takes time. */
  readonly turns: Turns<StoredKey>;
  /** Keys that users have locked. A change passes the lock first, then takes the turn: `inTurn`. */
  readonly locks: KeyLocks;
  /** What a module exports; `what` names the part in errors. Errors: ERR_CONFIG. */
  readonly importPart: (reference: ModuleReference, what: string) => Promise<unknown>;
  /** Entries whose processor waits for something: until it has ended they neither expire nor are evicted. */
  readonly processed: KeyMap<true>;
  /** Loads under way, so that concurrent misses of one key share one. */
  readonly loads: KeyMap<Promise<unknown>>;
  /** Aborted, with the error for callers as its reason, when the map is being closed. */
  readonly closing: AbortSignal;
  /** What changed while many rows are being loaded. */
  readonly changedKeys: ChangedKeys;
  /** `undefined` on a single member: it owns everything, and nothing is ever pending. */
  readonly share: MapShare | undefined;
  /** Told of each change of memory while somebody listens: ask `events.active` first. */
  readonly events: MapEvents;
}

/**
 * One verb on one key, run where the key lives.
 *
 * `run` gives its result at once when memory suffices, or a promise when the store must be asked. If `changes`, the runner passes the key's
 * lock and holds its turn until then, so `run` may assume that nobody else changes the key between its look and its write. `slowly`: it may
 * wait for other things than the store.
 */
export interface KeyOperation<A, R> {
  readonly name: string;
  readonly changes: boolean | 'slowly';
  /** The answer when somebody else has locked the key. Left out: it waits. */
  readonly ifLocked?: R;
  /**
   * Whether it waits for the initial load: true where it looks at memory and never at the store, false where it looks at neither. Left out: only where
   * it can't ask the store for what is not there yet.
   */
  readonly needsLoaded?: boolean;
  /**
   * Of a verb that must not be done twice when its caller has to ask again: the first answer is kept. `long`: it may wait for others, so that its
   * answer must not keep those of short calls. Left out: it only reads.
   */
  readonly once?: 'short' | 'long';
  /**
   * Whether it may change what the store has: done again by somebody who can't know that it was done before, it would take its own work for somebody
   * else's, or undo what others made of it. Default false.
   */
  readonly stores?: boolean;
  /** How its arguments travel. Left out: as they are. */
  readonly args?: Wire<A>;
  /** How its answer travels. Left out: as it is. */
  readonly answer?: Wire<R>;
  run(home: MapHome, at: KeyAddress, args: A): R | Promise<R>;
}

/** One verb on several keys of one member. If it changes them, `run` goes by `inTurns`. */
export interface KeysOperation<A, R> {
  readonly name: string;
  /** The verb for one key, with the same arguments: where keys live on several members it is done key by key, so that each is done once. */
  readonly single?: KeyOperation<A, unknown>;
  /** Of a verb that changes entries: as `KeyOperation.once`. */
  readonly once?: 'short' | 'long';
  /** As `KeyOperation.stores`. */
  readonly stores?: boolean;
  /**
   * How one of the keys is done by itself where those of a partition can't be done in one go: somebody has locked one of them, or the queue of writes has
   * no room. Of a verb without an answer. Left out: they are waited for together.
   */
  readonly apart?: { readonly operation: KeyOperation<unknown, unknown>; argsOf(args: A, position: number): unknown };
  /** The arguments for the keys at some positions. Left out: the same for all. */
  argsOf?(args: A, positions: readonly number[]): A;
  /** The answer for the keys at some positions. Left out: the same for all. */
  answerOf?(answer: R, positions: readonly number[]): R;
  /** One answer out of those for some of the `count` keys each. */
  merge(parts: readonly KeysPart<R>[], count: number): R;
  readonly args?: Wire<A>;
  readonly answer?: Wire<R>;
  run(home: MapHome, at: readonly KeyAddress[], args: A): R | Promise<R>;
}

/** The answer for the keys at these positions. */
export interface KeysPart<R> {
  readonly positions: readonly number[];
  readonly answer: R;
}

/** One verb on everything a member holds of a map. */
export interface MemberOperation<A, R> {
  readonly name: string;
  /** Whether it waits for the initial load. Default true. */
  readonly needsLoaded?: boolean;
  /** What aborts the call: it rejects at once, wherever it waits. It is for `run` to see to it that nothing more happens then. */
  readonly signal?: (args: A) => AbortSignal | undefined;
  /** How several members do it. */
  readonly share?: MemberShare<A, R, unknown>;
  /** Of a verb that changes entries and must be done once for each: how several members do it, in place of `share`. */
  byKey?(args: A, form: ValueForm): ByKey<R>;
  run(home: MapHome, args: A): R | Promise<R>;
}

/** Whether a partition is asked about. */
export type PartitionTest = (partition: number) => boolean;

/** What arguments find where they arrive. */
export interface ArrivedAt {
  readonly form: ValueForm;
  readonly addresses: { of(key: unknown): KeyAddress };
  /** Aborted when the caller gives up, or is gone. */
  readonly signal: AbortSignal;
}

/** What there is to merge with, where the call was made. */
export interface MergingAt {
  readonly form: ValueForm;
  readonly slices: Slices;
  /** Most rows of one answer. */
  readonly resultSizeLimit: number;
}

/** How a verb on everything is done by several members: each does its part `P`, and the parts become one answer. */
export interface MemberShare<A, R, P> {
  /**
   * Who does a part. `partitions` (default): the primary of each partition, each partition once. `members`: everybody who holds partitions, whatever
   * they are. `one`: any of them.
   */
  over?(args: A, config: MapConfig): 'partitions' | 'members' | 'one';
  /** Whether it changes entries: then nobody knows what has been done when it fails half way. Default false. */
  readonly changes?: boolean;
  /** The only partition that is asked about. Left out, undefined: all. */
  partition?(args: A): number | undefined;
  /** Arguments as plain data. Errors: for what can't travel. Left out: there are none. */
  toWire?(args: A, form: ValueForm): unknown;
  fromWire?(wire: unknown, at: ArrivedAt): A;
  /** How a part travels. Left out: as it is. `slices`: a part that is large is made ready in several. */
  readonly part?: {
    to(part: P, form: ValueForm, slices: Slices): unknown;
    from(wire: unknown, form: ValueForm): P;
  };
  /** `only`: the partitions asked about; undefined: all that this member has of the map. Is called again when partitions have come or gone meanwhile. */
  run(home: MapHome, args: A, only: PartitionTest | undefined): P | Promise<P>;
  /** There is at least one part. */
  merge(parts: readonly P[], args: A, at: MergingAt): R | Promise<R>;
  /** Of a verb whose answer is rows one by one. */
  readonly rows?: MemberRows<A, R, P>;
}

/** A verb on each of the entries that match, in place of a share: their keys are found first. */
export interface ByKey<R> {
  readonly condition: Condition;
  readonly request: QueryRequest | undefined;
  readonly operation: KeysOperation<unknown, readonly unknown[]>;
  readonly args: unknown;
  /** The answer from those for each of the keys. */
  answer(keys: readonly unknown[], answers: readonly unknown[]): R;
}

/** How rows are taken some at a time, whole partitions always, in place of `run` and `merge`. */
export interface MemberRows<A, R, P> {
  /** Whether they can be; rows in an order can't. */
  areFor(args: A): boolean;
  open(home: MapHome, args: A, only: PartitionTest): Promise<PartitionRows<P>>;
  /** The answer from the rows of all members. */
  from(parts: AsyncGenerator<P, void, undefined>, args: A, at: MergingAt): R;
}

/** Rows of one member, ready to be taken. */
export interface PartitionRows<P> {
  /** How many rows there were in each partition that had any, ascending by partition. */
  readonly counts: ReadonlyMap<number, number>;
  /** All rows of these partitions, as they are now. */
  take(partitions: readonly number[]): P;
}

/** A new value on its way into memory. */
export interface NewValue {
  /** As `form.takeIn` gave it. */
  readonly stored: unknown;
  readonly expiry: Expiry | undefined;
}
