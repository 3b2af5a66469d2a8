/**
 * Case: a near cache beside a Map: `get` of a member that holds nothing, where all it asks for is near; the cache by itself; and one that is too small, so
 * that most misses push something out. A miss is filled at once there: what it costs to ask another member is not what is measured.
 */
import { systemClock } from '../../lib/base/clock.ts';
import { LocalCoordinator } from '../../lib/cluster/local-coordinator.ts';
import type { NearCacheConfig } from '../../lib/config/map-config.ts';
import { hashKey } from '../../lib/data/key.ts';
import { newInstance, type InstanceOptions, type NearCacheOptions } from '../../lib/index.ts';
import { NearCache, type NearKey } from '../../lib/near-cache/near-cache.ts';
import { InProcessNetwork } from '../../lib/transport/in-process-network.ts';
import { randomFrom, type Employee } from '../employees.ts';
import { measure, type Contender, type MeasureOptions, type Timing } from '../measure.ts';

export interface NearCacheResult {
  readonly entries: number;
  /** Reads of one timed call. */
  readonly batch: number;
  /** Awaited reads of what is near. */
  readonly get: readonly Timing[];
  /** The same of the cache alone, nothing awaited. */
  readonly alone: readonly Timing[];
  /** Reads of a cache that has room for a tenth. */
  readonly small: readonly Timing[];
  /** Share of those reads that were hits, in percent. */
  readonly smallHits: Readonly<Record<string, number>>;
}

interface Lru {
  get(key: number): unknown;
  set(key: number, value: unknown): unknown;
}

const BATCH = 1000;
const PARTITIONS = 271;
/** Long enough that a small cache is in its steady state whatever the samples. */
const READS = 1 << 18;
const PLAIN: NearCacheConfig = { maxSize: Infinity, timeToLiveMs: 0, maxIdleMs: 0, policy: 'NONE', invalidateOnChange: true };

/** What is switched on, one after the other. */
const FEATURES: Readonly<Record<string, NearCacheOptions>> = {
  'near cache': {},
  '+ LRU': { maxSize: 10_000_000, evictionPolicy: 'LRU' },
  '+ ttl and idle': { maxSize: 10_000_000, evictionPolicy: 'LRU', timeToLiveSeconds: 3600, maxIdleSeconds: 3600 },
};

export async function runNearCache(rows: readonly Employee[], options: MeasureOptions): Promise<NearCacheResult> {
  const entries = rows.length;
  for (const row of rows) Object.freeze(row); // as values are that come from other members
  const random = randomFrom(5);
  const keys = Int32Array.from({ length: BATCH }, () => Math.floor(random() * entries));
  const { timings: small, hits: smallHits } = await readSmall(rows, options);
  return { entries, batch: BATCH, get: await readNear(rows, keys, options), alone: await readAlone(rows, keys, options), small, smallHits };
}

/** A member with the entries, and one without, whose near caches have them all. */
async function readNear(rows: readonly Employee[], keys: Int32Array, options: MeasureOptions): Promise<Timing[]> {
  const network = new InProcessNetwork(systemClock);
  const coordinator = new LocalCoordinator();
  const maps = Object.fromEntries(Object.entries(FEATURES).map(([name, nearCache]) => [name, { backupCount: 0, nearCache }]));
  const member = (name: string, lite: boolean): InstanceOptions => ({
    name,
    maps,
    cluster: { links: network.links(name), coordinator, lite },
  });
  await using owner = newInstance(member('owner#1', false));
  await using caller = newInstance(member('caller#1', true));
  const plain = new Map(rows.map((row) => [row.id, row]));
  const contenders: Contender[] = [reading('Map behind async', keys, async (key) => plain.get(key))];
  for (const name of Object.keys(FEATURES)) {
    await (await owner.getMap<number, Employee>(name)).putAll(plain);
    const map = await caller.getMap<number, Employee>(name);
    for (;;) {
      const { misses } = map.getLocalMapStats().nearCache!;
      await map.getAll(plain.keys());
      if (map.getLocalMapStats().nearCache!.misses === misses) break;
    }
    contenders.push(reading(name, keys, (key) => map.get(key)));
  }
  return await measure(contenders, options); // while the members are there
}

function reading(name: string, keys: Int32Array, get: (key: number) => Promise<unknown>): Contender {
  return {
    name,
    async run() {
      for (let i = 0; i < BATCH; i++) if ((await get(keys[i]!)) === undefined) throw new Error(`${name} lost key ${keys[i]}`);
    },
  };
}

async function readAlone(rows: readonly Employee[], keys: Int32Array, options: MeasureOptions): Promise<Timing[]> {
  const plain = new Map(rows.map((row) => [row.id, row]));
  const near = (config: Partial<NearCacheConfig>): ((key: number) => unknown) => {
    const cache = openCache(config);
    for (const row of rows) fill(cache, nearKey(row.id), row);
    return (key) => cache.get(nearKey(key));
  };
  const gets: readonly (readonly [string, (key: number) => unknown])[] = [
    ['Map', (key) => plain.get(key)],
    ['near cache', near({})],
    ['+ LRU', near({ maxSize: rows.length, policy: 'LRU' })],
    ['+ ttl and idle', near({ maxSize: rows.length, policy: 'LRU', timeToLiveMs: 3_600_000, maxIdleMs: 3_600_000 })],
  ];
  const contenders = gets.map(([name, get]): Contender => ({
    name,
    run() {
      for (let i = 0; i < BATCH; i++) if (get(keys[i]!) === undefined) throw new Error(`${name} lost key ${keys[i]}`);
    },
  }));
  return measure(contenders, options);
}

/** Some keys are asked for far more often than others: a square of chance. */
async function readSmall(
  rows: readonly Employee[],
  options: MeasureOptions,
): Promise<{ readonly timings: Timing[]; readonly hits: Record<string, number> }> {
  const random = randomFrom(7);
  const keys = Int32Array.from({ length: READS }, () => Math.floor(random() ** 4 * rows.length));
  const maxSize = Math.max(1, Math.floor(rows.length / 10));
  const lruModule = 'lru-cache'; // see bench/package.json
  const { LRUCache } = (await import(lruModule)) as { LRUCache: new (options: object) => Lru };
  const lru = new LRUCache({ max: maxSize });
  const hits: Record<string, number> = {};
  const contender = (name: string, get: (key: number) => boolean): Contender => {
    let next = 0;
    const read = (): number => {
      let found = 0;
      for (let i = 0; i < BATCH; i++) if (get(keys[next++ & (READS - 1)]!)) found++;
      return found;
    };
    let found = 0;
    for (let i = 0; i < READS; i += BATCH) found += read();
    hits[name] = Math.round((100 * found) / READS);
    return { name, run: read };
  };
  const contenders = (['LRU', 'LFU', 'W_TINYLFU'] as const).map((policy) => {
    const cache = openCache({ maxSize, policy });
    return contender(`near cache, ${policy}`, (number) => {
      const key = nearKey(number);
      if (cache.get(key) !== undefined) return true;
      fill(cache, key, rows[number]);
      return false;
    });
  });
  contenders.push(
    contender('lru-cache', (key) => {
      if (lru.get(key) !== undefined) return true;
      lru.set(key, rows[key]);
      return false;
    }),
  );
  return { timings: await measure(contenders, options), hits };
}

function openCache(config: Partial<NearCacheConfig>): NearCache {
  const cache = new NearCache({ config: { ...PLAIN, ...config }, partitionCount: PARTITIONS, clock: systemClock });
  for (let partition = 0; partition < PARTITIONS; partition++) cache.cover(partition, { freshUntil: Infinity, accepts: () => true });
  return cache;
}

function nearKey(key: number): NearKey {
  const hash = hashKey(key);
  return { key, hash, partition: hash % PARTITIONS };
}

function fill(cache: NearCache, key: NearKey, value: unknown): void {
  cache.publish(cache.reserve(key), value, undefined);
}
