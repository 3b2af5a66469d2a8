/** The fluent query: an immutable description, run when rows are asked for. */
import type { ParametersOf } from '../../grammar/checked.ts';
import type { EntryPath } from '../../grammar/paths.ts';
import type { Attribute } from '../../grammar/ast.ts';
import type { Direction, ExplainOptions, Explanation, Query, Selection, WhereCondition } from '../api/query.ts';
import { ConfigError } from '../errors.ts';
import type { MapRoutes } from '../member/router.ts';
import { count, explain, find, iterate } from '../operations/find.ts';
import type { Condition } from '../query/conditions/condition.ts';
import { attributeOf } from '../query/predicates/parsed.ts';
import type { Wanted } from '../query/query-engine.ts';
import type { OrderBy, QueryRequest } from '../query/source/request.ts';
import { together, type PreparedWhere, type PreparedWheres } from './prepared-where.ts';

/** What has been asked for so far. */
interface Asked {
  readonly wheres: readonly PreparedWhere[];
  readonly orderBy: readonly OrderBy[];
  readonly limit: number | undefined;
  readonly offset: number | undefined;
  readonly select: readonly Attribute[] | undefined;
}

const NOTHING_ASKED: Asked = { wheres: [], orderBy: [], limit: undefined, offset: undefined, select: undefined };

export class MapQuery<K, V, R> implements Query<K, V, R> {
  readonly #routes: MapRoutes;
  readonly #wheres: PreparedWheres;
  readonly #asked: Asked;
  #joined: Condition | undefined;
  #request: QueryRequest | undefined;

  constructor(routes: MapRoutes, wheres: PreparedWheres, asked: Asked = NOTHING_ASKED) {
    this.#routes = routes;
    this.#wheres = wheres;
    this.#asked = asked;
  }

  where<const S extends string = string>(predicate: WhereCondition<V, S, K>, ...parameters: ParametersOf<S, V, K>): Query<K, V, R> {
    return this.#with({ wheres: [...this.#asked.wheres, this.#wheres.of(predicate, parameters)] });
  }

  orderBy<const P extends EntryPath<V, K>>(path: P, direction: Direction = 'asc'): Query<K, V, R> {
    if (direction !== 'asc' && direction !== 'desc') throw new ConfigError(`a direction is 'asc' or 'desc', not '${String(direction)}'`);
    return this.#with({ orderBy: [...this.#asked.orderBy, { attribute: attributeOf(path), direction }] });
  }

  limit(rows: number): Query<K, V, R> {
    return this.#with({ limit: wholeNumber('limit', rows) });
  }

  offset(rows: number): Query<K, V, R> {
    return this.#with({ offset: wholeNumber('offset', rows) });
  }

  select<const P extends EntryPath<V, K>>(...paths: readonly P[]): Query<K, V, Selection<V, K, P>> {
    return new MapQuery<K, V, Selection<V, K, P>>(this.#routes, this.#wheres, {
      ...this.#asked,
      select: paths.map((path) => attributeOf(path)),
    });
  }

  async toArray({ signal }: { readonly signal?: AbortSignal } = {}): Promise<R[]> {
    return this.#find(this.#asked.select ?? 'values', signal === undefined ? this.#plain : { ...this.#plain, signal }) as Promise<R[]>;
  }

  async first(): Promise<R | undefined> {
    const limit = Math.min(1, this.#asked.limit ?? 1);
    const [row] = await this.#find(this.#asked.select ?? 'values', { ...this.#plain, limit });
    return row as R | undefined;
  }

  async count(): Promise<number> {
    return this.#routes.onMember(count, { condition: this.#condition, request: this.#plain });
  }

  async keys(): Promise<K[]> {
    return this.#find('keys', this.#plain) as Promise<K[]>;
  }

  async entries(): Promise<[K, V][]> {
    return this.#find('entries', this.#plain) as Promise<[K, V][]>;
  }

  async explain(options: ExplainOptions = {}): Promise<Explanation> {
    return this.#routes.onMember(explain, { condition: this.#condition, request: this.#plain, options });
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<R, void, undefined> {
    const wanted = this.#asked.select ?? 'values';
    const rows = await this.#routes.onMember(iterate, { condition: this.#condition, wanted, request: this.#plain });
    for await (const row of rows as AsyncIterable<R>) {
      yield row;
      this.#routes.check(); // the map may have been closed since
    }
  }

  get #condition(): Condition {
    this.#joined ??= together(this.#asked.wheres);
    return this.#joined;
  }

  /** Made once: the engine's view of order, limit and offset. `undefined` when none was asked for. */
  get #plain(): QueryRequest | undefined {
    const { orderBy, limit, offset } = this.#asked;
    if (orderBy.length === 0 && limit === undefined && offset === undefined) return undefined;
    this.#request ??= { orderBy, limit, offset };
    return this.#request;
  }

  #find(wanted: Wanted, request: QueryRequest | undefined): unknown[] | Promise<unknown[]> {
    return this.#routes.onMember(find, { condition: this.#condition, wanted, request });
  }

  #with(change: Partial<Asked>): MapQuery<K, V, R> {
    return new MapQuery<K, V, R>(this.#routes, this.#wheres, { ...this.#asked, ...change });
  }
}

function wholeNumber(name: string, value: number): number {
  if (Number.isSafeInteger(value) && value >= 0) return value;
  throw new ConfigError(`${name} must be a whole number from 0 on, not ${String(value)}`);
}
