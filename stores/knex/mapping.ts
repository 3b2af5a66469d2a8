/** Which column of a table is which attribute of a value: a store's options fitted to the table that is there. */
import type { CatalogColumn, CatalogTable } from './catalog.ts';
import { codecOf, type Codec } from './codecs.ts';
import { quoteName } from './names.ts';
import type { ColumnSpec, VersionSpec } from './options.ts';
import type { ColumnWish, DocumentWish, TableWishes } from './wishes.ts';

/** One column that takes part, under the attribute that it is. */
export interface MappedColumn {
  readonly attribute: string;
  /** Quoted. */
  readonly column: string;
  readonly castName: string;
  readonly isArray: boolean;
  readonly codec: Codec;
  /** Whether it is one attribute of the value. The key's columns need not be, and a document is not one but many. */
  readonly inValue: boolean;
  readonly write: 'always' | 'insert' | 'never';
  /** Whether the database may have another value than was written, so that it is read back. */
  readonly returned: boolean;
  /** Written though `GENERATED ALWAYS AS IDENTITY`. */
  readonly overriding: boolean;
  readonly toColumn: ColumnSpec['toColumn'] | undefined;
  readonly fromColumn: ColumnSpec['fromColumn'] | undefined;
}

export interface TableMapping {
  /** Quoted, with its schema. */
  readonly table: string;
  /** In the order of the key's columns. */
  readonly key: readonly MappedColumn[];
  /** The other columns, in the order of the value's attributes; the document, if there is one, last. */
  readonly rest: readonly MappedColumn[];
  /** Names of the value's attributes that are columns, in order: key and rest may be mixed. */
  readonly attributes: readonly string[];
  readonly document: DocumentMapping | undefined;
  readonly version: VersionMapping | undefined;
  /** Whether triggers of the table may keep a row out that is to be written. */
  readonly hasRowTriggers: boolean;
}

export interface DocumentMapping {
  /** Also in `rest`. */
  readonly column: MappedColumn;
  /** Columns generated from the document, each under the attribute that it repeats. In neither `key` nor `rest`. */
  readonly promoted: readonly MappedColumn[];
}

/** How older writes are kept off. Versions that the database alone counts are a column like others, read back. */
export interface VersionMapping {
  /** In `rest` when it is an attribute. */
  readonly column: MappedColumn;
  readonly isAttribute: boolean;
  readonly mode: Exclude<VersionSpec<unknown>['mode'], 'database'>;
}

/** What was asked for and found, for the checks. */
export interface Fit {
  readonly role: 'key' | 'attribute' | 'document' | 'promoted' | 'version';
  readonly attribute: string;
  /** As named, unquoted. */
  readonly name: string;
  readonly spec: ColumnSpec;
  /** Undefined: the table has no such column. */
  readonly catalog: CatalogColumn | undefined;
  readonly mapped: MappedColumn | undefined;
}

export interface MappingResult {
  /** Of use when all that was asked for is there. */
  readonly mapping: TableMapping;
  readonly fits: readonly Fit[];
}

export function mapTable(table: string, catalog: CatalogTable, wishes: TableWishes): MappingResult {
  const { version } = wishes;
  const columnOf = new Map(catalog.columns.map((column) => [column.name, column]));
  const fits: Fit[] = [];
  const fit = (role: Fit['role'], { attribute, column, spec }: ColumnWish): MappedColumn | undefined => {
    const found = columnOf.get(column);
    const mapped = found && mapColumn(role, attribute, found, spec, wishes);
    fits.push({ role, attribute, name: column, spec, catalog: found, mapped });
    return mapped;
  };
  const fitAll = (role: Fit['role'], list: readonly ColumnWish[]): MappedColumn[] => list.map((wish) => fit(role, wish)).filter(present);

  const columns = withVersion(wishes.columns ?? allColumns(catalog, wishes), wishes);
  const keyWishes = wishes.key ?? primaryKey(catalog, columns);
  const isKey = ({ column }: ColumnWish): boolean => keyWishes.some((wish) => wish.column === column);
  const key = fitAll('key', keyWishes);
  const rest = fitAll(
    'attribute',
    columns.filter((wish) => !isKey(wish)),
  );
  const document = wishes.document && mapDocument(wishes.document, fit);
  const attributes = [...keyWishes.filter(({ column }) => !columns.some((wish) => wish.column === column)), ...columns]
    .filter((wish) => wishes.keyInValue || !isKey(wish))
    .map(({ attribute }) => attribute);
  const versionColumn =
    version === undefined || version.mode === 'database'
      ? undefined
      : version.attribute === undefined
        ? fit('version', { attribute: version.column, column: version.column, spec: {} })
        : rest.find(({ column }) => column === quoteName(version.column));
  return {
    fits,
    mapping: {
      table,
      hasRowTriggers: catalog.hasRowTriggers,
      key,
      rest: document === undefined ? rest : [...rest, document.column],
      attributes,
      document,
      version:
        version === undefined || version.mode === 'database' || versionColumn === undefined
          ? undefined
          : { column: versionColumn, isAttribute: version.attribute !== undefined, mode: version.mode },
    },
  };
}

/** Where nobody says otherwise each column is an attribute of its name; what the store counts itself is none. */
function allColumns(catalog: CatalogTable, { version }: TableWishes): ColumnWish[] {
  return catalog.columns
    .filter(({ name }) => version === undefined || version.attribute !== undefined || name !== version.column)
    .map(({ name }) => ({
      attribute: version !== undefined && name === version.column ? version.attribute! : name,
      column: name,
      spec: {},
    }));
}

function withVersion(columns: readonly ColumnWish[], { version }: TableWishes): readonly ColumnWish[] {
  if (version?.attribute === undefined || columns.some(({ column }) => column === version.column)) return columns;
  return [...columns, { attribute: version.attribute, column: version.column, spec: {} }];
}

function primaryKey(catalog: CatalogTable, columns: readonly ColumnWish[]): readonly ColumnWish[] {
  const primary = catalog.uniques.find((unique) => unique.primary)?.columns ?? [];
  return primary.map((column) => columns.find((wish) => wish.column === column) ?? { attribute: column, column, spec: {} });
}

function mapDocument(
  wish: DocumentWish,
  fit: (role: Fit['role'], wish: ColumnWish) => MappedColumn | undefined,
): DocumentMapping | undefined {
  const { toColumn, fromColumn } = wish;
  const spec: ColumnSpec = {
    ...(wish.type !== undefined && { type: wish.type }),
    ...(toColumn !== undefined && { toColumn: (value: never) => toColumn(value) }),
    ...(fromColumn !== undefined && { fromColumn }),
  };
  const column = fit('document', { attribute: wish.column, column: wish.column, spec });
  const promoted = wish.promoted
    .map((one) => fit('promoted', { attribute: one.attribute, column: one.column, spec: one.type === undefined ? {} : { type: one.type } }))
    .filter(present);
  return column && { column, promoted };
}

function mapColumn(
  role: Fit['role'],
  attribute: string,
  column: CatalogColumn,
  spec: ColumnSpec,
  { keyInValue, version, int8, numeric, json }: TableWishes,
): MappedColumn {
  const { oid, elementOid, typmod, isEnum } = column;
  const isKey = role === 'key';
  const isVersion = version?.column === column.name;
  const isComputed =
    column.generated !== '' || (column.identity === 'a' && !isKey) || role === 'promoted' || (isVersion && version.mode === 'database');
  const write = isComputed ? 'never' : isKey ? 'insert' : (spec.write ?? 'always');
  const inValue = role === 'attribute' || (isKey && keyInValue);
  return {
    attribute,
    column: quoteName(column.name),
    castName: column.castName,
    isArray: elementOid !== 0,
    codec: codecOf({ oid, elementOid, typmod, isEnum, int8: spec.int8 ?? int8, numeric: spec.numeric ?? numeric, json: spec.json ?? json }),
    inValue,
    write,
    returned: role === 'attribute' && (write !== 'always' || spec.returning === true || (isVersion && version.mode === 'optimistic')),
    overriding: column.identity === 'a' && isKey,
    toColumn: spec.toColumn?.bind(spec),
    fromColumn: spec.fromColumn?.bind(spec),
  };
}

function present<T>(value: T | undefined): value is T {
  return value !== undefined;
}
