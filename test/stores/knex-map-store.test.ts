/** KnexMapStore on a real server: loading, writing, and what is refused. */
import * as assert from 'uvu/assert';
import { AbortedError, MapStoreError, ValueError } from '../../lib/errors.ts';
import { KnexMapStore } from '../../stores/knex/index.ts';
import { describe } from '../kit/describe.ts';
import { schema, type TestSchema } from '../kit/postgres.ts';
import { collector, conformance, keysOf, type Person } from './conformance.ts';
import { failure, openedStore } from './opened-store.ts';

const signal = new AbortController().signal;
const test = describe('KnexMapStore');
const PEOPLE = `create table people(id int primary key, name text not null check (name <> 'poison'), age int)`;

conformance('KnexMapStore', async () => {
  const db = await schema();
  await db.sql(PEOPLE);
  return {
    store: new KnexMapStore<number, Person>({ connection: db.knex, table: 'people' }),
    drop: () => db[Symbol.asyncDispose](),
  };
});

const person = (id: number, name = `n${id}`): Person => ({ id, name, age: id % 90 });
const crowd = (count: number): Map<number, Person> => new Map(Array.from({ length: count }, (_, id) => [id, person(id)]));

test('more rows than a statement has parameters, in all four ways to load', async () => {
  await using open = await openedStore<number, Person>(PEOPLE);
  const { store } = open;
  const all = crowd(40_000);
  await store.storeAll(all);
  await store.storeAll(new Map([...all].map(([id, value]) => [id, { ...value, age: 1 }])));

  const { sink, entries } = collector<number, Person>();
  assert.equal(await store.loadOwned(sink, signal), { read: 40_000, kept: 40_000 });
  assert.equal(await keysOf(store), [...all.keys()]);
  const loaded = await store.loadAll([...all.keys()]);
  assert.is(loaded.size, 40_000);
  for (const id of [0, 1, 32_767, 32_768, 39_999]) {
    assert.equal(entries.get(id), { ...person(id), age: 1 });
    assert.equal(loaded.get(id), entries.get(id));
    assert.equal(await store.load(id), entries.get(id));
  }
  await store.deleteAll([...all.keys()]);
  assert.equal(await keysOf(store), []);
});

test('storeAll stores all or nothing, above one statement too', async () => {
  await using open = await openedStore<number, Person>(PEOPLE);
  const { store } = open;
  await store.store(1, person(1));
  for (const count of [10, 2_500]) {
    const entries = crowd(count).set(count, person(count, 'poison'));
    assert.is((await failure(store.storeAll(entries))).code, '23514');
    assert.equal(await keysOf(store), [1]);
  }
  assert.equal(await store.load(1), person(1));
});

test('rows are written in any order without a deadlock, against deletes in the opposite one', async () => {
  await using open = await openedStore<number, Person>(PEOPLE, { timeouts: { lockMs: 5_000 } });
  const { store } = open;
  const forth = crowd(400);
  const back = new Map([...forth].toReversed());
  await store.storeAll(forth);
  const before = await deadlocks(open.db);
  for (let round = 0; round < 8; round++) {
    await Promise.all([store.storeAll(forth), store.deleteAll([...back.keys()]), store.storeAll(back), store.deleteAll([...forth.keys()])]);
  }
  assert.is(await deadlocks(open.db), before);
});

async function deadlocks(db: TestSchema): Promise<unknown> {
  await db.sql('select pg_stat_force_next_flush()');
  const [row] = await db.sql(`select deadlocks from pg_stat_database where datname = current_database()`);
  return row!['deadlocks'];
}

test('a write that loses a deadlock to another program is sent again', async () => {
  await using db = await schema();
  // The write of row 0 stops at a gate, with the row locked, and counts how often it got there.
  await db.sql(`${PEOPLE}; insert into people values (0, 'a'), (1, 'a'); create sequence tries;
    create function gate() returns trigger language plpgsql as $$ begin
      if new.id = 0 and new.name = 'b' then perform nextval('tries'), pg_advisory_xact_lock(hashtext(current_schema)); end if; return new; end $$;
    create trigger gate before update on people for each row execute function gate()`);
  const store = new KnexMapStore<number, Person>({ connection: `${db.url}%20-c%20deadlock_timeout%3D10ms`, table: 'people' });
  await store.init({ mapName: 'people', properties: {} });

  const gatekeeper = await db.knex.transaction();
  await gatekeeper.raw('select pg_advisory_xact_lock(hashtext(current_schema))');
  const other = await db.knex.transaction();
  await other.raw(`update people set age = 5 where id = 1`);
  const stored = store.storeAll(new Map([0, 1].map((id) => [id, person(id, 'b')])));
  await waiting(db, 1); // at the gate, holding row 0
  const committed = other.raw(`update people set age = 5 where id = 0`).then(() => other.commit());
  await waiting(db, 2); // for row 0, holding row 1
  await gatekeeper.commit(); // the store goes on to row 1, finds the circle, and is the one to give way
  await Promise.all([stored, committed]);

  assert.equal(await db.sql('select last_value::int from tries'), [{ last_value: 2 }]);
  assert.equal(await db.sql('select name, age from people order by id'), [{ name: 'b', age: 0 }, { name: 'b', age: 1 }]); // prettier-ignore
  await store.destroy();
});

/** Resolves when so many sessions of this schema wait for a lock. */
async function waiting(db: TestSchema, sessions: number): Promise<void> {
  const query = `select count(distinct a.pid)::int as n from pg_stat_activity a join pg_locks l on l.pid = a.pid and not l.granted`;
  while (Number((await db.sql(query))[0]!['n']) < sessions) await new Promise((resolve) => setImmediate(resolve));
}

/** A trigger that notes how many statements touched the table. */
const COUNTED = `${PEOPLE};
  create table statements(n serial);
  create function note() returns trigger language plpgsql as $$ begin insert into statements default values; return null; end $$;
  create trigger note after insert or delete on people for each statement execute function note()`;

async function statements({ db }: { db: TestSchema }): Promise<number> {
  return Number((await db.sql('select count(*) from statements'))[0]!['count']);
}

test('concurrent stores share statements, deletes too', async () => {
  await using open = await openedStore<number, Person>(COUNTED);
  const { store } = open;
  await Promise.all(Array.from(crowd(500), ([id, value]) => store.store(id, value)));
  assert.is(await statements(open), 1);
  assert.equal(await keysOf(store), [...crowd(500).keys()]);
  await Promise.all(Array.from(crowd(500).keys(), (id) => store.delete(id)));
  assert.is(await statements(open), 2);
  assert.equal(await keysOf(store), []);
});

test('coalesce: false sends each store by itself', async () => {
  await using open = await openedStore<number, Person>(COUNTED, { coalesce: false });
  await Promise.all(Array.from(crowd(20), ([id, value]) => open.store.store(id, value)));
  assert.is(await statements(open), 20);
});

test('a poisoned row fails alone among concurrent stores', async () => {
  await using open = await openedStore<number, Person>(PEOPLE);
  const { store } = open;
  const bad = new Set([17, 18, 64]);
  const outcomes = await Promise.allSettled(
    Array.from(crowd(100).keys(), (id) => store.store(id, person(id, bad.has(id) ? 'poison' : 'good'))),
  );
  for (const [id, outcome] of outcomes.entries()) assert.is(outcome.status, bad.has(id) ? 'rejected' : 'fulfilled', String(id));
  assert.is((await keysOf(store)).length, 97);
});

test('a value that the table cannot hold fails before it is sent, alone', async () => {
  await using open = await openedStore<number, Person>(PEOPLE);
  const { store } = open;
  const [good, bad] = await Promise.allSettled([store.store(1, person(1)), store.store(2, person(2, 'nul\0'))]);
  assert.is(good.status, 'fulfilled');
  assert.is(bad.status, 'rejected');
  assert.instance((bad as PromiseRejectedResult).reason, ValueError);
  assert.equal(await keysOf(store), [1]);
});

test('an attribute without a column is refused, or ignored if so wished', async () => {
  await using open = await openedStore<number, Person & { nick?: string | undefined }>(PEOPLE);
  const error = await failure(open.store.store(1, { ...person(1), nick: 'Jo' }));
  assert.instance(error, ValueError);
  assert.match(error.message, `'nick' would be lost: "${open.db.name}"."people" has no column for it`);
  await open.store.store(1, { ...person(1), nick: undefined });

  await using lax = await openedStore<number, Person & { nick?: string }>(PEOPLE, { unmapped: 'ignore' });
  await lax.store.store(1, { ...person(1), nick: 'Jo' });
  assert.equal(await lax.store.load(1), person(1));
});

test('a value that names another key is refused', async () => {
  await using open = await openedStore<number, Person>(PEOPLE);
  assert.match((await failure(open.store.store(1, person(2)))).message, `'id' of the value is not the key`);
});

test('names with quotes, dots, capitals, question marks and keywords', async () => {
  const sql = `create table "Odd ""table"".x?"("select" int primary key, "a.b" text, "Ü ""c""" int, "*" int, "x as y" int, "$1" int)`;
  const value = { select: 1, 'a.b': 'x', 'Ü "c"': 2, '*': 3, 'x as y': 4, $1: 5 };
  await using open = await openedStore<number, typeof value>(sql, {}, 'Odd "table".x?');
  await open.store.store(1, value);
  assert.equal(await open.store.load(1), value);
  const { sink, entries } = collector<number, typeof value>();
  await open.store.loadOwned(sink, signal);
  assert.equal(entries.get(1), value);
  assert.equal(Object.keys(entries.get(1)!), Object.keys(value));
});

test('columns under other names, through converters, and the key outside the value', async () => {
  const sql = `create table employee(emp_id int primary key, emp_name text, level int, made timestamptz default now(), twice int generated always as (level * 2) stored)`;
  interface Employee {
    readonly name: string;
    readonly level: 'junior' | 'senior';
    readonly twice?: number;
  }
  await using open = await openedStore<number, Employee>(
    sql,
    {
      keyInValue: false,
      columns: {
        name: 'emp_name',
        level: { toColumn: (level) => (level === 'senior' ? 2 : 1), fromColumn: (raw) => (raw === 2 ? 'senior' : 'junior') },
        twice: true,
      },
    },
    'employee',
  );
  await open.store.store(7, { name: 'Ann', level: 'senior', twice: 99 });
  assert.equal(await open.db.sql('select emp_id, emp_name, level, twice from employee'), [
    { emp_id: 7, emp_name: 'Ann', level: 2, twice: 4 },
  ]);
  assert.equal(await open.store.load(7), { name: 'Ann', level: 'senior', twice: 4 });
  const { sink, entries } = collector<number, Employee>();
  await open.store.loadOwned(sink, signal);
  assert.equal(entries, new Map([[7, { name: 'Ann', level: 'senior', twice: 4 }]]));
});

test('keys of several columns are objects', async () => {
  interface Place {
    readonly country: string;
    readonly zip: number;
  }
  const sql = `create table place(zip int, country text, name text, primary key (country, zip))`;
  await using open = await openedStore<Place, Place & { name: string }>(sql, {}, 'place');
  const { store } = open;
  const key: Place = { country: 'NO', zip: 1 };
  await store.store(key, { ...key, name: 'Oslo' });
  await store.store({ zip: 1, country: 'SE' }, { country: 'SE', zip: 1, name: 'x' });
  assert.equal(await store.load(key), { ...key, name: 'Oslo' });
  const found = await store.loadAll([key, { country: 'NO', zip: 2 }]);
  assert.is(found.get(key)?.name, 'Oslo');
  assert.is(found.size, 1);
  const keys: Place[] = [];
  for await (const one of store.loadAllKeys()) keys.push(one);
  assert.equal(keys, [key, { country: 'SE', zip: 1 }]);
  await store.delete({ country: 'SE', zip: 1 });
  await store.deleteAll([{ country: 'NO', zip: 2 }]);
  const { sink, entries } = collector<Place, unknown>();
  assert.equal(await store.loadOwned(sink, signal), { read: 1, kept: 1 });
  assert.equal([...entries.keys()], [key]);
});

test('where picks the rows to load at the start, and only those', async () => {
  await using open = await openedStore<number, Person>(PEOPLE, { where: 'age >= 50 -- the hot ones' });
  await open.store.storeAll(crowd(90));
  assert.is((await keysOf(open.store)).length, 40);
  const { sink } = collector<number, Person>();
  assert.is((await open.store.loadOwned(sink, signal)).read, 40);
  assert.equal(await open.store.load(1), person(1));
});

test('loadOwned waits for a sink that is busy', async () => {
  await using open = await openedStore<number, Person>(PEOPLE);
  await open.db.sql(`insert into people select i, repeat('x', 100), 1 from generate_series(1, 60000) i`);
  let busy = false;
  let waits = 0;
  let putWhileBusy = 0;
  const sink = {
    owns: () => true,
    put: () => void (busy && putWhileBusy++),
    async drained() {
      busy = true;
      waits++;
      await open.db.sql('select 1'); // a round trip: the stream would be far ahead by now
      busy = false;
    },
  };
  assert.equal(await open.store.loadOwned(sink, signal), { read: 60_000, kept: 60_000 });
  assert.ok(waits > 5, `${waits} waits`);
  assert.ok(putWhileBusy / waits < 2_000, `${putWhileBusy} rows in ${waits} waits: no more than what had arrived`);
});

test('loadOwned ends with the reason of a sink or signal that gives up, and the store goes on', async () => {
  await using open = await openedStore<number, Person>(PEOPLE);
  const { store } = open;
  await store.storeAll(crowd(5_000));
  const full = new Error('full');
  for (const broken of [
    { ...collector<number, Person>().sink, put: () => assertThrows(full) },
    { ...collector<number, Person>().sink, owns: () => assertThrows(full) },
    { ...collector<number, Person>().sink, drained: () => Promise.reject(full) },
  ]) {
    assert.is(await failure(store.loadOwned(broken, signal)), full);
  }
  const control = new AbortController();
  const aborted = await failure(store.loadOwned({ ...collector<number, Person>().sink, put: () => control.abort(full) }, control.signal));
  assert.instance(aborted, AbortedError);
  assert.is(aborted.cause, full);
  assert.instance(await failure(store.loadOwned(collector<number, Person>().sink, control.signal)), AbortedError);
  assert.equal(await store.load(1), person(1));
});

function assertThrows(error: Error): never {
  throw error;
}

test('reading keys may be left at any time', async () => {
  await using open = await openedStore<number, Person>(PEOPLE, { connections: 1 });
  await open.store.storeAll(crowd(20_500));
  for await (const key of open.store.loadAllKeys()) {
    if (key === 3) break;
  }
  const seen: number[] = [];
  for await (const key of open.store.loadAllKeys()) {
    if (key % 5_000 === 0) await open.store.load(key); // the only connection is free in between
    seen.push(key);
  }
  assert.equal(seen, [...crowd(20_500).keys()]);
});

test('readOnly loads from views and refuses writes', async () => {
  await using open = await openedStore<number, Person>(
    `${PEOPLE}; insert into people values (1, 'n1', 1); create view adults as select * from people`,
    { readOnly: true, key: 'id' },
    'adults',
  );
  assert.equal(await open.store.load(1), person(1));
  assert.instance(await failure(open.store.store(1, person(1))), MapStoreError);
  assert.instance(await failure(open.store.deleteAll([1])), MapStoreError);
});

test('a store that is not open says so', async () => {
  const store = new KnexMapStore<number, Person>({ connection: 'postgres://127.0.0.1:1/none' });
  assert.match((await failure(store.load(1))).message, 'not open');
  assert.is((await failure(store.init({ mapName: 'x', properties: {} }))).code, 'ECONNREFUSED');
});

test('a borrowed knex instance stays open', async () => {
  await using db = await schema();
  await db.sql(PEOPLE);
  const store = new KnexMapStore<number, Person>({ connection: db.knex, table: 'people', schema: db.name });
  await store.init({ mapName: 'other', properties: {} });
  assert.instance(await failure(store.init({ mapName: 'other', properties: {} })), MapStoreError);
  await store.store(1, person(1));
  await store.destroy();
  assert.equal(await db.sql('select id from people'), [{ id: 1 }]);
});

test('loaded objects share one hidden class per way of loading, and nothing else', async () => {
  await using open = await openedStore<number, Person>(PEOPLE);
  await open.store.store(1, person(1));
  const [first, second] = [await open.store.load(1), await open.store.load(1)];
  assert.equal(first, second);
  assert.is.not(first, second);
});

test.run();
