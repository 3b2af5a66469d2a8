/** `create: true`: a table is made where there is none, once, and never changed where there is one. */
import * as assert from 'uvu/assert';
import { StoreSchemaError } from '../../lib/errors.ts';
import { KnexMapStore, type KnexMapStoreOptions } from '../../stores/knex/index.ts';
import { describe } from '../kit/describe.ts';
import { schema } from '../kit/postgres.ts';
import { conformance, type Person } from './conformance.ts';
import { failure } from './opened-store.ts';

const test = describe('KnexMapStore: create');
const PEOPLE = { key: 'id', columns: { id: { type: 'int4' }, name: { type: 'text' }, age: { type: 'int2' } }, create: true } as const;

conformance('KnexMapStore, a table it made', async () => {
  const db = await schema();
  return {
    store: new KnexMapStore<number, Person>({ connection: db.url, table: 'people', ...PEOPLE }),
    drop: () => db[Symbol.asyncDispose](),
  };
});

test('the table has the declared types, its key, and texts by code point', async () => {
  await using db = await schema();
  const store = new KnexMapStore<unknown, Record<string, unknown>>({
    connection: db.url,
    schema: db.name,
    table: 'Odd "name"',
    key: { region: { type: 'varchar(8)' }, id: { type: 'int8' } },
    columns: {
      tags: { type: 'text[]' },
      price: { column: 'the price', type: 'numeric(12, 2)' },
      at: { type: 'timestamp(3) with time zone' },
    },
    version: { column: 'v', mode: 'guard' },
    create: true,
  });
  await store.init({ mapName: 'm', properties: {} });
  const key = { region: 'eu', id: 1 };
  await store.store(key, { ...key, tags: ['a', null], price: 1.5, at: new Date(5) });
  assert.equal(await store.load(key), { ...key, tags: ['a', null], price: 1.5, at: new Date(5) });
  await store.destroy();
  const columns = await db.sql(
    `select a.attname as name, format_type(a.atttypid, a.atttypmod) as type, a.attnotnull as "notNull", c.collname as collation
     from pg_attribute a left join pg_collation c on c.oid = a.attcollation where attrelid = '"Odd ""name"""'::regclass and attnum > 0 order by attnum`,
  );
  assert.equal(columns, [
    { name: 'region', type: 'character varying(8)', notNull: true, collation: 'C' },
    { name: 'id', type: 'bigint', notNull: true, collation: null },
    { name: 'tags', type: 'text[]', notNull: false, collation: 'C' },
    { name: 'the price', type: 'numeric(12,2)', notNull: false, collation: null },
    { name: 'at', type: 'timestamp(3) with time zone', notNull: false, collation: null },
    { name: 'v', type: 'bigint', notNull: true, collation: null },
  ]);
});

test('many members at once make one table', async () => {
  await using db = await schema();
  const stores = Array.from({ length: 6 }, () => new KnexMapStore<number, Person>({ connection: db.url, connections: 1, ...PEOPLE }));
  await Promise.all(stores.map((store) => store.init({ mapName: 'people', properties: {} })));
  await Promise.all(stores.map((store, id) => store.store(id, { id, name: 'x', age: 1 })));
  assert.equal(await db.sql('select count(*)::int as n from people'), [{ n: 6 }]);
  await Promise.all(stores.map((store) => store.destroy()));
});

test('a table that is there is never changed', async () => {
  await using db = await schema();
  await db.sql(`create table people(id int primary key, name text); insert into people values (1, 'a')`);
  const store = new KnexMapStore<number, Person>({ connection: db.url, ...PEOPLE });
  const error = await failure(store.init({ mapName: 'people', properties: {} }));
  assert.instance(error, StoreSchemaError);
  assert.equal(error.details?.['problems'], [`attribute 'age': "people" has no column "age"; did you mean "name"?`]);
  assert.equal(await db.sql('select * from people'), [{ id: 1, name: 'a' }]);
});

test('what must be declared, all at once; no type is more than a type', async () => {
  await using db = await schema();
  const problems = async (options: Partial<KnexMapStoreOptions<Record<string, unknown>>>): Promise<unknown> => {
    const store = new KnexMapStore<unknown, Record<string, unknown>>({ connection: db.url, create: true, ...options });
    const error = await failure(store.init({ mapName: 'm', properties: {} }));
    assert.instance(error, StoreSchemaError);
    return error.details?.['problems'];
  };
  assert.equal(await problems({}), [
    'create: name the columns of the key with `key`',
    'create: name the columns, each with its `type`, with `columns`, or set `document`',
  ]);
  assert.equal(await problems({ key: 'id', columns: { name: true, evil: { type: 'int); drop table x; --' } }, document: { column: 'doc', promoted: { a: 'b' } } }), [
    'create: key column "id" needs a `type`',
    `create: attribute 'name' needs a \`type\``,
    `create: attribute 'evil': "int); drop table x; --" is no type that can be declared`,
    `create: promoted 'a' needs a \`type\``,
  ]); // prettier-ignore
  assert.equal(await db.sql(`select to_regclass('m') as made`), [{ made: null }]);
});

test.run();
