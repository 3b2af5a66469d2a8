/** A server that dies, and one that hangs: calls fail, the process and the store go on. */
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import knex from 'knex';
import * as assert from 'uvu/assert';
import type { LoadCount, LoadSink } from '../../lib/api/map-store.ts';
import { startPostgres } from '../../lib/console/embedded-postgres.ts';
import { MapStoreError } from '../../lib/errors.ts';
import { newInstance } from '../../lib/index.ts';
import { failureKind } from '../../stores/knex/failures.ts';
import { KnexMapStore } from '../../stores/knex/index.ts';
import { describe } from '../kit/describe.ts';
import { postgres, schema } from '../kit/postgres.ts';
import { collector } from './conformance.ts';

interface Item {
  readonly id: number;
  readonly name: string;
}

const signal = new AbortController().signal;
const test = describe('KnexMapStore: outage');
const reason = (run: Promise<unknown>): Promise<unknown> => run.then(() => undefined).catch((error: unknown) => error);

test('a killed server fails the calls under way, and is used again when it is back', async () => {
  const dataFolder = mkdtempSync(join(tmpdir(), 'cobnut-outage-'));
  await using cleaning = new AsyncDisposableStack();
  cleaning.defer(() => rmSync(dataFolder, { recursive: true, force: true }));
  const first = cleaning.use(await startPostgres({ dataFolder, durable: true }));
  const admin = knex({ client: 'pg', connection: first.url, log: { warn() {}, error() {} } });
  await admin.raw('create table items(id int primary key, name text)');
  const store = new KnexMapStore<number, Item>({ connection: first.url, table: 'items', timeouts: { acquireMs: 2_000 } });
  await store.init({ mapName: 'items', properties: {} });
  await store.storeAll(new Map(Array.from({ length: 3_000 }, (_, id) => [id, { id, name: `n${id}` }])));

  const locker = await admin.transaction();
  await locker.raw('lock table items');
  const underWay = [store.load(1), store.store(1, { id: 1, name: 'x' }), store.loadOwned(collector<number, Item>().sink, signal)].map(
    reason,
  );
  await locker.raw('select 1');
  await first.kill9();
  for (const error of await Promise.all(underWay)) assert.is(failureKind(error), 'connection', String(error));
  const dead = await reason(store.load(1));
  assert.is(failureKind(dead), 'connection', String(dead));
  await reason(locker.rollback());

  const second = cleaning.use(await startPostgres({ dataFolder, port: first.port, durable: true }));
  assert.is(second.port, first.port);
  assert.equal(await store.load(1), { id: 1, name: 'n1' });
  await store.store(1, { id: 1, name: 'y' });
  assert.is((await store.loadOwned(collector<number, Item>().sink, signal)).read, 3_000);
  await store.destroy();
  await admin.destroy();
});

test('M59 a server killed in the middle of an EAGER load: the next getMap loads all', async () => {
  const dataFolder = mkdtempSync(join(tmpdir(), 'cobnut-outage-'));
  await using cleaning = new AsyncDisposableStack();
  cleaning.defer(() => rmSync(dataFolder, { recursive: true, force: true }));
  const first = cleaning.use(await startPostgres({ dataFolder, durable: true }));
  const admin = knex({ client: 'pg', connection: first.url, log: { warn() {}, error() {} } });
  await admin.raw(
    `create table items(id int primary key, name text); insert into items select i, repeat('x', 200) from generate_series(1, 60000) i`,
  );
  await admin.destroy();

  /** Kills the server when the load has made its first pause. */
  class Interrupted extends KnexMapStore<number, Item> {
    kill: (() => Promise<unknown>) | undefined = () => first.kill9();
    override loadOwned(sink: LoadSink<number, Item>, loading: AbortSignal): Promise<LoadCount> {
      const drained = async (): Promise<void> => {
        await this.kill?.();
        this.kill = undefined;
        await sink.drained();
      };
      return super.loadOwned({ owns: (key) => sink.owns(key), put: (key, value) => sink.put(key, value), drained }, loading);
    }
  }
  const implementation = new Interrupted({ connection: first.url });
  await using instance = newInstance({ maps: { items: { mapStore: { implementation, initialMode: 'EAGER' } } } });
  const error = await reason(instance.getMap('items'));
  assert.instance(error, MapStoreError);
  assert.is(failureKind(error instanceof MapStoreError && error.cause), 'connection', String(error));
  assert.is(implementation.kill, undefined);
  assert.instance(await reason(instance.getMap('items')), MapStoreError); // still down

  cleaning.use(await startPostgres({ dataFolder, port: first.port, durable: true }));
  const items = await instance.getMap<number, Item>('items');
  assert.is(await items.size(), 60_000);
  assert.is((await items.get(60_000))?.name.length, 200);
});

test('a server that does not answer fails the call in time, and the connection is not used again', async () => {
  await using db = await schema();
  await db.sql('create table items(id int primary key, name text)');
  await using wire = await interruptible(Number(new URL((await postgres()).url).port || 5432));
  const url = new URL(db.url);
  url.port = String(wire.port);
  const store = new KnexMapStore<number, Item>({ connection: url.href, table: 'items', connections: 1, timeouts: { clientMs: 100 } });
  await store.init({ mapName: 'items', properties: {} });
  await store.store(1, { id: 1, name: 'x' });
  wire.cut();
  const error = await reason(store.load(1));
  assert.match(String(error), 'PostgreSQL did not answer within 100 ms');
  assert.is(failureKind(error), 'connection');
  wire.mend();
  assert.equal(await store.load(1), { id: 1, name: 'x' });
  await store.destroy();
});

test('a lock held by somebody else fails a write after lockMs, and only that one', async () => {
  await using db = await schema();
  await db.sql(`create table items(id int primary key, name text); insert into items values (1, 'a')`);
  const store = new KnexMapStore<number, Item>({ connection: db.url, table: 'items', timeouts: { lockMs: 50 } });
  await store.init({ mapName: 'items', properties: {} });
  const other = await db.knex.transaction();
  await other.raw('update items set name = ? where id = 1', ['b']);
  assert.is(failureKind(await reason(store.store(1, { id: 1, name: 'c' }))), 'retry');
  await store.store(2, { id: 2, name: 'd' });
  await other.commit();
  await store.store(1, { id: 1, name: 'c' });
  assert.is((await store.load(1))?.name, 'c');
  await store.destroy();
});

test('destroy waits for writes under way', async () => {
  await using db = await schema();
  await db.sql('create table items(id int primary key, name text)');
  const store = new KnexMapStore<number, Item>({ connection: db.url, table: 'items' });
  await store.init({ mapName: 'items', properties: {} });
  const writes = Array.from({ length: 50 }, (_, id) => store.store(id, { id, name: 'x' }));
  await store.destroy();
  await Promise.all(writes);
  assert.equal(await db.sql('select count(*)::int as n from items'), [{ n: 50 }]);
});

test.run();

/** A wire to a server that can be made to swallow everything. */
async function interruptible(port: number): Promise<{ port: number; cut(): void; mend(): void } & AsyncDisposable> {
  let whole = true;
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    const far = connect(port, '127.0.0.1');
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      // prettier-ignore
      sockets.add(from);
      from.on('data', (bytes) => whole && to.write(bytes));
      from.on('close', () => to.destroy());
      from.on('error', () => to.destroy());
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as { port: number }).port,
    cut: () => void (whole = false),
    mend: () => void (whole = true),
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
