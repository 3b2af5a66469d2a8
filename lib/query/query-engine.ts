/**
 * The queries of one member: counts, rows, ordered rows, aggregations and explanations of conditions over an `EntrySource`.
 *
 * A query goes condition → prepared → route → candidates → matches → collector. What can be told without looking is told at once; what is short runs
 * synchronously and comes back as it is, not as a promise; what is long gives the event loop back every `sliceMs` (M45). What is thrown may
 * therefore be thrown by the call or reject its promise: `await` makes both the same.
 *
 * Writes that happen while a query waits may or may not be seen by it. Each entry is judged on one version of it, and an entry that nobody touches is
 * neither missed nor given twice (M42).
 */
import type { Attribute } from '../../grammar/ast.ts';
import type { ExplainOptions, Explanation } from '../api/query.ts';
import type { Slices } from '../indexes/attribute-set.ts';
import { type AnyAggregator, Aggregation } from './execute/aggregate.ts';
import type { Condition } from './conditions/condition.ts';
import { countAtOnce, countMatches } from './execute/count.ts';
import {
  type Emit,
  type OrderedRow,
  type PlacedKey,
  emitAttributes,
  emitEntries,
  emitKeys,
  emitOrdered,
  emitPlacedKeys,
  emitStored,
  emitValues,
} from './execute/emit.ts';
import type { EntrySource } from './source/entry-source.ts';
import { explain } from './explain/explain.ts';
import { Pauses, collect } from './execute/matches.ts';
import { QueryContext } from './execute/query-context.ts';
import type { OrderBy, QueryRequest } from './source/request.ts';
import { isOrdered, rowsOf } from './order/rows.ts';
import { streamRows } from './execute/stream.ts';
import { type Work, inSlices, throwIfAborted } from './execute/work.ts';

export interface QueryEngineOptions {
  readonly source: EntrySource;
  readonly slices: Slices;
  /** Most rows one call may give; 0 (default) is no limit. */
  readonly resultSizeLimit?: number | undefined;
}

/** What is given for each entry: its value, its key, `[key, value]`, or a plain object of some attributes keyed by path. */
export type Wanted = 'values' | 'keys' | 'entries' | readonly Attribute[];

const ALL: QueryRequest = Object.freeze({});

export function createQueryEngine(options: QueryEngineOptions): QueryEngine {
  return new QueryEngine(options);
}

/** Conditions are prepared once and remembered for as long as the caller keeps the very same object. */
export class QueryEngine {
  readonly #context: QueryContext;
  readonly #slices: Slices;
  readonly #sizeMax: number;
  readonly #values: Emit<unknown>;
  readonly #keys: Emit<unknown>;
  readonly #entries: Emit<unknown>;

  constructor({ source, slices, resultSizeLimit = 0 }: QueryEngineOptions) {
    this.#context = new QueryContext(source, slices);
    this.#slices = slices;
    this.#sizeMax = resultSizeLimit === 0 ? Infinity : resultSizeLimit;
    this.#values = emitValues(source);
    this.#keys = emitKeys(source);
    this.#entries = emitEntries(source);
  }

  /** How many entries match. A condition on one attribute that has a column of few values, or an index, costs less than a microsecond. */
  count(condition: Condition, request: QueryRequest = ALL): number | Promise<number> {
    return this.#begin(request, () => {
      const known = request.partitions === undefined ? countAtOnce(this.#context, condition) : undefined;
      return known ?? this.#run(request, (pauses) => countMatches(this.#context, condition, request, pauses));
    });
  }

  values(condition: Condition, request: QueryRequest = ALL): unknown[] | Promise<unknown[]> {
    return this.#rows(this.#values, condition, request);
  }

  keys(condition: Condition, request: QueryRequest = ALL): unknown[] | Promise<unknown[]> {
    return this.#rows(this.#keys, condition, request);
  }

  entries(condition: Condition, request: QueryRequest = ALL): unknown[] | Promise<unknown[]> {
    return this.#rows(this.#entries, condition, request);
  }

  /** Plain objects of the attributes, keyed by path. */
  project(attributes: readonly Attribute[], condition: Condition, request: QueryRequest = ALL): unknown[] | Promise<unknown[]> {
    return this.#rows(emitAttributes(this.#context.source, attributes), condition, request);
  }

  /** What is wanted, values in the form in which they are kept: for other members. */
  kept(wanted: Wanted, condition: Condition, request: QueryRequest): unknown[] | Promise<unknown[]> {
    return this.#rows(this.#emitKept(wanted), condition, request);
  }

  /** As `kept`, with the values of `by`: to be merged with what other members have. */
  keptOrdered(wanted: Wanted, by: readonly OrderBy[], condition: Condition, request: QueryRequest): OrderedRow[] | Promise<OrderedRow[]> {
    return this.#rows(emitOrdered(this.#context.source, this.#emitKept(wanted), by), condition, request);
  }

  /** The keys of the matches, however many, and where they are. */
  placedKeys(condition: Condition, request: QueryRequest): PlacedKey[] | Promise<PlacedKey[]> {
    return this.#rows(emitPlacedKeys(this.#context.source), condition, { ...request, spareRows: Infinity });
  }

  /**
   * The matches one by one, in memory for a few thousand however many there are; all at once if they are to be ordered. `resultSizeLimit` is for arrays
   * and does not apply, unless they are ordered.
   */
  async *iterate(wanted: Wanted, condition: Condition, request: QueryRequest = ALL): AsyncGenerator<unknown, void, undefined> {
    const emit = this.#emit(wanted);
    if (isOrdered(request)) yield* await this.#rows(emit, condition, request);
    else yield* await this.#begin(request, () => streamRows(this.#context, condition, request, emit, this.#slices));
  }

  /** See `aggregate.ts` for what each aggregation makes of null, NaN and bigints. */
  aggregate(aggregator: AnyAggregator, condition: Condition, request: QueryRequest = ALL): unknown {
    if (aggregator.kind === 'count' && aggregator.path === undefined) return this.count(condition, request);
    const aggregation = new Aggregation(aggregator, this.#context.source);
    return this.#begin(request, () => this.#run(request, (pauses) => this.#aggregate(aggregation, condition, request, pauses)));
  }

  /** As `aggregate`, to be merged with what other members have by `mergeAggregates`. */
  aggregateState(aggregator: AnyAggregator, condition: Condition, request: QueryRequest = ALL): unknown {
    if (aggregator.kind === 'count' && aggregator.path === undefined) return this.count(condition, request);
    const aggregation = new Aggregation(aggregator, this.#context.source);
    return this.#begin(request, () => this.#run(request, (pauses) => this.#aggregateState(aggregation, condition, request, pauses)));
  }

  /** How the request would be answered; with `analyze` also runs it and counts. */
  explain(condition: Condition, request: QueryRequest = ALL, options: ExplainOptions = {}): Explanation | Promise<Explanation> {
    return this.#begin(request, () =>
      this.#run(request, (pauses) => explain(this.#context, condition, request, options, this.#slices, pauses)),
    );
  }

  /** Gives working memory back. The engine can be used again, and takes it anew. */
  free(): void {
    this.#context.scratch.free();
  }

  #rows<R>(emit: Emit<R>, condition: Condition, request: QueryRequest): R[] | Promise<R[]> {
    return this.#begin(request, () => {
      if (request.limit === 0) return [];
      const sizeMax = this.#sizeMax + (request.spareRows ?? 0);
      return this.#run(request, (pauses) => rowsOf(this.#context, condition, request, emit, sizeMax, pauses));
    });
  }

  *#aggregate(aggregation: Aggregation, condition: Condition, request: QueryRequest, pauses: Pauses): Work<unknown> {
    return (yield* collect(this.#context, condition, aggregation, request, pauses))!.result.result();
  }

  *#aggregateState(aggregation: Aggregation, condition: Condition, request: QueryRequest, pauses: Pauses): Work<unknown> {
    return (yield* collect(this.#context, condition, aggregation, request, pauses))!.result.state();
  }

  #emit(wanted: Wanted): Emit<unknown> {
    if (wanted === 'values') return this.#values;
    if (wanted === 'keys') return this.#keys;
    return wanted === 'entries' ? this.#entries : emitAttributes(this.#context.source, wanted);
  }

  #emitKept(wanted: Wanted): Emit<unknown> {
    return wanted === 'values' || wanted === 'entries' ? emitStored(this.#context.source, wanted === 'entries') : this.#emit(wanted);
  }

  /** Answers when nothing is left that has expired. */
  #begin<R>({ signal }: QueryRequest, answer: () => R | Promise<R>): R | Promise<R> {
    throwIfAborted(signal);
    return this.#context.source.expireDue() ? answer() : this.#beginLater(signal, answer);
  }

  async #beginLater<R>(signal: AbortSignal | undefined, answer: () => R | Promise<R>): Promise<R> {
    do {
      await this.#slices.pause();
      throwIfAborted(signal);
    } while (!this.#context.source.expireDue());
    return answer();
  }

  #run<R>({ signal }: QueryRequest, work: (pauses: Pauses) => Work<R>): R | Promise<R> {
    const pauses = new Pauses();
    return inSlices(work(pauses), this.#slices, pauses, signal);
  }
}
