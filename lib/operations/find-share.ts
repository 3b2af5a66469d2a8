/**
 * Rows over several members: each gives the rows that may be among those wanted, sorted; sorted runs are merged by the one total order.
 *
 * Rows in an order that tie in it, and pages without an order, go by key: it is the same on each member, so that pages have each row once.
 */
import { createAttribute } from '../../grammar/attribute-path.ts';
import { compareValues, family } from '../data/compare.ts';
import { type ArrivedRows, decodeRows, encodeRows } from '../transport/rows.ts';
import type { Condition } from '../query/conditions/condition.ts';
import { compareKeys } from '../query/order/compare-keys.ts';
import { resultTooLarge } from '../query/execute/gather.ts';
import { roomForRows } from '../query/execute/row-chunks.ts';
import { inSlices, type Work } from '../query/execute/work.ts';
import { mergeRuns } from '../query/order/merge-runs.ts';
import type { OrderedRow } from '../query/execute/emit.ts';
import type { Wanted } from '../query/query-engine.ts';
import type { OrderBy, QueryRequest } from '../query/source/request.ts';
import { Moved } from '../transport/transport.ts';
import { askedFromWire, askedToWire, wantedFromWire, wantedToWire } from './asked-wire.ts';
import { goOn } from './answer.ts';
import type { ArrivedAt, MapHome, MemberShare, MergingAt, PartitionTest } from './home.ts';
import { rowForUser, rowsFromWire, rowsToWire } from './rows-wire.ts';

export interface Sought {
  readonly condition: Condition;
  readonly wanted: Wanted;
  readonly request: QueryRequest | undefined;
}

/** A member's rows in the form in which they are kept, and what each of them is ordered by, if they are. */
export interface FoundPart {
  readonly wanted: Wanted;
  /** From another member each is made when it is looked at: look once. */
  readonly rows: ArrivedRows;
  readonly by: Keys | undefined;
  /** Whether the last of what it is ordered by is the key. */
  readonly tiesByKey?: boolean;
}

/** What each row is ordered by. */
interface Keys {
  readonly length: number;
  at(position: number): readonly unknown[] | undefined;
}

/** Rows made between two looks at the clock. */
const ROWS_PER_STEP = 256;

const NO_PAUSE = { pauseMs: 0, beforePause(): void {}, afterPause: () => true };
const BY_KEY: OrderBy = { attribute: createAttribute('key', []), direction: 'asc' };

/** What rows are ordered by, ties included; empty: any order will do. Only pages care for ties: they are to fit together. */
function orderOf({ orderBy = [], limit = Infinity, offset = 0 }: QueryRequest): readonly OrderBy[] {
  return limit === Infinity && offset === 0 ? orderBy : [...orderBy, BY_KEY];
}

export const findShare: MemberShare<Sought, unknown[], FoundPart> = {
  partition: ({ request }) => request?.partition,
  toWire: ({ wanted, ...asked }) => [wantedToWire(wanted), askedToWire(asked)],
  fromWire(wire: unknown, at: ArrivedAt): Sought {
    const [wanted, asked] = wire as readonly [unknown, unknown];
    return { wanted: wantedFromWire(wanted), ...askedFromWire(asked, at) };
  },
  part: {
    to({ wanted, rows, by, tiesByKey = false }, form, slices) {
      const slice = (from: number, to: number): readonly unknown[] => rowsToWire(sliceOf(rows, from, to), wanted, form);
      return goOn(
        inSlices(encodeRows(rows.length, slice), slices, NO_PAUSE),
        ({ body, transfer }) => new Moved([wantedToWire(wanted), body, by && byToWire(by, tiesByKey)], transfer),
      );
    },
    from(wire, form) {
      const [what, body, by] = wire as readonly [unknown, unknown, readonly (readonly unknown[])[] | undefined];
      const wanted = wantedFromWire(what);
      const arrived = rowsFromWire(decodeRows(body), wanted, form);
      return { wanted, rows: arrived, by: by && byFromWire(by, arrived.length) };
    },
  },
  run(home: MapHome, { condition, wanted, request = {} }: Sought, only: PartitionTest | undefined): FoundPart | Promise<FoundPart> {
    home.counters.queries++;
    const { limit = Infinity, offset = 0, signal } = request;
    const by = orderOf(request);
    const { orderBy = [] } = request;
    const tiesByKey = by.length > orderBy.length;
    const mine = {
      orderBy: orderBy.length === 0 ? by : orderBy,
      tiesByKey,
      limit: limit + offset,
      spareRows: offset,
      partitions: only,
      signal,
    };
    if (by.length === 0) return goOn(home.queries.kept(wanted, condition, mine), (rows) => ({ wanted, rows, by: undefined }));
    return goOn(home.queries.keptOrdered(wanted, by, condition, mine), (ordered) => ({
      wanted,
      rows: ordered.map(({ row }) => row),
      by: ordered.map((one) => one.by),
      tiesByKey,
    }));
  },
  merge(parts: readonly FoundPart[], { wanted, request = {} }: Sought, at: MergingAt): unknown[] | Promise<unknown[]> {
    const { limit = Infinity, offset = 0 } = request;
    const { form, resultSizeLimit } = at;
    const total = parts.reduce((rows, part) => rows + part.rows.length, 0);
    if (Math.min(total - offset, limit) > resultSizeLimit) throw resultTooLarge(resultSizeLimit);
    const orderBy = orderOf(request);
    const forUser = (row: unknown): unknown => rowForUser(row, wanted, form);
    const work =
      orderBy.length === 0 ? joined(parts, total, forUser) : merged(parts, comparing(orderBy), [offset, offset + limit], forUser);
    return inSlices(work, at.slices, NO_PAUSE);
  },
};

function* joined(parts: readonly FoundPart[], total: number, forUser: (row: unknown) => unknown): Work<unknown[]> {
  const all = roomForRows<unknown>(total);
  let filled = 0;
  for (const { rows } of parts) {
    for (let i = 0; i < rows.length; i++) {
      all[filled++] = forUser(rows.at(i));
      if (filled % ROWS_PER_STEP === 0) yield;
    }
  }
  return all;
}

function* merged(
  parts: readonly FoundPart[],
  compare: (a: OrderedRow, b: OrderedRow) => number,
  [from, to]: readonly [number, number],
  forUser: (row: unknown) => unknown,
): Work<unknown[]> {
  const runs: OrderedRow[][] = [];
  for (const { rows, by } of parts) {
    const run = roomForRows<OrderedRow>(rows.length);
    for (let i = 0; i < rows.length; i++) {
      run[i] = { row: rows.at(i), by: by!.at(i)! };
      if (i % ROWS_PER_STEP === 0) yield;
    }
    runs.push(run);
  }
  const ordered = yield* mergeRuns(runs, compare);
  const all: unknown[] = [];
  for (let i = from; i < Math.min(to, ordered.length); i++) {
    all.push(forUser(ordered[i]!.row));
    if (i % ROWS_PER_STEP === 0) yield;
  }
  return all;
}

function sliceOf(rows: ArrivedRows, from: number, to: number): readonly unknown[] {
  return Array.isArray(rows) ? rows.slice(from, to) : Array.from({ length: to - from }, (_, i) => rows.at(from + i));
}

function comparing(orderBy: readonly OrderBy[]): (a: OrderedRow, b: OrderedRow) => number {
  const signs = orderBy.map(({ direction }) => (direction === 'asc' ? 1 : -1));
  const compare = orderBy.map((one) => (one === BY_KEY ? compareKeys : compareValues));
  return (a, b) => {
    for (let i = 0; i < signs.length; i++) {
      const order = compare[i]!(a.by[i], b.by[i]);
      if (order !== 0) return order * signs[i]!;
    }
    return 0;
  };
}

/** A list for each attribute. What has no order, and may be anything, is any object; keys stay what they are. */
function byToWire(by: Keys, tiesByKey: boolean): readonly (readonly unknown[])[] {
  const first = by.at(0) ?? [];
  const values = tiesByKey ? first.length - 1 : first.length;
  return first.map((_, column) =>
    Array.from({ length: by.length }, (__, position) => {
      const value = by.at(position)![column];
      return column < values && family(value) === 'other' ? {} : value;
    }),
  );
}

function byFromWire(columns: readonly (readonly unknown[])[], length: number): Keys {
  return { length, at: (position) => columns.map((column) => column[position]) };
}
