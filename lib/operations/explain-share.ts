/** Explanations over several members: each plans by its own statistics, so each has a plan of its own. */
import type { ExplainOptions, Explanation, IndexAdvice, PlanNode } from '../api/query.ts';
import { explanationText } from '../query/explain/explain-text.ts';
import { type Asked, askedFromWire, askedToWire } from './asked-wire.ts';
import type { ArrivedAt, MapHome, MemberShare, PartitionTest } from './home.ts';
import { goOn } from './answer.ts';
import { sumOf } from './sum-share.ts';

interface ToExplain extends Asked {
  readonly options: ExplainOptions;
}

export type ExplanationPart = Omit<Explanation, 'toString'>;

export const explainShare: MemberShare<ToExplain, Explanation, ExplanationPart> = {
  partition: ({ request }) => request?.partition,
  toWire: ({ options, ...asked }) => [options.analyze === true, askedToWire(asked)],
  fromWire(wire: unknown, at: ArrivedAt): ToExplain {
    const [analyze, asked] = wire as readonly [boolean, unknown];
    return { options: { analyze }, ...askedFromWire(asked, at) };
  },
  run(
    home: MapHome,
    { condition, request, options }: ToExplain,
    only: PartitionTest | undefined,
  ): ExplanationPart | Promise<ExplanationPart> {
    const { orderBy, limit, offset = 0, signal } = request ?? {};
    // A member gives what comes before the offset too.
    const mine = { orderBy, limit: limit === undefined ? undefined : limit + offset, partitions: only, signal };
    return goOn(home.queries.explain(condition, mine, options), plain);
  },
  merge(parts: readonly ExplanationPart[], { request }: ToExplain): Explanation {
    const { limit = Infinity, offset = 0 } = request ?? {};
    return mergeExplanations(parts, (rows) => Math.max(0, Math.min(rows - offset, limit)));
  },
};

/** Without what can't travel. */
export function plain(explanation: Explanation): ExplanationPart {
  const { predicate, plan, estimatedRows, actualRows, mismatchedRows, elapsedMs, advice } = explanation;
  return { predicate, plan, estimatedRows, actualRows, mismatchedRows, elapsedMs, advice };
}

/** `left`: how many rows are given of those that members found. */
export function mergeExplanations(parts: readonly ExplanationPart[], left: (rows: number) => number): Explanation {
  const [first] = parts;
  const estimatedRows = left(sumOf(parts.map((part) => part.estimatedRows)));
  const found = summed(parts.map((part) => part.actualRows));
  const actualRows = found === undefined ? undefined : left(found);
  const children = parts.map(({ plan }) => plan);
  const plan: PlanNode =
    children.length === 1
      ? { ...children[0]!, estimatedRows, actualRows }
      : { operation: 'members', detail: `${parts.length}, each by a plan of its own`, estimatedRows, actualRows, children };
  const merged: ExplanationPart = {
    predicate: first!.predicate,
    plan,
    estimatedRows,
    actualRows,
    mismatchedRows: summed(parts.map((part) => part.mismatchedRows)),
    elapsedMs: parts.reduce<number | undefined>(
      (longest, { elapsedMs }) => (elapsedMs === undefined ? longest : Math.max(longest ?? 0, elapsedMs)),
      undefined,
    ),
    advice: distinct(parts.flatMap((part) => part.advice)),
  };
  return Object.freeze({ ...merged, toString: () => explanationText(merged) });
}

function summed(numbers: readonly (number | undefined)[]): number | undefined {
  const known = numbers.filter((number) => number !== undefined);
  return known.length === 0 ? undefined : sumOf(known);
}

/** An index is one for all members: it is advised once, for the first reason. */
function distinct(advice: readonly IndexAdvice[]): readonly IndexAdvice[] {
  const known = new Map<string, IndexAdvice>();
  for (const one of advice) {
    const name = `${one.type} ${one.attributes.join()}`;
    if (!known.has(name)) known.set(name, one);
  }
  return [...known.values()];
}
