/** Prints each case's result as a table and hands it back, so that it can also be saved. */
import type { AddedIndexResult } from './cases/added-index.ts';
import type { CacheResult } from './cases/cache.ts';
import type { LoadResult } from './cases/load.ts';
import type { NearCacheResult } from './cases/near-cache.ts';
import type { PointResult } from './cases/points.ts';
import type { QueryResult } from './cases/queries.ts';
import type { StallResult } from './cases/stall.ts';
import type { Latency, StoreWriteResult } from './cases/store-writes.ts';
import type { ThreadsResult } from './cases/threads.ts';
import type { WriteBehindResult } from './cases/write-behind.ts';
import type { WriteResult } from './cases/writes.ts';
import type { Timing } from './measure.ts';
import { duration, median, ratio, table } from './report.ts';

/** Each peer's time as a multiple of ours, and the least of them. */
export function printQueries(results: readonly QueryResult[]): readonly QueryResult[] {
  const names = results[0]!.timings.map((timing) => timing.name);
  const rows = results.map(({ query, mode, rows: count, timings }) => {
    const own = median(timings, names[0]!);
    const others = timings.filter((timing) => timing !== own);
    const least = others.reduce((a, b) => (a.medianNs <= b.medianNs ? a : b));
    return [`${query} ${mode}`, String(count), duration(own.medianNs), ...others.map((timing) => ratio(timing, own)), ratio(least, own)];
  });
  print('queries: median time, and how many times longer each peer takes', ['query', 'rows', ...names, 'least'], rows);
  return results;
}

export function printPoints(results: readonly PointResult[]): readonly PointResult[] {
  const names = results[0]!.timings.map((timing) => timing.name);
  const rows = results.map(({ operation, batch, timings }) => [operation, ...timings.map((timing) => duration(timing.medianNs / batch))]);
  print('single operations, 100,000 entries, each awaited', ['operation', ...names], rows);
  return results;
}

export function printCache(result: CacheResult): CacheResult {
  const { entries, batch, get, put, evict, entryBytes, expiry } = result;
  const cell = (timings: CacheResult['get'], name: string): string => {
    const found = timings.find((timing) => timing.name === name);
    return found === undefined ? '' : duration(found.medianNs / batch);
  };
  print(
    `a cache of ${entries.toLocaleString('en-US')} entries: what each feature costs, each call awaited`,
    ['', 'get', 'set', 'set that evicts', 'bytes per entry'],
    get.map(({ name }) => [name, cell(get, name), cell(put, name), cell(evict, name), String(entryBytes[name] ?? '')]),
  );
  print(
    `${expiry.entries.toLocaleString('en-US')} entries with three indexes expire at once`,
    ['', ''],
    [
      ['all gone after', `${expiry.goneMs} ms`],
      ['longest stall meanwhile', `${expiry.stallMs} ms`],
    ],
  );
  return result;
}

export function printNearCache(result: NearCacheResult): NearCacheResult {
  const { entries, batch, get, alone, small, smallHits } = result;
  const perSecond = ({ medianNs }: Timing): string => Math.round((1e9 * batch) / medianNs).toLocaleString('en-US');
  const cells = (timing: Timing): string[] => [duration(timing.medianNs / batch), perSecond(timing)];
  const shown = entries.toLocaleString('en-US');
  print(
    `reads of what is near, ${shown} entries, each awaited`,
    ['', 'get', 'a second'],
    get.map((timing) => [timing.name, ...cells(timing)]),
  );
  print(
    'the same of the cache alone, nothing awaited',
    ['', 'get', 'a second'],
    alone.map((timing) => [timing.name, ...cells(timing)]),
  );
  print(
    'reads of a cache with room for a tenth, filled at each miss',
    ['', 'read', 'a second', 'hits'],
    small.map((timing) => [timing.name, ...cells(timing), `${smallHits[timing.name]} %`]),
  );
  return result;
}

export function printWrites(result: WriteResult): WriteResult {
  print(
    'memory of a member',
    ['', ''],
    [
      ['puts a second with three indexes', result.putsPerSecond.toLocaleString('en-US')],
      ['bytes per entry beyond key and value', String(result.entryBytes)],
      ['bytes per entry of six indexes and their columns', String(result.indexBytes)],
      ['building six indexes', `${result.indexBuildMs} ms`],
      ['longest stall meanwhile', `${result.indexBuildStallMs} ms`],
    ],
  );
  return result;
}

export function printStalls(results: readonly StallResult[]): readonly StallResult[] {
  const worst = results.toSorted((a, b) => b.stallMs - a.stallMs).slice(0, 6);
  print(
    'longest stalls of the event loop by one query',
    ['query', 'stall'],
    worst.map(({ query, stallMs }) => [query, `${stallMs} ms`]),
  );
  return results;
}

export function printThreads(result: ThreadsResult): ThreadsResult {
  print(
    'two worker threads beside one member in this thread',
    ['', 'one member', 'two workers', 'times as fast'],
    result.rows.map(({ what, embeddedNs, threadsNs, speedUp }) => [what, duration(embeddedNs), duration(threadsNs), speedUp.toFixed(2)]),
  );
  print(
    'delay of the event loop of this thread while every entry is looked at, again and again',
    ['', '99 %', 'longest'],
    result.delays.map(({ what, p99Ms, maxMs }) => [what, `${p99Ms} ms`, `${maxMs} ms`]),
  );
  return result;
}

export function printAddedIndexes(results: readonly AddedIndexResult[]): readonly AddedIndexResult[] {
  const worst = results.toSorted((a, b) => b.ratio - a.ratio).slice(0, 6);
  print(
    'time with one more index over time without it: the worst',
    ['index', 'query', 'ratio'],
    worst.map((result) => [result.index, `${result.query} ${result.mode}`, result.ratio.toFixed(2)]),
  );
  return results;
}

export function printLoad(result: LoadResult): LoadResult {
  print(
    'loading from PostgreSQL',
    ['', 'rows a second', 'most bytes per row meanwhile'],
    [
      ['EAGER into a map with three indexes', Math.round(result.eagerRowsPerSecond).toLocaleString('en-US'), String(result.eagerPeakBytes)],
      ['bare COPY BINARY into a Map', Math.round(result.copyRowsPerSecond).toLocaleString('en-US'), String(result.copyPeakBytes)],
      ['share', `${Math.round((result.eagerRowsPerSecond / result.copyRowsPerSecond) * 100)} %`],
    ],
  );
  return result;
}

export function printWriteBehind(result: WriteBehindResult): WriteBehindResult {
  const { writeBehindRowsPerSecond: own, byHandRowsPerSecond: byHand } = result;
  print(
    'upserts into PostgreSQL',
    ['', 'rows a second'],
    [
      ['write-behind, from the first put to the end of the flush', Math.round(own).toLocaleString('en-US')],
      ['prepared unnest upserts by hand, two connections', Math.round(byHand).toLocaleString('en-US')],
      ['share', `${Math.round((own / byHand) * 100)} %`],
    ],
  );
  return result;
}

export function printStoreWrites(result: StoreWriteResult): StoreWriteResult {
  const cells = ({ medianMs, p99Ms, perSecond }: Latency): string[] => [
    `${medianMs.toFixed(2)} ms`,
    `${p99Ms.toFixed(2)} ms`,
    perSecond.toLocaleString('en-US'),
  ];
  print(
    'write-through into PostgreSQL: a set of the map, and a prepared upsert on a pool of 8',
    ['callers', 'set', '99 of 100', 'a second', 'bare pg', '99 of 100', 'a second'],
    result.singles.map(({ concurrency, own, bare }) => [String(concurrency), ...cells(own), ...cells(bare)]),
  );
  print(
    'upserts into PostgreSQL, one connection',
    ['', 'rows in a batch', 'rows a second'],
    result.batches.map(({ name, rows, rowsPerSecond }) => [name, rows.toLocaleString('en-US'), rowsPerSecond.toLocaleString('en-US')]),
  );
  return result;
}

function print(title: string, head: readonly string[], rows: readonly (readonly string[])[]): void {
  say(`\n${title}\n${table(head, rows)}`);
}

const transcript: string[] = [];

/** Prints, and remembers for `transcriptOf`. */
export function say(text: string): void {
  transcript.push(text);
  console.log(text);
}

/** All that was printed so far. */
export function transcriptOf(): string {
  return transcript.join('\n').trim();
}
