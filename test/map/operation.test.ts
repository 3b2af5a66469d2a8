/** What an instance offers its operator: configurations added while it runs (M73), and its statistics as text. */
import * as assert from 'uvu/assert';
import { ConfigError, newInstance, type Instance } from '../../lib/index.ts';
import { openCluster } from '../kit/cluster.ts';
import { describe } from '../kit/describe.ts';

const test = describe('operation');

async function refusal(call: Promise<unknown>): Promise<string> {
  const error: unknown = await call.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  assert.instance(error, ConfigError);
  return (error as ConfigError).message;
}

async function limitedTo(instance: Instance, name: string): Promise<boolean> {
  const map = await instance.getMap<number, number>(name);
  await map.putAll([
    [1, 1],
    [2, 2],
  ]);
  return map.values().then(
    () => false,
    () => true,
  );
}

test('M73 a configuration that is added counts for maps that nobody has used', async () => {
  await using instance = newInstance({ maps: { 'a*': {} } });
  await instance.getMap('used');
  await instance.addMapConfig('l*', { resultSizeLimit: 1 });
  assert.equal([await limitedTo(instance, 'limited'), await limitedTo(instance, 'other')], [true, false]);
  assert.match(await refusal(instance.addMapConfig('l*', {})), "'l*' has a configuration");
  assert.match(await refusal(instance.addMapConfig('use*', {})), "the map 'used' is in use");
  assert.match(await refusal(instance.addMapConfig('', {})), 'needs a name');
  assert.match(
    await refusal(instance.addMapConfig('b', { maxSiz: 5 } as object)),
    "maps.b.maxSiz: there is no such option; did you mean 'maxSize'?",
  );
});

test('M73 with several members all learn it, those that join later too', async () => {
  await using cluster = await openCluster(2);
  const [first, second] = cluster.members.map(({ instance }) => instance) as [Instance, Instance];
  await first.addMapConfig('l*', { resultSizeLimit: 1 });
  assert.is(await limitedTo(second, 'limited'), true);
  const { instance: third } = await cluster.add();
  assert.is(await limitedTo(third, 'lesser'), true);
  assert.match(await refusal(second.addMapConfig('limite*', {})), "the map 'limited' is in use");
  assert.match(
    await refusal(second.addMapConfig('s', { mapStore: { implementation: { load: () => undefined } } })),
    'give it as { module, export }',
  );
  assert.match(await refusal(third.addMapConfig('l*', { resultSizeLimit: 2 })), "'l*' has a configuration");
  await third.addMapConfig('l*', { resultSizeLimit: 1 }); // the same again changes nothing
});

test('statistics of all open maps as text', async () => {
  await using instance = newInstance({ name: 'shop' });
  assert.is(instance.metricsText(), '');
  const [orders] = [await instance.getMap<number, number>('orders'), await instance.getMap('empty')];
  await orders.put(1, 1);
  const text = instance.metricsText();
  assert.match(text, 'cobnut_map_entries{instance="shop",map="orders"} 1\n');
  assert.match(text, 'cobnut_map_entries{instance="shop",map="empty"} 0\n');
  await orders.destroy();
  assert.not.match(instance.metricsText(), 'orders');
});

test.run();
