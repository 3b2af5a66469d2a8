/** A table of columns of every type with values that have broken somebody, and predicates of every form with constants of every type about them. */
import fc from 'fast-check';
import type { Attribute, Predicate, Scalar, Value } from '../../grammar/ast.ts';
import {
  and,
  between,
  comparison,
  inList,
  isDistinct,
  isNull,
  isTruth,
  like,
  literal,
  not,
  or,
  regex,
  truth,
} from '../../grammar/nodes.ts';
import { attributeOf } from '../../lib/query/predicates/parsed.ts';
import type { TestSchema } from '../kit/postgres.ts';

/** Column → its type and texts of values. */
const COLUMNS: Readonly<Record<string, { readonly type: string; readonly values: readonly string[] }>> = {
  i2: { type: 'int2', values: ['-32768', '-1', '0', '1', '30', '32767'] },
  i4: { type: 'int4', values: ['-2147483648', '-1', '0', '1', '30', '31', '2147483647'] },
  i8: { type: 'int8', values: ['0', '9', '10', '9007199254740991', '9007199254740993', '-9223372036854775808', '9223372036854775807'] },
  i8b: { type: 'int8', values: ['0', '9', '10', '9007199254740993', '-9223372036854775808'] },
  i8s: { type: 'int8', values: ['0', '9', '10', '-1', '9007199254740993'] },
  f8: {
    type: 'float8',
    values: ['0', '-0', 'NaN', 'Infinity', '-Infinity', '0.1', '30', '0.30000000000000004', '1e308', '9007199254740992'],
  },
  f4: { type: 'float4', values: ['0.1', '1', '16777216', 'NaN', '3.4e38', '0', '-Infinity'] },
  n: { type: 'numeric(12,2)', values: ['0.10', '9999999999.99', '-0.01', '30.00', '30.50', 'NaN'] },
  ns: { type: 'numeric', values: ['0.10', '10', '9', '1e40', 'NaN', '30.50'] },
  s: {
    type: 'text collate "C"',
    values: [
      '',
      'a',
      'A',
      'B',
      'b',
      'é',
      'e\u0301',
      'İ',
      'K',
      'k',
      'Jo%',
      'Joe',
      'Jo_',
      'Jo\\',
      'a\nb',
      '\u{1F600}',
      '\uFFFD',
      '\uE000x',
      '30',
      'true',
    ],
  },
  u: { type: 'text', values: ['', 'a', 'A', 'B', 'b', 'é', 'ß', 'i', 'I', 'ı', '\u{1F600}', '\uE000x', 'a ', ' a', '2020-01-01'] },
  v: { type: 'varchar(20)', values: ['a', 'ab', 'B', '30', "O'Neil"] },
  ci: { type: 'text collate nd', values: ['a', 'A', 'á', 'b'] },
  ch: { type: 'char(4)', values: ['a', 'ab'] },
  e: { type: 'mood', values: ['sad', 'ok', 'happy'] },
  id2: { type: 'uuid', values: ['00000000-0000-0000-0000-000000000000', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'] },
  b: { type: 'boolean', values: ['true', 'false'] },
  ts: {
    type: 'timestamptz',
    values: [
      '2020-01-01T00:00:00.123456Z',
      '2020-01-01T00:00:00.123Z',
      '2020-01-01T00:00:00.124Z',
      '1969-12-31T23:59:59.999999Z',
      '1600-02-29T12:00:00Z',
      '0044-03-15 BC',
      'infinity',
      '-infinity',
    ],
  },
  tp: { type: 'timestamp', values: ['2020-01-01T00:00:00.123456', '2020-01-01T00:00:00.124', '1970-01-01', '12020-01-01'] },
  da: { type: 'date', values: ['2020-01-01', '1999-12-31', '0044-03-15 BC', '12020-01-01', 'infinity', '-infinity', '9999-12-31'] },
  l: { type: 'text[]', values: ['{}', '{a,b}', '{NULL}'] },
  by: { type: 'bytea', values: ['\\x00ff', '\\x'] },
  cv: { type: 'int4', values: ['0', '1', '30'] },
  constructor: { type: 'int4', values: ['1'] },
};

const JSON_VALUES = [
  'null',
  '1',
  '30',
  '-0',
  '0.1',
  '0.1000000000000000055511151231257827',
  '0.30000000000000001',
  '30.000000000000001776356839400250464677810668945312',
  '30.0000000000000017763568394002504646778106689453125',
  '1e400',
  '-1e400',
  '1e-400',
  '"a"',
  '"30"',
  '"true"',
  '"é"',
  '"\u{1F600}"',
  '"\uE000x"',
  '""',
  'true',
  'false',
  '[1, "a"]',
  '{"x": 1}',
];

export const TABLE_OPTIONS = {
  columns: {
    ...Object.fromEntries(Object.keys(COLUMNS).map((name) => [name, true as const])),
    i8b: { int8: 'bigint' as const },
    i8s: { int8: 'string' as const },
    ns: { numeric: 'string' as const },
    cv: { fromColumn: (raw: unknown) => Number(raw) + 1, toColumn: (value: unknown) => Number(value) - 1 },
    doc: true as const,
    plain: true as const,
    id: true as const,
  },
};

/** Fills a new table `evil` with random rows. */
export async function createEvilTable(db: TestSchema, count: number, seed: number): Promise<void> {
  const row = fc.record({
    ...Object.fromEntries(Object.entries(COLUMNS).map(([name, { values }]) => [name, nullable(fc.constantFrom(...values))])),
    doc: nullable(documentText),
    plain: nullable(documentText),
  });
  await insertRows(db, fc.sample(row, { seed, numRuns: count }));
}

/** A new table `evil` with as few rows as it takes to have every value of every column, and null. */
export async function createWholeTable(db: TestSchema): Promise<number> {
  const nth = (values: readonly string[], place: number): string | null => values[place % (values.length + 1)] ?? null;
  const rows = Array.from({ length: JSON_VALUES.length + 2 }, (_, place) => ({
    ...Object.fromEntries(Object.entries(COLUMNS).map(([name, { values }]) => [name, nth(values, place)])),
    doc: documentOf([nth(JSON_VALUES, place), nth(JSON_VALUES, place + 7), nth(JSON_VALUES, place + 13)]),
    plain: null,
  }));
  await insertRows(db, rows);
  return rows.length;
}

type Cells = Readonly<Record<string, string | null>>;

async function insertRows(db: TestSchema, rows: readonly Cells[]): Promise<void> {
  await db.sql(`create type mood as enum ('sad', 'ok', 'happy')`);
  await db.sql(`create collation nd (provider = icu, locale = 'und-u-ks-level1', deterministic = false)`);
  const columns = Object.entries(COLUMNS).map(([name, { type }]) => `"${name}" ${type}`);
  await db.sql(`create table evil (id int primary key, ${columns.join(', ')}, doc jsonb, plain json)`);
  for (const [id, cells] of rows.entries()) {
    const names = Object.keys(cells);
    const marks = names.map((name) => `?::${(COLUMNS[name]?.type ?? (name === 'doc' ? 'jsonb' : 'json')).replace(/ collate .*/, '')}`);
    await db.sql(`insert into evil (id, ${names.map((name) => `"${name}"`).join(', ')}) values (?, ${marks.join(', ')})`, [
      id,
      ...Object.values(cells),
    ]);
  }
}

function nullable<T>(some: fc.Arbitrary<T>): fc.Arbitrary<T | null> {
  return fc.oneof({ weight: 6, arbitrary: some }, { weight: 1, arbitrary: fc.constant(null) });
}

const documentText = fc.oneof(
  { weight: 1, arbitrary: fc.constantFrom('null', '5', '"a"', '[]', '["a", 1]') },
  {
    weight: 8,
    arbitrary: fc.tuple(...Array.from({ length: 3 }, () => fc.option(fc.constantFrom(...JSON_VALUES), { freq: 6 }))).map(documentOf),
  },
);

function documentOf([a, b, c]: readonly (string | null | undefined)[]): string {
  const parts = [...(a == null ? [] : [`"a": ${a}`]), ...(b == null ? [] : [`"n": {"b": ${b}}`]), ...(c == null ? [] : [`"l": [${c}, 1]`])];
  return `{${parts.join(', ')}}`;
}

/** Attributes: columns of each type, insides of documents, and what is none of them. */
export const PATHS: readonly string[] = [
  ...Object.keys(COLUMNS).filter((name) => name !== 'cv'),
  's',
  'i4',
  'i8',
  'ts',
  'f8',
  'da',
  'u',
  'b',
  'n',
  'doc',
  'doc.a',
  'doc.a',
  'doc.a',
  'doc.n.b',
  'doc.n.b',
  'doc.l[0]',
  'doc.l[1]',
  'doc.l',
  'doc.a.x',
  'doc.missing',
  'doc.l.length',
  'plain.a',
  'cv',
  'missing',
  'i4.x',
  's.length',
  '__key',
  '__key.x',
  'this',
  'l[0]',
  'l[any]',
  'ts.x',
  'by.x',
  'id',
];
export const CONSTANTS: readonly Scalar[] = [
  0,
  -0,
  1,
  9,
  10,
  30,
  30.5,
  -1,
  0.1,
  0.3,
  0.30000000000000004,
  32768,
  2147483647,
  2147483648,
  -2147483649,
  NaN,
  Infinity,
  -Infinity,
  1e300,
  1e308,

  Math.fround(0.1),
  16777217,
  9007199254740991,
  9007199254740992,
  1577836800123,
  1577836800123.5,
  5e-324,
  Number.MAX_VALUE,
  30.000000000000004,
  9007199254740993n,
  -(2n ** 63n),
  2n ** 63n,
  5n,
  30n,
  10n ** 400n,

  '',
  'a',
  'A',
  'b',
  'é',
  'İ',
  'K',
  'Joe',
  'Jo%',
  '\u{1F600}',
  '\uE000x',
  'nul\0',
  '\0',
  'a\0b',
  '\ud800',
  'a\udc00',
  '30',
  '30.0',
  ' 30 ',
  '1e400',
  '9007199254740993',

  'true',
  'f',
  'NaN',
  'infinity',
  '-infinity',
  '2020-01-01',
  '2020-01-01T00:00:00.123Z',
  '0044-03-15 BC',
  '12020-01-01',
  '9999-12-31',
  '2020-13-01',
  'ok',
  'happy',

  '00000000-0000-0000-0000-000000000000',
  'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11',
  'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11',
  '0.10',
  '9'.repeat(400),
  true,
  false,
  ...[
    '2020-01-01T00:00:00.123Z',
    '2020-01-01T00:00:00.124Z',
    '1969-12-31T23:59:59.999Z',
    '1600-02-29T12:00:00Z',
    '+275760-09-13T00:00:00.000Z',
    '-271821-04-20T00:00:00.000Z',
  ].map((text) => new Date(text)),
  new Date(NaN),
  null,
];
const isTime = (value: Scalar): boolean => value instanceof Date || (typeof value === 'string' && /^\d{4}-|infinity|BC/.test(value));
const isNumber = (value: Scalar): boolean =>
  typeof value === 'number' || typeof value === 'bigint' || (typeof value === 'string' && /^ ?\d|NaN|inf/.test(value));
const isUuid = (value: Scalar): boolean => typeof value === 'string' && value.length === 36;
/** Constants that a column's values are likely to meet: among all of them the interesting cases would be rare. */
const SUITED: readonly (readonly [RegExp, (value: Scalar) => boolean])[] = [
  [/^(?:ts|tp)$/, (value) => isTime(value) || (typeof value === 'number' && (Math.abs(value) > 1e9 || Number.isNaN(value)))],
  [/^da$/, isTime],
  [/^[ifn]\w*$/, isNumber],
  [/^id2$/, isUuid],
  [/^b$/, (value) => typeof value === 'boolean' || value === 'true' || value === 'f'],
  [/^(?:s|u|v|ci|ch|e)$/, (value) => typeof value === 'string' && !isUuid(value)],
  [/^doc/, (value) => isNumber(value) || typeof value === 'boolean' || (typeof value === 'string' && !isTime(value))],
];

function valuesFor({ text }: Attribute): fc.Arbitrary<Value> {
  const [, suits] = SUITED.find(([paths]) => paths.test(text)) ?? [];
  const suited = suits === undefined ? CONSTANTS : CONSTANTS.filter(suits);
  return fc
    .oneof({ weight: 3, arbitrary: fc.constantFrom(...suited) }, { weight: 1, arbitrary: fc.constantFrom(...CONSTANTS) })
    .map((value) => literal(value));
}
const values: fc.Arbitrary<Value> = fc.constantFrom(...CONSTANTS).map((value) => literal(value));
const operators = fc.constantFrom('=', '!=', '<', '<=', '>', '>=');
const patterns = fc
  .array(fc.constantFrom('%', '_', 'a', 'A', 'k', 'J', 'o', 'i', 'é', '\\', '\\%', '#', '\0', '\u{1F600}', '3', 'İ', "'"), { maxLength: 5 })
  .map((parts) => literal(parts.join('')));
const flag = fc.boolean();

/** Predicates of every form about attributes at these paths; LIKE mostly about those of texts. */
export function predicatesAbout(paths: readonly string[], textPaths: readonly string[] = paths): fc.Arbitrary<Predicate> {
  const attributes = attributesAt(paths);
  const texts = attributesAt(textPaths);
  const about = (test: (attribute: Attribute, values: fc.Arbitrary<Value>) => fc.Arbitrary<Predicate>): fc.Arbitrary<Predicate> =>
    attributes.chain((attribute) => test(attribute, valuesFor(attribute)));
  const leaf: fc.Arbitrary<Predicate> = fc.oneof(
    {
      weight: 10,
      arbitrary: about((a, v) =>
        fc.tuple(operators, v, flag).map(([o, value, turned]) => (turned ? comparison(value, o, a) : comparison(a, o, value))),
      ),
    },
    { weight: 4, arbitrary: about((a, v) => fc.tuple(v, v, flag).map(([low, high, n]) => between(a, low, high, n))) },
    { weight: 4, arbitrary: about((a, v) => fc.tuple(fc.array(v, { maxLength: 5 }), flag).map(([list, n]) => inList(a, list, n))) },
    {
      weight: 4,
      arbitrary: fc
        .tuple(fc.oneof(attributes, texts), patterns, fc.constantFrom('\\', '', '#'), flag, flag)
        .map(([a, p, escape, insensitive, negated]) => like(a, p, { escape, insensitive, negated })),
    },
    { weight: 2, arbitrary: fc.tuple(attributes, flag).map(([a, n]) => isNull(a, n)) },
    { weight: 2, arbitrary: about((a, v) => fc.tuple(v, flag).map(([value, n]) => isDistinct(a, value, n))) },
    { weight: 2, arbitrary: fc.tuple(attributes, flag, flag).map(([a, v, n]) => isTruth(a, v, n)) },
    { weight: 1, arbitrary: attributes.map((a) => truth(a)) },
    { weight: 1, arbitrary: fc.tuple(attributes, operators, attributes).map(([a, o, b]) => comparison(a, o, b)) },
    { weight: 1, arbitrary: fc.tuple(attributes, flag).map(([a, n]) => regex(a, literal('[ab]+'), n)) },
    { weight: 1, arbitrary: fc.tuple(values, operators, values).map(([a, o, b]) => comparison(a, o, b)) },
  );
  return fc.letrec<{ tree: Predicate }>((tie) => ({
    tree: fc.oneof(
      { maxDepth: 3, depthSize: 'small' },
      leaf,
      fc.array(tie('tree'), { minLength: 2, maxLength: 3 }).map((terms) => and(terms)),
      fc.array(tie('tree'), { minLength: 2, maxLength: 3 }).map((terms) => or(terms)),
      tie('tree').map((term) => not(term)),
    ),
  })).tree;
}

function attributesAt(paths: readonly string[]): fc.Arbitrary<Attribute> {
  return fc.constantFrom(...paths).map((path) => attributeOf(path));
}

export const attributes: fc.Arbitrary<Attribute> = attributesAt(PATHS);
export const predicates: fc.Arbitrary<Predicate> = predicatesAbout(PATHS, ['s', 'u', 'ci', 'doc.a', 'i8s']);
