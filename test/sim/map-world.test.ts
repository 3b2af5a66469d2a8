/** A fixed set of histories of whole instances under trouble; `npm run sim -- --world maps` runs as many others as one likes. */
import * as assert from 'uvu/assert';
import { describe } from '../kit/describe.ts';
import { EFFORT } from '../kit/seed.ts';
import type { ProfileName } from './chaos.ts';
import { mapScenario } from './map-scenario.ts';
import { mapWorld } from './map-world.ts';

const SEEDS: Readonly<Partial<Record<ProfileName, number>>> = { mixed: 2, crash: 1, moves: 1, links: 1 };

const test = describe('instances in trouble');

for (const [profile, count] of Object.entries(SEEDS) as [ProfileName, number][])
  test(
    `maps keep what they promise, with stores, locks, processors, queries, near caches and lives of entries: ${profile}`,
    async () => {
      for (let seed = 1; seed <= count * EFFORT; seed++) {
        const report = await mapWorld(seed, { ...mapScenario(seed, profile), troubleMs: 3000 });
        assert.equal(report.faults, [], `seed ${seed}, profile ${profile}`);
        const { calls, queries, invalidations } = report;
        assert.ok(
          calls > 1000 && queries > 20 && invalidations > 20,
          `only ${calls} calls, ${queries} queries, ${invalidations} invalidations`,
        );
      }
    },
    { timeoutMs: 120_000 * EFFORT },
  );

test('what seeds once showed stays away: a lock that nobody heard of, half of a putAll done twice', async () => {
  for (const seed of [20_028, 7000]) assert.equal((await mapWorld(seed, mapScenario(seed))).faults, [], `seed ${seed}`);
});

test('the same seed gives the same history', async () => {
  const options = { ...mapScenario(5), troubleMs: 1500 };
  await mapWorld(5, options); // modules are loaded by now: that takes real time
  assert.is((await mapWorld(5, options)).hash, (await mapWorld(5, options)).hash);
});

test.run();
