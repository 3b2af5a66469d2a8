/** M73: exact name first, else the pattern with the most literal characters, a tie is an error, else `default`. */
import fc from 'fast-check';
import * as assert from 'uvu/assert';
import { configFor } from '../../lib/config/wildcard.ts';
import { ConfigError } from '../../lib/errors.ts';
import { describe } from '../kit/describe.ts';
import { SEED } from '../kit/seed.ts';

const test = describe('wildcards');
const configs = (...names: string[]): Map<string, string> => new Map(names.map((name) => [name, name]));

test('exact, then the most literal pattern, then default', () => {
  const all = configs('default', '*', 'com.*', 'com.shop.*', 'com.*.cache', 'com.shop.orders');
  const cases: Readonly<Record<string, string>> = {
    'com.shop.orders': 'com.shop.orders',
    'com.shop.items': 'com.shop.*',
    'com.x': 'com.*',
    'com.other.cache': 'com.*.cache',
    elsewhere: '*',
    default: 'default',
  };
  for (const [name, expected] of Object.entries(cases)) assert.is(configFor(all, name), expected, name);
  assert.is(configFor(configs('default', 'a'), 'b'), 'default');
  assert.is(configFor(configs('a'), 'b'), undefined);
});

test('a tie is an error that names both', () => {
  assert.throws(
    () => configFor(configs('a*', '*b'), 'ab'),
    (error: unknown) => error instanceof ConfigError && /'a\*' and '\*b'/.test(error.message),
  );
  assert.is(configFor(configs('a*', '*b', 'ab'), 'ab'), 'ab', 'not when the name itself is there');
});

test('what follows @ is ignored, unless it was written', () => {
  assert.is(configFor(configs('orders'), 'orders@eu'), 'orders');
  assert.is(configFor(configs('orders', 'orders@eu'), 'orders@eu'), 'orders@eu');
  assert.is(configFor(configs('ord*'), 'orders@eu'), 'ord*');
});

test('a star is any run, the empty one too; parts do not overlap', () => {
  const fits = (pattern: string, name: string): boolean => configFor(configs(pattern), name) !== undefined;
  assert.ok(fits('a*', 'a'));
  assert.ok(fits('*a*', 'bab'));
  assert.not.ok(fits('ab*ba', 'aba'));
  assert.not.ok(fits('a*b', 'abc'));
  assert.ok(fits('a**b', 'ab'));
  assert.ok(fits('a.*', 'a.b'), 'a dot is a dot');
  assert.not.ok(fits('a.*', 'axb'));
});

test('patterns are what a regular expression makes of them', () => {
  const text = fc.string({ unit: fc.constantFrom('a', 'b', '.', '*'), maxLength: 8 });
  fc.assert(
    fc.property(text, fc.string({ unit: fc.constantFrom('a', 'b', '.'), minLength: 1, maxLength: 10 }), (written, name) => {
      const pattern = `${written}*`;
      const expected = new RegExp(
        `^${pattern
          .split('*')
          .map((part) => part.replaceAll('.', '\\.'))
          .join('.*')}$`,
      ).test(name);
      assert.is(configFor(configs(pattern), name) !== undefined, expected);
    }),
    { seed: SEED, numRuns: 500 },
  );
});

test.run();
