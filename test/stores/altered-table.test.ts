/** A table whose columns get other types under an open store, and sessions that forget what was prepared in them. */
import knex from 'knex';
import * as assert from 'uvu/assert';
import { constant } from '../../grammar/nodes.ts';
import { KnexMapStore } from '../../stores/knex/index.ts';
import { describe } from '../kit/describe.ts';
import { schema, type TestSchema } from '../kit/postgres.ts';
import { keysOf } from './conformance.ts';
import { openedStore } from './opened-store.ts';

interface Note {
  readonly id: number;
  readonly note: string;
  readonly tag?: string | null;
}

const test = describe('KnexMapStore: altered table');
const NOTES = `create table notes(id int primary key, note varchar(20), tag text default 'x');
  insert into notes select i, 'a' from generate_series(1, 100) i`;
const COLUMNS = { id: true, note: true, tag: { write: 'never' } } as const;
const note = (id: number, text: string): Note => ({ id, note: text });
const CONNECTIONS = 4;

/** Every statement of the store, on each of its connections. */
async function useAll(store: KnexMapStore<number, Note>, text: string): Promise<void> {
  const some = Array.from({ length: CONNECTIONS * 3 }, (_, id) => id + 1);
  await Promise.all(some.map((id) => store.load(id)));
  await Promise.all(some.map(() => store.loadAll(some)));
  await Promise.all(some.map((id) => store.store(id, note(id, text))));
  await store.storeAll(new Map(Array.from({ length: 2_000 }, (_, id) => [id, note(id, text)])));
  await store.delete(0);
  await store.deleteAll([0, 1_999]);
  assert.is((await keysOf(store)).length, 1_998);
}

for (const change of ['alter column note type text', `alter column tag type varchar(9)`, 'add column more int']) {
  test(`${change}: no call fails`, async () => {
    await using open = await openedStore<number, Note>(NOTES, { columns: COLUMNS, connections: CONNECTIONS }, 'notes');
    const { store, db } = open;
    await useAll(store, 'before');
    await db.sql(`alter table notes ${change}`);
    await useAll(store, 'after');
    assert.is((await db.sql(`select 1 from notes where note = 'after'`)).length, 1_998);
    assert.equal(await store.load(1), { id: 1, note: 'after', tag: 'x' });
  });
}

test('what each session forgets of a borrowed pool is prepared again', async () => {
  await using db = await schema();
  await db.sql(NOTES);
  const pool = knex({ client: 'pg', connection: db.url, pool: { min: 0, max: 1 } });
  const store = new KnexMapStore<number, Note>({ connection: pool, table: 'notes', columns: COLUMNS });
  await store.init({ mapName: 'notes', properties: {} });
  await useAll(store, 'before');
  await pool.raw('discard all');
  await pool.raw(`set search_path to ${db.name}`);
  await useAll(store, 'after');
  await store.destroy();
  await pool.destroy();
});

test('a pool of one connection is given back by destroy, whatever was under way', async () => {
  await using db = await schema();
  await db.sql(NOTES);
  const pool = knex({ client: 'pg', connection: db.url, pool: { min: 0, max: 1 }, acquireConnectionTimeout: 20_000 });
  const store = new KnexMapStore<number, Note>({ connection: pool, table: 'notes', columns: COLUMNS });
  await store.init({ mapName: 'notes', properties: {} });
  const underWay = [1, 2, 3].flatMap((id) => [store.store(id, note(id, 'last')), store.load(id), store.delete(id + 50)]);
  for await (const key of store.loadAllKeys()) if (key > 3) break;
  await store.destroy();
  await Promise.all(underWay);
  assert.is(await written(db), 3);
  assert.equal((await pool.raw<{ rows: unknown[] }>('select 1 as one')).rows, [{ one: 1 }]);
  await pool.destroy();
});

test('a borrowed connection that was broken off is not given to the next who asks', async () => {
  await using db = await schema();
  await db.sql(NOTES);
  const pool = knex({ client: 'pg', connection: db.url, pool: { min: 0, max: 1 }, log: { warn() {}, error() {} } });
  const store = new KnexMapStore<number, Note>({ connection: pool, table: 'notes', columns: COLUMNS });
  await store.init({ mapName: 'notes', properties: {} });
  const { entries } = await store.find({ where: constant(true), orderBy: [], limit: undefined, offset: 0 });
  const control = new AbortController();
  const pages = entries(control.signal)[Symbol.asyncIterator]();
  assert.is((await pages.next()).done, false);
  const next = pool.raw<{ rows: unknown[] }>('select 1 as one').then(({ rows }) => rows);
  control.abort();
  assert.equal(await next, [{ one: 1 }]);
  await store.destroy();
  await pool.destroy();
});

async function written(db: TestSchema): Promise<number> {
  return (await db.sql(`select 1 from notes where note = 'last'`)).length;
}

test.run();
