/** B4: a map follows what other programs do to its table. */
import * as assert from 'uvu/assert';
import { newInstance } from '../../lib/index.ts';
import { installFollow, KnexMapStore, removeFollow } from '../../stores/knex/index.ts';
import { describe } from '../kit/describe.ts';
import { schema } from '../kit/postgres.ts';
import { stranger, until } from '../stores/following.ts';

interface Employee {
  readonly id: number;
  readonly name: string;
  readonly age: number;
  readonly active: boolean;
}

const test = describe('manual: following');

for (const follow of ['notify', 'replication'] as const) {
  test(`B4 ${follow}: a second program updates, inserts and deletes rows; the map, its indexes and its listeners follow`, async () => {
    await using db = await schema();
    await db.sql(`create table employees(id int primary key, name text not null, age int not null, active boolean not null);
      insert into employees select i, 'e' || i, 20 + i % 50, i % 2 = 0 from generate_series(1, 500) i`);
    const options = { connection: db.url, table: 'employees', follow };
    await installFollow(options);
    const store = new KnexMapStore<number, Employee>(options);
    await using instance = newInstance({
      maps: { employees: { mapStore: { implementation: store }, indexes: [{ attribute: 'age', ordered: true }, { attribute: 'active' }] } },
    });
    const employees = await instance.getMap<number, Employee>('employees');
    const told: string[] = [];
    await employees.addEntryListener((event) => void told.push(`${event.type} ${'key' in event ? event.key : ''}`));
    const program = stranger(db.url);

    await program.raw(`update employees set age = 99 where id = 3`);
    await program.raw(`insert into employees values (1000, 'new', 99, true)`);
    await program.raw(`delete from employees where id = 4`);
    await program.raw(`update employees set id = 2000, age = 99 where id = 5`);
    await until(async () => (await employees.values('age = 99')).length === 3 && !(await employees.keySet()).includes(4));
    assert.equal((await employees.keySet('age = 99 AND active')).toSorted(), [1000]);
    assert.is((await employees.keySet()).includes(5), false);
    await until(() => told.length >= 5);
    assert.equal(told.toSorted(), ['added 1000', 'added 2000', 'removed 4', 'removed 5', 'updated 3']);

    await employees.put(3, { id: 3, name: 'e3', age: 50, active: false });
    await program.raw(`update employees set age = 98 where id = 3`);
    await until(async () => (await employees.get(3))?.age === 98);
    const { state, resyncs } = employees.getLocalMapStats().following!;
    assert.equal([state, resyncs], ['following', 0]);
    await program.destroy();
    await instance.close();
    await removeFollow(options);
  });
}

test.run();
