/**
 * Which index would have helped: advised when scanning is most of a query's work and an index would do with a fraction of it.
 *
 * The figures are the planner's own, so that an index that is advised is one the planner would then use.
 */
import type { IndexAdvice } from '../../api/query.ts';
import type { Bound, BoundAttribute } from '../plan/bound-condition.ts';
import { COLLECT_NS, OFFER_NS, SEEK_NS, SLOT_TEST_NS, WALK_NS } from '../plan/cost.ts';
import { grouped, rowsText } from './explain-text.ts';
import type { OrderPlan } from '../order/ordered-rows.ts';
import { isPoints } from '../plan/points.ts';
import type { QueryContext } from '../execute/query-context.ts';
import type { QueryRequest } from '../source/request.ts';
import type { Route } from '../plan/route.ts';
import type { Statistics } from '../plan/statistics.ts';

/** Saving less than this is not worth an index that each write must keep up. */
const SAVED_NS_MIN = 20_000;
const SPEED_UP_MIN = 4;
/** Nor are conditions that a larger share of the entries satisfies: a column is the thing for those. */
const SHARE_MAX = 0.1;
/** A hash index keeps no lists for fewer distinct values. */
const HASH_DISTINCT_MIN = 64;

export function adviseIndexes(
  context: QueryContext,
  root: Bound,
  route: Route,
  order: OrderPlan | undefined,
  request: QueryRequest,
): IndexAdvice[] {
  if (order?.kind === 'walk') return [];
  const forOrder = order === undefined ? undefined : adviseOrder(context, root, route, request);
  const forCondition = route.kind === 'scan' ? adviseCondition(context, root, route) : undefined;
  return [forCondition, forOrder].filter((advice) => advice !== undefined);
}

function adviseCondition({ source, statistics }: QueryContext, root: Bound, { costNs }: Route): IndexAdvice | undefined {
  const terms = (root.kind === 'all' ? root.terms : [root]).filter(
    (term): term is BoundAttribute => term.kind === 'attribute' && isIndexable(term),
  );
  const byRows = terms.toSorted((a, b) => statistics.rows(a) - statistics.rows(b));
  const [best] = byRows;
  if (best === undefined || statistics.selectivity(best) > SHARE_MAX) return undefined;
  const scanned = `a scan of ${rowsText(source.size)} finds about`;
  const single = indexNs(statistics.rows(best), terms.length - 1);
  const points = byRows.filter((term) => isPoints(term.condition.set)).slice(0, 3);
  if (points.length > 1) {
    const rows = jointRows(points, source.size, statistics);
    const composite = indexNs(rows, terms.length - points.length);
    if (composite * SPEED_UP_MIN < single && isWorthwhile(costNs, composite)) {
      const attributes = points.map(({ condition }) => condition.attribute.text);
      return { attributes, type: 'HASH', reason: `${scanned} ${grouped(rows)} that satisfy all its conditions` };
    }
  }
  if (best.uses.length > 0 || !isWorthwhile(costNs, single)) return undefined;
  const { text } = best.condition.attribute;
  return { attributes: [text], type: typeFor(best), reason: `${scanned} ${grouped(statistics.rows(best))} where ${best.condition.text}` };
}

/** A walk of an index with the order, instead of all matches through a heap. */
function adviseOrder(
  { source, statistics }: QueryContext,
  root: Bound,
  { costNs }: Route,
  { orderBy = [], offset = 0, limit = Infinity }: QueryRequest,
): IndexAdvice | undefined {
  const [first] = orderBy;
  const k = offset + limit;
  if (first === undefined || k === Infinity || orderBy.some(({ direction }) => direction !== first.direction)) return undefined;
  const attributes = orderBy.map(({ attribute }) => attribute.text);
  const exists = source.attributes.indexes.some(
    ({ definition }) => definition.type === 'SORTED' && definition.attributes.join() === attributes.join(),
  );
  const rows = statistics.rows(root);
  const walkNs = Math.min(source.size, (k * source.size) / Math.max(rows, 1)) * (WALK_NS + root.testNs);
  if (exists || !isWorthwhile(costNs + rows * OFFER_NS, walkNs)) return undefined;
  return { attributes, type: 'SORTED', reason: `the first ${rowsText(k)} come from it in order, instead of from ${rowsText(rows)}` };
}

function indexNs(rows: number, otherTerms: number): number {
  return SEEK_NS + rows * (COLLECT_NS + otherTerms * SLOT_TEST_NS);
}

function isWorthwhile(presentNs: number, indexedNs: number): boolean {
  return presentNs > indexedNs * SPEED_UP_MIN && presentNs - indexedNs > SAVED_NS_MIN;
}

function jointRows(terms: readonly BoundAttribute[], size: number, statistics: Statistics): number {
  let rows = size;
  for (const term of terms) rows *= statistics.selectivity(term);
  return rows;
}

/** Whether an index could narrow it down: texts that must be tested one by one need at least a prefix. */
function isIndexable({ condition: { set } }: BoundAttribute): boolean {
  return set.textsExact || set.texts.every(({ low }) => low !== undefined && low !== '');
}

function typeFor({ condition: { set }, column }: BoundAttribute): 'SORTED' | 'HASH' {
  return isPoints(set) && (column?.distinct ?? Infinity) > HASH_DISTINCT_MIN ? 'HASH' : 'SORTED';
}
