/** Case: how long any one query keeps the event loop. */
import type { CobnutPeer } from '../peers/cobnut.ts';
import { QUERIES } from '../queries.ts';
import { watchStalls } from '../stalls.ts';

export interface StallResult {
  readonly query: string;
  readonly stallMs: number;
}

/** Each query once in each mode, and the heaviest of all: every row, whole and sorted by an attribute without an index. */
export async function runStalls(peer: CobnutPeer): Promise<StallResult[]> {
  const calls: [string, () => unknown][] = QUERIES.flatMap((query): [string, () => unknown][] => [
    [`${query.name} count`, peer.count(query)],
    [`${query.name} all`, peer.all(query)],
    [`${query.name} first`, peer.first(query)],
  ]);
  calls.push(['every row', () => peer.map.values()]);
  calls.push(['every row by hired', () => peer.map.query().orderBy('hired').toArray()]);
  calls.push(['every row by surname', () => peer.map.query().orderBy('surname').toArray()]);
  calls.push(['scan without column', () => peer.map.query().where(`surname LIKE '%son' AND address.zip > '5'`).count()]);
  const results: StallResult[] = [];
  for (const [query, run] of calls) {
    await run(); // warm
    await new Promise((resolve) => setTimeout(resolve, 20));
    const stalls = watchStalls();
    await new Promise((resolve) => setImmediate(resolve));
    await run();
    results.push({ query, stallMs: Number(stalls.stop().toFixed(2)) });
  }
  return results;
}
