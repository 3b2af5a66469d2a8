/** The options of a map's store: which one, and how it is used (M54-M59). */
import type { Awaitable, DeadLetter, LoadProgress, MapStoreFactory, ModuleReference } from '../api/map-store.ts';
import type { AnyStore, MapStoreConfig, WriteBehindConfig } from './map-config.ts';
import { readModule } from './module-options.ts';
import type { MAP_OPTIONS, MAP_STORE_OPTIONS } from './option-table.ts';
import { describe, isObject, type OptionsReader } from './options-reader.ts';
import { milliseconds } from './seconds.ts';
import { factoryProblems, isModuleReference, storeProblems } from './store-shape.ts';

type StoreReader = OptionsReader<typeof MAP_STORE_OPTIONS>;

export function readMapStore(outer: OptionsReader<typeof MAP_OPTIONS>): MapStoreConfig | undefined {
  if (outer.raw('mapStore') === undefined) return undefined;
  const read = outer.group('mapStore');
  if (!isObject(outer.raw('mapStore'))) return undefined;
  const enabled = read.flag('enabled');
  const implementation = readPart<AnyStore>(read, 'implementation', storeProblems);
  const factory = readPart<MapStoreFactory<unknown, unknown>>(read, 'factory', factoryProblems);
  const isGiven = (name: 'implementation' | 'factory'): boolean => read.raw(name) !== undefined;
  if (isGiven('implementation') && isGiven('factory')) read.note('factory', 'write either `implementation` or `factory`, not both');
  if (!isGiven('implementation') && !isGiven('factory') && enabled) read.note('implementation', 'is missing: a store, or a `factory`');
  const config: MapStoreConfig = Object.freeze({
    implementation,
    factory,
    writeBehind: readWriteBehind(read),
    initialMode: read.oneOf('initialMode'),
    loadBatchSize: read.number('loadBatchSize'),
    onProgress: read.function<(progress: LoadProgress) => void>('onProgress'),
    properties: readProperties(read),
  });
  return enabled ? config : undefined;
}

function readWriteBehind(read: StoreReader): WriteBehindConfig | undefined {
  const config: WriteBehindConfig = Object.freeze({
    delayMs: milliseconds(read.number('writeDelaySeconds')),
    batchSize: read.number('writeBatchSize'),
    coalescing: read.flag('writeCoalescing'),
    capacity: read.number('queueCapacity'),
    onFull: read.oneOf('onQueueFull'),
    maxRetries: read.number('maxRetries'),
    onDeadLetter: read.function<(letter: DeadLetter) => Awaitable<void>>('onDeadLetter'),
  });
  return config.delayMs === 0 ? undefined : config;
}

/** The part itself, or a reference to the module that exports it. */
function readPart<T>(
  read: StoreReader,
  name: 'implementation' | 'factory',
  problemsOf: (part: unknown) => string[],
): T | ModuleReference | undefined {
  const part = read.raw(name);
  if (part === undefined) return undefined;
  if (!isModuleReference(part)) {
    for (const problem of problemsOf(part)) read.note(name, problem);
    return part as T;
  }
  return readModule(part, read.at(name), read.problems);
}

function readProperties(read: StoreReader): Readonly<Record<string, string>> {
  const properties = read.fields('properties');
  for (const [name, value] of Object.entries(properties)) {
    if (typeof value !== 'string') read.note(`properties.${name}`, `must be a text, not ${describe(value)}`);
  }
  return Object.freeze({ ...properties }) as Readonly<Record<string, string>>;
}
