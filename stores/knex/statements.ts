/**
 * The SQL texts of one table. Names are quoted by us, values are only ever bound, and each text serves any number of rows: a batch is one
 * array for each column, so it is parsed and planned once and has no limit on parameters.
 */
import { createHash } from 'node:crypto';
import { copiedForm, selectedForm } from './codecs.ts';
import type { MappedColumn, TableMapping } from './mapping.ts';
import type { Rows } from './rows.ts';

export interface Statement {
  /** Under which the server keeps it prepared; the same text has the same name. */
  readonly name: string;
  readonly text: string;
}

export interface TableStatements {
  /** Rows by key. Binds one array for each key column. */
  readonly select: Statement;
  /** All rows to load, for COPY: nothing can be bound. */
  readonly copy: string;
  /** The first keys in order, and those after a key. Bind the number of keys, and the key. */
  readonly firstKeys: Statement;
  readonly nextKeys: Statement;
  /** Inserts or replaces. Binds one array for each written column. */
  readonly upsert: Statement;
  /** Removes by key. Binds one array for each key column. */
  readonly remove: Statement;
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
    select: prepared(`SELECT ${selected} FROM ${table} WHERE ${wanted}`),
    copy: `COPY (SELECT ${copied} FROM ${table}${restriction}) TO STDOUT (FORMAT BINARY)`,
    firstKeys: prepared(`SELECT ${selectedKey} FROM ${table}${restriction} ORDER BY ${keyList} LIMIT $1`),
    nextKeys: prepared(
      `SELECT ${selectedKey} FROM ${table}${restriction}${where === undefined ? ' WHERE' : ' AND'} ${after} ORDER BY ${keyList} LIMIT $1`,
    ),
    upsert: prepared(upsert(mapping, rows.written, mark)),
    remove: prepared(remove(mapping, mark)),
  };
}

/** Rows are inserted in the order in which they are bound, so sorted keys are locked in order. */
function upsert({ table, key }: TableMapping, written: readonly MappedColumn[], mark: string | undefined): string {
  const values = written.map(({ isArray, castName }, index) => (isArray ? `u.c${index + 1}::${castName}` : `u.c${index + 1}`));
  const replaced = written.filter(({ write }) => write === 'always').map(({ column }) => `${column} = excluded.${column}`);
  return [
    ...(mark === undefined ? [] : [`WITH ${marked(mark)}`]),
    `INSERT INTO ${table} (${list(written.map(({ column }) => column))})`,
    ...(key.some(({ overriding }) => overriding) ? ['OVERRIDING SYSTEM VALUE'] : []),
    `SELECT ${list(values)} FROM ${unnest(written)} AS u(${list(written.map((_, index) => `c${index + 1}`))})${mark === undefined ? '' : ' CROSS JOIN origin'}`,
    `ON CONFLICT (${list(key.map(({ column }) => column))})`,
    replaced.length === 0 ? 'DO NOTHING' : `DO UPDATE SET ${list(replaced)}`,
  ].join(' ');
}

/** Locks in the order bound before it deletes: a DELETE alone locks in the order of its scan, and deadlocks with sorted upserts. */
function remove({ table, key }: TableMapping, mark: string | undefined): string {
  const names = key.map((_, index) => `k${index + 1}`);
  const matches = (side: string): string => key.map(({ column }, index) => `t.${column} = ${side}.${names[index]}`).join(' AND ');
  return [
    `WITH ${mark === undefined ? '' : `${marked(mark)}, `}locked AS MATERIALIZED (SELECT ${list(key.map(({ column }, index) => `t.${column} AS ${names[index]}`))}`,
    `FROM ${table} AS t JOIN ${unnest(key)} WITH ORDINALITY AS u(${list([...names, 'n'])}) ON ${matches('u')}${mark === undefined ? '' : ' CROSS JOIN origin'}`,
    `ORDER BY u.n FOR UPDATE OF t)`,
    `DELETE FROM ${table} AS t USING locked WHERE ${matches('locked')}`,
  ].join(' ');
}

/** Joined to what is written, so that it is evaluated, and only once. */
function marked(mark: string): string {
  return `origin AS MATERIALIZED (SELECT ${mark})`;
}

/** Arrays bound side by side as rows. A column of arrays travels as texts, since `unnest` would take its lists apart too. */
function unnest(columns: readonly MappedColumn[]): string {
  return `unnest(${list(columns.map(({ isArray, castName }, index) => `$${index + 1}::${isArray ? 'text' : castName}[]`))})`;
}

function prepared(text: string): Statement {
  return { name: `cobnut_${createHash('sha256').update(text).digest('hex').slice(0, 24)}`, text };
}

function list(items: readonly string[]): string {
  return items.join(', ');
}
