/**
 * Case: what a cache does all day, with what a cache needs switched on: get and put with expiry, idle time, statistics and an eviction policy, beside
 * lru-cache, node-cache, keyv and a Map, all awaited the same way; memory per entry; and the pause while a whole map expires at once.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { newInstance, type Instance, type MapOptions } from '../../lib/index.ts';
import { employee, randomFrom, type Employee } from '../employees.ts';
import { heldBytes } from '../held-bytes.ts';
import { measure, type Contender, type MeasureOptions, type Timing } from '../measure.ts';
import { watchStalls } from '../stalls.ts';

export interface CacheResult {
  readonly entries: number;
  /** Operations of one timed call. */
  readonly batch: number;
  readonly get: readonly Timing[];
  readonly put: readonly Timing[];
  /** Puts of new keys into a full cache: each gives an entry up. */
  readonly evict: readonly Timing[];
  /** Bytes per entry beyond key and value, by configuration. */
  readonly entryBytes: Readonly<Record<string, number>>;
  readonly expiry: ExpiryResult;
}

export interface ExpiryResult {
  readonly entries: number;
  /** From the moment they are over until none is left in memory. */
  readonly goneMs: number;
  readonly stallMs: number;
}

interface CachePeer {
  readonly name: string;
  get(key: number): Promise<unknown>;
  put(key: number, value: Employee): Promise<unknown>;
}

interface Library {
  get(key: string | number): unknown;
  set(key: string | number, value: unknown): unknown;
}

const BATCH = 1000;
const HOUR = 3600;

/** What is switched on, one after the other; trusted values are kept as they are, as the peers keep them. Statistics of entries are always kept. */
const FEATURES: Readonly<Record<string, MapOptions>> = {
  cobnut: {},
  '+ ttl': { timeToLiveSeconds: HOUR },
  '+ idle': { timeToLiveSeconds: HOUR, maxIdleSeconds: HOUR },
  '+ LRU': { timeToLiveSeconds: HOUR, maxIdleSeconds: HOUR, evictionPolicy: 'LRU' },
  '+ trusted': { timeToLiveSeconds: HOUR, maxIdleSeconds: HOUR, evictionPolicy: 'LRU', values: 'trusted' },
  LFU: { timeToLiveSeconds: HOUR, evictionPolicy: 'LFU' },
  W_TINYLFU: { timeToLiveSeconds: HOUR, evictionPolicy: 'W_TINYLFU' },
};

export async function runCache(rows: readonly Employee[], expiring: readonly Employee[], options: MeasureOptions): Promise<CacheResult> {
  const entries = rows.length;
  const entryBytes: Record<string, number> = {};
  for (const [name, features] of Object.entries(FEATURES)) entryBytes[name] = await bytesOf(rows, features);
  await using instance = newInstance({ maps: mapsOf(entries) });
  const peers = [...(await ownPeers(instance)), ...(await otherPeers(entries))];
  for (const { put } of peers) for (const row of rows) await put(row.id, row);
  const random = randomFrom(5);
  const keys = Int32Array.from({ length: BATCH }, () => Math.floor(random() * entries));
  const values = Array.from(keys, (key) => employee(key, random));
  const get = await measure(
    peers.map((peer) => getting(peer, keys)),
    options,
  );
  const put = await measure(
    peers.map((peer) => putting(peer, (i) => keys[i]!, values)),
    options,
  );
  const bounded = peers.filter(({ name }) => (name in FEATURES ? FEATURES[name]!.evictionPolicy !== undefined : name === 'lru-cache'));
  const evict = await measure(
    bounded.map((peer) => {
      let next = entries;
      return putting(peer, () => next++, values);
    }),
    options,
  );
  return { entries, batch: BATCH, get, put, evict, entryBytes, expiry: await expireAll(expiring) };
}

function mapsOf(entries: number): Record<string, MapOptions> {
  return Object.fromEntries(
    Object.entries(FEATURES).map(([name, features]) => [
      name,
      features.evictionPolicy === undefined ? features : { ...features, maxSize: entries, evictionDelaySeconds: 0 },
    ]),
  );
}

function getting({ name, get }: CachePeer, keys: Int32Array): Contender {
  return {
    name,
    async run() {
      for (let i = 0; i < BATCH; i++) if ((await get(keys[i]!)) === undefined) throw new Error(`${name} lost key ${keys[i]}`);
    },
  };
}

function putting({ name, put }: CachePeer, keyOf: (i: number) => number, values: readonly Employee[]): Contender {
  return {
    name,
    async run() {
      for (let i = 0; i < BATCH; i++) await put(keyOf(i), values[i]!);
    },
  };
}

async function ownPeers(instance: Instance): Promise<CachePeer[]> {
  const peers: CachePeer[] = [];
  for (const name of Object.keys(FEATURES)) {
    const map = await instance.getMap<number, Employee>(name);
    peers.push({ name, get: (key) => map.get(key), put: (key, value) => map.set(key, value) });
  }
  return peers;
}

async function otherPeers(entries: number): Promise<CachePeer[]> {
  const [lruModule, keyvModule, nodeCacheModule] = ['lru-cache', 'keyv', 'node-cache']; // see bench/package.json
  const { LRUCache } = (await import(lruModule)) as { LRUCache: new (options: object) => Library };
  const { Keyv } = (await import(keyvModule)) as { Keyv: new (options?: object) => Library };
  const { default: NodeCache } = (await import(nodeCacheModule)) as { default: new (options: object) => Library };
  const plain = new Map<number, Employee>();
  const lru = new LRUCache({ max: entries, ttl: HOUR * 1000, updateAgeOnGet: true });
  const keyv = new Keyv({ ttl: HOUR * 1000 });
  const nodeCache = new NodeCache({ stdTTL: HOUR, useClones: false, checkperiod: 0 });
  return [
    { name: 'Map', get: async (key) => plain.get(key), put: async (key, value) => plain.set(key, value) },
    { name: 'lru-cache', get: async (key) => lru.get(key), put: async (key, value) => lru.set(key, value) },
    { name: 'node-cache', get: async (key) => nodeCache.get(key), put: async (key, value) => nodeCache.set(key, value) },
    { name: 'keyv', get: async (key) => keyv.get(String(key)), put: async (key, value) => keyv.set(String(key), value) },
  ];
}

/** Trusted values are the very objects of `rows`, so that what is held more afterwards is the map's own. */
async function bytesOf(rows: readonly Employee[], features: MapOptions): Promise<number> {
  const limit = features.evictionPolicy === undefined ? {} : { maxSize: rows.length, evictionDelaySeconds: 0 };
  await using instance = newInstance({ maps: { m: { ...features, ...limit, values: 'trusted' } } });
  const map = await instance.getMap<number, Employee>('m');
  const before = heldBytes();
  for (const row of rows) await map.set(row.id, row);
  return Math.round((heldBytes() - before) / rows.length);
}

/** All entries, with three indexes, are over at the same moment; a timer of the application goes on meanwhile. */
async function expireAll(rows: readonly Employee[]): Promise<ExpiryResult> {
  const indexes = ['age', 'salary', 'name'].map((attribute) => ({ attribute, ordered: true }));
  await using instance = newInstance({ maps: { m: { values: 'trusted', indexes } } });
  const map = await instance.getMap<number, Employee>('m');
  const over = Date.now() + rows.length / 100 + 200; // time enough to put them
  for (const row of rows) await map.set(row.id, row, { ttlSeconds: Math.max(0.001, (over - Date.now()) / 1000) });
  await delay(Math.max(0, over - Date.now() - 50));
  const stalls = watchStalls();
  const began = over;
  while (map.getLocalMapStats().ownedEntryCount > 0) await delay(1);
  return { entries: rows.length, goneMs: Math.max(0, Math.round(Date.now() - began)), stallMs: Number(stalls.stop().toFixed(1)) };
}
