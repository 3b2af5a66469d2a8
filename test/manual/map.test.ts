/** M1-M10, M21, M22, M24: what the calls of a map do and answer. */
import * as assert from 'uvu/assert';
import { describe } from '../kit/describe.ts';
import { openMap, testClock } from '../kit/instance.ts';
import { refusal } from '../kit/refusal.ts';
import { TestStore } from '../kit/store.ts';

interface Customer {
  readonly id?: string;
  readonly name: string;
  readonly surname?: string;
}

const test = describe('manual: the map');

test('M1 get gives the latest value, undefined when there is none', async () => {
  await using opened = await openMap<string, Customer>();
  const { map } = opened;
  assert.is(await map.get('1'), undefined);
  await map.put('1', { name: 'Joe' });
  assert.equal(await map.get('1'), { name: 'Joe' });
  await map.put('1', { name: 'Ali' });
  assert.equal(await map.get('1'), { name: 'Ali' });
});

test('M1 getAll gives those present, once each', async () => {
  await using opened = await openMap<string, number>();
  const { map } = opened;
  await map.putAll([
    ['a', 1],
    ['b', 2],
  ]);
  const found = await map.getAll(['a', 'nobody', 'b', 'a']);
  assert.equal(
    [...found],
    [
      ['a', 1],
      ['b', 2],
    ],
  );
  assert.is((await map.getAll([])).size, 0);
});

test('M2 put answers with the old value, set with nothing', async () => {
  await using opened = await openMap<string, number>();
  const { map } = opened;
  assert.is(await map.put('k', 1), undefined);
  assert.is(await map.put('k', 2), 1);
  assert.is(await map.set('k', 3), undefined);
  assert.is(await map.get('k'), 3);
});

test('M2 set never reads the old value, put does', async () => {
  const store = new TestStore<string, number>([['k', 0]]);
  await using opened = await openMap<string, number>({ mapStore: { implementation: store } });
  await opened.map.evictAll();
  store.forget();
  await opened.map.set('k', 1);
  assert.equal(store.methods, ['store']);
  await opened.map.evict('k');
  store.forget();
  assert.is(await opened.map.put('k', 2), 1);
  assert.equal(store.methods, ['load', 'store']);
});

test('M2 an entry with a time to live is gone when it is over, to the millisecond', async () => {
  const clock = testClock();
  await using opened = await openMap<string, number>({}, { clock });
  const { map } = opened;
  await map.put('short', 1, { ttlSeconds: 1.5 });
  await map.put('idle', 2, { maxIdleSeconds: 1 });
  await map.put('long', 3);
  clock.advance(999);
  assert.is(await map.get('idle'), 2);
  clock.advance(500);
  assert.is(await map.get('short'), 1);
  clock.advance(1);
  assert.is(await map.get('short'), undefined);
  assert.is(await map.size(), 2);
  clock.advance(499);
  assert.is(await map.get('idle'), undefined);
  assert.equal(await map.values(), [3]);
});

test('M2 an expiry that is no number of seconds is refused', async () => {
  await using opened = await openMap<string, number>();
  for (const ttlSeconds of [-1, NaN, '5' as unknown as number]) {
    assert.match((await refusal(opened.map.put('k', 1, { ttlSeconds }))).message, /ttlSeconds must be a number of seconds/);
  }
  assert.is(await opened.map.size(), 0);
});

test('M3 putIfAbsent keeps what is there, and its time to live', async () => {
  const clock = testClock();
  await using opened = await openMap<string, number>({}, { clock });
  const { map } = opened;
  assert.is(await map.putIfAbsent('k', 1, { ttlSeconds: 10 }), undefined);
  assert.is(await map.putIfAbsent('k', 2, { ttlSeconds: 1000 }), 1);
  assert.is(await map.get('k'), 1);
  clock.advance(10_000);
  assert.is(await map.get('k'), undefined);
});

test('M4 replace changes only what is there', async () => {
  await using opened = await openMap<string, number>();
  const { map } = opened;
  assert.is(await map.replace('k', 1), undefined);
  assert.is(await map.containsKey('k'), false);
  await map.put('k', 1);
  assert.is(await map.replace('k', 2), 1);
  assert.is(await map.get('k'), 2);
});

test('M4 replaceIfSame compares by structure', async () => {
  await using opened = await openMap<string, object>();
  const { map } = opened;
  await map.put('k', { a: [1, { b: 2 }], when: new Date(5) });
  assert.is(await map.replaceIfSame('k', { a: [1, { b: 3 }], when: new Date(5) }, {}), false);
  assert.is(await map.replaceIfSame('k', { when: new Date(5), a: [1, { b: 2 }] }, { done: true }), true);
  assert.equal(await map.get('k'), { done: true });
  assert.is(await map.replaceIfSame('nobody', {}, {}), false);
});

test('M5 remove answers with the old value, delete with nothing', async () => {
  await using opened = await openMap<string, number>();
  const { map } = opened;
  await map.put('k', 1);
  assert.is(await map.remove('k'), 1);
  assert.is(await map.remove('k'), undefined);
  await map.put('k', 2);
  assert.is(await map.delete('k'), undefined);
  assert.is(await map.containsKey('k'), false);
});

test('M5 removeIfSame with another value changes nothing, in memory or in the store', async () => {
  const store = new TestStore<string, { v: number }>([['k', { v: 1 }]]);
  await using opened = await openMap<string, { v: number }>({ mapStore: { implementation: store } });
  const { map } = opened;
  assert.is(await map.removeIfSame('k', { v: 2 }), false);
  assert.equal(await map.get('k'), { v: 1 });
  assert.ok(store.entries.has('k'));
  assert.is(await map.removeIfSame('k', { v: 1 }), true);
  assert.is(await map.get('k'), undefined);
  assert.not.ok(store.entries.has('k'));
});

test('M6 containsKey, containsValue, size, isEmpty', async () => {
  await using opened = await openMap<string, object>();
  const { map } = opened;
  assert.is(await map.isEmpty(), true);
  await map.put('k', { list: [1, 2], date: new Date(7) });
  assert.is(await map.containsKey('k'), true);
  assert.is(await map.containsKey('other'), false);
  assert.is(await map.containsValue({ list: [1, 2], date: new Date(7) }), true);
  assert.is(await map.containsValue({ list: [1, 3], date: new Date(7) }), false);
  assert.is(await map.size(), 1);
  assert.is(await map.isEmpty(), false);
});

test('M6 containsKey loads, the others never do', async () => {
  const store = new TestStore<string, number>([['late', 1]]);
  await using opened = await openMap<string, number>({ mapStore: { implementation: store } });
  const { map } = opened;
  await map.evictAll();
  store.forget();
  assert.is(await map.size(), 0);
  assert.is(await map.containsValue(1), false);
  assert.equal(store.methods, []);
  assert.is(await map.containsKey('late'), true);
  assert.equal(store.methods, ['load']);
});

test('M7 values, keySet, entrySet are snapshots', async () => {
  await using opened = await openMap<string, number>();
  const { map } = opened;
  await map.putAll([
    ['a', 1],
    ['b', 2],
    ['c', 3],
  ]);
  const values = await map.values();
  const seen: number[] = [];
  for (const value of values) {
    seen.push(value);
    await map.clear(); // no concurrent modification error
  }
  assert.equal(seen.toSorted(), [1, 2, 3]);
  await map.putAll(new Map([['x', 10]]));
  assert.equal(await map.keySet(), ['x']);
  assert.equal(await map.entrySet(), [['x', 10]]);
  assert.equal(await map.values(), [10]);
});

test('M8 putAll, setAll and removeAll', async () => {
  await using opened = await openMap<number, { n: number }>();
  const { map } = opened;
  await map.putAll(Array.from({ length: 100 }, (_, n) => [n, { n }] as const));
  await map.setAll(new Map([[100, { n: 100 }]]));
  assert.is(await map.size(), 101);
  await map.removeAll('n >= 50');
  assert.is(await map.size(), 50);
  assert.is(await map.containsKey(50), false);
  assert.is(await map.containsKey(49), true);
});

test('M8 of a key that comes twice the last value counts', async () => {
  await using opened = await openMap<string, number>();
  await opened.map.putAll([
    ['k', 1],
    ['k', 2],
  ]);
  assert.is(await opened.map.get('k'), 2);
});

test('M9 putTransient never calls the store', async () => {
  const store = new TestStore<string, number>();
  await using opened = await openMap<string, number>({ mapStore: { implementation: store } });
  await opened.map.size();
  store.forget();
  await opened.map.putTransient('k', 1);
  assert.is(await opened.map.get('k'), 1);
  assert.equal(store.methods, []);
});

test('M10 tryPut and tryRemove give up when the key is not free in time', async () => {
  const clock = testClock();
  const store = new TestStore<string, number>();
  await using opened = await openMap<string, number>({ mapStore: { implementation: store } }, { clock });
  const { map } = opened;
  await map.size();
  const release = store.block();
  const slow = map.put('k', 1);
  const tried = map.tryPut('k', 2, 100);
  const removed = map.tryRemove('k', 100);
  const other = map.tryPut('other', 5, 0);
  clock.advance(100);
  assert.is(await tried, false);
  assert.is(await removed, false);
  release();
  await slow;
  assert.is(await other, true);
  assert.is(await map.get('k'), 1);
  assert.is(await map.tryPut('k', 3, 0), true);
  assert.is(await map.tryRemove('k', 0), true);
  assert.is(store.entries.size, 1);
});

test('M21 localKeySet and local statistics are this member’s share: all of it, alone', async () => {
  await using opened = await openMap<number, { n: number }>();
  const { map } = opened;
  for (let n = 0; n < 10; n++) await map.put(n, { n });
  await map.get(1);
  await map.get(99);
  await map.remove(9);
  assert.is((await map.localKeySet()).length, 9);
  assert.equal(await map.localKeySet('n = 3'), [3]);
  const stats = map.getLocalMapStats();
  assert.is(stats.ownedEntryCount, 9);
  assert.is(stats.putCount, 10);
  assert.is(stats.removeCount, 1);
  assert.is(stats.hits, 1);
  assert.is(stats.misses, 1);
  assert.ok(stats.heapCost > 0);
});

test('M22 the manual’s getCustomer, updateCustomer and removeCustomer', async () => {
  await using opened = await openMap<string, Customer>();
  const { map } = opened;
  const getCustomer = async (id: string): Promise<Customer> => {
    let customer = await map.get(id);
    if (customer === undefined) {
      customer = { id, name: 'new' };
      customer = (await map.putIfAbsent(id, customer)) ?? customer;
    }
    return customer;
  };
  const updateCustomer = async (customer: Customer): Promise<boolean> => (await map.replace(customer.id!, customer)) !== undefined;
  const removeCustomer = async (customer: Customer): Promise<boolean> => map.removeIfSame(customer.id!, customer);

  const customer = await getCustomer('1');
  assert.equal(customer, { id: '1', name: 'new' });
  assert.equal(await getCustomer('1'), customer);
  assert.is(await updateCustomer({ id: '2', name: 'Avi' }), false);
  assert.is(await updateCustomer({ id: '1', name: 'Avi' }), true);
  assert.is(await removeCustomer(customer), false);
  assert.is(await removeCustomer({ id: '1', name: 'Avi' }), true);
  assert.is(await map.isEmpty(), true);
});

test('M22 the manual’s first example: three customers, iterated', async () => {
  await using opened = await openMap<string, Customer>();
  const { map: mapCustomers } = opened;
  await mapCustomers.put('1', { name: 'Joe', surname: 'Smith' });
  await mapCustomers.put('2', { name: 'Ali', surname: 'Selam' });
  await mapCustomers.put('3', { name: 'Avi', surname: 'Noyan' });
  const colCustomers = await mapCustomers.values();
  assert.equal(colCustomers.map((customer) => customer.name).toSorted(), ['Ali', 'Avi', 'Joe']);
});

test('M24 concurrent calls on one key behave as if one came after the other', async () => {
  const store = new TestStore<string, number>([['k', 0]]);
  await using opened = await openMap<string, number>({ mapStore: { implementation: store } });
  const { map } = opened;
  const increments = Array.from({ length: 20 }, async () => {
    for (;;) {
      const before = (await map.get('k'))!;
      if (await map.replaceIfSame('k', before, before + 1)) return;
    }
  });
  await Promise.all(increments);
  assert.is(await map.get('k'), 20);
  assert.is(store.entries.get('k'), 20);
});

test('M24 only one of many concurrent putIfAbsent wins', async () => {
  const store = new TestStore<string, number>();
  await using opened = await openMap<string, number>({ mapStore: { implementation: store } });
  const answers = await Promise.all(Array.from({ length: 10 }, (_, n) => opened.map.putIfAbsent('k', n)));
  assert.is(answers.filter((answer) => answer === undefined).length, 1);
  assert.is(new Set(answers.filter((answer) => answer !== undefined)).size, 1);
});

test.run();
