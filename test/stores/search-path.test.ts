/** The table is the one that was found at the start, whatever a connection's search path or temporary tables say later. */
import knex from 'knex';
import * as assert from 'uvu/assert';
import { constant } from '../../grammar/nodes.ts';
import { KnexMapStore } from '../../stores/knex/index.ts';
import { describe } from '../kit/describe.ts';
import { schema } from '../kit/postgres.ts';
import { collector, keysOf } from './conformance.ts';
import { failure } from './opened-store.ts';

interface Order {
  readonly id: number;
  readonly mood: string;
}

const test = describe('KnexMapStore: search path');

for (const decoy of ['another schema', 'a temporary table'] as const) {
  test(`${decoy} of a borrowed connection redirects nothing`, async () => {
    await using db = await schema();
    await using other = await schema();
    const sql = `create type mood as enum ('ok', 'sad'); create table orders(id int primary key, mood mood)`;
    await db.sql(sql);
    await other.sql(sql);
    const pool = knex({ client: 'pg', connection: db.url, pool: { min: 0, max: 1 } });
    const store = new KnexMapStore<number, Order>({ connection: pool, table: 'orders' });
    await store.init({ mapName: 'orders', properties: {} });
    if (decoy === 'another schema') await pool.raw(`set search_path to ${other.name}`);
    else await pool.raw('create temp table orders(id int primary key, mood text)');

    await store.store(1, { id: 1, mood: 'ok' });
    await store.storeAll(new Map([2, 3, 4].map((id) => [id, { id, mood: 'sad' }])));
    await store.delete(4);
    assert.equal(await db.sql('select id, mood::text from orders order by id'), [
      { id: 1, mood: 'ok' },
      { id: 2, mood: 'sad' },
      { id: 3, mood: 'sad' },
    ]);
    assert.is((await store.load(1))?.mood, 'ok');
    assert.is((await store.loadAll([1, 2, 3])).size, 3);
    assert.equal(await keysOf(store), [1, 2, 3]);
    const { sink, entries } = collector<number, Order>();
    await store.loadOwned(sink, new AbortController().signal);
    assert.equal([...entries.keys()], [1, 2, 3]);
    const found = await store.find({ where: constant(true), orderBy: [], limit: undefined, offset: 0 });
    const pages: number[][] = [];
    for await (const page of found.keys()) pages.push([...page]);
    assert.equal(pages.flat(), [1, 2, 3]);
    await store.destroy();
    await pool.destroy();
    assert.equal(await other.sql('select * from orders'), []);
  });
}

test('a temporary table is none for a map', async () => {
  await using db = await schema();
  const pool = knex({ client: 'pg', connection: db.url, pool: { min: 0, max: 1 } });
  await pool.raw('create temp table orders(id int primary key)');
  const error = await failure(new KnexMapStore({ connection: pool }).init({ mapName: 'orders', properties: {} }));
  assert.is(error.code, 'ERR_STORE_SCHEMA');
  assert.match(error.message, '"orders" is a temporary table, which only one connection sees');
  await pool.destroy();
});

test.run();
