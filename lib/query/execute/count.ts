/** Counting matches: from statistics, from bitmaps, and only then one by one. */
import type { Condition } from '../conditions/condition.ts';
import { countSelected } from './execute-scan.ts';
import { Counter } from './gather.ts';
import { type Pauses, collect } from './matches.ts';
import type { QueryContext } from './query-context.ts';
import type { QueryRequest } from '../source/request.ts';
import type { Work } from './work.ts';

/** A count over bitmaps that is expected to take longer may pause, so it goes the longer way. */
const COUNT_NS_MAX = 2e6;

/** The number of matches, if that can be told without looking at an entry and without a pause; of all partitions. */
export function countAtOnce(context: QueryContext, condition: Condition): number | undefined {
  const { source, statistics, scratch } = context;
  const prepared = context.prepare(condition);
  const known = statistics.exactRows(prepared.root);
  if (known !== undefined) return known;
  const route = prepared.route();
  if (route.residual.length > 0 || route.kind === 'union') return undefined;
  if (route.kind === 'index') {
    const estimate = route.use.index.estimate(route.use.sets);
    return estimate !== undefined && estimate.exact && estimate.counted ? estimate.count : undefined;
  }
  const { selection, costNs } = route;
  return selection !== undefined && costNs <= COUNT_NS_MAX ? countSelected(selection, source, scratch) : undefined;
}

export function* countMatches(context: QueryContext, condition: Condition, request: QueryRequest, pauses: Pauses): Work<number> {
  const known = request.partitions === undefined ? countAtOnce(context, condition) : undefined;
  if (known !== undefined) return known;
  // A counter can always go on, so there is a result.
  return (yield* collect(context, condition, new Counter(), request, pauses))!.result;
}
