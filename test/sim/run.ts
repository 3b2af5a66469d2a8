/**
 * Long runs of simulated clusters, and replays of single seeds:
 *
 *   npm run sim -- --seeds 1000 [--from 1] [--profile crash] [--off rule] [--first]
 *   npm run sim -- --seed 17 --trace [--profile crash] [--off rule]
 */
import { parseArgs } from 'node:util';
import { PROFILES, type ProfileName } from './chaos.ts';
import { toyScenario } from './toy-scenario.ts';
import { toyWorld, type Report } from './toy-world.ts';

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '100' },
    from: { type: 'string', default: '1' },
    seed: { type: 'string' },
    profile: { type: 'string' },
    /** A rule that is switched off; may be given several times. */
    off: { type: 'string', multiple: true, default: [] },
    /** Ends with the first seed that fails. */
    first: { type: 'boolean', default: false },
    trace: { type: 'boolean', default: false },
  },
});

const profile = values.profile as ProfileName | undefined;
if (profile !== undefined && !(profile in PROFILES)) throw new Error(`profiles: ${Object.keys(PROFILES).join(', ')}`);
const rules = Object.fromEntries(values.off.map((rule) => [rule, false]));
const from = Number(values.seed ?? values.from);
const count = values.seed === undefined ? Number(values.seeds) : 1;

const began = performance.now();
const totals: Record<string, number> = {};
const failed: number[] = [];
for (let seed = from; seed < from + count; seed++) {
  const trace = values.trace ? { trace: (line: string) => console.log(line) } : {};
  const report = await toyWorld(seed, { ...toyScenario(seed, profile), rules, ...trace });
  add(report);
  if (report.faults.length === 0) continue;
  failed.push(seed);
  console.log(`seed ${seed} (${JSON.stringify(toyScenario(seed, profile))})`);
  for (const fault of report.faults.slice(0, 5)) console.log(`  ${fault}`);
  if (values.first) break;
}
const seconds = (performance.now() - began) / 1000;
console.log(JSON.stringify({ failed: failed.length, seconds: Number(seconds.toFixed(1)), ...totals }));
if (failed.length > 0) console.log(`failed: ${failed.join(' ')}`);
process.exitCode = failed.length > 0 ? 1 : 0;

function add({ events, calls, unknown, losses, givenUp, evictions, promotions, moves, adoptions, chaos }: Report): void {
  const counts = { seeds: 1, events, calls, unknown, losses, givenUp, evictions, promotions, moves, adoptions };
  for (const [name, value] of Object.entries({ ...counts, ...chaos })) totals[name] = (totals[name] ?? 0) + value;
}
