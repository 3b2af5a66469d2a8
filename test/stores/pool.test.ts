/** Pools that are exhausted, borrowed or cut off, statements that take too long, and what each error means. */
import knex, { type Knex } from 'knex';
import * as assert from 'uvu/assert';
import { ConfigError, MapStoreError, StoreConflictError, ValueError } from '../../lib/errors.ts';
import { failureKind } from '../../stores/knex/failures.ts';
import { KnexMapStore } from '../../stores/knex/index.ts';
import { describe } from '../kit/describe.ts';
import { schema, type TestSchema } from '../kit/postgres.ts';
import type { Person } from './conformance.ts';
import { failure, openedStore, ownedBy } from './opened-store.ts';

const test = describe('KnexMapStore: pool');
const PEOPLE = `create table people(id int primary key, name text not null check (name <> 'poison'), age int)`;
const person = (id: number, name = `n${id}`): Person => ({ id, name, age: 1 });
const crowd = (count: number): Map<number, Person> => new Map(Array.from({ length: count }, (_, id) => [id, person(id)]));

test('an exhausted pool fails calls in time and in words, loses nothing, and recovers', async () => {
  await using open = await openedStore<number, Person>(PEOPLE, { connections: 1, timeouts: { acquireMs: 400 } });
  const { store } = open;
  await store.storeAll(crowd(10_000));
  const { promise: until, resolve: release } = Promise.withResolvers<void>();
  const sink = { owns: () => true, put() {}, drained: () => until };
  const load = store.loadOwned(sink, new AbortController().signal);
  const errors = await Promise.all([
    failure(store.load(1)),
    failure(store.store(1, person(1, 'x'))),
    failure(store.storeAll(crowd(5))),
    failure(store.deleteAll([1])),
  ]);
  for (const error of errors) {
    assert.match(error.message, 'no connection of the pool became free in time');
    assert.is(store.failureKind(error), 'connection');
  }
  release();
  assert.is((await load).read, 10_000);
  await Promise.all(Array.from({ length: 50 }, (_, id) => store.store(id, person(id, 'y'))));
  assert.is((await ownedBy(store)).size, 10_000);
  assert.is((await store.load(1))?.name, 'y');
});

test('a statement that takes too long is ended by the server, whole, and may be sent again', async () => {
  await using open = await openedStore<number, Person>(PEOPLE, { timeouts: { statementMs: 400, lockMs: 0 } });
  const { store, db } = open;
  await store.storeAll(crowd(1_500));
  const other = await db.knex.transaction();
  await other.raw('update people set age = 7 where id = 1400');
  const renamed = new Map([...crowd(1_500)].map(([id, value]) => [id, { ...value, name: 'new' }]));
  for (const error of [await failure(store.storeAll(renamed)), await failure(store.store(1400, person(1400, 'new')))]) {
    assert.is(error.code, '57014');
    assert.is(store.failureKind(error), 'retry');
  }
  assert.is((await store.load(1))?.name, 'n1');
  await other.commit();
  await store.storeAll(renamed);
  assert.is((await store.load(1400))?.name, 'new');
});

test('a borrowed pool whose connections are cut off does not take the process with it, and is used again', async () => {
  await using db = await schema();
  await db.sql(PEOPLE);
  const connection = { connectionString: db.url, application_name: db.name };
  const borrowed = knex({ client: 'pg', connection, pool: { min: 2, max: 2 }, log: { warn() {}, error() {} } });
  const store = new KnexMapStore<number, Person>({ connection: borrowed, table: 'people' });
  await store.init({ mapName: 'people', properties: {} });
  const other = await borrowed.transaction();
  await store.store(1, person(1));
  await other.commit(); // two connections are open now
  assert.is(await cutOff(db), 2);
  const write = (): Promise<unknown> => store.store(2, person(2));
  // A call may still meet a connection whose end has not been noticed: it fails as it should.
  await write().catch((error: unknown) => assert.is(store.failureKind(error), 'connection', String(error)));
  await write();
  assert.equal([...(await store.loadAll([1, 2])).keys()], [1, 2]);
  await store.destroy();
  assert.equal((await borrowed.raw<{ rows: unknown[] }>('select 1 as one')).rows, [{ one: 1 }]);
  await borrowed.destroy();
});

/** Ends the sessions that have the schema's name. */
async function cutOff({ sql, name }: TestSchema): Promise<number> {
  const ended = await sql('select pg_terminate_backend(pid, 5000) from pg_stat_activity where application_name = ?', [name]);
  return ended.length;
}

test('settings of a borrowed pool are its own', async () => {
  await using db = await schema();
  await db.sql(PEOPLE);
  const borrowed = knex({ client: 'pg', connection: { connectionString: db.url, statement_timeout: 12_345 }, pool: { min: 0, max: 1 } });
  const store = new KnexMapStore<number, Person>({ connection: borrowed, table: 'people', timeouts: { statementMs: 1, lockMs: 1 } });
  await store.init({ mapName: 'people', properties: {} });
  await store.store(1, person(1));
  await ownedBy(store);
  const { rows } = await borrowed.raw<{ rows: unknown[] }>(`select current_setting('statement_timeout') as t, current_setting('transaction_read_only') as r`); // prettier-ignore
  assert.equal(rows, [{ t: '12345ms', r: 'off' }]);
  await store.destroy();
  await borrowed.destroy();
});

test('knex clients that are not pg are refused, in words', async () => {
  for (const driverName of ['mysql2', 'better-sqlite3', 'pgnative', 'pg-redshift']) {
    const other = Object.assign(() => {}, { client: { driverName } }) as unknown as Knex;
    const store = new KnexMapStore<number, Person>({ connection: other, table: 'people' });
    const error = await failure(store.init({ mapName: 'people', properties: {} }));
    assert.instance(error, ConfigError);
    assert.match(error.message, `needs PostgreSQL and a knex instance made with client: 'pg', not '${driverName}'`);
  }
});

test('init may be tried again after it failed', async () => {
  await using db = await schema();
  const store = new KnexMapStore<number, Person>({ connection: db.url });
  assert.is((await failure(store.init({ mapName: 'people', properties: {} }))).code, 'ERR_STORE_SCHEMA');
  await db.sql(PEOPLE);
  await store.init({ mapName: 'people', properties: {} });
  await store.store(1, person(1));
  await store.destroy();
});

test('each error means something', () => {
  const coded = (code: string, rest: object = {}): Error => Object.assign(new Error('x'), { code, ...rest });
  const kinds: readonly (readonly [string, unknown])[] = [
    ...['40001', '40P01', '55P03', '57014'].map((code) => ['retry', coded(code)] as const),
    ...['08006', '53300', '53100', '57P01', '57P03', '58030', '25006', 'ECONNREFUSED', 'ECONNRESET', 'ETIMEDOUT', 'EPIPE'].map((code) => ['connection', coded(code)] as const), // prettier-ignore
    ...['22001', '22P02', '23505', '23514', '21000', '44000', '54000', 'P0001', 'OR001', '20000', '2F002', '09000'].map(
      (code) => ['poison', coded(code)] as const,
    ),
    ...['42P01', '42501', '42703', '28P01', '3D000', '3F000', '0A000', '55000', '25P02', 'XX001'].map(
      (code) => ['fatal', coded(code)] as const,
    ),
    ['poison', coded('42501', { routine: 'ExecWithCheckOptions' })],
    ['poison', coded('42501', { routine: 'exec_stmt_raise' })],
    ['retry', coded('40001', { routine: 'exec_stmt_raise' })],
    ['connection', new Error('Connection terminated unexpectedly')],
    ['connection', new Error('Client has encountered a connection error and is not queryable')],
    ['poison', new ValueError('x')],
    ['conflict', new StoreConflictError('x')],
    ['fatal', new MapStoreError('the store is not open')],
    ['undefined', new TypeError('of a converter')],
    ['undefined', 'text'],
  ];
  for (const [kind, error] of kinds)
    assert.is(String(failureKind(error)), kind, String(error instanceof Error && 'code' in error ? error.code : error));
});

for (const code of ['P0001', 'OR001', '42501', '0A000'])
  test(`what a trigger refuses with ${code} is the row, not the store`, async () => {
    await using open = await openedStore<number, Person>(
      `${PEOPLE}; create function rule() returns trigger language plpgsql as $$ begin if new.age > 99 then raise exception 'too old' using errcode = '${code}'; end if; return new; end $$;
     create trigger rule before insert on people for each row execute function rule()`,
    );
    const outcomes = await Promise.allSettled(
      [...crowd(20).values()].map((one) => open.store.store(one.id, { ...one, age: one.id === 5 ? 100 : 1 })),
    );
    assert.equal(outcomes.flatMap(({ status }, id) => (status === 'rejected' ? [id] : [])), [5]); // prettier-ignore
  });

test('a row that another program has locked fails alone among concurrent stores and deletes', async () => {
  await using open = await openedStore<number, Person>(PEOPLE, { timeouts: { lockMs: 200 } });
  const { store, db } = open;
  await store.storeAll(crowd(20));
  const other = await db.knex.transaction();
  await other.raw('select * from people where id = 7 for update');
  const rejected = async (write: (id: number) => Promise<unknown>): Promise<number[]> => {
    const outcomes = await Promise.allSettled(Array.from({ length: 20 }, (_, id) => write(id)));
    for (const outcome of outcomes) if (outcome.status === 'rejected') assert.is(store.failureKind(outcome.reason), 'retry');
    return outcomes.flatMap(({ status }, id) => (status === 'rejected' ? [id] : []));
  };
  assert.equal(await rejected((id) => store.store(id, person(id, 'new'))), [7]);
  assert.equal([...(await ownedBy(store)).values()].filter(({ name }) => name === 'new').length, 19);
  assert.equal(await rejected((id) => store.delete(id)), [7]);
  await other.commit();
  assert.equal(await ownedBy(store), new Map([[7, person(7)]]));
});

test('two stores write and delete the same keys in opposite order: no deadlock reaches the caller', async () => {
  await using one = await openedStore<number, Person>(PEOPLE, { connections: 3 });
  const other = new KnexMapStore<number, Person>({ connection: one.db.url, table: 'people', connections: 3 });
  await other.init({ mapName: 'people', properties: {} });
  const forth = crowd(300);
  const back = new Map([...forth].toReversed());
  const writer = async (store: KnexMapStore<number, Person>, entries: ReadonlyMap<number, Person>): Promise<void> => {
    for (let round = 0; round < 12; round++) {
      await Promise.all([
        store.storeAll(entries),
        ...[...entries].slice(0, 60).map(([id, value]) => (id % 5 === round % 5 ? store.delete(id) : store.store(id, value))),
        ...(round % 3 === 2 ? [store.deleteAll([...entries.keys()])] : []),
      ]);
    }
  };
  await Promise.all([writer(one.store, forth), writer(one.store, back), writer(other, back), writer(other, forth)]);
  await one.store.storeAll(forth);
  assert.equal(await ownedBy(one.store), forth);
  await other.destroy();
});

test.run();
