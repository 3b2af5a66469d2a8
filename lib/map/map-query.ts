/** The fluent query: an immutable description, run when rows are asked for. */
import type { ParametersOf } from '../../grammar/checked.ts';
import type { EntryPath } from '../../grammar/paths.ts';
import type { Attribute } from '../../grammar/ast.ts';
import type { Direction, ExplainOptions, Explanation, Query, QueryOptions, QuerySource, Selection, WhereCondition } from '../api/query.ts';
import { ConfigError } from '../errors.ts';
import type { MapRoutes } from '../member/router.ts';
import { count, explain, find, iterate } from '../operations/find.ts';
import { countInStore, explainInStore, findInStore, iterateInStore, type InStore } from '../operations/find-in-store.ts';
import type { KeyAddresser } from '../operations/load-from-store.ts';
import type { Condition } from '../query/conditions/condition.ts';
import { attributeOf } from '../query/predicates/parsed.ts';
import type { Wanted } from '../query/query-engine.ts';
import type { OrderBy, QueryRequest } from '../query/source/request.ts';
import { conjunction, together, type PreparedWhere, type PreparedWheres } from './prepared-where.ts';
import { storeWhere } from './store-query.ts';

/** Where a query goes, and what it knows of its map. */
export interface QueryParts {
  readonly routes: MapRoutes;
  readonly wheres: PreparedWheres;
  readonly addresses: KeyAddresser;
}

/** What has been asked for so far. */
interface Asked {
  readonly source: QuerySource;
  readonly wheres: readonly PreparedWhere[];
  readonly orderBy: readonly OrderBy[];
  readonly limit: number | undefined;
  readonly offset: number | undefined;
  readonly select: readonly Attribute[] | undefined;
}

const NOTHING_ASKED: Asked = { source: 'memory', wheres: [], orderBy: [], limit: undefined, offset: undefined, select: undefined };

/** A query of everything. Throws ConfigError for options that are none. */
export function startQuery<K, V>(parts: QueryParts, options: QueryOptions | undefined): Query<K, V> {
  return new MapQuery<K, V, V>(parts, options === undefined ? NOTHING_ASKED : { ...NOTHING_ASKED, source: sourceOf(options) });
}

class MapQuery<K, V, R> implements Query<K, V, R> {
  readonly #parts: QueryParts;
  readonly #asked: Asked;
  #joined: Condition | undefined;
  #request: QueryRequest | undefined;

  constructor(parts: QueryParts, asked: Asked) {
    this.#parts = parts;
    this.#asked = asked;
  }

  where<const S extends string = string>(predicate: WhereCondition<V, S, K>, ...parameters: ParametersOf<S, V, K>): Query<K, V, R> {
    return this.#with({ wheres: [...this.#asked.wheres, this.#parts.wheres.of(predicate, parameters)] });
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
    return new MapQuery<K, V, Selection<V, K, P>>(this.#parts, { ...this.#asked, select: paths.map((path) => attributeOf(path)) });
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
    const request = this.#plain;
    const { routes } = this.#parts;
    if (this.#asked.source === 'memory') return routes.onMember(count, { condition: this.#condition, request });
    return routes.onMember(countInStore, this.#inStore(request));
  }

  async keys(): Promise<K[]> {
    return this.#find('keys', this.#plain) as Promise<K[]>;
  }

  async entries(): Promise<[K, V][]> {
    return this.#find('entries', this.#plain) as Promise<[K, V][]>;
  }

  async explain(options: ExplainOptions = {}): Promise<Explanation> {
    const request = this.#plain;
    const { routes } = this.#parts;
    if (this.#asked.source === 'memory') return routes.onMember(explain, { condition: this.#condition, request, options });
    return routes.onMember(explainInStore, { ...this.#inStore(request), options });
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<R, void, undefined> {
    const wanted: Wanted = this.#asked.select ?? 'values';
    const request = this.#plain;
    const { routes } = this.#parts;
    const rows =
      this.#asked.source === 'memory'
        ? await routes.onMember(iterate, { condition: this.#condition, wanted, request })
        : await routes.onMember(iterateInStore, { ...this.#inStore(request), wanted });
    for await (const row of rows as AsyncIterable<R>) {
      yield row;
      routes.check(); // the map may have been closed since
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

  #inStore(request: QueryRequest | undefined): InStore {
    const { source, wheres } = this.#asked;
    const { ast, parameters } = conjunction(wheres);
    return {
      source: source === 'both' ? 'both' : 'store',
      condition: this.#condition,
      where: storeWhere(ast, parameters),
      request: request ?? {},
      addresses: this.#parts.addresses,
    };
  }

  #find(wanted: Wanted, request: QueryRequest | undefined): unknown[] | Promise<unknown[]> {
    const { routes } = this.#parts;
    if (this.#asked.source === 'memory') return routes.onMember(find, { condition: this.#condition, wanted, request });
    return routes.onMember(findInStore, { ...this.#inStore(request), wanted });
  }

  #with(change: Partial<Asked>): MapQuery<K, V, R> {
    return new MapQuery<K, V, R>(this.#parts, { ...this.#asked, ...change });
  }
}

function sourceOf(options: QueryOptions): QuerySource {
  if (typeof options !== 'object' || options === null)
    throw new ConfigError(`the options of a query are an object: query({ source: 'both' })`);
  const unknown = Object.keys(options).find((name) => name !== 'source');
  if (unknown !== undefined) throw new ConfigError(`a query has no option '${unknown}'; it has: source`);
  const { source = 'memory' } = options;
  if (source === 'memory' || source === 'store' || source === 'both') return source;
  throw new ConfigError(`the source of a query is 'memory', 'store' or 'both', not ${JSON.stringify(source)}`);
}

function wholeNumber(name: string, value: number): number {
  if (Number.isSafeInteger(value) && value >= 0) return value;
  throw new ConfigError(`${name} must be a whole number from 0 on, not ${String(value)}`);
}
