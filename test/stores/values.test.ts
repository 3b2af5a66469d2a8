/** Every type's evil values: written as parameters, read back by SELECT and by COPY, always the same and always what PostgreSQL holds. */
import * as fc from 'fast-check';
import * as assert from 'uvu/assert';
import { ValueError } from '../../lib/errors.ts';
import { KnexMapStore, type ColumnSpec } from '../../stores/knex/index.ts';
import { readNumber, readNumeric } from '../../stores/knex/wire.ts';
import { describe } from '../kit/describe.ts';
import { schema } from '../kit/postgres.ts';
import { collector } from './conformance.ts';

const SEED = Number(process.env['SEED'] ?? 20_240_229);
const signal = new AbortController().signal;
const test = describe('KnexMapStore: values');

const TEXTS = ['', ' ', 'a ', "O'Neil", '"', '\\', '\\x41', '{}', '{a,b}', 'NULL', 'null', '$1', '?', '\n\t\r\u0001', 'é e\u0301', '\u{1F600}', '\uFFFF', '\uE000', 'x'.repeat(100_000)]; // prettier-ignore
const DATES = [0, -1, 1, 1_582_934_400_123, -62_135_596_800_000, -62_135_596_800_001, 253_402_300_800_000, -210_800_000_000_000, 8_640_000_000_000_000 - 1].map((ms) => new Date(ms)); // prettier-ignore
const JSONS: unknown[] = [
  0,
  -0.5,
  1e300,
  '',
  '"\\',
  'é\u{1F600}',
  true,
  false,
  [],
  {},
  [null, [1, { a: null }]],
  { 'a"b': { c: [] }, '': 1 },
];

interface TypeCase {
  /** As declared. */
  readonly type: string;
  readonly values: readonly unknown[];
  readonly spec?: Omit<ColumnSpec, 'column'>;
}

const CASES: readonly TypeCase[] = [
  { type: 'bool', values: [true, false] },
  { type: 'int2', values: [0, 1, -1, 32_767, -32_768] },
  { type: 'int4', values: [0, 1, -1, 2_147_483_647, -2_147_483_648] },
  { type: 'int8', values: [0, -1, 2 ** 53 - 1, 1 - 2 ** 53, 2n ** 53n, -(2n ** 53n), 2n ** 63n - 1n, -(2n ** 63n)] },
  { type: 'int8', values: [0n, -1n, 2n ** 63n - 1n], spec: { int8: 'bigint' } },
  { type: 'int8', values: ['0', '-1', '9223372036854775807'], spec: { int8: 'string' } },
  { type: 'int8', values: [0, 2 ** 53 - 1], spec: { int8: 'number' } },
  { type: 'oid', values: [0, 4_294_967_295] },
  { type: 'float4', values: [0, -0, 0.5, Math.fround(0.1), Math.fround(3.4e38), 1.401298464324817e-45, NaN, Infinity, -Infinity] },
  { type: 'float8', values: [0, -0, 0.1, 0.1 + 0.2, 5e-324, Number.MAX_VALUE, 1e21, 123_456_789.123_456_79, NaN, Infinity, -Infinity] },
  { type: 'numeric(15,2)', values: [0, 0.1, -0.01, 1234.5, 9_999_999_999_999.99, 10_000, 100_000_000, NaN] },
  { type: 'numeric(15,10)', values: [0.000_000_1, 99_999.123_456_789_1, -0.5] },
  { type: 'numeric', values: ['0', '0.00', '-1.50', '1e5000', '0.00000000000000000000123', '123456789012345678901234567890.000', 'NaN', 'Infinity', '-Infinity', '10000', '100000000.0001'], spec: { numeric: 'string' } }, // prettier-ignore
  { type: 'text', values: TEXTS },
  { type: 'text collate "C"', values: TEXTS },
  { type: 'varchar(5)', values: ['', 'abcde', '\u{1F600}'.repeat(5)] },
  { type: 'uuid', values: ['00000000-0000-0000-0000-000000000000', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'] },
  { type: 'timestamptz', values: [...DATES, Infinity, -Infinity] },
  { type: 'timestamp', values: DATES },
  {
    type: 'date',
    values: [
      '2024-02-29',
      '0001-01-01',
      '0001-12-31 BC',
      '4713-01-01 BC',
      '1969-12-31',
      '2000-01-01',
      '99999-12-31',
      'infinity',
      '-infinity',
    ],
  },
  { type: 'json', values: JSONS },
  { type: 'jsonb', values: JSONS },
  { type: 'bytea', values: [new Uint8Array(), new Uint8Array([0, 92, 255]), new Uint8Array(300).fill(7)] },
  { type: 'int4[]', values: [[], [1, null, -1], [[1, 2], [3, 4]]] }, // prettier-ignore
  { type: 'text[]', values: [TEXTS.slice(0, -1), [null, 'NULL', 'null'], [['a', '{'], ['"', ',']], ['']] }, // prettier-ignore
  { type: 'timestamptz[]', values: [DATES] },
  { type: 'jsonb[]', values: [[{ a: '"\\' }, [1], null]] },
  { type: 'bytea[]', values: [[new Uint8Array([0, 34, 92])]] },
  { type: 'mood', values: ["so 'so'", 'ok'] },
  { type: 'mood[]', values: [["so 'so'", null, 'ok']] },
  { type: 'interval', values: ['1 day 02:03:04', '1 year'] },
  { type: 'inet', values: ['10.0.0.0/8', '::/64'] },
  { type: 'short', values: ['abc'] },
  { type: 'amounts', values: [[1.25, null]] },
  { type: 'time', values: ['23:59:59.999999'] },
];

test('come back as they were, by load, loadAll and loadOwned', async () => {
  await using db = await schema();
  await db.sql(
    `create type mood as enum ('so ''so''', 'ok'); create domain short as varchar(3) not null default ''; create domain amounts as numeric(5,2)[]`,
  );
  for (const [number, { type, values, spec }] of CASES.entries()) {
    const table = `t${number}`;
    await db.sql(`create table ${table}(id int primary key, v ${type})`);
    const store = new KnexMapStore<number, { id: number; v: unknown }>({
      connection: db.knex,
      table,
      ...(spec !== undefined && { columns: { id: true, v: { ...spec } } }),
    });
    await store.init({ mapName: table, properties: {} });
    const all = type === 'short' ? values : [...values, null];
    const entries = new Map(all.map((v, id) => [id, { id, v }]));
    await store.storeAll(entries);
    await store.store(0, entries.get(0)!);

    const { sink, entries: owned } = collector<number, { id: number; v: unknown }>();
    await store.loadOwned(sink, signal);
    const selected = await store.loadAll([...entries.keys()]);
    for (const [id, entry] of entries) {
      assert.ok(same(selected.get(id)?.v, entry.v), `${type}: ${show(entry.v)} came back as ${show(selected.get(id)?.v)} from SELECT`);
      assert.ok(same(owned.get(id)?.v, entry.v), `${type}: ${show(entry.v)} came back as ${show(owned.get(id)?.v)} from COPY`);
    }
    assert.equal(await store.load(0), owned.get(0));
    await store.destroy();
  }
});

test('whatever the session is set to', async () => {
  await using db = await schema();
  await db.sql(`create table t(id int primary key, at timestamptz, day date, f float8, r float4, bytes bytea, days date[], span interval)`);
  const odd = ['DateStyle=SQL,DMY', 'TimeZone=Asia/Kathmandu', 'extra_float_digits=-3', 'bytea_output=escape', 'client_encoding=UTF8'];
  const connection = `${db.url}${odd.map((setting) => `%20-c%20${encodeURIComponent(setting)}`).join('')}`;
  const store = new KnexMapStore<number, Record<string, unknown>>({ connection, table: 't' });
  await store.init({ mapName: 't', properties: {} });
  const value = { id: 1, at: new Date(1_234_567_890_123), day: '2024-02-01', f: 0.1 + 0.2, r: Math.fround(0.1), bytes: new Uint8Array([0, 200]), days: ['2024-03-04'], span: '1 day' }; // prettier-ignore
  await store.store(1, value);
  const { sink, entries } = collector<number, unknown>();
  await store.loadOwned(sink, signal);
  assert.equal(await store.load(1), value);
  assert.equal(entries.get(1), value);
  await store.destroy();
});

test('microseconds are cut to the millisecond below, in every century', async () => {
  await using db = await schema();
  await db.sql(`create table t(id int primary key, at timestamptz)`);
  const store = new KnexMapStore<number, { id: number; at: Date }>({ connection: db.knex, table: 't' });
  await store.init({ mapName: 't', properties: {} });
  const texts = ['1969-12-31T23:59:59.123999', '2020-01-01T00:00:00.000999', '1500-06-01T12:00:00.999999', '9876-05-04T03:02:01.999999'];
  for (const [id, text] of texts.entries()) await db.sql(`insert into t values (?, ?::timestamptz)`, [id, `${text}Z`]);
  const { sink, entries } = collector<number, { id: number; at: Date }>();
  await store.loadOwned(sink, signal);
  for (const [id, text] of texts.entries()) {
    assert.is(entries.get(id)?.at.toISOString(), `${text.slice(0, -3)}Z`);
    assert.equal(await store.load(id), entries.get(id));
  }
  await store.destroy();
});

test('random rows come back as they were', async () => {
  await using db = await schema();
  await db.sql(`create type mood as enum ('so ''so''', 'ok', ''); create domain short as varchar(3) check (value <> 'bad');
    create table t(id int primary key, f float8, b int8, s text, j jsonb, d date, at timestamptz, l text[], n numeric, u uuid, y bytea, e mood, v short, m timestamptz[], g jsonb[], w mood[])`);
  const store = new KnexMapStore<number, Record<string, unknown>>({ connection: db.knex, table: 't', numeric: 'string' });
  await store.init({ mapName: 't', properties: {} });
  const text = fc.string({ unit: 'binary' }).filter((s) => !s.includes('\0'));
  const day = fc.date({ min: new Date('0001-01-01'), max: new Date('9999-12-31'), noInvalidDate: true });
  const row = fc.record({
    f: nullable(fc.double()),
    b: nullable(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map((b) => (Number.isSafeInteger(Number(b)) ? Number(b) : b))),
    s: nullable(text),
    j: nullable(
      fc.dictionary(
        text.filter((name) => name !== '__proto__'),
        fc.oneof(text, fc.boolean(), fc.integer(), fc.array(text)),
        { noNullPrototype: true },
      ),
    ),
    d: nullable(day.map((date) => date.toISOString().slice(0, 10))),
    at: nullable(day),
    l: nullable(matrix(nullable(text))),
    u: nullable(fc.uuid()),
    y: nullable(fc.uint8Array({ maxLength: 40 })),
    e: nullable(fc.constantFrom("so 'so'", 'ok', '')),
    v: nullable(fc.constantFrom('', ' ', 'é', '\\"', '"{', '\u{1F600}a')),
    m: nullable(matrix(nullable(day))),
    g: nullable(fc.array(nullable(fc.oneof(text, fc.integer(), fc.array(text, { maxLength: 3 }))))),
    w: nullable(matrix(nullable(fc.constantFrom("so 'so'", 'ok', '')))),
    n: nullable(fc.tuple(fc.bigInt({ min: -(10n ** 40n), max: 10n ** 40n }), fc.nat(30)).map(([digits, scale]) => decimal(digits, scale))),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(row, { minLength: 1, maxLength: 50 }), async (rows) => {
      await db.sql('truncate t');
      const entries = new Map(rows.map((one, id) => [id, { id, ...one }]));
      await store.storeAll(entries);
      const { sink, entries: owned } = collector<number, Record<string, unknown>>();
      await store.loadOwned(sink, signal);
      for (const loaded of [owned, await store.loadAll([...entries.keys()])]) {
        for (const [id, entry] of entries)
          if (!same(loaded.get(id), entry)) throw new Error(`${show(entry)} came back as ${show(loaded.get(id))}`);
      }
    }),
    { seed: SEED, numRuns: 40 },
  );
  await store.destroy();
});

test('random keys of several columns find their rows', async () => {
  await using db = await schema();
  await db.sql(`create table t(s text, at timestamptz(3), u uuid, f float8, v int, primary key (s, at, u, f))`);
  const store = new KnexMapStore<Record<string, unknown>, { v: number }>({
    connection: db.knex,
    table: 't',
    keyInValue: false,
    columns: { v: true },
  });
  await store.init({ mapName: 't', properties: {} });
  const key = fc.record({
    s: fc.string({ unit: 'binary', maxLength: 5 }).filter((s) => !s.includes('\0')),
    at: fc.date({ min: new Date(-62_167_219_200_000), max: new Date(253_402_300_799_999), noInvalidDate: true }),
    u: fc.uuid(),
    f: fc.double({ noNaN: true }).map((f) => (f === 0 ? 0 : f)),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(key, { minLength: 1, maxLength: 40 }), async (keys) => {
      await db.sql('truncate t');
      const entries = new Map(keys.map((one, v) => [one, { v }]));
      await store.storeAll(entries);
      assert.equal(await store.loadAll(keys), entries);
      const named: Record<string, unknown>[] = [];
      for await (const one of store.loadAllKeys()) named.push(one);
      assert.is(named.length, keys.length);
      const [first, ...others] = keys;
      await store.delete(first!);
      assert.is(await store.load(first!), undefined);
      await store.deleteAll(others);
      assert.equal(await db.sql('select * from t'), []);
    }),
    { seed: SEED, numRuns: 20 },
  );
  await store.destroy();
});

test('a numeric becomes the nearest double', async () => {
  await using db = await schema();
  const samples = fc.sample(fc.tuple(fc.bigInt({ min: -(10n ** 18n), max: 10n ** 18n }), fc.nat(30), fc.nat(20)), {
    seed: SEED,
    numRuns: 3_000,
  });
  const texts = samples.map(([digits, scale, zeros]) => decimal(digits / 10n ** BigInt(zeros % 19), scale));
  const rows = await db.sql(`select encode(numeric_send(x), 'hex') as sent, x::text as written from unnest(?::numeric[]) x`, [texts]);
  for (const { sent, written } of rows) {
    assert.is(readNumeric(Buffer.from(String(sent), 'hex'), 0), written);
    const wanted = Number(written);
    assert.is(readNumber(Buffer.from(String(sent), 'hex'), 0), wanted === 0 ? 0 : wanted);
  }
});

test('what would come back as something else is refused', async () => {
  await using db = await schema();
  await db.sql(
    `create table t(id int primary key, i int, f float8, s text, b bool, at timestamptz, d date, j jsonb, u uuid, bytes bytea, l int[], n numeric)`,
  );
  const store = new KnexMapStore<number, Record<string, unknown>>({ connection: db.knex, table: 't', numeric: 'string' });
  await store.init({ mapName: 't', properties: {} });
  const refused: readonly (readonly [string, unknown])[] = [
    ['i', 1.5], ['i', '1'], ['i', true], ['i', 2 ** 53], ['f', '1'], ['f', 1n], ['s', 1], ['s', 'nul\0'], ['s', '\ud800'], ['s', 'a\udc00'], ['b', 'true'], ['b', 1],
    ['at', '2020-01-01'], ['at', 0], ['at', new Date(NaN)], ['d', new Date()], ['d', '1.2.2024'], ['d', '02024-01-01'], ['j', NaN], ['j', 1n], ['j', { a: new Date() }],
    ['j', [undefined]], ['j', new Map()], ['j', () => 1], ['u', 'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11'], ['u', 'x'], ['bytes', 'x'], ['bytes', [1]], ['l', 1], ['l', [1.5]], ['n', 'one'],
  ]; // prettier-ignore
  for (const [attribute, value] of refused) {
    const error: unknown = await store.store(1, { id: 1, [attribute]: value }).catch((reason: unknown) => reason);
    assert.instance(error, ValueError, `${attribute} = ${show(value)}`);
    assert.match(String(error), `'${attribute}' can't be stored: `);
  }
  assert.is(await store.load(1), undefined);
  assert.instance(await store.load('1' as unknown as number).catch((error: unknown) => error), ValueError);
  await store.destroy();
});

test('a row that its mode cannot express fails the load, not the value', async () => {
  await using db = await schema();
  await db.sql(
    `create table t(id int primary key, b int8, at timestamptz); insert into t values (1, 9007199254740993, null), (2, 1, '290000-01-01Z')`,
  );
  const store = new KnexMapStore<number, unknown>({ connection: db.knex, table: 't', int8: 'number' });
  await store.init({ mapName: 't', properties: {} });
  assert.match(String(await store.load(1).catch((error: unknown) => error)), '9007199254740993 is no exact number');
  assert.match(String(await store.load(2).catch((error: unknown) => error)), 'beyond what a JavaScript Date can hold');
  assert.match(String(await store.loadOwned(collector().sink, signal).catch((error: unknown) => error)), 'RangeError');
  await store.destroy();
});

for (const [type, keys] of [
  ['int8', [1, -5, 2n ** 60n]],
  ['text', ['a', 'Z', 'é', '\u{1F600}', '\uFFFF', '\'"\\']],
  ['uuid', ['a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', '00000000-0000-0000-0000-000000000000']],
  ['date', ['2024-02-29', '2023-01-01']],
  ['bool', [false, true]],
  ['float8', [0.1, -1e300]],
  ['timestamptz(3)', [new Date(123), new Date(-5)]],
] as const) {
  test(`keys may be ${type}`, async () => {
    await using db = await schema();
    await db.sql(`create table t(k ${type} primary key, v int)`);
    const store = new KnexMapStore<unknown, { v: number }>({ connection: db.knex, table: 't', keyInValue: false });
    await store.init({ mapName: 't', properties: {} });
    await store.storeAll(new Map([...keys].map((key, v) => [key, { v }])));
    assert.equal(await store.loadAll([...keys]), new Map([...keys].map((key, v) => [key, { v }])));
    const seen: unknown[] = [];
    for await (const key of store.loadAllKeys()) seen.push(key);
    assert.is(seen.length, keys.length);
    await store.delete(keys[0]);
    await store.deleteAll([...keys].slice(1));
    assert.equal(await db.sql('select * from t'), []);
    await store.destroy();
  });
}

test.run();

function nullable<T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | null> {
  return fc.option(arbitrary, { nil: null, freq: 8 });
}

/** A list, or a list of lists of one length. */
function matrix<T>(item: fc.Arbitrary<T>): fc.Arbitrary<readonly unknown[]> {
  const rows = fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 }));
  return fc.oneof(
    fc.array(item, { maxLength: 6 }),
    rows.chain(([count, length]) =>
      fc.array(fc.array(item, { minLength: length, maxLength: length }), { minLength: count, maxLength: count }),
    ),
  );
}

/** As PostgreSQL writes a numeric. */
function decimal(digits: bigint, scale: number): string {
  const text = String(digits < 0n ? -digits : digits).padStart(scale + 1, '0');
  const cut = text.length - scale;
  return `${digits < 0n ? '-' : ''}${text.slice(0, cut)}${scale > 0 ? `.${text.slice(cut)}` : ''}`;
}

/** Structural equality that tells NaN, bigints and classes apart; 0 and -0 are the same number, as the map has it. */
function same(a: unknown, b: unknown): boolean {
  if (a === b || (a !== a && b !== b)) return true;
  if (typeof a === 'string' && typeof b === 'string' && b.startsWith('1e')) return a === `1${'0'.repeat(Number(b.slice(2)))}`;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Object.getPrototypeOf(a) !== Object.getPrototypeOf(b)) return false;
  if (a instanceof Date) return a.getTime() === (b as Date).getTime();
  const [left, right] = [Object.entries(a), b as Record<string, unknown>];
  return left.length === Object.keys(b).length && left.every(([name, value]) => same(value, right[name]));
}

function show(value: unknown): string {
  const text =
    JSON.stringify(value, (_, item: unknown) => (typeof item === 'bigint' ? `${item}n` : typeof item === 'number' ? String(item) : item)) ??
    String(value);
  return text.length > 500 ? `${text.slice(0, 500)}…` : text;
}
