/** Case: the nine queries, counted, gathered whole, and the first 50 by an order, on every engine, all checked to give the same rows. */
import type { Employee } from '../employees.ts';
import { measure, type MeasureOptions, type Timing } from '../measure.ts';
import type { Peer } from '../peers/peer.ts';
import { QUERIES, type BenchQuery } from '../queries.ts';

export type Mode = 'count' | 'all' | 'first';
export const MODES: readonly Mode[] = ['count', 'all', 'first'];

export interface QueryResult {
  readonly query: string;
  readonly mode: Mode;
  readonly rows: number;
  readonly timings: readonly Timing[];
}

/** Engines run in turn within each cell. Throws when one gives other rows than `Array.filter` on `rows`. */
export async function runQueries(peers: readonly Peer[], rows: readonly Employee[], options: MeasureOptions): Promise<QueryResult[]> {
  const results: QueryResult[] = [];
  for (const query of QUERIES) {
    for (const peer of peers) await check(peer, query, rows);
    const matching = rows.filter(query.test).length;
    for (const mode of MODES) {
      const timings = await measure(
        peers.map((peer) => ({ name: peer.name, run: peer[mode](query) })),
        options,
      );
      results.push({ query: query.name, mode, rows: matching, timings });
    }
  }
  return results;
}

async function check(peer: Peer, query: BenchQuery, rows: readonly Employee[]): Promise<void> {
  const expected = rows.filter(query.test);
  const counted = await peer.count(query)();
  const found = new Set((await peer.all(query)()).map((row) => row.id));
  const firsts = (await peer.first(query)()).map((row) => Number((row as Record<string, unknown>)[query.orderBy]));
  const order = expected
    .map((row) => row[query.orderBy])
    .toSorted((a, b) => a - b)
    .slice(0, firsts.length);
  const same = counted === expected.length && found.size === expected.length && expected.every((row) => found.has(row.id));
  const ordered = firsts.length === Math.min(50, expected.length) && firsts.every((value, position) => value === order[position]);
  if (!same || !ordered) {
    throw new Error(
      `${peer.name}, ${query.name}: other rows than Array.filter (count ${counted}, rows ${found.size}, expected ${expected.length}, order ${ordered})`,
    );
  }
}
