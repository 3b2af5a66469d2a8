/** What the database makes of a row comes back from `store`, and is what the map has (M60). */
import * as assert from 'uvu/assert';
import { newInstance } from '../../lib/index.ts';
import { KnexMapStore } from '../../stores/knex/index.ts';
import { describe } from '../kit/describe.ts';
import { schema } from '../kit/postgres.ts';
import { failure, openedStore } from './opened-store.ts';

const test = describe('KnexMapStore: what the database makes of rows');

interface Order {
  readonly id: number;
  readonly item: string | null;
  readonly number?: number;
  readonly label?: string;
  readonly made?: string;
  readonly seen?: number;
  readonly first?: string;
}

/** Filled by a sequence, a generated column, a default, a trigger at each write, and only by the first write. */
const ORDERS = `create table orders(id int primary key, item text, number int generated always as identity,
  label text generated always as (item || '!') stored, made text not null default 'by default', seen int, first text);
  create function bump() returns trigger language plpgsql as $$ begin new.seen := coalesce(old.seen, 0) + 1; return new; end $$;
  create trigger bump before insert or update on orders for each row execute function bump()`;
const COLUMNS = { id: true, item: true, number: true, label: true, made: { write: 'never' }, seen: { returning: true }, first: { write: 'insert' } } as const; // prettier-ignore

test('M60 store gives the value as the row has it', async () => {
  await using open = await openedStore<number, Order>(ORDERS, { columns: COLUMNS }, 'orders');
  const { store, db } = open;
  const made = await store.store(7, { id: 7, item: 'ink', first: 'a' });
  assert.equal(made, { id: 7, item: 'ink', first: 'a', number: 1, label: 'ink!', made: 'by default', seen: 1 });
  assert.equal(await store.load(7), made);
  await db.sql(`update orders set made = 'by hand'`);
  const again = await store.store(7, { ...made!, item: 'pen', first: 'b' });
  assert.equal(again, { id: 7, item: 'pen', first: 'a', number: 1, label: 'pen!', made: 'by hand', seen: 3 });
  assert.equal(await store.load(7), again);
});

test('M60 storeAll gives them by key, whatever the order, over many statements', async () => {
  await using open = await openedStore<number, Order>(ORDERS, { columns: COLUMNS }, 'orders');
  const { store } = open;
  const ids = Array.from({ length: 2_500 }, (_, index) => (index * 7919) % 2_500);
  for (const seen of [1, 2]) {
    const made = await store.storeAll(new Map(ids.map((id) => [id, { id, item: `i${id}`, first: 'a' }])));
    assert.equal([...made!.keys()], ids);
    for (const [id, value] of made!) {
      assert.is(value.label, `i${id}!`);
      assert.is(value.seen, seen);
    }
    assert.equal(made, await store.loadAll(ids));
  }
});

test('M60 concurrent stores share statements and each gets its own row', async () => {
  await using open = await openedStore<number, Order>(ORDERS, { columns: COLUMNS }, 'orders');
  const values = await Promise.all(Array.from({ length: 200 }, (_, id) => open.store.store(id, { id, item: `i${id}` })));
  for (const [id, value] of values.entries()) assert.is(value?.label, `i${id}!`);
  assert.is(new Set(values.map((value) => value?.number)).size, 200);
});

test('M60 the map, its indexes and later reads have what the database made', async () => {
  await using db = await schema();
  await db.sql(ORDERS);
  const implementation = new KnexMapStore<number, Order>({ connection: db.url, columns: COLUMNS });
  await using instance = newInstance({ maps: { orders: { indexes: [{ attribute: 'label' }], mapStore: { implementation } } } });
  const orders = await instance.getMap<number, Order>('orders');
  await orders.set(1, { id: 1, item: 'ink' });
  await orders.putAll([[2, { id: 2, item: 'pen' }], [3, { id: 3, item: 'cap' }]]); // prettier-ignore
  assert.equal((await orders.get(1))?.label, 'ink!');
  assert.equal(await orders.keySet(`label = 'pen!' OR label = 'cap!'`), [2, 3]);
  assert.equal([...(await orders.getAll([1, 2, 3])).values()].map(({ seen }) => seen), [1, 1, 1]); // prettier-ignore
});

test('what comes back as it went is not given again', async () => {
  interface Dated extends Order {
    readonly at: Date;
  }
  const columns = { id: true, item: { returning: true }, at: { write: 'insert' } } as const;
  await using open = await openedStore<number, Dated>(`${ORDERS}; alter table orders add column at timestamptz`, { columns }, 'orders');
  const at = new Date(7);
  assert.is(await open.store.store(1, { id: 1, item: 'ink', at }), undefined);
  assert.is((await open.store.storeAll(new Map([[1, { id: 1, item: 'ink', at }]])))?.size, 0);
  assert.equal(await open.store.store(1, { id: 1, item: 'ink', at: new Date(8) }), { id: 1, item: 'ink', at });
});

test('keys that only their binary form tells exactly, of several columns, through converters', async () => {
  interface Place {
    readonly at: Date;
    readonly name: string;
  }
  const sql = `create table places(at timestamptz(3), name text, visits int not null default 0, primary key (at, name))`;
  await using open = await openedStore<Place, Place & { visits?: number }>(
    sql,
    {
      key: ['at', 'name'],
      columns: {
        at: true,
        name: { toColumn: (name) => `<${name}>`, fromColumn: (raw) => String(raw).slice(1, -1) },
        visits: { write: 'never' },
      },
    },
    'places',
  );
  const keys: Place[] = [new Date(-1), new Date(123)].flatMap((at) => ['b\0'.slice(0, 1), 'a', 'ü"\\'].map((name) => ({ at, name })));
  const made = await open.store.storeAll(new Map(keys.map((key) => [key, key])));
  assert.equal([...made!], keys.map((key) => [key, { ...key, visits: 0 }])); // prettier-ignore
});

test('rows that are only touched are given too, and rows that a trigger keeps out fail', async () => {
  const sql = `create table people(id int primary key, name text, born text not null default 'x');
    create function keep_out() returns trigger language plpgsql as $$ begin if new.name = 'out' then return null; end if; return new; end $$;
    create trigger keep_out before insert on people for each row execute function keep_out()`;
  await using open = await openedStore<number, { id: number; name: string; born?: string }>(sql, {
    columns: { id: true, name: { write: 'insert' }, born: { write: 'never' } },
  });
  assert.equal(await open.store.store(1, { id: 1, name: 'a' }), { id: 1, name: 'a', born: 'x' });
  assert.equal(await open.store.store(1, { id: 1, name: 'b' }), { id: 1, name: 'a', born: 'x' });
  assert.match((await failure(open.store.store(2, { id: 2, name: 'out' }))).message, 'the row of key 2 was kept out of the table');
});

test.run();
