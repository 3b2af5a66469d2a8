/** Queries that pause while others write: entries that nobody touches are neither missed nor doubled, and each entry is judged on one version of it. */
import * as assert from 'uvu/assert';
import type { Condition } from '../../lib/query/conditions/condition.ts';
import type { IndexType } from '../../lib/indexes/index-contract.ts';
import { normalise } from '../../lib/query/conditions/normalise.ts';
import { attributeOf, parsed } from '../../lib/query/predicates/parsed.ts';
import { createQueryEngine } from '../../lib/query/query-engine.ts';
import type { QueryRequest } from '../../lib/query/source/request.ts';
import { describe } from '../kit/describe.ts';
import { SEED } from '../kit/seed.ts';
import { ENDLESS, PlainSource, pausingAlways } from './plain-source.ts';

const test = describe('query engine among writers');

const condition = (text: string): Condition => normalise(parsed(text).ast);
const ascending = (path: string): QueryRequest => ({ orderBy: [{ attribute: attributeOf(path), direction: 'asc' }] });

/** Every version has its own `stamp`, and `m` is `n` modulo 10 at all times, so that a mix of versions shows. */
interface Row {
  readonly n: number;
  readonly m: number;
  readonly word: string;
  readonly stamp: number;
}

const ROWS = 7000;
/** No attribute `missing` has a column: every candidate is looked at, a few thousand between two pauses. */
const QUERIES: readonly (readonly [string, QueryRequest])[] = [
  ['m < 5', {}],
  ['n BETWEEN 1000 AND 5000', {}],
  ["n BETWEEN 1000 AND 5000 AND word LIKE '%1%'", {}],
  ['n < 3000 OR m = 7', {}],
  ["n < 1000 OR word = 'w3'", {}],
  ['m < 5', ascending('n')],
  ['m < 5', ascending('word')],
  ['n < 6000', ascending('stamp')],
  ['n < 6000 AND missing IS NULL', ascending('word')],
  ['n < 6000 AND missing IS NULL', { ...ascending('word'), limit: 300 }],
  ['n < 6000 AND missing IS NULL', ascending('n')],
  ['m < 2 AND missing IS NULL', ascending('n')],
  ['m < 5', { ...ascending('word'), limit: 200 }],
  ['m < 5', { ...ascending('n'), limit: 100, offset: 50 }],
];
const INDEXES: readonly (readonly (readonly [IndexType, ...string[]])[])[] = [
  [],
  [
    ['SORTED', 'n'],
    ['HASH', 'word'],
    ['BITMAP', 'm'],
  ],
];

for (const [text, request] of QUERIES) {
  for (const [every, indexes] of INDEXES.entries()) {
    const order = request.orderBy?.map(({ attribute }) => attribute.text).join() ?? 'nothing';
    test(`${text}, by ${order}, ${request.limit ?? 'all'}, ${indexes.length} indexes`, async () => {
      const random = randomFrom(SEED + text.length);
      const source = await PlainSource.of(
        Array.from({ length: ROWS }, (_, i) => row(i)),
        indexes,
      );
      const touched = new Set<unknown>();
      const versions = new Map<number, Row>(source.entries().map(({ value }) => [(value as Row).stamp, value as Row]));
      let stamp = ROWS;
      const put = (key: number, next: Row): void => {
        versions.set(next.stamp, next);
        source.put(key, next);
      };
      const write = (): void => {
        for (let i = 0; i < 40; i++) {
          const key = random(ROWS);
          touched.add(key);
          if (random(4) < 2) source.remove(key);
          else put(key, { ...row(random(ROWS)), stamp: stamp++ });
        }
        // A text that no column has met, in one of the last slots: its dictionary, and with it the ranks, change.
        touched.add(ROWS - 2);
        put(ROWS - 2, { ...row(1), word: `v${stamp}`, stamp: stamp++ });
      };
      const slices = pausingAlways(write, every + 1);
      const engine = createQueryEngine({ source, slices });
      const untouched = (keys: readonly unknown[]): unknown[] => keys.filter((key) => !touched.has(key));
      const before = await createQueryEngine({ source, slices: ENDLESS }).keys(condition(text), request);
      const entries = (await engine.entries(condition(text), request)) as [number, Row][];
      const keys = entries.map(([key]) => key);

      assert.is(new Set(keys).size, keys.length, `no entry twice (SEED=${SEED})`);
      if (request.limit === undefined) assert.equal(new Set(untouched(keys)), new Set(untouched(before)), `nothing missed (SEED=${SEED})`);
      for (const [, value] of entries) {
        assert.is(versions.get(value.stamp), value, 'a version that there was');
        assert.ok(holds(text, value), `${JSON.stringify(value)} does not match`);
      }
      if (request.orderBy !== undefined)
        assert.ok(
          isSorted(
            entries.map(([, value]) => value),
            order as keyof Row,
          ),
          'in order',
        );
      assert.ok(slices.pauses() > 0 || !text.startsWith('n < 6000 AND missing'), 'others had their turn');

      const count = await createQueryEngine({ source, slices: pausingAlways(() => undefined) }).count(condition(text), {
        partitions: () => true,
      });
      assert.is(count, source.entries().filter(({ value }) => holds(text, value as Row)).length);
    });
  }
}

test('an entry that is removed and put again is not given twice', async () => {
  const rows = 70_000;
  const source = await PlainSource.of(
    Array.from({ length: rows }, (_, i) => row(i)),
    [['BITMAP', 'm']],
  );
  for (const text of ['m >= 0', "word LIKE 'w%'", 'missing = 1 OR m >= 0']) {
    // Entries move from low slots to high ones all the time.
    let next = 0;
    const slices = pausingAlways(() => {
      for (let i = 0; i < 50; i++) {
        const [low, high] = [next++, rows - next];
        const value = source.valueOf(low) ?? row(low);
        source.remove(low);
        source.remove(high);
        source.put(low, value);
      }
      // Values that no column has met: after a few hundred of them another form of column takes over.
      for (let i = 0; i < 150; i++) source.put(rows + next * 1000 + i, { ...row(0), m: 1000 * next + i });
    });
    const engine = createQueryEngine({ source, slices });
    const keys = await engine.keys(condition(text));
    assert.is(new Set(keys).size, keys.length);
    assert.ok(slices.pauses() > 0);
    const counted = (await engine.aggregate({ kind: 'count', path: 'n', inner: undefined }, condition(text))) as number;
    assert.ok(counted <= source.size && counted >= rows - 4 * next, `${counted} entries`);
  }
});

test('columns and indexes that come while a query waits', async () => {
  const source = await PlainSource.of(Array.from({ length: ROWS }, (_, i) => row(i)));
  const building: Promise<void>[] = [];
  let pauses = 0;
  const slices = pausingAlways(() => {
    if (++pauses === 2) building.push(source.index('SORTED', 'n'));
  });
  const engine = createQueryEngine({ source, slices });
  const keys = await engine.keys(condition('n < 4000'));
  await Promise.all(building);
  assert.is(keys.length, 4000);
  assert.is(engine.count(condition('n < 4000')), 4000);
});

test('everything is gone after a pause', async () => {
  const source = await PlainSource.of(Array.from({ length: ROWS }, (_, i) => row(i)));
  const slices = pausingAlways(() => {
    for (const { key } of source.entries()) source.remove(key);
  });
  const engine = createQueryEngine({ source, slices });
  const keys = await engine.keys(condition('n >= 0'));
  assert.ok(keys.length > 0 && keys.length < ROWS, 'those that were judged before');
  assert.equal(await engine.keys(condition('n >= 0')), []);
});

function row(i: number): Row {
  const n = (i * 7919) % ROWS;
  return { n, m: n % 10, word: `w${n % 97}`, stamp: i };
}

function holds(text: string, { n, m, word }: Row): boolean {
  switch (text) {
    case 'm < 2 AND missing IS NULL':
      return m < 2;
    case 'm < 5':
      return m < 5;
    case 'n BETWEEN 1000 AND 5000':
      return n >= 1000 && n <= 5000;
    case "n BETWEEN 1000 AND 5000 AND word LIKE '%1%'":
      return n >= 1000 && n <= 5000 && word.includes('1');
    case 'n < 3000 OR m = 7':
      return n < 3000 || m === 7;
    case "n < 1000 OR word = 'w3'":
      return n < 1000 || word === 'w3';
    default:
      return n < 6000;
  }
}

function isSorted(rows: readonly Row[], by: keyof Row): boolean {
  return rows.every((each, i) => i === 0 || rows[i - 1]![by] <= each[by]);
}

/** Mulberry32: uniform below the limit. */
function randomFrom(seed: number): (limit: number) => number {
  let state = seed;
  return (limit) => {
    state = (state + 0x6d2b_79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) % limit;
  };
}

test.run();
