/** The attribute set: changes reach everything, builds go on while entries change, columns come when wanted and go for the budget. */
import * as assert from 'uvu/assert';
import { createColumnMemory } from '../../lib/columns/column-memory.ts';
import type { Column } from '../../lib/columns/column.ts';
import { IndexError } from '../../lib/errors.ts';
import { createAttributeSet, type AttributeSet } from '../../lib/indexes/attribute-set.ts';
import { defineIndex } from '../../lib/indexes/index-definition.ts';
import type { OrderedIndex } from '../../lib/indexes/index-contract.ts';
import { leafSet } from '../../lib/query/sets/leaf-sets.ts';
import { EVERYTHING } from '../../lib/query/sets/value-sets.ts';
import { describe } from '../kit/describe.ts';
import { VALUES } from '../query/arbitrary.ts';
import * as nodes from '../query/nodes.ts';
import { Entries, tightSlices } from './entries.ts';
import { checkAnswer, ordered, walked, type Model } from './model.ts';
import { below, pick, randomFrom } from './random.ts';

const test = describe('attribute set');

const DEFINITIONS = [
  defineIndex({ attribute: 'a', ordered: true }),
  defineIndex({ attribute: 'a' }),
  defineIndex({ type: 'BITMAP', attributes: ['b'] }),
  defineIndex({ type: 'SORTED', attributes: ['b', 'c.d'] }),
  defineIndex({ type: 'HASH', attributes: ['a', 'b'] }),
  defineIndex({ attribute: '__key', ordered: true }),
];
const READ: Readonly<Record<string, (slot: number, value: Entry) => unknown>> = {
  a: (_slot, value) => value.a,
  b: (_slot, value) => value.b,
  'c.d': (_slot, value) => value.c?.d,
  __key: (slot) => `key ${slot}`,
};

interface Entry {
  readonly a?: unknown;
  readonly b?: unknown;
  readonly c?: { readonly d: unknown };
}

function setUp(columnBudgetBytes?: number): { entries: Entries; attributes: AttributeSet } {
  const memory = createColumnMemory({ simd: false });
  const attributes = createAttributeSet({ memory, ...(columnBudgetBytes === undefined ? {} : { columnBudgetBytes }) });
  return { entries: new Entries(attributes), attributes };
}

function entry(random: () => number): Entry {
  const value = (): unknown => (random() < 0.5 ? pick(random, VALUES) : below(random, 300));
  return { a: value(), b: pick(random, VALUES), ...(random() < 0.8 ? { c: { d: value() } } : {}) };
}

function changeSome(entries: Entries, random: () => number, times: number, slots: number): void {
  for (let i = 0; i < times; i++) {
    const slot = below(random, slots);
    if (random() < 0.3) entries.remove(slot);
    else entries.put(slot, entry(random));
  }
}

function model(entries: Entries, paths: readonly string[]): Model {
  const live = [...entries.values.entries()].filter(([, value]) => value !== undefined);
  return new Map(live.map(([slot, value]) => [slot, paths.map((path) => READ[path]!(slot, value as Entry))]));
}

/** All indexes and columns have exactly the entries. */
function checkAll(entries: Entries): void {
  const { attributes } = entries;
  const some = leafSet(nodes.compare('a', '<', 30), false, []);
  const one = leafSet(nodes.isNull('a', false), false, []);
  for (const index of attributes.indexes) {
    const { name, attributes: paths } = index.definition;
    const expected = model(entries, paths);
    assert.is(index.size, expected.size, name);
    for (const sets of [[EVERYTHING], [some], [one, EVERYTHING], [one, some], [one, one]]) {
      if (sets.length <= paths.length) checkAnswer(index, expected, sets, name);
    }
    if (index.definition.type !== 'SORTED') continue;
    assert.equal(walked(index as OrderedIndex, some, false), ordered(expected, some, false), name);
  }
  for (const path of Object.keys(READ)) {
    const column = attributes.column(path);
    if (column !== undefined) checkColumn(column, model(entries, [path]));
  }
}

function checkColumn(column: Column, expected: Model): void {
  for (const set of [leafSet(nodes.compare('a', '<', 30), false, []), leafSet(nodes.isNull('a', false), false, [])]) {
    const compiled = column.compile(set);
    for (const [slot, [value]] of expected) {
      if (compiled.exact) assert.is(compiled.test(slot), set.has(value), `${column.attribute} of slot ${slot}`);
      else if (set.has(value)) assert.ok(compiled.test(slot), `${column.attribute} of slot ${slot}`);
    }
  }
}

test('changes reach every column and index', async () => {
  const random = randomFrom();
  const { entries, attributes } = setUp();
  for (const definition of DEFINITIONS) await attributes.addIndex(definition, entries, tightSlices());
  assert.equal(attributes.definitions, DEFINITIONS);
  for (let round = 0; round < 4; round++) {
    changeSome(entries, random, 1500, 700);
    checkAll(entries);
  }
  entries.clear();
  checkAll(entries);
  changeSome(entries, random, 500, 300);
  checkAll(entries);
  for (const path of Object.keys(READ)) assert.ok(attributes.column(path), path);
  assert.ok(attributes.bytes > 0);
});

test('an index on an empty map is there at once', () => {
  const { entries, attributes } = setUp();
  void attributes.addIndex(DEFINITIONS[0]!, entries, tightSlices());
  assert.is(attributes.indexes.length, 1);
});

test('indexes are built while entries change', async () => {
  const random = randomFrom();
  const { entries, attributes } = setUp();
  changeSome(entries, random, 9000, 6000);
  const slices = tightSlices(() => changeSome(entries, random, 20, 7000));
  const before = attributes.version;
  // All at once: they are built one after the other.
  await Promise.all(DEFINITIONS.map((definition) => attributes.addIndex(definition, entries, slices)));
  assert.ok(slices.pauses() > 50, `${slices.pauses()} pauses`);
  assert.ok(attributes.version > before);
  assert.is(attributes.indexes.length, DEFINITIONS.length);
  checkAll(entries);
  changeSome(entries, random, 1000, 7000);
  checkAll(entries);
});

test('nothing is seen of an index that is not complete', async () => {
  const random = randomFrom();
  const { entries, attributes } = setUp();
  changeSome(entries, random, 3000, 2000);
  let done = false;
  const slices = tightSlices(() => {
    assert.is(attributes.indexes.length, Number(done));
    assert.is(attributes.column('a'), undefined);
  });
  await attributes.addIndex(DEFINITIONS[0]!, entries, slices);
  done = true;
  assert.is(attributes.indexes.length, 1);
  assert.ok(attributes.column('a'));
});

test('a map that is cleared during a build ends with an index of what came after', async () => {
  const random = randomFrom();
  for (const clearAt of [1, 5, 14, 20, 60]) {
    const { entries, attributes } = setUp();
    changeSome(entries, random, 6000, 4000);
    let pauses = 0;
    const slices = tightSlices(() => {
      if (++pauses === clearAt) entries.clear();
      if (pauses < 100) changeSome(entries, random, 10, 3000);
    });
    await attributes.addIndex(DEFINITIONS[0]!, entries, slices);
    await attributes.addIndex(DEFINITIONS[4]!, entries, slices);
    checkAll(entries);
  }
});

test('the same index again is no other index; the same name for another is an error', async () => {
  const { entries, attributes } = setUp();
  for (let slot = 0; slot < 3000; slot++) entries.put(slot, { a: slot, b: 1 });
  const first = attributes.addIndex(defineIndex({ attribute: 'a', ordered: true }), entries, tightSlices());
  const second = attributes.addIndex(defineIndex({ type: 'SORTED', attributes: ['a'], name: 'other' }), entries, tightSlices());
  await refused(() => attributes.addIndex(defineIndex({ type: 'HASH', attributes: ['b'], name: 'a_sorted' }), entries, tightSlices()));
  await Promise.all([first, second]);
  assert.is(attributes.indexes.length, 1);
  await attributes.addIndex(defineIndex({ attribute: 'a', ordered: true }), entries, tightSlices());
  assert.is(attributes.indexes.length, 1);
  await refused(() => attributes.addIndex(defineIndex({ type: 'HASH', attributes: ['b'], name: 'a_sorted' }), entries, tightSlices()));
});

test('a column is built when queries want it a second time', async () => {
  const { entries, attributes } = setUp();
  for (let slot = 0; slot < 3000; slot++) entries.put(slot, { a: slot % 50, b: slot });
  attributes.wanted(nodes.attribute('a'), entries, tightSlices());
  await attributes.settled();
  assert.is(attributes.column('a'), undefined);
  attributes.wanted(
    nodes.attribute('a'),
    entries,
    tightSlices(() => entries.put(7, { a: 12, b: 12 })),
  );
  attributes.wanted(nodes.attribute('a'), entries, tightSlices());
  await attributes.settled();
  assert.ok(attributes.column('a'));
  checkAll(entries);
  entries.put(8, { a: 99 });
  checkAll(entries);
  for (let i = 0; i < 3; i++) attributes.wanted(nodes.attribute('a[any]'), entries, tightSlices());
  await attributes.settled();
  assert.is(attributes.column('a[any]'), undefined);
});

test('over the budget, the column wanted longest ago goes; those of indexes stay', async () => {
  const { entries, attributes } = setUp(20_000);
  for (let slot = 0; slot < 2000; slot++) entries.put(slot, { a: slot % 50, b: slot % 7, c: { d: slot % 3 } });
  await attributes.addIndex(DEFINITIONS[0]!, entries, tightSlices());
  const want = async (path: string): Promise<void> => {
    for (let i = 0; i < 2; i++) attributes.wanted(nodes.attribute(path), entries, tightSlices());
    await attributes.settled();
  };
  const size = attributes.column('a')!.bytes;
  assert.ok(size < 20_000, `a column has ${size} bytes`);
  const paths = Array.from({ length: Math.ceil(20_000 / size) + 2 }, (_, i) => `b${i}`);
  for (const path of paths) await want(path);
  const { version } = attributes;
  assert.is(attributes.column(paths[0]!), undefined);
  assert.ok(attributes.column(paths.at(-1)!));
  assert.ok(attributes.column('a'));
  await want('b');
  assert.ok(attributes.column('b'));
  assert.ok(attributes.version > version);
});

test('a set that is freed during a build stops building', async () => {
  const { entries, attributes } = setUp();
  for (let slot = 0; slot < 3000; slot++) entries.put(slot, { a: slot });
  const slices = tightSlices(() => attributes.free());
  await attributes.addIndex(DEFINITIONS[0]!, entries, slices);
  assert.is(slices.pauses(), 1);
  assert.is(attributes.indexes.length, 0);
});

test('a build that fails leaves nothing behind, and the next one is none the worse', async () => {
  const { entries, attributes } = setUp();
  for (let slot = 0; slot < 2000; slot++) entries.put(slot, { a: slot, b: 1 });
  const storedAt = (): never => {
    throw new Error('no entry can be read');
  };
  const failing = { top: 2000, isLive: () => true, keyAt: () => 0, storedAt };
  let failed = false;
  await attributes.addIndex(DEFINITIONS[0]!, failing, tightSlices()).catch(() => (failed = true));
  assert.ok(failed);
  for (let i = 0; i < 2; i++) attributes.wanted(nodes.attribute('b'), failing, tightSlices());
  await attributes.settled();
  assert.is(attributes.column('b'), undefined);
  assert.is(attributes.indexes.length, 0);
  await attributes.addIndex(DEFINITIONS[0]!, entries, tightSlices());
  checkAll(entries);
});

test.run();

async function refused(call: () => Promise<void>): Promise<void> {
  try {
    await call();
  } catch (error) {
    assert.instance(error, IndexError);
    return;
  }
  assert.unreachable('it was not refused');
}
