/** What push-down must know of a table beyond its columns' types: how its texts compare. */

export interface ColumnFacts {
  /** Null for types without one. */
  readonly collation: string | null;
  /** Whether equal texts are the same bytes. */
  readonly deterministic: boolean;
}

export interface TableFacts {
  /** By the column's quoted name. */
  readonly columns: ReadonlyMap<string, ColumnFacts>;
  /** Whether the database's texts are UTF-8. */
  readonly utf8: boolean;
}

/** $1: the table's quoted name. A row for each column: quoted name, collation, whether it is deterministic, the encoding. */
export const FACTS_QUERY = `
SELECT '"' || replace(a.attname, '"', '""') || '"', c.collname, coalesce(c.collisdeterministic, true)::text, current_setting('server_encoding')
FROM pg_attribute a LEFT JOIN pg_collation c ON c.oid = a.attcollation
WHERE a.attrelid = to_regclass($1) AND a.attnum > 0 AND NOT a.attisdropped`;

export function factsOf(rows: readonly (readonly (string | null)[])[]): TableFacts {
  return {
    columns: new Map(
      rows.map(([column, collation, deterministic]) => [
        column!,
        { collation: collation ?? null, deterministic: deterministic === 'true' },
      ]),
    ),
    utf8: rows[0]?.[3] === 'UTF8',
  };
}
