/** M54: a store that is given, made by a factory, or exported by a module. */
import { fileURLToPath } from 'node:url';
import * as assert from 'uvu/assert';
import { ConfigError, newInstance, type MapStoreOptions } from '../../lib/index.ts';
import { describe } from '../kit/describe.ts';
import { refusal } from '../kit/refusal.ts';

const test = describe('opening a store');
const MODULE = new URL('exported-stores.ts', import.meta.url).href;

/** What key `four` loads as. */
async function loaded(mapStore: MapStoreOptions): Promise<unknown> {
  await using instance = newInstance({ maps: { m: { mapStore } } });
  return (await instance.getMap<string, number>('m')).get('four');
}

test('M54 { module, export }: an object, a class, a factory, the default export; by URL, path or package', async () => {
  assert.is(await loaded({ implementation: { module: MODULE, export: 'lengths' } }), 4);
  assert.is(await loaded({ implementation: { module: fileURLToPath(MODULE), export: 'Doubles' } }), 8);
  assert.is(await loaded({ factory: { module: MODULE, export: 'factory' } }), 'm four');
  assert.is(await loaded({ factory: { module: MODULE, export: 'Factory' } }), 'm four');
  assert.is(await loaded({ implementation: { module: MODULE } }), 'default');
});

test('M54 a class gets an instance for each map', async () => {
  await using instance = newInstance({ maps: { 'm*': { mapStore: { implementation: { module: MODULE, export: 'Counting' } } } } });
  const [first, second] = [await instance.getMap<string, number>('m1'), await instance.getMap<string, number>('m2')];
  assert.equal([await first.get('a'), await first.get('b'), await second.get('a')], [1, 2, 1]);
});

const WRONG: readonly (readonly [MapStoreOptions, RegExp])[] = [
  [{ implementation: { module: './no/such/file.ts' } }, /map 'm': the module '\.\/no\/such\/file\.ts' can not be imported: /],
  [{ implementation: { module: 'no-such-package-at-all' } }, /can not be imported: Cannot find package/],
  [{ implementation: { module: MODULE, export: 'length' } }, /exports no 'length'; it has .*lengths/],
  [{ implementation: { module: MODULE, export: 'constructor' } }, /exports no 'constructor'/],
  [{ implementation: { module: MODULE, export: 'nothing' } }, /what the module exports has none of the methods of a store/],
  [{ implementation: { module: MODULE, export: 'maker' } }, /is a function or a class: write the store object itself, or a `factory`/],
  [{ factory: { module: MODULE, export: 'lengths' } }, /what the module exports must be an object with a method `newMapStore`/],
];

for (const [mapStore, sentence] of WRONG) {
  test(`M54 refused: ${JSON.stringify(mapStore).replace(MODULE, '…')}`, async () => {
    const error = await refusal(loaded(mapStore));
    assert.instance(error, ConfigError);
    assert.match((error as Error).message, sentence);
  });
}

test.run();
