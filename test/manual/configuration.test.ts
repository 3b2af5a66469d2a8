/** The manual's configurations (M72): each sample of XML, Spring and Java, beside the object form that means the same. */
import * as assert from 'uvu/assert';
import { checkConfig } from '../../lib/config/files/load-config.ts';
import { toYaml } from '../../lib/config/files/write-yaml.ts';
import { resolve } from '../../lib/config/resolve.ts';
import { newInstance, type InstanceOptions, type MapOptions } from '../../lib/index.ts';
import { describe } from '../kit/describe.ts';

const test = describe('configurations of the manual');

/** A sample and what it means; `note` when it is understood and changes nothing. */
interface Sample {
  readonly title: string;
  readonly xml: string;
  readonly means: MapOptions;
  readonly map?: string;
  readonly notes?: number;
}

const inMap = (xml: string): string => `<hazelcast><map name="default">${xml}</map></hazelcast>`;

const SAMPLES: readonly Sample[] = [
  {
    title: 'one synchronous backup',
    xml: `<hazelcast>
  <map name="default">
    <backup-count>1</backup-count>
  </map>
</hazelcast>`,
    means: { backupCount: 1 },
  },
  {
    title: 'an asynchronous backup',
    xml: `<hazelcast>
  <map name="default">
    <backup-count>0</backup-count>
    <async-backup-count>1</async-backup-count>
  </map>
</hazelcast>`,
    means: { backupCount: 0, asyncBackupCount: 1 },
  },
  {
    title: 'reads from backups',
    xml: `<hazelcast>
  <map name="default">
    <backup-count>0</backup-count>
    <async-backup-count>1</async-backup-count>
    <read-backup-data>true</read-backup-data>
  </map>
</hazelcast>`,
    means: { backupCount: 0, asyncBackupCount: 1, readBackupData: true },
  },
  {
    title: 'backups, with dots and comments',
    xml: `<hazelcast>
    ...
    <map name="default">
        <!-- … -->
        <backup-count>1</backup-count>

        <!-- … -->
        <async-backup-count>1</async-backup-count>

        <!-- … -->
        <read-backup-data>false</read-backup-data>

        ...
    </map>
</hazelcast>`,
    means: { backupCount: 1, asyncBackupCount: 1, readBackupData: false },
  },
  {
    title: 'eviction',
    xml: `<hazelcast>
    ...
    <map name="default">
        <backup-count>1</backup-count>
        <time-to-live-seconds>0</time-to-live-seconds>
        <max-idle-seconds>0</max-idle-seconds>
        <eviction-policy>LRU</eviction-policy>
        <max-size policy="cluster_wide_map_size">5000</max-size>
        <eviction-percentage>25</eviction-percentage>
      <eviction-delay-seconds>3</eviction-delay-seconds>
    </map>
</hazelcast>`,
    means: {
      backupCount: 1,
      timeToLiveSeconds: 0,
      maxIdleSeconds: 0,
      evictionPolicy: 'LRU',
      maxSize: 5000,
      maxSizePolicy: 'cluster_wide_map_size',
      evictionPercentage: 25,
      evictionDelaySeconds: 3,
    },
  },
  ...(
    [
      ['cluster_wide_map_size', 50_000],
      ['map_size_per_jvm', 5000],
      ['partitions_wide_map_size', 27_100],
      ['used_heap_size', 4096],
      ['used_heap_percentage', 75],
    ] as const
  ).flatMap(([maxSizePolicy, maxSize]) => [
    {
      title: `${maxSizePolicy}, alone`,
      xml: inMap(`<max-size policy="${maxSizePolicy}">${maxSize}</max-size>`),
      means: { maxSizePolicy },
      notes: 1,
    },
    {
      title: `${maxSizePolicy}, with a policy`,
      xml: inMap(`<max-size policy="${maxSizePolicy}">${maxSize}</max-size><eviction-policy>LFU</eviction-policy>`),
      means: { maxSizePolicy, maxSize, evictionPolicy: 'LFU' as const },
    },
  ]),
  {
    title: 'a store',
    xml: `<hazelcast>
    ...
    <map name="default">
        ...
        <map-store enabled="true">
            <class-name>com.hazelcast.examples.DummyStore</class-name>
            <write-delay-seconds>0</write-delay-seconds>
        </map-store>
    </map>
</hazelcast>`,
    means: { mapStore: { enabled: true, implementation: { module: 'com.hazelcast.examples.DummyStore' }, writeDelaySeconds: 0 } },
  },
  {
    title: 'a near cache',
    map: 'my-read-mostly-map',
    xml: `<hazelcast>
    ...
    <map name="my-read-mostly-map">
        ...
        <near-cache>
            <max-size>5000</max-size>
            <time-to-live-seconds>0</time-to-live-seconds>
            <max-idle-seconds>60</max-idle-seconds>
            <eviction-policy>LRU</eviction-policy>
            <invalidate-on-change>true</invalidate-on-change>
        </near-cache>
    </map>
</hazelcast>`,
    means: { nearCache: { maxSize: 5000, timeToLiveSeconds: 0, maxIdleSeconds: 60, evictionPolicy: 'LRU', invalidateOnChange: true } },
  },
  {
    title: 'indexes, as a single map',
    xml: `<map name="default">
        ...
        <indexes>
            <index ordered="false">name</index>
            <index ordered="true">age</index>
        </indexes>
    </map>`,
    means: {
      indexes: [
        { attribute: 'name', ordered: false },
        { attribute: 'age', ordered: true },
      ],
    },
  },
  {
    title: 'indexes, by Spring',
    xml: `<hz:map name="default">
        <hz:indexes>
            <hz:index attribute="name"/>
            <hz:index attribute="age" ordered="true"/>
        </hz:indexes>
    </hz:map>`,
    means: { indexes: [{ attribute: 'name' }, { attribute: 'age', ordered: true }] },
  },
];

for (const { title, xml, means, map = 'default', notes = 0 } of SAMPLES) {
  test(`M72: XML: ${title}`, async () => {
    const checked = await checkConfig(xml, 'xml', { env: {} });
    assert.equal(checked.problems, []);
    assert.is(checked.notes.length, notes);
    const same = resolve({ maps: { [map]: means } });
    assert.equal(checked.config!.maps.get(map), same.maps.get(map));
    assert.is(checked.config!.maps.size, 1);
  });

  test(`M72: object to YAML to object: ${title}`, async () => {
    const written: InstanceOptions = { maps: { [map]: means } };
    const read = await checkConfig(toYaml(written), 'yaml', { env: {} });
    assert.equal(read.problems, []);
    assert.equal(
      JSON.parse(JSON.stringify(resolve(read.options).maps.get(map))),
      JSON.parse(JSON.stringify(resolve(written).maps.get(map))),
    );
  });
}

/** `MapIndexConfig` in Java is an element of `indexes` here; `MapStoreFactory` is `factory`; `getMapConfig("*")` is the name `*`. */
test('M73: Java: a factory behind a wildcard gives each map a store of its own', async () => {
  const asked: string[] = [];
  const newMapStore = (mapName: string, properties: Readonly<Record<string, string>>): { load: (key: unknown) => string } => {
    asked.push(`${mapName} ${properties['database']}`);
    return { load: (key) => `${mapName}/${String(key)}` };
  };
  await using instance = newInstance({ maps: { '*': { mapStore: { factory: { newMapStore }, properties: { database: 'd' } } } } });
  const people = await instance.getMap<string, string>('people');
  const orders = await instance.getMap<string, string>('orders');
  assert.equal([await people.get('1'), await orders.get('1')], ['people/1', 'orders/1']);
  assert.equal(asked, ['people d', 'orders d']);
});

test('M72: the store of a `class-name` may be given by the program', async () => {
  const store = { load: (): number => 5 };
  const checked = await checkConfig(inMap('<map-store><class-name>com.example.Store</class-name></map-store>'), 'xml', {
    env: {},
    classes: { 'com.example.Store': store },
  });
  await using instance = newInstance(checked.options);
  assert.is(await (await instance.getMap<string, number>('any')).get('x'), 5);
});

test.run();
