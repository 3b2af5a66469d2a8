/** IMap over the routes of one map: each call makes an address, brings values over the border, and sends one verb on its way. */
import type { ParametersOf } from '../../grammar/checked.ts';
import type { EntryPath } from '../../grammar/paths.ts';
import type { EntryListener, EntryListenerOptions, EntryListening, EventStream, EventStreamOptions } from '../api/entry-event.ts';
import type { EntryProcessor, ProcessorReference } from '../api/entry-processor.ts';
import type { EntryView, ExpiryOptions } from '../api/entry.ts';
import type { LockHandle, LockOptions, TryLockOptions } from '../api/lock.ts';
import type { CloseOptions, FlushOptions, IMap, LoadAllOptions, LocalMapStats, SortedOrHashIndex } from '../api/map.ts';
import type { Aggregator, Query, QueryOptions, Selection, Where } from '../api/query.ts';
import { GAVE_UP } from '../base/turns.ts';
import { fromKey } from '../data/key.ts';
import type { ValueForm } from '../data/value.ts';
import { ConfigError } from '../errors.ts';
import { defineIndex } from '../indexes/index-definition.ts';
import type { MapRoutes } from '../member/router.ts';
import { addIndex } from '../operations/add-index.ts';
import { clear } from '../operations/clear.ts';
import { containsKey } from '../operations/contains-key.ts';
import { containsValue } from '../operations/contains-value.ts';
import { entryView, type EntryStatistics } from '../operations/entry-view.ts';
import { evict, evictAll } from '../operations/evict.ts';
import { executeOnEntries } from '../operations/execute-on-entries.ts';
import { executeOnKey, executeOnKeys, type ProcessorCall } from '../operations/execute.ts';
import type { EventSource } from '../operations/map-events.ts';
import { loadAll } from '../operations/load-all.ts';
import { flush } from '../operations/flush.ts';
import { getAll } from '../operations/get-all.ts';
import { get } from '../operations/get.ts';
import type { KeyAddress, KeyOperation, NewValue } from '../operations/home.ts';
import { forceUnlock, isLocked, lock, type LockRequest } from '../operations/lock.ts';
import { putAll } from '../operations/put-all.ts';
import { putIfAbsent } from '../operations/put-if-absent.ts';
import { putTransient } from '../operations/put-transient.ts';
import { put } from '../operations/put.ts';
import { aggregate, find } from '../operations/find.ts';
import { removeAll } from '../operations/remove-all.ts';
import { deleteKey, remove, removeIfSame } from '../operations/remove.ts';
import { replace, replaceIfSame } from '../operations/replace.ts';
import { setTtl } from '../operations/set-ttl.ts';
import { set } from '../operations/set.ts';
import { size } from '../operations/size.ts';
import { expiryOf, ttlMsOf } from '../operations/expiry.ts';
import { addListener, type AnyListener } from './entry-listeners.ts';
import type { EventParts } from './event-filter.ts';
import { streamEvents } from './event-stream.ts';
import type { KeyAddresses } from '../member/key-addresses.ts';
import { HeldRoutes, KeyLockHandle } from './lock-handle.ts';
import { lockRequest, waitingTime } from './lock-options.ts';
import { startQuery } from './map-query.ts';
import { PreparedWheres } from './prepared-where.ts';
import { requestOf } from './request.ts';
import type { Condition } from '../query/conditions/condition.ts';
import { attributeOf } from '../query/predicates/parsed.ts';
import type { Wanted } from '../query/query-engine.ts';
import type { QueryRequest } from '../query/source/request.ts';

/** What a map proxy needs of the instance it belongs to. */
export interface MapParts {
  readonly name: string;
  readonly routes: MapRoutes;
  readonly addresses: KeyAddresses;
  readonly form: ValueForm;
  readonly events: EventSource;
  readonly stats: () => LocalMapStats;
  readonly destroy: (options: CloseOptions | undefined) => Promise<void>;
}

type Parameters = readonly unknown[];

export class PartitionedMap<K, V> implements IMap<K, V> {
  readonly name: string;
  readonly #routes: MapRoutes;
  readonly #addresses: KeyAddresses;
  readonly #form: ValueForm;
  readonly #wheres = new PreparedWheres();
  readonly #parts: MapParts;
  readonly #eventParts: EventParts;

  constructor(parts: MapParts) {
    this.#parts = parts;
    this.name = parts.name;
    this.#routes = parts.routes;
    this.#addresses = parts.addresses;
    this.#form = parts.form;
    this.#eventParts = { mapName: parts.name, form: parts.form, wheres: this.#wheres };
  }

  async get(key: K): Promise<V | undefined> {
    return this.#routes.onKey(get, this.#addresses.of(key), undefined) as V | undefined;
  }

  async getAll(keys: Iterable<K>): Promise<Map<K, V>> {
    const { at, rest } = this.#addresses.ofAll(pairsOf(keys));
    const values = await this.#routes.onKeys(getAll, at, undefined);
    const found = new Map<K, V>();
    for (const [position, value] of values.entries()) if (value !== undefined) found.set(rest[position]!, value as V);
    return found;
  }

  async put(key: K, value: V, options?: ExpiryOptions): Promise<V | undefined> {
    return this.#write(put, key, value, options) as V | undefined;
  }

  async set(key: K, value: V, options?: ExpiryOptions): Promise<void> {
    return this.#write(set, key, value, options);
  }

  async putIfAbsent(key: K, value: V, options?: ExpiryOptions): Promise<V | undefined> {
    return this.#write(putIfAbsent, key, value, options) as V | undefined;
  }

  async putTransient(key: K, value: V, options?: ExpiryOptions): Promise<void> {
    return this.#write(putTransient, key, value, options);
  }

  async replace(key: K, value: V): Promise<V | undefined> {
    return this.#write(replace, key, value, undefined) as V | undefined;
  }

  async replaceIfSame(key: K, expected: V, value: V): Promise<boolean> {
    return this.#routes.onKey(replaceIfSame, this.#addresses.of(key), { ...this.#enter(value, undefined), expected });
  }

  async remove(key: K): Promise<V | undefined> {
    return this.#routes.onKey(remove, this.#addresses.of(key), undefined) as V | undefined;
  }

  async removeIfSame(key: K, expected: V): Promise<boolean> {
    return this.#routes.onKey(removeIfSame, this.#addresses.of(key), { expected });
  }

  async delete(key: K): Promise<void> {
    return this.#routes.onKey(deleteKey, this.#addresses.of(key), undefined);
  }

  async tryPut(key: K, value: V, timeoutMs: number): Promise<boolean> {
    return this.#attempt(put, this.#addresses.of(key), this.#enter(value, undefined), timeoutMs);
  }

  async tryRemove(key: K, timeoutMs: number): Promise<boolean> {
    return this.#attempt(remove, this.#addresses.of(key), undefined, timeoutMs);
  }

  async containsKey(key: K): Promise<boolean> {
    return this.#routes.onKey(containsKey, this.#addresses.of(key), undefined);
  }

  async containsValue(value: V): Promise<boolean> {
    return this.#routes.onMember(containsValue, value);
  }

  async size(): Promise<number> {
    return this.#routes.onMember(size, undefined);
  }

  async isEmpty(): Promise<boolean> {
    return (await this.size()) === 0;
  }

  async values<const S extends string = string>(predicate?: Where<V, S, K>, ...parameters: ParametersOf<S, V, K>): Promise<V[]> {
    return this.#find('values', predicate, parameters) as Promise<V[]>;
  }

  async keySet<const S extends string = string>(predicate?: Where<V, S, K>, ...parameters: ParametersOf<S, V, K>): Promise<K[]> {
    return this.#find('keys', predicate, parameters) as Promise<K[]>;
  }

  async entrySet<const S extends string = string>(predicate?: Where<V, S, K>, ...parameters: ParametersOf<S, V, K>): Promise<[K, V][]> {
    return this.#find('entries', predicate, parameters) as Promise<[K, V][]>;
  }

  async localKeySet<const S extends string = string>(predicate?: Where<V, S, K>, ...parameters: ParametersOf<S, V, K>): Promise<K[]> {
    const found = await this.#routes.onThisMember(find, { wanted: 'keys', ...this.#asked(predicate, parameters) });
    return (found ?? []) as K[];
  }

  async putAll(entries: ReadonlyMap<K, V> | Iterable<readonly [K, V]>): Promise<void> {
    const { at, rest } = this.#addresses.ofAll(entries);
    const values = rest.map((value) => this.#enter(value, undefined));
    return this.#routes.onKeys(putAll, at, values);
  }

  setAll(entries: ReadonlyMap<K, V> | Iterable<readonly [K, V]>): Promise<void> {
    return this.putAll(entries);
  }

  async removeAll<const S extends string = string>(predicate: Where<V, S, K>, ...parameters: ParametersOf<S, V, K>): Promise<void> {
    const { condition, request } = this.#asked(predicate, parameters);
    return this.#routes.onMember(removeAll, { condition, request, addressOf: (key) => this.#addresses.of(key) });
  }

  async setTtl(key: K, ttlSeconds: number): Promise<boolean> {
    return this.#routes.onKey(setTtl, this.#addresses.of(key), ttlMsOf(ttlSeconds));
  }

  async evict(key: K): Promise<boolean> {
    return this.#routes.onKey(evict, this.#addresses.of(key), undefined);
  }

  async evictAll(): Promise<void> {
    return this.#routes.onMember(evictAll, undefined);
  }

  async clear(): Promise<void> {
    return this.#routes.onMember(clear, undefined);
  }

  async lock(key: K, options: LockOptions = {}): Promise<LockHandle<K, V>> {
    return (await this.#lock(key, lockRequest(options, ['leaseSeconds', 'signal'], Infinity)))!;
  }

  async tryLock(key: K, options: TryLockOptions = {}): Promise<LockHandle<K, V> | undefined> {
    return this.#lock(key, lockRequest(options, ['timeoutMs', 'leaseSeconds', 'signal'], 0));
  }

  async isLocked(key: K): Promise<boolean> {
    return this.#routes.onKey(isLocked, this.#addresses.of(key), undefined);
  }

  async forceUnlock(key: K): Promise<boolean> {
    return this.#routes.onKey(forceUnlock, this.#addresses.of(key), undefined);
  }

  async executeOnKey<R, A = unknown>(key: K, processor: EntryProcessor<K, V, R, A> | ProcessorReference, args?: A): Promise<R> {
    return this.#routes.onKey(executeOnKey, this.#addresses.of(key), processorCall(processor, args)) as R;
  }

  async executeOnKeys<R, A = unknown>(
    keys: Iterable<K>,
    processor: EntryProcessor<K, V, R, A> | ProcessorReference,
    args?: A,
  ): Promise<Map<K, R>> {
    const { at, rest } = this.#addresses.ofAll(pairsOf(keys));
    const results = await this.#routes.onKeys(executeOnKeys, at, processorCall(processor, args));
    return new Map(rest.map((key, position) => [key, results[position] as R]));
  }

  async executeOnEntries<R, const S extends string = string>(
    processor: EntryProcessor<K, V, R> | ProcessorReference,
    predicate?: Where<V, S, K>,
    ...parameters: ParametersOf<S, V, K>
  ): Promise<Map<K, R>> {
    const call = { ...processorCall(processor, undefined), ...this.#asked(predicate, parameters) };
    const results = await this.#routes.onMember(executeOnEntries, { ...call, addressOf: (key) => this.#addresses.of(key) });
    return new Map(results as readonly (readonly [K, R])[]);
  }

  async getEntryView(key: K): Promise<EntryView<K, V> | undefined> {
    const at = this.#addresses.of(key);
    const statistics = await this.#routes.onKey(entryView, at, undefined);
    return statistics === undefined ? undefined : this.#viewOf(at, statistics);
  }

  addIndex(attribute: string, ordered: boolean): Promise<void>;
  addIndex(definition: SortedOrHashIndex): Promise<void>;
  async addIndex(definition: string | SortedOrHashIndex, ordered = false): Promise<void> {
    const index = defineIndex(typeof definition === 'string' ? { attribute: definition, ordered } : definition);
    return this.#routes.onMember(addIndex, index);
  }

  async aggregate<R, const S extends string = string>(
    aggregator: Aggregator<V, R>,
    predicate?: Where<V, S, K>,
    ...parameters: ParametersOf<S, V, K>
  ): Promise<R> {
    return this.#routes.onMember(aggregate, {
      aggregator,
      ...this.#asked(predicate, parameters),
    }) as Promise<R>;
  }

  async project<const P extends EntryPath<V, K>, const S extends string = string>(
    paths: readonly P[],
    predicate?: Where<V, S, K>,
    ...parameters: ParametersOf<S, V, K>
  ): Promise<Selection<V, K, P>[]> {
    const wanted = paths.map((path) => attributeOf(path));
    return this.#routes.onMember(find, { wanted, ...this.#asked(predicate, parameters) }) as Promise<Selection<V, K, P>[]>;
  }

  query(options?: QueryOptions): Query<K, V> {
    return startQuery<K, V>({ routes: this.#routes, wheres: this.#wheres, addresses: this.#addresses }, options);
  }

  async loadAll(keys?: Iterable<K>, options: LoadAllOptions = {}): Promise<void> {
    const { replaceExisting = true, signal } = options;
    const at = keys === undefined ? undefined : this.#addresses.ofAll(pairsOf(keys)).at;
    return this.#routes.onMember(loadAll, { at, replaceExisting, addresses: this.#addresses, signal });
  }

  async addEntryListener<const S extends string = string, const I extends boolean = true>(
    listener: EntryListener<K, I extends true ? V : undefined>,
    options: EntryListenerOptions<K, V, S, I> = {},
  ): Promise<EntryListening> {
    this.#routes.check();
    const listening = addListener(this.#parts.events, this.#eventParts, listener as AnyListener, options);
    await this.#parts.events.settled?.();
    return listening;
  }

  events<const S extends string = string>(options: EventStreamOptions<K, V, S> = {}): EventStream<K, V> {
    this.#routes.check();
    return streamEvents(this.#parts.events, this.#eventParts, options) as EventStream<K, V>;
  }

  getLocalMapStats(): LocalMapStats {
    return this.#parts.stats();
  }

  async flush({ signal }: FlushOptions = {}): Promise<void> {
    return this.#routes.onMember(flush, signal);
  }

  destroy(options?: CloseOptions): Promise<void> {
    return this.#parts.destroy(options);
  }

  #find(wanted: Wanted, where: unknown, parameters: Parameters): unknown[] | Promise<unknown[]> {
    return this.#routes.onMember(find, { wanted, ...this.#asked(where, parameters) });
  }

  #asked(where: unknown, parameters: Parameters): { readonly condition: Condition; readonly request: QueryRequest | undefined } {
    const { condition, predicate } = this.#wheres.of(where, parameters);
    return { condition, request: requestOf(predicate, this.#addresses) };
  }

  #write<R>(operation: KeyOperation<NewValue, R>, key: K, value: V, options: ExpiryOptions | undefined): R | Promise<R> {
    return this.#routes.onKey(operation, this.#addresses.of(key), this.#enter(value, options));
  }

  async #lock(key: K, request: LockRequest): Promise<LockHandle<K, V> | undefined> {
    const at = this.#addresses.of(key);
    const token = await this.#routes.onKey(lock, at, request);
    if (token === undefined) return undefined;
    const map = new PartitionedMap<K, V>({ ...this.#parts, routes: new HeldRoutes(this.#routes, token) });
    return new KeyLockHandle({ key: fromKey(at.key) as K, at, token, routes: this.#routes, map });
  }

  async #attempt<A>(operation: KeyOperation<A, unknown>, at: KeyAddress, args: A, timeoutMs: number): Promise<boolean> {
    return (await this.#routes.tryOnKey(operation, at, args, waitingTime(timeoutMs))) !== GAVE_UP;
  }

  #enter(value: unknown, options: ExpiryOptions | undefined): NewValue {
    return { stored: this.#form.takeIn(value), expiry: options === undefined ? undefined : expiryOf(options) };
  }

  #viewOf(at: KeyAddress, statistics: EntryStatistics): EntryView<K, V> {
    const { ttlMs: ttl, maxIdleMs: maxIdle, deadline: _, value, ...rest } = statistics;
    return Object.freeze({
      ...rest,
      key: fromKey(at.key) as K,
      value: value as V,
      ttl,
      maxIdle,
      isValid: true,
      setValue: (next: V) => this.put(fromKey(at.key) as K, next),
    });
  }
}

/** Throws ConfigError for what is no processor. */
function processorCall(processor: unknown, args: unknown): ProcessorCall {
  if (typeof processor === 'function') return { processor: processor as ProcessorCall['processor'], args };
  if (typeof processor === 'object' && processor !== null && 'module' in processor && typeof processor.module === 'string') {
    const reference = processor as ProcessorReference;
    return { processor: reference, args: args === undefined ? reference.args : args };
  }
  throw new ConfigError('an entry processor is a function (entry, args) => result, or { module, export } of one');
}

/** Each with itself: a caller finds what it asked for by the very keys it gave. */
function* pairsOf<K>(keys: Iterable<K>): Generator<readonly [K, K]> {
  for (const key of keys) yield [key, key];
}
