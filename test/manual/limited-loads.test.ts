/** M66: what a map with a limit loads from its store. */
import * as assert from 'uvu/assert';
import type { MapOptions } from '../../lib/index.ts';
import { describe } from '../kit/describe.ts';
import { openMap, testClock, type TestClock } from '../kit/instance.ts';

const test = describe('manual: loads into a limited map');

type Opened = Awaited<ReturnType<typeof openMap<number, string>>>;

async function clocked(options: MapOptions, partitionCount = 271): Promise<Opened & { readonly clock: TestClock }> {
  const clock = testClock();
  return { ...(await openMap<number, string>(options, { clock, partitionCount })), clock };
}

const EXACT: MapOptions = { evictionPolicy: 'LRU', maxSize: 100, evictionDelaySeconds: 0 };
const KILOBYTE = 'x'.repeat(1024);

for (const streams of [false, true]) {
  const what = streams ? 'a stream' : 'keys';
  test(`M66 an initial load from ${what} stops at the limit: no row is loaded to be thrown out again, none that is in memory is driven out`, async () => {
    for (const options of [EXACT, { evictionPolicy: 'LRU', maxSize: 100 } as const]) {
      let loaded = 0;
      const row = (key: number): [number, string] => (loaded++, [key, `v${key}`]);
      const keys = Array.from({ length: 5000 }, (_, key) => key);
      const implementation = streams
        ? {
            load: (key: number) => `v${key}`,
            async loadOwned(sink: { put(key: number, value: string): void; readonly isDue: boolean; drained(): Promise<void> }) {
              for (const key of keys) {
                sink.put(...row(key));
                if (sink.isDue) await sink.drained();
              }
              return { rows: keys.length };
            },
          }
        : { loadAllKeys: () => keys, load: (key: number) => `v${key}`, loadAll: (some: readonly number[]) => new Map(some.map(row)) };
      await using opened = await clocked({ ...options, mapStore: { implementation: implementation as never, loadBatchSize: 30 } });
      const { map, clock } = opened;
      await map.putTransient(9999, 'mine');
      assert.is(await map.size(), 100);
      assert.ok(loaded <= 101, `${loaded} rows`);
      assert.is(map.getLocalMapStats().evictionCount, 0);
      assert.is(await map.get(9999), 'mine');
      clock.advance(60_000);
      assert.is(await map.size(), 100);
      // loadAll fills what is free, and renews what is there.
      await map.remove(9999);
      loaded = 0;
      await map.loadAll([9999, 4000, 4001, 50]);
      assert.is(await map.size(), 100);
      assert.is(map.getLocalMapStats().evictionCount, 0);
      await map.loadAll(undefined, { replaceExisting: false });
      assert.is(map.getLocalMapStats().evictionCount, 0);
      // What is asked for by key is loaded always.
      assert.is(await map.get(4999), 'v4999');
      assert.is((await map.getAll([4995, 4996])).size, 2);
      clock.advance(60_000);
      assert.ok((await map.size()) <= 100);
    }
  });
}

test('M66 a store that goes on giving rows to a full map drives nothing out', async () => {
  const implementation = {
    load: (key: number) => `v${key}`,
    async loadOwned(sink: { put(key: number, value: string): void }) {
      for (let key = 0; key < 1000; key++) sink.put(key, `v${key}`);
      return { rows: 1000 };
    },
  };
  await using opened = await clocked({ ...EXACT, mapStore: { implementation: implementation as never } });
  const { map } = opened;
  await map.putTransient(9999, 'mine');
  assert.is(await map.size(), 100);
  assert.is(map.getLocalMapStats().evictionCount, 0);
  assert.is(await map.get(9999), 'mine');
});

test('M66 a limit of bytes or of partitions is kept by loads too', async () => {
  const keys = Array.from({ length: 3000 }, (_, key) => key);
  for (const maxSizePolicy of ['used_heap_size', 'partitions_wide_map_size'] as const) {
    let loaded = 0;
    const loadAll = (some: readonly number[]): Map<number, string> => (
      (loaded += some.length),
      new Map(some.map((key) => [key, KILOBYTE]))
    );
    await using opened = await clocked(
      {
        evictionPolicy: 'LRU',
        maxSize: 1,
        maxSizePolicy,
        evictionDelaySeconds: 0,
        mapStore: { implementation: { loadAllKeys: () => keys, load: () => KILOBYTE, loadAll }, loadBatchSize: 100 },
      },
      40,
    );
    const size = await opened.map.size();
    if (maxSizePolicy === 'used_heap_size') assert.ok(size > 850 && size < 1000, `${size}`);
    else assert.is(size, 40);
    assert.ok(loaded <= size + 200, `${loaded} for ${size}`);
    assert.ok(opened.map.getLocalMapStats().evictionCount <= 1);
  }
});

test.run();
