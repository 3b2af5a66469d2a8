/** A map's store in PostgreSQL: one table, one row for an entry, one column for an attribute. */
import type { ChangeFeed, ChangeSink } from '../../lib/api/change-feed.ts';
import type { LoadCount, LoadSink, MapLoaderLifecycle, MapStore, MapStoreContext } from '../../lib/api/map-store.ts';
import type { StoreAnswer, StoreQuery } from '../../lib/api/store-query.ts';
import { systemClock, type Clock } from '../../lib/base/clock.ts';
import { MapStoreError, StoreSchemaError } from '../../lib/errors.ts';
import { CATALOG_QUERY, type CatalogAnswer } from './catalog.ts';
import { copyOut } from './copy-out.ts';
import { Database } from './database.ts';
import { againAfterLostRace } from './failures.ts';
import { TableFollower } from './follow/table-follower.ts';
import { mapTable, type TableMapping } from './mapping.ts';
import { didYouMean, quoteName } from './names.ts';
import type { KnexMapStoreOptions } from './options.ts';
import { TableFinder } from './push-down/table-finder.ts';
import { inLockOrder, rowsOf, type BoundRow, type Rows } from './rows.ts';
import { statementsOf, type TableStatements } from './statements.ts';
import { WriteLanes, type WriteKind } from './write-lanes.ts';

/** Keys in a SELECT, and keys asked for at a time by `loadAllKeys`. */
const KEYS_PER_SELECT = 5_000;
const KEYS_PER_PAGE = 10_000;
/** Rows in an INSERT or DELETE. */
const ROWS_PER_WRITE = 1_000;
/** Statements of coalesced writes under way at a time. */
const WRITE_LANES = 2;

/** What is known once the table has been looked at. */
interface Opened<K, V> {
  readonly mapping: TableMapping;
  readonly rows: Rows<K, V>;
  readonly statements: TableStatements;
  readonly finder: TableFinder<K, V>;
}

/**
 * Keeps a map in a PostgreSQL table (13 or later), through `knex` and `pg`.
 *
 * The table is compared with the options once, in `init`, by one query of the catalog; all problems are reported together.
 * Statements are prepared; reads go by `= ANY(keys)`, writes by arrays of columns, the initial load by one binary COPY.
 * A single `store` is one upsert; concurrent ones share it, and each resolves after its own commit.
 *
 * Null and missing attributes are NULL in the table and come back as null. Timestamps are kept to the millisecond.
 *
 * @example
 * new KnexMapStore<number, Employee>({ connection: 'postgres://localhost/company', table: 'employees', key: 'id' })
 */
export class KnexMapStore<K, V> implements MapStore<K, V>, MapLoaderLifecycle {
  readonly #options: KnexMapStoreOptions<V>;
  readonly #clock: Clock;
  readonly #lanes: WriteLanes<BoundRow>;
  readonly #follower: TableFollower<K, V>;
  #database: Database | undefined;
  #opened: Opened<K, V> | undefined;
  #warnings: readonly string[] = [];

  constructor(options: KnexMapStoreOptions<V>) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#follower = new TableFollower({ follow: options.follow, where: options.where, clock: this.#clock });
    this.#lanes = new WriteLanes({ commit: (kind, rows) => this.#write(kind, rows), lanes: WRITE_LANES, rowsMax: ROWS_PER_WRITE });
  }

  /** What `init` found that works, but perhaps not as expected: one sentence each. */
  get warnings(): readonly string[] {
    return this.#warnings;
  }

  /** Connects and compares the table with the options. Errors: ERR_STORE_SCHEMA (`details.problems`), or pg's own when there is no server. */
  async init({ mapName }: MapStoreContext): Promise<void> {
    if (this.#database !== undefined) throw new MapStoreError(`map '${mapName}': the store is open already; each map needs one of its own`);
    const { connection, timeouts, connections, schema, unmapped = 'refuse', where } = this.#options;
    const table = this.#options.table ?? mapName;
    const quoted = schema === undefined ? quoteName(table) : `${quoteName(schema)}.${quoteName(table)}`;
    const database = new Database({ connection, timeouts, connections, clock: this.#clock });
    try {
      const [row] = await database.rows(CATALOG_QUERY, [quoted]);
      const answer: CatalogAnswer = JSON.parse(row![0]!);
      if (answer.table === null) {
        throw schemaError(mapName, [`there is no table ${quoted}, or the role can't see it${didYouMean(table, answer.others)}`]);
      }
      const { mapping, problems, warnings } = mapTable(quoted, answer.table, this.#options);
      if (problems.length > 0) throw schemaError(mapName, problems);
      const rows = rowsOf<K, V>(mapping, unmapped);
      const surprises = await this.#follower.check(mapName, database, mapping);
      this.#warnings = Object.freeze([...warnings, ...surprises].map((warning) => `map '${mapName}': ${warning}`));
      this.#opened = {
        mapping,
        rows,
        statements: statementsOf(mapping, rows, where, this.#follower.mark),
        finder: new TableFinder(database, mapping, rows),
      };
      this.#database = database;
    } catch (error) {
      await database.close();
      throw error;
    }
  }

  /** Waits for the writes under way, then closes the pool if the store opened it. */
  async destroy(): Promise<void> {
    await this.#lanes.settled();
    const database = this.#database;
    this.#database = undefined;
    this.#opened = undefined;
    await database?.close();
  }

  async load(key: K): Promise<V | undefined> {
    const { rows, statements } = this.#table();
    const [found] = await this.#connected().rows(statements.select, columnsOf([rows.bindKey(key)]));
    return found === undefined ? undefined : rows.valueOf(rows.fieldsOf(found));
  }

  /** In chunks of 5,000 keys, one after the other. The result has the very keys that were asked for. */
  async loadAll(keys: readonly K[]): Promise<Map<K, V>> {
    const { rows, statements } = this.#table();
    const asked = new Map(keys.map((key) => [rows.bindKey(key), key]));
    const byIdentity = new Map([...asked].map(([bound, key]) => [bound.identity, key]));
    const values = new Map<K, V>();
    for (const chunk of chunks([...asked.keys()], KEYS_PER_SELECT)) {
      for (const texts of await this.#connected().rows(statements.select, columnsOf(chunk))) {
        const fields = rows.fieldsOf(texts);
        const key = rows.keyOf(fields);
        values.set(byIdentity.get(rows.bindKey(key).identity) ?? key, rows.valueOf(fields));
      }
    }
    return values;
  }

  /**
   * The keys of all rows (or those that `where` picks) in the table's order, 10,000 at a time: no connection is held in between, however
   * long the reader takes. Rows that come or go meanwhile may or may not be seen.
   * @yields one key after the other
   */
  async *loadAllKeys(): AsyncGenerator<K, void, undefined> {
    const { rows, statements } = this.#table();
    let page = await this.#connected().rows(statements.firstKeys, [KEYS_PER_PAGE]);
    while (page.length > 0) {
      let last: K | undefined;
      for (const texts of page) yield (last = rows.keyOf(rows.fieldsOf(texts)));
      if (page.length < KEYS_PER_PAGE) return;
      page = await this.#connected().rows(statements.nextKeys, [KEYS_PER_PAGE, ...rows.bindKey(last!).texts]);
    }
  }

  /**
   * One pass over all rows (or those that `where` picks), of one moment in time, by binary COPY. Only the key of a row is decoded until the
   * sink wants it; reading stops while the sink is busy. Not limited by `statementMs`.
   */
  loadOwned(sink: LoadSink<K, V>, signal: AbortSignal): Promise<LoadCount> {
    const { rows, statements } = this.#table();
    return this.#connected().transaction('BEGIN READ ONLY; SET LOCAL statement_timeout = 0', (session) =>
      copyOut({ session, text: statements.copy, rows, sink, signal }),
    );
  }

  /** Looks for rows by itself, whatever `where` of the options picks for the start: `query({ source: 'store' | 'both' })`. See docs/push-down.md. */
  find(query: StoreQuery): Promise<StoreAnswer<K, V>> {
    return this.#table().finder.find(query);
  }

  /**
   * Tells of what other programs do to the table, if the option `follow` says so. The table is followed as a whole, or, where `where` picks the rows
   * to load, only for rows that are in memory. Errors: ERR_STORE_SCHEMA (what is missing, and how to make it); pg's own.
   */
  follow(sink: ChangeSink<K, V>, signal: AbortSignal): Promise<ChangeFeed | undefined> {
    const { mapping, rows } = this.#table();
    return this.#follower.start(this.#connected(), mapping, rows, sink, signal);
  }

  /** Inserts or replaces. Errors: ERR_VALUE when the table can't hold the value exactly; pg's own when the database refuses it. */
  async store(key: K, value: V): Promise<void> {
    await this.#submit('store', this.#writable().rows.bindEntry(key, value));
  }

  /** All or nothing: one statement up to 1,000 rows, one transaction above. */
  async storeAll(entries: ReadonlyMap<K, V>): Promise<void> {
    const { rows } = this.#writable();
    await this.#write(
      'store',
      Array.from(entries, ([key, value]) => rows.bindEntry(key, value)),
    );
  }

  async delete(key: K): Promise<void> {
    await this.#submit('delete', this.#writable().rows.bindKey(key));
  }

  /** All or nothing, as `storeAll`. */
  async deleteAll(keys: readonly K[]): Promise<void> {
    const { rows } = this.#writable();
    await this.#write(
      'delete',
      keys.map((key) => rows.bindKey(key)),
    );
  }

  #submit(kind: WriteKind, row: BoundRow): Promise<void> {
    return this.#options.coalesce === false ? this.#write(kind, [row]) : this.#lanes.submit(kind, row);
  }

  #write(kind: WriteKind, bound: readonly BoundRow[]): Promise<void> {
    return this.#follower.watch(bound, () => this.#commit(kind, bound));
  }

  /** Sorted, so that concurrent writers lock in one order; of several rows of one key the last. */
  #commit(kind: WriteKind, bound: readonly BoundRow[]): Promise<void> {
    const { statements } = this.#table();
    const database = this.#connected();
    const statement = kind === 'store' ? statements.upsert : statements.remove;
    const rows = [...new Map(bound.map((row) => [row.identity, row])).values()].toSorted(inLockOrder);
    return againAfterLostRace(async () => {
      if (rows.length === 0) return;
      if (rows.length <= ROWS_PER_WRITE) {
        await database.rows(statement, columnsOf(rows));
        return;
      }
      await database.transaction('BEGIN', async (session) => {
        for (const chunk of chunks(rows, ROWS_PER_WRITE)) await database.query(session, statement, columnsOf(chunk));
      });
    }, this.#clock);
  }

  #table(): Opened<K, V> {
    if (this.#opened === undefined) throw notOpen();
    return this.#opened;
  }

  #writable(): Opened<K, V> {
    if (this.#options.readOnly) throw new MapStoreError('the store was declared readOnly');
    return this.#table();
  }

  #connected(): Database {
    if (this.#database === undefined) throw notOpen();
    return this.#database;
  }
}

function notOpen(): MapStoreError {
  return new MapStoreError('the store is not open: `init` comes before the first call, `destroy` after the last');
}

function schemaError(mapName: string, problems: readonly string[]): StoreSchemaError {
  const list = problems.map((problem) => `\n- ${problem}`).join('');
  return new StoreSchemaError(`map '${mapName}': the table does not fit the store's options:${list}`, { details: { mapName, problems } });
}

/** One array for each column of the rows. */
function columnsOf(rows: readonly BoundRow[]): (string | null)[][] {
  return rows.length === 0 ? [] : rows[0]!.texts.map((_, column) => rows.map(({ texts }) => texts[column]!));
}

function chunks<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) => items.slice(index * size, (index + 1) * size));
}
