/** Case: single gets and puts beside Map, lru-cache and keyv, all awaited the same way, on 100,000 entries. */
import { newInstance } from '../../lib/index.ts';
import { employee, randomFrom, type Employee } from '../employees.ts';
import { measure, type Contender, type MeasureOptions, type Timing } from '../measure.ts';

export interface PointResult {
  readonly operation: 'get' | 'put';
  /** Operations of one timed call. */
  readonly batch: number;
  readonly timings: readonly Timing[];
}

interface PointPeer {
  readonly name: string;
  get(key: number): Promise<unknown>;
  put(key: number, value: Employee): Promise<unknown>;
}

interface LruCache {
  get(key: number): unknown;
  set(key: number, value: unknown): unknown;
}
interface KeyvStore {
  get(key: string): Promise<unknown>;
  set(key: string, value: unknown): Promise<unknown>;
}

const BATCH = 1000;

export async function runPoints(rows: readonly Employee[], options: MeasureOptions): Promise<PointResult[]> {
  const instance = newInstance();
  const peers = await openPeers(rows, instance);
  const random = randomFrom(5);
  const keys = Int32Array.from({ length: BATCH }, () => Math.floor(random() * rows.length));
  const values = Array.from(keys, (key) => employee(key, random));
  const gets: Contender[] = peers.map(({ name, get }) => ({
    name,
    async run() {
      for (let i = 0; i < BATCH; i++) if ((await get(keys[i]!)) === undefined) throw new Error(`${name} lost key ${keys[i]}`);
    },
  }));
  const puts: Contender[] = peers.map(({ name, put }) => ({
    name,
    async run() {
      for (let i = 0; i < BATCH; i++) await put(keys[i]!, values[i]!);
    },
  }));
  const results: PointResult[] = [
    { operation: 'get', batch: BATCH, timings: await measure(gets, options) },
    { operation: 'put', batch: BATCH, timings: await measure(puts, options) },
  ];
  await instance.close();
  return results;
}

async function openPeers(rows: readonly Employee[], instance: ReturnType<typeof newInstance>): Promise<PointPeer[]> {
  const map = await instance.getMap<number, Employee>('points');
  const plain = new Map<number, Employee>();
  const lruModule = 'lru-cache'; // see bench/package.json
  const keyvModule = 'keyv';
  const { LRUCache } = (await import(lruModule)) as { LRUCache: new (options: object) => LruCache };
  const { Keyv } = (await import(keyvModule)) as { Keyv: new (options?: object) => KeyvStore };
  const lru = new LRUCache({ max: rows.length, ttl: 3_600_000 });
  const keyv = new Keyv();
  for (const row of rows) {
    await map.set(row.id, row);
    plain.set(row.id, row);
    lru.set(row.id, row);
    await keyv.set(String(row.id), row);
  }
  return [
    { name: 'cobnut', get: (key) => map.get(key), put: (key, value) => map.put(key, value) },
    { name: 'Map behind async', get: async (key) => plain.get(key), put: async (key, value) => plain.set(key, value) },
    { name: 'lru-cache with ttl', get: async (key) => lru.get(key), put: async (key, value) => lru.set(key, value) },
    { name: 'keyv', get: (key) => keyv.get(String(key)), put: (key, value) => keyv.set(String(key), value) },
  ];
}
