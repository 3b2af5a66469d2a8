/** Queries over several members answer as one member does: random predicates, orders, pages, aggregations, on the same entries. */
import * as fc from 'fast-check';
import * as assert from 'uvu/assert';
import { compareValues } from '../../lib/data/compare.ts';
import { Aggregators, newInstance, type Aggregator, type Direction, type IMap } from '../../lib/index.ts';
import { PredicateObject } from '../../lib/query/predicates/predicate-object.ts';
import { openCluster } from '../kit/cluster.ts';
import { describe } from '../kit/describe.ts';
import { BIGINTS, DATES, TEXTS, predicateOver, runs } from './arbitrary.ts';

const test = describe('queries over members');

interface Row {
  readonly id: number;
  readonly a: unknown;
  readonly b: unknown;
  readonly n: number;
  readonly list: readonly unknown[];
}
type Rows = IMap<number, Row>;

const COUNT = 160;
const value = fc.constantFrom<unknown>(
  ...BIGINTS,
  ...DATES,
  ...TEXTS,
  0,
  -0,
  1,
  2.5,
  -7,
  1e21,
  NaN,
  Infinity,
  true,
  false,
  null,
  undefined,
  {},
);
const row = fc.record({ a: value, b: value, n: fc.nat(9), list: fc.array(value, { maxLength: 3 }) });
const predicate = predicateOver(['a', 'b', 'n', 'list', 'list[any]', '__key', 'id']);
const path = fc.constantFrom('a', 'b', 'n', 'id', '__key');
const orders = fc.uniqueArray(fc.tuple(path, fc.constantFrom<Direction>('asc', 'desc')), { maxLength: 3, selector: ([text]) => text });
const page = fc.record({ limit: fc.option(fc.nat(30), { nil: undefined }), offset: fc.option(fc.nat(60), { nil: undefined }) });

const AGGREGATORS: readonly Aggregator<unknown, unknown>[] = [
  Aggregators.count(),
  Aggregators.count('a'),
  Aggregators.sum('a'),
  Aggregators.sum('n'),
  Aggregators.avg('b'),
  Aggregators.min('a'),
  Aggregators.max('b'),
  Aggregators.distinct('n'),
  Aggregators.distinct('a'),
  Aggregators.distinct('list'),
  Aggregators.groupBy('b'),
  Aggregators.groupBy('a', Aggregators.distinct('b')),
  Aggregators.groupBy('n', Aggregators.sum('id')),
  Aggregators.groupBy('n', Aggregators.groupBy('id', Aggregators.max('a'))),
];

test('rows, counts, orders, pages and aggregations', async () => {
  await using one = newInstance();
  await using several = await openCluster(3);
  const lite = await several.add({ lite: true });
  const rows = fc.sample(row, runs(COUNT)).slice(0, COUNT);
  const entries = rows.map((some, id) => [id, { id, ...some }] as const);
  const single = await one.getMap<number, Row>('rows');
  await single.putAll(entries);
  const others: Rows[] = [];
  for (const { instance } of several.members) others.push(await instance.getMap<number, Row>('rows'));
  await others[0]!.putAll(entries);
  await others[1]!.addIndex('n', true);
  assert.is(several.members.at(-1), lite);
  await fc.assert(
    fc.asyncProperty(
      predicate,
      orders,
      page,
      fc.nat(3),
      fc.constantFrom(...AGGREGATORS),
      async (ast, orderBy, window, caller, aggregator) => {
        const where = new PredicateObject<Row>(ast);
        const map = others[caller]!;
        assert.equal(ids(await map.values(where)), ids(await single.values(where)));
        assert.equal((await map.keySet(where)).sort(ascending), (await single.keySet(where)).sort(ascending));
        assert.is(await map.query().where(where).count(), await single.query().where(where).count());
        await sameOrder(map, single, where, orderBy, window);
        assert.ok(
          same(await map.aggregate(aggregator, where), await single.aggregate(aggregator, where)),
          `${aggregator.kind} ${aggregator.path}`,
        );
      },
    ),
    runs(300),
  );
});

test('pages have each row once, whatever ties; what comes one by one too', async () => {
  await using several = await openCluster(3);
  const maps: Rows[] = [];
  for (const { instance } of several.members) maps.push(await instance.getMap<number, Row>('rows'));
  const [map, another] = maps;
  await map!.putAll(Array.from({ length: COUNT }, (_, id) => [id, { id, a: id % 2, b: null, n: id % 3, list: [] }] as const));
  const everything = Array.from({ length: COUNT }, (_, id) => id);
  for (const start of [map!.query(), map!.query().orderBy('n'), another!.query().orderBy('a', 'desc').orderBy('n')]) {
    const found: number[] = [];
    for (let offset = 0; offset < COUNT; offset += 17) found.push(...(await start.limit(17).offset(offset).keys()));
    assert.equal(found.sort(ascending), everything);
  }
  const seen: number[] = [];
  for await (const { id } of another!.query()) seen.push(id);
  assert.equal(seen.sort(ascending), everything);
  const some: number[] = [];
  for await (const { id } of another!.query().where('n = 1').offset(3).limit(20)) some.push(id);
  assert.is(new Set(some).size, 20);
  assert.ok(some.every((id) => id % 3 === 1));
  const sorted: number[] = [];
  for await (const { id } of map!.query().orderBy('id', 'desc').limit(5)) sorted.push(id);
  assert.equal(sorted, [159, 158, 157, 156, 155]);
});

/** The rows of an order; those that tie may come as they like, but in pages go by key. */
async function sameOrder(
  map: Rows,
  single: Rows,
  where: PredicateObject<Row>,
  orderBy: readonly (readonly [string, Direction])[],
  { limit, offset }: { readonly limit: number | undefined; readonly offset: number | undefined },
): Promise<void> {
  const asked = (from: Rows) => {
    let query = from.query().where(where);
    for (const [by, direction] of orderBy) query = query.orderBy(by as 'n', direction);
    if (limit !== undefined) query = query.limit(limit);
    return offset === undefined ? query : query.offset(offset);
  };
  const mine = await asked(map).entries();
  const isPage = limit !== undefined || (offset ?? 0) > 0;
  const theirs = isPage
    ? (await single.query().where(where).entries()).sort(byOrder(orderBy)).slice(offset ?? 0, (offset ?? 0) + (limit ?? Infinity))
    : await asked(single).entries();
  if (isPage)
    assert.equal(
      mine.map(([key]) => key),
      theirs.map(([key]) => key),
    );
  assert.is(mine.length, theirs.length);
  assert.is(new Set(mine.map(([key]) => key)).size, mine.length);
  for (const [position, [key, found]] of mine.entries()) {
    const [expectedKey, expected] = theirs[position]!;
    for (const [by] of orderBy) {
      const [x, y] = by === '__key' ? [key, expectedKey] : [found[by as keyof Row], expected[by as keyof Row]];
      assert.is(compareValues(x, y), 0, `${by} of row ${position}`);
    }
  }
}

function byOrder(orderBy: readonly (readonly [string, Direction])[]): (a: [number, Row], b: [number, Row]) => number {
  return ([key, a], [other, b]) => {
    for (const [by, direction] of orderBy) {
      const order = by === '__key' ? key - other : compareValues(a[by as keyof Row], b[by as keyof Row]);
      if (order !== 0) return direction === 'asc' ? order : -order;
    }
    return key - other;
  };
}

const ascending = (a: number, b: number): number => a - b;
const ids = (rows: readonly Row[]): number[] => rows.map(({ id }) => id).sort(ascending);

/** Equal, sums but for their last digits, whatever order groups and values come in. */
function same(a: unknown, b: unknown): boolean {
  if (typeof a === 'number' && typeof b === 'number') return compareValues(a, b) === 0 || Math.abs(a - b) <= 1e-12 * Math.abs(a);
  if (a instanceof Set && b instanceof Set) return a.size === b.size && [...a].every((one) => [...b].some((other) => same(one, other)));
  if (a instanceof Map && b instanceof Map)
    return a.size === b.size && [...a].every(([key, one]) => [...b].some(([other, two]) => same(key, other) && same(one, two)));
  if (typeof a === 'object' && a !== null && typeof b === 'object' && b !== null && !(a instanceof Date)) return true;
  return compareValues(a, b) === 0;
}

test.run();
