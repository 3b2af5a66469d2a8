/** What a user writes to put a PostgreSQL table behind a map. */
import type { Knex } from 'knex';
import type { Clock } from '../../lib/base/clock.ts';
import type { Int8Mode, NumericMode } from './codecs.ts';
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
  /** Default: the store's `int8`. */
  readonly int8?: Int8Mode;
  /** Default: the store's `numeric`. */
  readonly numeric?: NumericMode;
  /** From the attribute to what the column's type takes. Null and undefined become NULL without it. */
  toColumn?(value: NonNullable<T>): unknown;
  /** Back again. NULL becomes null without it. */
  fromColumn?(raw: unknown): T;
  /** When the column is written. Default `always`; generated columns are `never` by themselves. */
  readonly write?: 'always' | 'insert' | 'never';
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
  /** Key column, or columns: the map's keys are then objects with an attribute for each. Default: the table's primary key. */
  readonly key?: string | readonly string[];
  /** Whether the value has the key as an attribute too, filled when the column is mapped or not. Default true. */
  readonly keyInValue?: boolean;
  /**
   * The columns to keep: attribute → `true` (column of the same name), a column's name, or a spec. Default: all columns, each under its
   * own name.
   */
  readonly columns?: 'all' | { readonly [A in keyof V & string]?: true | string | ColumnSpec<V[A]> };
  /** What int8 columns become. Default `auto`: numbers, and bigints beyond 2^53. */
  readonly int8?: Int8Mode;
  /** What numeric columns become. Default `number`, which is refused at the start for columns of more than 15 digits. */
  readonly numeric?: NumericMode;
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
