/** A KnexMapStore on a schema of its own, for one test. */
import { KnexMapStore, type KnexMapStoreOptions } from '../../stores/knex/index.ts';
import { schema, type TestSchema } from '../kit/postgres.ts';

export interface OpenedStore<K, V> extends AsyncDisposable {
  readonly db: TestSchema;
  readonly store: KnexMapStore<K, V>;
}

/** A schema made by `sql`, and a store of its own connections on it. */
export async function openedStore<K, V>(
  sql: string,
  options: Partial<KnexMapStoreOptions<V>> = {},
  mapName = 'people',
): Promise<OpenedStore<K, V>> {
  const db = await schema();
  if (sql !== '') await db.sql(sql);
  const store = new KnexMapStore<K, V>({ connection: db.url, ...options });
  await store.init({ mapName, properties: {} });
  return {
    db,
    store,
    async [Symbol.asyncDispose]() {
      await store.destroy();
      await db[Symbol.asyncDispose]();
    },
  };
}

/** The error that a call must end in. */
export async function failure(run: Promise<unknown>): Promise<Error & { code?: string; details?: Record<string, unknown> }> {
  try {
    await run;
  } catch (error) {
    return error as Error;
  }
  throw new Error('should have been refused');
}

/** All rows as `loadOwned` gives them. */
export async function ownedBy<K, V>(store: KnexMapStore<K, V>): Promise<Map<K, V>> {
  const entries = new Map<K, V>();
  const sink = { owns: () => true, put: (key: K, value: V) => void entries.set(key, value), drained() {} };
  await store.loadOwned(sink, new AbortController().signal);
  return entries;
}
