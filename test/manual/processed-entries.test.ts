/** M17, M64, M65: what becomes of an entry while a processor is at work on it. */
import * as assert from 'uvu/assert';
import type { MapOptions } from '../../lib/index.ts';
import { describe } from '../kit/describe.ts';
import { openMap, testClock } from '../kit/instance.ts';
import { settled } from '../kit/settled.ts';

const test = describe('manual: entries at work');

test('M17 an entry is there, to readers, while its processor is at work: it neither expires nor is evicted', async () => {
  for (const changes of [true, false]) {
    const clock = testClock();
    const limit: MapOptions = { evictionPolicy: 'LRU', maxSize: 2, evictionDelaySeconds: 0, timeToLiveSeconds: 10 };
    await using opened = await openMap<string, number>(limit, { clock });
    const { map } = opened;
    const types: string[] = [];
    await map.set('k', 1);
    await map.addEntryListener({
      added: ({ type }) => types.push(type),
      updated: ({ type }) => types.push(type),
      evicted: ({ type }) => types.push(type),
      expired: ({ type }) => types.push(type),
    }, { key: 'k' }); // prettier-ignore
    const proceed = Promise.withResolvers<void>();
    const processed = map.executeOnKey('k', async (entry) => {
      await proceed.promise;
      if (changes) entry.setValue(entry.value! + 1);
      return entry.value;
    });
    for (const key of ['a', 'b', 'c']) await map.set(key, 0);
    assert.is(await map.get('k'), 1);
    assert.is(await map.size(), 2, 'others went');
    clock.advance(11_000);
    await settled();
    assert.is(await map.get('k'), 1);
    assert.equal([...(await map.keySet())], ['k'], 'the others have expired');
    proceed.resolve();
    assert.is(await processed, changes ? 2 : 1);
    assert.is(await map.get('k'), changes ? 2 : undefined);
    await settled();
    assert.equal(types, [changes ? 'updated' : 'expired']);
    clock.advance(11_000);
    assert.is(await map.get('k'), undefined);
  }
});

test('M17 what had to stay for its processor goes when that has ended', async () => {
  await using opened = await openMap<string, number>({ evictionPolicy: 'LRU', maxSize: 1, evictionDelaySeconds: 0 });
  const { map } = opened;
  await map.set('k', 1);
  const proceed = Promise.withResolvers<void>();
  const processed = map.executeOnKey('k', () => proceed.promise);
  await map.set('a', 0);
  assert.is(await map.size(), 2);
  proceed.resolve();
  await processed;
  assert.equal(await map.keySet(), ['a']);
});

test.run();
