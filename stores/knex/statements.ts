/**
 * The SQL texts of one table. Names are quoted by us, values are only ever bound, and each text serves any number of rows: a batch is one
 * array for each column, so it is parsed and planned once and has no limit on parameters.
 */
import { copiedForm, selectedForm } from './codecs.ts';
import type { Statement } from './database.ts';
import type { TableMapping } from './mapping.ts';
import type { Rows } from './rows.ts';
import { list, prepared, unnest } from './sql.ts';
import { newest, remove, upsert, type WriteStatement } from './write-statements.ts';

export interface TableStatements {
  /** The row of a key. Binds the key. */
  readonly selectOne: Statement;
  /** Rows by key. Binds one array for each key column. */
  readonly select: Statement;
  /** All rows to load, for COPY: nothing can be bound. */
  readonly copy: string;
  /** The first keys in order, and those after a key. Bind the number of keys, and the key. */
  readonly firstKeys: Statement;
  readonly nextKeys: Statement;
  /** Inserts or replaces. */
  readonly upsert: WriteStatement;
  /** Removes by key. */
  readonly remove: WriteStatement;
  /** The highest version of rows by key that is above a number. Binds one array for each key column, then the number. */
  readonly newest: Statement;
}

/** `mark`: an expression that each writing statement evaluates once, before it writes (`originMark`). */
export function statementsOf(
  mapping: TableMapping,
  rows: Rows<unknown, unknown>,
  where: string | undefined,
  mark?: string,
): TableStatements {
  const { table, key } = mapping;
  const keyList = list(key.map(({ column }) => column));
  const selected = list(rows.columns.map(({ codec, column }) => selectedForm(codec, column)));
  const selectedKey = list(key.map(({ codec, column }) => selectedForm(codec, column)));
  const copied = list(rows.columns.map(({ codec, column }) => copiedForm(codec, column)));
  const restriction = where === undefined ? '' : ` WHERE (\n${where}\n)`; // a comment at its end must not swallow what follows
  const after = `(${keyList}) > (${list(key.map(({ castName }, index) => `$${index + 2}::${castName}`))})`;
  const wanted = key.length === 1 ? `${keyList} = ANY($1::${key[0]!.castName}[])` : `(${keyList}) IN (SELECT * FROM ${unnest(key)})`;

  return {
    selectOne: prepared(
      `SELECT ${selected} FROM ${table} WHERE ${key.map(({ column, castName }, index) => `${column} = $${index + 1}::${castName}`).join(' AND ')}`,
    ),
    select: prepared(`SELECT ${selected} FROM ${table} WHERE ${wanted}`),
    copy: `COPY (SELECT ${copied} FROM ${table}${restriction}) TO STDOUT (FORMAT BINARY)`,
    firstKeys: prepared(`SELECT ${selectedKey} FROM ${table}${restriction} ORDER BY ${keyList} LIMIT $1`),
    nextKeys: prepared(
      `SELECT ${selectedKey} FROM ${table}${restriction}${where === undefined ? ' WHERE' : ' AND'} ${after} ORDER BY ${keyList} LIMIT $1`,
    ),
    upsert: upsert(mapping, rows, mark),
    remove: remove(mapping, mark),
    newest: newest(mapping),
  };
}
