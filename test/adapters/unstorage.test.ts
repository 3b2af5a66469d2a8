/** A map as driver of unstorage: the cases of unstorage's own tests of drivers, and the same random calls as its memory driver. */
import * as assert from 'uvu/assert';
import { createStorage, restoreSnapshot, type Storage, type StorageValue } from 'unstorage';
import { randomFrom } from '../../bench/employees.ts';
import { unstorageDriver, type UnstorageDriverOptions } from '../../lib/adapters/unstorage.ts';
import type { IMap } from '../../lib/index.ts';
import { describe } from '../kit/describe.ts';
import { openMap, testClock, type TestClock } from '../kit/instance.ts';
import { EFFORT, SEED } from '../kit/seed.ts';

const test = describe('unstorage');
type Values = IMap<string, unknown>;

/** A test with a storage over a fresh map; once more with a base, which must make no difference. */
function cases(title: string, run: (storage: Storage, map: Values, clock: TestClock) => Promise<void>): void {
  for (const options of [{}, { base: 'app' }] satisfies UnstorageDriverOptions[]) {
    test(`${title}${'base' in options ? ', with a base' : ''}`, async () => {
      const clock = testClock();
      await using opened = await openMap<string, unknown>({}, { clock });
      await opened.map.put('other', 'not of this storage');
      if (!('base' in options)) await opened.map.clear();
      const storage = createStorage({ driver: unstorageDriver(opened.map, options) });
      await run(storage, opened.map, clock);
      await storage.dispose();
      if ('base' in options) assert.is(await opened.map.get('other'), 'not of this storage');
    });
  }
}

cases('a snapshot is restored', async (storage) => {
  await restoreSnapshot(storage, { initial: 'works' });
  assert.is(await storage.getItem('initial'), 'works');
});

cases('what is not there', async (storage) => {
  assert.is(await storage.hasItem('s1:a'), false);
  assert.is(await storage.getItem('s2:a'), null);
  assert.is(await storage.getItemRaw('s2:a'), null);
  assert.equal(await storage.getMeta('s2:a'), Object.create(null));
  assert.equal(await storage.getKeys(), []);
});

cases('items are set, found and removed; queries in keys do not count', async (storage) => {
  await storage.setItem('s1:a', 'test_data');
  await storage.setItem('s3:a?q=1', 'test_data');
  assert.is(await storage.hasItem('s1:a'), true);
  assert.is(await storage.getItem('s3:a?q=2'), 'test_data');
  await storage.removeItem('s1:a', { removeMeta: true });
  assert.is(await storage.hasItem('s1:a'), false);
  assert.is(await storage.getItem('s1:a'), null);
});

cases('keys, below a base, to a depth', async (storage) => {
  for (const key of ['d0', 'd0:d1', 'd0:d1:d2a', 'd0:d1:d2b', 'e0:d1']) await storage.setItem(key, 'x');
  const keys = async (base?: string, maxDepth?: number): Promise<string[]> =>
    (await storage.getKeys(base, maxDepth === undefined ? {} : { maxDepth })).toSorted();
  assert.equal(await keys(), ['d0', 'd0:d1', 'd0:d1:d2a', 'd0:d1:d2b', 'e0:d1']);
  assert.equal(await keys('d0'), ['d0:d1', 'd0:d1:d2a', 'd0:d1:d2b']);
  assert.equal(await keys(undefined, 0), ['d0']);
  assert.equal(await keys(undefined, 1), ['d0', 'd0:d1', 'e0:d1']);
});

cases('values of all kinds come back', async (storage) => {
  class Lossy {
    toJSON(): object {
      return { json: 'works' };
    }
  }
  const values: Record<string, [unknown, unknown]> = {
    object: [{ json: 'works' }, { json: 'works' }],
    yes: [true, true],
    no: [false, false],
    zero: [0, 0],
    lossy: [new Lossy(), { json: 'works' }],
  };
  for (const [key, [value]] of Object.entries(values)) await storage.setItem(`/data/${key}.json`, value as StorageValue);
  for (const [key, [, expected]] of Object.entries(values)) assert.equal(await storage.getItem(`/data/${key}.json`), expected, key);
  const error = await storage.setItem('bad', new Map() as never).catch((thrown: unknown) => thrown);
  assert.match((error as Error).message, 'Cannot stringify value');
  await storage.setItem('gone', 'x');
  await storage.setItem('gone', undefined as never);
  assert.is(await storage.hasItem('gone'), false);
});

cases('raw values are kept as they are', async (storage) => {
  await storage.setItemRaw('/data/raw.bin', new Uint8Array([1, 2, 3]));
  assert.equal(await storage.getItemRaw('/data/raw.bin'), new Uint8Array([1, 2, 3]));
  await storage.setItemRaw('object', { when: new Date(5) });
  assert.equal(await storage.getItemRaw('object'), { when: new Date(5) });
});

cases('several at once, each with its own options', async (storage) => {
  await storage.setItems([
    { key: 't:1', value: 'one' },
    { key: 't:2', value: 'two' },
    { key: 't:3?q=1', value: 'three' },
  ]);
  assert.equal(await storage.getItems([{ key: 't:1' }, 't:2', { key: 't:3?q=2' }, 'nobody']), [
    { key: 't:1', value: 'one' },
    { key: 't:2', value: 'two' },
    { key: 't:3', value: 'three' },
    { key: 'nobody', value: null },
  ]);
});

cases('clear, also when there is nothing', async (storage) => {
  await storage.setItem('a:1', 'x');
  await storage.clear();
  assert.equal(await storage.getKeys(), []);
  await storage.clear();
});

test('a storage mounted below others clears its part of the map', async () => {
  await using opened = await openMap<string, unknown>();
  const storage = createStorage();
  storage.mount('here', unstorageDriver(opened.map, { base: 'x' }));
  for (const key of ['here:a:1', 'here:a:2', 'here:b:1', 'there:a:1']) await storage.setItem(key, 'x');
  await opened.map.set('y:1', 'another’s');
  await unstorageDriver(opened.map, { base: 'x' }).clear('a:');
  assert.equal((await storage.getKeys()).toSorted(), ['here:b:1', 'there:a:1']);
  await storage.clear('here');
  assert.equal(await opened.map.keySet(), ['y:1']);
});

cases('items live as long as the call or the driver says', async (storage, map, clock) => {
  await storage.setItem('short', 'x', { ttl: 1 });
  await storage.setItem('long', 'x');
  clock.advance(1000);
  assert.equal([await storage.hasItem('short'), await storage.hasItem('long')], [false, true]);
  const brief = createStorage({ driver: unstorageDriver(map, { base: 'brief', ttl: 2 }) });
  await brief.setItem('k', 'x');
  clock.advance(1999);
  assert.is(await brief.hasItem('k'), true);
  clock.advance(1);
  assert.is(await brief.hasItem('k'), false);
});

cases('meta data: what the map knows, and what was set', async (storage, _, clock) => {
  const began = clock.now();
  await storage.setItem('k', 'some text', { ttl: 60 });
  clock.advance(1000);
  await storage.getItem('k');
  const { size, ...meta } = await storage.getMeta('k');
  assert.equal({ ...meta }, { birthtime: new Date(began), mtime: new Date(began), atime: new Date(began + 1000), ttl: 60 });
  assert.ok((size as number) > 9);
  await storage.setMeta('k', { owner: 'Joe' });
  assert.is((await storage.getMeta('k'))['owner'], 'Joe');
});

cases('who watches hears of every change of the map, until it ends', async (storage, map, clock) => {
  const heard: string[] = [];
  const unwatch = await storage.watch((event, key) => heard.push(`${event} ${key}`));
  await storage.setItem('a', 'x');
  await storage.setItem('a', 'y', { ttl: 1 });
  clock.advance(1000);
  await map.size();
  await storage.setItem('b', 'x');
  await storage.removeItem('b');
  await turn();
  assert.equal(heard, ['update a', 'update a', 'remove a', 'update b', 'remove b']);
  await unwatch();
  await storage.setItem('c', 'x');
  await turn();
  assert.is(heard.length, 5);
});

test('dispose ends watching, and leaves the map as it is', async () => {
  await using opened = await openMap<string, unknown>();
  const driver = unstorageDriver(opened.map);
  const heard: string[] = [];
  await driver.watch((event, key) => heard.push(`${event} ${key}`));
  await driver.setItem('a', 'x');
  await turn();
  await driver.dispose();
  await driver.setItem('b', 'x');
  await turn();
  assert.equal(heard, ['update a']);
  assert.is(await opened.map.size(), 2);
});

test('random calls answer as those of unstorage’s memory driver', async () => {
  await using opened = await openMap<string, unknown>();
  const random = randomFrom(SEED);
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!;
  const ours = createStorage({ driver: unstorageDriver(opened.map, { base: 'x' }) });
  const theirs = createStorage();
  const keys = ['a', 'a:b', 'a:b:c', 'b', 'b:c', 'ab'];
  const bases = ['', 'a', 'a:b', 'b', 'nobody'];
  for (let i = 0; i < 2000 * EFFORT; i++) {
    const key = pick(keys);
    const base = pick(bases);
    const other = pick(['c', 'd']);
    const clears = random() < 0.1;
    const value = pick<StorageValue>(['text', '', 0, false, null, { n: i }, [i]]);
    const call = pick<(storage: Storage) => Promise<unknown>>([
      (storage) => storage.setItem(key, value),
      (storage) => storage.setItem(key, value),
      (storage) => storage.setItems([{ key, value }, { key: other, value }]), // prettier-ignore
      (storage) => storage.removeItem(key),
      (storage) => storage.getItem(key),
      (storage) => storage.hasItem(key),
      (storage) => storage.getKeys(base).then((found) => found.toSorted()),
      (storage) => storage.getItems(keys),
      (storage) => (clears ? storage.clear(base) : storage.getItem(key)),
    ]);
    assert.equal(await call(ours), await call(theirs), `call ${i}, seed ${SEED}`);
  }
});

test.run();

/** Lets everything that is under way have its turn. */
async function turn(): Promise<void> {
  for (let i = 0; i < 3; i++) await new Promise((resolve) => setImmediate(resolve));
}
