/** A map as a driver for unstorage, of which nothing is imported. */
import type { EntryListener, EntryListening } from '../api/entry-event.ts';
import type { EntryView } from '../api/entry.ts';
import { clearPrefix, type AdaptedMap } from './adapted-map.ts';

export interface UnstorageMap extends AdaptedMap {
  getEntryView(key: string): Promise<EntryView<string, unknown> | undefined>;
  addEntryListener(listener: EntryListener<string, undefined>, options: { readonly includeValue: false }): Promise<EntryListening>;
}

export interface UnstorageDriverOptions {
  /** Put before each key, with a `:` between, so that several storages may share a map. Default: none. */
  readonly base?: string;
  /** Seconds that an item lives, when the call gives no `ttl`. Default: as long as the map's configuration says. */
  readonly ttl?: number;
}

/** What a call of the storage may bring along. */
export interface UnstorageItemOptions {
  /** Seconds; 0 for ever. */
  readonly ttl?: number;
}

/** A type, not an interface: unstorage wants one that other names may be added to. */
export type UnstorageMeta = {
  readonly birthtime: Date;
  readonly mtime: Date;
  /** Left out: it was never read. */
  readonly atime?: Date;
  /** Bytes, estimated. */
  readonly size: number;
  /** Seconds that it lives after a change; left out: for ever. */
  readonly ttl?: number;
};

type WatchCallback = (event: 'update' | 'remove', key: string) => unknown;

export interface UnstorageDriver {
  readonly name: string;
  readonly options: UnstorageDriverOptions;
  getInstance(): UnstorageMap;
  hasItem(key: string): Promise<boolean>;
  getItem(key: string): Promise<string | null>;
  getItems(items: { readonly key: string }[]): Promise<{ key: string; value: string | null }[]>;
  getItemRaw(key: string): Promise<unknown>;
  setItem(key: string, value: string, options?: UnstorageItemOptions): Promise<void>;
  setItemRaw(key: string, value: unknown, options?: UnstorageItemOptions): Promise<void>;
  removeItem(key: string): Promise<void>;
  getMeta(key: string): Promise<UnstorageMeta | null>;
  getKeys(base?: string): Promise<string[]>;
  clear(base?: string): Promise<void>;
  dispose(): Promise<void>;
  watch(callback: WatchCallback): Promise<() => void>;
}

/**
 *     const storage = createStorage({ driver: unstorageDriver(map) });
 *
 * Items are kept as unstorage gives them: text, and for raw items any value that a map takes. `watch` tells of all changes of the map, whoever made
 * them; `clear` tells nothing, as with unstorage's own drivers. The map stays open after `dispose`: whoever opened it closes it.
 */
export function unstorageDriver(map: UnstorageMap, options: UnstorageDriverOptions = {}): UnstorageDriver {
  const prefix = options.base === undefined || options.base === '' ? '' : `${options.base}:`;
  const keyOf = (key: string): string => prefix + key;
  const listenings = new Set<EntryListening>();
  const set = (key: string, value: unknown, { ttl = options.ttl }: UnstorageItemOptions = {}): Promise<void> =>
    map.set(keyOf(key), value, ttl === undefined ? undefined : { ttlSeconds: ttl });
  const get = async (key: string): Promise<unknown> => (await map.get(keyOf(key))) ?? null;

  // Functions, not methods: unstorage calls them without the driver.
  return {
    name: 'cobnut',
    options,
    getInstance: () => map,
    hasItem: (key) => map.containsKey(keyOf(key)),
    getItem: async (key) => (await get(key)) as string | null,
    async getItems(items) {
      const found = await map.getAll(items.map(({ key }) => keyOf(key)));
      return items.map(({ key }) => ({ key, value: (found.get(keyOf(key)) as string | undefined) ?? null }));
    },
    getItemRaw: get,
    setItem: set,
    setItemRaw: set,
    removeItem: (key) => map.delete(keyOf(key)),
    async getMeta(key) {
      const view = await map.getEntryView(keyOf(key));
      return view === undefined ? null : metaOf(view);
    },
    async getKeys(base = '') {
      const keys = await map.keySet();
      const wanted = prefix + base;
      return keys.filter((key) => typeof key === 'string' && key.startsWith(wanted)).map((key) => key.slice(prefix.length));
    },
    clear: (base = '') => clearPrefix(map, prefix + base),
    async dispose() {
      for (const listening of listenings) listening.remove();
      listenings.clear();
    },
    async watch(callback) {
      const listening = await map.addEntryListener(watcher(prefix, callback), { includeValue: false });
      listenings.add(listening);
      return () => {
        listening.remove();
        listenings.delete(listening);
      };
    },
  };
}

function watcher(prefix: string, callback: WatchCallback): EntryListener<string, undefined> {
  const tell =
    (event: 'update' | 'remove') =>
    ({ key }: { readonly key: string }): unknown =>
      typeof key === 'string' && key.startsWith(prefix) ? callback(event, key.slice(prefix.length)) : undefined;
  const update = tell('update');
  const remove = tell('remove');
  return { added: update, updated: update, removed: remove, evicted: remove, expired: remove };
}

function metaOf({ creationTime, lastUpdateTime, lastAccessTime, cost, ttl }: EntryView<string, unknown>): UnstorageMeta {
  return {
    birthtime: new Date(creationTime),
    mtime: new Date(Math.max(creationTime, lastUpdateTime)),
    size: cost,
    ...(lastAccessTime > 0 ? { atime: new Date(lastAccessTime) } : {}),
    ...(ttl > 0 ? { ttl: ttl / 1000 } : {}),
  };
}
