/** Whole partitions that come and go: locks, queued writes, loads, limits, maps that open late, moves that are called off. */
import * as assert from 'uvu/assert';
import type { MapStore } from '../../lib/api/map-store.ts';
import { NotLockOwnerError } from '../../lib/errors.ts';
import { get } from '../../lib/operations/get.ts';
import { isLocked, lock, unlock } from '../../lib/operations/lock.ts';
import { put } from '../../lib/operations/put.ts';
import { set } from '../../lib/operations/set.ts';
import { NotServedError } from '../../lib/replication/replication.ts';
import { describe } from '../kit/describe.ts';
import { call, MapsWorld, moveAll, PARTITIONS, primaryOf, turns, worldOf, type MapsMember } from './maps-world.ts';

const test = describe('maps that move');

function lockOf(world: MapsWorld, key: unknown, holder: string, { leaseMs = 0, timeoutMs = 0 } = {}): Promise<number | undefined> {
  return call(world, 'm', lock, key, { leaseMs, timeoutMs, signal: undefined, holder });
}

/** What a call was refused with; `undefined`: it was not. */
function refusalOf(answer: Promise<unknown>): Promise<unknown> {
  return answer.then(
    () => undefined,
    (error: unknown) => error,
  );
}

test('a change of what another member owns is refused, and memory is as it was', async () => {
  const world = await worldOf({ m: {} });
  const [a, b] = world.members as [MapsMember, MapsMember];
  await call(world, 'm', set, 1, { stored: 'x', expiry: undefined });
  const home = await a.home('m');
  const at = world.addresses.of(1);
  await moveAll(world, b);
  assert.is(home.records.size, 0);
  assert.throws(
    () => set.run(home, at, { stored: 'y', expiry: undefined }),
    (error: unknown) => error instanceof NotServedError,
  );
  assert.throws(
    () => home.locks.tryLock(at),
    (error: unknown) => error instanceof NotServedError,
  );
  assert.equal([home.records.size, home.locks.size], [0, 0]);
  assert.is(await call(world, 'm', get, 1, undefined), 'x');
});

test('a key is pending until its batch is committed, and a whole partition after a clear', async () => {
  const world = await worldOf({ m: {}, fast: { backupCount: 0, asyncBackupCount: 1 } });
  const [a] = world.members as [MapsMember];
  const { share } = await a.home('m');
  const at = world.addresses.of(1);
  const { partition } = at;
  await call(world, 'm', set, 1, { stored: 'x', expiry: undefined });
  await call(world, 'fast', set, 1, { stored: 'x', expiry: undefined });
  const first = world.groups[partition]!.seq + 1;
  assert.is(share!.pendingOf(at), first);
  assert.is((await a.home('fast')).share!.pendingOf(at), 0);
  a.state.collect(partition, first);
  assert.is(share!.pendingOf(at), first);
  world.groups[partition]!.seq++;
  await call(world, 'm', set, 1, { stored: 'y', expiry: undefined });
  a.state.committed(partition, first);
  assert.is(share!.pendingOf(at), first + 1);
  world.tick();
  assert.is(share!.pendingOf(at), 0);
  (await a.home('m')).records.clearPartition(partition);
  assert.is(share!.pendingOf({ ...at, key: 'never there' }), first + 2);
  world.tick();
  assert.is(share!.pendingOf({ ...at, key: 'never there' }), 0);
});

test('locks move with their leases and their holders, and no token is given twice', async () => {
  const world = await worldOf({ m: {} }, ['a', 'b', 'c']);
  const [, b, c] = world.members as [MapsMember, MapsMember, MapsMember];
  const ended = (await lockOf(world, 1, 'a'))!;
  await call(world, 'm', unlock, 1, ended);
  const kept = (await lockOf(world, 2, 'c'))!;
  await lockOf(world, 3, 'b', { leaseMs: 100 });
  await moveAll(world, b);
  const next = (await lockOf(world, 1, 'b'))!;
  assert.not.equal(next, ended);
  assert.ok(next > kept);
  assert.instance(await refusalOf(call(world, 'm', unlock, 1, ended)), NotLockOwnerError);
  world.advance(99);
  assert.equal([await call(world, 'm', isLocked, 2, undefined), await call(world, 'm', isLocked, 3, undefined)], [true, true]);
  world.advance(1);
  assert.is(await call(world, 'm', isLocked, 3, undefined), false);
  world.kill(c);
  await turns();
  assert.is(await call(world, 'm', isLocked, 2, undefined), false, 'its holder has left');
  assert.is(await call(world, 'm', isLocked, 1, undefined), true);
});

test('a lock whose holder was not told yet does not outlive the member that gave it', async () => {
  const rows = new Rows();
  const { store } = rows;
  const stored = Promise.withResolvers<void>();
  rows.store = (...entry) => stored.promise.then(() => store(...entry));
  const world = await worldOf({ m: { mapStore: { implementation: rows } } });
  const [, b] = world.members as [MapsMember, MapsMember];
  const changing = refusalOf(call(world, 'm', set, 1, { stored: 'x', expiry: undefined }));
  const locking = refusalOf(lockOf(world, 1, 'a', { timeoutMs: Infinity })); // has the lock, and waits for the change
  await turns();
  world.tick();
  await moveAll(world, b);
  stored.resolve();
  assert.instance(await changing, NotServedError);
  assert.instance(await locking, NotServedError);
  assert.ok((await lockOf(world, 1, 'a'))! > 0);
});

test('who waits for a lock is refused when the partition is frozen, and asks the next primary', async () => {
  const world = await worldOf({ m: {} });
  const [a, b] = world.members as [MapsMember, MapsMember];
  const token = (await lockOf(world, 1, 'a'))!;
  const waiting = lockOf(world, 1, 'b', { timeoutMs: Infinity });
  const changing = call(world, 'm', put, 1, { stored: 'x', expiry: undefined });
  const refused = Promise.all([waiting, changing].map(refusalOf));
  await turns();
  a.state.freeze(world.addresses.of(1).partition, true);
  assert.ok((await refused).every((error) => error instanceof NotServedError));
  await moveAll(world, b);
  const again = lockOf(world, 1, 'b', { timeoutMs: Infinity });
  await turns();
  await call(world, 'm', unlock, 1, token);
  assert.ok((await again)! > token);
});

/** A store in memory that says what it was asked. */
class Rows implements MapStore<unknown, unknown> {
  readonly rows = new Map<unknown, unknown>();
  readonly loaded: unknown[] = [];
  stored = 0;

  load = async (key: unknown): Promise<unknown> => this.rows.get(key);
  loadAll = async (keys: readonly unknown[]): Promise<Map<unknown, unknown>> => {
    this.loaded.push(...keys);
    return new Map(keys.filter((key) => this.rows.has(key)).map((key) => [key, this.rows.get(key)]));
  };
  loadAllKeys = async (): Promise<unknown[]> => [...this.rows.keys()];
  storeAll = async (entries: ReadonlyMap<unknown, unknown>): Promise<void> => {
    this.stored += entries.size;
    for (const [key, value] of entries) this.rows.set(key, value);
  };
  store = async (key: unknown, value: unknown): Promise<void> => void this.rows.set(key, value);
  delete = async (key: unknown): Promise<void> => void this.rows.delete(key);
  deleteAll = async (keys: readonly unknown[]): Promise<void> => keys.forEach((key) => this.rows.delete(key));
}

test('what write-behind has yet to store is stored by the next primary, and by it only', async () => {
  const rows = new Rows();
  const world = await worldOf({ m: { mapStore: { implementation: rows, writeDelaySeconds: 1 } } }, ['a', 'b', 'c']);
  const [a, b, c] = world.members as [MapsMember, MapsMember, MapsMember];
  for (let key = 0; key < 6; key++) await call(world, 'm', set, key, { stored: `v${key}`, expiry: undefined });
  await call(world, 'm', set, 0, { stored: 'newer', expiry: undefined });
  await moveAll(world, b);
  assert.is((await a.home('m')).behind!.statistics().queued, 0);
  assert.is((await b.home('m')).behind!.statistics().queued, 6);
  assert.ok((await b.home('m')).behind!.isPending(0));
  a.clock.advance(5000);
  await turns();
  assert.is(rows.stored, 0);
  world.advance(1000);
  await turns();
  assert.equal(
    [...rows.rows].toSorted(),
    [0, 1, 2, 3, 4, 5].map((key) => [key, key === 0 ? 'newer' : `v${key}`]),
  );
  assert.is(rows.stored, 6);
  const home = await b.home('m');
  const slot = home.records.find(world.addresses.of(3).partition, 3, world.addresses.of(3).hash, -Infinity);
  assert.ok(home.records.view(slot).lastStoredTime > 0, 'the entry is known to be stored');
  world.tick();
  await moveAll(world, c);
  assert.is((await c.home('m')).behind!.statistics().queued, 0, 'what was stored is queued nowhere');
});

test('who may not serve writes nothing to the store, and who is deposed never will', async () => {
  const rows = new Rows();
  const world = await worldOf({ m: { mapStore: { implementation: rows, writeDelaySeconds: 1 } } });
  const [a, b] = world.members as [MapsMember, MapsMember];
  await call(world, 'm', set, 1, { stored: 'old', expiry: undefined });
  world.tick();
  a.mayServe = false;
  a.clock.advance(2000);
  await turns();
  assert.is(rows.stored, 0);
  for (const group of world.groups) {
    group.primary = undefined;
    group.replicas = [b];
  }
  await moveAll(world, b);
  a.deposed.abort();
  a.mayServe = true;
  await call(world, 'm', set, 1, { stored: 'new', expiry: undefined });
  b.clock.advance(1000);
  await turns();
  assert.is(rows.rows.get(1), 'new');
  a.clock.advance(10_000);
  await turns();
  assert.is(rows.rows.get(1), 'new');
  assert.equal([(await a.home('m')).records.size, (await a.home('m')).behind!.statistics().queued], [0, 0]);
});

test('a write that is on its way while its partition moves settles nothing here, and may reach the store twice', async () => {
  const rows = new Rows();
  const { storeAll } = rows;
  let answer: (() => void) | undefined;
  rows.storeAll = async (entries) => {
    await new Promise<void>((resolve) => (answer = resolve));
    return storeAll(entries);
  };
  const world = await worldOf({ m: { mapStore: { implementation: rows, writeDelaySeconds: 1 } } });
  const [a, b] = world.members as [MapsMember, MapsMember];
  await call(world, 'm', set, 1, { stored: 'x', expiry: undefined });
  world.advance(1000);
  await turns();
  const first = answer!;
  await moveAll(world, b);
  const { behind } = await b.home('m');
  first();
  await turns();
  assert.is(behind!.statistics().queued, 1);
  assert.is((await a.home('m')).behind!.statistics().queued, 0);
  world.advance(1000);
  await turns();
  answer!();
  await turns();
  assert.equal([behind!.statistics().queued, rows.stored], [0, 2]);
  await moveAll(world, a); // the same key again, where it was being sent
  await call(world, 'm', set, 1, { stored: 'y', expiry: undefined });
  assert.is((await a.home('m')).behind!.statistics().queued, 1);
});

test('a map that is not open is opened where its partitions come to, and nobody waits for it', async () => {
  const world = await worldOf({ m: {} });
  const [, b] = world.members as [MapsMember, MapsMember];
  await call(world, 'm', set, 1, { stored: 'x', expiry: undefined });
  assert.not.ok(b.maps.has('m'));
  await moveAll(world, b);
  await turns();
  assert.ok(b.maps.has('m'));
  assert.is(await call(world, 'm', get, 1, undefined), 'x');
});

test('a snapshot has what a map that is not open yet has', async () => {
  const world = await worldOf({ m: {} }, ['a', 'b', 'c']);
  const [, b, c] = world.members as [MapsMember, MapsMember, MapsMember];
  await call(world, 'm', set, 1, { stored: 'x', expiry: undefined });
  await lockOf(world, 2, 'a');
  b.maps.set('m', new Promise(() => undefined));
  await moveAll(world, b);
  for (let partition = 0; partition < PARTITIONS; partition++) world.follow(partition, c);
  await moveAll(world, c);
  assert.is(await call(world, 'm', get, 1, undefined), 'x');
  assert.is(await call(world, 'm', isLocked, 2, undefined), true);
});

test('a large partition comes in slices, and goes back whole when that is called off', async () => {
  const world = await worldOf({ m: { indexes: [{ type: 'SORTED', attributes: ['n'] }] } });
  const [a, b] = world.members as [MapsMember, MapsMember];
  const home = await a.home('m');
  for (let key = 0; key < 3000; key++) await call(world, 'm', set, key, { stored: Object.freeze({ n: key }), expiry: undefined });
  await b.home('m');
  // Each look at the clock takes a while: a slice is short.
  let looks = 0;
  const { now } = b.clock;
  b.clock.now = () => now() + looks++ * 2;
  const { partition } = world.addresses.of(1);
  const size = home.records.sizeOf(partition);
  const promoting = world.promote(partition, b);
  await new Promise((resolve) => setImmediate(resolve));
  const there = (await b.home('m')).records;
  assert.ok(there.sizeOf(partition) > 0 && there.sizeOf(partition) < size, `${there.sizeOf(partition)} of ${size}`);
  const { arrivals } = (await b.home('m')).share!;
  assert.ok(arrivals > 0);
  b.state.demote(partition);
  await promoting;
  assert.is(there.sizeOf(partition), 0);
  world.groups[partition]!.primary = undefined;
  world.groups[partition]!.replicas = [a, b];
  await world.promote(partition, b);
  assert.is(there.sizeOf(partition), size);
  assert.ok((await b.home('m')).share!.arrivals > arrivals);
});

test('each member loads what it owns, a partition that comes loaded is not loaded again, one that was lost is', async () => {
  const rows = new Rows();
  for (let key = 0; key < 30; key++) rows.rows.set(key, `r${key}`);
  const world = new MapsWorld({ m: { mapStore: { implementation: rows, initialMode: 'EAGER' } } });
  const a = world.join('a');
  const b = world.join('b');
  for (let partition = 0; partition < PARTITIONS; partition++) await world.promote(partition, partition === 0 ? a : b, true);
  for (const member of [a, b]) await (await member.open('m')).prepare({ eager: true, indexes: [] });
  const sizes = await Promise.all([a, b].map(async (member) => (await member.home('m')).records.size));
  assert.is(sizes[0]! + sizes[1]!, 30);
  assert.is(rows.loaded.length, 30);
  assert.ok(sizes.every((size) => size > 0));
  assert.equal([a.holds, b.holds], [0, 0]);

  world.follow(0, b);
  await world.promote(0, b);
  await turns();
  assert.equal([(await a.home('m')).records.size, (await b.home('m')).records.size, rows.loaded.length], [0, 30, 30]);

  for (const group of world.groups) group.replicas = [];
  world.kill(b);
  for (let partition = 0; partition < PARTITIONS; partition++) await world.promote(partition, a, true);
  const map = await a.open('m');
  assert.not.ok(map.gate.isOpen);
  assert.is(await map.gate.enter(() => map.home.records.size), 30);
  assert.is(rows.loaded.length, 60);
});

test('a destroyed map is forgotten by its replicas too', async () => {
  const world = await worldOf({ m: {}, n: {} });
  const [a, b] = world.members as [MapsMember, MapsMember];
  for (const name of ['m', 'n']) await call(world, name, set, 1, { stored: 'x', expiry: undefined });
  const at = world.addresses.of(1);
  world.tick();
  assert.is(b.state.readReplica('m', at)!.stored, 'x');
  a.state.forget('m');
  a.maps.delete('m');
  world.tick();
  assert.is(b.state.readReplica('m', at)!.stored, undefined);
  assert.is(b.state.readReplica('n', at)!.stored, 'x');
  await moveAll(world, b);
  assert.is(await call(world, 'm', get, 1, undefined), undefined);
});

test('a limit for the whole cluster is divided among the members that hold entries, as they come and go', async () => {
  const world = new MapsWorld({ m: { evictionPolicy: 'LRU', maxSize: 12, evictionDelaySeconds: 0 } });
  const a = world.join('a');
  for (let partition = 0; partition < PARTITIONS; partition++) await world.promote(partition, a, true);
  const fill = async (): Promise<number> => {
    for (let key = 0; key < 40; key++) await call(world, 'm', set, key, { stored: 1, expiry: undefined });
    return (await a.home('m')).records.size;
  };
  assert.is(await fill(), 12);
  const b = world.join('b');
  assert.is(await fill(), 6);
  world.join('c');
  assert.is(await fill(), 4);
  world.kill(b);
  assert.is(await fill(), 6);
});

test('idle time counts from the promotion, time to live from the last change', async () => {
  const world = await worldOf({ m: { maxIdleSeconds: 1 }, n: { timeToLiveSeconds: 2 } });
  const [, b] = world.members as [MapsMember, MapsMember];
  for (const name of ['m', 'n']) await call(world, name, set, 1, { stored: 'x', expiry: undefined });
  world.tick();
  world.advance(900);
  assert.is(await call(world, 'm', get, 1, undefined), 'x');
  world.advance(900);
  await moveAll(world, b);
  world.advance(199);
  assert.equal([await call(world, 'm', get, 1, undefined), await call(world, 'n', get, 1, undefined)], ['x', 'x']);
  world.advance(1);
  assert.is(await call(world, 'n', get, 1, undefined), undefined);
  world.advance(1000);
  assert.is(await call(world, 'm', get, 1, undefined), undefined);
  assert.is(primaryOf(world, world.addresses.of(1)), b);
});

test.run();
