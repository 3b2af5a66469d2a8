/** The table that is to be followed, as the catalog has it, and the names of what belongs to its following. */
import type { TableMapping } from '../mapping.ts';
import { quoteName } from '../names.ts';
import { digest } from './follow-options.ts';
import type { Asked } from './table-watch.ts';

export interface InstalledTrigger {
  readonly name: string;
  /** `O` and `A`: fires; `D`: disabled; `R`: only for replicated changes. */
  readonly enabled: string;
  /** Body of its function. */
  readonly body: string;
  /** Another one after each change of the trigger. */
  readonly version: string;
}

export interface FollowedTable {
  /** Another one when the table is another one, whatever its name. */
  readonly oid: string;
  readonly schema: string;
  readonly name: string;
  /** Quoted, with the schema. */
  readonly quoted: string;
  /** `r` table, `p` partitioned table, `v` view, … */
  readonly kind: string;
  readonly isLogged: boolean;
  /** Whether the role owns it, as triggers and publications need. */
  readonly isOwned: boolean;
  /** `d` the primary key, `i` an index, `f` all columns, `n` nothing. */
  readonly replicaIdentity: string;
  readonly identityColumns: readonly string[];
  readonly triggers: readonly InstalledTrigger[];
  /** Columns whose binary form is their text although we read them by a cast. */
  readonly enumColumns: readonly string[];
  readonly server: { readonly version: number; readonly walLevel: string; readonly mayReplicate: boolean; readonly slotKeep: string };
  /** Quoted columns of the map's keys. */
  readonly keyColumns: readonly string[];
  /** Stands for table and key columns. */
  readonly id: string;
}

/** $1: the table's name, quoted and perhaps with a schema. */
const QUERY = `
SELECT json_build_object(
  'oid', c.oid::text,
  'schema', n.nspname,
  'name', c.relname,
  'kind', c.relkind,
  'isLogged', c.relpersistence = 'p',
  'isOwned', pg_has_role(c.relowner, 'USAGE'),
  'replicaIdentity', c.relreplident,
  'identityColumns', coalesce((
    SELECT json_agg(a.attname)
    FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey::int2[])
    WHERE i.indrelid = c.oid AND CASE c.relreplident WHEN 'd' THEN i.indisprimary WHEN 'i' THEN i.indisreplident ELSE false END
  ), '[]'),
  'triggers', coalesce((
    SELECT json_agg(json_build_object('name', t.tgname, 'enabled', t.tgenabled, 'body', p.prosrc, 'version', concat_ws('.', t.oid, t.xmin)))
    FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid
    WHERE t.tgrelid = c.oid AND NOT t.tgisinternal AND t.tgname LIKE 'cobnut\\_follow\\_%'
  ), '[]'),
  'enumColumns', coalesce((
    SELECT json_agg(a.attname)
    FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid LEFT JOIN pg_type e ON e.oid = t.typelem
    WHERE a.attrelid = c.oid AND a.attnum > 0 AND (t.typtype = 'e' OR (t.typcategory = 'A' AND e.typtype = 'e'))
  ), '[]'),
  'server', json_build_object(
    'version', current_setting('server_version_num')::int,
    'walLevel', current_setting('wal_level'),
    'mayReplicate', (SELECT rolsuper OR rolreplication FROM pg_roles WHERE rolname = current_user),
    'slotKeep', current_setting('max_slot_wal_keep_size')
  )
)::text
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.oid = to_regclass($1)::oid`;

export async function followedTable(asked: Asked, mapping: TableMapping): Promise<FollowedTable> {
  const table = await findTable(asked, mapping);
  if (table === undefined) throw new Error(`there is no table ${mapping.table} any more`);
  return table;
}

/** `undefined` when it is gone. */
export async function findTable(asked: Asked, mapping: TableMapping): Promise<FollowedTable | undefined> {
  const [row] = await asked.rows(QUERY, [mapping.table]);
  if (row === undefined) return undefined;
  const found: Omit<FollowedTable, 'quoted' | 'id' | 'keyColumns'> = JSON.parse(row[0]!);
  const keyColumns = mapping.key.map(({ column }) => column);
  return {
    ...found,
    quoted: `${quoteName(found.schema)}.${quoteName(found.name)}`,
    keyColumns,
    id: digest(found.schema, found.name, ...keyColumns),
  };
}

/** The role's name for `GRANT` and the like is the DBA's to fill in; everything else is quoted. */
export function publicationOf({ id }: FollowedTable, given: string | undefined): string {
  return given ?? `cobnut_follow_${id}`;
}
