/** M14, M63: what an entry tells about itself. */
import * as assert from 'uvu/assert';
import { describe } from '../kit/describe.ts';
import { openMap, testClock } from '../kit/instance.ts';

const test = describe('manual: entry statistics');
const START = Date.UTC(2026, 0, 1);

test('M14 no view of what is not there, and the store is not asked', async () => {
  await using opened = await openMap<string, string>({ mapStore: { implementation: { load: () => 'loaded' } } });
  assert.is(await opened.map.getEntryView('k'), undefined);
});

test('M63 the manual’s quotes example: every statistic', async () => {
  const clock = testClock(START);
  await using opened = await openMap<string, string>({}, { clock });
  const { map } = opened;
  await map.put('1', 'to be', { ttlSeconds: 60, maxIdleSeconds: 30 });
  clock.advance(1000);
  await map.get('1');
  await map.get('1');
  clock.advance(1000);
  await map.put('1', 'or not to be', { ttlSeconds: 120, maxIdleSeconds: 30 });
  const view = (await map.getEntryView('1'))!;
  assert.is(view.key, '1');
  assert.is(view.value, 'or not to be');
  assert.ok(view.cost > 0);
  assert.is(view.creationTime, START);
  assert.is(view.hits, 2);
  assert.is(view.lastUpdateTime, START + 2000);
  assert.ok(view.lastAccessTime >= START + 1000);
  assert.is(view.version, 1);
  assert.is(view.isValid, true);
  assert.is(view.ttl, 120_000);
  assert.is(view.maxIdle, 30_000);
  assert.is(view.expirationTime, START + 32_000);
  assert.is(view.lastStoredTime, 0);
});

test('M63 without expiry it is for ever; a view is not a hit', async () => {
  await using opened = await openMap<string, number>();
  await opened.map.put('k', 1);
  for (let i = 0; i < 3; i++) await opened.map.getEntryView('k');
  const view = (await opened.map.getEntryView('k'))!;
  assert.is(view.hits, 0);
  assert.is(view.expirationTime, Infinity);
  assert.is(view.ttl, 0);
});

test('M63 setValue puts, and answers with the old value', async () => {
  await using opened = await openMap<string, number>();
  await opened.map.put('k', 1);
  const view = (await opened.map.getEntryView('k'))!;
  assert.is(await view.setValue(2), 1);
  assert.is(await opened.map.get('k'), 2);
});

test('M63 queries leave no trace in statistics', async () => {
  await using opened = await openMap<string, { n: number }>();
  await opened.map.put('k', { n: 1 });
  await opened.map.values('n = 1');
  await opened.map.containsValue({ n: 1 });
  assert.is((await opened.map.getEntryView('k'))!.hits, 0);
});

test.run();
