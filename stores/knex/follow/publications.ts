/** What `follow: 'replication'` needs on the server: the log's level, the right to read it, a publication, an identity of rows. */
import type { TableMapping } from '../mapping.ts';
import { quoteName } from '../names.ts';
import type { FollowedTable } from './followed-table.ts';
import type { Asked, Findings } from './table-watch.ts';

/** `messages` and `binary` came with it. */
const VERSION_MIN = 140_000;
/** Since then a publication may pick rows. */
const VERSION_FILTERS = 150_000;

/** What keeps the table from being followed at all. */
export function replicationProblems(table: FollowedTable, mapping: TableMapping): string[] {
  const { quoted, server, kind, isLogged, replicaIdentity, identityColumns } = table;
  const problems: string[] = [];
  if (server.version < VERSION_MIN) problems.push('PostgreSQL 14 or later is needed');
  if (server.walLevel !== 'logical')
    problems.push(`the server's wal_level is ${server.walLevel}: set it to logical and restart the server`);
  if (!server.mayReplicate) problems.push('the role may not replicate: ALTER ROLE … REPLICATION');
  if (kind !== 'r' && kind !== 'p') problems.push(`${quoted} is no table, so it is not in the server's log`);
  if (!isLogged) problems.push(`${quoted} is unlogged, so it is not in the server's log: ALTER TABLE ${quoted} SET LOGGED`);
  const known = new Set(identityColumns.map(quoteName));
  const unknown = table.keyColumns.filter((column) => !known.has(column));
  if (replicaIdentity !== 'f' && unknown.length > 0) {
    problems.push(
      `${quoted} does not log ${unknown.join(', ')} of deleted rows: ALTER TABLE ${quoted} REPLICA IDENTITY FULL, or USING INDEX of the map's key`,
    );
  }
  const readable = new Set(table.enumColumns.map(quoteName));
  for (const { column, codec, castName } of mapping.key) {
    if (codec.cast !== undefined && !readable.has(column))
      problems.push(`key column ${column} of type ${castName} can't be read from the log: follow by 'notify'`);
  }
  return problems;
}

export function createPublication(table: FollowedTable, name: string): string {
  return `CREATE PUBLICATION ${quoteName(name)} FOR TABLE ${table.quoted} WITH (publish_via_partition_root = true)`;
}

/** How the publication tells of the table; `undefined`: there is none of that name. */
export async function publicationFindings(asked: Asked, table: FollowedTable, name: string): Promise<Findings | undefined> {
  const filter = table.server.version >= VERSION_FILTERS ? 't.rowfilter' : 'NULL';
  const [row] = await asked.rows(
    `SELECT p.puballtables OR t.tablename IS NOT NULL, p.pubinsert AND p.pubupdate AND p.pubdelete AND p.pubtruncate, ${filter},
       concat_ws('.', p.oid, p.xmin, r.oid, r.xmin)
     FROM pg_publication p
     LEFT JOIN pg_publication_tables t ON t.pubname = p.pubname AND t.schemaname = $2 AND t.tablename = $3
     LEFT JOIN pg_publication_rel r ON r.prpubid = p.oid AND r.prrelid = $4::oid
     WHERE p.pubname = $1`,
    [name, table.schema, table.name, table.oid],
  );
  if (row === undefined) return undefined;
  const [has, publishes, rows, print] = row;
  const publication = `publication ${quoteName(name)}`;
  const problems: string[] = [];
  if (has !== 't') problems.push(`${publication} lacks the table: ALTER PUBLICATION ${quoteName(name)} ADD TABLE ${table.quoted}`);
  if (publishes !== 't') problems.push(`${publication} does not publish insert, update, delete and truncate`);
  if (typeof rows === 'string') problems.push(`${publication} has only the rows WHERE ${rows}: publish the table without a condition`);
  return { problems, print: `${table.oid} ${print ?? ''}` };
}

/** Makes the publication if there is none. What keeps it from being used, if anything. */
export async function publicationProblems(asked: Asked, table: FollowedTable, name: string): Promise<readonly string[]> {
  const found = await publicationFindings(asked, table, name);
  if (found !== undefined) return found.problems;
  try {
    await asked.rows(createPublication(table, name), []);
    return [];
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : '';
    if (code === '42710' || code === '23505') return []; // somebody else made it just now
    if (code !== '42501') throw error;
    return [
      `there is no publication ${quoteName(name)}, and the role may not make it. As the table's owner: ${createPublication(table, name)}`,
    ];
  }
}
