/** For tests of following: a table, a map that follows it, and somebody else who writes to it. */
import knex, { type Knex } from 'knex';
import { newInstance, type IMap } from '../../lib/index.ts';
import type { MapOptions } from '../../lib/api/instance.ts';
import { installFollow, KnexMapStore, removeFollow, type KnexMapStoreOptions } from '../../stores/knex/index.ts';

export interface Item {
  readonly id: number;
  readonly name: string | null;
  readonly n: number;
}

/** Counts the keys that are read, the initial load aside. */
export class CountingStore<K, V> extends KnexMapStore<K, V> {
  keysRead = 0;

  override loadAll(keys: readonly K[]): Promise<Map<K, V>> {
    this.keysRead += keys.length;
    return super.loadAll(keys);
  }
}

export interface Followed<K, V> {
  readonly map: IMap<K, V>;
  readonly store: CountingStore<K, V>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Opens a map over the table; makes what following it needs, and removes it at the end. */
export async function follow<K, V>(
  options: KnexMapStoreOptions<V> & { readonly table: string },
  map: MapOptions = {},
  install = true,
): Promise<Followed<K, V>> {
  const target = options as KnexMapStoreOptions<never> & { readonly table: string };
  if (install) await installFollow(target);
  const store = new CountingStore<K, V>(options);
  const instance = newInstance({
    maps: { followed: { ...map, mapStore: { implementation: store, initialMode: 'EAGER', ...map.mapStore } } },
  });
  try {
    return {
      map: await instance.getMap<K, V>('followed'),
      store,
      async [Symbol.asyncDispose]() {
        await instance.close();
        if (install) await removeFollow(target);
      },
    };
  } catch (error) {
    await instance.close();
    throw error;
  }
}

/** Somebody else: connections of his own, whose commits are in the server's log at once. */
export function stranger(url: string, max = 4): Knex {
  const own = new URL(url);
  own.searchParams.set('options', `${own.searchParams.get('options') ?? ''} -c synchronous_commit=on`);
  return knex({ client: 'pg', connection: own.href, pool: { min: 0, max }, log: { warn() {}, error() {} } });
}

/** Somebody else, for `await using`. */
export interface Other extends AsyncDisposable {
  readonly knex: Knex;
  readonly sql: (text: string) => Promise<void>;
}

export function disposable(pool: Knex): Other {
  return {
    knex: pool,
    sql: async (text) => void (await pool.raw(text.replaceAll('?', String.raw`\?`))),
    [Symbol.asyncDispose]: () => pool.destroy(),
  };
}

const PATIENCE_MS = 15_000;

/** Waits until it holds, as long as the event loop turns; fails with what `state` says. */
export async function until(holds: () => boolean | Promise<boolean>, state: () => unknown = () => ''): Promise<void> {
  const began = performance.now();
  while (!(await holds())) {
    if (performance.now() - began > PATIENCE_MS) throw new Error(`it never came about: ${JSON.stringify(await state())}`);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

/** Waits until the map is the table, both by key. */
export async function untilSame(map: IMap<number, Item>, db: Knex): Promise<void> {
  let difference: unknown;
  await until(
    async () => {
      const table = new Map((await db<Item>('items').select()).map((row) => [row.id, row]));
      const entries = await map.entrySet();
      difference = { entries: entries.length, rows: table.size };
      if (entries.length !== table.size) return false;
      return entries.every(([key, value]) => {
        const row = table.get(key);
        if (row !== undefined && row.name === value.name && row.n === value.n && value.id === key) return true;
        difference = { key, value, row };
        return false;
      });
    },
    () => ({ difference, following: map.getLocalMapStats().following }),
  );
}
