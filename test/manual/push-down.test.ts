/** B3: queries that ask the database too, `query({ source: 'store' | 'both' })`, as a user meets them. */
import * as assert from 'uvu/assert';
import { newInstance, type IMap, type Instance, type MapStoreOptions } from '../../lib/index.ts';
import { ConfigError } from '../../lib/errors.ts';
import { KnexMapStore } from '../../stores/knex/index.ts';
import { describe } from '../kit/describe.ts';
import { testClock, type TestClock } from '../kit/instance.ts';
import { schema, type TestSchema } from '../kit/postgres.ts';
import { refusal } from '../kit/refusal.ts';

interface Order {
  readonly id: number;
  readonly customer: string;
  readonly total: number;
  readonly paid: boolean | null;
  readonly tags: readonly string[];
}

const test = describe('push-down');

const COUNT = 2_500;

interface World {
  readonly map: IMap<number, Order>;
  readonly db: TestSchema;
  readonly clock: TestClock;
  readonly instance: Instance;
  [Symbol.asyncDispose](): Promise<void>;
}

/** 2,500 orders in the database, none of them in memory. */
async function openOrders(options: Partial<MapStoreOptions> = {}): Promise<World> {
  const db = await schema();
  await db.sql(`create table orders (
    id int primary key, customer text collate "C" not null, total int not null, paid boolean, tags text[] not null
  )`);
  await db.sql(`insert into orders
    select n, 'customer ' || n % 10, n % 100, case n % 3 when 0 then true when 1 then false end, array['t' || n % 2] from generate_series(1, ${COUNT}) n`);
  const clock = testClock();
  // No rows are loaded at the start.
  const implementation = new KnexMapStore<number, Order>({ connection: db.url, table: 'orders', where: 'false' });
  const instance = newInstance({ clock, maps: { orders: { mapStore: { implementation, ...options } } } });
  const map = await instance.getMap<number, Order>('orders');
  return {
    map,
    db,
    clock,
    instance,
    async [Symbol.asyncDispose]() {
      await instance.close();
      await db[Symbol.asyncDispose]();
    },
  };
}

const order = (id: number, change: Partial<Order> = {}): Order => ({ id, customer: 'nobody', total: 7, paid: null, tags: [], ...change });

test('B3 a query of the store finds rows that are not in memory, and keeps none of them', async () => {
  await using world = await openOrders();
  const { map } = world;
  assert.is(await map.query().count(), 0);
  const paid = map.query({ source: 'store' }).where('paid AND total < ?', 10);
  assert.is(await paid.count(), 83);
  assert.is((await paid.toArray()).length, 83);
  assert.equal(await paid.orderBy('id').limit(2).keys(), [3, 6]);
  assert.equal(await paid.orderBy('id', 'desc').offset(1).limit(1).entries(), [[2406, await map.get(2406)]]);
  assert.is((await paid.orderBy('id').first())?.id, 3);
  assert.equal(await paid.orderBy('total').orderBy('id').limit(1).select('id', 'total').toArray(), [{ id: 300, total: 0 }]);
  assert.is(await map.size(), 1, 'only what was asked for by get');
  assert.is(map.getLocalMapStats().hits, 0);
});

test('B3 rows come page by page: a result of any size, by iteration too, and no connection is left behind', async () => {
  await using world = await openOrders();
  const all = world.map.query({ source: 'store' });
  let sum = 0;
  for await (const { id } of all) sum += id;
  assert.is(sum, (COUNT * (COUNT + 1)) / 2);
  for (let round = 0; round < 8; round++) {
    for await (const { id } of all.orderBy('id')) {
      if (id === 1_200) break;
    }
  }
  assert.is((await all.toArray()).length, COUNT);
  const [open] = await world.db.sql(
    `select count(*)::int as count from pg_stat_activity where application_name = 'cobnut' and state <> 'idle'`,
  );
  assert.is(open!['count'], 0);
});

test('B3 rows are as frozen as entries are', async () => {
  await using world = await openOrders();
  const row = await world.map.query({ source: 'store' }).where('id = 5').first();
  assert.ok(Object.isFrozen(row) && Object.isFrozen(row!.tags));
});

test('B3 in `both` memory decides for its keys, the database for the others', async () => {
  await using world = await openOrders();
  const { map } = world;
  await map.putTransient(3, order(3, { total: 50 })); // hides a row that matches
  await map.putTransient(4, order(4, { total: 1 })); // matches, its row does not
  await map.putTransient(9_999, order(9_999, { total: 2 })); // has no row
  await map.get(10); // the same in memory and in the database
  const few = map.query({ source: 'both' }).where('total < 5 AND id < 20 OR total < 5 AND id > 9000 OR id = 10');
  assert.equal(
    (await few.keys()).toSorted((a, b) => a - b),
    [1, 2, 4, 10, 9_999],
  );
  assert.is(await few.count(), 5);
  assert.equal(
    (await few.orderBy('total').orderBy('id').toArray()).map(({ id, total }) => [id, total]),
    [
      [1, 1],
      [4, 1],
      [2, 2],
      [9_999, 2],
      [10, 10],
    ],
  );
  assert.equal(await few.orderBy('total').orderBy('id').offset(1).limit(3).keys(), [4, 2, 9_999]);
  const seen = new Set<number>();
  for await (const { id } of map.query({ source: 'both' })) {
    assert.not(seen.has(id), `${id} comes twice`);
    seen.add(id);
  }
  assert.is(seen.size, COUNT + 1);
  assert.equal(
    (await map.query({ source: 'store' }).where('id = 3 OR id = 4').toArray()).map(({ total }) => total),
    [3, 4],
    '`store` is the database alone',
  );
});

test('B3 what has expired, was evicted or removed is as the database has it', async () => {
  await using world = await openOrders();
  const { map, clock } = world;
  const both = map.query({ source: 'both' }).where('id <= 3').orderBy('id');
  await map.putTransient(1, order(1, { total: 77 }), { ttlSeconds: 1 });
  await map.put(2, order(2, { total: 88 }));
  assert.equal(
    (await both.toArray()).map(({ total }) => total),
    [77, 88, 3],
  );
  clock.advance(1_000);
  await map.evict(2);
  await map.remove(3);
  assert.equal(
    (await both.toArray()).map(({ total }) => total),
    [1, 88],
  );
});

test('B3 what waits in write-behind is laid over the rows, deletes too', async () => {
  await using world = await openOrders({ writeDelaySeconds: 60 });
  const { map } = world;
  await map.set(1, order(1, { total: 1_000 }));
  await map.set(3_000, order(3_000, { total: 1_001 }));
  await map.delete(2);
  for (const source of ['store', 'both'] as const) {
    const few = map.query({ source }).where('id <= 3 OR total >= 1000');
    assert.equal(
      (await few.orderBy('id').toArray()).map(({ id, total }) => [id, total]),
      [
        [1, 1_000],
        [3, 3],
        [3_000, 1_001],
      ],
      source,
    );
    assert.is(await few.count(), 3, source);
  }
});

test('B3 what PostgreSQL cannot answer as the map would is tested in memory', async () => {
  await using world = await openOrders();
  const { map } = world;
  const query = map.query({ source: 'store' }).where("tags[any] = 't1' AND total < 3 AND customer REGEX 'customer [12]'");
  assert.is(await query.count(), 25);
  const { plan } = await query.explain({ analyze: true });
  assert.is(plan.operation, 'test in memory');
  assert.match(plan.detail, /tags\[any\] = 't1' AND customer REGEX/);
  assert.is(plan.actualRows, 25);
  assert.match(plan.children[0]!.detail, /WHERE "total" < \$1::integer$/);
  assert.is(plan.children[0]!.actualRows, 75);
});

test('B3 long lists and chains of OR are one parameter', async () => {
  await using world = await openOrders();
  const ids = Array.from({ length: 8_000 }, (_, id) => id);
  const chain = world.map.query({ source: 'store' }).where(ids.map((id) => `id = ${id}`).join(' OR '));
  assert.is(await chain.count(), COUNT);
  assert.match((await chain.explain()).plan.detail, /WHERE "id" = ANY\(\$1::integer\[\]\)$/);
  const others = world.map.query({ source: 'store' }).where(
    ids
      .slice(0, 2_000)
      .map((id) => `id != ${id}`)
      .join(' AND '),
  );
  assert.is(await others.count(), 501);
});

test('B3 explain names the statement, what memory decides, and what would be quicker', async () => {
  await using world = await openOrders();
  const { map, db } = world;
  const said = String(
    await map.query({ source: 'store' }).where("customer = 'customer 1' AND paid").orderBy('total', 'desc').limit(5).explain(),
  );
  assert.match(said, '"orders" WHERE ("customer" = $1::text AND "paid") ORDER BY "total" DESC, "id" LIMIT $2::int8');
  await map.getAll([1, 2, 3]);
  const both = await map.query({ source: 'both' }).where('total < 3').explain({ analyze: true });
  assert.match(String(both), /both: memory decides for its keys, 2 of the rows/);
  assert.is(both.actualRows, 75);

  await db.sql('alter table orders alter customer type text collate "default"');
  await using again = newInstance({
    maps: { orders: { mapStore: { implementation: new KnexMapStore({ connection: db.url, table: 'orders', where: 'false' }) } } },
  });
  const orders = await again.getMap<number, Order>('orders');
  const { advice } = await orders.query({ source: 'store' }).where("customer > 'c'").explain();
  assert.match(advice[0]!.reason, /declare "customer" with COLLATE "C"/);
});

test('B3 the same index serves a pushed range as a written one', async () => {
  await using world = await openOrders();
  const { db } = world;
  await db.sql('create index on orders (customer)');
  const { plan: pushed } = await world.map.query({ source: 'store' }).where("customer >= 'customer 3'").explain();
  const statement = pushed.detail;
  assert.match(statement, '"customer" COLLATE "C" >= $1::text');
  const plan = await db.sql(`set enable_seqscan = off; explain ${statement.replace('$1', "'customer 3'")}`);
  assert.match(JSON.stringify(plan), /Index Cond|Index Scan/);
});

test('B3 a query can be given up, and its connection is not used again', async () => {
  await using world = await openOrders();
  const query = world.map.query({ source: 'store' });
  const aborted = await refusal(query.toArray({ signal: AbortSignal.abort(new Error('enough')) }));
  assert.is(aborted.code, 'ERR_ABORTED');
  const control = new AbortController();
  const running = refusal(query.where("customer LIKE '%1%' AND tags[any] = 't1'").orderBy('total').toArray({ signal: control.signal }));
  setImmediate(() => control.abort());
  assert.is((await running).code, 'ERR_ABORTED');
  assert.is(await query.count(), COUNT);
});

test('B3 a store without `find`, a source that is none: errors that say so', async () => {
  await using instance = newInstance({ maps: { loader: { mapStore: { implementation: { load: () => undefined } } } } });
  const without = await instance.getMap<number, Order>('without');
  const loader = await instance.getMap<number, Order>('loader');
  for (const [map, why] of [
    [without, /the map has no store/],
    [loader, /has no method `find\(query\)`/],
  ] as const) {
    for (const source of ['store', 'both'] as const) {
      const query = map.query({ source });
      for (const call of [() => query.toArray(), () => query.count(), () => query.explain(), () => query.first()]) {
        const error = await refusal(call());
        assert.instance(error, ConfigError);
        assert.match(String(error), why);
      }
    }
    assert.is(await map.query({ source: 'memory' }).count(), 0);
  }
  // @ts-expect-error -- the compiler says so too
  assert.throws(() => without.query({ source: 'disk' }), /'memory', 'store' or 'both', not "disk"/);
  // @ts-expect-error -- likewise
  assert.throws(() => without.query({ sauce: 'store' }), /no option 'sauce'/);
});

test('B3 resultSizeLimit is for rows of the database too', async () => {
  await using db = await schema();
  await db.sql('create table many (id int primary key)');
  await db.sql('insert into many select generate_series(1, 50)');
  await using instance = newInstance({
    maps: { many: { resultSizeLimit: 20, mapStore: { implementation: new KnexMapStore({ connection: db.url, where: 'false' }) } } },
  });
  const many = await instance.getMap<number, { readonly id: number }>('many');
  assert.is((await refusal(many.query({ source: 'store' }).toArray())).code, 'ERR_QUERY_RESULT_SIZE');
  assert.is((await many.query({ source: 'store' }).limit(20).toArray()).length, 20);
});

test('B3 a query is given up at once, though it still waits for a connection, and the connection is not lost', async () => {
  await using db = await schema();
  await db.sql('create table orders as select n as id from generate_series(1, 3000) n; alter table orders add primary key (id)');
  const implementation = new KnexMapStore<number, { id: number }>({ connection: db.url, connections: 1, where: 'false' });
  await using instance = newInstance({ maps: { orders: { mapStore: { implementation } } } });
  const map = await instance.getMap<number, { id: number }>('orders');
  assert.is(await map.query({ source: 'store' }).count(), 3000);
  for (const source of ['store', 'both'] as const) {
    const query = map.query({ source });
    const iteration = query[Symbol.asyncIterator]();
    await iteration.next(); // holds the only connection
    const control = new AbortController();
    const waiting = refusal(query.where('id > 7').toArray({ signal: control.signal }));
    await new Promise((resolve) => setImmediate(resolve));
    control.abort();
    assert.is((await waiting).code, 'ERR_ABORTED');
    await iteration.return?.();
    assert.is(await query.count(), 3000);
  }
});

test('B3 an iteration that nobody goes on with keeps no map from being closed, and says so when it is gone on with', async () => {
  await using db = await schema();
  await db.sql('create table orders as select n as id from generate_series(1, 3000) n; alter table orders add primary key (id)');
  for (const source of ['store', 'both'] as const) {
    const implementation = new KnexMapStore<number, { id: number }>({ connection: db.url, connections: 1, where: 'false' });
    const instance = newInstance({ clock: testClock(), maps: { orders: { mapStore: { implementation } } } });
    const map = await instance.getMap<number, { id: number }>('orders');
    const iteration = map.query({ source })[Symbol.asyncIterator]();
    await iteration.next();
    await instance.close();
    assert.is((await refusal(Promise.resolve(iteration.next()))).code, 'ERR_INSTANCE_CLOSED');
  }
});

test('B3 pages have each row once, whatever memory comes to hold between them', async () => {
  await using db = await schema();
  await db.sql(`create table plain (id text primary key, g int); insert into plain select chr(64 + i % 2 * 32 + i), 0 from generate_series(1, 20) i;
    create table pairs (a text, b int, g int, primary key (a, b)); insert into pairs select chr(64 + i % 2 * 32 + i / 3), i, 0 from generate_series(1, 20) i`);
  for (const table of ['plain', 'pairs']) {
    await using instance = newInstance({
      maps: { [table]: { mapStore: { implementation: new KnexMapStore({ connection: db.url, where: 'false' }) } } },
    });
    const map = await instance.getMap<unknown, { g: number; t?: string }>(table);
    for (const source of ['store', 'both'] as const) {
      const all = map.query({ source });
      for (const query of [all, all.orderBy('g'), all.where('g < 1').orderBy('g', 'desc'), all.where("t REGEX 'x' OR g = 0")]) {
        const keys: unknown[] = [];
        for (let page = 0; page < 7; page++) {
          const [first, ...rest] = await query
            .limit(3)
            .offset(page * 3)
            .keys();
          keys.push(...(first === undefined ? [] : [first]), ...rest);
          await map.evictAll();
          const some = await map
            .query({ source: 'store' })
            .where('g = 0')
            .orderBy('g')
            .offset((page * 7) % 15)
            .limit(4)
            .keys();
          await map.getAll(some.toReversed());
        }
        assert.is(new Set(keys.map((key) => JSON.stringify(key))).size, 20, `${table} ${source}: ${JSON.stringify(keys)}`);
        assert.is(keys.length, 20);
      }
    }
  }
});

test('B3 a composite value of nulls is there', async () => {
  await using db = await schema();
  await db.sql(`create type pair as (a int, b text); create table items (id int primary key, c pair);
    insert into items values (1, '(1,x)'), (2, '(,)'), (3, null), (4, '(1,)')`);
  const implementation = new KnexMapStore<number, { c: string | null }>({ connection: db.url, table: 'items' });
  await using instance = newInstance({ maps: { items: { mapStore: { implementation, initialMode: 'EAGER' } } } });
  const map = await instance.getMap<number, { c: string | null }>('items');
  for (const predicate of ['c IS NULL', 'c IS NOT NULL', "c != '(1,x)'", 'c IS DISTINCT FROM NULL']) {
    const [memory, store] = [await map.query().where(predicate).keys(), await map.query({ source: 'store' }).where(predicate).keys()];
    assert.equal(store.toSorted(), memory.toSorted(), predicate);
  }
  assert.equal(await map.query({ source: 'store' }).where('c IS NULL').keys(), [3]);
});

test('B3 keys of several columns', async () => {
  await using db = await schema();
  await db.sql('create table lines (o int, n int, what text collate "C", primary key (o, n))');
  await db.sql(`insert into lines select o, n, 'x' || n from generate_series(1, 3) o, generate_series(1, 3) n`);
  await using instance = newInstance({
    maps: { lines: { mapStore: { implementation: new KnexMapStore({ connection: db.url, where: 'false' }) } } },
  });
  const lines = await instance.getMap<{ o: number; n: number }, { readonly o: number; readonly n: number; readonly what: string }>('lines');
  await lines.putTransient({ o: 2, n: 2 }, { o: 2, n: 2, what: 'mine' });
  const query = lines.query({ source: 'both' }).where("__key.o = 2 AND __key IS NOT NULL AND what < 'x3'");
  assert.equal(
    (await query.orderBy('n').entries()).map(([{ o, n }, { what }]) => [o, n, what]),
    [
      [2, 1, 'x1'],
      [2, 2, 'mine'],
    ],
  );
});

test.run();
