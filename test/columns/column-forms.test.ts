/** Which form a column takes for which values, and what must survive the change. */
import * as assert from 'uvu/assert';
import type { ColumnKind } from '../../lib/columns/column.ts';
import { createColumnMemory } from '../../lib/columns/column-memory.ts';
import type { ValueSet } from '../../lib/data/value-set.ts';
import { describe } from '../kit/describe.ts';
import { ModelledColumn } from './column-model.ts';
import { NOT_NULL, NULLS, equalTo, setOf } from './sets.ts';

const memory = createColumnMemory();
const test = describe('column forms');

const BELOW_100 = setOf({ numbers: [[-Infinity, 99]] });
const NOT_5 = setOf({ numbers: [[-Infinity, 4.999999999999999], [5.000000000000001, Infinity]], nan: true }); // prettier-ignore
const MANY = setOf({ numbers: Array.from({ length: 40 }, (_, i) => [i * 50, i * 50 + (i % 2) * 0.5] as const) });
const SETS = [
  NULLS,
  NOT_NULL,
  BELOW_100,
  NOT_5,
  MANY,
  equalTo(3, '3'),
  equalTo('text 7'),
  setOf({ true: true }),
  setOf({ nan: true, others: true }),
];

function filled(count: number, value: (i: number) => unknown): ModelledColumn {
  const modelled = new ModelledColumn(memory);
  for (let i = 0; i < count; i++) modelled.set(i, value(i));
  return modelled;
}

function checkAll(modelled: ModelledColumn): void {
  const sets = modelled.model.size > 10_000 ? SETS.slice(0, 3) : SETS;
  for (const set of sets) modelled.check(set);
  modelled.checkDistinct();
  modelled.checkRanks();
}

const FORMS: readonly (readonly [name: string, rows: number, value: (i: number) => unknown, kind: ColumnKind, bytesPerRow: number])[] = [
  ['booleans', 4096, (i) => i % 3 === 0, 'codes', 1],
  ['small integers', 4096, (i) => 18 + (i % 50), 'codes', 1],
  ['integers of a range of 60,000', 4096, (i) => (i * 7919) % 60_000, 'codes', 2],
  ['integers of a range of 100,000', 4096, (i) => (i * 7919) % 100_003, 'int32', 4],
  ['few integers far apart', 4096, (i) => (i % 100) * 1_000_000, 'codes', 1],
  ['integers that count up', 4096, (i) => i, 'codes', 2],
  ['integers that count down', 4096, (i) => -i, 'codes', 2],
  ['integers that count up beyond 65,534', 70_000, (i) => i, 'int32', 4],
  ['the ends of int32', 4096, (i) => (i % 2 === 0 ? 2 ** 31 - 1 - i : i - (2 ** 31 - 1)), 'int32', 4],
  ['-2^31', 4096, (i) => i - 2 ** 31 + (i % 2) * 1_000_000, 'float64', 8],
  ['large integers', 4096, (i) => 2 ** 40 + i * 100, 'float64', 8],
  ['bigints that are safe integers', 4096, (i) => BigInt(i) * 1000n, 'int32', 4],
  ['fractions', 4096, (i) => i / 8, 'float64', 8],
  ['integers that become fractions', 4096, (i) => (i < 4000 ? (i * 7919) % 100_003 : i / 8), 'float64', 8],
  ['dates', 4096, (i) => new Date(1.6e12 + i * 864e5), 'float64', 8],
  ['few texts', 4096, (i) => `text ${i % 200}`, 'codes', 1],
  ['many texts', 4096, (i) => `text ${i % 2000}`, 'codes', 2],
  ['very many texts', 70_000, (i) => `text ${i}`, 'hashes', 4],
  ['numbers and some texts', 4096, (i) => (i % 100 === 0 ? 'n/a' : i * 50), 'int32', 4],
  ['numbers and as many texts', 4096, (i) => (i % 2 === 0 ? `text ${i}` : i * 50), 'codes', 2],
  ['numbers, then texts', 4096, (i) => (i < 2000 ? i * 50 : `text ${i}`), 'codes', 2],
  ['numbers, then very many texts', 80_000, (i) => (i < 2000 ? i * 50 : `text ${i}`), 'hashes', 4],
  [
    'very many of everything',
    110_000,
    (i) => [i, `text ${i}`, new Date(i), 2n ** 60n + BigInt(i), i % 3 === 0, null, [], i / 3][i % 8],
    'hashes',
    4,
  ],
  ['numbers, nulls and NaN', 4096, (i) => [null, NaN, i / 8, i, undefined][i % 5], 'float64', 8],
  ['values in 1 % of the rows', 4096, (i) => (i % 100 === 0 ? i : undefined), 'codes', 1],
  ['nothing', 4096, () => null, 'codes', 1],
];

for (const [name, rows, value, kind, bytesPerRow] of FORMS) {
  test(`${name}: ${kind}, ${bytesPerRow} bytes per row`, () => {
    const modelled = filled(rows, value);
    assert.is(modelled.column.kind, kind);
    const allocated = rows <= 4096 ? 4096 : 131_072;
    assert.ok(modelled.column.bytes >= allocated * bytesPerRow, `${modelled.column.bytes} bytes`);
    checkAll(modelled);
    if (rows > 10_000) return modelled.free();
    // Once more with half of the rows gone, and some of them back.
    for (let i = 0; i < rows; i += 2) modelled.clear(i);
    for (let i = 0; i < rows; i += 6) modelled.set(i, value(i + 1));
    checkAll(modelled);
    modelled.free();
  });
}

test('nothing of a freed column stays allocated but a scratch bitmap', () => {
  assert.ok(memory.allocatedBytes <= 8192, `${memory.allocatedBytes} bytes`);
});

test('fractions too small to show beside an integer are no integers', () => {
  const modelled = filled(10, (i) => i);
  modelled.set(1, -5e-324);
  modelled.set(2, 1e-20);
  checkAll(modelled);
  modelled.check(equalTo(0));
  modelled.free();
});

test('times between two milliseconds are no dates', () => {
  for (const count of [1, 70_000]) {
    const modelled = filled(count, (i) => (i === 0 ? new Date(0) : `text ${i}`));
    const between = modelled.column.compile(
      setOf({
        dates: [
          [5e-324, 5e-324],
          [0.5, 0.5],
        ],
      }),
    );
    assert.is(between.test(0), false, modelled.column.kind);
    modelled.free();
  }
});

test('clearing a row that is not set does nothing', () => {
  for (const value of [1, 'a', 0.5]) {
    const modelled = filled(300, (i) => (typeof value === 'number' ? i * value : `${value}${i}`));
    for (const slot of [300, 1023, 5000, 70_000, 500_000]) modelled.clear(slot);
    for (const slot of [7, 7]) modelled.clear(slot);
    checkAll(modelled);
    modelled.free();
  }
});

test('codes of vanished values are used again, and tests of before are stale then', () => {
  const modelled = filled(100, (i) => `text ${i}`);
  const before = modelled.column.compile(equalTo('text 7'));
  modelled.clear(7);
  assert.is(before.generation, modelled.column.generation, 'a vanished value alone makes nothing stale');
  assert.is(before.count, 0);
  modelled.set(7, 'text 7');
  assert.is(before.generation, modelled.column.generation, 'neither does its return');
  assert.is(before.count, 1);
  for (let i = 0; i < 10_000; i++) modelled.set(i % 100, `other ${i}`);
  assert.is(modelled.column.kind, 'codes');
  assert.ok(modelled.column.bytes < 20_000, `${modelled.column.bytes} bytes for 100 texts`);
  assert.ok(before.generation < modelled.column.generation);
  checkAll(modelled);
  modelled.free();
});

test('a set is asked for new values only when a dictionary grew', () => {
  const modelled = filled(1000, (i) => `text ${i}`);
  let asked = 0;
  const set = setOf({
    textTest: (text) => {
      asked++;
      return text.endsWith('9');
    },
  });
  assert.is(modelled.column.compile(set).count, 100);
  assert.is(asked, 1000);
  modelled.set(1000, 'text 1009');
  assert.is(modelled.column.compile(set).count, 101);
  assert.is(asked, 1001);
  modelled.free();
});

test('equality looks up its values instead of asking for all', () => {
  const modelled = filled(1000, (i) => `text ${i}`);
  const set: ValueSet = {
    ...equalTo('text 5', 'text 6', 'text 900', 'none'),
    has() {
      throw new Error('asked');
    },
  };
  assert.is(modelled.column.compile(set).count, 3);
  modelled.free();
});

test('a value that swings between the ends of a range does not recode the rows each time', () => {
  const modelled = filled(2000, () => 0);
  modelled.set(0, -150);
  modelled.set(0, 150);
  const { generation } = modelled.column;
  for (let i = 0; i < 100; i++) modelled.set(0, i % 2 === 0 ? -150 : 150);
  assert.ok(modelled.column.generation <= generation + 1);
  checkAll(modelled);
  modelled.free();
});

test('long runs of a drifting integer change the form a few times only', () => {
  for (const direction of [1, -1]) {
    const modelled = new ModelledColumn(memory);
    let changes = 0;
    for (let i = 0, before = 0; i < 60_000; i++) {
      modelled.set(i % 1000, i * direction);
      if (modelled.column.generation > before + 254) changes++;
      before = modelled.column.generation;
    }
    assert.ok(changes < 30, `${changes} changes`);
    checkAll(modelled);
    modelled.free();
  }
});

test('hashed texts: equality gives candidates, families are exact', () => {
  const modelled = filled(66_000, (i) => (i % 1000 === 0 ? null : `text ${i}`));
  const { column } = modelled;
  assert.is(column.kind, 'hashes');
  assert.equal([column.compile(NOT_NULL).exact, column.compile(NOT_NULL).count], [true, 65_934]);
  assert.equal([column.compile(NULLS).exact, column.compile(NULLS).count], [true, 66]);
  assert.equal([column.compile(equalTo(7)).exact, column.compile(equalTo('text 7')).exact], [false, false]);
  const many = equalTo(...Array.from({ length: 1000 }, (_, i) => `text ${i}`));
  modelled.check(many);
  assert.ok(column.compile(many).costNs > column.compile(equalTo('text 7')).costNs);
  assert.is(column.ranks(), undefined);
  modelled.free();
});

test('a condition that is the complement of one range costs one scan', () => {
  const wide = filled(4096, (i) => (i * 7919) % 100_003).column;
  const [one, not] = [wide.compile(equalTo(5)).costNs, wide.compile(NOT_5).costNs];
  assert.ok(not < 1.5 * one, `${not} against ${one} ns`);
  wide.free();
});

test('ranks end with the first number that leaves no room above it', () => {
  const modelled = filled(2000, (i) => i / 8);
  const { generation } = modelled.column;
  assert.type(modelled.column.ranks(), 'function');
  modelled.set(5, Infinity);
  assert.ok(modelled.column.generation > generation);
  assert.is(modelled.column.ranks(), undefined);
  modelled.free();
});

test.run();
