/**
 * Queries of the map's database by several members (B3).
 *
 * What the database alone can answer is asked by one member. Where memory decides, or writes wait, each member asks the database and leaves out the
 * keys that are not its own: the database reads as many times as there are members, and each row is judged where its key lives.
 */
import type { StoreOrder } from '../api/store-query.ts';
import type { MapConfig } from '../config/map-config.ts';
import { userFromWire, userToWire } from '../data/codec.ts';
import { attributeReader } from '../data/attribute.ts';
import { fromKey, toKey } from '../data/key.ts';
import { attributeOf } from '../query/predicates/parsed.ts';
import { predicateFromWire, predicateToWire } from '../query/predicates/wire.ts';
import { resultTooLarge } from '../query/execute/gather.ts';
import { inSlices } from '../query/execute/work.ts';
import { mergeRuns } from '../query/order/merge-runs.ts';
import type { Wanted } from '../query/query-engine.ts';
import { goOn } from './answer.ts';
import { askedFromWire, askedToWire, wantedFromWire, wantedToWire } from './asked-wire.ts';
import type { ArrivedAt, MapHome, MemberShare, MergingAt, PartitionTest } from './home.ts';
import { comparison, StoreSearch, type FoundRow, type InStore } from './store-search.ts';
import { sumOf } from './sum-share.ts';

export interface FindInStore extends InStore {
  readonly wanted: Wanted;
}

/** The rows of a member, in the order they are merged by; `undefined`: the answer is all here. */
interface StorePart {
  readonly rows: readonly FoundRow[];
  readonly order: readonly StoreOrder[] | undefined;
}

/** Who is asked. */
export function storeOver({ source }: InStore, { mapStore }: MapConfig): 'one' | 'partitions' {
  return source === 'store' && mapStore?.writeBehind === undefined ? 'one' : 'partitions';
}

export function storeArgsToWire({ source, where, ...asked }: InStore): unknown {
  return [source, predicateToWire(where), askedToWire(asked)];
}

export function storeArgsFromWire(wire: unknown, at: ArrivedAt): InStore {
  const [source, where, rest] = wire as readonly ['store' | 'both', string, unknown];
  const { condition, request } = askedFromWire(rest, at);
  return { source, condition, where: predicateFromWire(where), request: request ?? {}, addresses: at.addresses };
}

/** The question as one member asks it: about its own keys, from the first row on. */
export function shareOfStore(home: MapHome, args: InStore, only: PartitionTest | undefined): InStore {
  const owned = home.share && ((partition: number): boolean => home.share!.owns(partition));
  const { limit, offset = 0 } = args.request;
  const request = { ...args.request, limit: limit === undefined ? undefined : limit + offset, offset: 0 };
  return { ...args, request, only: only ?? owned };
}

export const findStoreShare: MemberShare<FindInStore, unknown[], StorePart> = {
  over: storeOver,
  toWire: ({ wanted, ...asked }) => [wantedToWire(wanted), storeArgsToWire(asked)],
  fromWire(wire: unknown, at: ArrivedAt): FindInStore {
    const [wanted, asked] = wire as readonly [unknown, unknown];
    return { wanted: wantedFromWire(wanted), ...storeArgsFromWire(asked, at) };
  },
  part: {
    to: ({ rows, order }) => [
      rows.map(({ key, value }) => [key, userToWire(value)] as const),
      order?.map(({ attribute, direction }) => [attribute.text, direction] as const),
    ],
    from(wire) {
      const [rows, order] = wire as readonly [
        readonly (readonly [unknown, unknown])[],
        readonly (readonly [string, 'asc' | 'desc'])[] | undefined,
      ];
      return {
        rows: rows.map(([key, value]) => ({ key: fromKey(toKey(key)), value: userFromWire(value) })),
        order: order?.map(([path, direction]) => ({ attribute: attributeOf(path), direction })),
      };
    },
  },
  async run(home: MapHome, { wanted, ...asked }: FindInStore, only: PartitionTest | undefined): Promise<StorePart> {
    home.counters.queries++;
    const isAll = storeOver(asked, home.config) === 'one';
    const search = new StoreSearch(home, isAll ? asked : shareOfStore(home, asked, only));
    const limit = home.config.resultSizeLimit + (isAll ? 0 : (asked.request.offset ?? 0));
    const rows: FoundRow[] = [];
    for await (const page of search.rows(wanted === 'keys' && isAll)) {
      if (rows.length + page.length > limit) throw resultTooLarge(home.config.resultSizeLimit);
      for (const row of page) rows.push(row);
    }
    return { rows, order: isAll ? undefined : search.order };
  },
  merge(
    parts: readonly StorePart[],
    { wanted, request }: FindInStore,
    { slices, resultSizeLimit }: MergingAt,
  ): unknown[] | Promise<unknown[]> {
    const emit = emitter(wanted);
    const order = parts.find((part) => part.order === undefined || part.order.length > 0)?.order ?? [];
    if (parts.length === 1 && parts[0]!.order === undefined) return parts[0]!.rows.map(emit);
    const { offset = 0, limit = Infinity } = request;
    const runs = parts.map(({ rows }) => rows);
    const compare = comparison(order);
    const merged = compare === undefined ? runs.flat() : inSlices(mergeRuns(runs, compare), slices, NO_PAUSE);
    return goOn(merged, (rows) => {
      const page = rows.slice(offset, offset + limit);
      if (page.length > resultSizeLimit) throw resultTooLarge(resultSizeLimit);
      return page.map(emit);
    });
  },
};

const NO_PAUSE = { pauseMs: 0, beforePause(): void {}, afterPause: () => true };

/** All of them are brought together first, and `resultSizeLimit` holds. */
export const iterateStoreShare: MemberShare<FindInStore, AsyncIterable<unknown>, StorePart> = {
  over: storeOver,
  toWire: findStoreShare.toWire!.bind(findStoreShare),
  fromWire: findStoreShare.fromWire!.bind(findStoreShare),
  part: findStoreShare.part!,
  run: findStoreShare.run.bind(findStoreShare),
  async *merge(parts: readonly StorePart[], args: FindInStore, at: MergingAt): AsyncGenerator<unknown, void, undefined> {
    yield* await findStoreShare.merge(parts, args, at);
  },
};

export const countStoreShare: MemberShare<InStore, number, number> = {
  over: storeOver,
  toWire: storeArgsToWire,
  fromWire: storeArgsFromWire,
  run(home: MapHome, args: InStore, only: PartitionTest | undefined): Promise<number> {
    home.counters.queries++;
    const { request, ...asked } = storeOver(args, home.config) === 'one' ? args : shareOfStore(home, args, only);
    return new StoreSearch(home, { ...asked, request: { signal: request.signal } }).count();
  },
  merge: sumOf,
};

/** What is given for each row, as `query/execute/emit.ts` does for slots. */
export function emitter(wanted: Wanted): (row: FoundRow) => unknown {
  switch (wanted) {
    case 'values':
      return ({ value }) => value;
    case 'keys':
      return ({ key }) => key;
    case 'entries':
      return ({ key, value }) => [key, value];
    default: {
      const readers = wanted.map((attribute) => ({ path: attribute.text, read: attributeReader(attribute) }));
      return ({ key, value }) => Object.fromEntries(readers.map(({ path, read }) => [path, read(key, value)]));
    }
  }
}
