/** Peer: AlaSQL over flat row objects, indexes on the same attributes, compiled statements. */
import { INDEXED, FIRST, type BenchQuery } from '../queries.ts';
import { timed, type OpenPeer, type Peer } from './peer.ts';

type Compiled = () => { id: number; matching: number }[];
interface AlaSql {
  (sql: string): unknown;
  compile(sql: string): Compiled;
  tables: Record<string, { data: object[] }>;
}

export const openAlaSql: OpenPeer = async (rows) => {
  const module = 'alasql';
  const { default: alasql } = (await import(module)) as { default: AlaSql };
  alasql(
    'create table employee(id int, name string, surname string, age int, active boolean, salary int, dept string, city string, hired int, zip string, country string)',
  );
  const load = await timed(() => {
    alasql.tables['employee']!.data = rows.map(({ address, ...row }) => ({ ...row, ...address }));
  });
  const index = await timed(() => {
    for (const { attribute } of INDEXED) alasql(`create index by_${attribute} on employee(${attribute})`);
  });
  const where = (query: BenchQuery): string => query.flatSql.replaceAll(/\bactive\b/g, 'active = true');
  return {
    name: 'alasql',
    loadMs: load.ms,
    indexMs: index.ms,
    count(query: BenchQuery) {
      const statement = alasql.compile(`select count(*) as matching from employee where ${where(query)}`);
      return () => statement()[0]!.matching;
    },
    all(query: BenchQuery) {
      const statement = alasql.compile(`select * from employee where ${where(query)}`);
      return () => statement();
    },
    first(query: BenchQuery) {
      const statement = alasql.compile(`select * from employee where ${where(query)} order by ${query.orderBy} limit ${FIRST}`);
      return () => statement();
    },
    close: () => {
      alasql('drop table employee');
    },
  } satisfies Peer;
};
