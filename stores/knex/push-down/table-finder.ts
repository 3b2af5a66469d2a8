/** Looks for rows of one table: a query of the map becomes one SELECT, as much of it as PostgreSQL answers exactly as the map would. */
import type { Attribute } from '../../../grammar/ast.ts';
import { createAttribute } from '../../../grammar/attribute-path.ts';
import type { IndexAdvice } from '../../../lib/api/query.ts';
import type { StoreAnswer, StoreOrder, StoreQuery } from '../../../lib/api/store-query.ts';
import { selectedForm } from '../codecs.ts';
import type { Database } from '../database.ts';
import type { TableMapping } from '../mapping.ts';
import type { Rows } from '../rows.ts';
import { FACTS_QUERY, factsOf, type TableFacts } from './facts.ts';
import { Bindings, FALSE, NotPushed, TRUE, allOf, anyOf, type Fragment, type Statement } from './fragments.ts';
import { ROWS_PER_PAGE, pagesOf, rowsOf, type Page } from './pages.ts';
import type { OrderPart, Subject } from './subject.ts';
import { subjectOf, type PushedColumns } from './subjects.ts';
import { whereOf } from './where.ts';

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
    const { key, rest, document } = mapping;
    this.#columns = { key, value: [...key, ...rest].filter(({ inValue }) => inValue), document };
  }

  async find({ where, orderBy, paged = false, limit, offset }: StoreQuery): Promise<StoreAnswer<K, V>> {
    const facts = await this.#factsOnce();
    const bindings = new Bindings();
    const subjects = (attribute: Attribute): Subject => subjectOf(attribute, this.#columns, facts, bindings);
    const { sql: condition, residual, unsupported } = whereOf(where, subjects);
    const sql = allOf([this.#present(), condition]);
    const order = await this.#order(orderBy, sql, subjects, bindings);
    const ordered = order.left === undefined;
    const limited = (limit !== undefined || offset > 0) && ordered && residual === undefined;

    const from = ` FROM ${this.#table}${sql === TRUE ? '' : ` WHERE ${sql}`}`;
    const { terms: keyTerms, ties } = this.#ties(subjects, limit === undefined && offset === 0);
    const terms = order.terms.length === 0 && !limited && !paged ? [] : [...order.terms, ...keyTerms];
    const tail = [
      from,
      terms.length === 0 ? '' : ` ORDER BY ${terms.join(', ')}`,
      limited && limit !== undefined ? ` LIMIT ${bindings.bind(String(limit), 'int8')}` : '',
      limited && offset > 0 ? ` OFFSET ${bindings.bind(String(offset), 'int8')}` : '',
    ].join('');
    const select = (fields: number): Statement => bindings.statement(`SELECT ${this.#list(fields)}${tail}`);
    const counting = bindings.statement(`SELECT count(*)${from}`);
    const estimating = bindings.statement(`EXPLAIN (FORMAT JSON) SELECT 1${from}`);

    const isNone = sql === FALSE;
    const few = limited && limit !== undefined && limit <= ROWS_PER_PAGE;
    const hurried = terms.length > 0;
    const pages = (fields: number, signal: AbortSignal | undefined): AsyncIterable<Page> =>
      isNone
        ? NO_PAGES
        : few
          ? onePage(this.#database, select(fields), signal)
          : pagesOf(this.#database, select(fields), { hurried, signal });
    const { columns, keyCount } = this.#rows;
    return {
      statement: select(columns.length).text,
      residual,
      unsupported: order.left === undefined ? unsupported : [...unsupported, order.left],
      ordered,
      ties,
      limited,
      advice: this.#advice(tail, facts),
      entries: (signal) => mapped(pages(columns.length, signal), (fields) => this.#entryOf(fields)),
      keys: (signal) => mapped(pages(keyCount, signal), (fields) => this.#rows.keyOf(this.#rows.fieldsOf(fields))),
      count: async (signal) => (isNone ? 0 : Number((await rowsOf(this.#database, counting, signal))[0]![0])),
      estimate: async () => (isNone ? 0 : estimateIn(await rowsOf(this.#database, estimating))),
    };
  }

  /** The terms of ORDER BY, or why the order is left to the map: the database can't make it, or some row would be elsewhere in it. */
  async #order(
    orderBy: readonly StoreOrder[],
    where: Fragment,
    subjects: (attribute: Attribute) => Subject,
    bindings: Bindings,
  ): Promise<{ readonly terms: readonly string[]; readonly left: string | undefined }> {
    const parts: OrderPart[] = [];
    for (const [place, { attribute, direction }] of orderBy.entries()) {
      const part = unlessRefused(() => subjects(attribute).order?.(direction, place === orderBy.length - 1));
      if (part === undefined) return { terms: [], left: `${attribute.text} is ordered in memory` };
      parts.push(part);
    }
    const misplaced = allOf([where, anyOf(parts.map((part) => part.misplaced ?? FALSE))]);
    if (misplaced !== FALSE) {
      const [row] = await rowsOf(this.#database, bindings.statement(`SELECT EXISTS (SELECT FROM ${this.#table} WHERE ${misplaced})`));
      if (row![0] === 't') return { terms: [], left: 'infinite times, and dates without four digits of a year, are ordered in memory' };
    }
    return { terms: parts.flatMap(({ terms }) => terms), left: undefined };
  }

  /**
   * By the key, as the map compares it where rows may be put between entries of memory (`isMerged`); else by the columns as they are, which the
   * primary key's index has in this order. Where the database can't order keys as the map does they break no ties together.
   */
  #ties(
    subjects: (attribute: Attribute) => Subject,
    isMerged: boolean,
  ): { readonly terms: readonly string[]; readonly ties: readonly Attribute[] } {
    const { key } = this.#columns;
    const ties = key.map(({ attribute }) => createAttribute('key', key.length === 1 ? [] : [{ kind: 'name', name: attribute }]));
    const columns = { terms: key.map(({ column }) => column), ties };
    if (!isMerged) return columns;
    const parts = ties.map((attribute) => unlessRefused(() => subjects(attribute).order?.('asc', false)));
    return parts.every((part) => part !== undefined) ? { terms: parts.flatMap(({ terms }) => terms), ties } : { ...columns, ties: [] };
  }

  /** A row without a document is as good as not there. */
  #present(): Fragment {
    const { document } = this.#columns;
    if (document === undefined) return TRUE;
    const { column, castName } = document.column;
    return castName === 'jsonb' || castName === 'json' ? `${castName}_typeof(${column}) <> 'null'` : `${column} IS NOT NULL`;
  }

  #factsOnce(): Promise<TableFacts> {
    this.#facts ??= this.#database.rows(FACTS_QUERY, [this.#table]).then(factsOf);
    this.#facts.catch(() => (this.#facts = undefined)); // the next query asks again
    return this.#facts;
  }

  /** The first columns, as the store reads them. */
  #list(fields: number): string {
    const list = this.#rows.columns.slice(0, fields).map(({ codec, column }) => selectedForm(codec, column));
    return list.join(', ');
  }

  #entryOf(texts: Page[number]): readonly [K, V] {
    const fields = this.#rows.fieldsOf(texts);
    return [this.#rows.keyOf(fields), this.#rows.valueOf(fields)];
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

async function* onePage(database: Database, statement: Statement, signal: AbortSignal | undefined): AsyncGenerator<Page, void> {
  yield await rowsOf(database, statement, signal);
}

function unlessRefused(make: () => OrderPart | undefined): OrderPart | undefined {
  try {
    return make();
  } catch (error) {
    if (error instanceof NotPushed) return undefined;
    throw error;
  }
}

/** What EXPLAIN says. */
function estimateIn([row]: Page): number {
  const [explained]: [{ readonly Plan: { readonly 'Plan Rows': number } }] = JSON.parse(row![0]!);
  return explained.Plan['Plan Rows'];
}
