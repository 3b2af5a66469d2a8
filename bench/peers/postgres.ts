/** Peer: PostgreSQL over loopback TCP, btree indexes on the same attributes, prepared statements through `pg`. */
import pg from 'pg';
import { startPostgres } from '../../lib/console/embedded-postgres.ts';
import { INDEXED, FIRST, type BenchQuery } from '../queries.ts';
import { timed, type OpenPeer, type Peer } from './peer.ts';

const COLUMNS =
  'id int primary key, name text collate "C", surname text, age int, active boolean, salary int, dept text collate "C", city text collate "C", hired int8, zip text, country text collate "C"';
const TYPES = ['int', 'text', 'text', 'int', 'bool', 'int', 'text', 'text', 'int8', 'text', 'text'];
const BATCH = 20_000;

export const openPostgres: OpenPeer = async (rows) => {
  const server = await startPostgres();
  const client = new pg.Client({ connectionString: server.url, types: { getTypeParser: parserOf as typeof pg.types.getTypeParser } });
  await client.connect();
  await client.query(`create unlogged table employee(${COLUMNS})`);
  const unnest = TYPES.map((type, position) => `$${position + 1}::${type}[]`).join(', ');
  const load = await timed(async () => {
    for (let from = 0; from < rows.length; from += BATCH) {
      const batch = rows.slice(from, from + BATCH);
      const columns = [
        batch.map((row) => row.id),
        batch.map((row) => row.name),
        batch.map((row) => row.surname),
        batch.map((row) => row.age),
        batch.map((row) => row.active),
        batch.map((row) => row.salary),
        batch.map((row) => row.dept),
        batch.map((row) => row.city),
        batch.map((row) => row.hired),
        batch.map((row) => row.address.zip),
        batch.map((row) => row.address.country),
      ];
      await client.query(`insert into employee select * from unnest(${unnest})`, columns);
    }
  });
  const index = await timed(async () => {
    for (const { attribute } of INDEXED) await client.query(`create index by_${attribute} on employee(${attribute})`);
    await client.query('vacuum analyze employee');
  });
  const rowsOf = async (name: string, text: string): Promise<{ id: number }[]> =>
    (await client.query({ name, text })).rows as { id: number }[];
  return {
    name: 'PostgreSQL',
    loadMs: load.ms,
    indexMs: index.ms,
    count:
      ({ name, flatSql }: BenchQuery) =>
      async () => {
        const result = await client.query({
          name: `${name}-count`,
          text: `select count(*)::int as matching from employee where ${flatSql}`,
        });
        return (result.rows[0] as { matching: number }).matching;
      },
    all:
      ({ name, flatSql }: BenchQuery) =>
      () =>
        rowsOf(`${name}-all`, `select * from employee where ${flatSql}`),
    first:
      ({ name, flatSql, orderBy }: BenchQuery) =>
      () =>
        rowsOf(`${name}-first`, `select * from employee where ${flatSql} order by ${orderBy} limit ${FIRST}`),
    async close() {
      await client.end();
      await server.stop();
    },
  } satisfies Peer;
};

/** int8 as a number, as a cache would read it. */
function parserOf(oid: Parameters<typeof pg.types.getTypeParser>[0]): (text: string) => unknown {
  return oid === pg.types.builtins.INT8 ? Number : pg.types.getTypeParser(oid);
}
