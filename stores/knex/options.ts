/** What a user writes to put a PostgreSQL table behind a map. */
import type { Knex } from 'knex';
import type { Clock } from '../../lib/base/clock.ts';
import type { Int8Mode, JsonMode, NumericMode } from './codecs.ts';
import type { FollowOptions } from './follow/follow-options.ts';

/**
 * Where the database is: a URL or pg's connection settings (the store opens a pool of its own and closes it in `destroy`), or a knex
 * instance (its pool and its timeouts are used, and left open).
 */
export type DataConnection = string | Knex.PgConnectionConfig | Knex;

/** How one attribute is kept in its column. */
export interface ColumnSpec<T = unknown> {
  /** Default: the attribute's name. */
  readonly column?: string;
  /**
   * The column's type as in SQL: `int8`, `numeric(12,2)`, `text[]`, `"Mood"`. A table that has another one is refused; `create` needs it. Default:
   * whatever the table has.
   */
  readonly type?: string;
  /** Default: the store's `int8`. */
  readonly int8?: Int8Mode;
  /** Default: the store's `numeric`. */
  readonly numeric?: NumericMode;
  /** Default: the store's `json`. */
  readonly json?: JsonMode;
  /** From the attribute to what the column's type takes. Null and undefined become NULL without it. */
  toColumn?(value: NonNullable<T>): unknown;
  /** Back again. NULL becomes null without it. */
  fromColumn?(raw: unknown): T;
  /**
   * When the column is written. Default `always`; generated and identity columns are `never` by themselves. What is not written each time is filled
   * by the database, and read back after each store.
   */
  readonly write?: 'always' | 'insert' | 'never';
  /** Whether the column is read back after each store although it is written: for triggers that change it. Default false. */
  readonly returning?: boolean;
}

/** A JSON document that holds every attribute without a column of its own. */
export interface DocumentSpec<V> {
  readonly column: string;
  /** For `create`, and compared with the table. Default: whatever the table has; `create` makes `jsonb`. */
  readonly type?: 'jsonb' | 'json';
  /** From the value (without the attributes that have columns) to what JSON can hold. */
  toColumn?(value: V): unknown;
  /** Back again. */
  fromColumn?(raw: unknown): V;
  /**
   * Attribute → a column that the table generates from the document, so that conditions on the attribute can use an index. It is neither loaded nor
   * written.
   */
  readonly promoted?: { readonly [A in keyof V & string]?: string | PromotedSpec };
}

export interface PromotedSpec {
  /** Default: the attribute's name. */
  readonly column?: string;
  /** For `create`. */
  readonly type?: 'text' | 'boolean' | 'int4' | 'int8' | 'float8' | 'numeric';
}

/** How rows are kept from being overwritten by writes that are older than they are. */
export interface VersionSpec<V> {
  /** An integer column; for `guard` without `attribute` a bigint, which the store fills with microseconds. */
  readonly column: string;
  /** The attribute of the value that has the version. Default for `optimistic` and `database`: the column's name; for `guard` none. */
  readonly attribute?: keyof V & string;
  /**
   * - `guard`: a write with a lower number than the row's does nothing. So a write that was given up (a timeout, a lost connection) can't overwrite a
   *   later one when its session wakes up. Without `attribute` the store counts by itself. With one the value says its number, and a lower one is refused.
   * - `optimistic`: the value has the version that it was read with; the row must still have it (or, without a version, must not exist), and gets the
   *   next one. Anything else is refused with StoreConflictError.
   * - `database`: a trigger or the like counts; the store reads the number back.
   */
  readonly mode: 'guard' | 'optimistic' | 'database';
}

export interface Timeouts {
  /** A statement on the server (`statement_timeout`); the initial load is exempt. Default 30,000; 0 = none. */
  readonly statementMs?: number;
  /** Waiting for a lock on the server (`lock_timeout`). Default 10,000; 0 = none. */
  readonly lockMs?: number;
  /** Waiting for an answer, the network included; the connection is given up. Default `statementMs` + 5,000; 0 = none. */
  readonly clientMs?: number;
  /** Waiting for a free connection of the pool. Default 30,000. */
  readonly acquireMs?: number;
}

export interface KnexMapStoreOptions<V> {
  readonly connection: DataConnection;
  /** Default: the map's name. */
  readonly table?: string;
  /** Default: the first schema of the search path that has the table. */
  readonly schema?: string;
  /**
   * Key column, or columns: the map's keys are then objects with an attribute for each. Or, as `columns`, attribute → column or spec. Default: the
   * table's primary key.
   */
  readonly key?: string | readonly string[] | { readonly [attribute: string]: true | string | ColumnSpec };
  /** Whether the value has the key as an attribute too, filled when the column is mapped or not. Default true; with `document` false. */
  readonly keyInValue?: boolean;
  /**
   * The columns to keep: attribute → `true` (column of the same name), a column's name, or a spec. Default: all columns, each under its
   * own name; with `document` none.
   */
  readonly columns?: 'all' | { readonly [A in keyof V & string]?: true | string | ColumnSpec<V[A]> };
  /** A jsonb or json column for what has no column of its own. Without `columns` it is the whole value, whatever JSON can hold. */
  readonly document?: string | DocumentSpec<V>;
  /** Default: writes replace what is there. */
  readonly version?: VersionSpec<V>;
  /**
   * Whether `init` makes the table if there is none, from the types that `key`, `columns`, `document` and `version` declare. One that is there is
   * never changed. Default false.
   */
  readonly create?: boolean;
  /** What int8 columns become. Default `auto`: numbers, and bigints beyond 2^53. */
  readonly int8?: Int8Mode;
  /** What numeric columns become. Default `number`, which is refused at the start for columns of more than 15 digits. */
  readonly numeric?: NumericMode;
  /**
   * Numbers in json and jsonb that JavaScript can't hold, such as integers beyond 2^53. Default `exact`: such rows can't be read, since the next write
   * would change them. `nearest`: they are read as the nearest number.
   */
  readonly json?: JsonMode;
  /** What to do with attributes of a value that have no column. Default `refuse` (ERR_VALUE): they would be lost. */
  readonly unmapped?: 'refuse' | 'ignore';
  /** An SQL condition that picks the rows to load at the start (hot rows). Program text: never build it from input. Default: all rows. */
  readonly where?: string;
  /** For views, replicas and roles that may only read: writes are refused, and what only they need isn't checked. Default false. */
  readonly readOnly?: boolean;
  /** Whether concurrent `store` and `delete` calls share statements; each still resolves after its own commit. Default true. */
  readonly coalesce?: boolean;
  /**
   * Whether the map follows what other programs do to the table, over one more connection: `notify` by triggers (installed once by `installFollow`),
   * `replication` by the server's log. Default: not. See docs/following.md.
   */
  readonly follow?: FollowOptions;
  /** For connections that the store opens itself. */
  readonly timeouts?: Timeouts;
  /** Connections of the store's own pool. Default 4. */
  readonly connections?: number;
  /** Default: the machine's clock. */
  readonly clock?: Clock;
}
