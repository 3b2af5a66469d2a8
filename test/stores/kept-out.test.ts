/** Rows that a trigger keeps out of the table by returning NULL: nothing fails in the database, so the store looks. */
import * as assert from 'uvu/assert';
import { StoreConflictError, ValueError } from '../../lib/errors.ts';
import type { KnexMapStoreOptions } from '../../stores/knex/index.ts';
import { describe } from '../kit/describe.ts';
import { keysOf } from './conformance.ts';
import { failure, openedStore } from './opened-store.ts';

interface Item {
  readonly id: number;
  readonly name: string;
  readonly version?: number;
}

const test = describe('KnexMapStore: rows kept out');
const TABLE = 'create table people(id int primary key, name text, version int8)';
const TRIGGER = `create function keep_out() returns trigger language plpgsql as $$ begin
    if new.name = 'out' then return null; end if; return new; end $$;
  create trigger keep_out before insert or update on people for each row execute function keep_out()`;
const item = (id: number, name = 'in'): Item => ({ id, name });

const WAYS: Readonly<Record<string, Partial<KnexMapStoreOptions<Item>>>> = {
  plain: {},
  'read back': { columns: { id: true, name: { returning: true } } },
  guarded: { version: { column: 'version', mode: 'guard' } },
};

for (const [way, options] of Object.entries(WAYS)) {
  for (const when of ['before the store is opened', 'after'] as const) {
    test(`${way}, by a trigger made ${when}: only they fail`, async () => {
      const isBefore = when === 'before the store is opened';
      await using open = await openedStore<number, Item>(isBefore ? `${TABLE}; ${TRIGGER}` : TABLE, {
        columns: { id: true, name: true },
        ...options,
      });
      const { store, db } = open;
      if (!isBefore) await db.sql(TRIGGER);
      const error = await failure(store.store(1, item(1, 'out')));
      assert.instance(error, ValueError);
      assert.match(error.message, 'the row of key 1 was kept out of the table by a trigger of it');
      assert.is(store.failureKind(error), 'poison');

      const outcomes = await Promise.allSettled(
        Array.from({ length: 20 }, (_, id) => store.store(id, item(id, id % 7 === 3 ? 'out' : 'in'))),
      );
      assert.equal(outcomes.flatMap(({ status }, id) => (status === 'rejected' ? [id] : [])), [3, 10, 17]); // prettier-ignore
      assert.is((await keysOf(store)).length, 17);

      await store.store(5, item(5, 'as it was'));
      const all = new Map(Array.from({ length: 20 }, (_, id) => [id, item(id, id === 5 ? 'out' : 'new')]));
      const whole = await failure(store.storeAll(all));
      assert.instance(whole, ValueError);
      assert.is((await store.load(5))?.name, 'as it was');
      if (!isBefore) return;
      assert.equal(whole.details?.['keys'], [5]);
      assert.is((await store.load(1))?.name, 'in', 'all or nothing');
    });
  }
}

test('a row of another version is a conflict still, and a delete of no row is none', async () => {
  await using open = await openedStore<number, Item>(`${TABLE}; ${TRIGGER}`, { version: { column: 'version', mode: 'optimistic' } });
  await open.store.store(1, item(1));
  assert.instance(await failure(open.store.store(1, { ...item(1), version: 5 })), StoreConflictError);
  await open.store.delete(9);
  await open.store.deleteAll([8, 9]);
});

test('a table of keys alone, written again', async () => {
  for (const id of ['id int', 'id int generated always as identity']) {
    await using open = await openedStore<number, { id: number }>(
      `create table people(${id} primary key); create function keep() returns trigger language plpgsql as $$ begin return new; end $$;
       create trigger keep before insert or update on people for each row execute function keep()`,
    );
    await open.store.store(1, { id: 1 });
    await open.store.store(1, { id: 1 });
    await open.store.storeAll(new Map([[1, { id: 1 }], [2, { id: 2 }]])); // prettier-ignore
    assert.equal(await keysOf(open.store), [1, 2]);
  }
});

test.run();
