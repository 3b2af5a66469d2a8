/**
 * Push-down against memory (M32): evil columns of every type, every form of predicate, constants of every type.
 *
 * What memory answers is held against PostgreSQL by `predicates.test.ts`; here the same rows, read by the store, are asked in memory and in the
 * database. A map without a store is the model: the rows as they must look from outside, whatever is in memory, changed there, or waits to be written.
 */
import fc from 'fast-check';
import * as assert from 'uvu/assert';
import type { Predicate } from '../../grammar/ast.ts';
import { print } from '../../grammar/print.ts';
import { newInstance, type IMap } from '../../lib/index.ts';
import { compareValues } from '../../lib/data/compare.ts';
import { attributeReader } from '../../lib/data/attribute.ts';
import { PredicateObject } from '../../lib/query/predicates/predicate-object.ts';
import { KnexMapStore } from '../../stores/knex/index.ts';
import { describe } from '../kit/describe.ts';
import { schema, type TestSchema } from '../kit/postgres.ts';
import { EFFORT, SEED } from '../kit/seed.ts';
import { attributes, createEvilTable, predicates, TABLE_OPTIONS } from './evil-columns.ts';

type Row = Record<string, unknown>;

const ROWS = 150;
const PREDICATES = 220;
const ORDERS = 60;

const test = describe('push-down of every type');

function storeOf(db: TestSchema): KnexMapStore<number, Row> {
  const store = new KnexMapStore<number, Row>({
    json: 'nearest',
    connection: db.url,
    table: 'evil',
    key: 'id',
    ...TABLE_OPTIONS,
    columns: TABLE_OPTIONS.columns,
  });
  // Nothing is loaded but what the test asks for.
  Object.defineProperty(store, 'loadOwned', { value: undefined });
  Object.defineProperty(store, 'loadAllKeys', { value: undefined });
  return store;
}

interface Asked {
  readonly where: Predicate;
  readonly source: 'store' | 'both';
}

async function keysOf(map: IMap<number, Row>, where: Predicate, source: 'memory' | 'store' | 'both'): Promise<number[]> {
  return (await queryOf(map, where, source).keys()).toSorted((a, b) => a - b);
}

function queryOf(map: IMap<number, Row>, where: Predicate, source: 'memory' | 'store' | 'both'): ReturnType<IMap<number, Row>['query']> {
  return map.query({ source }).where(new PredicateObject<Row>(where));
}

async function explained(map: IMap<number, Row>, { where, source }: Asked): Promise<string> {
  return `${source}: ${print(where)}\n${String(await queryOf(map, where, source).explain())}`;
}

async function sameKeys(map: IMap<number, Row>, model: IMap<number, Row>, asked: Asked): Promise<void> {
  const expected = await keysOf(model, asked.where, 'memory');
  const found = await keysOf(map, asked.where, asked.source).catch(async (error: unknown) => {
    throw new Error(`${await explained(map, asked).catch(() => print(asked.where))}\n${String(error)}`, { cause: error });
  });
  if (found.join() !== expected.join()) assert.equal(found, expected, await explained(map, asked));
}

for (const source of ['store', 'both'] as const) {
  test(
    `M32 ${PREDICATES} random predicates, from ${source}`,
    async () => {
      await using db = await schema();
      await createEvilTable(db, ROWS, SEED);
      await using instance = newInstance({ maps: { evil: { mapStore: { implementation: storeOf(db) } } } });
      const map = await instance.getMap<number, Row>('evil');
      const model = await instance.getMap<number, Row>('model');
      const rows = await map.getAll(Array.from({ length: ROWS }, (_, id) => id));
      assert.is(rows.size, ROWS);
      await model.putAll(rows);
      await map.evictAll();
      if (source === 'both') await shuffleMemory(map, model, rows);
      let pushed = 0;
      await fc.assert(
        fc.asyncProperty(predicates, async (where) => {
          await sameKeys(map, model, { where, source });
          assert.is(await queryOf(map, where, source).count(), await queryOf(model, where, 'memory').count(), print(where));
          if (pushed++ % 5 === 0) await sameOrder(map, model, { where, source }, pushed);
        }),
        { seed: SEED, numRuns: Math.ceil(PREDICATES * EFFORT), includeErrorInReport: true },
      );
      assert.is(await map.size(), source === 'both' ? 75 : 0, 'rows of the database are not kept in memory');
    },
    { timeoutMs: 120_000 * EFFORT },
  );
}

/** Half of the rows into memory, some of them changed there and only there, and some that the database has not. */
async function shuffleMemory(map: IMap<number, Row>, model: IMap<number, Row>, rows: ReadonlyMap<number, Row>): Promise<void> {
  for (const [id, row] of rows) {
    if (id % 4 === 0) await map.get(id);
    if (id % 4 !== 1 || id > 142) continue;
    const other = { ...rows.get((id * 7) % ROWS), id };
    await map.putTransient(id, other);
    await model.put(id, other);
    if (row === other) throw new Error('not changed');
  }
  const size = await map.size();
  for (let id = 1000; id < 1000 + 75 - size; id++) {
    const other = { ...rows.get(id % ROWS), id };
    await map.putTransient(id, other);
    await model.put(id, other);
  }
}

async function sameOrder(map: IMap<number, Row>, model: IMap<number, Row>, { where, source }: Asked, seed: number): Promise<void> {
  const order = fc.tuple(
    attributes,
    fc.boolean(),
    attributes,
    fc.boolean(),
    fc.integer({ min: 0, max: 3 }),
    fc.constantFrom(0, 1, 7, 40, 400),
  );
  for (const [first, up, second, upToo, offset, limit] of fc.sample(order, { seed: SEED + seed, numRuns: 3 })) {
    if ([first, second].some(({ text }) => text.includes('[any]'))) continue;
    const paths = upToo ? [first, second] : [first];
    const readers = paths.map((path) => attributeReader(path));
    const page = async (of: IMap<number, Row>, from: 'memory' | 'store' | 'both'): Promise<unknown[][]> => {
      let query = queryOf(of, where, from);
      for (const path of paths) query = query.orderBy(path.text as never, up ? 'asc' : 'desc');
      const entries = await query.offset(offset).limit(limit).entries();
      return entries.map(([key, value]) => readers.map((read) => read(key, value)));
    };
    const [found, expected] = [await page(map, source), await page(model, 'memory')];
    const differ =
      found.length !== expected.length ||
      found.some((row, at) => row.some((value, part) => compareValues(value, expected[at]![part]) !== 0));
    if (differ)
      assert.equal(
        found,
        expected,
        `by ${paths.map(({ text }) => text).join()} ${up ? 'asc' : 'desc'} ${offset} ${limit} ${await explained(map, { where, source })}`,
      );
  }
}

test('M32 writes that wait in write-behind are laid over the rows', async () => {
  await using db = await schema();
  await createEvilTable(db, 60, SEED + 1);
  await using instance = newInstance({ maps: { evil: { mapStore: { implementation: storeOf(db), writeDelaySeconds: 3600 } } } });
  const map = await instance.getMap<number, Row>('evil');
  const model = await instance.getMap<number, Row>('model');
  const rows = await map.getAll(Array.from({ length: 60 }, (_, id) => id));
  await model.putAll(rows);
  for (const id of rows.keys()) {
    // What waits is written when the map is closed, and JSON can't hold an infinity.
    const other = { ...rows.get((id * 7) % 60), id, doc: { a: id % 7, n: { b: 'a' } }, plain: null };
    if (id % 3 === 0) for (const one of [map, model]) await one.set(id, other);
    if (id % 3 === 1) for (const one of [map, model]) await one.delete(id);
  }
  for (const source of ['store', 'both'] as const) {
    await fc.assert(
      fc.asyncProperty(predicates, async (where) => {
        await sameKeys(map, model, { where, source });
        assert.is(await queryOf(map, where, source).count(), await queryOf(model, where, 'memory').count(), print(where));
      }),
      { seed: SEED, numRuns: Math.ceil(ORDERS * EFFORT), includeErrorInReport: true },
    );
    await sameOrder(map, model, { where: { kind: 'constant', value: true }, source }, 5);
  }
});

test.run();
