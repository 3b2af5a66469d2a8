/** Peer: SQLite in memory through better-sqlite3, columns to row objects, indexes on the same attributes, prepared statements. */
import { INDEXED, FIRST, type BenchQuery } from '../queries.ts';
import { timed, type OpenPeer, type Peer } from './peer.ts';

interface Statement {
  all(): { id: number }[];
  get(): unknown;
  run(...values: unknown[]): unknown;
  pluck(): Statement;
}
interface Database {
  exec(sql: string): void;
  pragma(text: string): void;
  prepare(sql: string): Statement;
  close(): void;
}

const COLUMNS =
  'id integer primary key, name text, surname text, age int, active int, salary int, dept text, city text, hired int, zip text, country text';

export const openBetterSqlite: OpenPeer = async (rows) => {
  const module = 'better-sqlite3'; // not a dependency of the library: see bench/package.json
  const { default: Sqlite } = (await import(module)) as { default: new (file: string) => Database };
  const database = new Sqlite(':memory:');
  database.pragma('case_sensitive_like=on');
  database.exec(`create table employee(${COLUMNS})`);
  const insert = database.prepare(`insert into employee values(${'?,'.repeat(10)}?)`);
  const load = await timed(() => {
    database.exec('begin');
    for (const { id, name, surname, age, active, salary, dept, city, hired, address } of rows) {
      insert.run(id, name, surname, age, active ? 1 : 0, salary, dept, city, hired, address.zip, address.country);
    }
    database.exec('commit');
  });
  const index = await timed(() => {
    for (const { attribute } of INDEXED) database.exec(`create index by_${attribute} on employee(${attribute})`);
    database.exec('analyze');
  });
  return {
    name: 'better-sqlite3',
    loadMs: load.ms,
    indexMs: index.ms,
    count({ flatSql }: BenchQuery) {
      const statement = database.prepare(`select count(*) from employee where ${flatSql}`).pluck();
      return () => statement.get() as number;
    },
    all({ flatSql }: BenchQuery) {
      const statement = database.prepare(`select * from employee where ${flatSql}`);
      return () => statement.all();
    },
    first({ flatSql, orderBy }: BenchQuery) {
      const statement = database.prepare(`select * from employee where ${flatSql} order by ${orderBy} limit ${FIRST}`);
      return () => statement.all();
    },
    close: () => database.close(),
  } satisfies Peer;
};
