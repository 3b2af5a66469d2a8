/** Queries (M7, M19, M39, M42): what a member's entries answer. No entry is touched, and the store is not asked. */
import type { ExplainOptions, Explanation } from '../api/query.ts';
import type { AnyAggregator } from '../query/execute/aggregate.ts';
import type { Condition } from '../query/conditions/condition.ts';
import type { Wanted } from '../query/query-engine.ts';
import type { QueryRequest } from '../query/source/request.ts';
import { aggregateShare, countShare } from './count-share.ts';
import { explainShare } from './explain-share.ts';
import { findShare } from './find-share.ts';
import type { MapHome, MemberOperation } from './home.ts';
import { iterateShare } from './iterate-share.ts';

export interface FindArguments {
  readonly condition: Condition;
  readonly wanted: Wanted;
  readonly request: QueryRequest | undefined;
}

/** Values, keys, entries or chosen attributes of the matching entries. */
export const find: MemberOperation<FindArguments, unknown[]> = {
  name: 'find',
  share: findShare,
  signal: ({ request }) => request?.signal,
  run(home: MapHome, { condition, wanted, request }): unknown[] | Promise<unknown[]> {
    home.counters.queries++;
    switch (wanted) {
      case 'values':
        return home.queries.values(condition, request);
      case 'keys':
        return home.queries.keys(condition, request);
      case 'entries':
        return home.queries.entries(condition, request);
      default:
        return home.queries.project(wanted, condition, request);
    }
  },
};

export const count: MemberOperation<Omit<FindArguments, 'wanted'>, number> = {
  name: 'count',
  share: countShare,
  run(home: MapHome, { condition, request }): number | Promise<number> {
    home.counters.queries++;
    return home.queries.count(condition, request);
  },
};

/** The matches one by one. */
export const iterate: MemberOperation<FindArguments, AsyncIterable<unknown>> = {
  name: 'iterate',
  share: iterateShare,
  run(home: MapHome, { condition, wanted, request }): AsyncIterable<unknown> {
    home.counters.queries++;
    return home.queries.iterate(wanted, condition, request);
  },
};

export interface AggregateArguments {
  readonly aggregator: AnyAggregator;
  readonly condition: Condition;
  readonly request: QueryRequest | undefined;
}

export const aggregate: MemberOperation<AggregateArguments, unknown> = {
  name: 'aggregate',
  share: aggregateShare,
  run(home: MapHome, { aggregator, condition, request }): unknown {
    home.counters.queries++;
    return home.queries.aggregate(aggregator, condition, request);
  },
};

export interface ExplainArguments {
  readonly condition: Condition;
  readonly request: QueryRequest | undefined;
  readonly options: ExplainOptions;
}

export const explain: MemberOperation<ExplainArguments, Explanation> = {
  name: 'explain',
  share: explainShare,
  run: (home: MapHome, { condition, request, options }): Explanation | Promise<Explanation> =>
    home.queries.explain(condition, request, options),
};
