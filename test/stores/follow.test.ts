/** Following a real table, by triggers and by the server's log: whatever others do, the map and its indexes follow (B4). */
import * as assert from 'uvu/assert';
import { installFollow, type FollowOptions } from '../../stores/knex/index.ts';
import { describe } from '../kit/describe.ts';
import { schema } from '../kit/postgres.ts';
import { EFFORT } from '../kit/seed.ts';
import { randomFrom } from '../indexes/random.ts';
import { disposable, follow, stranger, until, untilSame, type Item } from './following.ts';

const test = describe('following a table');
const ITEMS = `create table items(id int primary key, name text, n int not null);
  insert into items select i, 'n' || i, i from generate_series(1, 2000) i`;
const BY_N = { indexes: [{ attribute: 'n', ordered: true }] };
const MODES: readonly (readonly [string, FollowOptions])[] = [
  ['notify', 'notify'],
  ['replication', 'replication'],
  ['replication, lasting slot', { mode: 'replication', slot: `cobnut_test_${process.pid}` }],
];

for (const [name, mode] of MODES) {
  test(`${name}: updates, inserts, deletes, new keys and truncation are followed, and seen by indexes`, async () => {
    await using db = await schema();
    await db.sql(ITEMS);
    await using other = disposable(stranger(db.url));
    await using followed = await follow<number, Item>({ connection: db.url, table: 'items', follow: mode }, BY_N);
    const { map } = followed;
    const { sql } = other;
    assert.is(map.getLocalMapStats().following?.state, 'following');

    await sql(`update items set n = 100000, name = null where id = 5`);
    await until(async () => (await map.keySet('n = 100000')).includes(5));
    assert.equal(await map.get(5), { id: 5, name: null, n: 100_000 });
    await sql(`insert into items values (9000, 'new', 7), (9001, 'new', 7)`);
    await until(async () => (await map.values('n = 7')).length === 3);
    await sql(`delete from items where id between 10 and 19`);
    await until(async () => (await map.size()) === 1992);
    await sql(`update items set id = id + 50000 where id between 30 and 39`);
    await until(async () => (await map.keySet('n between 30 and 39')).every((key) => key > 50_000));
    await sql(`insert into items values (1, 'again', 1) on conflict (id) do update set name = excluded.name`);
    await until(async () => (await map.get(1))?.name === 'again');
    await untilSame(map, other.knex);

    // Undone, it has never been.
    const transaction = await other.knex.transaction();
    await transaction.raw(`update items set n = -1`);
    await transaction.raw(`delete from items where id = 40`);
    await transaction.rollback();
    await sql(`insert into items select i, 'x', -5 from generate_series(100001, 110000) i`);
    await until(async () => (await map.keySet('n = -5')).length === 10_000);
    assert.equal(await map.keySet('n = -1'), []);
    await sql(`update items set n = n - 1 where n = -5`);
    await until(async () => (await map.keySet('n = -6')).length === 10_000);
    await untilSame(map, other.knex);

    await sql(`truncate items; insert into items values (1, 'after', 1)`);
    await until(async () => (await map.size()) === 1 && (await map.get(1))?.name === 'after');
    const { changes, resyncs, lagMs } = map.getLocalMapStats().following!;
    assert.ok(changes >= 20_000, String(changes));
    assert.is(resyncs, 0);
    await until(() => map.getLocalMapStats().following!.lagMs === 0);
    assert.type(lagMs, 'number');
  });

  test(`${name}: writes of its own are neither read again nor counted as changes`, async () => {
    await using db = await schema();
    await db.sql(ITEMS);
    await using other = disposable(stranger(db.url));
    await using followed = await follow<number, Item>({ connection: db.url, table: 'items', follow: mode }, BY_N);
    const { map, store } = followed;
    for (let id = 1; id <= 50; id++) await map.set(id, { id, name: 'mine', n: -id });
    await Promise.all(Array.from({ length: 200 }, (_, id) => map.set(id, { id, name: 'mine too', n: -id })));
    await map.setAll(new Map(Array.from({ length: 3000 }, (_, id) => [id + 10_000, { id: id + 10_000, name: 'many', n: 0 }])));
    await map.delete(1);
    await map.delete(999_999);
    await map.removeAll('n = 0');
    // The log, or the channel, is in order: when this one has come, all before it has.
    await other.sql(`update items set name = 'his' where id = 2000`);
    await until(async () => (await map.get(2000))?.name === 'his');
    assert.is(map.getLocalMapStats().following?.changes, 1);
    assert.is(store.keysRead, name === 'notify' ? 1 : 0);
    // What he writes to a key that was ours is followed too.
    await other.sql(`update items set name = 'his' where id between 2 and 60`);
    await until(async () => (await map.values(`name = 'his'`)).length === 60);
    await untilSame(map, other.knex);
  });

  test(`${name}: what its own writes cause elsewhere in the table is followed`, async () => {
    await using db = await schema();
    await db.sql(`create table items(id int primary key, name text, n int not null, parent int references items on delete cascade);
      create function add_up() returns trigger language plpgsql as $$ begin
        update items set n = n + new.n where id = new.parent;
        update items set name = 'made ' || new.name where id = new.id;
        return null;
      end $$;
      create trigger add_up after insert on items for each row when (new.parent is not null) execute function add_up();
      insert into items values (1, 'parent', 0)`);
    await using other = disposable(stranger(db.url));
    await using followed = await follow<number, Item & { parent: number | null }>({ connection: db.url, table: 'items', follow: mode });
    const { map } = followed;
    await map.delete(2); // a write that changes nothing: nobody tells of it
    await map.set(2, { id: 2, name: 'child', n: 50, parent: 1 });
    await map.set(3, { id: 3, name: 'other', n: 7, parent: null });
    await until(
      async () => (await map.get(1))?.n === 50 && (await map.get(2))?.name === 'made child',
      async () => [await map.entrySet(), map.getLocalMapStats().following],
    );
    await map.delete(1); // and with it the child
    await until(
      async () => (await map.size()) === 1,
      () => map.keySet(),
    );
    assert.equal(await map.keySet(), [3]);
    await other.sql(`update items set name = 'his' where id = 3`);
    await until(async () => (await map.get(3))?.name === 'his');
  });

  test(`${name}: a cut connection is made again, and nothing is missed`, async () => {
    await using db = await schema();
    await db.sql(ITEMS);
    await using other = disposable(stranger(db.url));
    await using followed = await follow<number, Item>(
      { connection: `${db.url}&application_name=cut_${process.pid}`, table: 'items', follow: mode },
      BY_N,
    );
    const { map } = followed;
    await map.set(3, { id: 3, name: 'mine', n: 3 });
    for (let round = 1; round <= 3; round++) {
      await other.sql(`select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'cut_${process.pid}'`);
      await other.sql(`update items set n = ${-round} where id <= 10`);
      await other.sql(`delete from items where id = ${round + 20}`);
      await other.sql(`insert into items values (${5000 + round}, 'new', 1)`);
      await until(
        async () => (await map.keySet('n = ?', -round)).length === 10,
        () => map.getLocalMapStats().following,
      );
      await untilSame(map, other.knex);
    }
    const { state, resyncs, lastError } = map.getLocalMapStats().following!;
    assert.is(state, 'following');
    assert.is(resyncs === 0, name.includes('lasting'), String(resyncs));
    assert.match(lastError ?? '', /terminat/);
  });

  test(`${name}: two writers, one of them the map; when both rest, the map is the table`, async () => {
    await using db = await schema();
    await db.sql(`create table items(id int primary key, name text, n int not null)`);
    await using other = disposable(stranger(db.url));
    await using followed = await follow<number, Item>({ connection: db.url, table: 'items', follow: mode }, BY_N);
    const { map } = followed;
    const draw = randomFrom();
    const key = (): number => Math.floor(draw() * 60);
    let count = 0;
    const mine = async (): Promise<unknown> => {
      const id = key();
      const value = { id, name: 'mine', n: ++count };
      const dice = draw();
      if (dice < 0.5) return map.put(id, value);
      if (dice < 0.6) return map.setAll(new Map([id, id + 1, id + 2].map((one) => [one, { ...value, id: one }])));
      if (dice < 0.8) return map.delete(id);
      if (dice < 0.9) return map.get(id);
      return map.evict(id);
    };
    const his = async (): Promise<unknown> => {
      const id = key();
      const dice = draw();
      if (dice < 0.5)
        return other.sql(`insert into items values (${id}, 'his', ${++count}) on conflict (id) do update set name = 'his', n = excluded.n`);
      if (dice < 0.7) return other.sql(`update items set n = ${++count}, name = 'his' where id between ${id} and ${id + 5}`);
      if (dice < 0.85) return other.sql(`delete from items where id = ${id}`);
      if (dice < 0.95)
        return other.sql(`update items set id = ${id + 100} where id = ${id} and not exists (select from items where id = ${id + 100})`);
      if (dice < 0.97) return other.sql(`truncate items`);
      const undone = await other.knex.transaction();
      return undone.raw(`update items set n = 0 where id < 20`).finally(() => undone.rollback());
    };
    const work = async (step: () => Promise<unknown>): Promise<void> => {
      for (let i = 0; i < 150 * EFFORT; i++) await step();
    };
    await Promise.all([work(mine), work(mine), work(() => unlessDeadlock(his())), work(() => unlessDeadlock(his()))]);
    await untilEvicted(map, other.knex);
    await untilSame(map, other.knex);
  });
}

test('notify: long keys never fail the writer, and composite keys of any type come through', async () => {
  await using db = await schema();
  await db.sql(`create table items(a text, b timestamptz(3), c boolean, d double precision, v int, primary key (a, b, c, d))`);
  await using other = disposable(stranger(db.url));
  await using followed = await follow<{ a: string; b: Date; c: boolean; d: number }, { v: number }>({
    connection: db.url,
    table: 'items',
    follow: 'notify',
  });
  const { map } = followed;
  await other.sql(`set timezone = 'Asia/Tokyo'; set datestyle = 'german'; set extra_float_digits = 0;
    insert into items values ('it''s "so", \\ ä😀', '2024-02-29 12:34:56.789+00', true, 0.1::float8 + 0.2::float8, 1)`);
  const key = { a: 'it\'s "so", \\ ä😀', b: new Date('2024-02-29T12:34:56.789Z'), c: true, d: 0.1 + 0.2 };
  await until(async () => (await map.size()) === 1);
  assert.is((await map.keySet()).length, 1);
  assert.equal((await map.keySet())[0], key);
  // Compressed it fits an index, as a payload it does not.
  await other.sql(`insert into items select repeat(i::text, 9000), now(), false, i, i from generate_series(1, 9) i`);
  await until(async () => (await map.size()) === 10);
  assert.is(map.getLocalMapStats().following?.resyncs, 1);
  await other.sql(`insert into items select repeat(chr(96 + i % 26), 100 + i), now(), false, i, i from generate_series(1, 1500) i`);
  await until(async () => (await map.size()) === 1510);
  assert.is(map.getLocalMapStats().following?.resyncs, 1);
});

test('notify: who announces nothing is heard by nobody else, and nobody pays', async () => {
  await using db = await schema();
  await db.sql(ITEMS);
  const options = { connection: db.url, table: 'items' };
  await using quiet = await follow<number, Item>({ ...options, follow: { mode: 'notify', announce: false } });
  await using loud = await follow<number, Item>({ ...options, follow: 'notify' }, {}, false);
  await quiet.map.set(1, { id: 1, name: 'unheard', n: 1 });
  await loud.map.set(2, { id: 2, name: 'heard', n: 2 });
  await until(async () => (await quiet.map.get(2))?.name === 'heard');
  assert.is((await loud.map.get(1))?.name, 'n1');
  assert.is(loud.map.getLocalMapStats().following?.changes, 0);
});

test('notify: who announces nothing keeps no other table quiet, nor what his writes cause in his own', async () => {
  await using db = await schema();
  await db.sql(`create table customers(id int primary key, parent int references customers on delete cascade);
    create table items(id int primary key, customer int references customers on delete cascade);
    insert into customers values (1, null), (2, 1); insert into items values (10, 1)`);
  const quiet = { mode: 'notify', announce: false } as const;
  await using customers = await follow<number, { id: number }>({ connection: db.url, table: 'customers', follow: quiet });
  await using items = await follow<number, { id: number }>({ connection: db.url, table: 'items', follow: 'notify' });
  await customers.map.delete(1);
  await until(async () => (await items.map.size()) === 0 && (await customers.map.size()) === 0);
  assert.ok(customers.map.getLocalMapStats().following!.changes <= 2);
});

test('notify: a borrowed pool keeps its connections and its settings', async () => {
  await using db = await schema();
  await db.sql(ITEMS);
  await installFollow({ connection: db.url, table: 'items', follow: 'notify' });
  await using followed = await follow<number, Item>({ connection: db.knex, table: 'items', follow: 'notify' }, {}, false);
  await using other = disposable(stranger(db.url));
  await followed.map.set(1, { id: 1, name: 'mine', n: 1 });
  for (let i = 0; i < 8; i++)
    assert.equal(await db.sql(`select coalesce(current_setting('cobnut.origin', true), '') as origin`), [{ origin: '' }]);
  // By a session of the very pool: somebody else's writes all the same.
  await db.sql(`update items set name = 'his' where id = 1`);
  await until(async () => (await followed.map.get(1))?.name === 'his');
  await other.sql(`update items set name = 'hers' where id = 2`);
  await until(async () => (await followed.map.get(2))?.name === 'hers');
});

test('notify: a partitioned table is followed through its parent', async () => {
  await using db = await schema();
  await db.sql(`create table items(id int primary key, name text, n int not null) partition by range (id);
    create table items_low partition of items for values from (0) to (100);
    create table items_high partition of items for values from (100) to (1000)`);
  await using other = disposable(stranger(db.url));
  for (const mode of ['notify', 'replication'] as const) {
    await db.sql('truncate items');
    await using followed = await follow<number, Item>({ connection: db.url, table: 'items', follow: mode });
    await other.sql(`insert into items values (1, 'low', 1), (200, 'high', 2)`);
    await until(async () => (await followed.map.size()) === 2);
    await other.sql(`update items set id = 300 where id = 1`); // moves between partitions
    await until(async () => (await followed.map.get(300)) !== undefined && (await followed.map.keySet()).length === 2);
    await other.sql(`delete from items where id = 200`);
    await untilSame(followed.map, other.knex);
  }
});

test('only rows in memory are followed where the initial load picks some', async () => {
  await using db = await schema();
  await db.sql(ITEMS);
  await using other = disposable(stranger(db.url));
  for (const mode of ['notify', 'replication'] as const) {
    await using followed = await follow<number, Item>({ connection: db.url, table: 'items', follow: mode, where: 'id <= 10' });
    const { map } = followed;
    assert.is(await map.size(), 10);
    assert.is((await map.get(500))?.name, 'n500');
    await other.sql(`update items set name = '${mode}' where id > 5; insert into items values (3000, 'x', 1)`);
    await until(async () => (await map.get(500))?.name === mode && (await map.get(10))?.name === mode);
    assert.is(await map.size(), 11);
    await other.sql(`delete from items where id = 3000; update items set name = 'n' || id`);
    await until(async () => (await map.values('name = ?', mode)).length === 0);
  }
});

test('a table that is loaded while others write to it is complete', async () => {
  await using db = await schema();
  await db.sql(ITEMS);
  await using other = disposable(stranger(db.url));
  for (const mode of ['notify', 'replication'] as const) {
    const over = new AbortController();
    let writes = 0;
    const writing = (async (): Promise<void> => {
      while (!over.signal.aborted || writes < 30) {
        const id = (writes * 37) % 2000;
        await other.sql(`update items set n = n + 1 where id between ${id} and ${id + 50}; delete from items where id = ${id + 60};
          insert into items values (${id + 60 + 2000 * (writes % 2)}, 'new', 0) on conflict do nothing`);
        writes++;
      }
    })();
    await using followed = await follow<number, Item>({ connection: db.url, table: 'items', follow: mode }, BY_N);
    over.abort();
    await writing;
    await untilSame(followed.map, other.knex);
  }
});

test.run();

/** His statements lock rows in any order. */
async function unlessDeadlock(work: Promise<unknown>): Promise<unknown> {
  return work.catch((error: unknown) => {
    if (!(error instanceof Error && 'code' in error && error.code === '40P01')) throw error;
  });
}

/** What was evicted comes back by being asked for. */
async function untilEvicted(map: { get(key: number): Promise<unknown> }, db: ReturnType<typeof stranger>): Promise<void> {
  for (const { id } of await db<Item>('items').select('id')) await map.get(id);
}
