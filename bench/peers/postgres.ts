/** Peer: PostgreSQL over loopback TCP, btree indexes on the same attributes, prepared statements through `pg`. */
import pg from 'pg';
import { startPostgres } from '../../lib/console/embedded-postgres.ts';
import { fillEmployeeTable } from '../employee-table.ts';
import { INDEXED, FIRST, type BenchQuery } from '../queries.ts';
import { timed, type OpenPeer, type Peer } from './peer.ts';

export const openPostgres: OpenPeer = async (rows) => {
  const server = await startPostgres();
  const client = new pg.Client({ connectionString: server.url, types: { getTypeParser: parserOf as typeof pg.types.getTypeParser } });
  await client.connect();
  const load = await timed(() => fillEmployeeTable(client, 'employee', rows));
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
