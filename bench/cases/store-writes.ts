/**
 * Case: what KnexMapStore adds to PostgreSQL's own time. A map's write-through `set` by concurrency beside a prepared upsert on a pool of `pg`, and
 * batches of upserts beside a prepared statement with arrays; what reading back, a version and a document cost.
 */
import pg from 'pg';
import { newInstance } from '../../lib/index.ts';
import { startPostgres } from '../../lib/console/embedded-postgres.ts';
import { KnexMapStore, type KnexMapStoreOptions } from '../../stores/knex/index.ts';
import type { Employee } from '../employees.ts';
import { median } from '../measure.ts';

export interface StoreWriteResult {
  readonly singles: readonly SingleWrites[];
  readonly batches: readonly BatchWrites[];
}

export interface Latency {
  readonly medianMs: number;
  readonly p99Ms: number;
  readonly perSecond: number;
}

export interface SingleWrites {
  readonly concurrency: number;
  readonly own: Latency;
  readonly bare: Latency;
}

export interface BatchWrites {
  readonly name: string;
  readonly rows: number;
  readonly rowsPerSecond: number;
}

interface Item {
  readonly id: number;
  readonly name: string;
  readonly age: number;
  readonly active: boolean;
  readonly salary: number;
  readonly dept: string;
  readonly city: string;
}

const COLUMNS = ['id int', 'name text', 'age int', 'active boolean', 'salary int', 'dept text', 'city text'];
const NAMES = COLUMNS.map((column) => column.split(' ')[0] as keyof Item);
const CHANGES = NAMES.slice(1)
  .map((name) => `${name} = excluded.${name}`)
  .join(', ');
const CONCURRENCIES = [1, 8, 64];
const POOL = 8;

export async function runStoreWrites(rows: readonly Employee[], rounds: number): Promise<StoreWriteResult> {
  await using server = await startPostgres();
  const items = rows
    .slice(0, 20_000)
    .map(({ id, name, age, active, salary, dept, city }): Item => ({ id, name, age, active, salary, dept, city }));
  const pool = new pg.Pool({ connectionString: server.url, max: POOL });
  pool.on('error', () => {}); // the server goes away first
  await pool.query(`create table plain(${COLUMNS.join(', ')}, primary key (id));
    create table kept(${COLUMNS.join(', ')}, version int8, label text generated always as (name || '!') stored, primary key (id));
    create table documents(id int primary key, doc jsonb not null)`);
  const singles = await singleWrites(server.url, pool, items, rounds === 1 ? 64 : 4_000);
  const batches = await batchWrites(server.url, pool, items, rounds);
  await pool.end();
  return { singles, batches };
}

async function singleWrites(url: string, pool: pg.Pool, items: readonly Item[], calls: number): Promise<SingleWrites[]> {
  const implementation = new KnexMapStore<number, Item>({ connection: url, table: 'plain', connections: POOL });
  await using instance = newInstance({ maps: { plain: { mapStore: { implementation } } } });
  const map = await instance.getMap<number, Item>('plain');
  const values = NAMES.map((_, position) => `$${position + 1}`).join(', ');
  const text = `insert into plain values (${values}) on conflict (id) do update set ${CHANGES}`;
  const bare = (item: Item): Promise<unknown> => pool.query({ name: 'single', text, values: NAMES.map((name) => item[name]) });
  const results: SingleWrites[] = [];
  for (const concurrency of CONCURRENCIES) {
    for (const write of [bare, (item: Item) => map.set(item.id, item)]) await latency(items, Math.ceil(calls / 4), concurrency, write);
    results.push({
      concurrency,
      own: await latency(items, calls, concurrency, (item) => map.set(item.id, item)),
      bare: await latency(items, calls, concurrency, bare),
    });
  }
  return results;
}

/** `concurrency` callers, each awaiting one call after the other. */
async function latency(
  items: readonly Item[],
  calls: number,
  concurrency: number,
  write: (item: Item) => Promise<unknown>,
): Promise<Latency> {
  const times: number[] = [];
  let next = 0;
  const began = performance.now();
  const caller = async (): Promise<void> => {
    while (next < calls) {
      const item = items[next++ % items.length]!;
      const start = performance.now();
      await write(item);
      times.push(performance.now() - start);
    }
  };
  await Promise.all(Array.from({ length: concurrency }, caller));
  const seconds = (performance.now() - began) / 1000;
  const sorted = times.toSorted((a, b) => a - b);
  return { medianMs: median(times), p99Ms: sorted[Math.floor(sorted.length * 0.99)]!, perSecond: Math.round(calls / seconds) };
}

async function batchWrites(url: string, pool: pg.Pool, items: readonly Item[], rounds: number): Promise<BatchWrites[]> {
  const client = await pool.connect();
  const stores: KnexMapStore<number, Item>[] = [];
  const store = async (options: Partial<KnexMapStoreOptions<Item>>): Promise<(batch: readonly Item[]) => Promise<unknown>> => {
    const opened = new KnexMapStore<number, Item>({ connection: url, key: 'id', connections: 1, ...options });
    await opened.init({ mapName: 'plain', properties: {} });
    stores.push(opened);
    return (batch) => opened.storeAll(new Map(batch.map((item) => [item.id, item])));
  };
  const columns = Object.fromEntries(NAMES.map((name) => [name, true])) as Record<keyof Item, true>;
  const contenders: (readonly [string, number, (batch: readonly Item[]) => Promise<unknown>])[] = [
    ['by hand: prepared unnest', 1_000, (batch) => byHand(client, batch)],
    ['storeAll', 1_000, await store({})],
    ['storeAll, reading a column back', 1_000, await store({ table: 'kept', columns: { ...columns, label: true } as typeof columns })],
    ['storeAll, version guard', 1_000, await store({ table: 'kept', columns, version: { column: 'version', mode: 'guard' } })],
    ['storeAll, documents', 1_000, await store({ table: 'documents', document: 'doc' })],
    ['by hand: COPY into a temporary table, merged', 20_000, (batch) => copyAndMerge(client, batch)],
    ['storeAll', 20_000, await store({})],
  ];
  const speeds = contenders.map((): number[] => []);
  for (let round = 0; round < rounds; round++) {
    for (const [position, [, size, write]] of contenders.entries()) {
      const began = performance.now();
      for (let from = 0; from < items.length; from += size) await write(items.slice(from, from + size));
      speeds[position]!.push((items.length / (performance.now() - began)) * 1000);
    }
  }
  await Promise.all(stores.map((one) => one.destroy()));
  client.release();
  return contenders.map(([name, size], position) => ({ name, rows: size, rowsPerSecond: Math.round(median(speeds[position]!)) }));
}

function byHand(client: pg.PoolClient, batch: readonly Item[]): Promise<unknown> {
  const arrays = COLUMNS.map((column, position) => `$${position + 1}::${column.split(' ')[1]}[]`).join(', ');
  const text = `insert into plain select * from unnest(${arrays}) on conflict (id) do update set ${CHANGES}`;
  return client.query({ name: 'batch', text, values: NAMES.map((name) => batch.map((item) => item[name])) });
}

async function copyAndMerge(client: pg.PoolClient, batch: readonly Item[]): Promise<void> {
  await client.query('begin; create temporary table incoming (like plain) on commit drop');
  await copyIn(client, batch);
  await client.query(`insert into plain select * from incoming order by id on conflict (id) do update set ${CHANGES}; commit`);
}

/** Text without tabs, backslashes and line ends, as these rows are. */
function copyIn(client: pg.PoolClient, batch: readonly Item[]): Promise<void> {
  const lines = batch.map((item) => NAMES.map((name) => String(item[name])).join('\t'));
  const bytes = Buffer.from(`${lines.join('\n')}\n`);
  return new Promise((resolve, reject) => {
    const nothing = (): void => undefined;
    client.query({
      submit: (connection: { query(text: string): void }) => connection.query('copy incoming from stdin'),
      handleCopyInResponse(connection: { sendCopyFromChunk(chunk: Buffer): void; endCopyFrom(): void }) {
        connection.sendCopyFromChunk(bytes);
        connection.endCopyFrom();
      },
      handleRowDescription: nothing,
      handleDataRow: nothing,
      handlePortalSuspended: nothing,
      handleEmptyQuery: nothing,
      handleCommandComplete: nothing,
      handleError: reject,
      handleReadyForQuery: () => resolve(),
    } as never);
  });
}
