/** Configurations that are added while an instance runs (M73): for maps that nobody uses yet. */
import * as assert from 'uvu/assert';
import { MapConfigs } from '../../lib/config/map-configs.ts';
import { defaultMapConfig, resolve } from '../../lib/config/resolve.ts';
import { ConfigError } from '../../lib/errors.ts';
import { describe } from '../kit/describe.ts';
import { thrownBy } from '../kit/thrown-by.ts';

const test = describe('configurations of maps');

const config = (resultSizeLimit: number): ReturnType<typeof defaultMapConfig> =>
  resolve({ maps: { m: { resultSizeLimit } } }).maps.get('m')!;

test('what was written first, what was added, and the defaults', () => {
  const [first, added] = [config(1), config(2)];
  const configs = new MapConfigs(new Map([['a', first]]), defaultMapConfig());
  configs.add('b*', added, ['a']);
  assert.is(configs.for('a'), first);
  assert.is(configs.for('bc'), added);
  assert.is(configs.for('c').resultSizeLimit, Infinity);
  assert.equal(configs.names, ['a', 'b*']);
  assert.is(configs.all.length, 3);
});

test('not for what has one, nor for a map that is in use; then nothing has changed', () => {
  const configs = new MapConfigs(new Map([['a*', config(1)]]), defaultMapConfig());
  for (const [name, inUse, said] of [
    ['a*', [], "'a*' has a configuration"],
    ['abc', ['abc'], "the map 'abc' is in use, and 'abc' fits it"],
    ['default', ['other'], "the map 'other' is in use"],
  ] as const) {
    const error = thrownBy(() => configs.add(name, config(3), inUse));
    assert.instance(error, ConfigError);
    assert.match(error.message, said);
  }
  assert.equal(configs.names, ['a*']);
  configs.add('ab*', config(2), ['ac']);
  assert.is(configs.for('abc').resultSizeLimit, 2);
});

test.run();
