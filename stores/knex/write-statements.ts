/**
 * The SQL of writes: upserts and deletes of any number of rows in one statement, in an order in which they can't deadlock, and, where the table has
 * a version, only of rows that are not newer.
 */
import { selectedForm } from './codecs.ts';
import type { Statement } from './database.ts';
import type { MappedColumn, TableMapping } from './mapping.ts';
import type { Rows } from './rows.ts';
import { boundRows, list, prepared } from './sql.ts';

/** Binds the columns that it writes, or the key's; then, if it is `counted`, the number of this write. */
export interface WriteStatement {
  /** For one row: binds its values. */
  readonly one: Statement;
  /** For any number of rows: binds one array for each column. */
  readonly many: Statement;
  readonly counted: boolean;
  /** Answers, for each row that it wrote, the key and the columns `returned`; rows that it left alone are missing. Else it answers nothing. */
  readonly answers: boolean;
  /** Whether it may leave a row alone, which is then a failure: one of another version than the write was made for, or one that a trigger keeps out. */
  readonly conditional: boolean;
  /** Whether all rows count as written else. */
  readonly complete: boolean;
}

/** `mark`: an expression that the statement evaluates once, before it writes. */
export function upsert(mapping: TableMapping, rows: Rows<unknown, unknown>, mark: string | undefined): WriteStatement {
  const { version, hasRowTriggers } = mapping;
  const { written } = rows;
  const isReplaced = replacedColumns(mapping, written).length > 0;
  const conditional = version?.isAttribute === true || (hasRowTriggers && (isReplaced || touchedColumn(written) !== undefined));
  const answers = rows.returned.length > 0 || conditional;
  const text = (isOne: boolean): Statement => prepared(upsertText(mapping, rows, mark, answers, isOne));
  const complete = isReplaced && !conditional;
  return { one: text(true), many: text(false), counted: isCounted(mapping), answers, conditional, complete };
}

function upsertText(
  mapping: TableMapping,
  rows: Rows<unknown, unknown>,
  mark: string | undefined,
  answers: boolean,
  isOne: boolean,
): string {
  const { table, key, version } = mapping;
  const { written, returned } = rows;
  const isOptimistic = version?.mode === 'optimistic';
  const columns = written.map(({ column }) => column);
  const values = written.map((column, index) => {
    if (isOptimistic && column === version.column) return `(coalesce(u.c${index + 1}, -1) + 1)::${column.castName}`;
    return column.isArray ? `u.c${index + 1}::${column.castName}` : `u.c${index + 1}`;
  });
  if (version !== undefined && !version.isAttribute) {
    columns.push(version.column.column);
    values.push(`$${columns.length}::int8`);
  }
  const common = [
    ...(mark === undefined ? [] : [marked(mark)]),
    ...(isOptimistic ? [`locked AS MATERIALIZED (${lockedKeys(mapping, { isOne })})`] : []),
  ];
  return [
    ...(common.length > 0 ? [`WITH ${list(common)}`] : []),
    `INSERT INTO ${table} AS t (${list(columns)})`,
    ...(key.some(({ overriding }) => overriding) ? ['OVERRIDING SYSTEM VALUE'] : []),
    `SELECT ${list(values)} FROM ${boundRows(written, (position) => `c${position}`, isOne)}`,
    ...(isOptimistic ? [`LEFT JOIN locked ON ${key.map((_, index) => `locked.k${index + 1} = u.c${index + 1}`).join(' AND ')}`] : []),
    ...(mark === undefined ? [] : ['CROSS JOIN origin']),
    // A value with a version was read from a row: that row must be there still.
    ...(isOptimistic ? [`WHERE u.c${written.indexOf(version.column) + 1} IS NULL OR locked.k1 IS NOT NULL ORDER BY u.n`] : []),
    `ON CONFLICT (${list(key.map(({ column }) => column))})`,
    onConflict(mapping, written, answers),
    ...(answers ? [`RETURNING ${list([...key, ...returned].map(({ codec, column }) => selectedForm(codec, column)))}`] : []),
  ].join(' ');
}

/** Whether the store itself numbers its writes. */
function isCounted({ version }: TableMapping): boolean {
  return version !== undefined && !version.isAttribute;
}

/** What becomes of a row that is there already. Rows are inserted in the order in which they are bound, so sorted keys are locked in order. */
function onConflict(mapping: TableMapping, written: readonly MappedColumn[], answers: boolean): string {
  const { version } = mapping;
  const replaced = replacedColumns(mapping, written);
  const touched = answers ? touchedColumn(written) : undefined;
  if (replaced.length === 0) return touched === undefined ? 'DO NOTHING' : `DO UPDATE SET ${touched} = t.${touched}`;
  return `DO UPDATE SET ${list(replaced.map((column) => `${column} = excluded.${column}`))}${version === undefined ? '' : ` WHERE ${isNewer(version)}`}`;
}

function replacedColumns(mapping: TableMapping, written: readonly MappedColumn[]): string[] {
  const replaced = written.filter(({ write }) => write === 'always').map(({ column }) => column);
  return isCounted(mapping) ? [...replaced, mapping.version!.column.column] : replaced;
}

/** Written over by itself where there is nothing to replace: a row that is only touched is answered, one that is left alone isn't. */
function touchedColumn(written: readonly MappedColumn[]): string | undefined {
  return written.find(({ overriding }) => !overriding)?.column;
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
  const text = (isOne: boolean): Statement => prepared(removeText(mapping, mark, isOne));
  return { one: text(true), many: text(false), counted: isCounted(mapping), answers: false, conditional: false, complete: false };
}

function removeText(mapping: TableMapping, mark: string | undefined, isOne: boolean): string {
  const { table, key, version } = mapping;
  if (isOne && mark === undefined && !isCounted(mapping)) {
    return `DELETE FROM ${table} WHERE ${key.map(({ column, castName }, index) => `${column} = $${index + 1}::${castName}`).join(' AND ')}`;
  }
  const matches = key.map(({ column }, index) => `t.${column} = locked.k${index + 1}`).join(' AND ');
  const count = `$${key.length + 1}::int8`;
  const counted = isCounted(mapping) ? version!.column.column : undefined;
  const lock = `locked AS MATERIALIZED (${lockedKeys(mapping, { isOne, version: counted, isMarked: mark !== undefined })})`;
  const common = list([...(mark === undefined ? [] : [marked(mark)]), lock]);
  const gone = `DELETE FROM ${table} AS t USING locked WHERE ${matches}`;
  if (counted === undefined) return `WITH ${common} ${gone}`;
  return `WITH ${common}, gone AS (${gone} AND (locked.version IS NULL OR locked.version < ${count})) SELECT max(version) FROM locked WHERE version >= ${count}`;
}

interface LockOptions {
  readonly isOne: boolean;
  /** A column to be given as `version`. */
  readonly version?: string | undefined;
  readonly isMarked?: boolean;
}

/** Rows by key, locked in the order bound: their keys as `k1`, …. */
function lockedKeys({ table, key }: TableMapping, { isOne, version, isMarked = false }: LockOptions): string {
  const fields = key.map(({ column }, index) => `t.${column} AS k${index + 1}`);
  if (version !== undefined) fields.push(`t.${version} AS version`);
  return [
    `SELECT ${list(fields)} FROM ${table} AS t JOIN ${boundRows(key, (position) => `k${position}`, isOne)}`,
    `ON ${key.map(({ column }, index) => `t.${column} = u.k${index + 1}`).join(' AND ')}${isMarked ? ' CROSS JOIN origin' : ''}`,
    `ORDER BY u.n FOR UPDATE OF t`,
  ].join(' ');
}

export function newest({ table, key, version }: TableMapping): Statement {
  const column = version?.column.column ?? 'NULL';
  const matches = key.map((one, index) => `t.${one.column} = u.k${index + 1}`).join(' AND ');
  const bound = boundRows(key, (position) => `k${position}`, false);
  return prepared(`SELECT max(t.${column}) FROM ${table} AS t JOIN ${bound} ON ${matches} WHERE t.${column} > $${key.length + 1}::int8`);
}

/** Joined to what is written, so that it is evaluated, and only once. */
function marked(mark: string): string {
  return `origin AS MATERIALIZED (SELECT ${mark})`;
}
