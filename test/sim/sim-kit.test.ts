/** The simulated world itself: time, clocks, pauses, the network and the coordinator do what the tests that live in it rely on. */
import * as assert from 'uvu/assert';
import { describe } from '../kit/describe.ts';
import { COORDINATOR, SimCoordinator } from './sim-coordinator.ts';
import { SimNetwork, type NetworkOptions } from './sim-network.ts';
import { SimProcess } from './sim-process.ts';
import { Simulation } from './simulation.ts';

const test = describe('the simulated world');

/** Two processes with links, and what the second has got. */
function pair(seed = 1, options: NetworkOptions = {}) {
  const simulation = new Simulation(seed);
  const network = new SimNetwork(simulation, options);
  const [a, b] = [new SimProcess(simulation, 'a'), new SimProcess(simulation, 'b')];
  const [from, to] = [network.links(a), network.links(b)];
  const got: unknown[] = [];
  const downs: string[] = [];
  to.onEnvelope((_, envelope) => got.push(envelope));
  from.onEnvelope(() => {});
  from.onDown((member) => downs.push(`a: ${member}`));
  to.onDown((member) => downs.push(`b: ${member}`));
  return { simulation, network, a, b, from, to, got, downs };
}

test('runs events in order of time, promises between them', async () => {
  const simulation = new Simulation(1);
  const said: string[] = [];
  const later = async (): Promise<void> => {
    for (let i = 0; i < 50; i++) await Promise.resolve();
    said.push('the end of the first');
  };
  simulation.at(5, 'second', () => said.push('second'));
  simulation.at(5, 'third', () => said.push('third'));
  simulation.at(1, 'first', () => void later());
  simulation.at(11, 'too late', () => said.push('too late'));
  await simulation.run(10);
  assert.equal(said, ['the end of the first', 'second', 'third']);
  assert.is(simulation.now, 10);
});

test('an error in an event is a fault of the world', async () => {
  const simulation = new Simulation(1);
  simulation.at(1, 'bad', () => {
    throw new Error('no');
  });
  await simulation.run(10);
  assert.match(simulation.faults.join(), /1\.000 bad: Error: no/);
});

test('a paused process runs nothing, and then everything in order', async () => {
  const { simulation, b, from, got } = pair();
  b.pause(100);
  for (let i = 0; i < 20; i++) from.send('b', i);
  await simulation.run(99);
  assert.equal(got, []);
  await simulation.run(200);
  assert.equal(
    got,
    Array.from({ length: 20 }, (_, i) => i),
  );
});

test('a stall makes the rest of an event happen later, and the process deaf meanwhile', async () => {
  const simulation = new Simulation(1);
  const stalling = new SimProcess(simulation, 'a', { stallProbability: 1, stallMaxMs: 100 });
  const moments: number[] = [];
  stalling.deliver('looks', () => {
    const before = stalling.clock.now();
    moments.push(stalling.clock.now() - before, stalling.now);
  });
  stalling.deliver('next', () => moments.push(simulation.now));
  await simulation.run(1000);
  const [passed, until, next] = moments;
  assert.ok(passed! > 0 && until! > 0 && next! >= until!);
});

test('a crashed process runs nothing any more', async () => {
  const { simulation, b, from, got, downs } = pair();
  from.send('b', 1);
  b.clock.after(1, () => got.push('timer'));
  b.crash();
  await simulation.run(2000);
  assert.equal(got, []);
  assert.ok(downs.length > 0 && downs.every((down) => down === 'a: b'));
});

test('who sends to somebody who has ended before hears that the link is down', async () => {
  const { simulation, network, b } = pair();
  b.crash();
  const late = new SimProcess(simulation, 'late');
  const links = network.links(late);
  const downs: string[] = [];
  links.onDown((member) => downs.push(member));
  links.send('b', 1);
  await simulation.run(2000);
  assert.equal(downs, ['b']);
});

test('clocks differ in rate and origin, and timers wait at least as long by their own', async () => {
  const simulation = new Simulation(1);
  for (let i = 0; i < 20; i++) {
    const { clock } = new SimProcess(simulation, `p${i}`, { drift: 0.1 });
    const began = clock.now();
    clock.after(50, () => assert.ok(clock.now() - began >= 50));
  }
  await simulation.run(1000);
  assert.equal(simulation.faults, []);
});

test('envelopes arrive in order, each at most once, whatever breaks; what breaks is told', async () => {
  let lost = 0;
  for (let seed = 1; seed <= 30; seed++) {
    const { simulation, network, from, got, downs } = pair(seed);
    for (let i = 0; i < 200; i++) simulation.at(i, 'send', () => from.send('b', i));
    simulation.at(50, 'break', () => network.breakLink('a', 'b'));
    simulation.at(100, 'cut', () => network.cut('a', 'b', seed % 2 === 0 ? 'stall' : 'lose'));
    simulation.at(130, 'heal', () => network.heal());
    simulation.at(2900, 'send', () => from.send('b', 200));
    await simulation.run(3000);
    const numbers = got as number[];
    for (const [i, number] of numbers.entries()) if (i > 0) assert.ok(number > numbers[i - 1]!, `seed ${seed}: ${numbers.join()}`);
    assert.is(numbers.at(-1), 200);
    assert.ok(downs.includes('a: b') && downs.includes('b: a'));
    lost += 201 - numbers.length;
  }
  assert.ok(lost > 0);
});

test('a cut is in one direction', async () => {
  const { simulation, network, a, from, to, got } = pair();
  const back: unknown[] = [];
  network.links(a).onEnvelope((_, envelope) => back.push(envelope));
  network.cut('a', 'b', 'lose');
  from.send('b', 1);
  to.send('a', 2);
  await simulation.run(50);
  assert.equal([got, back], [[], [2]]);
});

test('what is sent is copied when it is sent', async () => {
  const { simulation, from, got } = pair();
  const list = [1];
  from.send('b', list);
  list.push(2);
  await simulation.run(100);
  assert.equal(got, [[1]]);
});

test('the coordinator compares versions and beats, and may do late what nobody waits for any more', async () => {
  const simulation = new Simulation(3);
  const network = new SimNetwork(simulation);
  const coordinator = new SimCoordinator(simulation, network);
  const process = new SimProcess(simulation, 'a');
  const reached = coordinator.reachedFrom(process, 100);
  const said: unknown[] = [];
  const view = { version: 1, members: [{ id: 'a', lite: false, leaving: false }], partitions: [] };
  const calls = async (): Promise<void> => {
    said.push((await reached.propose(0, view, { join: 'a' })).stored, (await reached.propose(0, view)).stored);
    said.push((await reached.renew('a'))?.beats.get('a'), await reached.renew('b'));
    said.push((await reached.propose(1, view, { evict: [{ id: 'a', beat: 1 }] })).stored);
    network.cut(COORDINATOR, 'a', 'lose');
    await reached.propose(1, view).catch((error: Error) => said.push(error.message));
  };
  process.deliver('calls', () => void calls());
  await simulation.run(1000);
  assert.equal(said, [true, false, 2, undefined, false, 'the coordinator did not answer: propose 2']);
  assert.is(coordinator.view.version, 2);
  coordinator.out(500);
  network.heal();
  await simulation.run(1001);
  let failed = false;
  process.deliver('asks', () => void reached.read().catch(() => (failed = true)));
  await simulation.run(1400);
  assert.ok(failed);
});

test('the same seed gives the same events', async () => {
  const hashOf = async (seed: number): Promise<number> => {
    const { simulation, network, from } = pair(seed, { lateProbability: 0.2 });
    for (let i = 0; i < 100; i++) simulation.at(i, 'send', () => from.send('b', i));
    simulation.at(60, 'break', () => network.breakLink('a', 'b'));
    await simulation.run(1000);
    return simulation.hash;
  };
  assert.is(await hashOf(7), await hashOf(7));
  assert.is.not(await hashOf(7), await hashOf(8));
});

test.run();
