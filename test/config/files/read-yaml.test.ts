/** YAML and JSON: the options by their own names, the environment, positions, hostile documents. */
import * as assert from 'uvu/assert';
import { checkConfig, problemText } from '../../../lib/config/files/load-config.ts';
import { toYaml } from '../../../lib/config/files/write-yaml.ts';
import { ConfigError } from '../../../lib/errors.ts';
import type { InstanceOptions } from '../../../lib/index.ts';
import { describe } from '../../kit/describe.ts';

const test = describe('configuration in YAML');

const plain = (options: unknown): unknown => JSON.parse(JSON.stringify(options));

const GOOD = `
name: shop
partitionCount: \${PARTITIONS:31}
maps:
  default: &plain
    backupCount: 1
  orders*:
    indexes:
      - { attribute: age, ordered: true }
      - { type: HASH, attributes: [a, b] }
    evictionPolicy: lru
    maxSize: 5_000
    values: frozen
    mapStore:
      implementation: ./stores.ts#Orders
      writeDelaySeconds: 1.5
      properties: { url: "\${URL}", port: 5432, on: true }
  other: *plain
`;

test('everything by its name, texts of the environment as what they are to be', async () => {
  const { problems, options } = await checkConfig(GOOD.replace('5_000', '5000'), 'yaml', { env: { URL: 'postgres://h:5432/${x}' } });
  assert.equal(problems.map(problemText), []);
  assert.equal(plain(options), {
    name: 'shop',
    partitionCount: 31,
    maps: {
      default: { backupCount: 1 },
      'orders*': {
        indexes: [
          { attribute: 'age', ordered: true },
          { type: 'HASH', attributes: ['a', 'b'] },
        ],
        evictionPolicy: 'LRU',
        maxSize: 5000,
        values: 'frozen',
        mapStore: {
          implementation: { module: './stores.ts', export: 'Orders' },
          writeDelaySeconds: 1.5,
          properties: { url: 'postgres://h:5432/${x}', port: '5432', on: 'true' },
        },
      },
      other: { backupCount: 1 },
    },
  });
});

test('modules are texts, or objects of their parts', async () => {
  const { config, problems } = await checkConfig(
    'maps: { a: { mapStore: { implementation: { module: m, export: S } } }, b: { mapStore: { factory: { module: m } }, partitionKey: { module: k } } }',
    'yaml',
    { env: {} },
  );
  assert.equal(problems, []);
  assert.equal(config!.maps.get('a')!.mapStore!.implementation, { module: 'm', export: 'S' });
  assert.equal(config!.maps.get('b')!.mapStore!.factory, { module: 'm', export: 'default' });
  assert.equal(config!.maps.get('b')!.partitionKey, { module: 'k', export: 'default' });
});

test('JSON is read too', async () => {
  const { problems, options } = await checkConfig('{"maps": {"m": {"backupCount": 2}}}', 'yaml', {});
  assert.equal(problems, []);
  assert.equal(plain(options), { maps: { m: { backupCount: 2 } } });
});

/** Each is wrong in one way: the text, and what is said. */
const WRONG: readonly (readonly [string, string])[] = [
  ['maps: [', 'is no YAML: '],
  ['a: 1\n b: 2', 'is no YAML: '],
  ['nmae: x', "1:1 nmae: there is no such option; did you mean 'name'?"],
  ['maps:\n  m:\n    backupCount: seven', "3:5 maps.m.backupCount: must be a whole number from 0 to 6, not 'seven'"],
  ['maps:\n  m:\n    backupCount: 7', '3:5 maps.m.backupCount: must be a whole number from 0 to 6, not 7'],
  [
    'maps:\n  m:\n    indexes:\n      - attribute: a\n      - atribute: b',
    "5:9 maps.m.indexes[1].atribute: there is no such option; did you mean 'attributes'?",
  ],
  ['maps:\n  m: 5', '2:3 maps.m: must be an object, not 5'],
  ['maps:\n  m: {}\n  m: {}', '3:3 maps.m: is said twice'],
  ['5', '1:1 must be an object, not 5'],
  ['- a', '1:1 must be an object, not a list'],
  ['name: ${NONE_SUCH}', '1:1 name: the environment variable NONE_SUCH is not set'],
  ['name: ${1}', "1:1 name: '${1}' names no environment variable"],
  ['? [a]\n: 1', 'has a name that is no text'],
  ['<<: {name: x}', '1:1 <<: there is no such option'],
  ['maps:\n  m:\n    mapStore:\n      onDeadLetter: f', "4:7 maps.m.mapStore.onDeadLetter: must be a function, not 'f'"],
  ['simd: !!binary aGVsbG8=', '1:7 is no YAML: Unresolved tag'],
  ['maps: !!omap [m: {}]', '1:7 is no YAML: Unresolved tag'],
  ['name: !mine x', '1:7 is no YAML: Unresolved tag'],
  ['maps: &a\n  m: *a', 'is nested more than 64 deep'],
  ['maps: &a [*a, *a]', 'is nested more than 64 deep'],
  ['name: ${A:${B:c}}', "1:1 name: '${A:${B:c}' holds another reference"],
  ['name: ${A', "1:1 name: '${A' does not end"],
  ['maps: { m: { mapStore: { factory: f, properties: { a: } } } }', 'maps.m.mapStore.properties.a: must be a text, not null'],
];

test('each wrong line is a problem, with its line, its path and the reason', async () => {
  for (const [text, said] of WRONG) {
    const problems = (await checkConfig(text, 'yaml', { env: {} })).problems.map(problemText);
    assert.ok(
      problems.some((problem) => problem.includes(said)),
      `${text}\n  ${problems.join('\n  ')}`,
    );
  }
});

test('a short document that stands for very many parts is refused', async () => {
  const levels = Array.from(
    { length: 12 },
    (_, level) =>
      `l${level}: &l${level} [${
        level === 0
          ? '1'
          : Array(10)
              .fill(`*l${level - 1}`)
              .join()
      }]`,
  );
  const problems = (await checkConfig(levels.join('\n'), 'yaml', {})).problems.map(problemText);
  assert.ok(problems.some((problem) => problem.includes('has more than 100000 parts')));
});

test('names and properties that look like numbers are what stands there', async () => {
  const text =
    'maps:\n  007: {}\n  1.10: { mapStore: { factory: f, properties: { zip: 01234, version: 1.10, id: 9007199254740993, on: TRUE } } }';
  const { options, problems } = await checkConfig(text, 'yaml', {});
  assert.equal(problems, []);
  assert.equal(plain(options.maps), {
    '007': {},
    '1.10': { mapStore: { factory: { module: 'f' }, properties: { zip: '01234', version: '1.10', id: '9007199254740993', on: 'TRUE' } } },
  });
});

test('names from the file are no properties of objects', async () => {
  const { options } = await checkConfig('maps:\n  __proto__:\n    backupCount: 3', 'yaml', {});
  assert.equal(Object.keys(options.maps!), ['__proto__']);
  assert.is(({} as { backupCount?: number }).backupCount, undefined);
});

test('what can be written reads back as the same; what can not is refused with its path', async () => {
  const written = {
    name: 'costs ${5}',
    maps: { 'a*': { mapStore: { factory: { module: 'm', export: 'F' }, properties: { x: '${y}' } }, maxSize: 3, evictionPolicy: 'LRU' } },
  } as unknown as InstanceOptions;
  assert.equal(plain((await checkConfig(toYaml(written), 'yaml', { env: {} })).options), plain(written));
  for (const text of ['${', 'a${b', '${a:${b}}', '$${', 'x$${a}', '$$${b}', '${}', '007', '1.10', 'null', '~', '<<', '*a', ' a ', 'a\nb']) {
    const odd = { maps: { [text]: { mapStore: { factory: { module: 'm' }, properties: { [text]: text } } } } };
    const { options, problems } = await checkConfig(toYaml(odd), 'yaml', { env: {} });
    assert.equal(problems, [], text);
    assert.equal(plain(options), plain(odd), text);
  }
  try {
    toYaml({ maps: { m: { mapStore: { implementation: { load: () => undefined } } } } });
    assert.unreachable();
  } catch (error) {
    assert.instance(error, ConfigError);
    assert.match((error as ConfigError).message, 'maps.m.mapStore.implementation: is a loader or store of the program');
  }
});

test.run();
