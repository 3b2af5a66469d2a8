/** Looks at the table behind a store, makes it if it may, and fits the store's options to it: all there is to say about it at once. */
import { StoreSchemaError } from '../../lib/errors.ts';
import { readCatalog } from './catalog.ts';
import { createTable, declareTable, TYPE_NAME } from './create-table.ts';
import type { Database } from './database.ts';
import { mapTable, type TableMapping } from './mapping.ts';
import { didYouMean, quoteName } from './names.ts';
import type { KnexMapStoreOptions } from './options.ts';
import { checkTable } from './table-check.ts';
import { wishesOf, type TableWishes } from './wishes.ts';

export interface OpenedTable {
  readonly mapping: TableMapping;
  /** What works, but perhaps not as expected: one sentence each. */
  readonly warnings: readonly string[];
}

/** Errors: ERR_STORE_SCHEMA (`details.problems`); pg's own when there is no server. */
export async function openTable<V>(database: Database, mapName: string, options: KnexMapStoreOptions<V>): Promise<OpenedTable> {
  const table = options.table ?? mapName;
  const quoted = options.schema === undefined ? quoteName(table) : `${quoteName(options.schema)}.${quoteName(table)}`;
  const wishes = wishesOf(options);
  const types = declaredTypes(wishes);
  let answer = await look(database, mapName, quoted, types);
  if (answer.table === null && options.create === true) {
    const { text, problems } = declareTable(quoted, wishes);
    if (text === undefined) throw schemaError(mapName, problems);
    await createTable(database, quoted, text);
    answer = await look(database, mapName, quoted, types);
  }
  if (answer.table === null) {
    throw schemaError(mapName, [`there is no table ${quoted}, or the role can't see it${didYouMean(table, answer.others)}`]);
  }
  const oids = new Map(types.map((type, position) => [type, answer.types[position] ?? null]));
  // The search path of a connection may be another one later, or a temporary table may hide this one.
  const qualified = `${quoteName(answer.table.schema)}.${quoteName(table)}`;
  const result = mapTable(qualified, answer.table, wishes);
  const { problems, warnings } = checkTable(quoted, answer.table, result, wishes, oids);
  const all = [...problems, ...(problems.length > 0 ? [] : await whereProblems(database, qualified, options.where))];
  if (all.length > 0) throw schemaError(mapName, all);
  return { mapping: result.mapping, warnings };
}

async function look(database: Database, mapName: string, table: string, types: readonly string[]): ReturnType<typeof readCatalog> {
  try {
    return await readCatalog(database, table, types);
  } catch (error) {
    if (isRefused(error, '42501')) throw schemaError(mapName, [`${error.message} (looking for ${table}). GRANT USAGE ON SCHEMA it is in`]);
    if (isRefused(error, '42601')) throw schemaError(mapName, [`one of the types ${types.join(', ')} is none: ${error.message}`]);
    throw error;
  }
}

/** A condition that the table can't answer would otherwise fail the first load. */
async function whereProblems(database: Database, table: string, where: string | undefined): Promise<string[]> {
  if (where === undefined) return [];
  try {
    await database.rows(`EXPLAIN SELECT FROM ${table} WHERE (\n${where}\n)`, []);
    return [];
  } catch (error) {
    if (!isRefused(error, '42', '22', '0A')) throw error;
    return [`where: ${error.message}`];
  }
}

function isRefused(error: unknown, ...codes: readonly string[]): error is Error {
  return error instanceof Error && 'code' in error && codes.some((code) => String(error.code).startsWith(code));
}

function declaredTypes({ key = [], columns = [], document }: TableWishes): string[] {
  const promoted = document?.promoted ?? [];
  const types = [...key, ...columns].map(({ spec }) => spec.type);
  const all = new Set([...types, document?.type, ...promoted.map(({ type }) => type)].filter((type) => type !== undefined));
  return [...all].filter((type) => TYPE_NAME.test(type));
}

export function schemaError(mapName: string, problems: readonly string[]): StoreSchemaError {
  const list = problems.map((problem) => `\n- ${problem}`).join('');
  return new StoreSchemaError(`map '${mapName}': the table does not fit the store's options:${list}`, { details: { mapName, problems } });
}
