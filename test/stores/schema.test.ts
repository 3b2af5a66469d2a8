/** What `init` says about a table that does not fit: everything at once, in words. */
import * as assert from 'uvu/assert';
import { StoreSchemaError } from '../../lib/errors.ts';
import { KnexMapStore, type KnexMapStoreOptions } from '../../stores/knex/index.ts';
import { describe } from '../kit/describe.ts';
import { schema, type TestSchema } from '../kit/postgres.ts';

type Loose = Record<string, unknown>;

const test = describe('KnexMapStore: schema');

/** The problems that `init` finds, with the name of the test's schema taken out. */
async function problems(
  db: TestSchema,
  options: Partial<KnexMapStoreOptions<Loose>> & { readonly url?: string },
): Promise<readonly string[]> {
  const { url = db.url, ...rest } = options;
  const store = new KnexMapStore<unknown, Loose>({ connection: url, ...rest });
  try {
    await store.init({ mapName: 'employees', properties: {} });
    await store.destroy();
    return [];
  } catch (error) {
    if (!(error instanceof StoreSchemaError)) throw error;
    const found = error.details['problems'] as string[];
    for (const problem of found) assert.ok(error.message.includes(problem));
    return found.map((problem) => problem.replaceAll(db.name, 'SCHEMA'));
  }
}

test('a missing table, with the one that was meant', async () => {
  await using db = await schema();
  await db.sql('create table "Employes"(id int primary key)');
  assert.equal(await problems(db, {}), [`there is no table "employees", or the role can't see it; did you mean "Employes"?`]);
  assert.equal(await problems(db, { table: 'nothing like it' }), [`there is no table "nothing like it", or the role can't see it`]);
  assert.equal(await problems(db, { table: 'x', schema: 'no"where' }), [`there is no table "no""where"."x", or the role can't see it`]);
});

test('all problems of a table together', async () => {
  await using db = await schema();
  await db.sql(
    `create table employees(id int, emp_name text, sal numeric(20,4), dept text not null, label text generated always as (emp_name || '!') stored, unique (emp_name))`,
  );
  const found = await problems(db, {
    key: 'id',
    columns: { name: 'emp_nam', salary: 'sal', alias: 'emp_name', again: 'emp_name', label: true },
  });
  assert.equal(found, [
    `key: "id" may be null. ALTER TABLE "employees" ALTER COLUMN "id" SET NOT NULL`,
    `attribute 'name': "employees" has no column "emp_nam"; did you mean "emp_name"?`,
    `attribute 'salary': "sal" is numeric(20,4); more than 15 digits do not fit a number. Set numeric: 'string', or a converter`,
    `attribute 'alias' and attribute 'again' are both mapped to column "emp_name"`,
    `key: "employees" has no primary key or unique constraint on ("id"); it has ("emp_name"). ALTER TABLE "employees" ADD UNIQUE ("id")`,
    `"employees": column "dept" is NOT NULL without a default and is not mapped; every insert would fail`,
  ]);
});

test('keys that cannot be keys', async () => {
  await using db = await schema();
  await db.sql(`create collation if not exists loose (provider = icu, locale = 'und-u-ks-level2', deterministic = false)`);
  await db.sql(`create table employees(j jsonb unique not null, c char(3) unique not null, ci text collate loose unique not null, at timestamptz unique not null, n numeric(20,3) unique not null, part text unique not null, more int)`); // prettier-ignore
  await db.sql(`create unique index on employees(more) where more > 0`);
  const key = async (column: string, options: Loose = {}): Promise<readonly string[]> =>
    problems(db, { key: column, columns: { part: true }, readOnly: true, keyInValue: false, ...options });
  assert.equal(await key('j'), [`key: "j" is jsonb, which can't be a key`]);
  assert.equal(await key('c'), [`key: "c" is character(3); strings that differ would be the same key`]);
  assert.equal(await key('ci'), [`key: "ci" is text with collation loose; strings that differ would be the same key`]);
  assert.equal(await key('at'), [`key: "at" is timestamp with time zone; keys are kept to the millisecond. Declare it with precision (3)`]);
  assert.equal(await key('n', { numeric: 'string' }), [`key: "n" is numeric(20,3), which can't be a key`]);
  assert.equal(await key('oops'), [`key: "employees" has no column "oops"`]);
  assert.ok(
    (await key('more', { readOnly: false })).some((problem) =>
      problem.startsWith('key: "employees" has no primary key or unique constraint on ("more")'),
    ),
  );
});

test('a key that nobody named and no primary key to take', async () => {
  await using db = await schema();
  await db.sql('create table employees(id int)');
  assert.equal(await problems(db, {}), [`key: "employees" has no primary key; name the column of the map's keys with \`key\``]);
});

test('a unique index that covers more than the key does not do, one with included columns does', async () => {
  await using db = await schema();
  await db.sql('create table employees(a int not null, b int not null, c int); create unique index on employees(a, b)');
  assert.is((await problems(db, { key: 'a' })).length, 1);
  assert.equal(await problems(db, { key: ['b', 'a'] }), []);
  await db.sql('create unique index on employees(a) include (b)');
  assert.equal(await problems(db, { key: 'a' }), []);
});

test('rights that the role lacks', async () => {
  await using db = await schema();
  const role = `${db.name}_reader`;
  await db.sql(
    `create table employees(id int primary key); create role ${role} login; grant usage on schema ${db.name} to ${role}; grant select, insert on employees to ${role}`,
  );
  const url = new URL(db.url);
  url.username = role;
  assert.equal(await problems(db, { url: url.href }), [
    'the role has no UPDATE right on "employees". GRANT UPDATE ON "employees" TO "SCHEMA_reader"',
    'the role has no DELETE right on "employees". GRANT DELETE ON "employees" TO "SCHEMA_reader"',
  ]);
  assert.equal(await problems(db, { url: url.href, readOnly: true }), []);
  await db.sql(`drop owned by ${role}; drop role ${role}`);
});

test('rights on single columns count', async () => {
  await using db = await schema();
  const role = `${db.name}_writer`;
  await db.sql(
    `create table employees(id int primary key, name text, pay int, twice int generated always as (pay * 2) stored); create role ${role} login; grant usage on schema ${db.name} to ${role}; grant select, insert (id, name), update (name), delete on employees to ${role}`,
  );
  const url = new URL(db.url);
  url.username = role;
  assert.equal(await problems(db, { url: url.href }), [
    'the role has no INSERT right on "pay" of "employees". GRANT INSERT ("pay") ON "employees" TO "SCHEMA_writer"',
    'the role has no UPDATE right on "pay" of "employees". GRANT UPDATE ("pay") ON "employees" TO "SCHEMA_writer"',
  ]);
  assert.equal(await problems(db, { url: url.href, columns: { id: true, name: true } }), []);
  assert.equal(await problems(db, { url: url.href, columns: { id: true, name: true, pay: { write: 'never' } } }), []);
  await db.sql(`revoke usage on schema ${db.name} from ${role}`);
  const [hidden] = await problems(db, { url: url.href, schema: db.name });
  assert.ok(hidden?.includes('GRANT USAGE ON SCHEMA'), hidden);
  await db.sql(`drop owned by ${role}; drop role ${role}`);
});

test('types that were declared and are others, or none', async () => {
  await using db = await schema();
  await db.sql(`create domain pay as numeric(9,2); create type mood as enum ('ok');
    create table employees(id int8 primary key, name varchar(20), tags text[], pay pay, mood mood, at timestamptz)`);
  const fits = { id: { type: 'bigint' }, name: { type: 'varchar(50)' }, tags: { type: 'text[]' }, pay: { type: 'pay' }, mood: { type: 'mood' }, at: { type: 'timestamp with time zone' } }; // prettier-ignore
  assert.equal(await problems(db, { key: 'id', columns: fits }), []);
  assert.equal(await problems(db, { key: 'id', columns: { ...fits, pay: { type: 'numeric' } } }), []);
  const misfits = { ...fits, name: { type: 'text[]' }, pay: { type: 'money' }, mood: { type: 'moood' } };
  assert.equal(await problems(db, { key: { id: { type: 'int4' } }, columns: misfits }), [
    `key: "id" is bigint, not int4`,
    `attribute 'name': "name" is character varying(20), not text[]`,
    `attribute 'pay': "pay" is pay, not money`,
    `attribute 'mood': there is no type moood`,
  ]);
});

test('views, foreign tables and tables with policies or children', async () => {
  await using db = await schema();
  const role = `${db.name}_tenant`;
  await db.sql(`create table people(id int primary key, tenant text not null); create view employees as select * from people;
    create table parents(id int primary key); create table child() inherits (parents);
    create role ${role} login; grant usage on schema ${db.name} to ${role}; grant all on people to ${role};
    alter table people enable row level security; create policy own on people using (tenant = 'a')`);
  assert.equal(await problems(db, { key: 'id' }), [
    'key: "id" may be null. ALTER TABLE "employees" ALTER COLUMN "id" SET NOT NULL',
    '"employees" is a view, which entries can\'t be stored in. Set readOnly: true, or name the table behind it',
  ]);
  assert.equal(await problems(db, { key: 'id', readOnly: true }), []);
  const url = new URL(db.url);
  url.username = role;
  const hidden = new KnexMapStore<number, Loose>({ connection: url.href, table: 'people' });
  await hidden.init({ mapName: 'm', properties: {} });
  assert.equal(hidden.warnings, [
    `map 'm': "people" has row-level security: rows that its policies hide from the role are not there for the map`,
  ]);
  await hidden.store(1, { id: 1, tenant: 'a' });
  const refused: unknown = await hidden.store(2, { id: 2, tenant: 'b' }).catch((error: unknown) => error);
  assert.is(hidden.failureKind(refused), 'poison', String(refused));
  await hidden.destroy();
  const parents = new KnexMapStore<number, Loose>({ connection: db.url, table: 'parents' });
  await parents.init({ mapName: 'm', properties: {} });
  assert.equal(parents.warnings, [
    `map 'm': "parents" has child tables: their rows are read too, and their keys may be the same as others`,
  ]);
  await parents.destroy();
  await db.sql(`drop owned by ${role}; drop role ${role}`);
});

test('a condition that the table cannot answer', async () => {
  await using db = await schema();
  await db.sql('create table employees(id int primary key, age int)');
  assert.equal(await problems(db, { where: 'agee > 3' }), ['where: column "agee" does not exist']);
  assert.equal(await problems(db, { where: `age > 'old'` }), ['where: invalid input syntax for type integer: "old"']);
  assert.equal(await problems(db, { where: 'age > 3 -- and so on' }), []);
});

test('documents, promoted columns and versions that can be none', async () => {
  await using db = await schema();
  await db.sql(
    `create table employees(id int primary key, doc text, age int, seen timestamptz, n int4, v int8 generated always as (n) stored)`,
  );
  assert.equal(await problems(db, { document: { column: 'doc', promoted: { age: 'age' } } }), [
    'document: "doc" is text; a document is jsonb or json',
    `promoted 'age': "age" is not generated from the document. Declare it GENERATED ALWAYS AS (…) STORED`,
  ]);
  const version = async (column: string, attribute?: string): Promise<readonly string[]> =>
    problems(db, { columns: { doc: true }, version: { column, mode: 'guard', ...(attribute !== undefined && { attribute }) } });
  assert.equal(await version('seen'), ['version: "seen" is timestamp with time zone; versions are integers. Declare it bigint']);
  assert.equal(await version('n'), ['version: "n" is integer; the store counts in microseconds. Declare it bigint']);
  assert.equal(await version('n', 'n'), []);
  assert.equal(await version('id', 'id'), ['version: "id" is part of the key']);
  assert.equal(await version('v', 'v'), [`version: "v" is generated by the database; use mode 'database'`]);
  assert.equal(await version('w'), ['version: "employees" has no column "w"; did you mean "n"?']);
});

test('what works, but perhaps not as expected, are warnings', async () => {
  await using db = await schema();
  await db.sql(
    `create table employees(id int primary key, r real, at timestamp, c char(2), twice int generated always as (id * 2) stored)`,
  );
  const store = new KnexMapStore<number, Loose>({ connection: db.url });
  await store.init({ mapName: 'employees', properties: {} });
  assert.equal(store.warnings, [
    `map 'employees': attribute 'r': "r" is real; 0.1 is read as 0.10000000149011612. Use double precision`,
    `map 'employees': attribute 'at': "at" is timestamp without time zone; it is taken as UTC. Use timestamptz`,
    `map 'employees': attribute 'c': "c" is character(2); it is read with its padding. Use text`,
  ]);
  assert.equal(await store.store(1, { id: 1, twice: 5 }), { id: 1, twice: 2 });
  assert.equal(await store.load(1), { id: 1, r: null, at: null, c: null, twice: 2 });
  await store.destroy();
});

test('identity keys, defaults and write-once columns are written as they should be', async () => {
  await using db = await schema();
  await db.sql(
    `create table employees(id int generated always as identity primary key, seq int generated always as identity, made int, name text)`,
  );
  const store = new KnexMapStore<number, Loose>({
    connection: db.url,
    columns: { seq: true, made: { write: 'insert' }, name: { write: 'always' } },
  });
  await store.init({ mapName: 'employees', properties: {} });
  await store.store(7, { id: 7, made: 1, name: 'a' });
  await store.store(7, { id: 7, made: 2, name: 'b' });
  assert.equal(await store.load(7), { id: 7, seq: (await db.sql('select seq from employees'))[0]!['seq'], made: 1, name: 'b' });
  await store.destroy();
});

test('a table of keys alone', async () => {
  await using db = await schema();
  await db.sql(`create table employees(id int primary key)`);
  const store = new KnexMapStore<number, Loose>({ connection: db.url });
  await store.init({ mapName: 'employees', properties: {} });
  await store.storeAll(new Map([[1, { id: 1 }], [2, {}]])); // prettier-ignore
  await store.store(1, { id: 1 });
  assert.equal(await store.loadAll([1, 2, 3]), new Map([[1, { id: 1 }], [2, { id: 2 }]])); // prettier-ignore
  await store.destroy();
});

test('partitioned tables and tables of another schema', async () => {
  await using db = await schema();
  await db.sql(`create table employees(id int primary key, name text) partition by range (id);
    create table low partition of employees for values from (0) to (10); create table high partition of employees for values from (10) to (20)`);
  const { url } = db;
  const elsewhere = new URL(url);
  elsewhere.searchParams.delete('options');
  const store = new KnexMapStore<number, Loose>({ connection: elsewhere.href, schema: db.name });
  await store.init({ mapName: 'employees', properties: {} });
  await store.storeAll(new Map([[1, { name: 'a' }], [11, { name: 'b' }]])); // prettier-ignore
  await store.deleteAll([1, 2]);
  const keys: number[] = [];
  await store.loadOwned({ owns: () => true, put: (key) => void keys.push(key), drained() {} }, new AbortController().signal);
  assert.equal(keys, [11]);
  await store.destroy();
});

test.run();
