/**
 * The SQL of writes: upserts and deletes of any number of rows in one statement, in an order in which they can't deadlock, and, where the table has
 * a version, only of rows that are not newer.
 */
import { selectedForm } from './codecs.ts';
import type { Statement } from './database.ts';
import type { MappedColumn, TableMapping } from './mapping.ts';
import type { Rows } from './rows.ts';
import { list, prepared, unnest } from './sql.ts';

/** Binds one array for each column that it writes, or for each key column; then, if it is `counted`, the number of this write. */
export interface WriteStatement extends Statement {
  readonly counted: boolean;
  /** Answers, for each row that it wrote, the key and the columns `returned`; rows that it left alone are missing. Else it answers nothing. */
  readonly answers: boolean;
  /** Whether a row that was left alone is a conflict: it is another version than the write was made for. */
  readonly conditional: boolean;
}

/** `mark`: an expression that the statement evaluates once, before it writes. */
export function upsert(mapping: TableMapping, rows: Rows<unknown, unknown>, mark: string | undefined): WriteStatement {
  const { table, key, version } = mapping;
  const { written, returned } = rows;
  const isCounted = version !== undefined && !version.isAttribute;
  const isOptimistic = version?.mode === 'optimistic';
  const answers = returned.length > 0 || version?.isAttribute === true;
  const columns = [...written.map(({ column }) => column), ...(isCounted ? [version.column.column] : [])];
  const values = written.map((column, index) => {
    if (isOptimistic && column === version.column) return `(coalesce(u.c${index + 1}, -1) + 1)::${column.castName}`;
    return column.isArray ? `u.c${index + 1}::${column.castName}` : `u.c${index + 1}`;
  });
  if (isCounted) values.push(`$${written.length + 1}::int8`);
  const common = [
    ...(mark === undefined ? [] : [marked(mark)]),
    ...(isOptimistic ? [`locked AS MATERIALIZED (${lockedKeys(mapping)})`] : []),
  ];
  const text = [
    ...(common.length > 0 ? [`WITH ${list(common)}`] : []),
    `INSERT INTO ${table} AS t (${list(columns)})`,
    ...(key.some(({ overriding }) => overriding) ? ['OVERRIDING SYSTEM VALUE'] : []),
    `SELECT ${list(values)} FROM ${unnest(written)} WITH ORDINALITY AS u(${list([...written.map((_, index) => `c${index + 1}`), 'n'])})`,
    ...(isOptimistic ? [`LEFT JOIN locked ON ${key.map((_, index) => `locked.k${index + 1} = u.c${index + 1}`).join(' AND ')}`] : []),
    ...(mark === undefined ? [] : ['CROSS JOIN origin']),
    // A value with a version was read from a row: that row must be there still.
    ...(isOptimistic ? [`WHERE u.c${written.indexOf(version.column) + 1} IS NULL OR locked.k1 IS NOT NULL ORDER BY u.n`] : []),
    `ON CONFLICT (${list(key.map(({ column }) => column))})`,
    conflict(mapping, written, answers),
    ...(answers ? [`RETURNING ${list([...key, ...returned].map(({ codec, column }) => selectedForm(codec, column)))}`] : []),
  ].join(' ');
  return { ...prepared(text), counted: isCounted, answers, conditional: version?.isAttribute === true };
}

/** What becomes of a row that is there already. Rows are inserted in the order in which they are bound, so sorted keys are locked in order. */
function conflict({ key, version }: TableMapping, written: readonly MappedColumn[], answers: boolean): string {
  const replaced = written.filter(({ write }) => write === 'always').map(({ column }) => column);
  if (version !== undefined && !version.isAttribute) replaced.push(version.column.column);
  if (replaced.length === 0 && !answers) return 'DO NOTHING';
  // A row that is only touched is answered, one that is left alone isn't.
  const set = (replaced.length === 0 ? [key[0]!.column] : replaced).map((column) => `${column} = excluded.${column}`);
  return `DO UPDATE SET ${list(set)}${version === undefined ? '' : ` WHERE ${isNewer(version)}`}`;
}

/** The row of before is `t`, the one to write `excluded`. A row without a version is as old as can be. */
function isNewer({ column: { column }, isAttribute, mode }: NonNullable<TableMapping['version']>): string {
  if (mode === 'optimistic') return `t.${column} = excluded.${column} - 1`;
  return `(t.${column} IS NULL OR t.${column} ${isAttribute ? '<=' : '<'} excluded.${column})`;
}

/**
 * Locks in the order bound before it deletes: a DELETE alone locks in the order of its scan, and deadlocks with sorted upserts. A counted one leaves
 * rows alone that are newer, and answers the highest of their versions.
 */
export function remove(mapping: TableMapping, mark: string | undefined): WriteStatement {
  const { table, key, version } = mapping;
  const isCounted = version !== undefined && !version.isAttribute;
  const matches = key.map(({ column }, index) => `t.${column} = locked.k${index + 1}`).join(' AND ');
  const count = `$${key.length + 1}::int8`;
  const lock = `locked AS MATERIALIZED (${lockedKeys(mapping, isCounted ? version.column.column : undefined, mark !== undefined)})`;
  const common = [...(mark === undefined ? [] : [marked(mark)]), lock];
  const text = isCounted
    ? `WITH ${list(common)}, gone AS (DELETE FROM ${table} AS t USING locked WHERE ${matches} AND (locked.version IS NULL OR locked.version < ${count})) SELECT max(version) FROM locked WHERE version >= ${count}`
    : `WITH ${list(common)} DELETE FROM ${table} AS t USING locked WHERE ${matches}`;
  return { ...prepared(text), counted: isCounted, answers: false, conditional: false };
}

/** Rows by key, locked in the order bound: their keys as `k1`, …, and a column as `version`. */
function lockedKeys({ table, key }: TableMapping, version?: string, isMarked = false): string {
  const names = key.map((_, index) => `k${index + 1}`);
  const fields = key.map(({ column }, index) => `t.${column} AS ${names[index]}`);
  if (version !== undefined) fields.push(`t.${version} AS version`);
  return [
    `SELECT ${list(fields)} FROM ${table} AS t JOIN ${unnest(key)} WITH ORDINALITY AS u(${list([...names, 'n'])})`,
    `ON ${key.map(({ column }, index) => `t.${column} = u.${names[index]}`).join(' AND ')}${isMarked ? ' CROSS JOIN origin' : ''}`,
    `ORDER BY u.n FOR UPDATE OF t`,
  ].join(' ');
}

export function newest({ table, key, version }: TableMapping): Statement {
  const names = key.map((_, index) => `k${index + 1}`);
  const column = version?.column.column ?? 'NULL';
  return prepared(
    `SELECT max(t.${column}) FROM ${table} AS t JOIN ${unnest(key)} AS u(${list(names)}) ON ${key.map((one, index) => `t.${one.column} = u.${names[index]}`).join(' AND ')} WHERE t.${column} >= $${key.length + 1}::int8`,
  );
}

/** Joined to what is written, so that it is evaluated, and only once. */
function marked(mark: string): string {
  return `origin AS MATERIALIZED (SELECT ${mark})`;
}
