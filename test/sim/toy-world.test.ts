/** A fixed set of histories of membership and replication under trouble; `npm run sim` runs as many others as one likes. */
import * as assert from 'uvu/assert';
import { describe } from '../kit/describe.ts';
import { EFFORT } from '../kit/seed.ts';
import type { ProfileName } from './chaos.ts';
import { toyScenario } from './toy-scenario.ts';
import { toyWorld } from './toy-world.ts';

const SEEDS: Readonly<Partial<Record<ProfileName, number>>> = { mixed: 5, crash: 3, moves: 3, outage: 1, links: 2, ruin: 1, calm: 1 };

const test = describe('members in trouble');

for (const [profile, count] of Object.entries(SEEDS) as [ProfileName, number][])
  test(
    `every key's history explains itself, replicas are equal, everything answers in the end: ${profile}`,
    async () => {
      for (let seed = 1; seed <= count * EFFORT; seed++) {
        const report = await toyWorld(seed, { ...toyScenario(seed, profile), troubleMs: 5000 });
        assert.equal(report.faults, [], `seed ${seed}, profile ${profile}`);
        assert.is(report.givenUp, 0);
        assert.ok(report.calls > 300, `only ${report.calls} calls`);
      }
    },
    { timeoutMs: 60_000 * EFFORT },
  );

test('the same seed gives the same history, call by call', async () => {
  const [first, second] = [await toyWorld(42, toyScenario(42)), await toyWorld(42, toyScenario(42))];
  assert.is(first.hash, second.hash);
  assert.equal(first.history, second.history);
  assert.is.not(first.hash, (await toyWorld(43, toyScenario(42))).hash);
});

test('nobody who is well is ever taken for dead', async () => {
  const quiet = await toyWorld(7, { profile: 'quiet', members: 4, drift: 0.05 });
  assert.equal([quiet.faults, quiet.evictions, quiet.losses, quiet.unknown], [[], 0, 0, 0]);
});

test('an outage of the coordinator costs nothing but time', async () => {
  for (let seed = 1; seed <= 2; seed++) {
    const outage = await toyWorld(seed, { profile: 'dark', members: 4 });
    assert.equal([outage.faults, outage.evictions, outage.losses], [[], 0, 0], `seed ${seed}`);
  }
});

test.run();
