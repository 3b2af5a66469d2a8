/** Fits a store's options to the table that is there: which column is which attribute, and everything that does not fit. */
import type { CatalogColumn, CatalogTable } from './catalog.ts';
import { codecOf, type Codec } from './codecs.ts';
import { didYouMean, quoteName } from './names.ts';
import type { ColumnSpec, KnexMapStoreOptions } from './options.ts';

/** One column that takes part, under the attribute that it is. */
export interface MappedColumn {
  readonly attribute: string;
  /** Quoted. */
  readonly column: string;
  readonly castName: string;
  readonly isArray: boolean;
  readonly codec: Codec;
  readonly inValue: boolean;
  readonly write: 'always' | 'insert' | 'never';
  /** Written though `GENERATED ALWAYS AS IDENTITY`. */
  readonly overriding: boolean;
  readonly toColumn: ColumnSpec['toColumn'] | undefined;
  readonly fromColumn: ColumnSpec['fromColumn'] | undefined;
}

export interface TableMapping {
  /** Quoted, with the schema if one was named. */
  readonly table: string;
  /** In the order of the key's columns. */
  readonly key: readonly MappedColumn[];
  /** The other columns, in the order of the value's attributes. */
  readonly rest: readonly MappedColumn[];
  /** Names of the value's attributes in order: key and rest may be mixed. */
  readonly attributes: readonly string[];
}

export interface MappingResult {
  /** Only of use when there are no problems. */
  readonly mapping: TableMapping;
  /** Each says what is wrong and where; any of them makes the store unusable. */
  readonly problems: readonly string[];
  /** What works, but perhaps not as expected. */
  readonly warnings: readonly string[];
}

/** Longest precision of which every decimal survives the way through a double. */
const EXACT_DIGITS = 15;
const REAL = 700;
const CHARACTER = 1042;
const TIMESTAMP = 1114;
const TIMESTAMPTZ = 1184;
const NUMERIC = 1700;

interface Wish {
  readonly attribute: string;
  readonly column: string;
  readonly spec: ColumnSpec;
}

type Options = KnexMapStoreOptions<Record<string, unknown>>;

export function mapTable(table: string, catalog: CatalogTable, options: Options): MappingResult {
  const problems: string[] = [];
  const warnings: string[] = [];
  const byName = new Map(catalog.columns.map((column) => [column.name, column]));
  const missing = (who: string, name: string): void => {
    problems.push(`${who}: ${table} has no column ${quoteName(name)}${didYouMean(name, byName.keys())}`);
  };

  const keyNames = keyColumns(options, catalog, table, problems);
  const wishes = wishedColumns(options, catalog);
  const keyWishes = keyNames.map(
    (column): Wish => wishes.find((wish) => wish.column === column) ?? { attribute: column, column, spec: {} },
  );
  const keyInValue = options.keyInValue ?? true;

  const fit = (wish: Wish, isKey: boolean): MappedColumn | undefined => {
    const who = isKey ? 'key' : `attribute '${wish.attribute}'`;
    const column = byName.get(wish.column);
    if (column === undefined) {
      missing(who, wish.column);
      return undefined;
    }
    const mapped = mapColumn(wish, column, options, isKey ? keyInValue : true, isKey);
    problems.push(...columnProblems(who, mapped, column, wish, options, isKey));
    warnings.push(...columnWarnings(who, mapped, column, options));
    return mapped;
  };
  const key = keyWishes.map((wish) => fit(wish, true)).filter(present);
  const rest = wishes
    .filter((wish) => !keyNames.includes(wish.column))
    .map((wish) => fit(wish, false))
    .filter(present);

  const mappedNames = new Set([...keyNames, ...wishes.map((wish) => wish.column)]);
  problems.push(...doubles(wishes), ...tableProblems(table, catalog, options, keyNames, mappedNames));
  const attributes = [...keyWishes.filter((wish) => !wishes.includes(wish)), ...wishes]
    .filter((wish) => keyInValue || !keyNames.includes(wish.column))
    .map((wish) => wish.attribute);
  return { mapping: { table, key, rest, attributes }, problems, warnings };
}

function keyColumns({ key }: Options, catalog: CatalogTable, table: string, problems: string[]): readonly string[] {
  if (key !== undefined) return typeof key === 'string' ? [key] : key;
  const primary = catalog.uniques.find((unique) => unique.primary);
  if (primary === undefined) problems.push(`key: ${table} has no primary key; name the column of the map's keys with \`key\``);
  return primary?.columns ?? [];
}

function wishedColumns({ columns = 'all' }: Options, catalog: CatalogTable): readonly Wish[] {
  if (columns === 'all') return catalog.columns.map(({ name }) => ({ attribute: name, column: name, spec: {} }));
  return Object.entries(columns).flatMap(([attribute, wish]): Wish[] => {
    if (wish === undefined) return [];
    const spec: ColumnSpec = wish === true ? {} : typeof wish === 'string' ? { column: wish } : wish;
    return [{ attribute, column: spec.column ?? attribute, spec }];
  });
}

function mapColumn({ attribute, spec }: Wish, column: CatalogColumn, options: Options, inValue: boolean, isKey: boolean): MappedColumn {
  const { oid, elementOid } = column;
  const codec = codecOf({
    oid,
    elementOid,
    int8: spec.int8 ?? options.int8 ?? 'auto',
    numeric: spec.numeric ?? options.numeric ?? 'number',
  });
  const computed = column.generated || (column.identity === 'a' && !isKey);
  return {
    attribute,
    column: quoteName(column.name),
    castName: column.castName,
    isArray: elementOid !== 0,
    codec,
    inValue,
    write: computed ? 'never' : isKey ? 'insert' : (spec.write ?? 'always'),
    overriding: column.identity === 'a' && isKey,
    toColumn: spec.toColumn?.bind(spec),
    fromColumn: spec.fromColumn?.bind(spec),
  };
}

function columnProblems(
  who: string,
  mapped: MappedColumn,
  column: CatalogColumn,
  { spec }: Wish,
  options: Options,
  isKey: boolean,
): string[] {
  const problems: string[] = [];
  const named = `${mapped.column} is ${column.declared}`;
  if (mapped.attribute === '__proto__') problems.push(`${who}: '__proto__' can't be an attribute; map the column to another name`);
  const numeric = spec.numeric ?? options.numeric ?? 'number';
  const digits = column.precision ?? Infinity;
  const isNumeric = (column.elementOid || column.oid) === NUMERIC;
  if (isNumeric && numeric === 'number' && digits > EXACT_DIGITS && spec.fromColumn === undefined) {
    problems.push(`${who}: ${named}; more than ${EXACT_DIGITS} digits do not fit a number. Set numeric: 'string', or a converter`);
  }
  if (!isKey) return problems;

  if (!mapped.codec.keyable && spec.fromColumn === undefined) problems.push(`${who}: ${named}, which can't be a key`);
  if (column.generated && !options.readOnly)
    problems.push(`${who}: ${mapped.column} is a generated column, so entries can't be stored under it`);
  if ([TIMESTAMP, TIMESTAMPTZ].includes(column.oid) && !/\([0-3]\)/.test(column.declared)) {
    problems.push(`${who}: ${named}; keys are kept to the millisecond. Declare it with precision (3)`);
  }
  if (!column.notNull && !options.readOnly) problems.push(`${who}: ${mapped.column} may be null`);
  if (!column.deterministic || column.declared.endsWith('citext') || column.oid === CHARACTER) {
    problems.push(
      `${who}: ${named}${column.deterministic ? '' : ` with collation ${column.collation}`}; strings that differ would be the same key`,
    );
  }
  return problems;
}

function columnWarnings(who: string, { column: name, inValue }: MappedColumn, column: CatalogColumn, { readOnly }: Options): string[] {
  const warnings: string[] = [];
  if (column.oid === REAL) warnings.push(`${who}: ${name} is real; 0.1 is read as 0.10000000149011612. Use double precision`);
  if (column.oid === TIMESTAMP) warnings.push(`${who}: ${name} is timestamp without time zone; it is taken as UTC. Use timestamptz`);
  if (column.oid === CHARACTER) warnings.push(`${who}: ${name} is ${column.declared}; it is read with its padding. Use text`);
  if (column.generated && inValue && !readOnly) warnings.push(`${who}: ${name} is a generated column; it is read but never written`);
  return warnings;
}

function tableProblems(
  table: string,
  catalog: CatalogTable,
  options: Options,
  keyNames: readonly string[],
  mapped: ReadonlySet<string>,
): string[] {
  const problems: string[] = [];
  const { rights } = catalog;
  if (!rights.select) problems.push(`the role has no SELECT right on ${table}`);
  if (options.readOnly) return problems;

  for (const right of ['insert', 'update', 'delete'] as const) {
    if (!rights[right]) problems.push(`the role has no ${right.toUpperCase()} right on ${table}`);
  }
  const exist = keyNames.every((name) => catalog.columns.some((column) => column.name === name));
  if (exist && keyNames.length > 0 && !catalog.uniques.some(({ columns }) => sameSet(columns, keyNames))) {
    const sets = catalog.uniques.map(({ columns }) => `(${columns.map(quoteName).join(', ')})`).join(' ') || 'none';
    problems.push(`key: ${table} has no primary key or unique constraint on (${keyNames.map(quoteName).join(', ')}); it has ${sets}`);
  }
  for (const column of catalog.columns) {
    const filled = mapped.has(column.name) || column.hasDefault || column.identity !== '' || column.generated;
    if (column.notNull && !filled) {
      problems.push(`${table}: column ${quoteName(column.name)} is NOT NULL without a default and is not mapped; every insert would fail`);
    }
  }
  return problems;
}

function doubles(wishes: readonly Wish[]): string[] {
  const seen = new Map<string, string>();
  return wishes.flatMap(({ attribute, column }) => {
    const before = seen.get(column);
    seen.set(column, attribute);
    return before === undefined ? [] : [`attributes '${before}' and '${attribute}' are both mapped to column ${quoteName(column)}`];
  });
}

function sameSet(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((item) => b.includes(item));
}

function present<T>(value: T | undefined): value is T {
  return value !== undefined;
}
