/** The demo step by step: server, table, map, questions, changes, and what `demo-cache.ts` adds. Leaves nothing behind, whatever happens. */
import { isDeepStrictEqual } from 'node:util';
import knexFactory, { type Knex } from 'knex';
import { installFollow, KnexMapStore } from '../../stores/knex/index.ts';
import type { IMap } from '../api/map.ts';
import type { LoadProgress } from '../api/map-store.ts';
import { newInstance } from '../map/instance.ts';
import { countBehind, followOthers } from './demo-cache.ts';
import { QUESTIONS, type Question } from './demo-questions.ts';
import { makeEmployeeTable, type Employee } from './demo-table.ts';
import { duration, grouped, type DemoVoice } from './demo-voice.ts';
import { startPostgres } from './embedded-postgres.ts';

interface Answer {
  readonly predicate: string;
  readonly rows: number;
  readonly same: boolean;
  /** How the map found the rows. */
  readonly plan: string;
  /** Medians of the whole answer, objects included. */
  readonly mapMs: number;
  readonly postgresMs: number;
}

const MAP_RUNS = 9;
const POSTGRES_RUNS = 3;

/** Resolves to the exit code. */
export async function runDemo(rows: number, voice: DemoVoice): Promise<number> {
  await using cleanup = new AsyncDisposableStack();
  try {
    const story = await tell(rows, voice, cleanup);
    voice.document(story);
    const isRight = story.answers.every((answer) => answer.same) && story.writesSeen && story.followed && story.counted;
    return isRight ? 0 : 1;
  } catch (error) {
    voice.fail(error);
    return 1;
  }
}

async function tell(rows: number, voice: DemoVoice, cleanup: AsyncDisposableStack) {
  const began = performance.now();
  voice.heading('1. A PostgreSQL server');
  const knex = await connect(voice, cleanup);
  const madeIn = await elapsed(() => makeEmployeeTable(knex, rows));
  voice.say(`made the table employee: ${grouped(rows)} rows in ${duration(madeIn)}`);

  voice.heading('2. A map in front of it: EAGER load, then indexes');
  const { map, loadMs, rowsPerSecond } = await openMap(knex, voice, cleanup);
  const indexMs = await elapsed(() => addIndexes(map));
  voice.say(
    `${grouped(await map.size())} entries in memory after ${duration(loadMs)}; indexes on age, active, salary, name and dept + city in ${duration(indexMs)}`,
  );

  voice.heading('3. The same questions to the map and to PostgreSQL');
  const answers: Answer[] = [];
  for (const question of QUESTIONS) answers.push(await ask(question, map, knex));
  showAnswers(answers, voice);

  voice.heading('4. Changes go through the map to the database');
  const writesSeen = await change(map, knex, voice);

  voice.heading('5. Another program writes to the table; memory follows');
  const followed = await followOthers(map, knex, voice);

  voice.heading('6. Writes that do not wait: entry processors, write-behind');
  const counted = await countBehind(knex, voice);
  const totalMs = performance.now() - began;
  voice.heading(`Done in ${duration(totalMs)}. The server and its data are gone when this process ends.`);
  return { rows, tableMs: madeIn, loadMs, rowsPerSecond, indexMs, answers, writesSeen, ...followed, ...counted, totalMs };
}

async function connect(voice: DemoVoice, cleanup: AsyncDisposableStack): Promise<Knex> {
  const given = process.env['POSTGRES_URL'];
  const startedIn = performance.now();
  const server = given === undefined ? cleanup.use(await startPostgres()) : undefined;
  const schema = `cobnut_demo_${process.pid}`;
  const knex = knexFactory({ client: 'pg', connection: given ?? server!.url, searchPath: [schema], pool: { min: 0, max: 4 } });
  cleanup.defer(() => knex.destroy());
  await knex.raw('create schema ??', [schema]);
  if (server === undefined) cleanup.defer(async () => void (await knex.raw('drop schema ?? cascade', [schema])));
  voice.say(
    server === undefined
      ? `using POSTGRES_URL, schema ${schema}`
      : `PostgreSQL ${server.version}, started for this demo in ${duration(performance.now() - startedIn)}`,
  );
  return knex;
}

async function openMap(knex: Knex, voice: DemoVoice, cleanup: AsyncDisposableStack) {
  let last: LoadProgress | undefined;
  const onProgress = (progress: LoadProgress): void => {
    last = progress;
    voice.progress(`loading: ${grouped(progress.rows)} rows, ${grouped(progress.rowsPerSecond)} rows/s`, progress.done);
  };
  const options = { connection: knex, table: 'employee', key: 'id', follow: 'notify' } as const;
  await installFollow(options);
  const implementation = new KnexMapStore<number, Employee>(options);
  const instance = cleanup.use(newInstance({ maps: { employee: { mapStore: { implementation, initialMode: 'EAGER', onProgress } } } }));
  const map = await instance.getMap<number, Employee>('employee');
  return { map, loadMs: last?.elapsedMs ?? 0, rowsPerSecond: last?.rowsPerSecond ?? 0 };
}

async function addIndexes(map: IMap<number, Employee>): Promise<void> {
  await map.addIndex('age', true);
  await map.addIndex('active', false);
  await map.addIndex('salary', true);
  await map.addIndex('name', true);
  await map.addIndex({ type: 'HASH', attributes: ['dept', 'city'] });
}

async function ask(question: Question, map: IMap<number, Employee>, knex: Knex): Promise<Answer> {
  const sql: string = question.sql;
  const fromDatabase = (): Promise<Employee[]> => knex('employee').whereRaw(question.where).orderBy('id') as Promise<Employee[]>;
  const bySql = await map.values(sql);
  const byCriteria = await map.values(question.criteria);
  const there = await fromDatabase();
  const { plan } = await map.query().where(sql).explain();
  return {
    predicate: question.sql,
    rows: there.length,
    same: sameRows(bySql, there) && sameRows(byCriteria, there),
    plan: plan.operation,
    mapMs: await medianMs(() => map.values(sql), MAP_RUNS),
    postgresMs: await medianMs(fromDatabase, POSTGRES_RUNS),
  };
}

function showAnswers(answers: readonly Answer[], voice: DemoVoice): void {
  voice.table(
    ['predicate', 'rows', 'same', 'plan', 'map', 'PostgreSQL'],
    answers.map(({ predicate, rows, same, plan, mapMs, postgresMs }) => [
      predicate,
      rows,
      same ? 'yes' : 'NO',
      plan,
      duration(mapMs),
      duration(postgresMs),
    ]),
  );
  voice.say('rows: the same by SQL text, by criteria and in PostgreSQL, compared field by field; times: median for all rows as objects');
}

/** Updates, adds and removes an entry through the map; whether PostgreSQL has it all. */
async function change(map: IMap<number, Employee>, knex: Knex, voice: DemoVoice): Promise<boolean> {
  const before = (await map.get(1))!;
  await map.put(1, { ...before, salary: before.salary + 1000, city: 'Trondheim' });
  await map.put(0, { ...before, id: 0, name: 'Newcomer' });
  await map.remove(2);
  const rows = (await knex('employee').whereIn('id', [0, 1, 2]).orderBy('id')) as Employee[];
  voice.table(
    ['id', 'name', 'salary', 'city', 'how'],
    rows.map(({ id, name, salary, city }) => [
      String(id),
      name,
      salary,
      city,
      id === 0 ? 'put, was not there' : `put, salary was ${grouped(before.salary)}`,
    ]),
  );
  voice.say('employee 2 was removed; all three changes were in PostgreSQL before the calls returned');
  return rows.length === 2 && rows[0]?.name === 'Newcomer' && rows[1]?.salary === before.salary + 1000 && rows[1].city === 'Trondheim';
}

/** Same rows, field by field, whatever their order. `there` is ordered by id. */
function sameRows(here: readonly Employee[], there: readonly Employee[]): boolean {
  if (here.length !== there.length) return false;
  const ordered = here.toSorted((a, b) => a.id - b.id);
  return ordered.every((row, position) =>
    isDeepStrictEqual({ ...row, hired: row.hired.getTime() }, { ...there[position]!, hired: there[position]!.hired.getTime() }),
  );
}

async function medianMs(run: () => Promise<unknown>, runs: number): Promise<number> {
  const times: number[] = [];
  for (let i = 0; i < runs; i++) times.push(await elapsed(run));
  return times.toSorted((a, b) => a - b)[runs >> 1]!;
}

async function elapsed(run: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await run();
  return performance.now() - began;
}
