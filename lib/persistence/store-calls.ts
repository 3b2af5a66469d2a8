/** A user's store as the map calls it: missing methods made up from those that are there, every error a MapStoreError with its cause. */
import type { AnyStore } from '../config/map-config.ts';
import type { LoadCount, LoadSink } from '../api/map-store.ts';
import { CobnutError, MapStoreError } from '../errors.ts';

/** `load` calls at once, for a loader that has no `loadAll`. */
const SINGLE_LOADS_AT_ONCE = 16;

/** Keys and values are those users see. Nothing here is retried, and nothing here touches memory. */
export class StoreCalls {
  readonly mapName: string;
  readonly #store: AnyStore;

  constructor(mapName: string, store: AnyStore) {
    this.mapName = mapName;
    this.#store = store;
  }

  /** Whether misses can be loaded. */
  get loads(): boolean {
    return this.#store.load !== undefined || this.#store.loadAll !== undefined;
  }

  get stores(): boolean {
    return this.#store.store !== undefined || this.#store.storeAll !== undefined;
  }

  get deletes(): boolean {
    return this.#store.delete !== undefined || this.#store.deleteAll !== undefined;
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
      for (const [, value] of await this.#store.loadAll!([key])) return value ?? undefined;
      return undefined;
    });
  }

  /** Pairs of those keys the store has. */
  loadAll(keys: readonly unknown[]): Promise<readonly (readonly [unknown, unknown])[]> {
    return this.#call('loadAll', undefined, async () => {
      if (this.#store.loadAll !== undefined) return [...(await this.#store.loadAll(keys))].filter(([, value]) => present(value));
      const pairs: (readonly [unknown, unknown])[] = [];
      for (let from = 0; from < keys.length; from += SINGLE_LOADS_AT_ONCE) {
        const some = keys.slice(from, from + SINGLE_LOADS_AT_ONCE);
        const values = await Promise.all(some.map(async (key) => this.#store.load!(key)));
        for (const [position, value] of values.entries()) if (present(value)) pairs.push([some[position], value]);
      }
      return pairs;
    });
  }

  /** `undefined` when nothing is to be loaded at the start. */
  loadAllKeys(): Promise<Iterable<unknown> | AsyncIterable<unknown> | undefined> {
    return this.#call('loadAllKeys', undefined, async () => (await this.#store.loadAllKeys?.()) ?? undefined);
  }

  loadOwned(sink: LoadSink<unknown, unknown>, signal: AbortSignal): Promise<LoadCount> {
    return this.#call('loadOwned', undefined, () => this.#store.loadOwned!(sink, signal));
  }

  /** The value to keep instead, or `undefined`. */
  store(key: unknown, value: unknown): Promise<unknown> {
    return this.#call('store', key, async () => {
      if (this.#store.store !== undefined) return (await this.#store.store(key, value)) ?? undefined;
      return keptValue(await this.#store.storeAll!(new Map([[key, value]])));
    });
  }

  /** Pairs of keys and the values to keep instead. */
  storeAll(entries: ReadonlyMap<unknown, unknown>): Promise<ReadonlyMap<unknown, unknown> | undefined> {
    return this.#call('storeAll', undefined, async () => {
      if (this.#store.storeAll !== undefined) return (await this.#store.storeAll(entries)) ?? undefined;
      const kept = new Map<unknown, unknown>();
      for (const [key, value] of entries) {
        const other = await this.#store.store!(key, value);
        if (present(other)) kept.set(key, other);
      }
      return kept;
    });
  }

  delete(key: unknown): Promise<void> {
    return this.#call('delete', key, async () =>
      this.#store.delete === undefined ? this.#store.deleteAll!([key]) : this.#store.delete(key),
    );
  }

  deleteAll(keys: readonly unknown[]): Promise<void> {
    return this.#call('deleteAll', undefined, async () => {
      if (this.#store.deleteAll !== undefined) return this.#store.deleteAll(keys);
      for (const key of keys) await this.#store.delete!(key);
    });
  }

  async #call<R>(operation: string, key: unknown, call: () => Promise<R>): Promise<R> {
    try {
      return await call();
    } catch (cause) {
      if (operation === 'init' && cause instanceof CobnutError) throw cause; // a schema that does not fit says so itself
      const where = key === undefined ? '' : ` for key ${spell(key)}`;
      const why = cause instanceof Error ? cause.message : String(cause);
      throw new MapStoreError(`map '${this.mapName}': the store's ${operation} failed${where}: ${why}`, {
        cause,
        details: { map: this.mapName, operation, key },
      });
    }
  }
}

/** A key for people: texts in quotes, objects as JSON. */
function spell(key: unknown): string {
  return typeof key === 'bigint' ? `${key}n` : (JSON.stringify(key) ?? typeof key);
}

function present(value: unknown): boolean {
  return value !== undefined && value !== null;
}

function keptValue(kept: ReadonlyMap<unknown, unknown> | undefined | void): unknown {
  if (kept === undefined) return undefined;
  for (const value of kept.values()) return value ?? undefined;
  return undefined;
}
