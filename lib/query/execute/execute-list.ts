/** Matches by indexes: the slots of one index, or of several united, narrowed by what else must hold. */
import type { SlotList } from '../../indexes/index-contract.ts';
import type { Execution } from './execution.ts';
import { judgeInSteps } from './execute-scan.ts';
import { narrowingFor } from './narrowing.ts';
import { type IndexRoute, type ListRoute, looksAtEntries } from '../plan/route.ts';
import type { SlotStock } from './slot-stock.ts';
import type { Work } from './work.ts';

/** Slots a union collects between two looks at the clock. */
const UNION_SLOTS_PER_STEP = 16_384;

/**
 * Hands the matches to the execution, in no order. False, with nothing handed over, when an index no longer answers as it was planned: plan anew.
 */
export function* listMatches(execution: Execution, route: ListRoute, stock: SlotStock): Work<boolean> {
  const list = stock.take();
  try {
    const { era } = execution;
    if (!(yield* collect(route, execution, list, stock))) return false;
    if (route.residual.length === 0 && execution.wantsSize) execution.collector.expect(list.length);
    yield* judgeInSteps(execution, list.data, list.length, route.residual.map(narrowingFor), era, looksAtEntries(route.residual));
    return true;
  } finally {
    stock.giveBack(list);
  }
}

/** Appends the candidates of a route, each once; its own residual is left to the caller. */
function* collect(route: ListRoute, execution: Execution, list: SlotList, stock: SlotStock): Work<boolean> {
  if (route.kind === 'index') return collectFromIndex(route, list);
  const { era } = execution;
  const start = list.length;
  let next = start + UNION_SLOTS_PER_STEP;
  for (const branch of route.routes) {
    const from = list.length;
    if (!(yield* collect(branch, execution, list, stock))) return false;
    // After a pause the residual need not be tested here: all candidates will be judged anew by the whole condition.
    if (era === execution.era) for (const term of branch.residual) list.length = narrowingFor(term)(list.data, from, list.length);
    if (list.length < next) continue;
    next = list.length + UNION_SLOTS_PER_STEP;
    yield;
  }
  list.length = stock.distinct(list.data, start, list.length, execution.source.top);
  return true;
}

function collectFromIndex({ use, estimate }: IndexRoute, list: SlotList): boolean {
  const now = use.index.estimate(use.sets);
  if (now === undefined || (estimate.exact && !now.exact)) return false;
  list.reserve(now.count);
  use.index.collect(use.sets, list);
  return true;
}
