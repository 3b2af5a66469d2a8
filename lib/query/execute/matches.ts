/** All matches of a condition, by the best route, into a collector. */
import type { Collector } from './collector.ts';
import type { Condition } from '../conditions/condition.ts';
import { listMatches } from './execute-list.ts';
import { scanMatches } from './execute-scan.ts';
import { Execution } from './execution.ts';
import { narrowingBy } from './narrowing.ts';
import type { QueryContext } from './query-context.ts';
import type { QueryRequest } from '../source/request.ts';
import { looksAtEntries } from '../plan/route.ts';
import type { Pausing, Work } from './work.ts';

/** The execution that is under way, to be told of pauses. */
export class Pauses implements Pausing {
  current: Pausing | undefined = undefined;

  get pauseMs(): number {
    return this.current?.pauseMs ?? 0;
  }

  beforePause(): void {
    this.current?.beforePause();
  }

  afterPause(): boolean {
    return this.current?.afterPause() ?? true;
  }
}

/** Looking at fewer entries than this is no reason to build a column. */
const WANTED_ENTRIES_MIN = 1000;
/** An index that changed its mind so often, between planning and use, is not asked again. */
const ROUTES_MAX = 3;

/** The collector's result; undefined when it must begin again (`Collector.canGoOn`). */
export function* collect<R>(
  context: QueryContext,
  condition: Condition,
  collector: Collector<R>,
  { partitions }: QueryRequest,
  pauses: Pauses,
): Work<{ readonly result: R } | undefined> {
  const { source, stock } = context;
  const accept = partitions === undefined ? undefined : narrowingBy((slot) => partitions(source.partitionAt(slot)));
  const recent = stock.take();
  const execution = new Execution(source, () => context.prepare(condition), collector, accept, recent);
  pauses.current = execution;
  try {
    const { root } = execution.prepared;
    if (root.kind !== 'constant' || root.value) yield* matches(context, execution);
    if (execution.mustRestart) return undefined;
    return { result: yield* collector.finish() };
  } finally {
    pauses.current = undefined;
    stock.giveBack(recent);
  }
}

function* matches(context: QueryContext, execution: Execution): Work<void> {
  const { stock, scratch } = context;
  for (let attempt = 0; attempt < ROUTES_MAX; attempt++) {
    const { prepared } = execution;
    const route = prepared.route();
    if (looksAtEntries(route.residual) && route.candidates >= WANTED_ENTRIES_MIN) {
      for (const { condition } of prepared.missing) context.wanted(condition.attribute);
    }
    if (route.kind === 'scan') break;
    if (yield* listMatches(execution, route, stock)) return;
    prepared.forgetRoute();
  }
  yield* scanMatches(execution, scratch, stock);
}
