/**
 * Push-down against memory and PostgreSQL (M32, B2, B3): each predicate asked of a map with all rows in memory, of the database through the store, of
 * both with random subsets in memory, and of PostgreSQL directly.
 *
 * The map's rows are what the store itself reads from the table, so typed columns, jsonb columns and evil values are the same on all sides.
 */
import fc from 'fast-check';
import * as assert from 'uvu/assert';
import { newInstance, type IMap, type Instance } from '../../lib/index.ts';
import { KnexMapStore } from '../../stores/knex/index.ts';
import { describe } from '../kit/describe.ts';
import { schema, type TestSchema } from '../kit/postgres.ts';
import { EFFORT, SEED } from '../kit/seed.ts';
import { conditionArbitrary, type Condition } from './conditions.ts';
import { createTable, fillTable, rowArbitrary, type Row } from './rows.ts';

const ROUNDS = 2;
const ROWS = 120;
const PREDICATES = 70;

const test = describe('push-down against PostgreSQL');

/** As `rows.ts` writes them, with the columns of an address in a jsonb column as well. */
const COLUMNS = { id: true, i: true, f: true, s: true, t: true, b: true, d: true, big: true, address: 'address', tags: true } as const;

interface World {
  readonly db: TestSchema;
  readonly instance: Instance;
  /** All rows in memory. */
  readonly whole: IMap<number, Row>;
  /** Some rows in memory, all in the database. */
  readonly some: IMap<number, Row>;
  readonly rows: ReadonlyMap<number, Row>;
}

for (let round = 0; round < Math.ceil(ROUNDS * EFFORT); round++) {
  const seed = SEED + round * 6_007;
  test(
    `M32 round ${round}: memory, push-down and PostgreSQL agree`,
    async () => {
      await using db = await schema();
      await using instance = newInstance({
        maps: {
          whole: { mapStore: { implementation: storeOf(db), initialMode: 'EAGER' } },
          some: { mapStore: { implementation: storeOf(db), initialMode: 'LAZY' } },
        },
      });
      const world = await openWorld(db, instance, seed);
      await fc.assert(
        fc.asyncProperty(conditionArbitrary, (condition) => sameAnswers(world, condition)),
        { seed, numRuns: PREDICATES, includeErrorInReport: true },
      );
    },
    { timeoutMs: 60_000 },
  );
}

function storeOf(db: TestSchema): KnexMapStore<number, Row> {
  const store = new KnexMapStore<number, Row>({ connection: db.url, table: 'rows', columns: COLUMNS });
  // Nothing is loaded at the start but what a test asks for.
  Object.defineProperty(store, 'loadOwned', { value: undefined });
  return store;
}

async function openWorld(db: TestSchema, instance: Instance, seed: number): Promise<World> {
  await createTable(db.knex);
  await db.sql('alter table rows add address jsonb');
  const sampled = fc.sample(fc.tuple(...Array.from({ length: ROWS }, (_, id) => rowArbitrary(id))), { seed, numRuns: 1 })[0] as Row[];
  await fillTable(db.knex, sampled);
  for (const { id, address } of sampled) {
    await db.sql('update rows set address = ?::jsonb where id = ?', [address == null ? null : JSON.stringify(address), id]);
  }
  const whole = await instance.getMap<number, Row>('whole');
  const some = await instance.getMap<number, Row>('some');
  const rows = new Map(sampled.map((row) => [row.id, row]));
  await whole.getAll(rows.keys());
  await some.evictAll();
  await some.getAll([...rows.keys()].filter((id) => id % 3 === 0));
  return { db, instance, whole, some, rows };
}

async function sameAnswers({ db, whole, some }: World, { sql, postgres }: Condition): Promise<void> {
  const found = await db.sql(`select id, i from rows where ${postgres} order by i, id`);
  const expected = numbers(found.map((row) => row['id'] as number));
  const order = found.slice(0, 7).map((row) => (row['i'] as number | null) ?? null);
  assert.equal(numbers(await whole.keySet(sql)), expected, `memory: ${sql}`);

  for (const source of ['store', 'both'] as const) {
    const query = some.query({ source }).where(sql);
    const said = async (): Promise<string> => `${source}: ${sql}\n${String(await query.explain())}`;
    const keys = numbers(await query.keys());
    if (keys.join() !== expected.join()) assert.equal(keys, expected, await said());
    assert.is(await query.count(), expected.length, `${source}, count: ${sql}`);
    const first = await query.orderBy('i').limit(7).toArray();
    assert.equal(
      first.map((row) => row.i ?? null),
      order,
      `${source}, first by i: ${sql}`,
    );
  }
}

function numbers(ids: readonly number[]): number[] {
  return ids.toSorted((a, b) => a - b);
}

test.run();
