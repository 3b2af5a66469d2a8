/**
 * Every predicate against PostgreSQL (M31, M32, B2): the same rows in a table and in maps that differ only in their indexes.
 *
 * Each round fills the table and the maps with random rows, tries predicates, changes and removes rows in both, and tries more. A predicate is
 * asked as SQL text and, where it has such a form, as criteria; of each map the keys, the count, and the first rows by an order. A failure is
 * shrunk by fast-check and printed with the seed that repeats it.
 */
import fc from 'fast-check';
import * as assert from 'uvu/assert';
import { newInstance, type IMap, type Instance, type SortedOrHashIndex } from '../../lib/index.ts';
import { describe } from '../kit/describe.ts';
import { schema, type TestSchema } from '../kit/postgres.ts';
import { EFFORT, SEED } from '../kit/seed.ts';
import { conditionArbitrary, type Condition } from './conditions.ts';
import { createTable, fillTable, rowArbitrary, type Row } from './rows.ts';

const ROUNDS = 30;
const ROWS = 120;
const PREDICATES = 320;

const ATTRIBUTES = ['i', 'f', 's', 't', 'b', 'd', 'big', 'address.city', 'address.zip'];
const each = (type: SortedOrHashIndex['type']): SortedOrHashIndex[] => ATTRIBUTES.map((attribute) => ({ type, attributes: [attribute] }));

/** The same rows behind each of these must give the same answers. */
const INDEXINGS: Readonly<Record<string, readonly SortedOrHashIndex[]>> = {
  none: [],
  sorted: each('SORTED'),
  hash: each('HASH'),
  bitmap: each('BITMAP'),
  composite: [
    { type: 'SORTED', attributes: ['b', 'i'] },
    { type: 'SORTED', attributes: ['s', 'f', 'd'] },
    { type: 'HASH', attributes: ['address.city', 'b'] },
    { type: 'SORTED', attributes: ['i'] },
  ],
};

interface World {
  readonly instance: Instance;
  readonly maps: ReadonlyMap<string, IMap<number, Row>>;
  readonly db: TestSchema;
}

const test = describe('predicates against PostgreSQL');

for (const simd of [true, false]) {
  test(
    `${ROUNDS} rounds of random rows and predicates, ${simd ? 'SIMD' : 'plain'} kernels`,
    async () => {
      await using db = await schema();
      await createTable(db.knex);
      const rounds = Math.ceil((simd ? ROUNDS : ROUNDS / 4) * EFFORT);
      for (let round = 0; round < rounds; round++) await playRound(db, SEED + round * 7919 + (simd ? 0 : 1), simd);
    },
    { timeoutMs: 120_000 * EFFORT },
  );
}

async function playRound(db: TestSchema, seed: number, simd: boolean): Promise<void> {
  await using instance = newInstance({ simd });
  const world: World = { instance, maps: await openMaps(instance), db };
  const rows = new Map(sampleRows(seed, ROWS, 0).map((row) => [row.id, row]));
  for (const map of world.maps.values()) await map.putAll(rows);
  await fillTable(db.knex, [...rows.values()]);
  await tryPredicates(world, seed, PREDICATES / 2);

  const changed = sampleRows(seed + 1, ROWS / 2, ROWS / 2); // half of them new, half replacing
  const removed = [...rows.keys()].filter((id) => id % 5 === 0);
  for (const map of world.maps.values()) {
    for (const row of changed) await map.put(row.id, row);
    for (const id of removed) await map.remove(id);
  }
  for (const row of changed) rows.set(row.id, row);
  for (const id of removed) rows.delete(id);
  await fillTable(db.knex, [...rows.values()]);
  await tryPredicates(world, seed + 2, PREDICATES / 2);
}

async function openMaps(instance: Instance): Promise<Map<string, IMap<number, Row>>> {
  const maps = new Map<string, IMap<number, Row>>();
  for (const [name, indexes] of Object.entries(INDEXINGS)) {
    const map = await instance.getMap<number, Row>(name);
    for (const index of indexes) await map.addIndex(index);
    maps.set(name, map);
  }
  return maps;
}

function sampleRows(seed: number, count: number, firstId: number): Row[] {
  return fc.sample(fc.tuple(...Array.from({ length: count }, (_, position) => rowArbitrary(firstId + position))), {
    seed,
    numRuns: 1,
  })[0] as Row[];
}

async function tryPredicates(world: World, seed: number, count: number): Promise<void> {
  await fc.assert(
    fc.asyncProperty(conditionArbitrary, (condition) => sameAnswers(world, condition)),
    { seed, numRuns: count, includeErrorInReport: true },
  );
}

async function sameAnswers({ maps, db }: World, { sql, postgres, criteria }: Condition): Promise<void> {
  const found = await db.sql(`select id, i from rows where ${postgres} order by i, id`);
  const expected = found.map((row) => row['id'] as number).toSorted((a, b) => a - b);
  const order = found.slice(0, 7).map((row) => (row['i'] as number | null) ?? null);
  for (const [name, map] of maps) {
    const keys = await map.keySet(sql);
    assert.equal(
      keys.toSorted((a, b) => a - b),
      expected,
      `${name}, keys: ${sql}`,
    );
    assert.is(await map.query().where(sql).count(), expected.length, `${name}, count: ${sql}`);
    const first = await map.query().where(sql).orderBy('i').limit(7).toArray();
    assert.equal(
      first.map((row) => row.i ?? null),
      order,
      `${name}, first by i: ${sql}`,
    );
    if (criteria === undefined) continue;
    const byCriteria = await map.values(criteria);
    assert.equal(
      byCriteria.map((row) => row.id).toSorted((a, b) => a - b),
      expected,
      `${name}, criteria: ${criteria.toString()}`,
    );
  }
}

test.run();
