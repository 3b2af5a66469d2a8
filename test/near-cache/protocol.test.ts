/** Near caches over a bad network, from many seeds: what is promised of hits holds, and when the trouble is over everything is found near again. */
import * as assert from 'uvu/assert';
import { describe } from '../kit/describe.ts';
import { EFFORT, SEED } from '../kit/seed.ts';
import { LEASE_MS, type Deed } from './near-member.ts';
import { NearWorld, type NearWorldOptions } from './near-world.ts';

const test = describe('near cache protocol');
const LENGTH_MS = 6000;

interface Calls {
  readonly everyMs: number;
  /** Share of calls that change something. */
  readonly writes: number;
}

const BUSY: Calls = { everyMs: 4, writes: 0.15 };
/** So little that what is missing does not show by what comes next. */
const QUIET: Calls = { everyMs: 4, writes: 0.002 };

test('M70 M71 nothing is served that is known to have changed, nor longer than a lease: under loss, moves, and members that go', async () => {
  let hits = 0;
  for (let round = 0; round < 16 * EFFORT; round++) hits += await live({ seed: SEED + round });
  assert.ok(hits > 1000, `${hits} hits`);
});

test('M71 the same when nobody ever hears that a link broke', async () => {
  for (let round = 0; round < 10 * EFFORT; round++) await live({ seed: SEED + round, network: { downNeverProbability: 1 } });
});

test('M71 the same with few entries, which push each other out and expire', async () => {
  const config = { maxSize: 3, policy: 'LRU', timeToLiveMs: 400, maxIdleMs: 90 } as const;
  for (let round = 0; round < 5 * EFFORT; round++) await live({ seed: SEED + round, config }, BUSY, false);
});

test('M71 the same where changes are rare, and news of moves come later than a lease lasts', async () => {
  for (let round = 0; round < 10 * EFFORT; round++) {
    const seed = SEED + round;
    await live({ seed, network: { downNeverProbability: 1 }, viewsLateMs: 4000 }, round % 2 === 0 ? QUIET : BUSY);
  }
});

test('M70 own writes are seen by own reads, also where nobody is told of changes', async () => {
  for (let round = 0; round < 10 * EFFORT; round++) await live({ seed: SEED + round, config: { invalidateOnChange: false } }, BUSY, false);
});

/** Runs a world in trouble, heals it, and looks. How many hits there were. */
async function live(options: NearWorldOptions, calls: Calls = BUSY, isAllKept = true): Promise<number> {
  const world = new NearWorld(options);
  const { simulation } = world;
  keepReading(world, calls);
  keepTroubling(world);
  await simulation.run(LENGTH_MS);
  world.network.heal();
  await simulation.run(LENGTH_MS + 4 * LEASE_MS + (options.viewsLateMs ?? 0));
  for (const member of world.readers) if (isAllKept) await findsAllNear(world, member.id);
  assert.equal(simulation.faults, [], `seed ${options.seed}`);
  return world.hits;
}

function keepReading(world: NearWorld, { everyMs, writes }: Calls): void {
  const { simulation } = world;
  const { chance } = simulation;
  const again = (): void => {
    if (simulation.now > LENGTH_MS) return;
    const member = chance.pick(world.readers);
    const key = Math.floor(chance.next() ** 2 * world.keys);
    member.process.deliver('calls', () => {
      if (!chance.happens(writes)) void member.read(key);
      else {
        const deed = chance.weighted<Deed>({ set: 10, remove: 2, evict: 2, clear: 0.5 });
        member.write(key, deed).then(
          () => member.read(key),
          () => undefined,
        );
      }
    });
    simulation.at(simulation.now + chance.around(everyMs), 'call', again);
  };
  again();
}

function keepTroubling(world: NearWorld): void {
  const { simulation, network } = world;
  const { chance } = simulation;
  const trouble = (): void => {
    if (simulation.now > LENGTH_MS) return;
    const one = chance.pick(world.members).id;
    const other = chance.pick(world.members).id;
    switch (chance.weighted({ lose: 3, stall: 2, break: 3, heal: 4, move: 4, thereAndBack: 2, gone: 1, pause: 2, reopen: 1 })) {
      case 'lose':
        network.cut(one, other, 'lose');
        break;
      case 'stall':
        network.cut(one, other, 'stall');
        break;
      case 'break':
        if (one !== other) network.breakLink(one, other);
        break;
      case 'heal':
        network.heal();
        break;
      case 'move':
        world.move(chance.whole(0, world.view.partitions.length - 1), chance.pick(world.owners).id);
        break;
      case 'thereAndBack': {
        const partition = chance.whole(0, world.view.partitions.length - 1);
        const { primary } = world.view.partitions[partition]!;
        world.move(partition, chance.pick(world.owners).id);
        simulation.at(simulation.now + chance.around(20), 'back', () => world.moveBack(partition, primary!));
        break;
      }
      case 'reopen': {
        const member = chance.pick(world.readers);
        member.process.deliver('opens again', () => member.reopen());
        break;
      }
      case 'gone':
        world.join(false);
        if (world.owners.length > 2) world.putAway(chance.pick(world.owners).id);
        break;
      case 'pause':
        chance.pick(world.readers).process.pause(chance.around(300));
    }
    simulation.at(simulation.now + chance.around(150), 'trouble', trouble);
  };
  trouble();
}

/** When all is well, what was read once is found near, and it is what there is. */
async function findsAllNear(world: NearWorld, id: string): Promise<void> {
  const { simulation } = world;
  const member = world.members.find((each) => each.id === id)!;
  for (let key = 0; key < world.keys; key++) {
    if (world.versionOf(key) === undefined || world.view.partitions[world.partitionOf(key)]!.primary === id) continue;
    member.process.deliver('reads', () => void member.read(key));
  }
  await simulation.run(simulation.now + 100);
  member.process.deliver('reads again', () => {
    for (let key = 0; key < world.keys; key++) {
      const version = world.versionOf(key);
      if (version === undefined || world.view.partitions[world.partitionOf(key)]!.primary === id) continue;
      const found = member.read(key);
      if (found !== version) simulation.fault(`${id} does not find key ${key} near, as it is: ${String(found)} instead of ${version}`);
    }
  });
  await simulation.run(simulation.now + 100);
}

test.run();
