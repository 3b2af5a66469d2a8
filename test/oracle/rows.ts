/** Random rows for the oracle, as values of a map and as a PostgreSQL table. */
import fc from 'fast-check';
import type { Knex } from 'knex';

export interface Row {
  readonly id: number;
  readonly i?: number | null;
  readonly f?: number | null;
  readonly s?: string | null;
  readonly t?: string | null;
  readonly b?: boolean | null;
  readonly d?: Date | null;
  readonly big?: bigint | number | null;
  readonly address?: { readonly city?: string | null; readonly zip?: number | null } | null;
  readonly tags?: readonly (string | null)[] | null;
}

/** Texts that have broken somebody: LIKE's own letters, quotes, backslashes, case, accents, order beyond the basic plane, white space. */
export const TEXTS = [
  '',
  'a',
  'A',
  'ab',
  'b',
  'B',
  'aXb',
  'a%b',
  'a_b',
  '%',
  '_',
  '\\',
  'a\\b',
  "O'Neil",
  'say "hi"',
  'é',
  'e\u0301',
  'ß',
  '\u{1F600}',
  'x\u{1F600}y',
  '\uFFFD',
  '\uE000z',
  '\u{10FFFF}',
  'line\nbreak',
  ' a',
  'a ',
  'Jo',
  'Joe',
  'Josh',
  'Joseph',
  'John',
  '10',
  '9',
  'null',
] as const;
export const CITIES = ['Oslo', 'Rome', 'Ålesund', 'oslo', 'Os%lo'] as const;
const TAGS = ['x', 'y', 'z', 'a%b', ''] as const;
export const INTEGERS = [-2_147_483_648, -1, 0, 1, 2, 3, 7, 20, 30, 40, 41, 255, 256, 65_536, 2_147_483_647] as const;
export const FLOATS = [-Infinity, -1e308, -2.5, -0, 0, 0.1, 0.30000000000000004, 1, 1.5, 30, 1e21, 1e308, Infinity, NaN] as const;
export const BIGINTS = [-(2n ** 63n), -(2n ** 53n) - 1n, -1n, 0n, 5n, 2n ** 53n, 2n ** 53n + 1n, 2n ** 63n - 1n] as const;
/** Epoch milliseconds. */
export const DATES = [0, 1, -1, 1_577_836_800_000, 1_577_836_800_123, 1_593_561_599_999, -30_610_224_000_000, 253_402_300_799_999] as const;

function maybe<T>(some: fc.Arbitrary<T>): fc.Arbitrary<T | null | undefined> {
  return fc.oneof(
    { weight: 8, arbitrary: some },
    { weight: 1, arbitrary: fc.constant(null) },
    { weight: 1, arbitrary: fc.constant(undefined) },
  );
}

/** A bigint that a double holds exactly may be either, as a loader would make it. */
function bigOrNumber(value: bigint, asNumber: boolean): bigint | number {
  return asNumber && Number.isSafeInteger(Number(value)) ? Number(value) : value;
}

export const rowArbitrary = (id: number): fc.Arbitrary<Row> =>
  fc
    .record({
      i: maybe(fc.oneof(fc.constantFrom(...INTEGERS), fc.integer({ min: 0, max: 60 }))),
      f: maybe(fc.constantFrom(...FLOATS)),
      s: maybe(fc.constantFrom(...TEXTS)),
      t: maybe(fc.string({ unit: fc.constantFrom('a', 'b', 'J', 'o', '%', '_', '\\', '\u{1F600}'), maxLength: 6 })),
      b: maybe(fc.boolean()),
      d: maybe(fc.constantFrom(...DATES).map((time) => new Date(time))),
      big: maybe(fc.tuple(fc.constantFrom(...BIGINTS), fc.boolean()).map(([value, asNumber]) => bigOrNumber(value, asNumber))),
      address: maybe(fc.record({ city: maybe(fc.constantFrom(...CITIES)), zip: maybe(fc.integer({ min: 0, max: 9 })) })),
      tags: maybe(fc.array(fc.oneof(fc.constantFrom(...TAGS), fc.constant(null)), { maxLength: 3 })),
    })
    .map((columns) => withoutUndefined({ id, ...columns }) as unknown as Row);

function withoutUndefined(row: object): object {
  return Object.fromEntries(Object.entries(row).filter(([, value]) => value !== undefined));
}

export async function createTable(knex: Knex): Promise<void> {
  await knex.raw(`create table rows (
    id int primary key, i int, f float8, s text collate "C", t text collate "C", b boolean, d timestamptz, big int8,
    city text collate "C", zip int, tags text[] collate "C"
  )`);
}

/** Makes the table hold exactly these rows. */
export async function fillTable(knex: Knex, rows: readonly Row[]): Promise<void> {
  await knex.raw('truncate rows');
  for (const row of rows) {
    const { id, i, f, s, t, b, d, big, address, tags } = row;
    const cells = [id, i, number(f), s, t, b, d?.toISOString(), big?.toString(), address?.city, address?.zip, tags];
    await knex.raw(`insert into rows values (${cells.map(() => '?').join(', ')})`, cells.map((cell) => cell ?? null) as Knex.RawBinding[]);
  }
}

/** Infinities and NaN travel as text; -0 is kept. */
function number(value: number | null | undefined): number | string | null {
  if (value === undefined || value === null) return null;
  return Number.isFinite(value) && !Object.is(value, -0) ? value : Object.is(value, -0) ? '-0' : String(value);
}
