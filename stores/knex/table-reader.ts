/** Reads entries from a table: some by key, all keys in pages, all rows in one pass. */
import type { LoadCount, LoadSink } from '../../lib/api/map-store.ts';
import { copyOut } from './copy-out.ts';
import type { Database } from './database.ts';
import { chunks, columnsOf, type Rows } from './rows.ts';
import type { TableStatements } from './statements.ts';

/** Keys in a SELECT, and keys asked for at a time by `loadAllKeys`. */
const KEYS_PER_SELECT = 5_000;
const KEYS_PER_PAGE = 10_000;

export class TableReader<K, V> {
  readonly #database: Database;
  readonly #rows: Rows<K, V>;
  readonly #statements: TableStatements;

  constructor(database: Database, rows: Rows<K, V>, statements: TableStatements) {
    this.#database = database;
    this.#rows = rows;
    this.#statements = statements;
  }

  async load(key: K): Promise<V | undefined> {
    const rows = this.#rows;
    const [found] = await this.#database.rows(this.#statements.selectOne, rows.bindKey(key).texts);
    return found === undefined ? undefined : (rows.valueOf(rows.fieldsOf(found)) ?? undefined);
  }

  /** In chunks of 5,000 keys, one after the other. The result has the very keys that were asked for. */
  async loadAll(keys: readonly K[]): Promise<Map<K, V>> {
    const rows = this.#rows;
    const asked = new Map(keys.map((key) => [rows.bindKey(key), key]));
    const byIdentity = new Map([...asked].map(([bound, key]) => [bound.identity, key]));
    const values = new Map<K, V>();
    for (const chunk of chunks([...asked.keys()], KEYS_PER_SELECT)) {
      for (const texts of await this.#database.rows(this.#statements.select, columnsOf(chunk))) {
        const fields = rows.fieldsOf(texts);
        const key = rows.keyOf(fields);
        const value = rows.valueOf(fields);
        if (value !== null) values.set(byIdentity.get(rows.bindKey(key).identity) ?? key, value);
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
    const rows = this.#rows;
    const { firstKeys, nextKeys } = this.#statements;
    let page = await this.#database.rows(firstKeys, [KEYS_PER_PAGE]);
    while (page.length > 0) {
      let last: K | undefined;
      for (const texts of page) yield (last = rows.keyOf(rows.fieldsOf(texts)));
      if (page.length < KEYS_PER_PAGE) return;
      page = await this.#database.rows(nextKeys, [KEYS_PER_PAGE, ...rows.bindKey(last!).texts]);
    }
  }

  loadOwned(sink: LoadSink<K, V>, signal: AbortSignal): Promise<LoadCount> {
    return this.#database.transaction('BEGIN READ ONLY; SET LOCAL statement_timeout = 0', (session) =>
      copyOut({ session, text: this.#statements.copy, rows: this.#rows, sink, signal }),
    );
  }
}
