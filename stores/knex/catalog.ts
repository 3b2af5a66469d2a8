/** What PostgreSQL's catalog says about a table, asked for in one query. */
import type { Database } from './database.ts';

export interface CatalogColumn {
  readonly name: string;
  /** Of the type as declared: of the domain, where it is one. */
  readonly declaredOid: number;
  /** Of the type itself, or a domain's base type. */
  readonly oid: number;
  /** Of an array's elements (of their base type), else 0. */
  readonly elementOid: number;
  /** Length, precision or the like of the type or of an array's elements, as the type itself encodes it; -1: none. */
  readonly typmod: number;
  /** Whether the type, or that of an array's elements, is an enumeration. */
  readonly isEnum: boolean;
  /** The type for a cast, whatever the search path, without length or precision (a cast to `varchar(20)` would cut silently). */
  readonly castName: string;
  /** The type as declared, for people. */
  readonly declared: string;
  readonly notNull: boolean;
  readonly hasDefault: boolean;
  /** `GENERATED … AS IDENTITY`: `a` always, `d` by default, empty: no identity. */
  readonly identity: '' | 'a' | 'd';
  /** Computed from other columns: `s` stored, `v` at each reading, empty: no. */
  readonly generated: '' | 's' | 'v';
  readonly collation: string | null;
  /** False when strings that differ may be equal. */
  readonly deterministic: boolean;
  /** What the role may do with it, by a right on the table or on the column. */
  readonly rights: { readonly select: boolean; readonly insert: boolean; readonly update: boolean };
}

export interface UniqueSet {
  readonly primary: boolean;
  readonly columns: readonly string[];
}

export interface CatalogTable {
  readonly schema: string;
  /** Whether only the connection that asked has it. */
  readonly isTemporary: boolean;
  /** `r` table, `p` partitioned table, `v` view, `m` materialized view, `f` foreign table. */
  readonly kind: 'r' | 'p' | 'v' | 'm' | 'f';
  /** Whether policies hide rows from the role. */
  readonly rowSecurity: boolean;
  /** Whether other tables inherit from it (its partitions aside). */
  readonly hasChildren: boolean;
  readonly role: string;
  readonly columns: readonly CatalogColumn[];
  /** Sets of columns that are unique over the whole table, checked at once. */
  readonly uniques: readonly UniqueSet[];
  /** Whether there are triggers before a row is inserted or updated, which may keep it out. */
  readonly hasRowTriggers: boolean;
  /** Whether the role may delete rows; what else it may do is said by column. */
  readonly mayDelete: boolean;
}

export type CatalogAnswer =
  | { readonly table: CatalogTable; readonly types: readonly (number | null)[]; readonly others: null }
  | { readonly table: null; readonly types: readonly (number | null)[]; readonly others: readonly string[] };

/**
 * $1: the table's name, quoted and perhaps with a schema. $2: names of types, of which `types` has the object ids, null for those that aren't there.
 * Answers one JSON text: a `CatalogAnswer`.
 */
const CATALOG_QUERY = `
WITH RECURSIVE chains(oid, base, typmod, not_null) AS (
  SELECT oid, typbasetype, typtypmod, typnotnull FROM pg_type WHERE typtype = 'd'
  UNION ALL
  SELECT c.oid, t.typbasetype, t.typtypmod, c.not_null OR t.typnotnull FROM chains c JOIN pg_type t ON t.oid = c.base AND t.typtype = 'd'
),
domains AS (SELECT c.* FROM chains c JOIN pg_type t ON t.oid = c.base AND t.typtype <> 'd')
SELECT json_build_object(
  'table', CASE WHEN r.oid IS NOT NULL THEN json_build_object(
    'schema', (SELECT nspname FROM pg_namespace WHERE oid = r.relnamespace),
    'isTemporary', r.relpersistence = 't',
    'kind', r.relkind,
    'rowSecurity', row_security_active(t.oid),
    'hasChildren', r.relkind = 'r' AND EXISTS (SELECT FROM pg_inherits WHERE inhparent = t.oid),
    'role', current_user,
    'columns', (
      SELECT json_agg(json_build_object(
        'name', a.attname,
        'declaredOid', a.atttypid::int8,
        'oid', b.oid::int8,
        'elementOid', coalesce(e.oid, 0)::int8,
        'typmod', coalesce(elements.typmod, of_column.typmod, a.atttypmod),
        'isEnum', coalesce(e.typtype, b.typtype) = 'e',
        'castName', CASE WHEN n.nspname = 'pg_catalog' THEN format_type(b.oid, -1) ELSE format('%I.%I', n.nspname, b.typname) END,
        'declared', format_type(a.atttypid, a.atttypmod),
        'notNull', a.attnotnull OR coalesce(of_column.not_null, false),
        'hasDefault', a.atthasdef OR d.typdefault IS NOT NULL,
        'identity', a.attidentity,
        'generated', a.attgenerated,
        'collation', c.collname,
        'deterministic', coalesce(c.collisdeterministic, true),
        'rights', json_build_object(
          'select', has_column_privilege(t.oid, a.attnum, 'SELECT'),
          'insert', has_column_privilege(t.oid, a.attnum, 'INSERT'),
          'update', has_column_privilege(t.oid, a.attnum, 'UPDATE')
        )
      ) ORDER BY a.attnum)
      FROM pg_attribute a
      JOIN pg_type d ON d.oid = a.atttypid
      LEFT JOIN domains of_column ON of_column.oid = a.atttypid
      JOIN pg_type b ON b.oid = coalesce(of_column.base, a.atttypid)
      JOIN pg_namespace n ON n.oid = b.typnamespace
      LEFT JOIN domains elements ON elements.oid = b.typelem AND b.typcategory = 'A'
      LEFT JOIN pg_type e ON e.oid = coalesce(elements.base, b.typelem) AND b.typcategory = 'A'
      LEFT JOIN pg_collation c ON c.oid = a.attcollation
      WHERE a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped
    ),
    'uniques', coalesce((
      SELECT json_agg(json_build_object(
        'primary', i.indisprimary,
        'columns', (
          SELECT json_agg(a.attname ORDER BY k.position)
          FROM unnest(i.indkey::int2[]) WITH ORDINALITY AS k(attnum, position)
          JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum
          WHERE k.position <= i.indnkeyatts
        )
      ) ORDER BY i.indisprimary DESC, i.indexrelid)
      FROM pg_index i
      WHERE i.indrelid = t.oid AND i.indisunique AND i.indisvalid AND i.indimmediate AND i.indpred IS NULL AND i.indexprs IS NULL
    ), '[]'),
    'hasRowTriggers', EXISTS (
      SELECT FROM pg_trigger g
      WHERE (g.tgrelid = t.oid OR g.tgrelid IN (SELECT relid FROM pg_partition_tree(t.oid)))
        AND NOT g.tgisinternal AND (g.tgtype & 3) = 3 AND (g.tgtype & 20) > 0 -- for each row, before; of inserts or updates
    ),
    'mayDelete', has_table_privilege(t.oid, 'DELETE')
  ) END,
  'types', (SELECT coalesce(json_agg(to_regtype(name)::oid::int8 ORDER BY n), '[]') FROM unnest($2::text[]) WITH ORDINALITY AS u(name, n)),
  'others', CASE WHEN r.oid IS NULL THEN coalesce((
    SELECT json_agg(o.relname)
    FROM pg_class o
    JOIN pg_namespace n ON n.oid = o.relnamespace
    WHERE o.relkind IN ('r', 'p', 'v', 'm', 'f') AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'
  ), '[]') END
)::text
FROM (SELECT to_regclass($1)::oid AS oid) t LEFT JOIN pg_class r ON r.oid = t.oid`;

/** `table`: quoted, perhaps with a schema. `types`: names of types to look up. */
export async function readCatalog(database: Pick<Database, 'rows'>, table: string, types: readonly string[] = []): Promise<CatalogAnswer> {
  const [row] = await database.rows(CATALOG_QUERY, [table, types]);
  const answer: CatalogAnswer = JSON.parse(row![0]!);
  return answer;
}
