/**
 * The first rows of an order straight from an ordered index: visit its slots in order, keep those that match, stop when there are enough.
 *
 * That beats finding all matches when matches are many or the index is already within the condition; it is very slow when they are few and lie far
 * down the order. As selectivity is an estimate, each walk has a budget of visits: beyond it the walk is given up for the other ways, so that
 * a wrong guess costs at most about as much as it could have saved.
 */
import type { OrderedIndex, Index } from '../../indexes/index-contract.ts';
import type { Bound, BoundAttribute, SlotTest } from '../plan/bound-condition.ts';
import { WALK_NS } from '../plan/cost.ts';
import type { EntrySource } from '../source/entry-source.ts';
import type { OrderBy } from '../source/request.ts';
import type { Statistics } from '../plan/statistics.ts';

/** Most visits of one walk: it can't pause, and 2 ms is time enough. */
const VISITS_MAX = 40_000;
/** How far an estimate may be off before the walk is given up. */
const BUDGET_FACTOR = 8;
const BUDGET_VISITS_MIN = 256;

export interface Walk {
  readonly index: OrderedIndex;
  readonly descending: boolean;
  /** A term on the index's first attribute: only its slots are visited. */
  readonly within: BoundAttribute | undefined;
  /** What else must hold, as terms of a conjunction. */
  readonly residual: readonly Bound[];
  /** Estimated visits until `k` rows are found, and their cost. */
  readonly visits: number;
  readonly costNs: number;
}

/** A walk for the first `k` rows, if an index has the order. */
export function planWalk(
  root: Bound,
  orderBy: readonly OrderBy[],
  k: number,
  source: EntrySource,
  statistics: Statistics,
): Walk | undefined {
  const index = source.attributes.indexes.find(
    (candidate): candidate is OrderedIndex => isOrdered(candidate) && hasOrder(candidate, orderBy),
  );
  const [first] = orderBy;
  if (index === undefined || first === undefined) return undefined;
  if (root.kind === 'constant' && !root.value) return undefined; // no row to walk for
  const terms = root.kind === 'all' ? root.terms : root.kind === 'constant' ? [] : [root];
  const within = terms.find(
    (term): term is BoundAttribute => term.kind === 'attribute' && term.condition.attribute.text === first.attribute.text,
  );
  const residual = terms.filter((term) => term !== within);
  let share = 1;
  let testNs = 0;
  for (const term of residual) {
    testNs += share * term.testNs;
    share *= statistics.selectivity(term);
  }
  const visitable = within === undefined ? source.size : statistics.rows(within);
  const visits = Math.min(visitable, k / Math.max(share, 1 / Math.max(1, visitable)));
  return { index, descending: first.direction === 'desc', within, residual, visits, costNs: visits * (WALK_NS + testNs) };
}

export interface Walked {
  /** Undefined when the budget was used up before there were enough. */
  readonly slots: Int32Array | undefined;
  readonly visits: number;
}

/**
 * The first `k` matching slots in order. Synchronous. `accept` tests whatever the walk does not know:
 * the residual terms, partitions. `ties`, if given, tells whether two slots tie in the order: then those that tie with the last come too.
 */
export function firstByWalk(walk: Walk, k: number, accept: SlotTest | undefined, ties?: (a: number, b: number) => boolean): Walked {
  const found: number[] = [];
  const budget = Math.min(VISITS_MAX, Math.ceil(walk.visits * BUDGET_FACTOR) + BUDGET_VISITS_MIN);
  let visits = 0;
  let isEnough = false;
  const visit = (slot: number): boolean => {
    visits++;
    if (ties !== undefined && found.length >= k && !ties(slot, found[k - 1]!)) return (isEnough = true);
    if (accept === undefined || accept(slot)) {
      found.push(slot);
      if (found.length === k && ties === undefined) return (isEnough = true);
    }
    return visits === budget;
  };
  if (walk.within === undefined) walk.index.walk(walk.descending, visit);
  else walk.index.walkWithin(walk.within.condition.set, walk.descending, visit);
  return { slots: isEnough || visits < budget ? Int32Array.from(found) : undefined, visits };
}

/** Whether a walk for `k` rows could end within its budget at all. */
export function fitsBudget(walk: Walk, k: number): boolean {
  return k < VISITS_MAX && walk.visits < VISITS_MAX;
}

function isOrdered(index: Index): index is OrderedIndex {
  return 'walk' in index && 'walkWithin' in index;
}

/** The index has exactly the attributes of the order: with one more, ties would not be in the order of slots. All in one direction. */
function hasOrder({ definition: { attributes } }: Index, orderBy: readonly OrderBy[]): boolean {
  return (
    attributes.length === orderBy.length &&
    orderBy.every(({ attribute, direction }, i) => attribute.text === attributes[i] && direction === orderBy[0]!.direction)
  );
}
