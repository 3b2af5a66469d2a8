/** Following a table when something is wrong: triggers that are missing or lost, rows that can't be read, writes of unknown outcome. */
import * as assert from 'uvu/assert';
import { StoreSchemaError } from '../../lib/errors.ts';
import { followSql, installFollow, KnexMapStore, removeFollow, type KnexMapStoreOptions } from '../../stores/knex/index.ts';
import { describe } from '../kit/describe.ts';
import { testClock } from '../kit/instance.ts';
import { schema } from '../kit/postgres.ts';
import { disposable, follow, stranger, until, type Followed, type Item, type Other } from './following.ts';

const test = describe('following: troubles');
const ITEMS = `create table items(id int primary key, name text, n int not null);
  insert into items select i, 'n' || i, i from generate_series(1, 2000) i`;
const BY_N = { indexes: [{ attribute: 'n', ordered: true }] };
const MODES = ['notify', 'replication'] as const;

test('notify: triggers that are missing, of another version or disabled are an error with the way out', async () => {
  await using db = await schema();
  await db.sql(ITEMS);
  const options = { connection: db.url, table: 'items', follow: 'notify' } as const;
  assert.match(await refusal(options), /has no trigger "cobnut_follow_.*installFollow/);
  const script = await followSql(options);
  await db.sql(script);
  assert.is(await refusal(options), '');
  await installFollow(options);
  assert.is(await refusal(options), '');
  const [trigger] = await db.sql(`select tgname as name from pg_trigger where tgname like 'cobnut%update'`);
  await db.sql(`alter table items disable trigger ${String(trigger!['name'])}`);
  assert.match(await refusal(options), /update" is disabled/);
  await installFollow(options);
  await db.sql(script.replace('version 2', 'version 0'));
  assert.match(await refusal(options), /is of another version/);
  await db.sql(await followSql(options, 'remove'));
  assert.match(await refusal(options), /has no trigger/);
  await removeFollow(options);
  assert.is(
    (await db.sql(`select 1 from pg_proc where proname like 'cobnut_follow%' and pronamespace = '${db.name}'::regnamespace`)).length,
    0,
  );
});

for (const mode of MODES) {
  test(`${mode}: when the table tells of no changes any more the map says so, and makes it up when it does again`, async () => {
    await using db = await schema();
    await db.sql(ITEMS);
    await using other = disposable(stranger(db.url));
    const clock = testClock();
    const options = { connection: db.url, table: 'items', follow: mode, clock } as const;
    await using followed = await follow<number, Item>(options, BY_N);
    const { map } = followed;
    const look = async (state: string): Promise<void> =>
      until(
        () => {
          clock.advance(500);
          return map.getLocalMapStats().following?.state === state;
        },
        () => map.getLocalMapStats().following,
      );
    // A migration puts another table in its place.
    await other.sql(`create table fresh (like items including all); insert into fresh select id, 'fresh', n from items;
      alter table items rename to old; alter table fresh rename to items`);
    await look('failing');
    assert.match(
      map.getLocalMapStats().following?.lastError ?? '',
      mode === 'notify' ? /has no trigger.*installFollow/ : /lacks the table: ALTER/,
    );
    await repair(options, other.sql);
    await look('following');
    await until(async () => (await map.keySet(`name = 'fresh'`)).length === 2000);
    await other.sql(`update items set n = -7 where id = 7`);
    await until(async () => (await map.get(7))?.n === -7);
    await other.sql(`alter table items rename to moved`);
    await look('failing');
    assert.match(map.getLocalMapStats().following?.lastError ?? '', /items"? is gone/);
    await other.sql(`alter table moved rename to items`);
    await look('following');
  });
}

test('notify: triggers that were disabled for a moment, and while the connection was away, are noticed', async () => {
  await using db = await schema();
  await db.sql(ITEMS);
  await using other = disposable(stranger(db.url));
  const clock = testClock();
  await using followed = await follow<number, Item>({ connection: db.url, table: 'items', follow: 'notify', clock }, BY_N);
  const { map } = followed;
  await other.sql(`alter table items disable trigger user; update items set n = -1 where id = 1; alter table items enable trigger user`);
  await until(
    async () => {
      clock.advance(500);
      return (await map.get(1))?.n === -1;
    },
    () => map.getLocalMapStats().following,
  );
  assert.is(map.getLocalMapStats().following?.resyncs, 1);
  assert.is(map.getLocalMapStats().following?.state, 'following');
  await other.sql(`alter table items disable trigger user;
    select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid() and application_name = 'cobnut'`);
  await until(
    () => {
      clock.advance(500);
      return map.getLocalMapStats().following?.state === 'failing';
    },
    () => map.getLocalMapStats().following,
  );
  assert.match(map.getLocalMapStats().following?.lastError ?? '', /is disabled/);
});

test('notify: a write whose outcome nobody knows is looked at, then and when it can not change any more', async () => {
  await using db = await schema();
  await db.sql(ITEMS);
  await using other = disposable(stranger(db.url));
  const clock = testClock();
  await using followed = await follow<number, Item>({ connection: db.url, table: 'items', follow: 'notify', clock });
  const { map, store } = followed;
  // Somebody holds the row; the connection of the write that waits for it is cut.
  const holder = await other.knex.transaction();
  await holder.raw(`select 1 from items where id = 5 for update`);
  const write = map.set(5, { id: 5, name: 'mine', n: 5 }).then(
    () => undefined,
    (error: unknown) => error,
  );
  await until(async () => {
    const { rows } = await other.knex.raw(
      `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'cobnut' and wait_event_type = 'Lock'`,
    );
    return rows.length > 0;
  });
  assert.ok((await write) instanceof Error);
  await holder.rollback();
  await until(() => store.keysRead >= 1);
  const before = store.keysRead;
  // As if the server had come to it only now: nobody hears of that, for the triggers are off.
  await other.sql(
    `set session_replication_role = replica; update items set name = 'late' where id = 5; set session_replication_role = origin`,
  );
  clock.advance(40_000);
  await until(() => store.keysRead > before);
  await until(async () => (await map.get(5))?.name === 'late');
});

test('notify: maps that share the connections of one small pool are compared with their tables after a gap', async () => {
  await using db = await schema();
  const pool = stranger(db.url, 1);
  await using other = disposable(stranger(db.url));
  await using maps = new AsyncDisposableStack();
  maps.defer(() => pool.destroy());
  for (const table of ['one', 'two']) {
    await db.sql(
      `create table ${table}(id int primary key, name text, n int not null); insert into ${table} select i, 'n', i from generate_series(1, 9000) i`,
    );
    await installFollow({ connection: db.url, table, follow: 'notify' });
  }
  const open = async (table: string): Promise<Followed<number, Item>> =>
    maps.use(await follow<number, Item>({ connection: pool, table, follow: 'notify' }, {}, false));
  const followed = await Promise.all([open('one'), open('two')]);
  for (const table of ['one', 'two'])
    await other.sql(`set session_replication_role = replica; update ${table} set n = -1; set session_replication_role = origin`);
  await other.sql(`select pg_terminate_backend(pid) from pg_stat_activity where query like 'LISTEN%'`);
  for (const { map } of followed) {
    await until(
      async () => (await map.keySet('n = -1')).length === 9000,
      () => map.getLocalMapStats().following,
    );
    assert.is(await map.get(99_999), undefined);
  }
});

test('notify: a row that can not be read is dropped and named, and all others are followed, after a gap too', async () => {
  await using db = await schema();
  await db.sql(
    `create table items(id int primary key, n int, at timestamptz); insert into items select i, 0, now() from generate_series(1, 3000) i`,
  );
  await using other = disposable(stranger(db.url));
  await using followed = await follow<number, Item>({ connection: db.url, table: 'items', follow: 'notify' });
  const { map } = followed;
  await other.sql(`set session_replication_role = replica; update items set at = '290000-01-01Z' where id = 1500; set session_replication_role = origin;
    select pg_terminate_backend(pid) from pg_stat_activity where query like 'LISTEN%'`);
  await until(
    async () => (await map.size()) === 2999,
    () => map.getLocalMapStats().following,
  );
  await other.sql(`update items set n = 1; insert into items values (4000, 1, now())`);
  await until(
    async () => (await map.keySet('n = 1')).length === 3000,
    () => map.getLocalMapStats().following,
  );
  assert.match(map.getLocalMapStats().following?.lastError ?? '', /can not read the row for key 1500/);
  await until(() => map.getLocalMapStats().following?.state === 'following');
});

test.run();

/** What `failing` says is to be done. */
async function repair(options: KnexMapStoreOptions<Item> & { readonly table: string }, sql: Other['sql']): Promise<void> {
  if (options.follow === 'notify') return installFollow(options as KnexMapStoreOptions<never> & { readonly table: string });
  const [text] = /ALTER PUBLICATION .*/.exec(await refusal(options)) ?? [''];
  await sql(text);
}

/** What keeps a store from being opened. */
async function refusal(options: KnexMapStoreOptions<Item>): Promise<string> {
  const store = new KnexMapStore<number, Item>(options);
  try {
    await store.init({ mapName: 'items', properties: {} });
    await store.destroy();
    return '';
  } catch (error) {
    assert.instance(error, StoreSchemaError);
    return (error as Error).message;
  }
}
