/**
 * A map as storage for Keyv 5 and 6, of which nothing is imported.
 *
 * Keyv 6 recognises it as a storage adapter of the older kind, with relative times to live, and separates namespaces itself; Keyv 5 writes its
 * namespace into `namespace` and prefixes keys with it. There is no `deleteMany`: Keyv then deletes one by one, and each key has its own answer.
 */
import { EventEmitter } from 'node:events';
import type { ExpiryOptions } from '../api/entry.ts';
import { clearPrefix, type AdaptedMap } from './adapted-map.ts';

export interface KeyvEntry {
  readonly key: string;
  readonly value: unknown;
  /** Milliseconds. */
  readonly ttl?: number | undefined;
}

/**
 *     const keyv = new Keyv({ store: new KeyvCobnut(map) });
 *
 * Errors are those of the map; Keyv emits them, or throws them with `throwOnErrors`. The map stays open after `disconnect`: whoever opened it closes it.
 */
export class KeyvCobnut extends EventEmitter {
  /** Set by Keyv 5. Not there before that: Keyv 6 would leave namespaces to a store that has it. */
  declare namespace?: string | undefined;
  /** Keyv 5 iterates over stores whose `dialect` it knows: that is all it means to it. */
  readonly opts: { readonly url: string; readonly dialect: string };
  readonly #map: AdaptedMap;

  constructor(map: AdaptedMap) {
    super();
    this.#map = map;
    this.opts = { url: `cobnut:${map.name}`, dialect: 'redis' };
  }

  async get<T>(key: string): Promise<T | undefined> {
    return (await this.#map.get(key)) as T | undefined;
  }

  /** By position; `undefined` where there is none. */
  async getMany<T>(keys: string[]): Promise<(T | undefined)[]> {
    const found = await this.#map.getAll(keys);
    return keys.map((key) => found.get(key) as T | undefined);
  }

  /** `ttl` in milliseconds; 0 and left out: the map's own. Negative: it has expired already. */
  async set(key: string, value: unknown, ttl?: number): Promise<boolean> {
    if (ttl !== undefined && ttl < 0) await this.#map.delete(key);
    else await this.#map.set(key, value, expiryOf(ttl));
    return true;
  }

  /** Those without `ttl` by one call. Of a repeated key the last value counts. */
  setMany(entries: readonly KeyvEntry[]): Promise<boolean[]>;
  /** As Keyv 5 declares it, though it gives on the answers that it gets. */
  setMany(entries: readonly KeyvEntry[]): Promise<void>;
  async setMany(entries: readonly KeyvEntry[]): Promise<boolean[] | void> {
    const last = new Map(entries.map((entry) => [entry.key, entry]));
    const lasting = [...last.values()].filter(({ ttl }) => expiryOf(ttl) === undefined);
    const passing = [...last.values()].filter(({ ttl }) => expiryOf(ttl) !== undefined);
    await this.#map.setAll(lasting.map(({ key, value }) => [key, value] as const));
    await Promise.all(passing.map(({ key, value, ttl }) => this.set(key, value, ttl)));
    return entries.map(() => true);
  }

  /** Whether it was there. */
  async delete(key: string): Promise<boolean> {
    return (await this.#map.remove(key)) !== undefined;
  }

  /** Deletes all entries; those of the namespace only, when Keyv 5 has set one. */
  async clear(): Promise<void> {
    return clearPrefix(this.#map, this.#prefix(this.namespace));
  }

  async has(key: string): Promise<boolean> {
    return this.#map.containsKey(key);
  }

  async hasMany(keys: string[]): Promise<boolean[]> {
    return Promise.all(keys.map((key) => this.#map.containsKey(key)));
  }

  /** The entries in memory as of now, those of the namespace only if there is one. */
  async *iterator<T>(namespace?: string): AsyncGenerator<[string, T], void> {
    const prefix = this.#prefix(namespace);
    for (const [key, value] of await this.#map.entrySet()) {
      if (typeof key === 'string' && key.startsWith(prefix)) yield [key, value as T];
    }
  }

  async disconnect(): Promise<void> {
    this.emit('disconnect');
  }

  #prefix(namespace: string | undefined): string {
    return namespace === undefined || namespace === '' ? '' : `${namespace}:`;
  }
}

function expiryOf(ttl: number | undefined): ExpiryOptions | undefined {
  return ttl === undefined || ttl === null || ttl === 0 || ttl === Infinity ? undefined : { ttlSeconds: ttl / 1000 };
}
