/** One row is one key: a key in another form than its row gives is refused, and types that have several forms can be no keys. */
import * as assert from 'uvu/assert';
import { KeyError } from '../../lib/errors.ts';
import type { ColumnSpec, KnexMapStoreOptions } from '../../stores/knex/index.ts';
import { KnexMapStore } from '../../stores/knex/index.ts';
import { describe } from '../kit/describe.ts';
import { schema } from '../kit/postgres.ts';
import { failure, openedStore, ownedBy } from './opened-store.ts';

interface Item {
  readonly v: string;
}

interface Case {
  readonly type: string;
  readonly options?: Partial<KnexMapStoreOptions<Item>>;
  readonly key?: ColumnSpec;
  readonly right: unknown;
  readonly wrong: readonly unknown[];
}

const CASES: readonly Case[] = [
  { type: 'int4', right: 1, wrong: [1n] },
  { type: 'int8', right: 5, wrong: [5n] },
  { type: 'int8', right: 2n ** 60n, wrong: [] },
  { type: 'int8', options: { int8: 'bigint' }, right: 5n, wrong: [5] },
  { type: 'int8', options: { int8: 'string' }, right: '5', wrong: [5, 5n] },
  { type: 'numeric(15,2)', right: 1.5, wrong: [] },
  { type: 'float8', right: 0, wrong: [] },
  { type: 'id_of_id', right: 7, wrong: [7n] },
  { type: 'mood', right: 'ok', wrong: [] },
  { type: 'text', key: { toColumn: (key) => (key as string).toLowerCase() }, right: 'bob', wrong: ['Bob'] },
  {
    type: 'timestamptz(3)',
    key: { toColumn: (key) => new Date(key as string), fromColumn: (raw) => (raw as Date).toISOString() },
    right: '2026-01-01T00:00:00.000Z',
    wrong: ['2026-01-01'],
  },
];
const TYPES = `create domain an_id as int; create domain id_of_id as an_id; create type mood as enum ('ok')`;

const test = describe('KnexMapStore: keys');

for (const { type, options, key, right, wrong } of CASES) {
  test(`${type} ${options?.int8 ?? ''}: ${typeof right} ${String(right)}, and no other form`, async () => {
    await using open = await openedStore<unknown, Item>(`${TYPES}; create table people(id ${type} primary key, v text)`, {
      keyInValue: false,
      key: { id: key ?? true },
      columns: { v: true },
      ...options,
    });
    const { store } = open;
    await store.store(right, { v: 'right' });
    for (const other of wrong) {
      for (const call of [
        store.store(other, { v: 'wrong' }),
        store.load(other),
        store.loadAll([right, other]),
        store.delete(other),
        store.deleteAll([other]),
      ]) {
        const error = await failure(call);
        assert.instance(error, KeyError, String(error));
        assert.is(store.failureKind(error), 'poison');
        assert.match(error.message, `as ${typeof right === 'bigint' ? `${right}n` : JSON.stringify(right)}: use it in that form`);
      }
    }
    assert.equal(await ownedBy(store), new Map([[right, { v: 'right' }]]));
    assert.equal(await store.loadAll([right]), new Map([[right, { v: 'right' }]]));
  });
}

test('minus zero is zero', async () => {
  await using open = await openedStore<number, Item>('create table people(id float8 primary key, v text)', { keyInValue: false });
  await Promise.all([open.store.store(0, { v: 'a' }), open.store.store(-0, { v: 'b' })]);
  assert.equal(await open.store.load(0), { v: 'b' });
});

for (const [type, why] of [
  ['inet', "which can't be a key"],
  ['interval', "which can't be a key"],
  ['real', "which can't be a key"],
  ['email', "which can't be a key"],
  ['padded_twice', 'strings that differ would be the same key'],
  ['numeric(20)', 'more than 15 digits do not fit a number'],
  ['numeric', 'more than 15 digits do not fit a number'],
] as const) {
  test(`${type} is refused at the start, whether the value has it or not`, async () => {
    await using db = await schema();
    if (type === 'email') await db.sql('create extension if not exists citext schema public');
    await db.sql(`create domain padded as char(5); create domain padded_twice as padded;
      ${type === 'email' ? 'create domain email as public.citext;' : ''} create table people(id ${type} primary key, v text)`);
    for (const keyInValue of [true, false]) {
      const store = new KnexMapStore<unknown, Item>({ connection: db.url, keyInValue });
      const error = await failure(store.init({ mapName: 'people', properties: {} }));
      assert.is(error.code, 'ERR_STORE_SCHEMA');
      assert.match(error.message, why);
    }
  });
}

test('domains of domains are what they are made of', async () => {
  await using open = await openedStore<number, { id: number; age: number; list: number[] }>(
    `${TYPES}; create table people(id id_of_id primary key, age id_of_id, list id_of_id[])`,
  );
  await open.store.store(1, { id: 1, age: 2, list: [3] });
  assert.equal(await ownedBy(open.store), new Map([[1, { id: 1, age: 2, list: [3] }]]));
  assert.equal(await open.store.load(1), { id: 1, age: 2, list: [3] });
});

test.run();
