/**
 * Long runs of simulated clusters, and replays of single seeds:
 *
 *   npm run sim -- --seeds 1000 [--world maps] [--from 1] [--profile crash] [--off rule] [--first]
 *   npm run sim -- --seed 17 --trace [--world maps] [--exam plain] [--profile crash] [--off rule]
 *
 * The world `toy` (default) is membership and replication about a memory of numbers: thousands of seeds in minutes. `maps` is whole instances.
 */
import { parseArgs } from 'node:util';
import { PROFILES, type ProfileName } from './chaos.ts';
import { mapScenario } from './map-scenario.ts';
import type { MapReport } from './map-world.ts';
import { toyScenario } from './toy-scenario.ts';
import type { Report } from './toy-world.ts';

const { values } = parseArgs({
  options: {
    world: { type: 'string', default: 'toy' },
    seeds: { type: 'string', default: '100' },
    from: { type: 'string', default: '1' },
    seed: { type: 'string' },
    profile: { type: 'string' },
    /** A rule that is switched off; may be given several times. Toy worlds only. */
    off: { type: 'string', multiple: true, default: [] },
    /** Map to examine; may be given several times. Default all. */
    exam: { type: 'string', multiple: true },
    /** Ends with the first seed that fails. */
    first: { type: 'boolean', default: false },
    /** Runs each seed twice: the events must be the same. */
    twice: { type: 'boolean', default: false },
    trace: { type: 'boolean', default: false },
  },
});

const profile = values.profile as ProfileName | undefined;
if (profile !== undefined && !(profile in PROFILES)) throw new Error(`profiles: ${Object.keys(PROFILES).join(', ')}`);
if (values.world !== 'toy' && values.world !== 'maps') throw new Error('worlds: toy, maps');
const rules = Object.fromEntries(values.off.map((rule) => [rule, false]));
const exams = values.exam === undefined ? {} : { exams: values.exam };
const from = Number(values.seed ?? values.from);
const count = values.seed === undefined ? Number(values.seeds) : 1;
const trace = values.trace ? { trace: (line: string) => console.log(line) } : {};

const began = performance.now();
const totals: Record<string, number> = {};
const failed: number[] = [];
for (let seed = from; seed < from + count; seed++) {
  const { report, scenario } = await run(seed);
  const faults = [...report.faults];
  if (values.twice && (await run(seed)).report.hash !== report.hash) faults.push('other events the second time');
  add(report);
  if (faults.length === 0) continue;
  failed.push(seed);
  console.log(`seed ${seed} (${JSON.stringify(scenario)})`);
  for (const fault of faults.slice(0, 5)) console.log(`  ${fault}`);
  if (values.first) break;
}
const seconds = (performance.now() - began) / 1000;
console.log(JSON.stringify({ failed: failed.length, seconds: Number(seconds.toFixed(1)), ...totals }));
if (failed.length > 0) console.log(`failed: ${failed.join(' ')}`);
process.exit(failed.length > 0 ? 1 : 0);

async function run(seed: number): Promise<{ readonly report: Report | MapReport; readonly scenario: object }> {
  if (values.world === 'maps') {
    const { mapWorld } = await import('./map-world.ts');
    const scenario = mapScenario(seed, profile);
    return { report: await mapWorld(seed, { ...scenario, ...exams, ...trace }), scenario };
  }
  const { toyWorld } = await import('./toy-world.ts');
  const scenario = toyScenario(seed, profile);
  return { report: await toyWorld(seed, { ...scenario, rules, ...trace }), scenario };
}

function add(report: Report | MapReport): void {
  totals['seeds'] = (totals['seeds'] ?? 0) + 1;
  for (const [name, value] of Object.entries({ ...report, ...report.chaos }))
    if (typeof value === 'number' && name !== 'hash' && name !== 'seed') totals[name] = (totals[name] ?? 0) + value;
}
