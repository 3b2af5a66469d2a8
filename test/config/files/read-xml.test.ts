/** Hazelcast's XML: today's spellings, what it has and we don't, where problems are. */
import * as assert from 'uvu/assert';
import { checkConfig, problemText } from '../../../lib/config/files/load-config.ts';
import type { MapOptions } from '../../../lib/index.ts';
import { describe } from '../../kit/describe.ts';

const test = describe('configuration in XML');

async function mapOf(xml: string): Promise<MapOptions> {
  const { problems, options } = await checkConfig(`<hazelcast><map name="m">${xml}</map></hazelcast>`, 'xml', { env: {} });
  assert.equal(problems, []);
  return JSON.parse(JSON.stringify(options.maps!['m'])) as MapOptions;
}

async function problemsOf(xml: string, env: Readonly<Record<string, string>> = {}): Promise<string[]> {
  return (await checkConfig(xml, 'xml', { env })).problems.map(problemText);
}

test('today’s spellings', async () => {
  assert.equal(await mapOf('<eviction eviction-policy="LRU" max-size-policy="PER_NODE" size="5000"/>'), {
    evictionPolicy: 'LRU',
    maxSizePolicy: 'per_member',
    maxSize: 5000,
  });
  assert.equal(await mapOf('<eviction size="9" eviction-policy="LFU"/>'), {
    evictionPolicy: 'LFU',
    maxSize: 9,
    maxSizePolicy: 'per_member',
  });
  assert.equal(await mapOf('<eviction max-size-policy="PER_PARTITION" size="9" eviction-policy="LFU"/>'), {
    evictionPolicy: 'LFU',
    maxSize: 9,
    maxSizePolicy: 'partitions_wide_map_size',
  });
  assert.equal(await mapOf('<in-memory-format>BINARY</in-memory-format>'), { values: 'binary' });
  assert.equal(await mapOf('<in-memory-format>OBJECT</in-memory-format>'), { values: 'frozen' });
  assert.equal(
    await mapOf(
      '<indexes><index type="SORTED" name="by-age"><attributes><attribute>age</attribute><attribute>dept</attribute></attributes></index><index type="HASH"><attributes><attribute>name</attribute></attributes></index></indexes>',
    ),
    {
      indexes: [
        { type: 'SORTED', name: 'by-age', attributes: ['age', 'dept'] },
        { type: 'HASH', attributes: ['name'] },
      ],
    },
  );
  assert.equal(await mapOf('<near-cache name="n"><eviction eviction-policy="LRU" max-size-policy="ENTRY_COUNT" size="7"/></near-cache>'), {
    nearCache: { evictionPolicy: 'LRU', maxSize: 7 },
  });
  assert.equal(await mapOf('<statistics-enabled>true</statistics-enabled>'), {});
});

test('a store with all it can have', async () => {
  assert.equal(
    await mapOf(`<map-store enabled="false" initial-mode="EAGER">
      <factory-class-name>./stores.ts#Stores</factory-class-name>
      <write-delay-seconds>1.5</write-delay-seconds>
      <write-batch-size>10</write-batch-size>
      <write-coalescing>false</write-coalescing>
      <properties><property name="url">jdbc:h2</property><property name="__proto__">x</property></properties>
    </map-store>`),
    {
      mapStore: {
        enabled: false,
        initialMode: 'EAGER',
        factory: { module: './stores.ts', export: 'Stores' },
        writeDelaySeconds: 1.5,
        writeBatchSize: 10,
        writeCoalescing: false,
        properties: JSON.parse('{"url":"jdbc:h2","__proto__":"x"}') as Record<string, string>,
      },
    },
  );
});

test('an instance', async () => {
  const { options } = await checkConfig(
    `<?xml version="1.0" encoding="UTF-8"?>
     <hazelcast xmlns="http://www.hazelcast.com/schema/config" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
                xsi:schemaLocation="http://www.hazelcast.com/schema/config http://www.hazelcast.com/schema/config/hazelcast-config-5.5.xsd">
       <cluster-name>dev</cluster-name>
       <properties><property name="hazelcast.partition.count">\${PARTITIONS:31}</property></properties>
       <map name="a*"/>
       <map name="default"><backup-count>\${BACKUPS}</backup-count></map>
     </hazelcast>`,
    'xml',
    { env: { BACKUPS: '2' } },
  );
  assert.equal(JSON.parse(JSON.stringify(options)), { name: 'dev', partitionCount: 31, maps: { 'a*': {}, default: { backupCount: 2 } } });
});

/** Each is wrong in one way: the XML, and what is said of it. */
const WRONG: readonly (readonly [string, string])[] = [
  ['<hazelcast', '1:11 is no XML: '],
  ['<hazelcast>\n <map name="a">\n</hazelcast>', 'is no XML: Missing end tag for element map'],
  ['<a/>', '1:1 the root is <hazelcast>, or a single <map>, not <a>'],
  ['<hazelcast><map/></hazelcast>', '1:12 maps: a map needs a name: <map name="…">'],
  ['<hazelcast>\n<map name="a"/><map name="a"/>\n</hazelcast>', "2:16 maps.a: there are two maps of the name 'a'"],
  ['<hazelcast>\n\n  <queue name="q"/></hazelcast>', "3:3 Hazelcast's <queue> has no counterpart: take it out"],
  ['<hazelcast><network/></hazelcast>', "1:12 Hazelcast's <network> has no counterpart: take it out"],
  ['<map name="m"><backupcount>1</backupcount></map>', '1:15 maps.m: there is no <backupcount> here; did you mean <backup-count>?'],
  ['<map name="m"><backup-count>x</backup-count></map>', "1:15 maps.m.backupCount: must be a whole number from 0 to 6, not 'x'"],
  ['<map name="m"><backup-count>7</backup-count></map>', '1:15 maps.m.backupCount: must be a whole number from 0 to 6, not 7'],
  ['<map name="m"><backup-count></backup-count></map>', "1:15 maps.m.backupCount: must be a whole number from 0 to 6, not ''"],
  [
    '<map name="m"><backup-count>1</backup-count><backup-count>1</backup-count></map>',
    '1:45 maps.m.backupCount: <backup-count> says again what was said before',
  ],
  ['<map name="m"><backup-count unit="x">1</backup-count></map>', "1:15 maps.m: <backup-count> has no attribute 'unit'"],
  ['<map name="m" size="3"/>', "1:1 maps.m: <map> has no attribute 'size'"],
  ['<map name="m">5000</map>', "1:1 maps.m: <map> has a text that means nothing: '5000'"],
  ['<map name="m"><backup-count>1<b/></backup-count></map>', '1:30 maps.m: there is no <b> here'],
  [
    '<map name="m"><max-size policy="per_nod">5</max-size><eviction-policy>LRU</eviction-policy></map>',
    'maps.m.maxSizePolicy: must be one of',
  ],
  [
    '<map name="m"><eviction eviction-policy="RANDOM" size="3"/></map>',
    "maps.m.evictionPolicy: must be one of NONE, LRU, LFU, W_TINYLFU, not 'RANDOM'",
  ],
  [
    '<map name="m"><statistics-enabled>false</statistics-enabled></map>',
    "1:15 maps.m: Hazelcast's <statistics-enabled> has no counterpart",
  ],
  ['<map name="m"><merge-policy>x</merge-policy></map>', "1:15 maps.m: Hazelcast's <merge-policy> has no counterpart"],
  ['<map name="m"><indexes><indx>a</indx></indexes></map>', '1:24 maps.m.indexes: there is no <indx> here; did you mean <index>?'],
  [
    '<map name="m"><indexes><index type="TREE"><attributes><attribute>a</attribute></attributes></index></indexes></map>',
    'maps.m.indexes[0].type: must be one of',
  ],
  [
    '<map name="m"><indexes><index ordered="yes">a</index></indexes></map>',
    "1:24 maps.m.indexes[0].ordered: must be true or false, not 'yes'",
  ],
  [
    '<map name="m"><map-store><propertys/></map-store></map>',
    '1:26 maps.m.mapStore: there is no <propertys> here; did you mean <properties>?',
  ],
  ['<map name="m"><map-store enabled="true"/></map>', '1:15 maps.m.mapStore.implementation: is missing: a store, or a `factory`'],
  [
    '<map name="m"><backup-count>${NONE_SUCH}</backup-count></map>',
    '1:15 maps.m.backupCount: the environment variable NONE_SUCH is not set',
  ],
  ['<hazelcast partitions="3"/>', "1:1 <hazelcast> has no attribute 'partitions'"],
  ['<map name="m"><indexes all="true"><index>a</index></indexes></map>', "1:15 maps.m.indexes: <indexes> has no attribute 'all'"],
  ['<map name="m"><indexes>age</indexes></map>', "1:15 maps.m.indexes: <indexes> has a text that means nothing: 'age'"],
  [
    '<map name="m"><indexes><index type="HASH">a<attributes><attribute>b</attribute></attributes></index></indexes></map>',
    "1:24 maps.m.indexes[0]: <index> has a text that means nothing: 'a'",
  ],
  [
    '<map name="m"><indexes><index type="HASH"><attributes><name>b</name></attributes></index></indexes></map>',
    '1:55 maps.m.indexes[0]: there is no <name> here',
  ],
  [
    '<map name="m"><map-store><properties><property name="a" type="int">1</property></properties></map-store></map>',
    "1:38 maps.m.mapStore.properties: <property> has no attribute 'type'",
  ],
  [
    '<map name="m"><map-store><properties><property name="a">1</property><property name="a">2</property></properties></map-store></map>',
    "1:69 maps.m.mapStore.properties: there are two properties of the name 'a'",
  ],
  ['<map name="m"><eviction size="1" eviction-policy="LRU">5</eviction></map>', '1:15 maps.m: <eviction> has a text that means nothing'],
  ['<map name="${}"/>', "1:1 maps: '${}' names no environment variable"],
  ['<!DOCTYPE a [<!ENTITY x "1">]><map name="m"><backup-count>&x;</backup-count></map>', 'is no XML: '],
];

test('each wrong element is one problem, with its line, its path and the reason', async () => {
  for (const [xml, said] of WRONG) {
    const problems = await problemsOf(xml);
    assert.ok(
      problems.some((problem) => problem.includes(said)),
      `${xml}\n  ${problems.join('\n  ')}`,
    );
    assert.ok(
      problems.every((problem) => /^\d+:\d+ /.test(problem)),
      problems.join('\n'),
    );
  }
});

test('large and deep documents: positions are found at once, and nothing overflows', async () => {
  const wrong = Array.from({ length: 5000 }, (_, map) => `<map name="m${map}">\r\n<backup-cont/>\r\n</map>`);
  const { problems } = await checkConfig(`<hazelcast>\r\n${wrong.join('\r\n')}</hazelcast>`, 'xml', { env: {} });
  assert.is(problems.length, 5000);
  assert.is(problems.at(-1)!.line, 15_000);
  assert.is(problems.at(-1)!.column, 1);
  const deep = `${'<hazelcast>'.repeat(50_000)}${'</hazelcast>'.repeat(50_000)}`;
  assert.equal(
    (await checkConfig(deep, 'xml', { env: {} })).problems.map(({ message }) => message),
    ['is nested too deeply to be read'],
  );
});

test('entities are not expanded, and names from the file are no properties of objects', async () => {
  const bomb = `<!DOCTYPE l [<!ENTITY a "${'x'.repeat(100)}"><!ENTITY b "&a;&a;">]><hazelcast><map name="&b;"/></hazelcast>`;
  assert.is((await problemsOf(bomb)).length, 1);
  const { options } = await checkConfig('<hazelcast><map name="__proto__"><backup-count>3</backup-count></map></hazelcast>', 'xml', {
    env: {},
  });
  assert.equal(Object.keys(options.maps!), ['__proto__']);
  assert.is(({} as { backupCount?: number }).backupCount, undefined);
});

test.run();
