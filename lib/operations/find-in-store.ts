/** Queries whose rows come from the map's database too (B3): `query({ source: 'store' | 'both' })`. */
import { print } from '../../grammar/print.ts';
import type { StoreAnswer } from '../api/store-query.ts';
import type { ExplainOptions, Explanation, PlanNode } from '../api/query.ts';
import { resultTooLarge } from '../query/execute/gather.ts';
import { conditionText } from '../query/explain/condition-text.ts';
import { explanationText } from '../query/explain/explain-text.ts';
import type { ArrivedAt, MapHome, MemberOperation, MemberShare, PartitionTest } from './home.ts';
import { mergeExplanations, plain, type ExplanationPart } from './explain-share.ts';
import {
  countStoreShare,
  emitter,
  findStoreShare,
  iterateStoreShare,
  shareOfStore,
  storeArgsFromWire,
  storeArgsToWire,
  storeOver,
  type FindInStore,
} from './store-shares.ts';
import { StoreSearch, type FoundRow, type InStore, type SearchCounts } from './store-search.ts';

export type { InStore } from './store-search.ts';
export type { FindInStore } from './store-shares.ts';

/** As `find`. */
export const findInStore: MemberOperation<FindInStore, unknown[]> = {
  name: 'findInStore',
  share: findStoreShare,
  needsLoaded: false,
  signal: ({ request }) => request.signal,
  async run(home: MapHome, { wanted, ...asked }): Promise<unknown[]> {
    home.counters.queries++;
    const emit = emitter(wanted);
    const limit = home.config.resultSizeLimit;
    const found: unknown[] = [];
    for await (const rows of new StoreSearch(home, asked).rows(wanted === 'keys')) {
      if (found.length + rows.length > limit) throw resultTooLarge(limit);
      for (const row of rows) found.push(emit(row));
    }
    return found;
  },
};

/** As `count`. */
export const countInStore: MemberOperation<InStore, number> = {
  name: 'countInStore',
  share: countStoreShare,
  needsLoaded: false,
  async run(home: MapHome, asked): Promise<number> {
    home.counters.queries++;
    return new StoreSearch(home, { ...asked, request: { signal: asked.request.signal } }).count();
  },
};

/** As `iterate`. A connection to the database is held until the last row has been taken, or the reader stops. */
export const iterateInStore: MemberOperation<FindInStore, AsyncIterable<unknown>> = {
  name: 'iterateInStore',
  share: iterateStoreShare,
  needsLoaded: false,
  run(home: MapHome, { wanted, ...asked }): AsyncIterable<unknown> {
    home.counters.queries++;
    const { signal } = asked.request;
    const ends = signal === undefined ? home.closing : AbortSignal.any([signal, home.closing]);
    const search = new StoreSearch(home, { ...asked, request: { ...asked.request, signal: ends } });
    return each(home, search.rows(wanted === 'keys'), emitter(wanted));
  },
};

export interface ExplainInStore extends InStore {
  readonly options: ExplainOptions;
}

/** Each member's plan by itself. */
const explainStoreShare: MemberShare<ExplainInStore, Explanation, ExplanationPart> = {
  over: storeOver,
  toWire: ({ options, ...asked }) => [options.analyze === true, storeArgsToWire(asked)],
  fromWire(wire: unknown, at: ArrivedAt): ExplainInStore {
    const [analyze, asked] = wire as readonly [boolean, unknown];
    return { options: { analyze }, ...storeArgsFromWire(asked, at) };
  },
  async run(home: MapHome, { options, ...args }: ExplainInStore, only: PartitionTest | undefined): Promise<ExplanationPart> {
    const asked = storeOver(args, home.config) === 'one' ? args : shareOfStore(home, args, only);
    return plain(await explainInStore.run(home, { ...asked, options }));
  },
  merge(parts: readonly ExplanationPart[], { request }: ExplainInStore): Explanation {
    const { limit = Infinity, offset = 0 } = request;
    return mergeExplanations(parts, parts.length === 1 ? (rows) => rows : (rows) => Math.max(0, Math.min(rows - offset, limit)));
  },
};

/** As `explain`: which statement the database is asked, what is tested and sorted here, what memory contributes. */
export const explainInStore: MemberOperation<ExplainInStore, Explanation> = {
  name: 'explainInStore',
  share: explainStoreShare,
  needsLoaded: false,
  async run(home: MapHome, { options, ...asked }): Promise<Explanation> {
    const search = new StoreSearch(home, asked);
    const answer = await search.ask();
    const memory = asked.source === 'both' ? await home.queries.explain(asked.condition, asked.request, options) : undefined;
    const estimatedRows = Math.round(await home.store!.reading('find', () => answer.estimate()));
    const ran = options.analyze === true ? await analysed(home, search) : undefined;
    const plan = planOf(asked, answer, {
      estimatedRows,
      memory: memory?.plan,
      counts: ran === undefined ? undefined : search.counts,
      found: ran?.rows,
    });
    const parts = {
      predicate: conditionText(asked.condition),
      plan,
      estimatedRows: plan.estimatedRows,
      actualRows: ran?.rows,
      mismatchedRows: memory?.mismatchedRows,
      elapsedMs: ran?.elapsedMs,
      advice: [...(memory?.advice ?? []), ...answer.advice],
    };
    return Object.freeze({ ...parts, toString: () => explanationText(parts) });
  },
};

async function analysed(home: MapHome, search: StoreSearch): Promise<{ readonly rows: number; readonly elapsedMs: number }> {
  const began = home.slices.now();
  let count = 0;
  for await (const rows of search.rows(true)) count += rows.length;
  return { rows: count, elapsedMs: home.slices.now() - began };
}

interface Figures {
  readonly estimatedRows: number;
  readonly memory: PlanNode | undefined;
  readonly counts: SearchCounts | undefined;
  readonly found: number | undefined;
}

function planOf(
  { request, source }: InStore,
  answer: StoreAnswer<unknown, unknown>,
  { estimatedRows, memory, counts, found }: Figures,
): PlanNode {
  const { orderBy = [], limit } = request;
  let node: PlanNode = { operation: 'store', detail: answer.statement, estimatedRows, actualRows: counts?.read, children: [] };
  if (answer.residual !== undefined) {
    const actualRows = counts === undefined ? undefined : counts.read - counts.known - counts.refused;
    node = { operation: 'test in memory', detail: because(print(answer.residual), answer), estimatedRows, actualRows, children: [node] };
  }
  if (orderBy.length > 0 && !answer.ordered) {
    const by = orderBy.map(({ attribute, direction }) => (direction === 'asc' ? attribute.text : `${attribute.text} desc`)).join(', ');
    node = { operation: 'sort in memory', detail: because(by, answer), estimatedRows, actualRows: undefined, children: [node] };
  }
  const total = Math.min(estimatedRows + (memory?.estimatedRows ?? 0), limit ?? Infinity);
  if (source === 'store') return { ...node, estimatedRows: total };
  return {
    operation: 'both',
    detail: counts === undefined ? 'memory decides for its keys' : `memory decides for its keys, ${counts.known} of the rows`,
    estimatedRows: total,
    actualRows: found,
    children: [...(memory === undefined ? [] : [{ ...memory, operation: `memory: ${memory.operation}` }]), node],
  };
}

function because(text: string, { unsupported }: StoreAnswer<unknown, unknown>): string {
  return unsupported.length === 0 ? text : `${text} (${unsupported.join('; ')})`;
}

/** The reader may be away for ever between two rows: when the map is closed, what the pages hold is given back without him. */
async function* each(
  home: MapHome,
  pages: AsyncGenerator<readonly FoundRow[], void>,
  emit: (row: FoundRow) => unknown,
): AsyncGenerator<unknown, void, undefined> {
  const end = (): void => void pages.return().catch(() => undefined);
  home.closing.addEventListener('abort', end, { once: true });
  try {
    for await (const rows of pages) {
      for (const row of rows) {
        home.closing.throwIfAborted();
        yield emit(row);
      }
    }
    home.closing.throwIfAborted();
  } catch (error) {
    home.closing.throwIfAborted();
    throw error;
  } finally {
    home.closing.removeEventListener('abort', end);
  }
}
