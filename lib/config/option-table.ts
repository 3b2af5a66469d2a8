/**
 * Every option, said once: its name, what it may be, what it is when it is left out, and how files spell it. What users write is checked by it, files
 * are read and written by it, and docs/configuration.md and the JSON schema for editors are made from it.
 */
import { PARTITION_COUNT_DEFAULT } from '../data/partitioning.ts';
import { SECONDS_MAX } from './seconds.ts';

/** What an option may be. */
export type OptionKind =
  | { readonly kind: 'number'; readonly min: number; readonly max: number; readonly whole?: boolean; readonly orInfinity?: boolean }
  | { readonly kind: 'flag' }
  | { readonly kind: 'text' }
  /** `spelled`: other words that say the same in files, in lower case. */
  | { readonly kind: 'choice'; readonly of: readonly string[]; readonly spelled?: Readonly<Record<string, string>> }
  | { readonly kind: 'texts' }
  | { readonly kind: 'properties' }
  /** A function or object of the program. `module`: or where it is exported, which files can say too. */
  | { readonly kind: 'part'; readonly what: string; readonly module: boolean }
  | { readonly kind: 'group'; readonly options: OptionTable }
  | { readonly kind: 'list'; readonly options: OptionTable }
  /** By name, which is the user's. */
  | { readonly kind: 'named'; readonly options: OptionTable };

export type Option = OptionKind & {
  /** One or two sentences. */
  readonly doc: string;
  /** What holds when it is left out; left out here too: nothing. */
  readonly fallback?: unknown;
  /** Where the default comes from. Left out: from here. */
  readonly source?: 'Hazelcast';
  /** false: it is made of parts that only a program has. Default: where its kind can be written. */
  readonly inFiles?: false;
  /**
   * Where Hazelcast's XML says it, within the element of its group: an element `a`, an attribute `@a`, or one of an element within `a/@b`. The first is the
   * manual's, those after it are today's.
   */
  readonly xml?: readonly string[];
};

export type OptionTable = Readonly<Record<string, Option>>;

const SECONDS = { kind: 'number', min: 0, max: SECONDS_MAX } as const;
const FLAG = { kind: 'flag' } as const;
const TEXT = { kind: 'text' } as const;
const FUNCTION = { kind: 'part', what: 'a function', module: false } as const;

/** What files may write in place of the names of size policies: today's, and those of near caches. */
const SIZE_POLICIES = {
  per_node: 'per_member',
  per_partition: 'partitions_wide_map_size',
  entry_count: 'per_member',
} as const;

const POLICY = {
  kind: 'choice',
  of: ['NONE', 'LRU', 'LFU', 'W_TINYLFU'],
  fallback: 'NONE',
  source: 'Hazelcast',
  xml: ['eviction-policy', 'eviction/@eviction-policy'],
} as const;

const MAX_SIZE = { kind: 'number', min: 0, max: Number.MAX_SAFE_INTEGER, fallback: 0, source: 'Hazelcast' } as const;

export const NEAR_CACHE_OPTIONS = {
  maxSize: { ...MAX_SIZE, whole: true, doc: 'Most entries; 0 is no limit.', xml: ['max-size', 'eviction/@size'] },
  timeToLiveSeconds: {
    ...SECONDS,
    fallback: 0,
    source: 'Hazelcast',
    doc: 'How long an entry stays after it was read from its member; 0 is for ever.',
    xml: ['time-to-live-seconds'],
  },
  maxIdleSeconds: {
    ...SECONDS,
    fallback: 0,
    source: 'Hazelcast',
    doc: 'How long an entry stays without being read; 0 is for ever.',
    xml: ['max-idle-seconds'],
  },
  evictionPolicy: { ...POLICY, doc: 'What goes when it is full. `NONE`: nothing, and nothing new comes in.' },
  invalidateOnChange: {
    ...FLAG,
    fallback: true,
    source: 'Hazelcast',
    doc: 'Whether entries go when they are changed anywhere; else they stay until their time is over.',
    xml: ['invalidate-on-change'],
  },
} as const satisfies OptionTable;

export const MODULE_OPTIONS = {
  module: { ...TEXT, doc: 'A path from the working directory, or the name of a package.' },
  export: { ...TEXT, fallback: 'default', doc: 'What it exports; a class is made with `new`.' },
} as const satisfies OptionTable;

export const MAP_STORE_OPTIONS = {
  enabled: { ...FLAG, fallback: true, source: 'Hazelcast', doc: 'false: as if there were no `mapStore`.', xml: ['@enabled'] },
  implementation: {
    kind: 'part',
    what: 'a loader or store',
    module: true,
    doc: 'The loader or store itself, for one map, or where it is exported; or `factory`, not both.',
    xml: ['class-name'],
  },
  factory: {
    kind: 'part',
    what: 'a factory of stores',
    module: true,
    doc: 'Makes a store for each map; the object, or where it is exported.',
    xml: ['factory-class-name'],
  },
  writeDelaySeconds: {
    ...SECONDS,
    fallback: 0,
    source: 'Hazelcast',
    doc: '0: write-through. Above 0: write-behind, after so many seconds.',
    xml: ['write-delay-seconds'],
  },
  writeBatchSize: {
    kind: 'number',
    min: 1,
    max: 100_000,
    whole: true,
    fallback: 1000,
    doc: 'Write-behind: entries of one `storeAll` or `deleteAll`.',
    xml: ['write-batch-size'],
  },
  writeCoalescing: {
    ...FLAG,
    fallback: true,
    source: 'Hazelcast',
    doc: 'Write-behind: whether only the last operation of a key is stored.',
    xml: ['write-coalescing'],
  },
  queueCapacity: {
    kind: 'number',
    min: 1,
    max: 100_000_000,
    whole: true,
    fallback: 50_000,
    doc: 'Write-behind: most operations that wait.',
  },
  onQueueFull: {
    kind: 'choice',
    of: ['wait', 'reject'],
    fallback: 'wait',
    doc: 'Write-behind: what a write does when the queue is full: wait for room, or fail with ERR_WRITE_BEHIND_FULL.',
  },
  maxRetries: {
    kind: 'number',
    min: 0,
    max: 1_000_000,
    whole: true,
    fallback: 10,
    doc: 'Write-behind: how often a failed operation is tried again before it is given to `onDeadLetter`.',
  },
  onDeadLetter: { ...FUNCTION, doc: 'Write-behind: takes what can not be stored. Without it nothing is ever given up.' },
  initialMode: {
    kind: 'choice',
    of: ['EAGER', 'LAZY'],
    fallback: 'LAZY',
    source: 'Hazelcast',
    doc: '`EAGER`: `getMap` waits until all is loaded. `LAZY`: loading begins when the map is first touched; indexes make it EAGER.',
    xml: ['@initial-mode'],
  },
  loadBatchSize: { kind: 'number', min: 1, max: 100_000, whole: true, fallback: 5000, doc: 'Keys of one `loadAll` call.' },
  onProgress: { ...FUNCTION, doc: 'Called during the initial load, a few times a second, and at its end.' },
  properties: { kind: 'properties', fallback: {}, doc: "Handed to the store's `init` or the factory.", xml: ['properties'] },
} as const satisfies OptionTable;

export const INDEX_OPTIONS = {
  type: { kind: 'choice', of: ['SORTED', 'HASH', 'BITMAP'], doc: 'Ordered, for ranges and order; by value; by value with few values.' },
  attributes: { kind: 'texts', doc: 'One attribute, or several of a composite index.' },
  name: { ...TEXT, doc: 'Default: its attributes and type.' },
  attribute: { ...TEXT, doc: 'In place of `type` and `attributes`: one attribute,' },
  ordered: { ...FLAG, fallback: false, source: 'Hazelcast', doc: 'and whether its index is ordered.' },
} as const satisfies OptionTable;

export const MAP_OPTIONS = {
  indexes: { kind: 'list', options: INDEX_OPTIONS, fallback: [], doc: 'Made when the map is.', xml: ['indexes'] },
  mapStore: { kind: 'group', options: MAP_STORE_OPTIONS, doc: 'The store behind the map. Default none.', xml: ['map-store'] },
  timeToLiveSeconds: {
    ...SECONDS,
    fallback: 0,
    source: 'Hazelcast',
    doc: 'How long an entry lives after its last update, kept to 1 ms; 0 is for ever.',
    xml: ['time-to-live-seconds'],
  },
  maxIdleSeconds: {
    ...SECONDS,
    fallback: 0,
    source: 'Hazelcast',
    doc: 'How long an entry lives without being touched; 0 is for ever.',
    xml: ['max-idle-seconds'],
  },
  evictionPolicy: { ...POLICY, doc: 'Which entries go when `maxSize` is reached.' },
  maxSize: {
    ...MAX_SIZE,
    doc: 'How large the map may become, counted as `maxSizePolicy` says; 0 is no limit.',
    xml: ['max-size', 'eviction/@size'],
  },
  maxSizePolicy: {
    kind: 'choice',
    of: ['cluster_wide_map_size', 'map_size_per_jvm', 'per_member', 'partitions_wide_map_size', 'used_heap_size', 'used_heap_percentage'],
    spelled: SIZE_POLICIES,
    fallback: 'cluster_wide_map_size',
    source: 'Hazelcast',
    doc: 'What `maxSize` limits: entries on all members together; on each member (two spellings); in each partition; megabytes of this map on each member; the same in percent of the heap.',
    xml: ['max-size/@policy', 'eviction/@max-size-policy'],
  },
  evictionPercentage: {
    kind: 'number',
    min: 1,
    max: 100,
    fallback: 25,
    source: 'Hazelcast',
    doc: 'Percent of the map that goes when the limit is reached.',
    xml: ['eviction-percentage'],
  },
  evictionDelaySeconds: {
    ...SECONDS,
    fallback: 3,
    source: 'Hazelcast',
    doc: 'Seconds between two checks of the limit; 0: at each write, and the limit is exact.',
    xml: ['eviction-delay-seconds'],
  },
  partitionKey: {
    kind: 'part',
    what: 'a function',
    module: true,
    doc: 'What of a key decides its partition. Default: its `partitionKey` property, else the whole key.',
  },
  backupCount: {
    kind: 'number',
    min: 0,
    max: 6,
    whole: true,
    fallback: 1,
    source: 'Hazelcast',
    doc: 'Copies of each entry on other members that have every change before the call that makes it returns.',
    xml: ['backup-count'],
  },
  asyncBackupCount: {
    kind: 'number',
    min: 0,
    max: 6,
    whole: true,
    fallback: 0,
    source: 'Hazelcast',
    doc: 'Copies that follow without being waited for; six with `backupCount` at most.',
    xml: ['async-backup-count'],
  },
  minSyncBackups: {
    kind: 'number',
    min: 0,
    max: 6,
    whole: true,
    fallback: 0,
    doc: 'Changes are refused while their partition has fewer synchronous backups; `backupCount` at most.',
  },
  readBackupData: {
    ...FLAG,
    fallback: false,
    source: 'Hazelcast',
    doc: 'Whether `get` may read a copy on this member.',
    xml: ['read-backup-data'],
  },
  nearCache: {
    kind: 'group',
    options: NEAR_CACHE_OPTIONS,
    doc: 'Keeps values that this member has read from others. Default none.',
    xml: ['near-cache'],
  },
  values: {
    kind: 'choice',
    of: ['frozen', 'trusted', 'binary'],
    spelled: { object: 'frozen', native: 'binary' },
    fallback: 'frozen',
    doc: 'How values are kept: copied in and frozen; as they are; as bytes.',
    xml: ['in-memory-format'],
  },
  resultSizeLimit: {
    kind: 'number',
    min: 0,
    max: Number.MAX_SAFE_INTEGER,
    whole: true,
    fallback: 0,
    doc: 'Most entries one query may return; 0 is no limit.',
  },
  columnBudgetMegabytes: {
    kind: 'number',
    min: 0,
    max: 1_048_576,
    fallback: 256,
    doc: 'For columns of attributes that have no index but are queried again and again.',
  },
} as const satisfies OptionTable;

export const CLUSTER_OPTIONS = {
  links: { kind: 'part', what: 'Links', module: false, doc: 'How this member reaches others.' },
  coordinator: { kind: 'part', what: 'a Coordinator', module: false, doc: 'Where the members agree on who holds what.' },
  lite: { ...FLAG, fallback: false, doc: 'true: it holds no entries, it only calls members that do.' },
  leaseSeconds: {
    kind: 'number',
    min: 0.01,
    max: 3600,
    orInfinity: true,
    fallback: 5,
    doc: 'After so long without a sign of life a member is replaced; it stops serving before that.',
  },
} as const satisfies OptionTable;

export const INSTANCE_OPTIONS = {
  name: { ...TEXT, fallback: 'cobnut', doc: 'For messages and metrics.', xml: ['instance-name', 'cluster-name', 'group/name'] },
  partitionCount: {
    kind: 'number',
    min: 1,
    max: 65_535,
    whole: true,
    fallback: PARTITION_COUNT_DEFAULT,
    source: 'Hazelcast',
    doc: 'Slices of the key space.',
  },
  maps: {
    kind: 'named',
    options: MAP_OPTIONS,
    fallback: {},
    doc: 'By map name; a `*` in a name stands for any run of characters; `default` is for maps no other name fits.',
    xml: ['map'],
  },
  querySliceMs: {
    kind: 'number',
    min: 0.1,
    max: 60_000,
    fallback: 5,
    doc: 'Milliseconds long work may take before it gives the event loop back.',
  },
  simd: { ...FLAG, fallback: true, doc: 'false: scan with plain JavaScript instead of WebAssembly SIMD.' },
  threads: { kind: 'number', min: 0, max: 64, whole: true, fallback: 0, doc: 'Members in worker threads; 0: one member in this thread.' },
  workerImports: { kind: 'texts', fallback: [], doc: 'Modules that each worker imports first.' },
  cluster: {
    kind: 'group',
    options: CLUSTER_OPTIONS,
    inFiles: false,
    doc: 'Makes this instance a member of a cluster. Not together with `threads`.',
  },
  callTimeoutSeconds: {
    kind: 'number',
    min: 0.001,
    max: 86_400,
    fallback: 60,
    doc: 'How long a call on several members looks for somebody who can answer.',
  },
  clock: { kind: 'part', what: 'a Clock', module: false, doc: "For tests: time and chance. Default the machine's." },
} as const satisfies OptionTable;
