/** Writes entries to a table: single ones coalesced, batches all or nothing, each in the order that can't deadlock. */
import type { Clock } from '../../lib/base/clock.ts';
import { StoreConflictError, ValueError, type CobnutError } from '../../lib/errors.ts';
import type { Answer, Database, Session } from './database.ts';
import { againAfterLostRace } from './failures.ts';
import { chunks, columnsOf, inLockOrder, type BoundRow, type Rows } from './rows.ts';
import type { TableStatements } from './statements.ts';
import { WriteLanes, type WriteKind } from './write-lanes.ts';
import type { WriteStatement } from './write-statements.ts';

/** Rows in an INSERT or DELETE. */
const ROWS_PER_WRITE = 1_000;
/** Statements of coalesced writes under way at a time. */
const WRITE_LANES = 2;
/** Begins a transaction that finds out who of many has the locked row. */
const HURRIED = 'BEGIN; SET LOCAL lock_timeout = 50';

/** `single`: each for itself. `whole`: all or none. `hurried`: as single, but who meets a lock fails. */
type Way = 'single' | 'whole' | 'hurried';

export interface TableWriterOptions<K, V> {
  readonly database: Database;
  readonly rows: Rows<K, V>;
  readonly statements: TableStatements;
  readonly clock: Clock;
  readonly coalesce: boolean;
  /** The table's name, for people. */
  readonly table: string;
  /** Whether rows have versions as attributes, so that one that is left alone was of another. */
  readonly isVersioned: boolean;
  /** Called around each write of these rows. */
  readonly watch: <R>(rows: readonly BoundRow[], write: (wrote: Wrote) => Promise<R>) => Promise<R>;
}

/** By a row's identity, what the database made of it: the fields of the columns `returned`. Rows that were left alone are missing. */
type Answers = ReadonlyMap<string, readonly (string | null)[]>;

/** Told how many rows a statement changed. */
type Wrote = (count: number) => void;

/** How often a counted write is sent again because of rows that are newer still. */
const COUNTS_MAX = 10;

export class TableWriter<K, V> {
  readonly #options: TableWriterOptions<K, V>;
  readonly #lanes: WriteLanes<BoundRow, readonly (string | null)[] | undefined>;
  /** Of the last counted write: microseconds, always rising. */
  #count = 0;

  constructor(options: TableWriterOptions<K, V>) {
    this.#options = options;
    this.#lanes = new WriteLanes({
      commit: async (kind, rows, isHurried) => {
        const answers = await this.#commit(kind, rows, isHurried ? 'hurried' : 'single');
        return (row) => this.#answerFor(kind, row, answers);
      },
      lanes: WRITE_LANES,
      rowsMax: ROWS_PER_WRITE,
    });
  }

  /** The value with what the database made of it, if that is another one. */
  async store(key: K, value: V): Promise<V | undefined> {
    const { rows } = this.#options;
    const made = await this.#submit('store', rows.bindEntry(key, value));
    return made && rows.completed(value, made);
  }

  /** The same for many: those that became another value, by key. */
  async storeAll(entries: ReadonlyMap<K, V>): Promise<ReadonlyMap<K, V> | undefined> {
    const { rows, statements } = this.#options;
    const bound = Array.from(entries, ([key, value]) => rows.bindEntry(key, value));
    const answers = await this.#commit('store', bound, 'whole');
    if (!statements.upsert.answers) return undefined;
    const made = new Map<K, V>();
    let at = 0;
    for (const [key, value] of entries) {
      const answer = answers.get(bound[at++]!.identity);
      const completed = answer && rows.completed(value, answer);
      if (completed !== undefined) made.set(key, completed);
    }
    return made;
  }

  async delete(key: K): Promise<void> {
    await this.#submit('delete', this.#options.rows.bindKey(key));
  }

  async deleteAll(keys: readonly K[]): Promise<void> {
    const { rows } = this.#options;
    const bound = keys.map((key) => rows.bindKey(key));
    await this.#commit('delete', bound, 'whole');
  }

  /** Resolves when no single write is waiting or under way. */
  settled(): Promise<void> {
    return this.#lanes.settled();
  }

  async #submit(kind: WriteKind, row: BoundRow): Promise<readonly (string | null)[] | undefined> {
    if (this.#options.coalesce) return this.#lanes.submit(kind, row);
    return this.#answerFor(kind, row, await this.#commit(kind, [row], 'single'));
  }

  /** Errors: ERR_STORE_CONFLICT, or ERR_VALUE of a row that a trigger keeps out. */
  #answerFor(kind: WriteKind, row: BoundRow, answers: Answers): readonly (string | null)[] | undefined {
    const answer = answers.get(row.identity);
    if (answer === undefined && this.#statement(kind).conditional) throw this.#leftAlone([row]);
    return answer;
  }

  /** Sorted, so that concurrent writers lock in one order; of several rows of one key the last. */
  async #commit(kind: WriteKind, bound: readonly BoundRow[], way: Way): Promise<Answers> {
    const { clock, watch } = this.#options;
    const rows = [...new Map(bound.map((row) => [row.identity, row])).values()].toSorted(inLockOrder);
    if (rows.length === 0) return new Map();
    return watch(rows, (wrote) => againAfterLostRace(() => this.#attempt(kind, rows, way, wrote), clock));
  }

  #attempt(kind: WriteKind, rows: readonly BoundRow[], way: Way, wrote: Wrote): Promise<Answers> {
    const { database } = this.#options;
    if (way === 'hurried') return database.transaction(HURRIED, (session) => this.#write(session, kind, rows, wrote));
    const { conditional, counted } = this.#statement(kind);
    const isOneStatement = rows.length <= ROWS_PER_WRITE && !(way === 'whole' && (conditional || counted));
    if (isOneStatement) return database.session((session) => this.#write(session, kind, rows, wrote));
    return database.transaction('BEGIN', (session) => this.#writeWhole(session, kind, rows, wrote));
  }

  /** Throws when a row was left alone, so that the transaction is undone. */
  async #writeWhole(session: Session, kind: WriteKind, rows: readonly BoundRow[], wrote: Wrote): Promise<Answers> {
    const answers = new Map<string, readonly (string | null)[]>();
    for (const chunk of chunks(rows, ROWS_PER_WRITE)) {
      for (const [identity, answer] of await this.#write(session, kind, chunk, wrote)) answers.set(identity, answer);
    }
    const refused = this.#statement(kind).conditional ? rows.filter(({ identity }) => !answers.has(identity)) : [];
    if (refused.length > 0) throw this.#leftAlone(refused);
    return answers;
  }

  async #write(session: Session, kind: WriteKind, rows: readonly BoundRow[], wrote: Wrote): Promise<Answers> {
    const statement = this.#statement(kind);
    if (statement.counted) return this.#writeCounted(session, kind, rows, wrote);
    const { rows: answer, count } = await this.#send(session, statement, rows);
    if (statement.complete && count < rows.length) throw this.#keptOut(rows);
    wrote(count);
    return statement.answers ? this.#read(answer) : new Map();
  }

  /** `more`: what is bound after the rows. */
  #send(session: Session, { one, many }: WriteStatement, rows: readonly BoundRow[], ...more: readonly number[]): Promise<Answer> {
    const { database } = this.#options;
    return rows.length === 1
      ? database.run(session, one, [...rows[0]!.texts, ...more])
      : database.run(session, many, [...columnsOf(rows), ...more]);
  }

  /** With a number above all before. Rows that have a higher one come from a clock that is ahead: it is caught up with. */
  async #writeCounted(session: Session, kind: WriteKind, rows: readonly BoundRow[], wrote: Wrote): Promise<Answers> {
    const { clock, database, rows: table, statements } = this.#options;
    const statement = this.#statement(kind);
    let isAgain = false;
    for (let tries = 0; tries < COUNTS_MAX; tries++) {
      this.#count = Math.max(this.#count + 1, Math.floor(clock.now() * 1000));
      const count = this.#count;
      const { rows: answer, count: written } = await this.#send(session, statement, rows, count);
      let newer: string | null | undefined = null;
      if (kind === 'delete') newer = answer[0]![0];
      else if (written < rows.length) {
        const keys = columnsOf(rows).slice(0, table.keyCount);
        newer = (await database.query(session, statements.newest, [...keys, count]))[0]![0];
      }
      // None is newer: one of the very same number gives way to the next, what is still not written was kept out.
      if (newer === null || newer === undefined) {
        if (kind === 'store' && written < rows.length && !isAgain) {
          isAgain = true;
          continue;
        }
        if (statement.complete && written < rows.length) throw this.#keptOut(rows);
        if (kind !== 'delete') wrote(written);
        return statement.answers ? this.#read(answer) : new Map();
      }
      this.#count = Math.max(this.#count, Number(newer));
    }
    throw this.#conflict(rows);
  }

  #read(answer: readonly (readonly (string | null)[])[]): Answers {
    const { rows } = this.#options;
    return new Map(
      answer.map((texts) => {
        const key = rows.keyOf(rows.fieldsOf(texts.slice(0, rows.keyCount)));
        return [rows.bindKey(key).identity, texts.slice(rows.keyCount)];
      }),
    );
  }

  #statement(kind: WriteKind): WriteStatement {
    return kind === 'store' ? this.#options.statements.upsert : this.#options.statements.remove;
  }

  /** These rows were not written, by a statement that is conditional. */
  #leftAlone(rows: readonly BoundRow[]): CobnutError {
    return this.#options.isVersioned ? this.#conflict(rows) : this.#keptOut(rows);
  }

  #conflict(rows: readonly BoundRow[]): StoreConflictError {
    return new StoreConflictError(`${this.#named(rows)} is not of the version that was to be written over; load it again`, {
      details: { keys: rows.map(({ key }) => key) },
    });
  }

  /** One of the rows at least was not written, though nothing failed. Another kind of failure than of the server: the row is refused. */
  #keptOut(rows: readonly BoundRow[]): ValueError {
    return new ValueError(`${this.#named(rows)} was kept out of the table by a trigger of it: one that returned NULL instead of NEW`, {
      details: { keys: rows.map(({ key }) => key) },
    });
  }

  #named(rows: readonly BoundRow[]): string {
    const shown = rows.slice(0, KEYS_SHOWN).map(({ key }) => (typeof key === 'bigint' ? `${key}n` : JSON.stringify(key)));
    const more = rows.length > KEYS_SHOWN ? ` and ${rows.length - KEYS_SHOWN} more` : '';
    return `${this.#options.table}: the row of key ${shown.join(', ')}${more}`;
  }
}

const KEYS_SHOWN = 5;
