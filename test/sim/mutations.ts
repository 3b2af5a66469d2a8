/**
 * Each rule of the protocol switched off, and the seed that notices:
 *
 *   npm run sim:mutations -- [--seeds 300] [--rule freeze]
 */
import { parseArgs } from 'node:util';
import { ALL_RULES } from '../../lib/replication/protocol-rules.ts';
import type { ProtocolRules } from '../../lib/replication/replication.ts';
import type { ProfileName } from './chaos.ts';
import { toyScenario } from './toy-scenario.ts';
import { toyWorld, type ToyWorldOptions } from './toy-world.ts';

/** Where trouble of a certain kind is needed to notice. */
const SPECIAL: Partial<Record<keyof ProtocolRules, { readonly profile?: ProfileName; readonly options?: ToyWorldOptions }>> = {
  freeze: { profile: 'moves' },
  barrier: { profile: 'moves' },
  leaseAfter: { options: { stallProbability: 0.001 } },
  promotionGate: { profile: 'crash', options: { strikesPrimary: 0.7, backups: 2, members: 5 } },
  reconcile: { profile: 'crash', options: { strikesPrimary: 0.5, backups: 2, members: 5 } },
  gateLearner: { profile: 'crash', options: { strikesPrimary: 0.3, backups: 2, members: 4 } },
  fence: { options: { backups: 2, members: 5 } },
};

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '300' },
    from: { type: 'string', default: '1' },
    rule: { type: 'string', multiple: true },
  },
});

const wanted = (values.rule ?? Object.keys(ALL_RULES)) as (keyof ProtocolRules)[];
for (const rule of wanted) {
  const { profile, options } = SPECIAL[rule] ?? {};
  let caught: string | undefined;
  let ran = 0;
  for (let seed = Number(values.from); seed < Number(values.from) + Number(values.seeds) && caught === undefined; seed++) {
    // Half of the seeds as they come, half with the trouble that the rule is for.
    const special = seed % 2 === 0;
    const world = special ? { ...toyScenario(seed, profile), ...options } : toyScenario(seed);
    const { faults } = await toyWorld(seed, { ...world, rules: { [rule]: false } });
    ran++;
    if (faults.length > 0)
      caught = `seed ${seed}${special ? ` (${JSON.stringify(SPECIAL[rule] ?? {})})` : ''}: ${faults[0]!.split('\n')[0]}`;
  }
  console.log(`${rule.padEnd(20)} ${caught ?? `not noticed in ${ran} seeds`}`);
}
