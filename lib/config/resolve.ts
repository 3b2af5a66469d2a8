/** Options to configuration: defaults filled in, every problem found before any is reported. */
import type { IndexOptions, InstanceOptions } from '../api/instance.ts';
import type { LoadProgress, MapStoreFactory } from '../api/map-store.ts';
import { systemClock, type Clock } from '../base/clock.ts';
import type { AnyStore, InstanceConfig, MapConfig, MapStoreConfig } from './map-config.ts';
import { describe, isPlain, OptionsReader, refuse, type ConfigProblem } from './problems.ts';

const INSTANCE_NAMES = ['name', 'partitionCount', 'maps', 'querySliceMs', 'simd', 'clock'];
const MAP_NAMES = [
  'indexes',
  'mapStore',
  'timeToLiveSeconds',
  'maxIdleSeconds',
  'partitionKey',
  'values',
  'resultSizeLimit',
  'columnBudgetMegabytes',
];
const MAP_STORE_NAMES = [
  'enabled',
  'implementation',
  'factory',
  'writeDelaySeconds',
  'initialMode',
  'loadBatchSize',
  'onProgress',
  'properties',
];

/** Longest time an entry can be given, in seconds: about 292 years. */
const SECONDS_MAX = 9_223_372_036;

/** Throws ConfigError with all problems. */
export function resolve(options: InstanceOptions = {}): InstanceConfig {
  const problems: ConfigProblem[] = [];
  const read = new OptionsReader(options, '', INSTANCE_NAMES, problems);
  const maps = new Map<string, MapConfig>();
  const written = read.raw('maps');
  if (written !== undefined && !isPlain(written))
    read.note('maps', `must be an object of map options by map name, not ${describe(written)}`);
  if (isPlain(written)) for (const [name, map] of Object.entries(written)) maps.set(name, resolveMap(map, `maps.${name}`, problems));
  const config: InstanceConfig = Object.freeze({
    name: read.text('name', 'cobnut'),
    partitionCount: read.number('partitionCount', 271, 1, 65_535, 'whole'),
    maps,
    querySliceMs: read.number('querySliceMs', 5, 0.1, 60_000),
    simd: read.flag('simd', true),
    clock: (read.raw('clock') as Clock | undefined) ?? systemClock,
  });
  refuse(problems);
  return config;
}

/** The configuration of a map nobody wrote anything about. */
export function defaultMapConfig(): MapConfig {
  return resolveMap({}, '', []);
}

function resolveMap(options: unknown, path: string, problems: ConfigProblem[]): MapConfig {
  const read = new OptionsReader(options, path, MAP_NAMES, problems);
  const limit = read.number('resultSizeLimit', 0, 0, Number.MAX_SAFE_INTEGER, 'whole');
  return Object.freeze({
    indexes: readIndexes(read),
    mapStore: readMapStore(read),
    timeToLiveMs: milliseconds(read.number('timeToLiveSeconds', 0, 0, SECONDS_MAX)),
    maxIdleMs: milliseconds(read.number('maxIdleSeconds', 0, 0, SECONDS_MAX)),
    partitionKey: read.function<(key: unknown) => unknown>('partitionKey'),
    values: read.oneOf('values', 'frozen', ['frozen', 'trusted', 'binary']),
    resultSizeLimit: limit === 0 ? Infinity : limit,
    columnBudgetBytes: read.number('columnBudgetMegabytes', 256, 0, 1_048_576) * 1_048_576,
  });
}

/** Seconds to milliseconds, kept to 1 ms; what is above 0 stays above 0. */
function milliseconds(seconds: number): number {
  return seconds === 0 ? 0 : Math.max(1, Math.round(seconds * 1000));
}

/** Shape only: paths and types are judged where indexes are made. */
function readIndexes(read: OptionsReader): readonly IndexOptions[] {
  const written = read.raw('indexes');
  if (written === undefined) return [];
  if (!Array.isArray(written)) {
    read.note('indexes', `must be a list, not ${describe(written)}`);
    return [];
  }
  for (const [position, index] of written.entries()) {
    const reader = new OptionsReader(
      index,
      read.at(`indexes[${position}]`),
      ['attribute', 'ordered', 'type', 'attributes', 'name'],
      read.problems,
    );
    const short = reader.raw('attribute') !== undefined;
    if (short) reader.flag('ordered', false);
    else reader.oneOf('type', 'SORTED', ['SORTED', 'HASH', 'BITMAP']);
    if (short) reader.text('attribute', '');
    else if (!Array.isArray(reader.raw('attributes')))
      reader.note('attributes', 'must be a list of attribute paths (or write `attribute`)');
  }
  return Object.freeze([...written]) as readonly IndexOptions[];
}

function readMapStore(outer: OptionsReader): MapStoreConfig | undefined {
  const written = outer.raw('mapStore');
  if (written === undefined) return undefined;
  const read = new OptionsReader(written, outer.at('mapStore'), MAP_STORE_NAMES, outer.problems);
  const implementation = read.raw('implementation') as AnyStore | undefined;
  const factory = read.raw('factory') as MapStoreFactory<unknown, unknown> | undefined;
  if (implementation !== undefined && factory !== undefined) read.note('factory', 'write either `implementation` or `factory`, not both');
  if (implementation === undefined && factory === undefined) read.note('implementation', 'is missing: a store, or a `factory`');
  if (implementation !== undefined && !isPlain(implementation)) {
    read.note('implementation', `must be a store object, not ${describe(implementation)}`);
  }
  if (factory !== undefined && typeof factory?.newMapStore !== 'function') read.note('factory', 'must have a method `newMapStore`');
  if (read.number('writeDelaySeconds', 0, 0, SECONDS_MAX) > 0) {
    read.note('writeDelaySeconds', 'must be 0 (write-through): this version has no write-behind');
  }
  const config: MapStoreConfig = Object.freeze({
    implementation,
    factory,
    initialMode: read.oneOf('initialMode', 'LAZY', ['EAGER', 'LAZY']),
    loadBatchSize: read.number('loadBatchSize', 5000, 1, 100_000, 'whole'),
    onProgress: read.function<(progress: LoadProgress) => void>('onProgress'),
    properties: Object.freeze({ ...(read.raw('properties') as Record<string, string> | undefined) }),
  });
  return read.flag('enabled', true) ? config : undefined;
}
