/**
 * `npm run bench`: Cobnut beside its peers, in one process, in turn, every result checked.
 *
 *     npm run bench -- [--rows 100000,1000000] [--cases queries,points,cache,writes,stall,load,behind,store,index,threads,near] [--smoke] [--save]
 *
 * `--smoke` only checks that everything runs, on 2,000 rows. `--save` writes `bench/results/latest.json`.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { runAddedIndexes } from './cases/added-index.ts';
import { runCache } from './cases/cache.ts';
import { runLoad } from './cases/load.ts';
import { runNearCache } from './cases/near-cache.ts';
import { runPoints } from './cases/points.ts';
import { runQueries } from './cases/queries.ts';
import { runStalls } from './cases/stall.ts';
import { runStoreWrites } from './cases/store-writes.ts';
import { runThreads } from './cases/threads.ts';
import { runWriteBehind } from './cases/write-behind.ts';
import { runWrites } from './cases/writes.ts';
import { employees } from './employees.ts';
import { SMOKE, type MeasureOptions } from './measure.ts';
import { openAlaSql } from './peers/alasql.ts';
import { openArrayFilter } from './peers/array-filter.ts';
import { openBetterSqlite } from './peers/better-sqlite3.ts';
import { openCobnut } from './peers/cobnut.ts';
import { openLoki } from './peers/lokijs.ts';
import type { OpenPeer, Peer } from './peers/peer.ts';
import { openPostgres } from './peers/postgres.ts';
import {
  printAddedIndexes,
  printCache,
  printLoad,
  printNearCache,
  printPoints,
  printQueries,
  printStalls,
  printStoreWrites,
  printThreads,
  printWriteBehind,
  printWrites,
  say,
  transcriptOf,
} from './print.ts';

const HERE = fileURLToPath(new URL('.', import.meta.url));
const CASES = ['queries', 'points', 'cache', 'writes', 'stall', 'index', 'load', 'behind', 'store', 'threads', 'near'] as const;
const OPENERS: readonly OpenPeer[] = [openArrayFilter, openBetterSqlite, openLoki, openAlaSql, openPostgres];

const { values: options } = parseArgs({
  options: {
    rows: { type: 'string', default: '100000,1000000' },
    cases: { type: 'string', default: CASES.join(',') },
    smoke: { type: 'boolean', default: false },
    save: { type: 'boolean', default: false },
  },
});
installPeers();
const sizes = options.smoke ? [2000] : options.rows.split(',').map(Number);
const wanted = new Set(options.cases.split(','));
const timing: MeasureOptions = options.smoke ? SMOKE : {};
const results: Record<string, unknown> = { machine: { node: process.version, platform: process.platform, arch: process.arch } };

for (const size of sizes) await runSize(size);
if (options.save) {
  const file = `${HERE}results/latest.json`;
  writeFileSync(file, `${JSON.stringify(results, undefined, 1)}\n`);
  writeFileSync(
    `${HERE}results/README.md`,
    `# The last published run\n\n\`npm run bench -- ${process.argv.slice(2).join(' ')}\` on ${cpus().length} shared cores, ${new Date().toISOString().slice(0, 10)}. Absolute times drift by a factor of two on such machines; ratios within the run are what counts. The same figures for programs are in \`latest.json\`.\n\n\`\`\`text\n${transcriptOf()}\n\`\`\`\n`,
  );
  console.log(`\nwritten: ${file}`);
}

async function runSize(size: number): Promise<void> {
  say(`\n${size.toLocaleString('en-US')} rows, Node ${process.version}`);
  const rows = employees(size);
  const own: Record<string, unknown> = {};
  results[size] = own;
  if (wanted.has('queries') || wanted.has('stall')) {
    const cobnut = await openCobnut(rows);
    if (wanted.has('queries')) {
      const peers: Peer[] = [cobnut];
      for (const open of OPENERS) peers.push(...(await openOrExplain(open, rows)));
      own['queries'] = printQueries(await runQueries(peers, rows, timing));
      for (const peer of peers.slice(1)) await peer.close();
    }
    if (wanted.has('stall')) own['stall'] = printStalls(await runStalls(cobnut));
    await cobnut.close();
  }
  if (wanted.has('points')) own['points'] = printPoints(await runPoints(rows.slice(0, 100_000), timing));
  if (wanted.has('cache')) own['cache'] = printCache(await runCache(rows.slice(0, 100_000), rows, timing));
  if (wanted.has('near')) own['near'] = printNearCache(await runNearCache(rows.slice(0, 100_000), timing));
  if (wanted.has('writes')) own['writes'] = printWrites(await runWrites(rows, options.smoke ? 1 : 9));
  if (wanted.has('index')) own['index'] = printAddedIndexes(await runAddedIndexes(rows.slice(0, 100_000), timing));
  if (wanted.has('load')) own['load'] = printLoad(await runLoad(rows, options.smoke ? 1 : 5));
  if (wanted.has('store')) own['store'] = printStoreWrites(await runStoreWrites(rows, options.smoke ? 1 : 5));
  if (wanted.has('threads')) own['threads'] = printThreads(await runThreads(rows, timing));
  if (wanted.has('behind')) own['behind'] = printWriteBehind(await runWriteBehind(rows.slice(0, 100_000), options.smoke ? 1 : 5));
}

/** A peer that can't be opened here (SQLite where it could not be compiled) is left out, and said so. */
async function openOrExplain(open: OpenPeer, rows: ReturnType<typeof employees>): Promise<Peer[]> {
  try {
    return [await open(rows)];
  } catch (error) {
    say(`left out: ${open.name.replace('open', '')}: ${error instanceof Error ? error.message : String(error)}`);
    return [];
  }
}

/** The peers have a package of their own, so that nobody else has to install them. */
function installPeers(): void {
  if (existsSync(`${HERE}node_modules`)) return;
  console.log('installing the peers (once)');
  const { status } = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: HERE,
    stdio: 'inherit',
    shell: process.platform === 'win32',
  });
  if (status !== 0) throw new Error('the peers could not be installed: run `npm ci` in bench/');
}
