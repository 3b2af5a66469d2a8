/** Following through what happens to servers: a crash, a log that is not kept, a role that may not, a log that is not written. */
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { startPostgres } from '../../lib/console/embedded-postgres.ts';
import { installFollow, KnexMapStore, type FollowOptions } from '../../stores/knex/index.ts';
import { describe } from '../kit/describe.ts';
import { testClock } from '../kit/instance.ts';
import { postgres, schema } from '../kit/postgres.ts';
import { follow, stranger, until, untilSame, type Followed, type Item } from './following.ts';

const test = describe('following: outage');
const ITEMS = `create table items(id int primary key, name text, n int not null);
  insert into items select i, 'n' || i, i from generate_series(1, 2000) i`;
const MODES: readonly FollowOptions[] = ['notify', 'replication', { mode: 'replication', slot: 'cobnut_lasting' }];

test(
  'a server that is killed and comes back: nothing is missed',
  async () => {
    const dataFolder = mkdtempSync(join(tmpdir(), 'cobnut-follow-'));
    await using cleaning = new AsyncDisposableStack();
    cleaning.defer(() => rmSync(dataFolder, { recursive: true, force: true }));
    const first = cleaning.use(await startPostgres({ dataFolder, durable: true }));
    const other = cleaning.adopt(stranger(first.url), (pool) => pool.destroy());
    await other.raw(ITEMS);
    await using maps = new AsyncDisposableStack(); // closed before the servers
    const all: Followed<number, Item>[] = [];
    for (const mode of MODES) all.push(maps.use(await follow<number, Item>({ connection: first.url, table: 'items', follow: mode })));
    const same = async (): Promise<void> => {
      for (const { map } of all) await untilSame(map, other);
    };
    await other.raw(`update items set n = n + 1 where id < 100`);
    await same();

    await other.raw(`update items set n = n + 1 where id between 50 and 150`); // seen or not, before the crash
    await first.kill9();
    for (const { map } of all) await until(() => map.getLocalMapStats().following?.state === 'reconnecting');
    cleaning.use(await startPostgres({ dataFolder, port: first.port, durable: true }));
    await until(() =>
      other.raw(`delete from items where id = 7`).then(
        () => true,
        () => false,
      ),
    );
    await other.raw(`insert into items values (7000, 'after', 1)`);
    await same();
    await all[0]!.map.set(8, { id: 8, name: 'mine', n: 8 }); // to the others, a stranger's
    await same();
    for (const { map } of all) await until(() => map.getLocalMapStats().following?.state === 'following');
  },
  { timeoutMs: 60_000 },
);

test(
  'a slot whose log was not kept is made anew, and the map is compared with the table',
  async () => {
    await using server = await startPostgres({ settings: { max_slot_wal_keep_size: '1MB', synchronous_commit: 'on' } });
    await using cleaning = new AsyncDisposableStack();
    const other = cleaning.adopt(stranger(server.url), (pool) => pool.destroy());
    await other.raw(ITEMS);
    await using followed = await follow<number, Item>({
      connection: server.url,
      table: 'items',
      follow: { mode: 'replication', slot: 'cobnut_lost' },
    });
    const { map, store } = followed;
    assert.equal(store.warnings, []);
    for (let i = 0; i < 4; i++) await other.raw(`update items set n = n + 1; select pg_switch_wal()`);
    await other.raw('checkpoint');
    await until(
      () => map.getLocalMapStats().following!.resyncs > 0,
      () => map.getLocalMapStats().following,
    );
    await other.raw(`delete from items where id = 1; insert into items values (5000, 'new', 1)`);
    await untilSame(map, other);
    await until(() => map.getLocalMapStats().following?.state === 'following');
    await followed[Symbol.asyncDispose]();
    assert.equal((await other.raw(`select slot_name from pg_replication_slots`)).rows, []);
  },
  { timeoutMs: 60_000 },
);

test('a server that takes connections and stays silent is given up in time, and keeps no map from being closed', async () => {
  await using db = await schema();
  await db.sql(ITEMS);
  const other = stranger(db.url);
  await using cleaning = new AsyncDisposableStack();
  cleaning.defer(() => other.destroy());
  const proxy = cleaning.use(await silentProxy(db.url));
  for (const mode of ['notify', 'replication'] as const) {
    const clock = testClock();
    const options = { connection: proxy.url, table: 'items', follow: mode, clock };
    await installFollow({ ...options, connection: db.url });
    const { map, [Symbol.asyncDispose]: close } = await follow<number, Item>(options, {}, false);
    proxy.silence(true);
    await until(() => {
      clock.advance(100);
      return proxy.silent() > 0; // it connects again, and nobody answers
    });
    proxy.silence(false);
    clock.advance(30_000);
    await other.raw(`update items set name = '${mode}'`);
    await until(
      async () => {
        clock.advance(100);
        return (await map.keySet('name = ?', mode)).length === 2000;
      },
      () => map.getLocalMapStats().following,
    );
    assert.match(map.getLocalMapStats().following?.lastError ?? '', /did not answer/);
    proxy.silence(true);
    await until(() => {
      clock.advance(100);
      return proxy.silent() > 0;
    });
    await close();
    proxy.silence(false);
  }
});

test('what is missing for replication is said, with the way out', async () => {
  await using db = await schema();
  await db.sql(`create table items(id int primary key, name text, n int not null);
    create unlogged table passing(id int primary key);
    create table keyless(id int not null unique, name text);
    drop role if exists cobnut_plain; create role cobnut_plain login; grant usage on schema ${db.name} to cobnut_plain;
    grant all on all tables in schema ${db.name} to cobnut_plain`);
  const refusal = async (options: object): Promise<string> => {
    const store = new KnexMapStore<number, Item>({ connection: db.url, table: 'items', follow: 'replication', ...options });
    try {
      await store.init({ mapName: 'items', properties: {} });
      await store.destroy();
      return '';
    } catch (error) {
      return String(error);
    }
  };
  const plain = new URL(db.url);
  plain.username = 'cobnut_plain';
  assert.match(await refusal({ connection: plain.href }), /the role may not replicate/);
  await db.sql('alter role cobnut_plain replication');
  assert.match(await refusal({ connection: plain.href }), /CREATE PUBLICATION "cobnut_follow_[0-9a-f]+" FOR TABLE "test_/);
  await installFollow({ connection: db.url, table: 'items', follow: 'replication' });
  assert.is(await refusal({ connection: plain.href }), '');
  assert.match(await refusal({ table: 'passing' }), /is unlogged/);
  assert.match(await refusal({ table: 'keyless', key: 'id' }), /REPLICA IDENTITY/);
  await db.sql('create publication cobnut_other for table keyless');
  assert.match(
    await refusal({ follow: { mode: 'replication', publication: 'cobnut_other' } }),
    /lacks the table: ALTER PUBLICATION "cobnut_other" ADD TABLE/,
  );
  assert.match(
    await refusal({ follow: { mode: 'replication', publication: 'cobnut_none' }, connection: plain.href }),
    /no publication "cobnut_none"/,
  );
  await db.sql(`drop publication cobnut_other; create publication cobnut_other for table items where (id > 5)`);
  assert.match(await refusal({ follow: { mode: 'replication', publication: 'cobnut_other' } }), /has only the rows WHERE \(id > 5\)/);
  await db.sql(`drop publication cobnut_other`);
  assert.throws(() => new KnexMapStore({ connection: db.url, follow: 'sometimes' as never }), /must be 'notify', 'replication'/);
  assert.throws(() => new KnexMapStore({ connection: db.url, follow: { mode: 'notify', slot: 'x' } as never }), /no option 'slot'/);
  assert.throws(() => new KnexMapStore({ connection: db.url, follow: { mode: 'replication', slot: 'No' } }), /slot must be a name/);
  await db.sql(`drop owned by cobnut_plain; drop role cobnut_plain`);
  await postgres();
});

test.run();

interface SilentProxy extends AsyncDisposable {
  readonly url: string;
  /** Cuts all connections; those to come are taken, and nothing is said on them until it ends. */
  silence(isSilent: boolean): void;
  /** How many such connections there are. */
  silent(): number;
}

async function silentProxy(url: string): Promise<SilentProxy> {
  const target = new URL(url);
  const sockets = new Set<Socket>();
  let isSilent = false;
  const watch = (socket: Socket): Socket => {
    sockets.add(socket);
    return socket.on('error', () => {}).on('close', () => sockets.delete(socket));
  };
  const server = createServer((socket) => {
    watch(socket);
    if (isSilent) return;
    const onward = watch(connect(Number(target.port), target.hostname));
    socket.pipe(onward).pipe(socket);
    socket.on('close', () => onward.destroy());
    onward.on('close', () => socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const own = new URL(url);
  own.hostname = '127.0.0.1';
  own.port = String(typeof address === 'object' ? address?.port : '');
  const cut = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    url: own.href,
    silence(wanted) {
      isSilent = wanted;
      if (!wanted) return;
      cut();
      sockets.clear();
    },
    silent: () => sockets.size,
    async [Symbol.asyncDispose]() {
      cut();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
