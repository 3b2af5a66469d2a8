/** What a user asks of a table, whichever way it was written, in one form. */
import type { Int8Mode, JsonMode, NumericMode } from './codecs.ts';
import type { ColumnSpec, KnexMapStoreOptions, PromotedSpec, VersionSpec } from './options.ts';

export interface ColumnWish {
  readonly attribute: string;
  readonly column: string;
  readonly spec: ColumnSpec;
}

export interface DocumentWish {
  readonly column: string;
  readonly type: string | undefined;
  readonly toColumn: ((value: never) => unknown) | undefined;
  readonly fromColumn: ((raw: unknown) => unknown) | undefined;
  readonly promoted: readonly PromotedWish[];
}

export interface PromotedWish {
  readonly attribute: string;
  readonly column: string;
  readonly type: PromotedSpec['type'];
}

export interface VersionWish {
  readonly column: string;
  readonly attribute: string | undefined;
  readonly mode: VersionSpec<unknown>['mode'];
}

export interface TableWishes {
  /** Undefined: the primary key. */
  readonly key: readonly ColumnWish[] | undefined;
  readonly keyInValue: boolean;
  /** Undefined: all columns of the table. */
  readonly columns: readonly ColumnWish[] | undefined;
  readonly document: DocumentWish | undefined;
  readonly version: VersionWish | undefined;
  readonly int8: Int8Mode;
  readonly numeric: NumericMode;
  readonly json: JsonMode;
  readonly readOnly: boolean;
}

export function wishesOf<V>(options: KnexMapStoreOptions<V>): TableWishes {
  const { key, columns = options.document === undefined ? 'all' : {}, document, version, readOnly = false } = options;
  const { int8 = 'auto', numeric = 'number', json = 'exact', keyInValue = document === undefined } = options;
  const wished = columns === 'all' ? undefined : columnWishes(columns);
  return {
    key: key === undefined ? undefined : keyWishes(key, wished ?? []),
    keyInValue,
    columns: wished,
    document: document === undefined ? undefined : documentWish(document),
    version: version === undefined ? undefined : versionWish(version, wished),
    int8,
    numeric,
    json,
    readOnly,
  };
}

type ColumnsOption = Readonly<Record<string, true | string | ColumnSpec | undefined>>;

function columnWishes(columns: ColumnsOption): ColumnWish[] {
  return Object.entries(columns).flatMap(([attribute, wish]): ColumnWish[] => {
    if (wish === undefined) return [];
    const spec: ColumnSpec = wish === true ? {} : typeof wish === 'string' ? { column: wish } : wish;
    return [{ attribute, column: spec.column ?? attribute, spec }];
  });
}

/** Columns by name take what `columns` says of them. */
function keyWishes(key: string | readonly string[] | ColumnsOption, wished: readonly ColumnWish[]): readonly ColumnWish[] {
  const isList = (value: typeof key): value is readonly string[] => Array.isArray(value);
  if (typeof key !== 'string' && !isList(key)) return columnWishes(key);
  const names = typeof key === 'string' ? [key] : key;
  return names.map((column) => wished.find((wish) => wish.column === column) ?? { attribute: column, column, spec: {} });
}

function documentWish<V>(document: NonNullable<KnexMapStoreOptions<V>['document']>): DocumentWish {
  if (typeof document === 'string') return { column: document, type: undefined, toColumn: undefined, fromColumn: undefined, promoted: [] };
  const promoted: ColumnsOption & Readonly<Record<string, string | PromotedSpec | undefined>> = document.promoted ?? {};
  return {
    column: document.column,
    type: document.type,
    toColumn: document.toColumn?.bind(document),
    fromColumn: document.fromColumn?.bind(document),
    promoted: Object.entries(promoted).flatMap(([attribute, wish]): PromotedWish[] => {
      if (wish === undefined) return [];
      const spec: PromotedSpec = typeof wish === 'string' ? { column: wish } : wish;
      return [{ attribute, column: spec.column ?? attribute, type: spec.type }];
    }),
  };
}

function versionWish<V>({ column, attribute, mode }: VersionSpec<V>, wished: readonly ColumnWish[] | undefined): VersionWish {
  const mapped = wished?.find((wish) => wish.column === column)?.attribute;
  return { column, mode, attribute: attribute ?? mapped ?? (mode === 'guard' ? undefined : column) };
}
