/** Events of a map (M16): what listeners are told. Which call tells what is in docs/listeners.md. */
import type { ParametersOf } from '../../grammar/checked.ts';
import type { WhereCondition } from './query.ts';

/**
 * - `added`, `updated`, `removed`: by a call of the map, or by a followed change of the database
 * - `evicted`: given up by the eviction policy, or by `evict` and `evictAll`; the store keeps it
 * - `expired`: its time to live or its idle time was over
 * - `loaded`: came from the store, at the start or by a read
 * - `cleared`: the whole map, by `clear`; the entries are not told one by one
 */
export type EntryEventType = 'added' | 'updated' | 'removed' | 'evicted' | 'expired' | 'loaded' | 'cleared';

/** What every event has. */
interface EventOf<T extends EntryEventType> {
  readonly type: T;
  readonly mapName: string;
  /** When it happened, epoch milliseconds. */
  readonly at: number;
}

/** An entry is there that was not in memory before. */
export interface EntryAddedEvent<K, V> extends EventOf<'added'> {
  readonly key: K;
  readonly value: V;
  readonly oldValue: undefined;
}

export interface EntryUpdatedEvent<K, V> extends EventOf<'updated'> {
  readonly key: K;
  readonly value: V;
  readonly oldValue: V;
}

/** An entry is not in memory any more. */
export interface EntryGoneEvent<K, V, T extends 'removed' | 'evicted' | 'expired'> extends EventOf<T> {
  readonly key: K;
  readonly value: undefined;
  readonly oldValue: V;
}

export interface EntryLoadedEvent<K, V> extends EventOf<'loaded'> {
  readonly key: K;
  readonly value: V;
  /** What the loaded value replaced, if anything. */
  readonly oldValue: V | undefined;
}

/** `clear` has removed entries. Those that were locked, or came while it ran, are still there. */
export interface MapClearedEvent extends EventOf<'cleared'> {
  readonly key: undefined;
  readonly value: undefined;
  readonly oldValue: undefined;
  /** How many it removed from memory. */
  readonly count: number;
}

/** Something that happened to an entry, or to the whole map; told apart by `type`. Frozen; values are as `get` gives them. */
export type EntryEvent<K, V> =
  | EntryAddedEvent<K, V>
  | EntryUpdatedEvent<K, V>
  | EntryGoneEvent<K, V, 'removed'>
  | EntryGoneEvent<K, V, 'evicted'>
  | EntryGoneEvent<K, V, 'expired'>
  | EntryLoadedEvent<K, V>
  | MapClearedEvent;

/** One function for each type of event that matters; what it returns is not looked at, except that a promise's error is reported. */
export interface EntryListenerMethods<K, V> {
  added?(event: EntryAddedEvent<K, V>): unknown;
  updated?(event: EntryUpdatedEvent<K, V>): unknown;
  removed?(event: EntryGoneEvent<K, V, 'removed'>): unknown;
  evicted?(event: EntryGoneEvent<K, V, 'evicted'>): unknown;
  expired?(event: EntryGoneEvent<K, V, 'expired'>): unknown;
  loaded?(event: EntryLoadedEvent<K, V>): unknown;
  cleared?(event: MapClearedEvent): unknown;
}

/** An object with some of the methods, or one function for all events. */
export type EntryListener<K, V> = EntryListenerMethods<K, V> | ((event: EntryEvent<K, V>) => unknown);

/** Which events are wanted. All that are given must hold; `cleared` has neither key nor value and passes `key` and `predicate`. */
export interface EventFilter<K, V, S extends string = string> {
  /** Only events of this key. */
  readonly key?: K;
  /**
   * Only events of entries for which this is true: text, predicate or criteria function, checked as in queries. It is asked of the new value,
   * and of the old one when the entry is gone. So an update that makes it true is told as `updated`, one that makes it false is not told;
   * see `naturalEventTypes`.
   */
  readonly predicate?: WhereCondition<V, S, K>;
  /** What is bound to the text's `?` or `:name`. */
  readonly parameters?: ParametersOf<S, V, K>;
  /**
   * With a predicate: an update that makes it true is told as `added`, one that makes it false as `removed`, as if the matching entries were a
   * map of their own (Hazelcast's `hazelcast.map.entry.filtering.natural.event.types`). Default false.
   */
  readonly naturalEventTypes?: boolean;
  /** Aborting it has the effect of `remove()`, or of ending the iteration with ERR_ABORTED. */
  readonly signal?: AbortSignal;
}

export interface EntryListenerOptions<K, V, S extends string = string, I extends boolean = boolean> extends EventFilter<K, V, S> {
  /** Whether events have `value` and `oldValue`. Default true, as in Hazelcast's configuration. */
  readonly includeValue?: I;
}

export interface EventStreamOptions<K, V, S extends string = string> extends EventFilter<K, V, S> {
  /** Default: all. */
  readonly types?: readonly EntryEventType[];
  /** Most events that may wait for the consumer, 1 to 16,777,216. Default 65,536. */
  readonly capacity?: number;
}

/**
 * A listener that was added, in place of the registration id that Hazelcast's clients give for `removeEntryListener`. It ends in each of the ways that
 * an `EventTarget`'s listeners and disposable things end: `remove()`, the `signal` option, `using listening = await map.addEntryListener(...)`.
 */
export interface EntryListening {
  /** Nothing more is delivered once this returns, not even what has happened already. Whether the listener was still there. */
  remove(): boolean;
  [Symbol.dispose](): void;
}

/**
 * The events as they come, for one consumer. Ends when the map is closed or destroyed, after what happened before. `return()`, leaving the
 * `for await`, and `await using` give it up.
 */
export interface EventStream<K, V> extends AsyncIterableIterator<EntryEvent<K, V>, undefined, undefined> {
  next(): Promise<IteratorResult<EntryEvent<K, V>, undefined>>;
  return(): Promise<IteratorResult<EntryEvent<K, V>, undefined>>;
  [Symbol.asyncIterator](): EventStream<K, V>;
  [Symbol.asyncDispose](): Promise<void>;
}
