/** The reference store: what a database must do, in a `Map`. For tests and for trying things out; it forgets all when the process ends. */
import type { Awaitable, MapStore } from '../lib/api/map-store.ts';

/** One call of the store, as it came. */
export interface StoreCall<K, V> {
  readonly method: 'load' | 'loadAll' | 'loadAllKeys' | 'store' | 'storeAll' | 'delete' | 'deleteAll';
  /** The keys that the call names, in its order. */
  readonly keys: readonly K[];
  /** The entries of `store` and `storeAll`. */
  readonly entries?: ReadonlyMap<K, V>;
}

export interface MemoryMapStoreOptions<K, V> {
  /** What is in the "database" at first. */
  readonly entries?: Iterable<readonly [K, V]>;
  /** Sees each call before it takes effect: may note it, delay it, or throw in its place. */
  readonly onCall?: (call: StoreCall<K, V>) => Awaitable<void>;
  /** Whether `calls` is kept. Default false. */
  readonly record?: boolean;
}

export class MemoryMapStore<K, V> implements MapStore<K, V> {
  /** All calls so far, when `record` is set. */
  readonly calls: StoreCall<K, V>[] = [];
  readonly #rows = new Map<string, readonly [K, V]>();
  readonly #onCall: (call: StoreCall<K, V>) => Awaitable<void>;
  readonly #record: boolean;

  constructor({ entries = [], onCall = () => {}, record = false }: MemoryMapStoreOptions<K, V> = {}) {
    for (const [key, value] of entries) this.#rows.set(identityOf(key), [key, value]);
    this.#onCall = onCall;
    this.#record = record;
  }

  /** What the "database" holds: a copy. */
  get entries(): Map<K, V> {
    return new Map(this.#rows.values());
  }

  async load(key: K): Promise<V | undefined> {
    await this.#called({ method: 'load', keys: [key] });
    return this.#rows.get(identityOf(key))?.[1];
  }

  async loadAll(keys: readonly K[]): Promise<Map<K, V>> {
    await this.#called({ method: 'loadAll', keys: [...keys] });
    const found = new Map<K, V>();
    for (const key of keys) {
      const row = this.#rows.get(identityOf(key));
      if (row !== undefined) found.set(key, row[1]);
    }
    return found;
  }

  async loadAllKeys(): Promise<K[]> {
    await this.#called({ method: 'loadAllKeys', keys: [] });
    return Array.from(this.#rows.values(), ([key]) => key);
  }

  async store(key: K, value: V): Promise<void> {
    await this.#called({ method: 'store', keys: [key], entries: new Map([[key, value]]) });
    this.#rows.set(identityOf(key), [key, value]);
  }

  async storeAll(entries: ReadonlyMap<K, V>): Promise<void> {
    await this.#called({ method: 'storeAll', keys: [...entries.keys()], entries: new Map(entries) });
    for (const [key, value] of entries) this.#rows.set(identityOf(key), [key, value]);
  }

  async delete(key: K): Promise<void> {
    await this.#called({ method: 'delete', keys: [key] });
    this.#rows.delete(identityOf(key));
  }

  async deleteAll(keys: readonly K[]): Promise<void> {
    await this.#called({ method: 'deleteAll', keys: [...keys] });
    for (const key of keys) this.#rows.delete(identityOf(key));
  }

  async #called(call: StoreCall<K, V>): Promise<void> {
    if (this.#record) this.calls.push(call);
    await this.#onCall(call);
  }
}

/** Equal texts for keys that are equal by value: objects by their attributes, in whatever order. */
function identityOf(key: unknown): string {
  if (key instanceof Date) return `date ${key.getTime()}`;
  if (Array.isArray(key)) return `[${key.map(identityOf).join()}]`;
  if (typeof key !== 'object' || key === null) return typeof key === 'string' ? JSON.stringify(key) : `${typeof key} ${String(key)}`;
  const attributes = Object.entries(key).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return `{${attributes.map(([name, value]) => `${JSON.stringify(name)}:${identityOf(value)}`).join()}}`;
}
