/** Options to configuration (M74): every problem at once, each with its path; what is accepted is complete and frozen. */
import fc from 'fast-check';
import * as assert from 'uvu/assert';
import { systemClock } from '../../lib/base/clock.ts';
import { defaultMapConfig, resolve } from '../../lib/config/resolve.ts';
import { ConfigError } from '../../lib/errors.ts';
import type { InstanceOptions } from '../../lib/index.ts';
import { describe } from '../kit/describe.ts';
import { EFFORT, SEED } from '../kit/seed.ts';

const test = describe('resolve options');
const store = { load: () => undefined };
const factory = { newMapStore: () => store };

/** What is wrong, as `path: message`. */
function problemsOf(options: unknown): string[] {
  try {
    resolve(options as InstanceOptions);
  } catch (error) {
    assert.instance(error, ConfigError);
    const { problems } = (error as ConfigError).details as { problems: { path: string; message: string }[] };
    for (const { path, message } of problems) {
      assert.ok((error as ConfigError).message.includes(`${path === '' ? 'options' : path}: ${message}`));
    }
    return problems.map(({ path, message }) => `${path}: ${message}`);
  }
  return [];
}

const inMap = (map: object): unknown => ({ maps: { m: map } });
const inStore = (mapStore: object): unknown => inMap({ mapStore: { implementation: store, ...mapStore } });

test('nothing written: the defaults', () => {
  const { maps, ...rest } = resolve();
  assert.equal(
    { ...rest },
    {
      name: 'cobnut',
      partitionCount: 271,
      querySliceMs: 5,
      simd: true,
      clock: systemClock,
      threads: 0,
      workerImports: [],
      cluster: undefined,
      callTimeoutMs: 60_000,
    },
  );
  assert.is(maps.size, 0);
  assert.equal(
    { ...defaultMapConfig() },
    {
      indexes: [],
      mapStore: undefined,
      timeToLiveMs: 0,
      maxIdleMs: 0,
      eviction: undefined,
      partitionKey: undefined,
      values: 'frozen',
      resultSizeLimit: Infinity,
      columnBudgetBytes: 256 * 1_048_576,
      backupCount: 1,
      asyncBackupCount: 0,
      minSyncBackups: 0,
      readBackupData: false,
      nearCache: undefined,
    },
  );
});

test('everything written: complete, in milliseconds and bytes, frozen, and independent of what was written', () => {
  const written = {
    indexes: [
      { attribute: 'age', ordered: true },
      { type: 'HASH' as const, attributes: ['dept', 'address.city'], name: 'where' },
    ],
    mapStore: {
      implementation: store,
      writeDelaySeconds: 0.5,
      writeBatchSize: 7,
      writeCoalescing: false,
      queueCapacity: 99,
      onQueueFull: 'reject' as const,
      maxRetries: 3,
      onDeadLetter: () => undefined,
      initialMode: 'EAGER' as const,
      loadBatchSize: 10,
      properties: { a: 'b' },
      onProgress: () => undefined,
    },
    timeToLiveSeconds: 1.5,
    maxIdleSeconds: 0.0001,
    evictionPolicy: 'LFU' as const,
    maxSize: 1000,
    maxSizePolicy: 'map_size_per_jvm' as const,
    evictionPercentage: 10,
    evictionDelaySeconds: 0.25,
    partitionKey: (key: never) => key,
    values: 'trusted' as const,
    resultSizeLimit: 9,
    columnBudgetMegabytes: 0.5,
  };
  const config = resolve({ name: 'n', maps: { m: written } }).maps.get('m')!;
  written.mapStore.properties.a = 'changed';
  written.indexes.length = 0;
  assert.equal(config.indexes, [
    { name: 'age_sorted', type: 'SORTED', attributes: ['age'] },
    { name: 'where', type: 'HASH', attributes: ['dept', 'address.city'] },
  ]);
  assert.equal([config.timeToLiveMs, config.maxIdleMs, config.resultSizeLimit, config.columnBudgetBytes], [1500, 1, 9, 524_288]);
  assert.equal(
    { ...config.mapStore, onProgress: undefined },
    {
      implementation: store,
      factory: undefined,
      writeBehind: {
        delayMs: 500,
        batchSize: 7,
        coalescing: false,
        capacity: 99,
        onFull: 'reject',
        maxRetries: 3,
        onDeadLetter: written.mapStore.onDeadLetter,
      },
      initialMode: 'EAGER',
      loadBatchSize: 10,
      properties: { a: 'b' },
      onProgress: undefined,
    },
  );
  assert.equal(config.eviction, { policy: 'LFU', maxSize: 1000, maxSizePolicy: 'per_member', percentage: 10, delayMs: 250 });
  for (const part of [
    config,
    config.eviction,
    config.mapStore!.writeBehind,
    config.indexes,
    config.indexes[0],
    config.mapStore,
    config.mapStore!.properties,
  ]) {
    assert.ok(Object.isFrozen(part));
  }
  assert.not.ok(Object.isFrozen(store), 'what is the user’s is left alone');
});

/** Each is wrong in one way: options, where, what is said. */
const WRONG: readonly (readonly [unknown, string, RegExp])[] = [
  [5, '', /must be an object, not 5/],
  [null, '', /must be an object, not null/],
  [[], '', /must be an object, not a list/],
  [new Map(), '', /must be an object, not a Map/],
  [Promise.resolve({}), '', /must be an object, not a Promise/],
  [{ nmae: 'x' }, 'nmae', /did you mean 'name'\?/],
  [{ zzzzzz: 1 }, 'zzzzzz', /there is no such option; there are name, /],
  [{ name: '' }, 'name', /text that is not empty, not ''/],
  [{ name: 5 }, 'name', /not 5/],
  [{ name: Symbol('s') }, 'name', /not Symbol\(s\)/],
  [{ partitionCount: 0 }, 'partitionCount', /whole number from 1 to 65535, not 0/],
  [{ partitionCount: 65_536 }, 'partitionCount', /not 65536/],
  [{ partitionCount: 2.5 }, 'partitionCount', /not 2.5/],
  [{ partitionCount: 271n }, 'partitionCount', /not 271n/],
  [{ partitionCount: '271' }, 'partitionCount', /not '271'/],
  [{ querySliceMs: 0 }, 'querySliceMs', /number from 0.1 to 60000, not 0/],
  [{ querySliceMs: NaN }, 'querySliceMs', /not NaN/],
  [{ querySliceMs: Infinity }, 'querySliceMs', /not Infinity/],
  [{ simd: 'no' }, 'simd', /must be true or false, not 'no'/],
  [{ clock: {} }, 'clock', /methods now, after, yield, random/],
  [{ clock: () => 1 }, 'clock', /methods now/],
  [{ maps: [] }, 'maps', /must be an object, not a list/],
  [{ maps: new Map([['m', {}]]) }, 'maps', /must be an object, not a Map/],
  [{ maps: { '': {} } }, 'maps', /needs a name/],
  [{ maps: { m: 5 } }, 'maps.m', /must be an object, not 5/],
  [inMap({ inMemoryFormat: 'BINARY' }), 'maps.m.inMemoryFormat', /there is no such option/],
  [inMap({ timeToLiveSecond: 5 }), 'maps.m.timeToLiveSecond', /did you mean 'timeToLiveSeconds'\?/],
  [inMap({ timeToLiveSeconds: -1 }), 'maps.m.timeToLiveSeconds', /number from 0 to 9223372036, not -1/],
  [inMap({ maxIdleSeconds: '5' }), 'maps.m.maxIdleSeconds', /not '5'/],
  [inMap({ values: 'frozn' }), 'maps.m.values', /one of frozen, trusted, binary, not 'frozn'; did you mean 'frozen'\?/],
  [inMap({ values: 1 }), 'maps.m.values', /one of frozen, trusted, binary, not 1$/],
  [inMap({ partitionKey: 'id' }), 'maps.m.partitionKey', /must be a function, not 'id'/],
  [inMap({ resultSizeLimit: -1 }), 'maps.m.resultSizeLimit', /not -1/],
  [inMap({ resultSizeLimit: 1.5 }), 'maps.m.resultSizeLimit', /whole number/],
  [inMap({ columnBudgetMegabytes: null }), 'maps.m.columnBudgetMegabytes', /not null/],
  [inMap({ indexes: {} }), 'maps.m.indexes', /must be a list, not an object/],
  [inMap({ indexes: ['age'] }), 'maps.m.indexes[0]', /must be an object, not 'age'/],
  [inMap({ indexes: [{ attribute: 'a' }, { attribute: 'a..b' }] }), 'maps.m.indexes[1]', /'a\.\.b' can't be indexed/],
  [inMap({ indexes: [{ attribute: '' }] }), 'maps.m.indexes[0]', /can't be indexed/],
  [inMap({ indexes: [{ attribute: 'a', ordered: 'yes' }] }), 'maps.m.indexes[0].ordered', /true or false, not 'yes'/],
  [inMap({ indexes: [{ attribute: 'a', order: true }] }), 'maps.m.indexes[0].order', /did you mean 'ordered'\?/],
  [inMap({ indexes: [{ attributes: ['a'] }] }), 'maps.m.indexes[0].type', /is missing: SORTED, HASH, BITMAP/],
  [inMap({ indexes: [{ type: 'BTREE', attributes: ['a'] }] }), 'maps.m.indexes[0].type', /not 'BTREE'/],
  [inMap({ indexes: [{ type: 'HASH', attributes: [] }] }), 'maps.m.indexes[0]', /at least one attribute/],
  [inMap({ indexes: [{ type: 'HASH', attributes: ['a'], name: 5 }] }), 'maps.m.indexes[0]', /name is a text/],
  [
    inMap({
      indexes: [
        { type: 'HASH', attributes: ['a'], name: 'x' },
        { type: 'HASH', attributes: ['b'], name: 'x' },
      ],
    }),
    'maps.m.indexes[1]',
    /another index has the name 'x'/,
  ],
  [inMap({ mapStore: 'db' }), 'maps.m.mapStore', /must be an object, not 'db'/],
  [inMap({ mapStore: {} }), 'maps.m.mapStore.implementation', /is missing: a store, or a `factory`/],
  [inStore({ factory }), 'maps.m.mapStore.factory', /either `implementation` or `factory`/],
  [inStore({ implementation: 5 }), 'maps.m.mapStore.implementation', /must be a store object, not 5/],
  [inStore({ implementation: Date }), 'maps.m.mapStore.implementation', /is a function or a class/],
  [inStore({ implementation: {} }), 'maps.m.mapStore.implementation', /has none of the methods of a store: load, /],
  [inStore({ implementation: { load: 5 } }), 'maps.m.mapStore.implementation', /has a `load` that is no method but 5/],
  [inStore({ implementation: { ...store, init: {} } }), 'maps.m.mapStore.implementation', /has a `init` that is no method/],
  [inMap({ mapStore: { factory: () => store } }), 'maps.m.mapStore.factory', /method `newMapStore`/],
  [inMap({ mapStore: { factory: null } }), 'maps.m.mapStore.factory', /method `newMapStore`/],
  [inStore({ enabled: 'yes' }), 'maps.m.mapStore.enabled', /true or false/],
  [inStore({ initialMode: 'eager' }), 'maps.m.mapStore.initialMode', /did you mean 'EAGER'\?/],
  [inStore({ loadBatchSize: 0 }), 'maps.m.mapStore.loadBatchSize', /whole number from 1 to 100000, not 0/],
  [inStore({ implementation: { module: '' } }), 'maps.m.mapStore.implementation.module', /text that is not empty, not ''/],
  [inStore({ implementation: { module: 'a', exports: 'b' } }), 'maps.m.mapStore.implementation.exports', /did you mean 'export'\?/],
  [inStore({ writeBatchSize: 0 }), 'maps.m.mapStore.writeBatchSize', /whole number from 1 to 100000, not 0/],
  [inStore({ queueCapacity: 0 }), 'maps.m.mapStore.queueCapacity', /whole number from 1/],
  [inStore({ onQueueFull: 'waits' }), 'maps.m.mapStore.onQueueFull', /did you mean 'wait'\?/],
  [inStore({ maxRetries: -1 }), 'maps.m.mapStore.maxRetries', /not -1/],
  [inStore({ onDeadLetter: 'log' }), 'maps.m.mapStore.onDeadLetter', /must be a function, not 'log'/],
  [inMap({ evictionPolicy: 'lru' }), 'maps.m.evictionPolicy', /did you mean 'LRU'\?/],
  [inMap({ maxSize: 5 }), 'maps.m.maxSize', /limits nothing without an `evictionPolicy`/],
  [inMap({ evictionPolicy: 'LRU', maxSize: 1.5 }), 'maps.m.maxSize', /whole number/],
  [inMap({ evictionPolicy: 'LRU', maxSize: 101, maxSizePolicy: 'used_heap_percentage' }), 'maps.m.maxSize', /from 0 to 100, not 101/],
  [inMap({ maxSizePolicy: 'per_node' }), 'maps.m.maxSizePolicy', /one of cluster_wide_map_size, /],
  [inMap({ evictionPercentage: 0 }), 'maps.m.evictionPercentage', /from 1 to 100, not 0/],
  [inMap({ evictionDelaySeconds: -1 }), 'maps.m.evictionDelaySeconds', /not -1/],
  [inStore({ writeDelaySeconds: -1 }), 'maps.m.mapStore.writeDelaySeconds', /not -1/],
  [inStore({ onProgress: {} }), 'maps.m.mapStore.onProgress', /must be a function, not an object/],
  [inStore({ properties: 'x' }), 'maps.m.mapStore.properties', /must be an object, not 'x'/],
  [inStore({ properties: { port: 5432 } }), 'maps.m.mapStore.properties.port', /must be a text, not 5432/],
  [inStore({ propertis: {} }), 'maps.m.mapStore.propertis', /did you mean 'properties'\?/],
];

test('each wrong option is one problem, with its path', () => {
  for (const [options, path, message] of WRONG) {
    const problems = problemsOf(options);
    assert.is(problems.length, 1, `${path} ${message}: ${problems.join(' | ')}`);
    assert.ok(problems[0]!.startsWith(`${path}: `), problems[0]);
    assert.match(problems[0]!, message);
  }
});

test('all problems are reported together', () => {
  const problems = problemsOf({
    partitionCount: 0,
    maps: { a: { values: 'x', indexes: [{ attribute: '' }] }, b: { mapStore: { loadBatchSize: 0 } } },
    simd: 1,
  });
  assert.equal(problems.map((problem) => problem.split(':')[0]).toSorted(), [
    'maps.a.indexes[0]',
    'maps.a.values',
    'maps.b.mapStore.implementation',
    'maps.b.mapStore.loadBatchSize',
    'partitionCount',
    'simd',
  ]);
});

test('what is allowed is accepted', () => {
  class Store {
    load(): undefined {}
  }
  for (const options of [
    {},
    Object.create(null) as object,
    { maps: undefined, clock: undefined },
    inMap({}),
    { maps: { m: undefined, default: {}, 'a*': {} } },
    inMap({ indexes: [{ attribute: 'a' }, { attribute: 'a' }] }),
    inMap({ mapStore: { implementation: new Store() } }),
    inMap({ mapStore: { factory } }),
    inMap({ mapStore: { enabled: false } }),
    inStore({ writeDelaySeconds: 0 }),
  ]) {
    assert.equal(problemsOf(options), []);
  }
  assert.is(resolve({ maps: { m: { mapStore: { enabled: false, implementation: store } } } }).maps.get('m')!.mapStore, undefined);
});

/** A configuration in which everything is right. */
const GOOD = {
  name: 'n',
  partitionCount: 3,
  querySliceMs: 1,
  simd: false,
  clock: systemClock,
  maps: {
    m: {
      indexes: [
        { attribute: 'a', ordered: true },
        { type: 'SORTED', attributes: ['a', 'b'], name: 'ab' },
      ],
      timeToLiveSeconds: 1,
      maxIdleSeconds: 1,
      evictionPolicy: 'LRU',
      maxSize: 1,
      maxSizePolicy: 'per_member',
      evictionPercentage: 1,
      evictionDelaySeconds: 1,
      partitionKey: (key: unknown) => key,
      values: 'binary',
      resultSizeLimit: 1,
      columnBudgetMegabytes: 1,
      mapStore: {
        enabled: true,
        implementation: store,
        initialMode: 'LAZY',
        loadBatchSize: 1,
        writeDelaySeconds: 1,
        writeBatchSize: 1,
        writeCoalescing: true,
        queueCapacity: 1,
        onQueueFull: 'wait',
        maxRetries: 1,
        onDeadLetter: () => undefined,
        onProgress: () => undefined,
        properties: { a: 'b' },
      },
    },
  },
};

/** Every place in it that can be broken. */
function placesOf(value: unknown, path: readonly (string | number)[] = []): (readonly (string | number)[])[] {
  if (typeof value !== 'object' || value === null || value === systemClock || value === store) return [path];
  return [path, ...Object.entries(value).flatMap(([name, part]) => placesOf(part, [...path, name]))];
}

function withPart(value: unknown, [first, ...rest]: readonly (string | number)[], part: unknown): unknown {
  if (first === undefined) return part;
  const copy: Record<string, unknown> = Array.isArray(value) ? ([...value] as never) : { ...(value as object) };
  copy[first] = withPart(copy[first], rest, part);
  return copy;
}

test('a valid configuration with one thing broken is refused with the path of that thing, and never crashes', () => {
  assert.equal(problemsOf(GOOD), []);
  const places = placesOf(GOOD).slice(1);
  // Nothing that is right anywhere.
  const junk: readonly unknown[] = [
    null,
    NaN,
    -7.5,
    '',
    '\u0000',
    10n,
    Symbol('x'),
    new Date(0),
    new Map(),
    [[]],
    new Error('x'),
    new Proxy([0], {}),
    1e308,
  ];
  fc.assert(
    fc.property(fc.constantFrom(...places), fc.constantFrom(...junk), (place, bad) => {
      const problems = problemsOf(withPart(GOOD, place, bad));
      if (typeof bad === 'string' && (bad !== '' || place.includes('properties')) && isText(place)) return;
      assert.is(problems.length > 0, true, `${place.join('.')} = ${String(bad)}`);
      const stem = place[0] === 'maps' && place.length > 1 ? `maps.${place[1]}` : String(place[0]);
      assert.ok(problems[0]!.startsWith(stem), problems[0]);
    }),
    { seed: SEED, numRuns: 2000 * EFFORT },
  );
});

test('any value at all is either resolved or refused with a ConfigError', () => {
  const names = ['name', 'maps', 'm', 'indexes', 'mapStore', 'values', 'attribute', 'attributes', 'type', 'properties', 'clock', 'default'];
  const anything = fc.anything({
    key: fc.oneof(fc.constantFrom(...names), fc.string()),
    withBigInt: true,
    withDate: true,
    withMap: true,
    withNullPrototype: true,
  });
  fc.assert(
    fc.property(anything, (options) => {
      problemsOf(options);
      problemsOf({ maps: { m: options } });
      problemsOf({ maps: { m: { mapStore: options, indexes: [options] } } });
    }),
    { seed: SEED, numRuns: 1000 * EFFORT },
  );
});

test.run();

/** Where any text is right that is not empty. */
function isText(place: readonly (string | number)[]): boolean {
  const last = place.at(-1);
  return (place.length === 1 && last === 'name') || place.includes('properties') || place.includes('indexes');
}
