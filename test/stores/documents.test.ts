/** Values kept as JSON documents: whole, or what has no column of its own. */
import * as fc from 'fast-check';
import * as assert from 'uvu/assert';
import { ValueError } from '../../lib/errors.ts';
import { KnexMapStore } from '../../stores/knex/index.ts';
import { describe } from '../kit/describe.ts';
import { schema } from '../kit/postgres.ts';
import { EFFORT, SEED } from '../kit/seed.ts';
import { conformance, type Person } from './conformance.ts';
import { failure, openedStore, ownedBy } from './opened-store.ts';

const test = describe('KnexMapStore: documents');
const DOCUMENTS = 'create table people(id int primary key, doc jsonb not null)';

for (const type of ['jsonb', 'json']) {
  conformance(`KnexMapStore, ${type} documents`, async () => {
    const db = await schema();
    await db.sql(`create table people(id int primary key, doc ${type} not null)`);
    return {
      store: new KnexMapStore<number, Person>({ connection: db.knex, table: 'people', document: 'doc' }),
      drop: () => db[Symbol.asyncDispose](),
    };
  });
}

test('a document is the value, whatever JSON can hold', async () => {
  await using open = await openedStore<number, unknown>(DOCUMENTS, { document: 'doc' });
  const text = fc.string({ unit: 'grapheme' }).filter((one) => !one.includes('\0') && one !== '__proto__');
  const { value } = fc.letrec((tie) => ({
    value: fc.oneof(
      { depthSize: 'small' },
      text,
      fc.boolean(),
      fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => number + 0),
      fc.array(fc.oneof(fc.constant(null), tie('value'))),
      fc.dictionary(text, fc.oneof(fc.constant(null), tie('value')), { noNullPrototype: true }),
    ),
  }));
  await fc.assert(
    fc.asyncProperty(fc.array(value, { minLength: 1, maxLength: 30 }), async (values) => {
      await open.db.sql('truncate people');
      const entries = new Map(values.map((one, id) => [id, one]));
      await open.store.storeAll(entries);
      assert.equal(await open.store.loadAll([...entries.keys()]), entries);
      assert.equal(await ownedBy(open.store), entries);
    }),
    { seed: SEED, numRuns: 30 * EFFORT },
  );
});

test('attributes with columns are not in the document, and are over it', async () => {
  interface Item {
    readonly id: number;
    readonly name: string;
    readonly bought: Date;
    readonly size?: { readonly width: number };
    readonly tags?: readonly string[];
  }
  const sql = `create table items(id int primary key, bought timestamptz, doc jsonb not null, made text default 'here')`;
  await using open = await openedStore<number, Item>(sql, { document: 'doc', keyInValue: true, columns: { bought: true } }, 'items');
  const item: Item = { id: 1, name: 'ink', bought: new Date(5), size: { width: 3 }, tags: ['a'] };
  assert.is(await open.store.store(1, item), undefined);
  assert.equal(await open.db.sql('select id, doc from items'), [{ id: 1, doc: { name: 'ink', size: { width: 3 }, tags: ['a'] } }]);
  assert.equal(await open.store.load(1), item);
  assert.equal(await ownedBy(open.store), new Map([[1, item]]));
  await open.db.sql(`update items set doc = doc || '{"bought": "never", "id": 7}'`);
  assert.equal(await open.store.load(1), item);
});

test('values that JSON cannot hold go through a converter, or are refused', async () => {
  interface Event {
    readonly at: Date;
  }
  await using plain = await openedStore<number, unknown>(DOCUMENTS, { document: 'doc' });
  for (const value of [{ at: new Date() }, { n: NaN }, { n: 1n }, { s: 'nul\0' }, { 'nul\0': 1 }, { s: '\ud800' }, [undefined]]) {
    const error = await failure(plain.store.store(1, value));
    assert.instance(
      error,
      ValueError,
      JSON.stringify(value, (_, part: unknown) => (typeof part === 'bigint' ? `${part}n` : part)),
    );
    assert.is(plain.store.failureKind(error), 'poison');
  }
  assert.is(await plain.store.load(1), undefined);

  await using converted = await openedStore<number, Event>(DOCUMENTS, {
    document: {
      column: 'doc',
      toColumn: ({ at }) => ({ at: at.getTime() }),
      fromColumn: (raw) => ({ at: new Date((raw as { at: number }).at) }),
    },
  });
  await converted.store.store(1, { at: new Date(7) });
  assert.equal(await converted.store.load(1), { at: new Date(7) });
  assert.equal(await ownedBy(converted.store), new Map([[1, { at: new Date(7) }]]));
});

test('rows without a document are not there', async () => {
  await using open = await openedStore<number, unknown>(
    `create table people(id int primary key, doc jsonb); insert into people values (1, null), (2, 'null'), (3, '{"a": 1}')`,
    { document: 'doc' },
  );
  assert.is(await open.store.load(1), undefined);
  assert.is(await open.store.load(2), undefined);
  assert.equal(await open.store.loadAll([1, 2, 3]), new Map([[3, { a: 1 }]]));
  assert.equal(await ownedBy(open.store), new Map([[3, { a: 1 }]]));
});

test('promoted columns repeat the document, and follow it', async () => {
  await using open = await openedStore<number, { age?: unknown; name?: unknown }>('', {
    key: { id: { type: 'int4' } },
    document: { column: 'doc', promoted: { age: { type: 'int4' }, name: { column: 'called', type: 'text' } } },
    create: true,
  });
  await open.store.storeAll(new Map<number, { age?: unknown; name?: unknown }>([[1, { age: 3, name: 'a' }], [2, { age: '3' }], [3, { name: 7 }]])); // prettier-ignore
  assert.equal(await open.db.sql('select id, age, called from people order by id'), [
    { id: 1, age: 3, called: 'a' },
    { id: 2, age: null, called: null },
    { id: 3, age: null, called: null },
  ]);
  assert.equal(await open.store.load(1), { age: 3, name: 'a' });
});

test.run();
