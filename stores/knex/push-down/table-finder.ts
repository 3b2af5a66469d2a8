/** Looks for rows of one table: a query of the map becomes one SELECT, as much of it as PostgreSQL answers exactly as the map would. */
import type { IndexAdvice } from '../../../lib/api/query.ts';
import type { StoreAnswer, StoreOrder, StoreQuery } from '../../../lib/api/store-query.ts';
import { selectedForm } from '../codecs.ts';
import type { Database } from '../database.ts';
import type { TableMapping } from '../mapping.ts';
import type { Rows } from '../rows.ts';
import { FACTS_QUERY, factsOf, type TableFacts } from './facts.ts';
import { Bindings, FALSE, NotPushed, TRUE, allOf, anyOf, type Fragment } from './fragments.ts';
import { ROWS_PER_PAGE, pagesOf, rowsOf } from './pages.ts';
import type { OrderPart } from './subject.ts';
import { subjectOf, type PushedColumns } from './subjects.ts';
import { whereOf, type Where } from './where.ts';

type Fields = readonly (string | null)[];

/** A SELECT without its list of columns. */
interface Tail {
  readonly text: string;
  readonly values: readonly unknown[];
}

export class TableFinder<K, V> {
  readonly #database: Database;
  readonly #table: string;
  readonly #rows: Rows<K, V>;
  readonly #columns: PushedColumns;
  #facts: Promise<TableFacts> | undefined;

  constructor(database: Database, mapping: TableMapping, rows: Rows<K, V>) {
    this.#database = database;
    this.#table = mapping.table;
    this.#rows = rows;
    this.#columns = { key: mapping.key, value: [...mapping.key, ...mapping.rest].filter(({ inValue }) => inValue) };
  }

  async find({ where, orderBy, limit, offset }: StoreQuery): Promise<StoreAnswer<K, V>> {
    const facts = await this.#factsOnce();
    const bindings = new Bindings();
    const condition = whereOf(where, (attribute) => subjectOf(attribute, this.#columns, facts, bindings), bindings);
    const conditionValues = [...bindings.values];
    const unsupported = [...condition.unsupported];
    const filter = condition.sql === TRUE ? '' : ` WHERE ${condition.sql}`;
    const from = ` FROM ${this.#table}${filter}`;

    const order = await this.#order(orderBy, condition, facts, bindings, unsupported);
    const ordered = orderBy.length === 0 || order !== undefined;
    const limited = (limit !== undefined || offset > 0) && ordered && condition.residual === undefined;
    const terms = order === undefined && !limited ? [] : [...(order ?? []), ...this.#columns.key.map(({ column }) => column)];
    const tail: Tail = {
      text: [
        from,
        terms.length === 0 ? '' : ` ORDER BY ${terms.join(', ')}`,
        limited && limit !== undefined ? ` LIMIT ${bindings.bind(String(limit), 'int8')}` : '',
        limited && offset > 0 ? ` OFFSET ${bindings.bind(String(offset), 'int8')}` : '',
      ].join(''),
      values: bindings.values,
    };
    const isNone = condition.sql === FALSE;
    const few = limited && limit !== undefined && limit <= ROWS_PER_PAGE;
    const hurried = order !== undefined;
    const { columns, keyCount } = this.#rows;
    const pages = (fields: number, signal: AbortSignal | undefined): AsyncIterable<readonly Fields[]> =>
      isNone ? NO_PAGES : this.#pages(this.#select(fields, tail), tail.values, few, hurried, signal);

    return {
      statement: this.#select(columns.length, tail),
      residual: condition.residual,
      unsupported,
      ordered,
      limited,
      advice: this.#advice(tail.text, facts),
      entries: (signal) => mapped(pages(columns.length, signal), (fields) => this.#entryOf(fields)),
      keys: (signal) => mapped(pages(keyCount, signal), (fields) => this.#rows.keyOf(this.#rows.fieldsOf(fields))),
      count: async (signal) =>
        isNone ? 0 : Number((await rowsOf(this.#database, `SELECT count(*)${from}`, conditionValues, signal))[0]![0]),
      estimate: async () => (isNone ? 0 : this.#estimate(from, conditionValues)),
    };
  }

  /** Undefined when the database can't make the order, or some row would be at another place of it than in the map. */
  async #order(
    orderBy: readonly StoreOrder[],
    condition: Where,
    facts: TableFacts,
    bindings: Bindings,
    unsupported: string[],
  ): Promise<readonly string[] | undefined> {
    if (orderBy.length === 0) return undefined;
    const bound = bindings.values.length;
    const parts: OrderPart[] = [];
    for (const [place, { attribute, direction }] of orderBy.entries()) {
      const part = this.#orderPart(() =>
        subjectOf(attribute, this.#columns, facts, bindings).order?.(direction, place === orderBy.length - 1),
      );
      if (part === undefined) {
        unsupported.push(`the order by ${attribute.text} is made in memory`);
        bindings.truncate(bound);
        return undefined;
      }
      parts.push(part);
    }
    const misplaced = anyOf(parts.map((part) => part.misplaced ?? FALSE));
    if (await this.#holds(allOf([condition.sql, misplaced]), bindings.values.slice(0, bound))) {
      unsupported.push('the order is made in memory: there are infinite times, or dates that are not written with a year of four digits');
      bindings.truncate(bound);
      return undefined;
    }
    return parts.flatMap(({ terms }) => terms);
  }

  #orderPart(make: () => OrderPart | undefined): OrderPart | undefined {
    try {
      return make();
    } catch (error) {
      if (error instanceof NotPushed) return undefined;
      throw error;
    }
  }

  async #holds(condition: Fragment, values: readonly unknown[]): Promise<boolean> {
    if (condition === FALSE) return false;
    const [row] = await this.#database.rows(`SELECT EXISTS (SELECT FROM ${this.#table} WHERE ${condition})`, values);
    return row![0] === 't';
  }

  #factsOnce(): Promise<TableFacts> {
    this.#facts ??= this.#database.rows(FACTS_QUERY, [this.#table]).then(factsOf);
    this.#facts.catch(() => (this.#facts = undefined)); // the next query asks again
    return this.#facts;
  }

  #select(fields: number, { text }: Tail): string {
    const list = this.#rows.columns.slice(0, fields).map(({ codec, column }) => selectedForm(codec, column));
    return `SELECT ${list.join(', ')}${text}`;
  }

  async *#pages(
    text: string,
    values: readonly unknown[],
    few: boolean,
    hurried: boolean,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<readonly Fields[], void> {
    if (few) yield await rowsOf(this.#database, text, values, signal);
    else yield* pagesOf(this.#database, { text, values, hurried }, signal);
  }

  #entryOf(texts: Fields): readonly [K, V] {
    const fields = this.#rows.fieldsOf(texts);
    return [this.#rows.keyOf(fields), this.#rows.valueOf(fields)];
  }

  async #estimate(from: string, values: readonly unknown[]): Promise<number> {
    const [row] = await this.#database.rows(`EXPLAIN (FORMAT JSON) SELECT 1${from}`, values);
    const [explained]: [{ readonly Plan: { readonly 'Plan Rows': number } }] = JSON.parse(row![0]!);
    return explained.Plan['Plan Rows'];
  }

  /** Ranges and orders of texts can use an index only where the column itself has the collation that they are asked in. */
  #advice(text: string, { columns }: TableFacts): readonly IndexAdvice[] {
    return this.#rows.columns
      .filter(({ column }) => text.includes(`${column} COLLATE "C"`) && columns.get(column)?.collation !== 'C')
      .map(({ attribute, column }) => ({
        attributes: [attribute],
        type: 'SORTED',
        reason: `declare ${column} with COLLATE "C" (it has "${columns.get(column)?.collation ?? 'none'}"), or make an index on (${column} COLLATE "C"): no other serves ranges and orders by code point`,
      }));
  }
}

const NO_PAGES: AsyncIterable<never> = {
  // oxlint-disable-next-line require-yield
  async *[Symbol.asyncIterator]() {},
};

async function* mapped<T, R>(pages: AsyncIterable<readonly T[]>, change: (item: T) => R): AsyncGenerator<readonly R[], void> {
  for await (const page of pages) yield page.map(change);
}
