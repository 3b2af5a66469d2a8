/** Rows of one table: from fields to keys and values, and from entries to what a statement binds. */
import { KeyError, ValueError } from '../../lib/errors.ts';
import { readSelected } from './codecs.ts';
import type { MappedColumn, TableMapping } from './mapping.ts';
import { shapeOf, type Shape } from './shape.ts';
import type { Reader } from './wire.ts';

/** An entry, or a key alone, as a statement binds it. */
export interface BoundRow {
  /** As it was given. */
  readonly key: unknown;
  /** Equal for equal keys. */
  readonly identity: string;
  /** The key's place in the order in which all our statements lock rows. */
  readonly order: readonly (number | bigint | string)[];
  /** One text for each bound column: the key's columns first. */
  readonly texts: readonly (string | null)[];
}

export interface Rows<K, V> {
  /** The key's columns, then the rest: the order of fields in every SELECT and COPY. */
  readonly columns: readonly MappedColumn[];
  readonly keyCount: number;
  /** Read one binary field each, in the order of `columns`. */
  readonly readers: readonly Reader[];
  /** The same for many rows on end. */
  manyReaders(): readonly Reader[];
  /** The columns that statements write, the key's first. */
  readonly written: readonly MappedColumn[];
  /** Those that are read back after an upsert, the key not among them. */
  readonly returned: readonly MappedColumn[];
  /** The fields of a SELECT of all columns, or of the first ones. */
  fieldsOf(texts: readonly (string | null)[]): unknown[];
  /** The reason why a field can't be read, saying which; `fields`: those before it, the key's first. */
  unreadable(error: unknown, field: number, fields: readonly unknown[]): unknown;
  keyOf(fields: readonly unknown[]): K;
  /** A new object, not shared with anybody: the caller may freeze it. A document that is NULL is null: the row is as good as not there. */
  valueOf(fields: readonly unknown[]): V;
  /** The value with what the database made of it, or undefined when that is the same. `texts`: of the columns `returned`. */
  completed(value: V, texts: readonly (string | null)[]): V | undefined;
  /** Errors: ERR_VALUE when the key can't be bound to its columns; ERR_KEY when it would come back as another one. */
  bindKey(key: K): BoundRow;
  /** Errors: ERR_VALUE with the attribute, when the table can't hold the value as it is. */
  bindEntry(key: K, value: V): BoundRow;
}

export function rowsOf<K, V>(mapping: TableMapping, unmapped: 'refuse' | 'ignore'): Rows<K, V> {
  const { key, rest, document } = mapping;
  const columns = [...key, ...rest];
  const returned = rest.filter((column) => column.returned);
  const written = [...key, ...rest.filter((column) => column.write !== 'never')];
  const fieldOf = new Map(columns.map(({ attribute }, field) => [attribute, field]));
  const makeColumns = shapeOf(mapping.attributes.map((name) => ({ name, field: fieldOf.get(name)! })));
  const makeValue =
    document === undefined ? makeColumns : documentReader(columns.indexOf(document.column), mapping.attributes, makeColumns);
  const makeKey = shapeOf(key.map(({ attribute }, field) => ({ name: attribute, field })));
  const known = new Set(mapping.attributes);

  const bindKey = (value: K): BoundRow => {
    const parts = key.length === 1 ? [value] : key.map(({ attribute }) => attributeOf(value, attribute, mapping.table));
    const texts = key.map((column, index) => {
      const part = parts[index] === 0 ? 0 : parts[index]; // -0 is the same key, and has another text
      const text = bind(column, part);
      if (text === null) throw new ValueError(`the key of ${mapping.table} lacks '${column.attribute}'`);
      refuseOtherForm(column, part, text, mapping.table);
      return text;
    });
    return { key: value, identity: texts.join('\0'), order: parts.map((part, index) => orderOf(part, texts[index]!)), texts };
  };

  const unreadable = (error: unknown, field: number, fields: readonly unknown[]): unknown => {
    if (!(error instanceof RangeError)) return error; // of a converter
    const row = field < key.length ? '' : ` of the row of key ${fields.slice(0, key.length).map(shown).join(', ')}`;
    return new RangeError(`'${columns[field]!.attribute}'${row} of ${mapping.table} can't be read: ${error.message}`, { cause: error });
  };

  return {
    columns,
    keyCount: key.length,
    readers: columns.map(({ codec, fromColumn }) => converted(codec.read, fromColumn)),
    manyReaders: () => columns.map(({ codec, fromColumn }) => converted(codec.manyReader?.() ?? codec.read, fromColumn)),
    written,
    fieldsOf(texts) {
      const fields: unknown[] = [];
      try {
        for (const text of texts) fields.push(fieldOfText(columns[fields.length]!, text));
      } catch (error) {
        throw unreadable(error, fields.length, fields);
      }
      return fields;
    },
    unreadable,
    keyOf: key.length === 1 ? (fields) => declared<K>(fields[0]) : (fields) => declared<K>(makeKey(fields)),
    valueOf: (fields) => declared<V>(makeValue(fields)),
    returned,
    completed(value, texts) {
      const made = texts.map((text, index) => fieldOfText(returned[index]!, text));
      if (made.every((field, index) => isSame(field, attributeOf(value, returned[index]!.attribute, mapping.table)))) return undefined;
      return declared<V>({ ...value, ...Object.fromEntries(made.map((field, index) => [returned[index]!.attribute, field])) });
    },
    bindKey,
    bindEntry(entryKey, value) {
      const bound = bindKey(entryKey);
      const texts = written.map((column, index) => {
        if (column === document?.column) return bind(column, withoutColumns(value, known));
        const attribute = column.inValue ? attributeOf(value, column.attribute, mapping.table) : undefined;
        if (index >= key.length) return bind(column, attribute);
        if (attribute !== undefined && bind(column, attribute) !== bound.texts[index]) {
          throw new ValueError(`'${column.attribute}' of the value is not the key that it is stored under`, {
            details: { key: entryKey, attribute: column.attribute },
          });
        }
        return bound.texts[index]!;
      });
      if (unmapped === 'refuse' && document === undefined) refuseUnmapped(value, known, mapping.table);
      return { ...bound, texts };
    },
  };
}

/** For sorting rows before they are bound: all statements lock in one order, so that they can't wait for each other in a circle. */
export function inLockOrder(a: BoundRow, b: BoundRow): number {
  for (let part = 0; part < a.order.length; part++) {
    const left = a.order[part]!;
    const right = b.order[part]!;
    if (left < right) return -1;
    if (left > right) return 1;
  }
  return 0;
}

function isSame(field: unknown, attribute: unknown): boolean {
  return field === attribute || (field instanceof Date && attribute instanceof Date && field.getTime() === attribute.getTime());
}

function converted(read: Reader, fromColumn: MappedColumn['fromColumn']): Reader {
  if (fromColumn === undefined) return read;
  return (bytes, at, length) => fromColumn(read(bytes, at, length));
}

function fieldOfText({ codec, fromColumn }: MappedColumn, text: string | null): unknown {
  if (text === null) return null;
  const raw = readSelected(codec, text);
  return fromColumn === undefined ? raw : fromColumn(raw);
}

/** The document as it is, or with the attributes that have columns put over it. */
function documentReader(field: number, attributes: readonly string[], makeColumns: Shape): (fields: readonly unknown[]) => unknown {
  if (attributes.length === 0) return (fields) => fields[field];
  return (fields) => {
    const document = fields[field];
    return document === null ? null : { ...document, ...makeColumns(fields) };
  };
}

/** What is left for the document. */
function withoutColumns(value: unknown, columns: ReadonlySet<string>): unknown {
  if (columns.size === 0 || typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).filter(([name]) => !columns.has(name)));
}

function orderOf(part: unknown, text: string): number | bigint | string {
  return typeof part === 'number' || typeof part === 'bigint' ? part : text;
}

function bind({ attribute, codec, toColumn }: MappedColumn, value: unknown): string | null {
  if (value === null || value === undefined) return null;
  try {
    const raw = toColumn === undefined ? value : toColumn(value);
    return raw === null || raw === undefined ? null : codec.format(raw);
  } catch (cause) {
    if (!(cause instanceof ValueError)) throw cause;
    throw new ValueError(`'${attribute}' can't be stored: ${cause.message}`, { cause, details: { attribute } });
  }
}

/** One row must not be two keys: what a key is in memory is what reading its row gives. */
function refuseOtherForm({ attribute, codec, toColumn, fromColumn }: MappedColumn, part: unknown, text: string, table: string): void {
  if (typeof part === 'object' && !(part instanceof Date)) return; // made by a converter, new each time
  // Types that are not read as text have one text for each value.
  const raw = codec.parse?.(text) ?? (toColumn === undefined ? part : toColumn(part!));
  const read = fromColumn === undefined ? raw : fromColumn(raw);
  if (isSame(read, part)) return;
  throw new KeyError(`the key ${shown(part)} would come back from '${attribute}' of ${table} as ${shown(read)}: use it in that form`, {
    details: { attribute },
  });
}

function shown(key: unknown): string {
  return typeof key === 'bigint' ? `${key}n` : (JSON.stringify(key) ?? String(key));
}

function attributeOf(value: unknown, attribute: string, table: string): unknown {
  if (typeof value !== 'object' || value === null) throw new ValueError(`${table} keeps objects by their attributes, not ${typeof value}`);
  return Object.hasOwn(value, attribute) ? Reflect.get(value, attribute) : undefined;
}

function refuseUnmapped(value: unknown, known: ReadonlySet<string>, table: string): void {
  for (const [name, attribute] of Object.entries(value ?? {})) {
    if (attribute === undefined || known.has(name)) continue;
    throw new ValueError(`'${name}' would be lost: ${table} has no column for it. Map one, or set unmapped: 'ignore'`, {
      details: { attribute: name },
    });
  }
}

/** The one place where a row becomes what its user declared the map to hold; nothing in the database could prove it. */
function declared<T>(value: unknown): T {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- see above
  return value as T;
}

/** One array for each column of the rows. */
export function columnsOf(rows: readonly BoundRow[]): (string | null)[][] {
  return rows.length === 0 ? [] : rows[0]!.texts.map((_, column) => rows.map(({ texts }) => texts[column]!));
}

export function chunks<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) => items.slice(index * size, (index + 1) * size));
}
