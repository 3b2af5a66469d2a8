/** Which world of whole members a seed makes. */
import { Chance } from './chance.ts';
import type { ProfileName } from './chaos.ts';
import type { MapWorldOptions } from './map-world.ts';

const WEIGHTS: Readonly<Partial<Record<ProfileName, number>>> = { mixed: 40, crash: 14, moves: 16, outage: 6, links: 12, ruin: 4, calm: 6 };

export function mapScenario(seed: number, profile?: ProfileName): MapWorldOptions {
  const chance = new Chance(seed ^ 0x0ddba115);
  const drawn = chance.weighted<ProfileName>(WEIGHTS);
  const backups = chance.happens(0.3) ? 2 : 1;
  return {
    profile: profile ?? drawn,
    backups,
    members: backups + chance.whole(1, 3),
    drift: chance.happens(0.3) ? 0.05 : 0.01,
    stallProbability: chance.happens(0.15) ? 0.0002 : 0,
    careful: drawn !== 'ruin' && chance.happens(0.7),
    strikesPrimary: 0,
  };
}
