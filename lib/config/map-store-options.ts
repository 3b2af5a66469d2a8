/** The options of a map's store: which one, and how it is used (M54-M59). */
import type { Awaitable, DeadLetter, LoadProgress, MapStoreFactory, ModuleReference } from '../api/map-store.ts';
import type { AnyStore, MapStoreConfig, WriteBehindConfig } from './map-config.ts';
import { describe, isObject, OptionsReader } from './options-reader.ts';
import { milliseconds, SECONDS_MAX } from './seconds.ts';
import { factoryProblems, isModuleReference, storeProblems } from './store-shape.ts';

const NAMES = [
  'enabled',
  'implementation',
  'factory',
  'writeDelaySeconds',
  'writeBatchSize',
  'writeCoalescing',
  'queueCapacity',
  'onQueueFull',
  'maxRetries',
  'onDeadLetter',
  'initialMode',
  'loadBatchSize',
  'onProgress',
  'properties',
];

export function readMapStore(outer: OptionsReader): MapStoreConfig | undefined {
  if (outer.raw('mapStore') === undefined) return undefined;
  const read = outer.group('mapStore', NAMES);
  if (!isObject(outer.raw('mapStore'))) return undefined;
  const enabled = read.flag('enabled', true);
  const implementation = readPart<AnyStore>(read, 'implementation', storeProblems);
  const factory = readPart<MapStoreFactory<unknown, unknown>>(read, 'factory', factoryProblems);
  const isGiven = (name: string): boolean => read.raw(name) !== undefined;
  if (isGiven('implementation') && isGiven('factory')) read.note('factory', 'write either `implementation` or `factory`, not both');
  if (!isGiven('implementation') && !isGiven('factory') && enabled) read.note('implementation', 'is missing: a store, or a `factory`');
  const config: MapStoreConfig = Object.freeze({
    implementation,
    factory,
    writeBehind: readWriteBehind(read),
    initialMode: read.oneOf('initialMode', 'LAZY', ['EAGER', 'LAZY']),
    loadBatchSize: read.number('loadBatchSize', 5000, 1, 100_000, 'whole'),
    onProgress: read.function<(progress: LoadProgress) => void>('onProgress'),
    properties: readProperties(read),
  });
  return enabled ? config : undefined;
}

function readWriteBehind(read: OptionsReader): WriteBehindConfig | undefined {
  const config: WriteBehindConfig = Object.freeze({
    delayMs: milliseconds(read.number('writeDelaySeconds', 0, 0, SECONDS_MAX)),
    batchSize: read.number('writeBatchSize', 1000, 1, 100_000, 'whole'),
    coalescing: read.flag('writeCoalescing', true),
    capacity: read.number('queueCapacity', 50_000, 1, 100_000_000, 'whole'),
    onFull: read.oneOf('onQueueFull', 'wait', ['wait', 'reject']),
    maxRetries: read.number('maxRetries', 10, 0, 1_000_000, 'whole'),
    onDeadLetter: read.function<(letter: DeadLetter) => Awaitable<void>>('onDeadLetter'),
  });
  return config.delayMs === 0 ? undefined : config;
}

/** The part itself, or a reference to the module that exports it. */
function readPart<T>(read: OptionsReader, name: string, problemsOf: (part: unknown) => string[]): T | ModuleReference | undefined {
  const part = read.raw(name);
  if (part === undefined) return undefined;
  if (!isModuleReference(part)) {
    for (const problem of problemsOf(part)) read.note(name, problem);
    return part as T;
  }
  const reference = new OptionsReader(part, read.at(name), ['module', 'export'], read.problems);
  return Object.freeze({ module: reference.text('module', ''), export: reference.text('export', 'default') });
}

function readProperties(read: OptionsReader): Readonly<Record<string, string>> {
  const properties = read.fields('properties');
  for (const [name, value] of Object.entries(properties)) {
    if (typeof value !== 'string') read.note(`properties.${name}`, `must be a text, not ${describe(value)}`);
  }
  return Object.freeze({ ...properties }) as Readonly<Record<string, string>>;
}
