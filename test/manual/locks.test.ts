/** M15, M62: locks on keys. What other calls do with them is in `locked-keys.test.ts`. */
import * as assert from 'uvu/assert';
import { ConfigError, newInstance, NotLockOwnerError, type LockHandle } from '../../lib/index.ts';
import { describe } from '../kit/describe.ts';
import { openMap, testClock } from '../kit/instance.ts';
import { refusal } from '../kit/refusal.ts';
import { hasEnded, settled } from '../kit/settled.ts';
import { TestStore } from '../kit/store.ts';

const test = describe('manual: locks');

test('M15 a key need not exist to be locked, and does not exist afterwards', async () => {
  await using opened = await openMap<string, number>();
  const { map } = opened;
  const held = await map.lock('nobody');
  assert.ok(await map.isLocked('nobody'));
  assert.not.ok(await map.isLocked('somebody'));
  assert.is(await map.size(), 0);
  await held.unlock();
  assert.not.ok(await map.isLocked('nobody'));
  assert.is(await map.size(), 0);
});

test('M15 keys are locked by value', async () => {
  await using opened = await openMap<{ id: number }, number>();
  const { map } = opened;
  const key = { id: 1 };
  await using held = await map.lock(key);
  key.id = 2;
  assert.equal(held.key, { id: 1 });
  assert.is(await map.tryLock({ id: 1 }), undefined);
  await held.set(7);
  assert.is(await map.get({ id: 1 }), 7);
  await using other = await map.lock({ id: 2 });
  assert.ok(other);
});

test('M15 locking does not call the store', async () => {
  const store = new TestStore<string, number>([['k', 1]]);
  await using opened = await openMap<string, number>({ mapStore: { implementation: store } });
  await opened.map.evictAll();
  store.forget();
  const held = await opened.map.lock('k');
  await opened.map.isLocked('k');
  await held.unlock();
  assert.equal(store.methods, []);
});

test('M62 await using unlocks, an explicit unlock before it does no harm', async () => {
  await using opened = await openMap<string, number>();
  const { map } = opened;
  {
    await using held = await map.lock('k');
    await held.set(1);
    assert.ok(await map.isLocked('k'));
  }
  assert.not.ok(await map.isLocked('k'));
  {
    await using held = await map.lock('k');
    await held.unlock();
    await using next = await map.lock('k');
    assert.ok(next);
  }
  assert.not.ok(await map.isLocked('k'));
});

test('M62 waiters are served in order of arrival, those who lock and those who change', async () => {
  await using opened = await openMap<string, string>();
  const { map } = opened;
  const order: string[] = [];
  const note = (name: string) => (): void => void order.push(name);
  const held = await map.lock('k');
  const calls: Promise<unknown>[] = [];
  const work = async (name: string): Promise<void> => {
    const handle = await map.lock('k');
    order.push(name);
    await settled();
    order.push(`${name} ends`);
    await handle.unlock();
  };
  calls.push(
    map.set('k', 'a').then(note('set a')),
    work('lock b'),
    map.put('k', 'c').then(note('put c')),
    map.delete('k').then(note('delete')),
  );
  calls.push(work('lock d'), map.set('k', 'e').then(note('set e')));
  await settled();
  assert.equal(order, []);
  await held.unlock();
  await Promise.all(calls);
  assert.equal(order, ['set a', 'lock b', 'lock b ends', 'put c', 'delete', 'lock d', 'lock d ends', 'set e']);
});

test('M62 a lock waits for the change under way', async () => {
  const store = new TestStore<string, number>();
  await using opened = await openMap<string, number>({ mapStore: { implementation: store } });
  const { map } = opened;
  await map.size();
  const unblock = store.block();
  const put = map.put('k', 1);
  await settled();
  const locking = map.lock('k');
  assert.not.ok(await hasEnded(locking));
  assert.is(await map.tryLock('k'), undefined);
  unblock();
  await put;
  const held = await locking;
  assert.is(await held.get(), 1);
});

test('M62 tryLock answers undefined when the key is not free in time', async () => {
  const clock = testClock();
  await using opened = await openMap<string, number>({}, { clock });
  const { map } = opened;
  const held = (await map.tryLock('k'))!;
  assert.is(await map.tryLock('k'), undefined, 'at once');
  assert.is(await map.tryLock('k', { timeoutMs: 0 }), undefined);
  const patient = map.tryLock('k', { timeoutMs: 100 });
  clock.advance(99);
  assert.not.ok(await hasEnded(patient));
  clock.advance(1);
  assert.is(await patient, undefined);
  const lucky = map.tryLock('k', { timeoutMs: 100 });
  await settled();
  clock.advance(99);
  await held.unlock();
  await using next = (await lucky)!;
  clock.advance(1000);
  assert.ok(await next.isHeld());
});

test('M62 tryLock gives up also while it waits for a change under way, and leaves no lock behind', async () => {
  const clock = testClock();
  const store = new TestStore<string, number>();
  await using opened = await openMap<string, number>({ mapStore: { implementation: store } }, { clock });
  const { map } = opened;
  await map.size();
  const unblock = store.block();
  const put = map.put('k', 1);
  const trying = map.tryLock('k', { timeoutMs: 10 });
  await settled();
  clock.advance(10);
  assert.is(await trying, undefined);
  assert.not.ok(await map.isLocked('k'));
  unblock();
  await put;
  await map.set('k', 2);
});

test('M62 a lease ends at its deadline: the next is served, the handle fails', async () => {
  const clock = testClock();
  await using opened = await openMap<string, number>({}, { clock });
  const { map } = opened;
  const held = await map.lock('k', { leaseSeconds: 1.5 });
  const waiting = map.set('k', 1);
  const next = map.lock('k');
  clock.advance(1499);
  assert.not.ok(await hasEnded(waiting));
  await held.set(0);
  clock.advance(1);
  await waiting;
  const second = await next;
  assert.instance(await refusal(held.set(9)), NotLockOwnerError);
  assert.instance(await refusal(held.get()), NotLockOwnerError);
  assert.instance(await refusal(held.unlock()), NotLockOwnerError);
  assert.not.ok(await held.isHeld());
  assert.ok(await second.isHeld(), 'the stranger took nothing from the holder');
  assert.is(await map.get('k'), 1);
});

test('M62 the deadline is exact also when the timer is late', async () => {
  const clock = testClock();
  let late = 0;
  // Timers fire too late, as they do when the event loop is busy.
  const lazy = { ...clock, after: (delayMs: number, run: () => void) => clock.after(delayMs + 50, run), now: () => clock.now() + late };
  await using opened = await openMap<string, number>({}, { clock: lazy });
  const held = await opened.map.lock('k', { leaseSeconds: 1 });
  late = 999;
  await held.set(1);
  late = 1000;
  assert.not.ok(await held.isHeld());
  const error = await refusal(held.set(2));
  assert.instance(error, NotLockOwnerError);
  assert.equal([error.code, error.details], ['ERR_NOT_LOCK_OWNER', { map: 'test', key: 'k' }]);
  assert.instance(await refusal(held.unlock()), NotLockOwnerError);
  assert.not.ok(await opened.map.isLocked('k'), 'unlocking has let the next one in, late as it was');
  assert.is(await opened.map.get('k'), 1);
});

test('M62 a locked entry neither expires nor is evicted; when it is unlocked, both catch up', async () => {
  const clock = testClock();
  await using opened = await openMap<string, number>({ evictionPolicy: 'LRU', maxSize: 2, evictionDelaySeconds: 0 }, { clock });
  const { map } = opened;
  await map.set('k', 1, { ttlSeconds: 1 });
  const held = await map.lock('k');
  for (const key of ['a', 'b', 'c']) await map.set(key, 2);
  assert.equal((await map.keySet()).toSorted(), ['c', 'k']);
  clock.advance(5000);
  assert.is(await map.get('k'), 1);
  assert.is(await map.size(), 2);
  await held.unlock();
  assert.is(await map.get('k'), undefined);
  assert.equal(await map.keySet(), ['c']);
});

test('M62 a lease begins when the lock is there, not when it was asked for', async () => {
  const clock = testClock();
  await using opened = await openMap<string, number>({}, { clock });
  const first = await opened.map.lock('k');
  const waiting = opened.map.lock('k', { leaseSeconds: 1 });
  clock.advance(5000);
  await first.unlock();
  const second = await waiting;
  clock.advance(999);
  assert.ok(await second.isHeld());
  clock.advance(1);
  assert.not.ok(await second.isHeld());
});

test('M62 await using says so when the lease was over before the block', async () => {
  const clock = testClock();
  await using opened = await openMap<string, number>({}, { clock });
  const block = async (): Promise<void> => {
    await using held = await opened.map.lock('k', { leaseSeconds: 1 });
    assert.ok(held);
    clock.advance(2000);
  };
  assert.instance(await refusal(block()), NotLockOwnerError);
});

test('M15 forceUnlock takes the lock from whoever holds it', async () => {
  await using opened = await openMap<string, number>();
  const { map } = opened;
  assert.is(await map.forceUnlock('k'), false);
  const held = await map.lock('k');
  const next = map.lock('k');
  assert.is(await map.forceUnlock('k'), true);
  const second = await next;
  assert.instance(await refusal(held.put(1)), NotLockOwnerError);
  assert.instance(await refusal(held.unlock()), NotLockOwnerError);
  assert.ok(await second.isHeld());
  await second.unlock();
});

test('M62 a lock is not reentrant: the second one waits, also for the same caller', async () => {
  await using opened = await openMap<string, number>();
  const held = await opened.map.lock('k');
  const again = opened.map.lock('k');
  assert.not.ok(await hasEnded(again));
  const add = (handle: LockHandle<string, number>): Promise<void> => handle.set(1);
  await add(held); // what must pass is given the handle
  await held.unlock();
  await (await again).unlock();
});

test('M62 a signal gives up waiting, and gives up nothing that is held', async () => {
  await using opened = await openMap<string, number>();
  const { map } = opened;
  const held = await map.lock('k');
  const stop = new AbortController();
  const waiting = map.lock('k', { signal: stop.signal });
  const trying = map.tryLock('k', { timeoutMs: 1e6, signal: stop.signal });
  const behind = map.lock('k');
  await settled();
  const reason = new Error('enough');
  stop.abort(reason);
  for (const call of [waiting, trying]) {
    const error = await refusal(call);
    assert.equal([error.code, error.cause], ['ERR_ABORTED', reason]);
  }
  await held.unlock();
  assert.ok(await (await behind).isHeld(), 'those behind are served');
  assert.is((await refusal(map.lock('free', { signal: stop.signal }))).code, 'ERR_ABORTED');
  const late = new AbortController();
  const other = await map.lock('other', { signal: late.signal });
  late.abort();
  assert.ok(await other.isHeld(), 'a lock that is there stays');
});

test('M62 a lock that is disposed of after its map is gone is none any more; to unlock it is an error', async () => {
  for (const end of ['close', 'destroy'] as const) {
    const instance = newInstance();
    const map = await instance.getMap<string, number>('m');
    const held = await map.lock('k');
    await (end === 'close' ? instance.close() : map.destroy());
    await held[Symbol.asyncDispose]();
    const other = await newInstance().getMap<string, number>('m');
    const lost = await other.lock('k');
    await other.forceUnlock('k');
    assert.is((await refusal(lost[Symbol.asyncDispose]())).code, 'ERR_NOT_LOCK_OWNER', 'a lost lock is told');
    await instance.close();
    assert.match((await refusal(held.unlock())).code, /^ERR_(INSTANCE_CLOSED|MAP_DESTROYED)$/);
  }
});

test('M62 after destroy a map of the same name has no locks', async () => {
  await using instance = newInstance();
  const first = await instance.getMap<string, number>('m');
  await first.lock('k');
  await first.destroy();
  const second = await instance.getMap<string, number>('m');
  assert.not.ok(await second.isLocked('k'));
  await second.set('k', 1);
});

test('M62 a lock that waits for the change under way when the map is destroyed gets that error', async () => {
  const store = new TestStore<string, number>();
  const { map } = await openMap<string, number>({ mapStore: { implementation: store } });
  await map.size();
  const unblock = store.block();
  const put = map.put('k', 1);
  const locking = refusal(map.lock('k'));
  await settled();
  const destroying = map.destroy();
  unblock();
  await put;
  assert.is((await locking).code, 'ERR_MAP_DESTROYED');
  await destroying;
});

test('M15 a lock that is forced open before it was there is waited for once more', async () => {
  const store = new TestStore<string, number>();
  await using opened = await openMap<string, number>({ mapStore: { implementation: store } });
  const { map } = opened;
  await map.size();
  const unblock = store.block();
  const put = map.put('k', 1);
  const locking = map.lock('k');
  await settled();
  assert.ok(await map.forceUnlock('k'));
  const next = map.put('k', 2);
  unblock();
  await put;
  const held = await locking;
  assert.ok(await held.isHeld());
  await next;
  await held.unlock();
});

test('M62 bad options are refused with a sentence', async () => {
  await using opened = await openMap<string, number>();
  const { map } = opened;
  const lock = (options: unknown): Promise<unknown> => map.lock('k', options as undefined);
  const tryLock = (options: unknown): Promise<unknown> => map.tryLock('k', options as undefined);
  for (const call of [
    lock({ leaseSeconds: -1 }), lock({ leaseSeconds: '1' }), lock({ leaseSeconds: Number.NaN }), lock({ timeoutMs: 1 }), lock({ lease: 1 }),
    lock(null), lock(5), lock({ signal: {} }), tryLock({ timeoutMs: -1 }), tryLock({ timeoutMs: '1' }), tryLock(null),
  ]) assert.instance(await refusal(call), ConfigError); // prettier-ignore
  assert.is((await refusal(map.lock(undefined as never))).code, 'ERR_KEY');
  assert.not.ok(await map.isLocked('k'));
});

test.run();
