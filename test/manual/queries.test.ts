/** M39, M40, M43-M46: the fluent query, paging, aggregation, plans, limits, and an event loop that keeps running. */
import * as assert from 'uvu/assert';
import { Aggregators, Predicates, type IMap } from '../../lib/index.ts';
import { describe } from '../kit/describe.ts';
import { openMap } from '../kit/instance.ts';
import { refusal } from '../kit/refusal.ts';
import { EMPLOYEES, type Employee } from './employees.ts';

const test = describe('manual: queries');
const ALL = [...EMPLOYEES.values()];

async function withEmployees(check: (map: IMap<number, Employee>) => Promise<void>): Promise<void> {
  for (const indexes of [[], [{ attribute: 'age', ordered: true }, { attribute: 'salary', ordered: true }, { attribute: 'active' }]]) {
    await using opened = await openMap<number, Employee>({ indexes });
    await opened.map.putAll(EMPLOYEES);
    await check(opened.map);
  }
}

test('M39 where, orderBy, limit, offset, select, toArray', () =>
  withEmployees(async (map) => {
    const found = await map
      .query()
      .where('active AND age < 30')
      .where('salary > 30000')
      .orderBy('salary', 'desc')
      .offset(5)
      .limit(10)
      .select('salary', 'age')
      .toArray();
    const expected = ALL.filter(({ active, age, salary }) => active && age < 30 && salary > 30_000)
      .map(({ salary }) => salary)
      .toSorted((a, b) => b - a)
      .slice(5, 15);
    assert.equal(
      found.map(({ salary }) => salary),
      expected,
    );
    assert.equal(Object.keys(found[0]!), ['salary', 'age']);
  }));

test('M39 first, count, keys, entries, iteration', () =>
  withEmployees(async (map) => {
    const query = map.query().where('age < 20').orderBy('salary');
    const expected = [...EMPLOYEES].filter(([, { age }]) => age < 20);
    assert.is(await query.count(), expected.length);
    assert.is((await query.first())?.salary, Math.min(...expected.map(([, { salary }]) => salary)));
    assert.is((await query.keys()).length, expected.length);
    assert.equal((await query.entries()).map(([key]) => key).toSorted(), expected.map(([key]) => key).toSorted());
    const salaries: number[] = [];
    for await (const { salary } of query) salaries.push(salary);
    assert.equal(
      salaries,
      expected.map(([, { salary }]) => salary).toSorted((a, b) => a - b),
    );
    assert.is(await map.query().where('age > 1000').first(), undefined);
  }));

test('M39 a query is a value: each step gives a new one', () =>
  withEmployees(async (map) => {
    const base = map.query().where('active');
    const young = base.where('age < 30');
    assert.is(await base.count(), ALL.filter(({ active }) => active).length);
    assert.is(await young.count(), ALL.filter(({ active, age }) => active && age < 30).length);
  }));

test('M40 several orders; null last ascending, first descending; a stable order for pages', async () => {
  await using opened = await openMap<number, { a: number | null; b: string }>();
  const { map } = opened;
  await map.putAll([
    [1, { a: 2, b: 'x' }],
    [2, { a: null, b: 'y' }],
    [3, { a: 1, b: 'z' }],
    [4, { a: 2, b: 'a' }],
  ]);
  assert.equal(await map.query().orderBy('a').orderBy('b', 'desc').keys(), [3, 1, 4, 2]);
  assert.equal(await map.query().orderBy('a', 'desc').orderBy('b').keys(), [2, 4, 1, 3]);
});

test('M40 pages neither miss nor repeat an entry', () =>
  withEmployees(async (map) => {
    const seen: number[] = [];
    for (let page = 0; ; page++) {
      const keys = await map
        .query()
        .where('active')
        .orderBy('age')
        .offset(page * 17)
        .limit(17)
        .keys();
      if (keys.length === 0) break;
      seen.push(...keys);
    }
    assert.is(new Set(seen).size, seen.length);
    assert.is(seen.length, ALL.filter(({ active }) => active).length);
    const paging = Predicates.of<Employee, number>().paging(Predicates.of<Employee>().is('active'), 17).orderBy('age').page(1);
    assert.equal(await map.keySet(paging), seen.slice(17, 34));
  }));

test('M40 aggregations', () =>
  withEmployees(async (map) => {
    const ages = ALL.filter(({ active }) => active).map(({ age }) => age);
    assert.is(await map.aggregate(Aggregators.count(), 'active'), ages.length);
    assert.is(
      await map.aggregate(Aggregators.sum('age'), 'active'),
      ages.reduce((a, b) => a + b, 0),
    );
    assert.is(await map.aggregate(Aggregators.avg('age'), 'active'), ages.reduce((a, b) => a + b, 0) / ages.length);
    assert.is(await map.aggregate(Aggregators.min('age'), 'active'), Math.min(...ages));
    assert.is(await map.aggregate(Aggregators.max('age')), Math.max(...ALL.map(({ age }) => age)));
    assert.equal([...(await map.aggregate(Aggregators.distinct('name')))].toSorted(), [...new Set(ALL.map(({ name }) => name))].toSorted());
    const groups = await map.aggregate(Aggregators.groupBy('active', Aggregators.count()));
    assert.is(groups.get(true), ages.length);
    assert.is(groups.get(false), ALL.length - ages.length);
    assert.is(await map.aggregate(Aggregators.sum('age'), 'age > 1000'), undefined);
  }));

test('M40 projection', () =>
  withEmployees(async (map) => {
    const rows = await map.project(['name', 'age'], 'age < 20');
    assert.equal(rows.toSorted((a, b) => a.age - b.age)[0], { name: rows[0]!.name, age: 18 });
    assert.is(rows.length, ALL.filter(({ age }) => age < 20).length);
  }));

test('M43 the planner takes the index that gives least, and none where a scan is cheaper', async () => {
  await using opened = await openMap<number, { n: number; kind: string; rare: string }>();
  const { map } = opened;
  await map.putAll(Array.from({ length: 20_000 }, (_, n) => [n, { n, kind: `k${n % 3}`, rare: `r${n % 5000}` }] as const));
  await map.addIndex('n', true);
  await map.addIndex('rare', false);
  await map.addIndex('kind', false);
  const plan = async (sql: string): Promise<string> => (await map.query().where(sql).explain()).toString();
  assert.match(await plan(`rare = 'r7' AND kind = 'k1'`), /rare_hash/);
  assert.match(await plan('n BETWEEN 100 AND 110 AND n != 105'), /n_sorted/);
  assert.not.match(await plan(`kind = 'k1' AND n >= 0`), /index.*n_sorted/);
});

test('M44 explain names indexes, rows expected and found, scans, and advises', async () => {
  await using opened = await openMap<number, { n: number; city: string }>();
  const { map } = opened;
  await map.putAll(Array.from({ length: 30_000 }, (_, n) => [n, { n, city: `c${n % 1000}` }] as const));
  const before = await map.query().where(`city = 'c7'`).explain({ analyze: true });
  assert.is(before.actualRows, 30);
  assert.equal(before.advice[0]?.attributes, ['city']);
  assert.is(before.advice[0]?.type, 'HASH');
  await map.addIndex('city', false);
  const after = await map.query().where(`city = 'c7'`).explain({ analyze: true });
  assert.is(after.actualRows, 30);
  assert.is(after.estimatedRows, 30);
  assert.equal(after.advice, []);
  assert.match(after.toString(), /city_hash/);
});

test('M45 a long scan gives the event loop back, and the rows it has seen stay valid', async () => {
  let yields = 0;
  let now = 0;
  const clock = {
    now: () => (now += 0.01),
    after: () => ({ cancel: () => undefined }),
    yield: async () => void yields++,
    random: () => 0.5,
  };
  await using opened = await openMap<number, { text: string }>({}, { clock, querySliceMs: 0.1 });
  await opened.map.putAll(Array.from({ length: 30_000 }, (_, n) => [n, { text: `t${n}` }] as const));
  yields = 0;
  const found = await opened.map.keySet(`text LIKE '%9'`);
  assert.is(found.length, 3000);
  assert.ok(yields > 0);
});

test('M45 the limit on results is named by its error', async () => {
  await using opened = await openMap<number, Employee>({ resultSizeLimit: 50 });
  await opened.map.putAll(EMPLOYEES);
  assert.is((await opened.map.query().where('active').limit(50).toArray()).length, 50);
  assert.is(await opened.map.query().where('active').count(), ALL.filter(({ active }) => active).length);
  const error = await refusal(opened.map.values('active'));
  assert.is(error.code, 'ERR_QUERY_RESULT_SIZE');
  assert.is(error.details['limit'], 50);
  assert.match(error.message, /50/);
});

test('M45 a query that is no longer wanted stops', async () => {
  await using opened = await openMap<number, Employee>();
  await opened.map.putAll(EMPLOYEES);
  const { code } = await refusal(
    opened.map
      .query()
      .where('active')
      .toArray({ signal: AbortSignal.abort(new Error('enough')) }),
  );
  assert.is(code, 'ERR_ABORTED');
});

test('M46 order comes from an ordered index without sorting everything', async () => {
  await using opened = await openMap<number, { n: number }>({ indexes: [{ attribute: 'n', ordered: true }] });
  await opened.map.putAll(Array.from({ length: 50_000 }, (_, n) => [n, { n: (n * 7919) % 50_000 }] as const));
  const query = opened.map.query().orderBy('n').limit(5);
  assert.equal(
    (await query.toArray()).map(({ n }) => n),
    [0, 1, 2, 3, 4],
  );
  assert.match((await query.explain()).toString(), /n_sorted/);
});

test.run();
