/** Versions: a write that wakes up late, one made for a row that has changed since, and rows whose versions the database counts. */
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import * as fc from 'fast-check';
import * as assert from 'uvu/assert';
import { StoreConflictError } from '../../lib/errors.ts';
import { newInstance } from '../../lib/index.ts';
import { KnexMapStore } from '../../stores/knex/index.ts';
import { describe } from '../kit/describe.ts';
import { testClock } from '../kit/instance.ts';
import { schema, type TestSchema } from '../kit/postgres.ts';
import { EFFORT, SEED } from '../kit/seed.ts';
import { conformance, type Person } from './conformance.ts';
import { failure, openedStore, ownedBy } from './opened-store.ts';

interface Item {
  readonly id: number;
  readonly name: string;
  readonly version?: number | null;
}

const test = describe('KnexMapStore: versions');
const ITEMS = 'create table items(id int primary key, name text, version int8)';
const OPTIMISTIC = { version: { column: 'version', mode: 'optimistic' } } as const;

conformance('KnexMapStore, guarded', async () => {
  const db = await schema();
  await db.sql('create table people(id int primary key, name text, age int, version int8)');
  return {
    store: new KnexMapStore<number, Person>({ connection: db.knex, table: 'people', version: { column: 'version', mode: 'guard' } }),
    drop: () => db[Symbol.asyncDispose](),
  };
});

/** A table whose writes of 'slow' rows stop at a gate until `open` is called. */
async function gated(db: TestSchema): Promise<{ open(): Promise<void> }> {
  await db.sql(`${ITEMS}; create function gate() returns trigger language plpgsql as $$ begin
      if new.name = 'slow' then perform pg_advisory_xact_lock(hashtext(current_schema)); end if; return new; end $$;
    create trigger gate before insert on items for each row execute function gate()`);
  const keeper = await db.knex.transaction();
  await keeper.raw('select pg_advisory_xact_lock(hashtext(current_schema))');
  return {
    async open() {
      const [late] = await db.sql(`select pid from pg_locks where locktype = 'advisory' and not granted and database = (select oid from pg_database where datname = current_database())`); // prettier-ignore
      await keeper.commit();
      while ((await db.sql(`select 1 from pg_stat_activity where pid = ${Number(late!['pid'])} and state = 'active'`)).length > 0);
    },
  };
}

/** A wire to a server on which what is sent can be held back, and arrive after its sender has gone. */
async function slowWire(
  port: number,
): Promise<{ port: number; hold(): void; held(): Promise<void>; letGo(): () => Promise<void> } & AsyncDisposable> {
  let waiting: { readonly far: Socket; readonly bytes: Buffer }[] = [];
  let isHeld = false;
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    const far = connect(port, '127.0.0.1');
    sockets.add(near).add(far);
    near.on('data', (bytes) => void (isHeld ? waiting.push({ far, bytes }) : far.write(bytes)));
    far.on('data', (bytes) => near.writable && near.write(bytes));
    near.on('error', () => {});
    far.on('error', () => {});
    near.on('close', () => waiting.some((one) => one.far === far) || far.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    hold: () => void (isHeld = true),
    async held() {
      while (waiting.length === 0) await new Promise((resolve) => setImmediate(resolve));
    },
    letGo() {
      isHeld = false;
      return async () => {
        const [first] = waiting;
        const answered = new Promise((resolve) => first!.far.once('data', resolve));
        for (const { far, bytes } of waiting) far.write(bytes);
        waiting = [];
        await answered;
      };
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function atGate(db: TestSchema): Promise<void> {
  while ((await db.sql(`select 1 from pg_locks where locktype = 'advisory' and not granted`)).length === 0);
}

for (const mode of ['guard', 'none'] as const) {
  test(`a write that was given up wakes up late: ${mode === 'guard' ? 'it does nothing' : 'without a guard it wins'}`, async () => {
    await using db = await schema();
    const gate = await gated(db);
    const clock = testClock();
    const store = new KnexMapStore<number, Item>({
      connection: db.url,
      table: 'items',
      clock,
      timeouts: { clientMs: 500 },
      columns: { id: true, name: true },
      ...(mode === 'guard' && { version: { column: 'version', mode } }),
    });
    await store.init({ mapName: 'items', properties: {} });
    const slow = failure(store.store(1, { id: 1, name: 'slow' }));
    await atGate(db);
    clock.advance(500);
    assert.is(store.failureKind(await slow), 'connection');
    await store.store(1, { id: 1, name: 'new' });
    await gate.open();
    assert.is((await store.load(1))?.name, mode === 'guard' ? 'new' : 'slow');
    await store.destroy();
  });
}

test('a delete that reaches the server late does not take a later row with it', async () => {
  await using db = await schema();
  await db.sql(ITEMS);
  await using wire = await slowWire(Number(new URL(db.url).port || 5432));
  const clock = testClock();
  const url = new URL(db.url);
  url.port = String(wire.port);
  const store = new KnexMapStore<number, Item>({
    connection: url.href,
    table: 'items',
    clock,
    connections: 1,
    timeouts: { clientMs: 500 },
    version: { column: 'version', mode: 'guard' },
  });
  await store.init({ mapName: 'items', properties: {} });
  await store.store(1, { id: 1, name: 'old' });
  wire.hold();
  const given = failure(store.delete(1));
  await wire.held();
  clock.advance(500);
  assert.is(store.failureKind(await given), 'connection');
  const deliver = wire.letGo();
  await store.store(1, { id: 1, name: 'new' });
  await deliver();
  assert.is((await store.load(1))?.name, 'new');
  await store.delete(1);
  assert.is(await store.load(1), undefined);
  await store.destroy();
});

test('a guard counts by itself, outside the value, and catches up with clocks that are ahead', async () => {
  await using open = await openedStore<number, Item>(
    `${ITEMS}; insert into items values (1, 'old', null), (2, 'ahead', 9000000000000000), (3, 'ahead', 9000000000000500)`,
    { version: { column: 'version', mode: 'guard' }, clock: testClock() },
    'items',
  );
  const { store, db } = open;
  assert.equal(await store.load(1), { id: 1, name: 'old' });
  assert.is(await store.store(1, { id: 1, name: 'a' }), undefined);
  await store.storeAll(new Map([1, 2, 3].map((id) => [id, { id, name: 'b' }])));
  assert.equal(await ownedBy(store), new Map([1, 2, 3].map((id) => [id, { id, name: 'b' }])));
  await db.sql('update items set version = 9000000000001000 where id = 2');
  await store.delete(1);
  await store.deleteAll([2, 3, 4]);
  assert.equal(await db.sql('select * from items'), []);
});

test('a guard by an attribute refuses what is older than the row, and takes the same again', async () => {
  await using open = await openedStore<number, Item>(ITEMS, { version: { column: 'version', attribute: 'version', mode: 'guard' } }, 'items'); // prettier-ignore
  const { store } = open;
  await store.store(1, { id: 1, name: 'b', version: 2 });
  await store.store(1, { id: 1, name: 'b', version: 2 });
  const error = await failure(store.store(1, { id: 1, name: 'a', version: 1 }));
  assert.instance(error, StoreConflictError);
  assert.equal(await store.load(1), { id: 1, name: 'b', version: 2 });
});

test('optimistic: a write must have the version of the row', async () => {
  await using open = await openedStore<number, Item>(ITEMS, OPTIMISTIC, 'items');
  const { store } = open;
  const first = await store.store(1, { id: 1, name: 'a' });
  assert.equal(first, { id: 1, name: 'a', version: 0 });
  assert.equal(await store.store(1, { ...first!, name: 'b' }), { id: 1, name: 'b', version: 1 });

  for (const stale of [first!, { id: 1, name: 'x' }, { id: 1, name: 'x', version: 2 }, { id: 1, name: 'x', version: null }]) {
    const error = await failure(store.store(1, stale));
    assert.instance(error, StoreConflictError);
    assert.is(store.failureKind(error), 'conflict');
    assert.match(error.message, /row of key 1 /);
    assert.equal(error.details?.['keys'], [1]);
  }
  await store.delete(1);
  assert.instance(await failure(store.store(1, { id: 1, name: 'b', version: 1 })), StoreConflictError);
  assert.is(await store.load(1), undefined);
});

test('optimistic: storeAll writes all or nothing and names those that conflict; single stores fail alone', async () => {
  await using open = await openedStore<number, Item>(ITEMS, OPTIMISTIC, 'items');
  const { store } = open;
  const ids = Array.from({ length: 2_500 }, (_, id) => id);
  const stored = await store.storeAll(new Map(ids.map((id) => [id, { id, name: 'a' }])));
  assert.is(stored?.size, 2_500);
  for (const count of [10, 2_500]) {
    const next = ids.slice(0, count).map((id) => ({ id, name: 'b', version: id === 3 || id === 7 ? 5 : 0 }));
    const error = await failure(store.storeAll(new Map(next.map((item) => [item.id, item]))));
    assert.instance(error, StoreConflictError);
    assert.equal(error.details?.['keys'], [3, 7]);
    assert.equal(await store.load(0), { id: 0, name: 'a', version: 0 });
  }
  const outcomes = await Promise.allSettled(ids.slice(0, 10).map((id) => store.store(id, { id, name: 'c', version: id === 3 ? 5 : 0 })));
  assert.equal(outcomes.flatMap(({ status }, id) => (status === 'rejected' ? [id] : [])), [3]); // prettier-ignore
  assert.equal(await store.load(4), { id: 4, name: 'c', version: 1 });
});

test('optimistic: two writers lose no update', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(fc.nat(1), fc.nat(3)), { minLength: 1, maxLength: 25 }), async (turns) => {
      await using open = await openedStore<number, Item>(ITEMS, OPTIMISTIC, 'items');
      const other = new KnexMapStore<number, Item>({ connection: open.db.url, table: 'items', connections: 1, ...OPTIMISTIC });
      await other.init({ mapName: 'items', properties: {} });
      const seen = [new Map<number, Item>(), new Map<number, Item>()];
      const model = new Map<number, number>();
      for (const [writer, id] of turns) {
        const store = writer === 0 ? open.store : other;
        const known = seen[writer]!.get(id);
        const current = model.get(id);
        const isCurrent = (known?.version ?? undefined) === current;
        const outcome = await store.store(id, { ...known, id, name: `${writer}` }).catch((error: unknown) => error);
        if (isCurrent) {
          model.set(id, current === undefined ? 0 : current + 1);
          seen[writer]!.set(id, outcome as Item);
        } else {
          assert.instance(outcome, StoreConflictError);
          seen[writer]!.set(id, (await store.load(id))!);
        }
      }
      for (const [id, version] of model) assert.is((await open.store.load(id))?.version, version);
      await other.destroy();
    }),
    { seed: SEED, numRuns: 8 * EFFORT },
  );
});

test('optimistic: a map finds out that somebody else has written the row', async () => {
  await using db = await schema();
  await db.sql(ITEMS);
  const implementation = new KnexMapStore<number, Item>({ connection: db.url, ...OPTIMISTIC });
  await using instance = newInstance({ maps: { items: { mapStore: { implementation } } } });
  const items = await instance.getMap<number, Item>('items');
  await items.set(1, { id: 1, name: 'a' });
  await items.set(1, { ...(await items.get(1))!, name: 'b' });
  await db.sql(`update items set name = 'elsewhere', version = version + 1`);
  const error = await failure(items.set(1, { ...(await items.get(1))!, name: 'c' }));
  assert.is(error.code, 'ERR_MAP_STORE');
  assert.instance(error.cause, StoreConflictError);
  assert.is((await items.get(1))?.name, 'b');
  await items.evict(1);
  await items.set(1, { ...(await items.get(1))!, name: 'c' });
  assert.equal(await items.get(1), { id: 1, name: 'c', version: 3 });
});

test('database: the version is read back', async () => {
  const sql = `${ITEMS}; create function bump() returns trigger language plpgsql as $$ begin new.version := coalesce(old.version, 0) + 1; return new; end $$;
    create trigger bump before insert or update on items for each row execute function bump()`;
  await using open = await openedStore<number, Item>(sql, { version: { column: 'version', mode: 'database' } }, 'items');
  assert.equal(await open.store.store(1, { id: 1, name: 'a', version: 77 }), { id: 1, name: 'a', version: 1 });
  assert.equal((await open.store.storeAll(new Map([[1, { id: 1, name: 'b' }]])))?.get(1)?.version, 2);
});

test('versions beside a document are not in it', async () => {
  const sql = 'create table items(id int primary key, doc jsonb not null, version int8)';
  await using open = await openedStore<number, Item>(sql, { document: 'doc', ...OPTIMISTIC }, 'items');
  const first = await open.store.store(1, { id: 1, name: 'a' });
  assert.equal(first, { id: 1, name: 'a', version: 0 });
  assert.equal(await open.store.store(1, { ...first!, name: 'b' }), { id: 1, name: 'b', version: 1 });
  assert.equal(await open.db.sql('select doc from items'), [{ doc: { id: 1, name: 'b' } }]);
  assert.equal(await open.store.load(1), { id: 1, name: 'b', version: 1 });
});

test.run();
