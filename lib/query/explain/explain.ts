/**
 * What a query does and why: its plan with estimated rows, and with `analyze` the rows that there are.
 *
 * Actual rows are not counted by probes inside the execution, which would slow down every query: each node of the plan stands for a condition, and
 * that condition is counted on its own.
 */
import type { ExplainOptions, Explanation, PlanNode } from '../../api/query.ts';
import { attributeReader } from '../../data/attribute.ts';
import type { Slices } from '../../indexes/attribute-set.ts';
import { adviseIndexes } from './advice.ts';
import type { BoundAttribute, SlotTest } from '../plan/bound-condition.ts';
import { conditionText } from './condition-text.ts';
import type { Condition } from '../conditions/condition.ts';
import { countMatches } from '../execute/count.ts';
import { emitKeys } from '../execute/emit.ts';
import type { EntrySource } from '../source/entry-source.ts';
import { explanationText } from './explain-text.ts';
import { ENTRY_TESTS_PER_STEP } from '../execute/execute-scan.ts';
import { Counter } from '../execute/gather.ts';
import { type Pauses, collect } from '../execute/matches.ts';
import { planOrder, walkFor } from '../order/ordered-rows.ts';
import { type PlanDraft, draftPlan } from './plan-tree.ts';
import type { QueryContext } from '../execute/query-context.ts';
import type { QueryRequest } from '../source/request.ts';
import { isOrdered, rowsOf } from '../order/rows.ts';
import type { Work } from '../execute/work.ts';

const EVERYTHING: Condition = Object.freeze({ kind: 'constant', value: true });

export function* explain(
  context: QueryContext,
  condition: Condition,
  request: QueryRequest,
  { analyze = false }: ExplainOptions,
  slices: Slices,
  pauses: Pauses,
): Work<Explanation> {
  const prepared = context.prepare(condition);
  const route = prepared.route();
  const order = isOrdered(request) ? planOrder(context, condition, request) : undefined;
  const draft = draftPlan(context, prepared.root, route, order, request);
  const advice = adviseIndexes(context, prepared.root, route, order, request);
  if (!analyze)
    return explanation(conditionText(condition), {
      plan: withoutRows(draft),
      actualRows: undefined,
      mismatchedRows: undefined,
      elapsedMs: undefined,
      advice,
    });

  const began = slices.now();
  const { length } = yield* rowsOf(context, condition, request, emitKeys(context.source), Infinity, pauses);
  const elapsedMs = slices.now() - began;
  const visits = order?.kind === 'walk' ? walkFor(context, order.walk, request).visits : 0;
  const plan = yield* withRows(context, draft, { page: length, visits }, request, pauses);
  const mismatchedRows = yield* countMismatched(context, prepared.attributes, request, pauses);
  return explanation(conditionText(condition), { plan, actualRows: length, mismatchedRows, elapsedMs, advice });
}

function explanation(predicate: string, rest: Omit<Explanation, 'predicate' | 'estimatedRows' | 'toString'>): Explanation {
  const parts = { predicate, estimatedRows: rest.plan.estimatedRows, ...rest };
  return Object.freeze({ ...parts, toString: () => explanationText(parts) });
}

function withoutRows({ operation, detail, estimatedRows, children }: PlanDraft): PlanNode {
  return { operation, detail, estimatedRows: Math.round(estimatedRows), actualRows: undefined, children: children.map(withoutRows) };
}

function* withRows(
  context: QueryContext,
  { operation, detail, estimatedRows, rows, children }: PlanDraft,
  known: Readonly<Record<'page' | 'visits', number>>,
  request: QueryRequest,
  pauses: Pauses,
): Work<PlanNode> {
  const nodes: PlanNode[] = [];
  for (const child of children) nodes.push(yield* withRows(context, child, known, request, pauses));
  const { partitions } = request;
  const actualRows = typeof rows === 'string' ? known[rows] : yield* countMatches(context, rows, { partitions }, pauses);
  return { operation, detail, estimatedRows: Math.round(estimatedRows), actualRows, children: nodes };
}

/** Entries with a value that some comparison could not be made with. */
function* countMismatched(
  context: QueryContext,
  terms: readonly BoundAttribute[],
  { partitions }: QueryRequest,
  pauses: Pauses,
): Work<number> {
  const tests = terms.map((term) => mismatchTest(term, context.source));
  const counter = new MismatchCounter((slot) => tests.some((test) => test(slot)));
  return (yield* collect(context, EVERYTHING, counter, { partitions }, pauses))?.result ?? 0;
}

function mismatchTest({ condition: { attribute, mismatched } }: BoundAttribute, source: EntrySource): SlotTest {
  const read = attributeReader(attribute);
  return (slot) => mismatched(read(source.keyAt(slot), source.storedAt(slot)));
}

class MismatchCounter extends Counter {
  override readonly rowsPerStep = ENTRY_TESTS_PER_STEP;
  readonly #test: SlotTest;

  constructor(test: SlotTest) {
    super();
    this.#test = test;
  }

  override take(slots: Int32Array, from: number, to: number): void {
    for (let i = from; i < to; i++) if (this.#test(slots[i]!)) super.take(slots, i, i + 1);
  }
}
