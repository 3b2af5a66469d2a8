/** What members hold of maps as primaries and replicas: nothing is lost or comes back when partitions move, are copied, or lose their primary. */
import * as fc from 'fast-check';
import * as assert from 'uvu/assert';
import { valueForm } from '../../lib/data/value.ts';
import { clear } from '../../lib/operations/clear.ts';
import { get } from '../../lib/operations/get.ts';
import { isLocked, lock, unlock } from '../../lib/operations/lock.ts';
import { put } from '../../lib/operations/put.ts';
import { remove } from '../../lib/operations/remove.ts';
import { setTtl } from '../../lib/operations/set-ttl.ts';
import { describe } from '../kit/describe.ts';
import { SEED } from '../kit/seed.ts';
import { call, MapsWorld, PARTITIONS, primaryOf, type MapsMember } from './maps-world.ts';

const test = describe('maps state');
const MAPS = { frozen: {}, binary: { values: 'binary' }, indexed: { indexes: [{ type: 'SORTED', attributes: ['n'] }] } } as const;

function lockNow(world: MapsWorld, name: string, key: unknown, holder: string, leaseMs = 0): Promise<number | undefined> {
  return call(world, name, lock, key, { leaseMs, timeoutMs: 0, signal: undefined, holder });
}

/** A world in which `a` is primary of everything, and the others are its replicas. */
async function worldOf(maps: MapsWorld['maps'], ahead: Readonly<Record<string, number>>): Promise<MapsWorld> {
  const world = new MapsWorld(maps);
  for (const [id, aheadMs] of Object.entries(ahead)) world.join(id, aheadMs);
  const [first, ...others] = world.members;
  for (let partition = 0; partition < PARTITIONS; partition++) {
    await world.promote(partition, first!, true);
    for (const member of others) world.follow(partition, member);
  }
  return world;
}

type Step =
  | { readonly do: 'put'; readonly map: number; readonly key: number; readonly ttlMs: number }
  | { readonly do: 'remove' | 'expire' | 'lock' | 'unlock'; readonly map: number; readonly key: number }
  | { readonly do: 'clear'; readonly map: number }
  | { readonly do: 'tick' }
  | { readonly do: 'move' | 'follow' | 'drop' | 'fail'; readonly partition: number; readonly to: number }
  | { readonly do: 'advance'; readonly ms: number };

const map = fc.nat(2);
const key = fc.nat(5);
const place = { partition: fc.nat(PARTITIONS - 1), to: fc.nat(3) };
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ do: fc.constant('put' as const), map, key, ttlMs: fc.constantFrom(0, 0, 50, 500) }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constantFrom('remove', 'expire', 'lock', 'unlock'), map, key }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('clear' as const), map }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('tick' as const) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constantFrom('move', 'follow', 'drop', 'fail'), ...place }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('advance' as const), ms: fc.constantFrom(10, 60) }) },
);

interface ModelEntry {
  readonly n: number;
  readonly until: number;
}

class Model {
  readonly entries: Map<number, ModelEntry>[] = [new Map(), new Map(), new Map()];
  readonly locks: Map<number, number>[] = [new Map(), new Map(), new Map()];
  now = 0;
  values = 0;
}

test(
  'whoever becomes the primary of a partition has all that was told, entries, locks, times',
  async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 20, maxLength: 80, size: 'max' }), async (steps) => {
        const world = await worldOf(MAPS, { a: 0, b: -500_000, c: 1e6, d: 3 });
        const model = new Model();
        for (const one of steps) await run(world, model, one);
        await checkAll(world, model);
        for (const member of world.members) member.state.close();
      }),
      { seed: SEED, numRuns: 100 },
    );
  },
  { timeoutMs: 60_000 },
);

const NAMES = Object.keys(MAPS);

async function run(world: MapsWorld, model: Model, one: Step): Promise<void> {
  switch (one.do) {
    case 'put':
    case 'remove':
    case 'expire':
      if (model.locks[one.map]!.has(one.key)) return; // it would wait
      return change(world, model, one);
    case 'lock':
    case 'unlock':
      return changeLock(world, model, one);
    case 'clear':
      for (const member of world.members) await clear.run(await member.home(NAMES[one.map]!), undefined);
      for (const held of model.entries[one.map]!.keys()) if (!model.locks[one.map]!.has(held)) model.entries[one.map]!.delete(held);
      return;
    case 'tick':
      return world.tick();
    case 'advance':
      model.now += one.ms;
      return world.advance(one.ms);
    default:
      return move(world, model, one);
  }
}

async function change(world: MapsWorld, model: Model, one: Extract<Step, { readonly key: number }>): Promise<void> {
  const entries = model.entries[one.map]!;
  const name = NAMES[one.map]!;
  const before = present(model, one.map, one.key)?.n;
  if (one.do === 'put') {
    const n = ++model.values;
    const stored = (await primaryOf(world, world.addresses.of(one.key)).home(name)).records.form.takeIn({ n });
    const answer = await call(world, name, put, one.key, { stored, expiry: { ttlMs: one.ttlMs } });
    assert.is((answer as { n: number } | undefined)?.n, before);
    entries.set(one.key, { n, until: one.ttlMs === 0 ? Infinity : model.now + one.ttlMs });
  } else if (one.do === 'remove') {
    const answer = await call(world, name, remove, one.key, undefined);
    assert.is((answer as { n: number } | undefined)?.n, before);
    entries.delete(one.key);
  } else if (before !== undefined) {
    await call(world, name, setTtl, one.key, 20);
    entries.set(one.key, { n: before, until: model.now + 20 });
  }
}

async function changeLock(world: MapsWorld, model: Model, one: Extract<Step, { readonly key: number }>): Promise<void> {
  const locks = model.locks[one.map]!;
  const name = NAMES[one.map]!;
  const token = locks.get(one.key);
  if (one.do === 'lock') {
    present(model, one.map, one.key); // what has expired goes before
    const taken = await lockNow(world, name, one.key, 'a');
    assert.is(taken === undefined, token !== undefined);
    if (taken !== undefined) locks.set(one.key, taken);
  } else if (token !== undefined) {
    await call(world, name, unlock, one.key, token);
    locks.delete(one.key);
  }
}

async function move(world: MapsWorld, model: Model, one: Extract<Step, { readonly to: number }>): Promise<void> {
  const group = world.groups[one.partition]!;
  const member = world.members[one.to]!;
  const isReplica = group.replicas.includes(member);
  if (one.do === 'follow' && !isReplica && group.primary !== member) world.follow(one.partition, member);
  else if (one.do === 'drop' && isReplica && group.replicas.length > 1) world.drop(one.partition, member);
  else if (one.do === 'move' && isReplica) await world.promote(one.partition, member);
  else if (one.do === 'fail' && isReplica) {
    // The old primary loses what it has; it had told everything.
    world.tick();
    const before = group.primary!;
    group.primary = undefined;
    before.state.drop(one.partition);
    await world.promote(one.partition, member);
    world.follow(one.partition, before);
  }
  await checkPartition(world, model, one.partition);
}

function present(model: Model, which: number, one: number): ModelEntry | undefined {
  const entry = model.entries[which]!.get(one);
  if (entry === undefined || entry.until > model.now || model.locks[which]!.has(one)) return entry;
  model.entries[which]!.delete(one);
  return undefined;
}

async function checkAll(world: MapsWorld, model: Model): Promise<void> {
  world.tick();
  for (let partition = 0; partition < PARTITIONS; partition++) await checkPartition(world, model, partition);
  for (const [which, name] of NAMES.entries()) {
    for (const member of world.members) {
      const { records } = await member.home(name);
      for (const partition of records.partitions()) assert.is(world.groups[partition]!.primary, member, 'memory has what is its own');
    }
    assert.ok(which < 3);
  }
}

async function checkPartition(world: MapsWorld, model: Model, partition: number): Promise<void> {
  world.tick();
  for (const [which, name] of NAMES.entries()) {
    for (let one = 0; one <= 5; one++) {
      const at = world.addresses.of(one);
      if (at.partition !== partition) continue;
      const expected = present(model, which, one)?.n;
      assert.is(await valueAt(world, name, one), expected, `${name} ${one}`);
      assert.is(await call(world, name, isLocked, one, undefined), model.locks[which]!.has(one));
      if (model.locks[which]!.has(one)) continue; // a replica does not know whether what has expired is kept by a lock
      world.tick();
      for (const replica of world.groups[partition]!.replicas)
        assert.is(replicaValue(world, replica, name, one), expected, `replica ${replica.id} of ${name} ${one}`);
    }
  }
}

async function valueAt(world: MapsWorld, name: string, one: number): Promise<number | undefined> {
  return ((await call(world, name, get, one, undefined)) as { n: number } | undefined)?.n;
}

function replicaValue(world: MapsWorld, member: MapsMember, name: string, one: number): number | undefined {
  const read = member.state.readReplica(name, world.addresses.of(one));
  assert.ok(read !== undefined);
  const form = valueForm(name === 'binary' ? 'binary' : 'frozen');
  return read.stored === undefined ? undefined : (form.handOut(read.stored) as { n: number }).n;
}

test.run();
