/** Maps whose entries live in worker threads: what goes there, comes back, and is refused. */
import { readFileSync } from 'node:fs';
import * as assert from 'uvu/assert';
import {
  Aggregators,
  ConfigError,
  InstanceClosedError,
  MapStoreError,
  PredicateSyntaxError,
  ValueError,
  newInstance,
} from '../../lib/index.ts';
import { describe } from '../kit/describe.ts';
import { thrownBy } from '../kit/thrown-by.ts';
import { refusalOf } from '../transport/refusal-of.ts';
import { Money } from './in-workers.ts';
import { exported, threads, withFile } from './kit.ts';

const test = describe('threads');

test('what can not go to a worker is refused at once, by its path', () => {
  const load = (key: string): string => key;
  const error = thrownBy(() =>
    newInstance({
      threads: 2,
      clock: { now: () => 0, after: () => ({ cancel() {} }), yield: () => Promise.resolve(), random: () => 0 },
      maps: {
        a: { mapStore: { implementation: { load }, onProgress: () => undefined } },
        b: {
          partitionKey: (key: string) => key,
          mapStore: { factory: { newMapStore: () => ({ load }) }, writeDelaySeconds: 1, onDeadLetter: () => undefined },
        },
        c: { mapStore: { implementation: exported('fileStore') }, partitionKey: exported('whereAmI') },
      },
    }),
  );
  assert.instance(error, ConfigError);
  assert.equal(
    ((error as ConfigError).details['problems'] as { path: string }[]).map(({ path }) => path),
    [
      'clock',
      'maps.a.mapStore.implementation',
      'maps.a.mapStore.onProgress',
      'maps.b.partitionKey',
      'maps.b.mapStore.factory',
      'maps.b.mapStore.onDeadLetter',
    ],
  );
  assert.match(error.message, /maps\.a\.mapStore\.implementation: can not go to worker threads: give it as \{ module, export \}/);
});

test('calls, queries, instances of classes and processors', async () => {
  await using instance = threads(2);
  const map = await instance.getMap('things');
  const employee = { name: 'Joe', age: 30, hired: new Date(5), odd: [-0, NaN, 1n, null], bytes: Buffer.from('x') };
  assert.is(await map.put({ b: 2, a: new Date(1) }, employee), undefined);
  const found = (await map.get({ a: new Date(1), b: 2 })) as typeof employee;
  assert.equal(found, employee);
  assert.ok(Buffer.isBuffer(found.bytes));
  assert.throws(() => found.hired.setTime(0), /can't be changed/);
  await map.put('price', new Money(1234));
  assert.is(((await map.get('price')) as Money).text, '12.34');
  await Promise.all(Array.from({ length: 500 }, (_, age) => map.set(age, { name: `n${age}`, age })));
  assert.is(await map.size(), 502);
  assert.is((await map.values('age < 30')).length, 30);
  assert.is(await map.aggregate(Aggregators.count(), 'age >= 250'), 250);
  const oldest = await map.query().where('age > 0').orderBy('age', 'desc').limit(3).toArray();
  assert.equal(
    oldest.map((row) => (row as typeof employee).age),
    [499, 498, 497],
  );
  assert.equal(await Promise.all([1, 2, 3].map((more) => map.executeOnKey('sum', exported('add'), more))), [1, 3, 6]);
  const places = new Set(await Promise.all(Array.from({ length: 30 }, (_, key) => map.executeOnKey(`k${key}`, exported('whereAmI')))));
  assert.equal([...places].toSorted(), ['worker-1#1', 'worker-2#1']);
});

test('errors arrive as what they are', async () => {
  await withFile(async (file) => {
    const failing = { factory: exported('fileStore'), properties: { file: `${file}/not/there` } };
    const missing = { implementation: exported('nothing') };
    const instance = threads(1, { maps: { failing: { mapStore: failing }, missing: { mapStore: missing } } });
    const map = await instance.getMap<string>('things');
    assert.instance(await refusalOf(map.values('age <' as never)), PredicateSyntaxError);
    assert.instance(await refusalOf(map.put('a', () => 1)), ValueError);
    assert.instance(await refusalOf(map.executeOnKey('a', () => 1)), ConfigError);
    const error = (await refusalOf(map.executeOnKey('a', exported('fail')))) as RangeError & { limit: number; cause: Error };
    assert.instance(error, RangeError);
    assert.is(error.message, 'out of range');
    assert.is(error.limit, 7);
    assert.is(error.cause.message, 'deep');
    // A store's error keeps the value as it was.
    const stored = await instance.getMap<string, number>('failing');
    const storeError = (await refusalOf(stored.put('a', 1))) as MapStoreError;
    assert.instance(storeError, MapStoreError);
    assert.is((storeError.cause as { code?: string }).code, 'ENOENT');
    assert.is(await stored.get('a'), undefined);
    // A store that is not there is told to whoever asks for the map.
    assert.match((await refusalOf(instance.getMap('missing'))).message, /exports no 'nothing'/);
    // Closing refuses those who wait for a lock; nobody waits for a lock that somebody forgot.
    await map.lock('a');
    const waiting = [map.put('a', 1), map.lock('a'), map.tryPut('a', 1, 60_000), map.putAll([['a', 1]])].map((call) => refusalOf(call));
    await map.size();
    await instance.close();
    for (const refused of await Promise.all(waiting)) assert.instance(refused, InstanceClosedError);
  });
});

test('stores live in the workers: rows are loaded, written through, written behind and drained by close', async () => {
  await withFile(async (file) => {
    const mapStore = { factory: exported('fileStore'), properties: { file } };
    const options = {
      maps: {
        'through*': { mapStore },
        'behind*': { mapStore: { ...mapStore, writeDelaySeconds: 3600 } },
        'eager*': { mapStore: { ...mapStore, initialMode: 'EAGER' } },
      },
    } as const;
    const instance = threads(2, options);
    const [through, behind] = [await instance.getMap<string, number>('through'), await instance.getMap<string, number>('behind')];
    await through.put('a', 1);
    assert.is(readFileSync(file, 'utf8'), '["a",1]\n');
    assert.is(await behind.get('a'), 1);
    await Promise.all(Array.from({ length: 100 }, (_, i) => behind.set(`k${i}`, i)));
    assert.is(readFileSync(file, 'utf8'), '["a",1]\n');
    await instance.close();
    assert.is(readFileSync(file, 'utf8').split('\n').length, 102);
    await using again = threads(2, options);
    const eager = await again.getMap<string, number>('eager');
    assert.is(await eager.size(), 101);
    assert.equal(await eager.get('k7'), 7);
  });
});

test('what keeps a worker from beginning is told to whoever asks for a map, and nothing is left', async () => {
  const instance = threads(1, { workerImports: ['./there/is/no/such/module.ts'] });
  const error = await refusalOf(instance.getMap('things'));
  assert.instance(error, ConfigError);
  assert.match(error.message, /workerImports: the module '.\/there\/is\/no\/such\/module\.ts' can not be imported/);
  await instance.close();
});

test('closing twice, closing at once, and nothing after it', async () => {
  const instance = threads(1);
  const asked = instance.getMap('things').catch(() => undefined);
  await Promise.all([instance.close(), instance.close()]);
  await asked;
  assert.is(((await refusalOf(instance.getMap('things'))) as ConfigError).code, 'ERR_INSTANCE_CLOSED');
});

test.run();
