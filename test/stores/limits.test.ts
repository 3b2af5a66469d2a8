/** What a column would round or cut is refused, for keys as for attributes; what it holds exactly is stored. */
import * as fc from 'fast-check';
import * as assert from 'uvu/assert';
import { ValueError } from '../../lib/errors.ts';
import { describe } from '../kit/describe.ts';
import { EFFORT, SEED } from '../kit/seed.ts';
import { failure, openedStore } from './opened-store.ts';

interface Case {
  readonly type: string;
  readonly held: readonly unknown[];
  readonly refused: readonly unknown[];
  readonly why: string;
}

const test = describe('KnexMapStore: limits');
const at = (text: string): Date => new Date(`2026-01-01T00:00:${text}Z`);
const CASES: readonly Case[] = [
  { type: 'numeric(10,2)', held: [1.01, 1.5, 0, -3, 1200], refused: [1.005, 1e-7, 0.1 + 0.2], why: 'keeps 2 decimals' },
  { type: 'numeric(5,0)', held: [12, -12], refused: [0.5], why: 'keeps 0 decimals' },
  { type: 'timestamptz(0)', held: [at('01'), Infinity, new Date(-1000)], refused: [at('00.700'), new Date(-1)], why: 'to 1000 ms' },
  { type: 'timestamp(2)', held: [at('01.120')], refused: [at('01.123')], why: 'to 10 ms' },
  { type: 'varchar(3)', held: ['abc', 'a  ', '\u{1F600}'.repeat(3)], refused: ['abc ', 'abcd'], why: 'keeps 3 characters' },
  { type: 'name', held: ['a'.repeat(63)], refused: ['a'.repeat(64), 'é'.repeat(32)], why: 'keeps 63 bytes' },
  { type: 'oid', held: [0, 4_294_967_295], refused: [-1, 4_294_967_296], why: 'from 0 to 4294967295' },
  { type: 'money_of_money', held: [1.25], refused: [0.125], why: 'keeps 2 decimals' },
];

const DOMAINS = 'create domain money_type as numeric(10,2); create domain money_of_money as money_type';

for (const { type, held, refused, why } of CASES) {
  test(`a column of ${type}`, async () => {
    await using open = await openedStore<number, { id: number; v: unknown; list: unknown }>(
      `${DOMAINS}; create table people(id int primary key, v ${type}, list ${type}[])`,
    );
    const { store } = open;
    for (const v of refused) {
      for (const value of [
        { id: 1, v, list: null },
        { id: 1, v: null, list: [v] },
      ]) {
        const error = await failure(store.store(1, value));
        assert.instance(error, ValueError, String(v));
        assert.match(error.message, why);
      }
    }
    for (const v of held) {
      const value = { id: 1, v, list: [v] };
      await store.store(1, value);
      assert.equal(await store.load(1), value);
    }
  });

  test(`a key of ${type}`, async () => {
    await using open = await openedStore<unknown, { v: string }>(`${DOMAINS}; create table people(id ${type} primary key, v text)`, {
      keyInValue: false,
    });
    const { store } = open;
    for (const key of held) await store.store(key, { v: 'held' });
    for (const key of refused) {
      assert.instance(await failure(store.store(key, { v: 'over it' })), ValueError, String(key));
      assert.instance(await failure(store.delete(key)), ValueError);
    }
    assert.equal(new Set((await open.db.sql('select v from people')).map((row) => row['v'])), new Set(['held']));
  });
}

test('a numeric holds a number exactly, or it is refused', async () => {
  await using open = await openedStore<number, { id: number; v: number }>('create table people(id int primary key, v numeric(15,3))');
  const { store } = open;
  const decimal = fc.tuple(fc.integer({ min: -(10 ** 9), max: 10 ** 9 }), fc.integer({ min: 0, max: 8 })).map(([n, e]) => n / 10 ** e);
  await fc.assert(
    fc.asyncProperty(fc.array(decimal, { minLength: 1, maxLength: 30 }), async (numbers) => {
      for (const v of numbers) {
        const isHeld = Number(v.toFixed(3)) === v;
        const outcome = await store.store(1, { id: 1, v }).then(() => 'stored').catch((error: unknown) => error); // prettier-ignore
        if (!isHeld) assert.instance(outcome, ValueError, String(v));
        else assert.is((await store.load(1))?.v, v === 0 ? 0 : v);
      }
    }),
    { seed: SEED, numRuns: 8 * EFFORT },
  );
});

test('digits of a numeric keep to its scale too, zeros at the end aside', async () => {
  await using open = await openedStore<number, { id: number; v: string }>('create table people(id int primary key, v numeric(30,2))', {
    numeric: 'string',
  });
  for (const v of ['1.5', '1.500', '150e-2', '1e3', 'NaN']) await open.store.store(1, { id: 1, v });
  for (const v of ['1.505', '1e-3', '.001']) assert.match((await failure(open.store.store(1, { id: 1, v }))).message, 'keeps 2 decimals');
});

test.run();
