/** Push-down into documents (M32): the whole value in a jsonb column, some attributes repeated in generated columns, beside columns of their own. */
import fc from 'fast-check';
import * as assert from 'uvu/assert';
import type { Predicate } from '../../grammar/ast.ts';
import { print } from '../../grammar/print.ts';
import { newInstance, type IMap } from '../../lib/index.ts';
import { PredicateObject } from '../../lib/query/predicates/predicate-object.ts';
import { KnexMapStore } from '../../stores/knex/index.ts';
import { describe } from '../kit/describe.ts';
import { schema, type TestSchema } from '../kit/postgres.ts';
import { EFFORT, SEED } from '../kit/seed.ts';
import { predicatesAbout } from './evil-columns.ts';

type Value = Record<string, unknown>;

const ROWS = 120;
const PREDICATES = 120;
const PATHS = [
  'name',
  'name',
  'age',
  'age',
  'score',
  'sum',
  'active',
  'big',
  'free',
  'free',
  'list',
  'list[0]',
  'list.length',
  'address.city',
  'missing',
  'own',
  'this',
  '__key',
];

const test = describe('push-down into documents');

const texts = fc.constantFrom('', 'a', 'A', 'b', 'é', '30', 'true', '\u{1F600}', 'Joe', 'Jo_');
const anything = fc.oneof(texts, fc.constantFrom<unknown>(0, 1, 30, -0, 30.5, 0.1, true, false, null, [1], { x: 1 }));
const value: fc.Arbitrary<Value> = fc.record(
  {
    name: fc.oneof({ weight: 5, arbitrary: texts }, { weight: 1, arbitrary: fc.constantFrom<unknown>(30, null, ['a'], true) }),
    age: fc.oneof(
      { weight: 5, arbitrary: fc.constantFrom(0, 1, 9, 30, 31, -1) },
      { weight: 1, arbitrary: fc.constantFrom<unknown>('30', null, false) },
    ),
    score: fc.constantFrom(0.1, 0.30000000000000004, 1e300, 30, -0, 5e-324),
    sum: fc.constantFrom(0.1, 0.3, 0.30000000000000004, 30, 9_007_199_254_740_992),
    big: fc.constantFrom(0, 9_007_199_254_740_991, 30),
    active: fc.constantFrom<unknown>(true, false, 'true', null),
    free: anything,
    list: fc.array(anything, { maxLength: 2 }),
    address: fc.record({ city: anything }),
    own: fc.constantFrom<unknown>('a', 'b', null),
  },
  { requiredKeys: [] },
);

const PROMOTED = {
  name: { type: 'text' },
  age: { type: 'int4' },
  score: { type: 'float8' },
  sum: { type: 'numeric' },
  big: { type: 'int8' },
  active: { type: 'boolean' },
} as const;

async function openWorld(
  db: TestSchema,
  ownColumn: boolean,
  use: (map: IMap<number, Value>, model: IMap<number, Value>) => Promise<void>,
): Promise<void> {
  const store = new KnexMapStore<number, Value>({
    json: 'nearest',
    connection: db.url,
    table: 'documents',
    create: true,
    key: { id: { type: 'int4' } },
    document: { column: 'doc', promoted: PROMOTED },
    ...(ownColumn && { columns: { own: { type: 'text' } } }),
    where: 'false',
  });
  await using instance = newInstance({ maps: { documents: { mapStore: { implementation: store } } } });
  const map = await instance.getMap<number, Value>('documents');
  const model = await instance.getMap<number, Value>('model');
  const values = fc.sample(value, { seed: SEED, numRuns: ROWS });
  await map.putAll(values.entries());
  // A row without a document is as good as not there.
  if (!ownColumn) await db.sql(`insert into documents (id, doc) values (1000, 'null')`);
  await map.evictAll();
  await model.putAll(await map.getAll(values.keys()));
  await map.evictAll();
  await use(map, model);
}

for (const ownColumn of [false, true]) {
  test(`M32 ${PREDICATES} random predicates about documents${ownColumn ? ' beside columns' : ''}`, async () => {
    await using db = await schema();
    await openWorld(db, ownColumn, async (map, model) => {
      const keys = async (query: ReturnType<typeof map.query>): Promise<number[]> => (await query.keys()).toSorted((a, b) => a - b);
      await fc.assert(
        fc.asyncProperty(predicatesAbout(PATHS), async (where: Predicate) => {
          const predicate = new PredicateObject<Value>(where);
          const query = map.query({ source: 'store' }).where(predicate);
          const [found, expected] = [await keys(query), await keys(model.query().where(predicate))];
          if (found.join() !== expected.join()) assert.equal(found, expected, `${print(where)}\n${String(await query.explain())}`);
          assert.is(await query.count(), expected.length, print(where));
        }),
        { seed: SEED, numRuns: Math.ceil(PREDICATES * EFFORT), includeErrorInReport: true },
      );
    });
  });
}

test('B3 an index on a promoted column serves conditions on the attribute', async () => {
  await using db = await schema();
  await openWorld(db, false, async (map) => {
    await db.sql('create index on documents (age)');
    const { plan } = await map.query({ source: 'store' }).where('age < 9').explain();
    assert.match(plan.detail, '"age" < $1::integer AND CASE WHEN jsonb_typeof');
  });
});

test.run();
