/** The steps of the demo about a table that other programs write to as well, and about writes that do not wait for the database. */
import type { Knex } from 'knex';
import { KnexMapStore } from '../../stores/knex/index.ts';
import type { IMap } from '../api/map.ts';
import { newInstance } from '../map/instance.ts';
import type { Employee } from './demo-table.ts';
import { duration, grouped, type DemoVoice } from './demo-voice.ts';

/** Rows that the other program changes in one statement. */
const CHANGED = 1000;
const COUNTERS = 1000;
const COUNTS = 50_000;

export interface Followed {
  /** Whether memory has what the other program wrote. */
  readonly followed: boolean;
  /** From the commit until the last of the changes was in memory. */
  readonly followMs: number;
}

/** Another program inserts, deletes and updates; the map hears of it by NOTIFY. */
export async function followOthers(map: IMap<number, Employee>, knex: Knex, voice: DemoVoice): Promise<Followed> {
  const there = Promise.withResolvers<void>();
  let changes = Infinity;
  let told = 0;
  const heard = (): void => void (++told >= changes && there.resolve());
  using _ = await map.addEntryListener({ updated: heard, added: heard, removed: heard });
  const [model] = await map.query().limit(1).toArray();
  const [deleted, updated] = await knex.transaction(async (trx) => {
    await trx('employee').insert({ ...model, id: -1, name: 'Stranger' });
    const gone = await trx('employee').where('id', 3).delete();
    return [
      gone,
      await trx('employee')
        .whereBetween('id', [10, 9 + CHANGED])
        .update({ city: 'Elsewhere', salary: 1 }),
    ];
  });
  const committed = performance.now();
  changes = 1 + deleted + updated;
  if (told < changes) await there.promise;
  const followMs = performance.now() - committed;
  const moved = await map.query().where("city = 'Elsewhere' AND salary < 2").count();
  const followed = moved === updated && (await map.get(-1))?.name === 'Stranger' && (await map.keySet('id = 3')).length === 0;
  const what = `1 row inserted, ${deleted} deleted, ${grouped(updated)} updated by SQL`;
  voice.say(`${what}: in the map and its indexes ${duration(followMs)} after the commit`);
  return { followed, followMs };
}

export interface Counted {
  /** Whether the table has what was counted. */
  readonly counted: boolean;
  readonly batches: number;
}

/** Counts in memory, by entry processors; the table follows in batches. */
export async function countBehind(knex: Knex, voice: DemoVoice): Promise<Counted> {
  await knex.schema.createTable('counter', (table) => {
    table.integer('id').primary();
    table.integer('n').notNullable();
  });
  const implementation = new KnexMapStore<number, { n: number }>({ connection: knex, table: 'counter', key: 'id', keyInValue: false });
  await using instance = newInstance({ maps: { counter: { mapStore: { implementation, writeDelaySeconds: 0.1 } } } });
  const map = await instance.getMap<number, { n: number }>('counter');
  const began = performance.now();
  for (let i = 0; i < COUNTS; i++) {
    await map.executeOnKey((7 * i) % COUNTERS, (entry) => entry.setValue({ n: (entry.value?.n ?? 0) + 1 }));
  }
  const countMs = performance.now() - began;
  await map.flush();
  const flushed = performance.now() - began;
  const { batches } = map.getLocalMapStats().writeBehind!;
  const [sum] = await knex('counter').sum<{ n: string }[]>('n as n');
  voice.say(
    `${grouped(COUNTS)} increments of ${grouped(COUNTERS)} counters in ${duration(countMs)}; all in the table after ${duration(flushed)}, in ${grouped(batches)} batches`,
  );
  return { counted: Number(sum!.n) === COUNTS, batches };
}
