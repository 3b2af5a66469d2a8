/**
 * Case: two worker threads beside one member in this thread. Counts, keys, aggregates and first rows, over columns and over entries; gets and sets; and
 * how long the application's own thread is kept while the map is scanned.
 */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Aggregators, newInstance, type IMap, type Instance, type MapOptions } from '../../lib/index.ts';
import type { Employee } from '../employees.ts';
import { measure, type MeasureOptions } from '../measure.ts';

export interface ThreadsRow {
  readonly what: string;
  readonly embeddedNs: number;
  readonly threadsNs: number;
  /** How many times as fast two workers are. */
  readonly speedUp: number;
}

export interface ThreadsResult {
  readonly rows: readonly ThreadsRow[];
  /** Milliseconds of event-loop delay of this thread while the map is scanned without pause: 99th percentile and longest. */
  readonly delays: readonly { readonly what: string; readonly p99Ms: number; readonly maxMs: number }[];
}

type Employees = IMap<number, Employee>;
type Call = readonly [what: string, run: (map: Employees) => Promise<unknown>];

const THREADS = 2;
const SCANNED = "surname = 'Smith' AND hired > 1600000000000";

const CALLS: readonly Call[] = [
  ['count, columns: active AND age < 30', (map) => map.query().where('active AND age < 30').count()],
  [
    "count, columns: address.country = 'NO' AND salary != 50000",
    (map) => map.query().where(`address.country = 'NO' AND salary != 50000`).count(),
  ],
  ['keys, 17 %: active AND age < 30', (map) => map.keySet('active AND age < 30')],
  ['keys, 1 %: salary BETWEEN 60000 AND 61000', (map) => map.keySet('salary BETWEEN 60000 AND 61000')],
  ['average salary by department', (map) => map.aggregate(Aggregators.of<Employee>().groupBy('dept', Aggregators.avg('salary')))],
  ['first 50 by salary: active', (map) => map.query().where('active').orderBy('salary').limit(50).toArray()],
  ['values, 0.05 %: name = Joe', (map) => map.values(`name = 'Joe'`)],
  ['values, 1 %: salary BETWEEN 60000 AND 61000', (map) => map.values('salary BETWEEN 60000 AND 61000')],
];

/** The same map without columns and indexes: every question looks at every entry. */
const SCANS: readonly Call[] = [
  ['count, every entry looked at', (map) => map.query().where(SCANNED).count()],
  ['keys, every entry looked at', (map) => map.keySet(SCANNED)],
  ['first 50, every entry looked at', (map) => map.query().where('active').orderBy('surname').limit(50).toArray()],
];

export async function runThreads(rows: readonly Employee[], options: MeasureOptions): Promise<ThreadsResult> {
  const indexed: MapOptions = {
    indexes: [
      { attribute: 'name', ordered: true },
      { attribute: 'age', ordered: true },
      { attribute: 'salary', ordered: true },
    ],
  };
  const scanned: MapOptions = { columnBudgetMegabytes: 0 };
  const results: ThreadsRow[] = [];
  const delays: ThreadsResult['delays'][number][] = [];
  for (const [map, calls] of [
    [indexed, CALLS],
    [scanned, SCANS],
  ] as const) {
    await using embedded = newInstance({ maps: { employees: map } });
    await using threads = newInstance({ threads: THREADS, maps: { employees: map } });
    const [here, there] = [await filled(embedded, rows), await filled(threads, rows)];
    for (const [what, run] of [...calls, ...pointCalls(rows.length)]) results.push(await compare(what, run, here, there, options));
    if (map === scanned) {
      delays.push(await delayOf('one member in this thread', here, options), await delayOf('two workers', there, options));
    }
  }
  return { rows: results, delays };
}

async function filled(instance: Instance, rows: readonly Employee[]): Promise<Employees> {
  const map = await instance.getMap<number, Employee>('employees');
  for (let from = 0; from < rows.length; from += 20_000)
    await map.putAll(rows.slice(from, from + 20_000).map((row) => [row.id, row] as const));
  return map;
}

/** With 256 calls on their way, as a server has them. */
function pointCalls(count: number): Call[] {
  const keys = Array.from({ length: 256 }, (_, position) => (position * 7919) % count);
  return [['256 gets at once', (map) => Promise.all(keys.map((key) => map.get(key)))]];
}

async function compare(what: string, run: Call[1], here: Employees, there: Employees, options: MeasureOptions): Promise<ThreadsRow> {
  const [a, b] = [await run(here), await run(there)];
  if (sizeOf(a) !== sizeOf(b)) throw new Error(`${what}: ${sizeOf(a)} here and ${sizeOf(b)} in the workers`);
  const [embedded, threads] = await measure(
    [
      { name: 'embedded', run: () => run(here) },
      { name: 'threads', run: () => run(there) },
    ],
    options,
  );
  return { what, embeddedNs: embedded!.medianNs, threadsNs: threads!.medianNs, speedUp: embedded!.medianNs / threads!.medianNs };
}

function sizeOf(answer: unknown): number {
  if (typeof answer === 'number') return answer;
  return Array.isArray(answer) ? answer.length : (answer as ReadonlyMap<unknown, unknown>).size;
}

async function delayOf(what: string, map: Employees, { sampleMs = 2 }: MeasureOptions): Promise<ThreadsResult['delays'][number]> {
  const histogram = monitorEventLoopDelay({ resolution: 1 });
  const until = performance.now() + (sampleMs === 0 ? 50 : 3000);
  histogram.enable();
  while (performance.now() < until) await map.query().where(SCANNED).count();
  histogram.disable();
  return { what, p99Ms: Number((histogram.percentile(99) / 1e6).toFixed(2)), maxMs: Number((histogram.max / 1e6).toFixed(2)) };
}
