/** A map's store in PostgreSQL: one table, one row for an entry, one column for an attribute. */
import type { ChangeFeed, ChangeSink } from '../../lib/api/change-feed.ts';
import type { FailureKind, LoadCount, LoadSink, MapLoaderLifecycle, MapStore, MapStoreContext } from '../../lib/api/map-store.ts';
import type { StoreAnswer, StoreQuery } from '../../lib/api/store-query.ts';
import { systemClock, type Clock } from '../../lib/base/clock.ts';
import { MapStoreError } from '../../lib/errors.ts';
import { Database } from './database.ts';
import { failureKind } from './failures.ts';
import { TableFollower } from './follow/table-follower.ts';
import type { TableMapping } from './mapping.ts';
import { openTable } from './open-table.ts';
import type { KnexMapStoreOptions } from './options.ts';
import { TableFinder } from './push-down/table-finder.ts';
import { rowsOf, type Rows } from './rows.ts';
import { statementsOf } from './statements.ts';
import { TableReader } from './table-reader.ts';
import { TableWriter } from './table-writer.ts';

/** What is there once the table has been looked at. */
interface Opened<K, V> {
  readonly database: Database;
  readonly mapping: TableMapping;
  readonly rows: Rows<K, V>;
  readonly reader: TableReader<K, V>;
  readonly writer: TableWriter<K, V>;
  readonly finder: TableFinder<K, V>;
}

/**
 * Keeps a map in a PostgreSQL table (13 or later), through `knex` and `pg`.
 *
 * The table is compared with the options once, in `init`, by one query of the catalog; all problems are reported together.
 * Statements are prepared; reads go by `= ANY(keys)`, writes by arrays of columns, the initial load by one binary COPY.
 * A single `store` is one upsert; concurrent ones share it, and each resolves after its own commit.
 *
 * Null and missing attributes are NULL in the table and come back as null. Timestamps are kept to the millisecond. See docs/postgres.md.
 *
 * @example
 * new KnexMapStore<number, Employee>({ connection: 'postgres://localhost/company', table: 'employees', key: 'id' })
 */
export class KnexMapStore<K, V> implements MapStore<K, V>, MapLoaderLifecycle {
  readonly #options: KnexMapStoreOptions<V>;
  readonly #clock: Clock;
  readonly #follower: TableFollower<K, V>;
  #isTaken = false;
  #opened: Opened<K, V> | undefined;
  #warnings: readonly string[] = [];

  constructor(options: KnexMapStoreOptions<V>) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#follower = new TableFollower({ follow: options.follow, where: options.where, clock: this.#clock });
  }

  /** What `init` found that works, but perhaps not as expected: one sentence each. */
  get warnings(): readonly string[] {
    return this.#warnings;
  }

  /**
   * Connects, makes the table if `create` says so, and compares it with the options. Errors: ERR_STORE_SCHEMA (`details.problems`), or pg's own when
   * there is no server.
   */
  async init({ mapName }: MapStoreContext): Promise<void> {
    if (this.#isTaken) throw new MapStoreError(`map '${mapName}': the store is open already; each map needs one of its own`);
    this.#isTaken = true;
    try {
      this.#opened = await this.#open(mapName);
    } catch (error) {
      this.#isTaken = false;
      throw error;
    }
  }

  async #open(mapName: string): Promise<Opened<K, V>> {
    const { connection, timeouts, connections, unmapped = 'refuse', where, coalesce = true } = this.#options;
    const database = new Database({ connection, timeouts, connections, clock: this.#clock });
    try {
      const { mapping, warnings } = await openTable(database, mapName, this.#options);
      const surprises = await this.#follower.check(mapName, database, mapping);
      this.#warnings = Object.freeze([...warnings, ...surprises].map((warning) => `map '${mapName}': ${warning}`));
      const rows = rowsOf<K, V>(mapping, unmapped);
      const statements = statementsOf(mapping, rows, where, this.#follower.mark);
      return {
        database,
        mapping,
        rows,
        reader: new TableReader(database, rows, statements),
        writer: new TableWriter({
          database,
          rows,
          statements,
          coalesce,
          clock: this.#clock,
          table: mapping.table,
          isVersioned: mapping.version?.isAttribute === true,
          watch: (bound, write) => this.#follower.watch(bound, write),
        }),
        finder: new TableFinder(database, mapping, rows),
      };
    } catch (error) {
      await database.close();
      throw error;
    }
  }

  /** Waits for single writes under way, then closes the pool if the store opened it. */
  async destroy(): Promise<void> {
    const opened = this.#opened;
    if (opened === undefined) return;
    await opened.writer.settled();
    this.#opened = undefined;
    this.#isTaken = false;
    await opened.database.close();
  }

  async load(key: K): Promise<V | undefined> {
    return this.#table().reader.load(key);
  }

  /** In chunks of 5,000 keys, one after the other. The result has the very keys that were asked for. */
  async loadAll(keys: readonly K[]): Promise<Map<K, V>> {
    return this.#table().reader.loadAll(keys);
  }

  /**
   * The keys of all rows (or those that `where` picks) in the table's order, 10,000 at a time: no connection is held in between, however
   * long the reader takes. Rows that come or go meanwhile may or may not be seen.
   */
  loadAllKeys(): AsyncGenerator<K, void, undefined> {
    return this.#table().reader.loadAllKeys();
  }

  /**
   * One pass over all rows (or those that `where` picks), of one moment in time, by binary COPY. Only the key of a row is decoded until the
   * sink wants it; reading stops while the sink is busy. Not limited by `statementMs`.
   */
  async loadOwned(sink: LoadSink<K, V>, signal: AbortSignal): Promise<LoadCount> {
    return this.#table().reader.loadOwned(sink, signal);
  }

  /** Looks for rows by itself, whatever `where` of the options picks for the start: `query({ source: 'store' | 'both' })`. See docs/push-down.md. */
  async find(query: StoreQuery): Promise<StoreAnswer<K, V>> {
    return this.#table().finder.find(query);
  }

  /**
   * Tells of what other programs do to the table, if the option `follow` says so. The table is followed as a whole, or, where `where` picks the rows
   * to load, only for rows that are in memory. Errors: ERR_STORE_SCHEMA (what is missing, and how to make it); pg's own.
   */
  async follow(sink: ChangeSink<K, V>, signal: AbortSignal): Promise<ChangeFeed | undefined> {
    const { database, mapping, rows } = this.#table();
    return this.#follower.start(database, mapping, rows, sink, signal);
  }

  /**
   * Inserts or replaces. Resolves to the value as the row has it when the database made something else of it: columns that it fills, generates or
   * counts, or that are `returning`. Errors: ERR_VALUE when the table can't hold the value exactly; ERR_STORE_CONFLICT; pg's own when the database
   * refuses it.
   */
  async store(key: K, value: V): Promise<V | undefined> {
    return this.#writable().writer.store(key, value);
  }

  /** All or nothing: one statement up to 1,000 rows, one transaction above, or where a version is kept. Values as `store`, by key. */
  async storeAll(entries: ReadonlyMap<K, V>): Promise<ReadonlyMap<K, V> | undefined> {
    return this.#writable().writer.storeAll(entries);
  }

  async delete(key: K): Promise<void> {
    await this.#writable().writer.delete(key);
  }

  /** All or nothing, as `storeAll`. */
  async deleteAll(keys: readonly K[]): Promise<void> {
    await this.#writable().writer.deleteAll(keys);
  }

  failureKind(error: unknown): FailureKind | undefined {
    return failureKind(error);
  }

  #table(): Opened<K, V> {
    if (this.#opened === undefined)
      throw new MapStoreError('the store is not open: `init` comes before the first call, `destroy` after the last');
    return this.#opened;
  }

  #writable(): Opened<K, V> {
    if (this.#options.readOnly) throw new MapStoreError('the store was declared readOnly');
    return this.#table();
  }
}
