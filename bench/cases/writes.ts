/** Case: what a member's memory costs: puts with indexes, bytes per entry, building indexes on existing data and the stall it makes. */
import { newInstance } from '../../lib/index.ts';
import { employee, randomFrom, type Employee } from '../employees.ts';
import { heldBytes } from '../held-bytes.ts';
import { median } from '../measure.ts';
import { INDEXED } from '../queries.ts';
import { watchStalls } from '../stalls.ts';

export interface WriteResult {
  readonly rows: number;
  /** Puts a second on a map with three indexes, median of rounds. */
  readonly putsPerSecond: number;
  /** Bytes per entry beyond the key and value themselves: without columns and indexes, and what three ordered and three hash indexes add. */
  readonly entryBytes: number;
  readonly indexBytes: number;
  readonly indexBuildMs: number;
  readonly indexBuildStallMs: number;
}

const PUTS = 50_000;

export async function runWrites(rows: readonly Employee[], rounds: number): Promise<WriteResult> {
  // Trusted values are the very objects of `rows`, so that what is held more afterwards is the map's own.
  await using instance = newInstance({ maps: { trusted: { values: 'trusted' } } });
  const map = await instance.getMap<number, Employee>('trusted');
  const before = heldBytes();
  for (const row of rows) await map.set(row.id, row);
  const entryBytes = (heldBytes() - before) / rows.length;

  const stalls = watchStalls();
  const began = performance.now();
  for (const { attribute, ordered } of INDEXED) await map.addIndex(attribute, ordered);
  const indexBuildMs = performance.now() - began;
  const indexBuildStallMs = stalls.stop();
  const { indexBytes, columnBytes } = map.getLocalMapStats();

  const three = await instance.getMap<number, Employee>('three');
  for (const { attribute, ordered } of INDEXED.slice(1, 4)) await three.addIndex(attribute, ordered);
  for (const row of rows) await three.set(row.id, row);
  const random = randomFrom(9);
  const speeds: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const changes = Array.from({ length: PUTS }, () => employee(Math.floor(random() * rows.length), random));
    const start = performance.now();
    for (const change of changes) await three.put(change.id, change);
    speeds.push((PUTS / (performance.now() - start)) * 1000);
  }
  return {
    rows: rows.length,
    putsPerSecond: Math.round(median(speeds)),
    entryBytes: Math.round(entryBytes),
    indexBytes: Math.round((indexBytes + columnBytes) / rows.length),
    indexBuildMs: Math.round(indexBuildMs),
    indexBuildStallMs: Number(indexBuildStallMs.toFixed(1)),
  };
}
