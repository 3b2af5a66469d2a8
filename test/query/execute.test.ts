/** Random predicates on random entries, with and without indexes: counts, rows and pages are those of a filter over all entries. */
import * as fc from 'fast-check';
import * as assert from 'uvu/assert';
import type { Predicate } from '../../grammar/ast.ts';
import { AbortedError, QueryResultSizeError } from '../../lib/errors.ts';
import type { IndexType } from '../../lib/indexes/index-contract.ts';
import { conditionTest } from '../../lib/query/conditions/condition-test.ts';
import type { Condition } from '../../lib/query/conditions/condition.ts';
import { normalise } from '../../lib/query/conditions/normalise.ts';
import { attributeOf, parsed } from '../../lib/query/predicates/parsed.ts';
import { createQueryEngine } from '../../lib/query/query-engine.ts';
import { describe } from '../kit/describe.ts';
import { predicateOver, runs, value } from './arbitrary.ts';
import { ENDLESS, PlainSource, pausingAlways } from './plain-source.ts';
import { evaluate } from './reference.ts';

const test = describe('query engine');

const PATHS = ['a', 'a', 'b', 'b', 'few', 'c.d', 'list[any]', '__key'];
const few = fc.constantFrom(1, 2, 3, 'x', true, null);
const entry = fc.record(
  { a: value, b: value, few, c: fc.oneof(fc.record({ d: value }), value), list: fc.array(few, { maxLength: 3 }) },
  { requiredKeys: [] },
);
const anyIndexes: fc.Arbitrary<(readonly [IndexType, ...string[]])[]> = fc.subarray<readonly [IndexType, ...string[]]>([
  ['SORTED', 'a'],
  ['HASH', 'a'],
  ['SORTED', 'b'],
  ['BITMAP', 'few'],
  ['SORTED', 'few', 'a'],
  ['HASH', 'a', 'b'],
  ['SORTED', 'c.d'],
  ['HASH', '__key'],
]);

const condition = (text: string): Condition => normalise(parsed(text).ast);
const matching = (source: PlainSource, ast: Predicate): unknown[] =>
  source.entries().flatMap(({ key, value: stored }) => (evaluate(ast, [], key, stored) === true ? [key] : []));
const sorted = (keys: readonly unknown[]): unknown[] => [...keys].sort((x, y) => Number(x) - Number(y));

test('the answer is that of a filter, whatever the indexes, before and after changes', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(entry, { minLength: 1, maxLength: 60 }),
      anyIndexes,
      fc.array(predicateOver(PATHS), { minLength: 6, maxLength: 6 }),
      fc.array(fc.tuple(fc.nat(60), fc.option(entry)), { maxLength: 20 }),
      fc.boolean(),
      async (values, definitions, asts, changes, simd) => {
        const source = await PlainSource.of(values, definitions, simd);
        const engine = createQueryEngine({ source, slices: ENDLESS });
        const conditions = asts.map((ast) => normalise(ast));
        const check = (): void => {
          for (const [i, ast] of asts.entries()) {
            const expected = matching(source, ast);
            assert.is(engine.count(conditions[i]!), expected.length);
            assert.equal(sorted(engine.keys(conditions[i]!) as unknown[]), sorted(expected));
            const pages = [0, 3].map((offset) => engine.keys(conditions[i]!, { offset, limit: 3 }) as unknown[]);
            assert.equal(pages.flat(), expected.slice(0, 6), 'pages are in the order of slots');
          }
        };
        check();
        for (const [key, changed] of changes)
          if (changed === null) source.remove(key);
          else source.put(key, changed);
        check();
      },
    ),
    runs(100),
  );
});

test('large maps: blocks, lists and unions agree with a filter', async () => {
  const values = Array.from({ length: 70_000 }, (_, i) => ({
    n: (i * 7919) % 70_000,
    few: i % 5,
    name: `name ${(i * 31) % 999}`,
    group: i % 300,
    plain: i % 1000,
  }));
  const bare = await PlainSource.of(values);
  const indexed = await PlainSource.of(values, [
    ['SORTED', 'n'],
    ['HASH', 'name'],
    ['HASH', 'group', 'name'],
    ['BITMAP', 'few'],
    ['SORTED', 'few', 'name'],
  ]);
  for (const source of [bare, indexed]) for (let key = 0; key < 70_000; key += 11) source.remove(key);
  const engines = [bare, indexed].map((source) => createQueryEngine({ source, slices: ENDLESS }));
  for (const text of TEXTS) {
    const { ast } = parsed(text);
    const matches = conditionTest(normalise(ast));
    const expected = bare.entries().flatMap(({ key, value: stored }) => (matches(key, stored) ? [key] : []));
    for (const engine of engines) {
      assert.is(engine.count(normalise(ast)), expected.length, text);
      assert.ok(isSame(sorted(engine.keys(normalise(ast)) as unknown[]), expected), text);
      assert.equal(engine.keys(normalise(ast), { offset: 10, limit: 20 }), expected.slice(10, 30), text);
    }
  }
});

/** As `assert.equal`, for arrays too long to be compared in depth. */
function isSame(actual: readonly unknown[], expected: readonly unknown[]): boolean {
  return actual.length === expected.length && actual.every((each, i) => each === expected[i]);
}

const TEXTS: readonly string[] = [
  'TRUE',
  'FALSE',
  'n = 77',
  'n BETWEEN 1000 AND 1100',
  'n > 69000 OR n < 1000',
  'few = 3 AND n < 40000',
  "name = 'name 5' AND group = 4",
  "name = 'name 5' OR group = 4 OR n = 5",
  "(name = 'name 5' AND few = 1) OR (name = 'name 6' AND plain < 500) OR n = 5",
  "few IN (1, 2) AND (n < 500 OR name LIKE 'name 9%')",
  'plain < 10 AND few = 1',
  'plain = 5 OR few = 2',
  'n < 20000 AND plain IN (1, 2, 3, 400)',
  "NOT (few = 1 OR name LIKE '%5%')",
  'n > plain',
  "few = 3 AND name LIKE 'name 9%1'",
  "few = 3 AND name LIKE 'name 77%'",
];

test('what is wanted of each entry', async () => {
  const source = await PlainSource.of([{ a: 1, b: { c: 'x' } }, { a: 2 }]);
  const engine = createQueryEngine({ source, slices: ENDLESS });
  const all = condition('a >= 1');
  assert.equal(engine.values(all), [{ a: 1, b: { c: 'x' } }, { a: 2 }]);
  assert.is((engine.values(all) as unknown[])[0], source.valueOf(0), 'the very same object');
  assert.equal(engine.entries(all), [
    [0, { a: 1, b: { c: 'x' } }],
    [1, { a: 2 }],
  ]);
  assert.equal(engine.project([attributeOf('b.c'), attributeOf('__key')], all), [
    { 'b.c': 'x', __key: 0 },
    { 'b.c': undefined, __key: 1 },
  ]);
});

test('only the partitions asked for', async () => {
  const source = await PlainSource.of(
    Array.from({ length: 100 }, (_, i) => ({ a: i % 3 })),
    [['SORTED', 'a']],
  );
  const engine = createQueryEngine({ source, slices: ENDLESS });
  const partitions = (partition: number): boolean => partition < 2;
  const expected = Array.from({ length: 100 }, (_, i) => i).filter((i) => i % 3 === 1 && i % 7 < 2);
  assert.is(engine.count(condition('a = 1'), { partitions }), expected.length);
  assert.equal(sorted(engine.keys(condition('a = 1'), { partitions }) as unknown[]), expected);
  assert.equal(
    engine.keys(condition('a = 1'), { partitions, orderBy: [{ attribute: attributeOf('a'), direction: 'asc' }], limit: 3 }),
    expected.slice(0, 3),
  );
});

test('a limit on the size of results', async () => {
  const source = await PlainSource.of(Array.from({ length: 10 }, (_, i) => ({ a: i })));
  const engine = createQueryEngine({ source, slices: ENDLESS, resultSizeLimit: 5 });
  const orderBy = [{ attribute: attributeOf('a'), direction: 'desc' as const }];
  assert.is((engine.values(condition('a < 5')) as unknown[]).length, 5);
  for (const request of [{}, { orderBy }, { limit: 6 }, { orderBy, limit: 6 }]) {
    try {
      await engine.values(condition('a < 6'), request);
      assert.unreachable();
    } catch (error) {
      assert.instance(error, QueryResultSizeError);
      assert.match((error as Error).message, 'resultSizeLimit allows (5)');
      assert.is((error as QueryResultSizeError).details['limit'], 5);
    }
  }
  assert.is((engine.values(condition('a < 9'), { limit: 5 }) as unknown[]).length, 5);
  assert.is(engine.count(condition('a < 9')), 9, 'counting gives no rows');
});

test('an aborted query ends with its reason', async () => {
  const values = Array.from({ length: 20_000 }, (_, i) => ({ a: i }));
  const source = await PlainSource.of(values);
  const controller = new AbortController();
  const reason = new Error('enough');
  const slices = pausingAlways(() => controller.abort(reason));
  const engine = createQueryEngine({ source, slices });
  const running = engine.values(condition('a < 100'), { signal: controller.signal });
  const error = await Promise.resolve(running).then(
    () => undefined,
    (caught: unknown) => caught,
  );
  assert.instance(error, AbortedError);
  assert.is((error as Error).cause, reason);
  assert.is(slices.pauses(), 1);
  assert.throws(
    () => engine.count(condition('a < 100'), { signal: controller.signal }),
    (caught: unknown) => caught instanceof AbortedError,
  );
});

test('what is due has expired before a query looks', async () => {
  const source = await PlainSource.of([{ a: 1 }]);
  const engine = createQueryEngine({ source, slices: ENDLESS });
  await engine.count(condition('a = 1'));
  await engine.values(condition('a = 1'));
  assert.is(source.expiries, 2);
});

test('short queries answer at once, not by a promise', async () => {
  const source = await PlainSource.of(
    Array.from({ length: 1000 }, (_, i) => ({ a: i })),
    [['SORTED', 'a']],
  );
  const engine = createQueryEngine({ source, slices: ENDLESS });
  for (const answer of [
    engine.count(condition('a < 10')),
    engine.values(condition('a < 10')),
    engine.aggregate({ kind: 'sum', path: 'a', inner: undefined }, condition('a < 10')),
  ]) {
    assert.not.instance(answer, Promise);
  }
});

test('rows one by one', async () => {
  const source = await PlainSource.of(
    Array.from({ length: 70_000 }, (_, i) => ({ a: i })),
    [['SORTED', 'a']],
  );
  const engine = createQueryEngine({ source, slices: pausingAlways(() => undefined) });
  const keys: unknown[] = [];
  for await (const key of engine.iterate('keys', condition('a >= 500'))) keys.push(key);
  assert.equal(
    keys,
    Array.from({ length: 69_500 }, (_, i) => i + 500),
  );
  const some: unknown[] = [];
  for await (const row of engine.iterate([attributeOf('a')], condition('a >= 0'), { offset: 2, limit: 3 })) some.push(row);
  assert.equal(some, [{ a: 2 }, { a: 3 }, { a: 4 }]);
  const backwards: unknown[] = [];
  const orderBy = [{ attribute: attributeOf('a'), direction: 'desc' as const }];
  for await (const key of engine.iterate('keys', condition('a < 3'), { orderBy })) backwards.push(key);
  assert.equal(backwards, [2, 1, 0]);
});

test('conditions as deep and as wide as they come', async () => {
  const values = Array.from({ length: 100 }, (_, i) => ({ a: i % 10, b: i % 7 }));
  for (const indexes of [
    [],
    [
      ['SORTED', 'a'],
      ['HASH', 'b'],
    ],
  ] as const) {
    const source = await PlainSource.of(values, indexes);
    const engine = createQueryEngine({ source, slices: ENDLESS });
    let deep: Condition = condition('a = 1 AND b = 1');
    for (let i = 0; i < 1500; i++) {
      deep = { kind: 'any', terms: [condition('a = 2'), deep] };
      deep = { kind: 'all', terms: [condition('b < 6'), deep] };
    }
    assert.is(engine.count(deep), values.filter(({ a, b }) => b < 6 && (a === 2 || (a === 1 && b === 1))).length);
    const wide: Condition = {
      kind: 'any',
      terms: Array.from({ length: 8000 }, (_, i) => condition(i % 2 === 0 ? `a = ${i}` : `missing${i} = 1`)),
    };
    assert.is(engine.count(wide), values.filter(({ a }) => a % 2 === 0).length);
    assert.is((engine.keys(wide, { limit: 5 }) as unknown[]).length, 5);
    const both: Condition = { kind: 'all', terms: Array.from({ length: 4000 }, (_, i) => condition(`a <> ${i + 5} OR missing${i} = 1`)) };
    assert.is(engine.count(both), values.filter(({ a }) => a < 5).length);
  }
});

test.run();
