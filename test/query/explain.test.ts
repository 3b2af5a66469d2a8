/** Explanations: which way was taken and why, in words that stay the same; what there was, when analysed; which index is missing. */
import * as assert from 'uvu/assert';
import { normalise } from '../../lib/query/conditions/normalise.ts';
import { attributeOf, parsed } from '../../lib/query/predicates/parsed.ts';
import { createQueryEngine } from '../../lib/query/query-engine.ts';
import type { QueryRequest } from '../../lib/query/source/request.ts';
import type { Explanation } from '../../lib/api/query.ts';
import { describe } from '../kit/describe.ts';
import { ENDLESS, PlainSource } from './plain-source.ts';

const test = describe('explain');

const ROWS = 20_000;
const rows = Array.from({ length: ROWS }, (_, i) => ({
  id: i,
  age: 18 + (i % 50),
  active: i % 10 < 7,
  salary: 20_000 + ((i * 7919) % ROWS) * 6,
  name: `name ${i % 1000}`,
  city: `city ${(i * 31) % 400}`,
  dept: i % 80,
  office: (i * 7) % 77,
  odd: i % 500 === 0 ? 'many' : i,
}));
const bare = PlainSource.of(rows);
const indexed = PlainSource.of(rows, [
  ['SORTED', 'age'],
  ['HASH', 'active'],
  ['SORTED', 'salary'],
  ['HASH', 'name'],
  ['HASH', 'city', 'name'],
]);

const salary = { attribute: attributeOf('salary'), direction: 'desc' } as const;

async function explained(
  source: Promise<PlainSource>,
  text: string,
  request: QueryRequest = {},
  analyze: boolean = false,
): Promise<Explanation> {
  return createQueryEngine({ source: await source, slices: ENDLESS }).explain(normalise(parsed(text).ast), request, { analyze });
}

const lines = (...text: string[]): string => text.join('\n');

test('an index, and what is tested of its rows', async () => {
  assert.is(
    String(await explained(indexed, "name = 'name 7' AND age >= 50")),
    lines(
      "name = 'name 7' AND age >= 50",
      '  filter: age >= 50 (about 7 rows)',
      "    index name_hash: name = 'name 7' (about 20 rows)",
      'about 7 rows',
    ),
  );
});

test('the composite index where it gives fewer rows', async () => {
  const { plan } = await explained(indexed, "name = 'name 7' AND city = 'city 217'");
  assert.is(plan.operation, 'index city_name_hash');
});

test('a scan of columns, where an index would not pay', async () => {
  assert.is(
    String(await explained(indexed, 'active AND age < 43')),
    lines(
      'active AND age < 43',
      '  column scan: active AND age < 43 (about 7,000 rows)',
      '    column active: active (about 14,000 rows)',
      '    column age: age < 43 (about 10,000 rows)',
      'about 7,000 rows',
    ),
  );
});

test('an order by walking, by a heap, by sorting', async () => {
  const walk = await explained(indexed, 'active', { orderBy: [salary], limit: 50 });
  assert.is(
    String(walk),
    lines(
      'active',
      '  top 50 by salary desc: that match active (about 50 rows)',
      '    walk salary_sorted: downwards (about 71 rows)',
      'about 50 rows',
    ),
  );
  const heap = await explained(indexed, "name = 'name 7'", { orderBy: [salary], limit: 5, offset: 10 });
  assert.is(`${heap.plan.operation}: ${heap.plan.detail}`, 'top 5 after 10 by salary desc: heap, by ranks');
  const sort = await explained(bare, 'active', { orderBy: [salary] });
  assert.is(`${sort.plan.operation}: ${sort.plan.detail}`, 'sort by salary desc: sort, by values');
});

test('a union of lists', async () => {
  const { plan } = await explained(indexed, "name = 'name 7' OR salary = 20006");
  assert.is(plan.operation, 'union');
  assert.equal(
    plan.children.map(({ operation }) => operation),
    ['index name_hash', 'index salary_sorted'],
  );
});

test('nothing and everything', async () => {
  assert.is((await explained(bare, 'FALSE')).plan.operation, 'no entries');
  assert.is((await explained(bare, 'TRUE')).plan.operation, 'all entries');
  assert.is((await explained(bare, 'TRUE')).estimatedRows, ROWS);
});

test('analysed: rows that there are, comparisons that could not be made', async () => {
  const explanation = await explained(indexed, "name = 'name 7' AND age >= 50", {}, true);
  assert.is(explanation.actualRows, rows.filter(({ name, age }) => name === 'name 7' && age >= 50).length);
  assert.is(explanation.plan.actualRows, explanation.actualRows);
  assert.is(explanation.plan.children[0]?.actualRows, 20);
  assert.is(explanation.mismatchedRows, 0);
  assert.type(explanation.elapsedMs, 'number');
  const mixed = await explained(bare, 'odd < 100', {}, true);
  assert.is(mixed.mismatchedRows, ROWS / 500);
  assert.match(String(mixed), '40 rows could not be compared: values of another type');
  const walk = await explained(indexed, 'active', { orderBy: [salary], limit: 50 }, true);
  assert.is(walk.actualRows, 50);
  assert.ok((walk.plan.children[0]?.actualRows ?? 0) >= 50, 'visits');
});

test('advice: an index that the planner would then use', async () => {
  const cases: readonly (readonly [string, QueryRequest, string])[] = [
    ["name = 'name 7'", {}, 'HASH name'],
    ['salary BETWEEN 30000 AND 30100', {}, 'SORTED salary'],
    ["name LIKE 'name 77%'", {}, 'SORTED name'],
    ['dept = 7 AND office = 49', {}, 'HASH dept,office'],
    ['active', { orderBy: [salary], limit: 20 }, 'SORTED salary'],
    ["name LIKE '%7'", {}, ''],
    ['active', {}, ''],
  ];
  for (const [text, request, advice] of cases) {
    const source = PlainSource.of(rows);
    const before = await explained(source, text, request);
    assert.is(before.advice.map(({ type, attributes }) => `${type} ${attributes.join()}`).join(), advice, text);
    for (const { type, attributes, reason } of before.advice) {
      assert.match(String(before), `advice: a ${type} index on ${attributes.join(', ')}: ${reason}`);
      await (await source).index(type, ...attributes);
    }
    const after = await explained(source, text, request);
    if (advice !== '') assert.match(String(after), /(?:index|walk) /, text);
    assert.equal(after.advice, [], text);
  }
});

test.run();
