/** B4 with several members: each follows what it owns, and nothing is missed when partitions move. */
import * as assert from 'uvu/assert';
import { get } from '../../lib/operations/get.ts';
import { describe } from '../kit/describe.ts';
import { FeedStore } from '../operations/feed-store.ts';
import { call, moveAll, turns, worldOf, type MapsMember } from './maps-world.ts';

const test = describe('maps that follow and move');

test('each member follows what it owns, and what the one before it had not heard of is read again', async () => {
  const rows = new Map<number, string>();
  for (let key = 0; key < 10; key++) rows.set(key, `r${key}`);
  const stores: FeedStore[] = [];
  const newMapStore = (): FeedStore => {
    const store = new FeedStore(rows);
    stores.push(store);
    return store;
  };
  const world = await worldOf({ m: { mapStore: { factory: { newMapStore }, initialMode: 'EAGER' } } });
  const [a, b] = world.members as [MapsMember, MapsMember];
  for (const member of [a, b]) await (await member.open('m')).prepare({ eager: true, indexes: [] });
  const [first, second] = stores as [FeedStore, FeedStore];
  const change = (key: number, value: string): void => {
    for (const store of stores) store.rows.set(key, value);
  };
  change(1, 'both heard');
  for (const store of stores) await store.tell({ op: 'changed', key: 1 });
  assert.is(await call(world, 'm', get, 1, undefined), 'both heard');
  assert.equal(second.reads, [], 'the other one leaves it alone');
  change(2, 'b heard');
  await second.tell({ op: 'changed', key: 2 }, { op: 'upsert', key: 11, value: 'new' });
  change(11, 'new');
  assert.is((await b.home('m')).records.size, 0);
  await moveAll(world, b);
  await turns();
  assert.equal([await call(world, 'm', get, 2, undefined), await call(world, 'm', get, 1, undefined)], ['b heard', 'both heard']);
  assert.is((await b.home('m')).records.size, 11, 'rows that are new belong there too');
  await first.tell({ op: 'changed', key: 2 });
  assert.is((await a.home('m')).records.size, 0);
  second.rows.delete(3);
  await second.tell({ op: 'gap', reason: 'a test' });
  assert.is((await b.home('m')).records.size, 10);
});

test('what was changed when neither the member before nor the one after followed is read again', async () => {
  const rows = new Map<number, string>();
  for (let key = 0; key < 10; key++) rows.set(key, `r${key}`);
  const newMapStore = (): FeedStore => new FeedStore(rows);
  const world = await worldOf({ m: { mapStore: { factory: { newMapStore }, initialMode: 'EAGER' } } });
  const [a, b] = world.members as [MapsMember, MapsMember];
  await (await a.open('m')).prepare({ eager: true, indexes: [] });
  rows.set(5, 'unheard').set(11, 'new');
  rows.delete(6);
  await moveAll(world, b);
  await (await b.open('m')).prepare({ eager: true, indexes: [] });
  b.clock.advance(1000);
  await turns();
  assert.equal([await call(world, 'm', get, 5, undefined), await call(world, 'm', get, 11, undefined)], ['unheard', 'new']);
  assert.is(await call(world, 'm', get, 6, undefined), undefined);
});

test.run();
