/** Ties that go by key: the same rows in the same order whatever slots they have, by walks, heaps and sorts. */
import * as fc from 'fast-check';
import * as assert from 'uvu/assert';
import { compareValues } from '../../lib/data/compare.ts';
import { compareKeys } from '../../lib/query/order/compare-keys.ts';
import { normalise } from '../../lib/query/conditions/normalise.ts';
import { attributeOf, parsed } from '../../lib/query/predicates/parsed.ts';
import { createQueryEngine } from '../../lib/query/query-engine.ts';
import type { OrderBy } from '../../lib/query/source/request.ts';
import { describe } from '../kit/describe.ts';
import { runs } from './arbitrary.ts';
import { ENDLESS, PlainSource } from './plain-source.ts';

const test = describe('ties by key');

interface Row {
  readonly a: unknown;
  readonly n: number;
}

const by = (path: string, direction: 'asc' | 'desc' = 'asc'): OrderBy => ({ attribute: attributeOf(path), direction });
const condition = (text: string): ReturnType<typeof normalise> => normalise(parsed(text).ast);

/** Entries whose keys have nothing to do with their slots. */
async function sourceOf(rows: readonly Row[], indexes: readonly (readonly ['SORTED' | 'HASH', ...string[]])[]): Promise<PlainSource> {
  const source = new PlainSource();
  for (const [i, row] of rows.entries()) source.put((i * 7919) % rows.length, row);
  for (const [type, ...attributes] of indexes) await source.index(type, ...attributes);
  return source;
}

function expected(source: PlainSource, matches: (row: Row) => boolean, orderBy: readonly OrderBy[]): unknown[] {
  const rows = source.entries().filter(({ value }) => matches(value as Row));
  rows.sort((x, y) => {
    for (const { attribute, direction } of orderBy) {
      const name = attribute.text as keyof Row;
      const order = compareValues((x.value as Row)[name], (y.value as Row)[name]);
      if (order !== 0) return direction === 'asc' ? order : -order;
    }
    return compareKeys(x.key, y.key);
  });
  return rows.map(({ key }) => key);
}

test('any page, with and without indexes', async () => {
  const direction = fc.constantFrom('asc' as const, 'desc' as const);
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ a: fc.constantFrom<unknown>(1, 2, 'x', null), n: fc.nat(3) }), { minLength: 1, maxLength: 80 }),
      fc.uniqueArray(fc.tuple(fc.constantFrom('a', 'n'), direction), { minLength: 1, maxLength: 2, selector: ([path]) => path }),
      fc.subarray<readonly ['SORTED' | 'HASH', ...string[]]>([
        ['SORTED', 'a'],
        ['SORTED', 'n', 'a'],
        ['HASH', 'n'],
      ]),
      fc.nat(20),
      fc.integer({ min: 1, max: 12 }),
      async (rows, order, indexes, offset, limit) => {
        const source = await sourceOf(rows, indexes);
        const engine = createQueryEngine({ source, slices: ENDLESS });
        const orderBy = order.map(([path, way]) => by(path, way));
        for (const [text, matches] of [
          ['TRUE', () => true],
          ['n < 2', ({ n }: Row) => n < 2],
        ] as const) {
          const all = expected(source, matches, orderBy);
          assert.equal(engine.keys(condition(text), { orderBy, offset, limit, tiesByKey: true }), all.slice(offset, offset + limit));
          assert.equal(engine.keys(condition(text), { orderBy, tiesByKey: true }), all);
        }
      },
    ),
    runs(150),
  );
});

test('by a walk of an index that ends within ties, by a heap, and beyond one', async () => {
  const rows = Array.from({ length: 20_011 }, (_, i) => ({ a: i % 5003, n: i % 10 }));
  for (const indexes of [[['SORTED', 'a']], [['HASH', 'n']], []] as const) {
    const source = await sourceOf(rows, indexes);
    const engine = createQueryEngine({ source, slices: ENDLESS });
    for (const order of [[by('a')], [by('a', 'desc')], [by('n'), by('a')]]) {
      const all = expected(source, ({ n }) => n < 8, order);
      const page = (offset: number, limit: number): unknown =>
        engine.keys(condition('n < 8'), { orderBy: order, offset, limit, tiesByKey: true });
      assert.equal(page(0, 10), all.slice(0, 10));
      assert.equal(page(5, 6), all.slice(5, 11));
      assert.equal(page(12_000, 7), all.slice(12_000, 12_007));
    }
  }
  const walked = createQueryEngine({ source: await sourceOf(rows, [['SORTED', 'a']]), slices: ENDLESS });
  assert.match(String(await walked.explain(condition('n < 8'), { orderBy: [by('a')], limit: 10, tiesByKey: true })), 'walk a_sorted');
});

test('keys that are objects have an order too', () => {
  assert.is(compareKeys({ a: 1 }, { a: 1 }), 0);
  assert.ok(compareKeys({ a: 1 }, { a: 2 }) < 0 === compareKeys({ a: 2 }, { a: 1 }) > 0);
  assert.is.not(compareKeys({ a: 1 }, ['a', 1]), 0);
  assert.ok(compareKeys(new Date(1), new Date(2)) < 0);
});

test.run();
