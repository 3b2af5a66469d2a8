/** Which world a seed makes: a few members or more, one backup or two, which trouble. */
import { Chance } from './chance.ts';
import type { ProfileName } from './chaos.ts';
import type { ToyWorldOptions } from './toy-world.ts';

const WEIGHTS: Readonly<Partial<Record<ProfileName, number>>> = { mixed: 40, crash: 14, moves: 14, outage: 6, links: 12, ruin: 8, calm: 3 };

export function toyScenario(seed: number, profile?: ProfileName): ToyWorldOptions {
  const chance = new Chance(seed ^ 0x5ca1ab1e);
  const drawn = chance.weighted<ProfileName>(WEIGHTS);
  const backups = chance.weighted({ '1': 60, '2': 40 }) === '2' ? 2 : 1;
  return {
    profile: profile ?? drawn,
    backups,
    asyncBackups: chance.happens(0.2) ? 1 : 0,
    members: backups + chance.whole(2, 3),
    drift: chance.happens(0.3) ? 0.05 : 0.02,
    stallProbability: chance.happens(0.25) ? 0.0005 : 0,
    downNeverProbability: chance.happens(0.2) ? 0.2 : 0,
    careful: drawn !== 'ruin' && chance.happens(0.7),
    strikesPrimary: chance.happens(0.25) ? 0.5 : 0,
  };
}
