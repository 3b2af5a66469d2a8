/** Rows in order: from an ordered index if that is cheapest, else the matches through a heap, or sorted. */
import type { Condition } from '../conditions/condition.ts';
import { OFFER_NS, SORT_NS } from '../plan/cost.ts';
import type { Emit } from '../execute/emit.ts';
import { firstByWalk, fitsBudget, planWalk, type Walk, type Walked } from '../execute/execute-walk.ts';
import { resultTooLarge } from '../execute/gather.ts';
import { type Pauses, collect } from '../execute/matches.ts';
import { type Ordering, type RankOrdering, rankOrdering, tiedByKey, valueOrdering } from './ordering.ts';
import type { QueryContext } from '../execute/query-context.ts';
import type { EntrySource } from '../source/entry-source.ts';
import type { OrderBy, QueryRequest } from '../source/request.ts';
import { allOf, slotTest } from '../plan/slot-test.ts';
import { roomForRows } from '../execute/row-chunks.ts';
import { RankSorter, type RowWindow, ValueSorter } from './sorter.ts';
import { TopK } from './top-k.ts';
import type { Collector } from '../execute/collector.ts';
import type { Work } from '../execute/work.ts';

/** A heap of more rows is slower than sorting everything. */
const HEAP_ROWS_MAX = 10_000;
/** Sorting fewer entries by their values is no reason to build a column. */
const WANTED_ENTRIES_MIN = 1000;

/** How a request's order will be made; for execution and for `explain`. */
export type OrderPlan =
  | { readonly kind: 'walk'; readonly walk: Walk }
  | { readonly kind: 'heap' | 'sort'; readonly by: 'ranks' | 'values' };

export function planOrder(context: QueryContext, condition: Condition, request: QueryRequest): OrderPlan {
  const { orderBy = [], offset = 0, limit = Infinity } = request;
  const { source, statistics } = context;
  const prepared = context.prepare(condition);
  const k = offset + limit;
  const kind = usesHeap({ offset, limit }) ? 'heap' : 'sort';
  const walk = orderBy.length === 0 ? undefined : planWalk(prepared.root, orderBy, k, source, statistics);
  if (walk !== undefined && fitsBudget(walk, k)) {
    const rows = statistics.rows(prepared.root);
    if (walk.costNs <= prepared.route().costNs + rows * (kind === 'heap' ? OFFER_NS : SORT_NS)) return { kind: 'walk', walk };
  }
  return { kind, by: rankOrdering(orderBy, source) === undefined ? 'values' : 'ranks' };
}

/** The rows `offset` to `offset + limit` of the order; without `orderBy`, of the order of slots. More rows than `sizeMax` are an error. */
export function* orderedRows<R>(
  context: QueryContext,
  condition: Condition,
  request: QueryRequest,
  emit: Emit<R>,
  sizeMax: number,
  pauses: Pauses,
): Work<R[]> {
  const { orderBy = [], offset = 0, limit = Infinity, tiesByKey = false } = request;
  const plan = planOrder(context, condition, request);
  let rows = plan.kind === 'walk' ? walkedRows(context, plan.walk, request, emit) : undefined;
  if (rows === undefined) {
    const window = { offset, limit, sizeMax };
    const ranks = rankOrdering(orderBy, context.source);
    if (ranks === undefined) tellWanted(context, condition, orderBy);
    const byRanks = ranks && rankedCollector(ranks, window, emit, tiesByKey ? context.source : undefined);
    const ranked = byRanks && (yield* collect(context, condition, byRanks, request, pauses));
    const byValues = (): Collector<R[]> => {
      const values = valueOrdering(orderBy, context.source);
      return tiesByKey ? valuesCollector(tiedByKey(values, context.source), window, emit) : valuesCollector(values, window, emit);
    };
    // By values nothing can go stale, so that this second time is the last.
    rows = (ranked ?? (yield* collect(context, condition, byValues(), request, pauses)))!.result;
  }
  if (rows.length > sizeMax) throw resultTooLarge(sizeMax);
  return rows;
}

/** Walks for as many rows as the request needs, from the first. */
export function walkFor(
  { source }: QueryContext,
  walk: Walk,
  { offset = 0, limit = Infinity, partitions }: QueryRequest,
  ties?: (a: number, b: number) => boolean,
): Walked {
  const tests = walk.residual.map(slotTest);
  if (partitions !== undefined) tests.unshift((slot) => partitions(source.partitionAt(slot)));
  return firstByWalk(walk, offset + limit, tests.length === 0 ? undefined : allOf(tests), ties);
}

function walkedRows<R>(context: QueryContext, walk: Walk, request: QueryRequest, emit: Emit<R>): R[] | undefined {
  const { offset = 0, limit = Infinity } = request;
  const slots = request.tiesByKey === true ? walkedWithTies(context, walk, request) : walkFor(context, walk, request).slots;
  if (slots === undefined) return undefined;
  const from = Math.min(offset, slots.length);
  const to = Math.min(offset + limit, slots.length);
  const rows = roomForRows<R>(to - from);
  emit.write(slots, from, to, rows, 0);
  return rows;
}

function walkedWithTies(context: QueryContext, walk: Walk, request: QueryRequest): Int32Array | undefined {
  const { source } = context;
  const values = valueOrdering(request.orderBy ?? [], source);
  const { slots } = walkFor(context, walk, request, (a, b) => values.compare(values.keyOf(a), values.keyOf(b)) === 0);
  const order = tiedByKey(values, source);
  const items = slots && Array.from(slots, (slot) => ({ slot, key: order.keyOf(slot) }));
  return (
    items &&
    Int32Array.from(
      items.sort((a, b) => order.compare(a.key, b.key) || a.slot - b.slot),
      ({ slot }) => slot,
    )
  );
}

/** `undefined`: ranks are of no use. `tiedIn`: where keys are read, by which ties go. */
function rankedCollector<R>(
  ordering: RankOrdering,
  window: RowWindow,
  emit: Emit<R>,
  tiedIn: EntrySource | undefined,
): Collector<R[]> | undefined {
  if (tiedIn !== undefined) return usesHeap(window) ? new TopK(tiedByKey(ordering, tiedIn), window, emit) : undefined;
  return usesHeap(window) ? new TopK(ordering, window, emit) : new RankSorter(ordering, window, emit);
}

function valuesCollector<K, R>(ordering: Ordering<K>, window: RowWindow, emit: Emit<R>): Collector<R[]> {
  return usesHeap(window) ? new TopK(ordering, window, emit) : new ValueSorter(ordering, window, emit);
}

function usesHeap({ offset, limit }: Pick<RowWindow, 'offset' | 'limit'>): boolean {
  return offset + limit <= HEAP_ROWS_MAX;
}

function tellWanted(context: QueryContext, condition: Condition, orderBy: readonly OrderBy[]): void {
  if (context.statistics.rows(context.prepare(condition).root) < WANTED_ENTRIES_MIN) return;
  for (const { attribute } of orderBy) if (context.source.attributes.column(attribute.text) === undefined) context.wanted(attribute);
}
