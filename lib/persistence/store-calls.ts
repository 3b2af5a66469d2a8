/** A user's store as the map calls it: missing methods made up from those that are there, every error a MapStoreError with its cause. */
import { isMap } from 'node:util/types';
import type { ChangeFeed, ChangeSink } from '../api/change-feed.ts';
import { CHANNELS } from '../base/diagnostics.ts';
import type { AnyStore } from '../config/map-config.ts';
import type { FailureKind, LoadCount, LoadSink } from '../api/map-store.ts';
import type { StoreAnswer, StoreQuery } from '../api/store-query.ts';
import { CobnutError, MapStoreError, MapStoreReentryError } from '../errors.ts';
import { asDeadLetter, asStoreCall, isInDeadLetter, refuseReentry } from './reentry.ts';

/** `load` calls at once, for a loader that has no `loadAll`. */
const SINGLE_LOADS_AT_ONCE = 16;

type Pairs = readonly (readonly [unknown, unknown])[];

/** Keys and values are those users see. Nothing here is retried, and nothing here touches memory. */
export class StoreCalls {
  readonly mapName: string;
  readonly #store: AnyStore;
  readonly #scope: object;

  /** `scope` stands for the instance: a store may use maps of that name elsewhere. */
  constructor(mapName: string, store: AnyStore, scope: object = {}) {
    this.mapName = mapName;
    this.#store = store;
    this.#scope = scope;
  }

  /** Throws MapStoreReentryError when the map's method `called` was called by this very store. */
  refuseReentry(called: string): void {
    refuseReentry(this.#scope, called, this.mapName);
  }

  /** Runs the map's `onDeadLetter`: it may use the map, but not wait for itself. */
  inDeadLetter<R>(call: () => Promise<R>): Promise<R> {
    return asDeadLetter(this.#scope, this.mapName, call);
  }

  /** Whether the present call was made by the map's `onDeadLetter`. */
  get isInDeadLetter(): boolean {
    return isInDeadLetter(this.#scope, this.mapName);
  }

  /** Whether misses can be loaded. */
  get loads(): boolean {
    return this.#store.load !== undefined || this.#store.loadAll !== undefined;
  }

  get stores(): boolean {
    return this.#store.store !== undefined || this.#store.storeAll !== undefined;
  }

  /** Whether `storeAll` is one call of the store, which fails or succeeds as it will, and not many. */
  get storesMany(): boolean {
    return this.#store.storeAll !== undefined;
  }

  get deletes(): boolean {
    return this.#store.delete !== undefined || this.#store.deleteAll !== undefined;
  }

  /** As `storesMany`. */
  get deletesMany(): boolean {
    return this.#store.deleteAll !== undefined;
  }

  get writes(): boolean {
    return this.stores || this.deletes;
  }

  get streams(): boolean {
    return this.#store.loadOwned !== undefined;
  }

  init(properties: Readonly<Record<string, string>>): Promise<void> {
    return this.#call('init', undefined, async () => this.#store.init?.({ mapName: this.mapName, properties }));
  }

  destroy(): Promise<void> {
    return this.#call('destroy', undefined, async () => this.#store.destroy?.());
  }

  /** `undefined` when the store has no such key. */
  load(key: unknown): Promise<unknown> {
    return this.#call('load', key, async () => {
      if (this.#store.load !== undefined) return (await this.#store.load(key)) ?? undefined;
      return presentPairs(await this.#store.loadAll!([key]))[0]?.[1];
    });
  }

  /** Pairs of those keys the store has. */
  loadAll(keys: readonly unknown[]): Promise<Pairs> {
    return this.#call('loadAll', undefined, async () => {
      if (this.#store.loadAll !== undefined) return presentPairs(await this.#store.loadAll(keys));
      const pairs: (readonly [unknown, unknown])[] = [];
      for (let from = 0; from < keys.length; from += SINGLE_LOADS_AT_ONCE) {
        const some = keys.slice(from, from + SINGLE_LOADS_AT_ONCE);
        const values = await Promise.all(some.map(async (key) => this.#store.load!(key)));
        for (const [position, value] of values.entries()) if (present(value)) pairs.push([some[position], value]);
      }
      return pairs;
    });
  }

  /** `undefined` when nothing is to be loaded at the start. What it gives is read by `reading`. */
  loadAllKeys(): Promise<Iterable<unknown> | AsyncIterable<unknown> | undefined> {
    return this.#call('loadAllKeys', undefined, async () => (await this.#store.loadAllKeys?.()) ?? undefined);
  }

  /** Whether the store can look for rows by itself. */
  get finds(): boolean {
    return this.#store.find !== undefined;
  }

  /** Only where the store `finds`. What it answers is read by `reading`. */
  find(query: StoreQuery): Promise<StoreAnswer<unknown, unknown>> {
    return this.#call('find', undefined, async () => this.#store.find!(query));
  }

  /** One step of reading what an `operation` gave, which is the store's work still. */
  reading<R>(operation: 'find' | 'loadAllKeys', step: () => Promise<R>): Promise<R> {
    return this.#call(operation, undefined, step);
  }

  loadOwned(sink: LoadSink<unknown, unknown>, signal: AbortSignal): Promise<LoadCount> {
    return this.#call('loadOwned', undefined, () => this.#store.loadOwned!(sink, signal));
  }

  /** Whether the store may tell of changes that other programs make. */
  get follows(): boolean {
    return this.#store.follow !== undefined;
  }

  follow(sink: ChangeSink<unknown, unknown>, signal: AbortSignal): Promise<ChangeFeed | undefined> {
    return this.#call('follow', undefined, async () => this.#store.follow!(sink, signal));
  }

  /** The value to keep instead, or `undefined`. */
  store(key: unknown, value: unknown): Promise<unknown> {
    return this.#call('store', key, async () => {
      if (this.#store.store !== undefined) return (await this.#store.store(key, value)) ?? undefined;
      return replacements(await this.#store.storeAll!(new Map([[key, value]])))[0]?.[1];
    });
  }

  /** Pairs of keys and the values to keep instead. Only where the store `storesMany`. */
  storeAll(entries: ReadonlyMap<unknown, unknown>): Promise<Pairs> {
    return this.#call('storeAll', undefined, async () => replacements(await this.#store.storeAll!(entries)));
  }

  delete(key: unknown): Promise<void> {
    return this.#call('delete', key, async () =>
      this.#store.delete === undefined ? this.#store.deleteAll!([key]) : this.#store.delete(key),
    );
  }

  /** Only where the store `deletesMany`. */
  deleteAll(keys: readonly unknown[]): Promise<void> {
    return this.#call('deleteAll', undefined, async () => this.#store.deleteAll!(keys));
  }

  /** What the error that one of these methods threw means, as the store says; `undefined`: not known. */
  failureKind(error: unknown): FailureKind | undefined {
    try {
      return this.#store.failureKind?.(this.causeOf(error));
    } catch {
      return undefined;
    }
  }

  /** The store's own error in one that these methods threw. */
  causeOf(error: unknown): unknown {
    return error instanceof MapStoreError && error.details['map'] === this.mapName ? error.cause : error;
  }

  /** What `take` makes of a key or a value that the store gave. When it throws, the error is the store's: it gave what can't be kept. */
  accept<R>(operation: string, key: unknown, take: () => R): R {
    try {
      return take();
    } catch (cause) {
      throw storeError(this.mapName, operation, cause, key, 'gave what can not be kept');
    }
  }

  async #call<R>(operation: string, key: unknown, call: () => Promise<R>): Promise<R> {
    try {
      return await asStoreCall(this.#scope, this.mapName, operation, call);
    } catch (cause) {
      if ((operation === 'init' || operation === 'follow') && cause instanceof CobnutError) throw cause; // a schema that does not fit says so itself
      if (cause instanceof MapStoreReentryError) throw cause;
      const error = storeError(this.mapName, operation, cause, key);
      if (CHANNELS.store.hasSubscribers) CHANNELS.store.publish({ map: this.mapName, operation, error });
      throw error;
    }
  }
}

/** The error of a method of a map's store. */
export function storeError(map: string, operation: string, cause: unknown, key?: unknown, did = 'failed'): MapStoreError {
  const where = key === undefined ? '' : ` for key ${spell(key)}`;
  const why = cause instanceof Error ? cause.message : String(cause);
  return new MapStoreError(`map '${map}': the store's ${operation} ${did}${where}: ${why}`, { cause, details: { map, operation, key } });
}

/** A key for people: texts in quotes, objects as JSON where that can be. */
function spell(key: unknown): string {
  try {
    return typeof key === 'bigint' ? `${key}n` : (JSON.stringify(key) ?? typeof key);
  } catch {
    return 'that is no key';
  }
}

function present(value: unknown): boolean {
  return value !== undefined && value !== null;
}

/** What `storeAll` gave to be kept: the entries are written, so what is no map (a count of rows, what a driver answers) says nothing. */
function replacements(answer: unknown): Pairs {
  return isMap(answer) ? presentPairs(answer) : [];
}

function presentPairs(pairs: Iterable<readonly [unknown, unknown]>): Pairs {
  return [...pairs].filter(([, value]) => present(value));
}
