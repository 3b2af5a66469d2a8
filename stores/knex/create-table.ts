/** Makes the table that a store's options declare, where there is none. */
import type { Database } from './database.ts';
import { quoteName } from './names.ts';
import type { ColumnWish, DocumentWish, TableWishes, VersionWish } from './wishes.ts';

export interface TableDeclaration {
  /** Undefined when there are problems. */
  readonly text: string | undefined;
  /** What must be declared and isn't. */
  readonly problems: readonly string[];
}

/** Names, quoted names, lengths and brackets: no type needs more, and nothing else gets into SQL. */
export const TYPE_NAME =
  /^(?:[a-z_][\w$]*|"(?:[^"]|"")+")(?:[ .](?:[a-z_][\w$]*|"(?:[^"]|"")+"))*(?:\(\d+(?:, ?-?\d+)?\))?(?: with(?:out)? time zone)?(?:\[\d*\])*$/i;

/** Types of text, which get `COLLATE "C"`: ordered by code point, as the map orders them, so that an index serves its conditions. */
const TEXT_TYPE = /^(?:text|varchar|character varying)(?:\(\d+\))?(?:\[\])*$/i;

/** `CREATE TABLE` of everything that was asked for. `table` is quoted. */
export function declareTable(table: string, wishes: TableWishes): TableDeclaration {
  const problems: string[] = [];
  const { key, columns, document, version } = wishes;
  if (key === undefined) problems.push('create: name the columns of the key with `key`');
  if (columns === undefined) problems.push('create: name the columns, each with its `type`, with `columns`, or set `document`');
  const typeOf = (wish: ColumnWish, who: string): string => {
    const type = wish.spec.type ?? columns?.find(({ column }) => column === wish.column)?.spec.type;
    if (type === undefined) problems.push(`create: ${who} needs a \`type\``);
    else if (!TYPE_NAME.test(type)) problems.push(`create: ${who}: ${JSON.stringify(type)} is no type that can be declared`);
    return `${quoteName(wish.column)} ${type ?? ''}${type !== undefined && TEXT_TYPE.test(type) ? ' COLLATE "C"' : ''}`;
  };
  const keyColumns = new Set(key?.map(({ column }) => column));
  const rest = (columns ?? []).filter(({ column }) => !keyColumns.has(column) && column !== version?.column);
  const parts = [
    ...(key ?? []).map((wish) => `${typeOf(wish, `key column ${quoteName(wish.column)}`)} NOT NULL`),
    ...rest.map((wish) => typeOf(wish, `attribute '${wish.attribute}'`)),
    ...(version === undefined ? [] : [versionColumn(version)]),
    ...(document === undefined ? [] : documentColumns(document, problems)),
    `PRIMARY KEY (${[...keyColumns].map(quoteName).join(', ')})`,
  ];
  return { problems, text: problems.length > 0 ? undefined : `CREATE TABLE IF NOT EXISTS ${table} (\n  ${parts.join(',\n  ')}\n)` };
}

function versionColumn({ column, mode }: VersionWish): string {
  return `${quoteName(column)} int8 NOT NULL${mode === 'database' ? ' DEFAULT 0' : ''}`;
}

/** A promoted column is null where the document has another type there, so that it says what the document says. */
function documentColumns({ column, type = 'jsonb', promoted }: DocumentWish, problems: string[]): string[] {
  const document = quoteName(column);
  return [
    `${document} ${type} NOT NULL`,
    ...promoted.map((wish) => {
      const name = `'${wish.attribute.replaceAll("'", "''")}'`;
      const kind = wish.type === 'text' ? 'string' : wish.type === 'boolean' ? 'boolean' : 'number';
      if (wish.type === undefined) problems.push(`create: promoted '${wish.attribute}' needs a \`type\``);
      else if (!PROMOTED_TYPES.includes(wish.type))
        problems.push(`create: promoted '${wish.attribute}': type must be one of ${PROMOTED_TYPES.join(', ')}`);
      const value = `CASE WHEN ${type}_typeof(${document} -> ${name}) = '${kind}' THEN (${document} ->> ${name})::${wish.type} END`;
      return `${quoteName(wish.column)} ${wish.type}${wish.type === 'text' ? ' COLLATE "C"' : ''} GENERATED ALWAYS AS (${value}) STORED`;
    }),
  ];
}

const PROMOTED_TYPES: readonly string[] = ['text', 'boolean', 'int4', 'int8', 'float8', 'numeric'];

/** One member after the other: `IF NOT EXISTS` alone fails for the second of two at once. */
export function createTable(database: Database, table: string, text: string): Promise<void> {
  return database.transaction('BEGIN', async (session) => {
    await database.query(session, 'SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [`cobnut create ${table}`]);
    await database.query(session, text, []);
  });
}
