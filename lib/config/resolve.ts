/** Options to configuration: defaults filled in, every problem found before any is reported. */
import type { InstanceOptions, MapOptions } from '../api/instance.ts';
import type { SortedOrHashIndex } from '../api/map.ts';
import { systemClock, type Clock } from '../base/clock.ts';
import { IndexError } from '../errors.ts';
import type { IndexDefinition } from '../indexes/index-contract.ts';
import { defineIndex, isSameIndex } from '../indexes/index-definition.ts';
import { readBackups, readCluster, readNearCache, readThreads } from './cluster-options.ts';
import { readEviction } from './eviction-options.ts';
import type { InstanceConfig } from './instance-config.ts';
import type { MapConfig } from './map-config.ts';
import { MapConfigs } from './map-configs.ts';
import { readMapStore } from './map-store-options.ts';
import { readModule } from './module-options.ts';
import { INDEX_OPTIONS, INSTANCE_OPTIONS, MAP_OPTIONS } from './option-table.ts';
import { isObject, OptionsReader, refuse, type ConfigProblem } from './options-reader.ts';
import { milliseconds } from './seconds.ts';
import { isModuleReference } from './store-shape.ts';

const SHORT_INDEX_NAMES = ['attribute', 'ordered'];
const INDEX_NAMES = ['type', 'attributes', 'name'];
const CLOCK_METHODS = ['now', 'after', 'yield', 'random'];

type InstanceReader = OptionsReader<typeof INSTANCE_OPTIONS>;
type MapReader = OptionsReader<typeof MAP_OPTIONS>;

/** Throws ConfigError with all problems. */
export function resolve(options: InstanceOptions = {}): InstanceConfig {
  const problems: ConfigProblem[] = [];
  const read = new OptionsReader(options, '', INSTANCE_OPTIONS, problems);
  const config: InstanceConfig = Object.freeze({
    name: read.text('name'),
    partitionCount: read.number('partitionCount'),
    maps: readMaps(read),
    querySliceMs: read.number('querySliceMs'),
    simd: read.flag('simd'),
    clock: readClock(read),
    ...readThreads(read),
    cluster: readCluster(read),
    callTimeoutMs: milliseconds(read.number('callTimeoutSeconds')),
  });
  refuse(problems);
  return config;
}

function readMaps(read: InstanceReader): MapConfigs {
  const maps = new Map<string, MapConfig>();
  for (const [name, options] of Object.entries(read.fields('maps'))) {
    const path = `${read.at('maps')}.${name}`;
    if (name === '') read.note('maps', 'a map needs a name');
    maps.set(name, resolveMap(options, path, read.problems));
  }
  return new MapConfigs(maps, defaultMapConfig());
}

function readClock(read: InstanceReader): Clock {
  const clock = read.raw('clock');
  if (clock === undefined) return systemClock;
  if (isObject(clock) && CLOCK_METHODS.every((name) => typeof clock[name] === 'function')) return clock as unknown as Clock;
  read.note('clock', `must have the methods ${CLOCK_METHODS.join(', ')}`);
  return systemClock;
}

/** One map's configuration. Throws ConfigError with all problems; `path` is where the options stand. */
export function resolveMapOptions(options: MapOptions, path: string): MapConfig {
  const problems: ConfigProblem[] = [];
  const config = resolveMap(options, path, problems);
  refuse(problems);
  return config;
}

/** The configuration of a map nobody wrote anything about. */
export function defaultMapConfig(): MapConfig {
  return resolveMap({}, '', []);
}

function resolveMap(options: unknown, path: string, problems: ConfigProblem[]): MapConfig {
  const read = new OptionsReader(options, path, MAP_OPTIONS, problems);
  const limit = read.number('resultSizeLimit');
  return Object.freeze({
    indexes: readIndexes(read),
    mapStore: readMapStore(read),
    timeToLiveMs: milliseconds(read.number('timeToLiveSeconds')),
    maxIdleMs: milliseconds(read.number('maxIdleSeconds')),
    eviction: readEviction(read),
    partitionKey: readPartitionKey(read),
    ...readBackups(read),
    nearCache: readNearCache(read),
    values: read.oneOf('values'),
    resultSizeLimit: limit === 0 ? Infinity : limit,
    columnBudgetBytes: read.number('columnBudgetMegabytes') * 1_048_576,
  });
}

function readPartitionKey(read: MapReader): MapConfig['partitionKey'] {
  const written = read.raw('partitionKey');
  if (isModuleReference(written)) return readModule(written, read.at('partitionKey'), read.problems);
  return read.function<(key: unknown) => unknown>('partitionKey');
}

function readIndexes(read: MapReader): readonly IndexDefinition[] {
  const definitions: IndexDefinition[] = [];
  for (const [position, written] of read.list('indexes').entries()) {
    const place = `indexes[${position}]`;
    const definition = readIndex(written, place, read);
    if (definition === undefined) continue;
    const namesake = definitions.find(({ name }) => name === definition.name);
    if (namesake !== undefined && !isSameIndex(namesake, definition)) read.note(place, `another index has the name '${definition.name}'`);
    definitions.push(definition);
  }
  return Object.freeze(definitions);
}

function readIndex(written: unknown, place: string, outer: MapReader): IndexDefinition | undefined {
  const isShort = isObject(written) && written['attribute'] !== undefined;
  const read = new OptionsReader(written, outer.at(place), INDEX_OPTIONS, outer.problems, isShort ? SHORT_INDEX_NAMES : INDEX_NAMES);
  if (!isObject(written)) return undefined;
  const { length } = outer.problems;
  if (isShort) read.flag('ordered');
  else if (read.raw('type') === undefined)
    read.note('type', `is missing: ${INDEX_OPTIONS.type.of.join(', ')} (or write \`attribute\` and \`ordered\`)`);
  else read.oneOf('type');
  if (outer.problems.length > length) return undefined;
  try {
    return defineIndex(written as unknown as SortedOrHashIndex);
  } catch (error) {
    if (!(error instanceof IndexError)) throw error;
    outer.note(place, error.message);
    return undefined;
  }
}
