/** M56 against a real PostgreSQL: a server killed in the middle of write-behind batches, rows it refuses, and writers that lock in the opposite order. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import knex from 'knex';
import * as assert from 'uvu/assert';
import { randomFrom } from '../../bench/employees.ts';
import { systemClock, type Clock } from '../../lib/base/clock.ts';
import { startPostgres } from '../../lib/console/embedded-postgres.ts';
import { newInstance, type DeadLetter, type IMap, type Instance, type MapStoreOptions } from '../../lib/index.ts';
import { KnexMapStore } from '../../stores/knex/index.ts';
import { describe } from '../kit/describe.ts';
import { schema } from '../kit/postgres.ts';
import { EFFORT, SEED } from '../kit/seed.ts';

interface Item {
  readonly id: number;
  readonly name: string;
  readonly version: number;
}

const TABLE = 'create table items(id int primary key, name varchar(20) not null, version int not null check (version >= 0))';
/** The machine's, but the dice fall low: back-offs are short. */
const clock: Clock = { ...systemClock, random: () => 0.01 };
const test = describe('write-behind: PostgreSQL');

async function open(url: string, options: MapStoreOptions): Promise<{ readonly map: IMap<number, Item>; readonly instance: Instance }> {
  const store = new KnexMapStore<number, Item>({ connection: url, table: 'items', key: 'id', timeouts: { acquireMs: 2_000 } });
  const instance = newInstance({ clock, maps: { items: { mapStore: { implementation: store, writeDelaySeconds: 0.005, ...options } } } });
  const map = await instance.getMap<number, Item>('items');
  await map.size();
  return { instance, map };
}

/** Lets the event loop turn until it is so. */
async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setImmediate(resolve));
}

test('M56 the server is killed in the middle of batches and comes back: nothing acknowledged is lost, nothing is reordered', async () => {
  const dataFolder = mkdtempSync(join(tmpdir(), 'cobnut-chaos-'));
  await using cleaning = new AsyncDisposableStack();
  cleaning.defer(() => rmSync(dataFolder, { recursive: true, force: true }));
  const first = cleaning.use(await startPostgres({ dataFolder, durable: true }));
  const admin = knex({ client: 'pg', connection: first.url, log: { warn() {}, error() {} } });
  await admin.raw(TABLE);
  // A write that comes after a later one is refused, and then given up: see `onDeadLetter`.
  await admin.raw(`create function forward() returns trigger language plpgsql as $$ begin
    if new.version < old.version then raise exception using errcode = 'check_violation'; end if; return new; end $$`);
  await admin.raw('create trigger forward before update on items for each row execute function forward()');
  const letters: DeadLetter[] = [];
  const { map, instance } = await open(first.url, {
    writeBatchSize: 100,
    queueCapacity: 400,
    maxRetries: 0,
    onDeadLetter: (letter) => void letters.push(letter),
  });
  const stats = () => map.getLocalMapStats().writeBehind!;

  const truth = new Map<number, Item>();
  const random = randomFrom(SEED);
  const writing = (async () => {
    for (let version = 0; version < 6000 * EFFORT;) {
      const some: Promise<void>[] = [];
      for (let i = 0; i < 100; i++) {
        const id = Math.floor(random() * 1000);
        const item: Item = { id, name: `n${version}`, version: ++version };
        if (random() < 0.2) {
          truth.delete(id);
          some.push(map.delete(id));
        } else {
          truth.set(id, item);
          some.push(map.set(id, item));
        }
      }
      await Promise.all(some);
      await new Promise((resolve) => setImmediate(resolve));
    }
  })();
  await until(() => stats().written > 1000 && stats().queued > 0);
  await first.kill9();
  await until(() => stats().lastError?.kind === 'connection' && stats().waitingForRoom > 0);
  assert.ok(stats().queued <= 400);
  const second = cleaning.use(await startPostgres({ dataFolder, port: first.port, durable: true }));
  assert.is(second.port, first.port);
  await writing;
  await map.flush();
  const rows = await admin<Item>('items').select('id', 'name', 'version').orderBy('id');
  assert.equal(rows, [...truth.values()].toSorted((a, b) => a.id - b.id)); // prettier-ignore
  assert.equal(letters, []);
  assert.equal(
    (await map.values()).toSorted((a, b) => a.id - b.id),
    rows,
  );
  await instance.close();
  await admin.destroy();
});

test('M56 a batch of 1,000 with a row that breaks a constraint: 999 are stored, one is a dead letter', async () => {
  await using db = await schema();
  await db.sql(TABLE);
  const letters: DeadLetter[] = [];
  const { map, instance } = await open(db.url, { maxRetries: 2, onDeadLetter: (letter) => void letters.push(letter) });
  const items = Array.from({ length: 1000 }, (_, id): Item => ({ id, name: `n${id}`, version: id === 613 ? -1 : id }));
  await map.putAll(items.map((item) => [item.id, item] as const));
  await map.flush();
  assert.equal(await db.sql('select count(*)::int as rows from items'), [{ rows: 999 }]);
  assert.equal(letters.map(({ key, value, operation, kind, attempts }) => ({ key, value, operation, kind, attempts })), [{ key: 613, value: items[613], operation: 'store', kind: 'poison', attempts: 3 }]); // prettier-ignore
  assert.is((letters[0]!.error as { code?: string }).code, '23514', "the database's own error");
  assert.equal(await map.get(613), items[613]);
  // Rows of every other kind of trouble: they don't hold up the rest, nor each other.
  await map.putAll([[1, { id: 1, name: 'far too long for the column', version: 1 }], [2, { id: 2, name: 'NUL \0', version: 1 }], [3, { id: 3, name: 'fine', version: 7 }], [4, { id: 4, name: 'x', version: -1 }]]); // prettier-ignore
  await map.flush();
  assert.equal(letters.slice(1).map(({ key }) => key).toSorted(), [1, 2, 4]); // prettier-ignore
  assert.equal(await db.sql('select version from items where id = 3'), [{ version: 7 }]);
  await instance.close();
});

test('M56 a lock that somebody holds on one row holds up that row only', async () => {
  await using db = await schema();
  await db.sql(TABLE);
  const store = new KnexMapStore<number, Item>({ connection: db.url, table: 'items', key: 'id', timeouts: { lockMs: 20 } });
  await using instance = newInstance({ clock, maps: { items: { mapStore: { implementation: store, writeDelaySeconds: 0.005, onDeadLetter: () => assert.unreachable(), maxRetries: 1_000_000 } } } }); // prettier-ignore
  const map = await instance.getMap<number, Item>('items');
  const items = (version: number): (readonly [number, Item])[] => Array.from({ length: 50 }, (_, id) => [id, { id, name: 'n', version }]);
  await map.putAll(items(1));
  await map.flush();
  const other = await db.knex.transaction();
  await other.raw('update items set version = 5 where id = 17');
  await map.putAll(items(9));
  await until(() => map.getLocalMapStats().writeBehind!.queued === 1);
  assert.equal(await db.sql('select count(*)::int as rows from items where version = 9'), [{ rows: 49 }]);
  await other.commit();
  await map.flush();
  assert.equal(await db.sql('select count(*)::int as rows from items where version = 9'), [{ rows: 50 }]);
});

test.run();
