/** Rows in order: by walks, heaps and sorts, by ranks and by values; the same rows in the same order as sorting everything. */
import * as fc from 'fast-check';
import * as assert from 'uvu/assert';
import { compareValues } from '../../lib/data/compare.ts';
import { normalise } from '../../lib/query/conditions/normalise.ts';
import { attributeOf, parsed } from '../../lib/query/predicates/parsed.ts';
import { type QueryEngine, createQueryEngine } from '../../lib/query/query-engine.ts';
import { sortRows } from '../../lib/query/order/radix-sort.ts';
import type { OrderBy } from '../../lib/query/source/request.ts';
import { describe } from '../kit/describe.ts';
import { runs, value } from './arbitrary.ts';
import { ENDLESS, PlainSource } from './plain-source.ts';

const test = describe('order');

const direction = fc.constantFrom('asc' as const, 'desc' as const);
const by = (path: string, way: 'asc' | 'desc' = 'asc'): OrderBy => ({ attribute: attributeOf(path), direction: way });
const condition = (text: string): ReturnType<typeof normalise> => normalise(parsed(text).ast);

/** What must come out: entries by slot, sorted by a stable sort. */
function expected(source: PlainSource, matches: (row: Row) => boolean, orderBy: readonly OrderBy[]): unknown[] {
  const rows = source.entries().filter(({ value: row }) => matches(row as Row));
  rows.sort((x, y) => {
    for (const { attribute, direction: way } of orderBy) {
      const name = attribute.text as keyof Row;
      const order = compareValues((x.value as Row)[name], (y.value as Row)[name]);
      if (order !== 0) return way === 'asc' ? order : -order;
    }
    return 0;
  });
  return rows.map(({ key }) => key);
}

interface Row {
  readonly a: unknown;
  readonly b: unknown;
  readonly n: number;
}

test('any values, any attributes, any directions, with and without indexes', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ a: value, b: fc.constantFrom<unknown>(1, 2, null, 'x', 2.5), n: fc.nat(9) }), { minLength: 1, maxLength: 80 }),
      fc.uniqueArray(fc.record({ attribute: fc.constantFrom('a', 'b', 'n').map(attributeOf), direction }), {
        minLength: 1,
        maxLength: 3,
        selector: ({ attribute }) => attribute.text,
      }),
      fc.subarray<readonly ['SORTED' | 'HASH', ...string[]]>([
        ['SORTED', 'a'],
        ['SORTED', 'b'],
        ['SORTED', 'b', 'n'],
        ['HASH', 'n'],
        ['SORTED', 'n', 'a', 'b'],
      ]),
      fc.nat(5),
      fc.integer({ min: 1, max: 12 }),
      async (rows, orderBy, indexes, offset, limit) => {
        const source = await PlainSource.of(rows, indexes);
        const engine = createQueryEngine({ source, slices: ENDLESS });
        for (const [text, matches] of CONDITIONS) {
          const all = expected(source, matches, orderBy);
          assert.equal(engine.keys(condition(text), { orderBy }), all, text);
          assert.equal(engine.keys(condition(text), { orderBy, offset, limit }), all.slice(offset, offset + limit), text);
          assert.equal(engine.keys(condition(text), { orderBy, offset }), all.slice(offset), text);
        }
      },
    ),
    runs(40),
  );
});

const CONDITIONS: readonly (readonly [string, (row: Row) => boolean])[] = [
  ['TRUE', () => true],
  ['n < 5', ({ n }) => n < 5],
  ['n >= 0 AND b = 2', ({ b }) => b === 2],
  ['a IS NULL AND n <> 3', ({ a, n }) => (a ?? null) === null && n !== 3],
];

const LARGE = 70_000;
const large = PlainSource.of(
  Array.from({ length: LARGE }, (_, i) => ({
    a: (i * 7919) % 1000 === 0 ? null : ((i * 7919) % 50_021) - 20_000.5,
    b: `w${i % 77}`,
    n: i % 10,
    plain: i % 3001,
  })),
  [
    ['HASH', 'b'],
    ['HASH', 'n'],
  ],
);

test('large results: heaps, and sorts beyond them', async () => {
  const source = await large;
  const engine = createQueryEngine({ source, slices: ENDLESS });
  for (const orderBy of [[by('a')], [by('a', 'desc')], [by('b', 'desc'), by('a')], [by('n'), by('b'), by('a', 'desc')]]) {
    const all = expected(source, ({ n }) => n < 7, orderBy);
    const text = condition('n < 7');
    assert.equal(engine.keys(text, { orderBy, limit: 50 }), all.slice(0, 50));
    assert.equal(engine.keys(text, { orderBy, limit: 100, offset: 30_000 }), all.slice(30_000, 30_100));
    const keys = await engine.keys(text, { orderBy });
    assert.ok(keys.length === all.length && keys.every((key, i) => key === all[i]));
  }
});

test('a walk of an ordered index, and giving it up', async () => {
  const rows = Array.from({ length: 20_000 }, (_, i) => ({
    a: (i * 7919) % 20_000,
    n: i % 10,
    late: (i * 7919) % 20_000 >= 19_990 ? 1 : 0,
  }));
  const source = await PlainSource.of(rows, [['SORTED', 'a']]);
  const engine = createQueryEngine({ source, slices: ENDLESS });
  const plan = async (text: string): Promise<string> =>
    (await engine.explain(condition(text), { orderBy: [by('a')], limit: 10 })).toString();
  const keys = (text: string, request: Parameters<QueryEngine['keys']>[1]): unknown => engine.keys(condition(text), request);
  const inOrder = rows.map((_, key) => key).sort((x, y) => rows[x]!.a - rows[y]!.a);
  assert.match(await plan('n < 5'), 'walk a_sorted');
  assert.equal(keys('n < 5', { orderBy: [by('a')], limit: 10 }), inOrder.filter((key) => rows[key]!.n < 5).slice(0, 10));
  assert.match(await plan('a > 700 AND n < 5'), 'walk a_sorted: upwards, a > 700');
  const within = inOrder.filter((key) => rows[key]!.a > 700 && rows[key]!.n < 5);
  assert.equal(keys('a > 700 AND n < 5', { orderBy: [by('a')], limit: 10, offset: 5 }), within.slice(5, 15));
  assert.equal(keys('a > 700 AND n < 5', { orderBy: [by('a', 'desc')], limit: 10 }), within.toReversed().slice(0, 10));
  // All of the few matches are at the very end, which no estimate can know.
  assert.equal(keys('late = 1', { orderBy: [by('a')], limit: 3 }), inOrder.slice(19_990, 19_993));
});

test('pages fit together while nothing changes', async () => {
  const source = await large;
  const engine = createQueryEngine({ source, slices: ENDLESS });
  for (const [text, orderBy] of [
    ['n = 3', []],
    ["b = 'w5'", []],
    ["b = 'w5'", [by('n')]],
    ['plain < 40', [by('n', 'desc')]],
  ] as const) {
    const pages: unknown[] = [];
    for (let offset = 0; offset < 3000; offset += 300)
      pages.push(...(engine.keys(condition(text), { orderBy, offset, limit: 300 }) as unknown[]));
    const matches = source.entries().filter(({ value: row }) => {
      const { n, b, plain } = row as { readonly n: number; readonly b: string; readonly plain: number };
      return text === 'n = 3' ? n === 3 : text === 'plain < 40' ? plain < 40 : b === 'w5';
    });
    assert.is(new Set(pages).size, Math.min(3000, matches.length));
  }
});

test('the radix sort is a sort', () => {
  const number = fc.oneof(
    fc.double({ noNaN: true }),
    fc.constantFrom(0, -0, Infinity, -Infinity, 5e-324, -5e-324, Number.MAX_VALUE),
    fc.integer({ min: -3, max: 3 }),
  );
  fc.assert(
    fc.property(fc.array(fc.tuple(number, number), { minLength: 1, maxLength: 60 }), fc.boolean(), (some, ascending) => {
      // Repeated until it is no longer sorted by comparing.
      const pairs = Array.from({ length: 4000 }, (_, i) => some[(i * 31) % some.length]!);
      const slots = Int32Array.from(pairs, (_, i) => (ascending ? i : (i * 7919) % 65_537));
      const keys = [0, 1].map((at) => Float64Array.from(pairs, (pair) => pair[at]!));
      const work = sortRows(
        slots.slice(),
        keys.map((key) => key.slice()),
      );
      let step = work.next();
      while (step.done !== true) step = work.next();
      const [first, second] = keys as [Float64Array, Float64Array];
      const order = Array.from(pairs, (_, i) => i).sort(
        (x, y) => compareValues(first[x], first[y]) || compareValues(second[x], second[y]) || slots[x]! - slots[y]!,
      );
      assert.equal([...step.value], order);
    }),
    runs(8),
  );
});

test.run();
